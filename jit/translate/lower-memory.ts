/**
 * Loads and stores of general registers: one lowering a row of jit/isa's table. Arm ARM C6.2.
 *
 * One TLB check covers an access, or both of a pair. Acquire and release need nothing: one thread runs all vCPUs in program
 * order. What needs more than that check (an atomic) is left to the interpreter.
 */
import { extend64, type Lower } from './lower-integer.ts'
import type { Lowering } from './lowering.ts'
import type { Opcode } from './wasm.ts'

const Rt = (w: number) => w & 31
const Rn = (w: number) => (w >>> 5) & 31
const Rm = (w: number) => (w >>> 16) & 31
const Rt2 = (w: number) => (w >>> 10) & 31

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

const imm9 = (w: number) => signExtend(w >>> 12, 9)

interface Access {
  load: boolean
  /** log2 of the bytes, from the word. */
  log2: (w: number) => number
  /** Of the i64 it gives or takes. */
  opcode: (w: number) => Opcode
  /** A signed load to a W register. */
  narrow?: (w: number) => boolean
}

const byOpc = (w: number) => ((w >>> 22) & 1) === 1

const ACCESSES: Record<string, Access> = {
  STRB: { load: false, log2: () => 0, opcode: () => 'i64_store8' },
  LDRB: { load: true, log2: () => 0, opcode: () => 'i64_load8_u' },
  LDRSB: { load: true, log2: () => 0, opcode: () => 'i64_load8_s', narrow: byOpc },
  STRH: { load: false, log2: () => 1, opcode: () => 'i64_store16' },
  LDRH: { load: true, log2: () => 1, opcode: () => 'i64_load16_u' },
  LDRSH: { load: true, log2: () => 1, opcode: () => 'i64_load16_s', narrow: byOpc },
  STR: {
    load: false,
    log2: (w) => w >>> 30,
    opcode: (w) => (w >>> 30 === 3 ? 'i64_store' : 'i64_store32'),
  },
  LDR: {
    load: true,
    log2: (w) => w >>> 30,
    opcode: (w) => (w >>> 30 === 3 ? 'i64_load' : 'i64_load32_u'),
  },
  LDRSW: { load: true, log2: () => 2, opcode: () => 'i64_load32_s' },
}

/** Pushes base register + offset. */
export function baseAndOffset(b: Lowering, w: number, offset: number): void {
  b.checkBase(Rn(w)).noteBase(Rn(w)).xsp(Rn(w))
  if (offset) b.code.i64(offset).op('i64_add')
}

/** Pushes base register + extended or shifted index register. */
export function baseAndIndex(b: Lowering, w: number, log2: number): void {
  b.checkBase(Rn(w)).noteBase(Rn(w), true).xsp(Rn(w)).x(Rm(w))
  extend64(b, (w >>> 13) & 7)
  if ((w >>> 12) & 1 && log2) b.code.i64(log2).op('i64_shl')
  b.code.op('i64_add')
}

/** The access itself, at the linear address that was resolved. */
function access(b: Lowering, w: number, a: Access, register = Rt(w), offset = 0): void {
  const { code, frame } = b
  code.get(frame.linear)
  if (a.load) {
    code.memory(a.opcode(w), offset)
    if (a.narrow?.(w)) code.op('i32_wrap_i64', 'i64_extend_i32_u')
    b.setX(register)
  } else {
    b.x(register)
    code.memory(a.opcode(w), offset)
  }
}

/** base += offset, after the access. */
export function writeBack(b: Lowering, w: number, offset: number): void {
  b.xsp(Rn(w)).code.i64(offset).op('i64_add')
  if (Rn(w) === 31 && offset % 16 === 0) b.setStackAligned()
  else b.setXSP(Rn(w))
}

function plain(a: Access, offset: (w: number) => number): Lower {
  return (b, w) => {
    baseAndOffset(b, w, offset(w))
    b.resolve(1 << a.log2(w), !a.load)
    access(b, w, a)
  }
}

/** LDTR and STTR: by the translations of EL0 where those are what it uses; what these do not know is the interpreter's. */
function unprivileged(a: Access): Lower {
  return (b, w) => {
    baseAndOffset(b, w, imm9(w))
    b.resolveKnown(1 << a.log2(w), !a.load, b.frame.dtlbUnprivileged)
    access(b, w, a)
  }
}

function indexed(a: Access, pre: boolean): Lower {
  return (b, w) => {
    // Base and data register alike is CONSTRAINED UNPREDICTABLE: as the interpreter does it.
    if (Rt(w) === Rn(w) && Rn(w) !== 31) {
      b.exit()
      return
    }
    baseAndOffset(b, w, pre ? imm9(w) : 0)
    b.resolve(1 << a.log2(w), !a.load)
    access(b, w, a)
    writeBack(b, w, imm9(w))
  }
}

function registerOffset(a: Access): Lower {
  return (b, w) => {
    baseAndIndex(b, w, a.log2(w))
    b.resolve(1 << a.log2(w), !a.load)
    access(b, w, a)
  }
}

function literal(opcode: (w: number) => Opcode, bytes: (w: number) => number): Lower {
  return (b, w) => {
    b.pcRelative(signExtend(w >>> 5, 19) << 2)
    b.resolve(bytes(w), false)
    b.code.get(b.frame.linear).memory(opcode(w))
    b.setX(Rt(w))
  }
}

type PairMode = 'offset' | 'pre' | 'post'

/** LDP, STP and LDPSW; `log2` of one register. */
function pair(
  load: boolean,
  mode: PairMode,
  log2Of: (w: number) => number,
  opcodeOf: (w: number) => Opcode,
): Lower {
  const a: Access = { load, log2: log2Of, opcode: opcodeOf }
  return (b, w) => {
    const [t, t2, n] = [Rt(w), Rt2(w), Rn(w)]
    const clash = mode !== 'offset' && n !== 31 && (t === n || t2 === n)
    if ((load && t === t2) || clash) {
      b.exit()
      return
    }
    const size = 1 << log2Of(w)
    const offset = signExtend(w >>> 15, 7) * size
    baseAndOffset(b, w, mode === 'post' ? 0 : offset)
    b.resolve(size * 2, !load)
    if (load && t === n) {
      // The second is loaded first: the first overwrites nothing that is still needed, the address is resolved.
      access(b, w, a, t2, size)
      access(b, w, a, t, 0)
    } else {
      access(b, w, a, t, 0)
      access(b, w, a, t2, size)
    }
    if (mode !== 'offset') writeBack(b, w, offset)
  }
}

const pairLog2 = (w: number) => 2 + (w >>> 31)
const pairLoad = (w: number): Opcode => (w >>> 31 ? 'i64_load' : 'i64_load32_u')
const pairStore = (w: number): Opcode => (w >>> 31 ? 'i64_store' : 'i64_store32')

function insert(name: string, letter: string): string {
  return `${name.slice(0, 2)}${letter}${name.slice(2)}`
}

const rows: Record<string, Lower> = {}
for (const [name, a] of Object.entries(ACCESSES)) {
  rows[`${name}_imm`] = plain(a, (w) => ((w >>> 10) & 0xfff) << a.log2(w))
  rows[insert(name, 'U')] = plain(a, imm9)
  rows[insert(name, 'T')] = unprivileged(a)
  rows[`${name}_pre`] = indexed(a, true)
  rows[`${name}_post`] = indexed(a, false)
  rows[`${name}_reg`] = registerOffset(a)
}
for (const mode of ['offset', 'pre', 'post'] as const) {
  const suffix = mode === 'offset' ? '' : `_${mode}`
  rows[`LDP${suffix}`] = pair(true, mode, pairLog2, pairLoad)
  rows[`STP${suffix}`] = pair(false, mode, pairLog2, pairStore)
  rows[`LDPSW${suffix}`] = pair(
    true,
    mode,
    () => 2,
    () => 'i64_load32_s',
  )
}

/** Load-acquire and store-release: naturally aligned or left to the interpreter. */
function ordered(a: Access): Lower {
  return (b, w) => {
    const size = 1 << a.log2(w)
    baseAndOffset(b, w, 0)
    if (size > 1) {
      b.code
        .tee(b.frame.t64)
        .get(b.frame.t64)
        .op('i32_wrap_i64')
        .i32(size - 1)
        .op('i32_and')
      b.exitIf()
    }
    b.resolve(size, !a.load)
    access(b, w, a)
  }
}

const prefetch: Lower = () => {}

/** Lowerings by row id. */
export const memory: Readonly<Record<string, Lower>> = {
  ...rows,
  LDNP: pair(true, 'offset', pairLog2, pairLoad),
  STNP: pair(false, 'offset', pairLog2, pairStore),
  LDR_lit: literal(
    (w) => ((w >>> 30) & 1 ? 'i64_load' : 'i64_load32_u'),
    (w) => ((w >>> 30) & 1 ? 8 : 4),
  ),
  LDRSW_lit: literal(
    () => 'i64_load32_s',
    () => 4,
  ),
  LDAR: ordered(ACCESSES['LDR']!),
  LDARB: ordered(ACCESSES['LDRB']!),
  LDARH: ordered(ACCESSES['LDRH']!),
  STLR: ordered(ACCESSES['STR']!),
  STLRB: ordered(ACCESSES['STRB']!),
  STLRH: ordered(ACCESSES['STRH']!),
  PRFM_imm: prefetch,
  PRFUM: prefetch,
  PRFM_reg: prefetch,
  PRFM_lit: prefetch,
}

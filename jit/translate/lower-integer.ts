/**
 * Integer instructions: one lowering a row of jit/isa's table. Arm ARM C6.2.
 *
 * 32-bit operations work on i32 and zero-extend their result; JavaScriptCore knows that an x86 or Arm register already
 * holds it so.
 */
import * as L from '../core/assembly/layout.ts'
import { decodeBitmask } from '../isa/immediates.ts'
import type { Lowering } from './lowering.ts'
import { I32, I64, MISC_PREFIX, type Opcode, unsigned } from './wasm.ts'

export type Lower = (b: Lowering, w: number) => void

const Rd = (w: number) => w & 31
const Rn = (w: number) => (w >>> 5) & 31
const Rm = (w: number) => (w >>> 16) & 31
const Ra = (w: number) => (w >>> 10) & 31
const wide = (w: number) => w >>> 31 === 1

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

/** `i64_name` or `i32_name` by the width. */
function sized(w: number, name: string): Opcode {
  return `${wide(w) ? 'i64' : 'i32'}_${name}` as Opcode
}

function reg(b: Lowering, w: number, n: number): void {
  if (wide(w)) b.x(n)
  else b.w(n)
}

function regSP(b: Lowering, w: number, n: number): void {
  if (wide(w)) b.xsp(n)
  else b.wsp(n)
}

function set(b: Lowering, w: number, n: number): void {
  if (wide(w)) b.setX(n)
  else b.setW(n)
}

function setSP(b: Lowering, w: number, n: number): void {
  if (wide(w)) b.setXSP(n)
  else b.setWSP(n)
}

function constant(b: Lowering, w: number, value: number | bigint): void {
  if (wide(w)) b.code.i64(value)
  else b.code.i32(Number(BigInt.asIntN(32, BigInt(value))))
}

// ---- add, subtract ---------------------------------------------------------------------------------------------

function addSubImmediate(w: number): number {
  const imm = (w >>> 10) & 0xfff
  return (w >>> 22) & 1 ? imm << 12 : imm
}

function addImmediate(sign: 1 | -1): Lower {
  return (b, w) => {
    const imm = sign * addSubImmediate(w)
    regSP(b, w, Rn(w))
    if (imm) {
      constant(b, w, imm)
      b.code.op(sized(w, 'add'))
    }
    if (wide(w) && Rd(w) === 31 && Rn(w) === 31 && imm % 16 === 0) b.setStackAligned()
    else setSP(b, w, Rd(w))
  }
}

/** Pushes an operand as i64, as `setFlags` wants it. */
function asFlag(b: Lowering, w: number): void {
  if (!wide(w)) b.code.op('i64_extend_i32_u')
}

/** ADDS and SUBS: flags, then the result of the same operands. */
function withFlags(
  b: Lowering,
  w: number,
  subtract: boolean,
  first: () => void,
  second: () => void,
): void {
  const x = wide(w)
  const kind = subtract ? (x ? L.FLAGS_SUB_X : L.FLAGS_SUB_W) : x ? L.FLAGS_ADD_X : L.FLAGS_ADD_W
  b.setFlags(kind, first, second)
  if (Rd(w) === 31) return
  const { flagsA, flagsB } = b.frame
  b.code.get(flagsA)
  if (!x) b.code.op('i32_wrap_i64')
  b.code.get(flagsB)
  if (!x) b.code.op('i32_wrap_i64')
  b.code.op(sized(w, subtract ? 'sub' : 'add'))
  set(b, w, Rd(w))
}

function addImmediateFlags(subtract: boolean): Lower {
  return (b, w) =>
    withFlags(
      b,
      w,
      subtract,
      () => {
        regSP(b, w, Rn(w))
        asFlag(b, w)
      },
      () => b.code.i64(addSubImmediate(w)),
    )
}

/** Pushes the shifted register operand of data-processing (shifted register). */
function shifted(b: Lowering, w: number): void {
  reg(b, w, Rm(w))
  const amount = (w >>> 10) & 63
  if (!amount) return
  constant(b, w, amount)
  b.code.op(sized(w, (['shl', 'shr_u', 'shr_s', 'rotr'] as const)[(w >>> 22) & 3]!))
}

/** Pushes the extended register operand of add and subtract (extended register). */
function extended(b: Lowering, w: number): void {
  const option = (w >>> 13) & 7
  const amount = (w >>> 10) & 7
  const m = Rm(w)
  if (wide(w)) {
    if ((option & 3) === 3) b.x(m)
    else {
      b.x(m)
      extend64(b, option)
    }
  } else {
    b.w(m)
    const { code } = b
    if (option === 0) code.i32(0xff).op('i32_and')
    else if (option === 1) code.i32(0xffff).op('i32_and')
    else if (option === 4) code.op('i32_extend8_s')
    else if (option === 5) code.op('i32_extend16_s')
  }
  if (amount) {
    constant(b, w, amount)
    b.code.op(sized(w, 'shl'))
  }
}

/** Extends the i64 on the stack: option is UXTB, UXTH, UXTW, UXTX, SXTB, SXTH, SXTW, SXTX. */
export function extend64(b: Lowering, option: number): void {
  const { code } = b
  switch (option) {
    case 0:
      code.i64(0xff).op('i64_and')
      break
    case 1:
      code.i64(0xffff).op('i64_and')
      break
    case 2:
      code.op('i32_wrap_i64', 'i64_extend_i32_u')
      break
    case 4:
      code.op('i64_extend8_s')
      break
    case 5:
      code.op('i64_extend16_s')
      break
    case 6:
      code.op('i64_extend32_s')
      break
  }
}

function arithmetic(
  name: 'add' | 'sub',
  second: (b: Lowering, w: number) => void,
  sp: boolean,
): Lower {
  return (b, w) => {
    if (!sp && name === 'sub' && Rn(w) === 31) constant(b, w, 0)
    else if (sp) regSP(b, w, Rn(w))
    else reg(b, w, Rn(w))
    second(b, w)
    b.code.op(sized(w, name))
    if (sp) setSP(b, w, Rd(w))
    else set(b, w, Rd(w))
  }
}

function arithmeticFlags(
  subtract: boolean,
  second: (b: Lowering, w: number) => void,
  sp: boolean,
): Lower {
  return (b, w) =>
    withFlags(
      b,
      w,
      subtract,
      () => {
        if (sp) regSP(b, w, Rn(w))
        else reg(b, w, Rn(w))
        asFlag(b, w)
      },
      () => {
        second(b, w)
        asFlag(b, w)
      },
    )
}

// ---- logic -----------------------------------------------------------------------------------------------------

/** The mask of a logical immediate; the decoder has refused reserved ones. */
function bitmask(w: number): bigint {
  const fields = { N: (w >>> 22) & 1, immr: (w >>> 16) & 63, imms: (w >>> 10) & 63 }
  return decodeBitmask(fields, wide(w) ? 64 : 32)!
}

function logicImmediate(name: 'and' | 'or' | 'xor'): Lower {
  return (b, w) => {
    const mask = bitmask(w)
    if (name === 'or' && Rn(w) === 31) constant(b, w, mask)
    else {
      reg(b, w, Rn(w))
      constant(b, w, mask)
      b.code.op(sized(w, name))
    }
    setSP(b, w, Rd(w))
  }
}

function logicFlags(b: Lowering, w: number): void {
  b.setFlags(wide(w) ? L.FLAGS_LOGIC_X : L.FLAGS_LOGIC_W, () => asFlag(b, w))
  if (Rd(w) !== 31) b.code.get(b.frame.flagsA).set(setResult(b, Rd(w)))
}

/** The local of Xd, which is about to be written. */
function setResult(b: Lowering, d: number): number {
  b.written.x |= 1 << d
  return b.frame.x(d)
}

function logic(name: 'and' | 'or' | 'xor', invert: boolean, flags = false): Lower {
  return (b, w) => {
    if (name === 'or' && Rn(w) === 31 && !invert) {
      shifted(b, w)
      set(b, w, Rd(w))
      return
    }
    reg(b, w, Rn(w))
    shifted(b, w)
    if (invert) {
      constant(b, w, -1)
      b.code.op(sized(w, 'xor'))
    }
    b.code.op(sized(w, name))
    if (flags) logicFlags(b, w)
    else set(b, w, Rd(w))
  }
}

// ---- moves, bit fields -----------------------------------------------------------------------------------------

function moveWide(not: boolean): Lower {
  return (b, w) => {
    const value = BigInt((w >>> 5) & 0xffff) << BigInt(((w >>> 21) & 3) * 16)
    const result = not ? ~value : value
    b.code.i64(wide(w) ? BigInt.asIntN(64, result) : BigInt.asUintN(32, result))
    b.setX(Rd(w))
  }
}

const moveKeep: Lower = (b, w) => {
  const shift = BigInt(((w >>> 21) & 3) * 16)
  const value = BigInt((w >>> 5) & 0xffff) << shift
  const keep = ~(0xffffn << shift)
  b.x(Rd(w))
  b.code.i64(wide(w) ? BigInt.asIntN(64, keep) : keep & 0xffff_ffffn).op('i64_and')
  b.code.i64(BigInt.asIntN(64, value)).op('i64_or')
  b.setX(Rd(w))
}

function adrImmediate(w: number): number {
  return signExtend((((w >>> 5) & 0x7ffff) << 2) | ((w >>> 29) & 3), 21)
}

/** UBFM and SBFM: any is a left shift followed by a right shift; the usual forms are shorter. */
function bitfield(signed: boolean): Lower {
  return (b, w) => {
    const x = wide(w)
    const top = x ? 63 : 31
    const immr = (w >>> 16) & 63
    const imms = (w >>> 10) & 63
    const { code } = b
    if (signed && immr === 0 && (imms === 7 || imms === 15 || imms === 31)) {
      reg(b, w, Rn(w))
      if (imms === 31) {
        if (x) code.op('i64_extend32_s')
      } else code.op(sized(w, imms === 7 ? 'extend8_s' : 'extend16_s'))
      set(b, w, Rd(w))
      return
    }
    reg(b, w, Rn(w))
    if (imms >= immr) {
      const bits = imms - immr + 1
      if (!signed && imms !== top) {
        if (immr) {
          constant(b, w, immr)
          code.op(sized(w, 'shr_u'))
        }
        constant(b, w, (1n << BigInt(bits)) - 1n)
        code.op(sized(w, 'and'))
      } else {
        if (imms !== top) {
          constant(b, w, top - imms)
          code.op(sized(w, 'shl'))
        }
        const right = top - imms + immr
        if (right) {
          constant(b, w, right)
          code.op(sized(w, signed ? 'shr_s' : 'shr_u'))
        }
      }
    } else {
      constant(b, w, top - imms)
      code.op(sized(w, 'shl'))
      const right = immr - imms - 1
      if (right) {
        constant(b, w, right)
        code.op(sized(w, signed ? 'shr_s' : 'shr_u'))
      }
    }
    set(b, w, Rd(w))
  }
}

const bitfieldInsert: Lower = (b, w) => {
  const size = wide(w) ? 64 : 32
  const immr = (w >>> 16) & 63
  const imms = (w >>> 10) & 63
  const inserts = imms < immr
  const bits = BigInt(inserts ? imms + 1 : imms - immr + 1)
  const to = BigInt(inserts ? size - immr : 0)
  const from = inserts ? 0 : immr
  const mask = ((1n << bits) - 1n) << to
  const { code } = b
  const all = wide(w) ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn
  b.x(Rd(w))
  code.i64(BigInt.asIntN(64, all & ~mask)).op('i64_and')
  b.x(Rn(w))
  if (from) code.i64(from).op('i64_shr_u')
  if (to) code.i64(to).op('i64_shl')
  code.i64(BigInt.asIntN(64, mask)).op('i64_and', 'i64_or')
  b.setX(Rd(w))
}

const extract: Lower = (b, w) => {
  const low = (w >>> 10) & 63
  const size = wide(w) ? 64 : 32
  if (!low) reg(b, w, Rm(w))
  else if (Rn(w) === Rm(w)) {
    reg(b, w, Rn(w))
    constant(b, w, low)
    b.code.op(sized(w, 'rotr'))
  } else {
    reg(b, w, Rn(w))
    constant(b, w, size - low)
    b.code.op(sized(w, 'shl'))
    reg(b, w, Rm(w))
    constant(b, w, low)
    b.code.op(sized(w, 'shr_u'), sized(w, 'or'))
  }
  set(b, w, Rd(w))
}

// ---- conditions --------------------------------------------------------------------------------------------------

function conditionalSelect(invert: boolean, increment: boolean): Lower {
  return (b, w) => {
    const condition = (w >>> 12) & 15
    const n = Rn(w)
    const m = Rm(w)
    if (n === 31 && m === 31 && invert !== increment) {
      // CSET and CSETM with the condition inverted.
      b.condition(condition ^ 1)
      if (invert) {
        constantSelect(b, w)
        return
      }
      b.code.op('i64_extend_i32_u')
      b.setX(Rd(w))
      return
    }
    reg(b, w, n)
    reg(b, w, m)
    if (invert) {
      constant(b, w, -1)
      b.code.op(sized(w, 'xor'))
    }
    if (increment) {
      constant(b, w, 1)
      b.code.op(sized(w, 'add'))
    }
    b.condition(condition)
    b.code.op('select')
    set(b, w, Rd(w))
  }
}

/** CSETM: all ones if the i32 on the stack is not 0. */
function constantSelect(b: Lowering, w: number): void {
  const { t32 } = b.frame
  b.code.set(t32)
  constant(b, w, -1)
  constant(b, w, 0)
  b.code.get(t32).op('select')
  set(b, w, Rd(w))
}

function conditionalCompare(immediate: boolean): Lower {
  return (b, w) => {
    const condition = (w >>> 12) & 15
    const holding = b.frame.local(I32)
    b.condition(condition)
    b.code.set(holding)
    const compared = wide(w) ? L.FLAGS_SUB_X : L.FLAGS_SUB_W
    b.setFlags(
      compared,
      () => {
        reg(b, w, Rn(w))
        asFlag(b, w)
      },
      () => {
        if (immediate) b.code.i64(Rm(w))
        else {
          reg(b, w, Rm(w))
          asFlag(b, w)
        }
      },
    )
    b.flags =
      condition >= 14
        ? { kind: compared }
        : { kind: 'conditional', condition: holding, compared, nzcv: w & 15 }
  }
}

// ---- multiply, divide, shift -------------------------------------------------------------------------------------

function multiplyAdd(name: 'add' | 'sub'): Lower {
  return (b, w) => {
    if (Ra(w) === 31 && name === 'add') {
      reg(b, w, Rn(w))
      reg(b, w, Rm(w))
      b.code.op(sized(w, 'mul'))
    } else {
      reg(b, w, Ra(w))
      reg(b, w, Rn(w))
      reg(b, w, Rm(w))
      b.code.op(sized(w, 'mul'), sized(w, name))
    }
    set(b, w, Rd(w))
  }
}

function multiplyLong(signed: boolean, name: 'add' | 'sub'): Lower {
  const extension: Opcode = signed ? 'i64_extend_i32_s' : 'i64_extend_i32_u'
  return (b, w) => {
    const plain = Ra(w) === 31 && name === 'add'
    if (!plain) b.x(Ra(w))
    b.w(Rn(w)).code.op(extension)
    b.w(Rm(w)).code.op(extension, 'i64_mul')
    if (!plain) b.code.op(`i64_${name}`)
    b.setX(Rd(w))
  }
}

const WIDE_ARITHMETIC = WebAssembly.validate(
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 2, 126, 126, 2, 126, 126, 3, 2, 1, 0, 10, 10, 1, 8, 0,
    32, 0, 32, 1, 0xfc, 0x16, 11,
  ]),
)
const MUL_WIDE_S = 0x15
const MUL_WIDE_U = 0x16

function multiplyHigh(opcode: number): Lower {
  return (b, w) => {
    const { t64 } = b.frame
    b.x(Rn(w)).x(Rm(w))
    b.code.bytes.push(MISC_PREFIX)
    unsigned(b.code.bytes, opcode)
    b.code.set(t64).op('drop').get(t64)
    b.setX(Rd(w))
  }
}

/** Division: by zero gives zero, and the one signed quotient that does not fit wraps. */
function divide(signed: boolean): Lower {
  return (b, w) => {
    const x = wide(w)
    const divisor = x ? b.frame.named('divisor64', I64) : b.frame.named('divisor32', I32)
    reg(b, w, Rm(w))
    b.code.tee(divisor).op(sized(w, 'eqz'))
    b.code.begin('if', x ? I64 : I32)
    constant(b, w, 0)
    b.code.op('else')
    if (signed) {
      b.code.get(divisor)
      constant(b, w, -1)
      b.code.op(sized(w, 'eq')).begin('if', x ? I64 : I32)
      constant(b, w, 0)
      reg(b, w, Rn(w))
      b.code.op(sized(w, 'sub'), 'else')
    }
    reg(b, w, Rn(w))
    b.code.get(divisor).op(sized(w, signed ? 'div_s' : 'div_u'))
    if (signed) b.code.op('end')
    b.code.op('end')
    set(b, w, Rd(w))
  }
}

function shiftVariable(name: string): Lower {
  return (b, w) => {
    reg(b, w, Rn(w))
    reg(b, w, Rm(w))
    b.code.op(sized(w, name))
    set(b, w, Rd(w))
  }
}

const countZeros: Lower = (b, w) => {
  reg(b, w, Rn(w))
  b.code.op(sized(w, 'clz'))
  set(b, w, Rd(w))
}

/** Leading bits equal to the sign: the leading zeros of x ^ (x >> 1), without the first. */
const countSigns: Lower = (b, w) => {
  reg(b, w, Rn(w))
  reg(b, w, Rn(w))
  constant(b, w, 1)
  b.code.op(sized(w, 'shr_s'), sized(w, 'xor'), sized(w, 'clz'))
  constant(b, w, 1)
  b.code.op(sized(w, 'sub'))
  set(b, w, Rd(w))
}

/** Swaps groups of `bits` within the i64 on the stack. */
function swapGroups(b: Lowering, bits: number, mask: bigint): void {
  const { t64 } = b.frame
  const low = BigInt.asIntN(64, mask)
  b.code.tee(t64).i64(bits).op('i64_shr_u').i64(low).op('i64_and')
  b.code.get(t64).i64(low).op('i64_and').i64(bits).op('i64_shl', 'i64_or')
}

const BYTES = 0x00ff_00ff_00ff_00ffn
const HALVES = 0x0000_ffff_0000_ffffn

function reverse(container: 16 | 32 | 64): Lower {
  return (b, w) => {
    b.x(Rn(w))
    swapGroups(b, 8, BYTES)
    if (container >= 32) swapGroups(b, 16, HALVES)
    if (container === 64) b.code.i64(32).op('i64_rotl')
    if (!wide(w)) b.code.op('i32_wrap_i64', 'i64_extend_i32_u')
    b.setX(Rd(w))
  }
}

const reverseBits: Lower = (b, w) => {
  b.x(Rn(w))
  swapGroups(b, 1, 0x5555_5555_5555_5555n)
  swapGroups(b, 2, 0x3333_3333_3333_3333n)
  swapGroups(b, 4, 0x0f0f_0f0f_0f0f_0f0fn)
  swapGroups(b, 8, BYTES)
  swapGroups(b, 16, HALVES)
  if (wide(w)) b.code.i64(32).op('i64_rotl')
  else b.code.op('i32_wrap_i64', 'i64_extend_i32_u')
  b.setX(Rd(w))
}

/** Pushes the carry flag as i64 or i32 by the width. */
function carry(b: Lowering, w: number): void {
  b.condition(2)
  if (wide(w)) b.code.op('i64_extend_i32_u')
}

function addWithCarry(subtract: boolean): Lower {
  return (b, w) => {
    reg(b, w, Rn(w))
    reg(b, w, Rm(w))
    if (subtract) {
      constant(b, w, -1)
      b.code.op(sized(w, 'xor'))
    }
    b.code.op(sized(w, 'add'))
    carry(b, w)
    b.code.op(sized(w, 'add'))
    set(b, w, Rd(w))
  }
}

/** Sets the flags from NZCV made of i32 that are 0 or 1, pushed by these. */
function setBits(b: Lowering, bits: (() => void)[]): void {
  const { code } = b
  b.setFlags(L.FLAGS_NZCV, () => {
    bits.forEach((push, i) => {
      push()
      if (i < 3) code.i32(3 - i).op('i32_shl')
      if (i) code.op('i32_or')
    })
    code.op('i64_extend_i32_u')
  })
}

function addWithCarryFlags(subtract: boolean): Lower {
  return (b, w) => {
    const { code, frame } = b
    const x = wide(w)
    const type = x ? I64 : I32
    const name = (s: string) => frame.named(`${s}${x ? 64 : 32}`, type)
    const [first, second, sum, partial] = [
      name('first'),
      name('second'),
      name('sum'),
      name('partial'),
    ]
    reg(b, w, Rn(w))
    code.set(first)
    reg(b, w, Rm(w))
    if (subtract) {
      constant(b, w, -1)
      code.op(sized(w, 'xor'))
    }
    code.set(second)
    code.get(first).get(second).op(sized(w, 'add')).tee(partial)
    carry(b, w)
    code.op(sized(w, 'add')).set(sum)
    const negative = () => {
      constant(b, w, 0)
      code.op(sized(w, 'lt_s'))
    }
    setBits(b, [
      () => {
        code.get(sum)
        negative()
      },
      () => code.get(sum).op(sized(w, 'eqz')),
      // A carry out of either addition.
      () => {
        code.get(partial).get(first).op(sized(w, 'lt_u'))
        code.get(sum).get(partial).op(sized(w, 'lt_u'), 'i32_or')
      },
      () => {
        code.get(first).get(sum).op(sized(w, 'xor'))
        code.get(second).get(sum).op(sized(w, 'xor'), sized(w, 'and'))
        negative()
      },
    ])
    code.get(sum)
    set(b, w, Rd(w))
  }
}

const nop: Lower = () => {}

/** Lowerings by row id. */
export const integer: Readonly<Record<string, Lower>> = {
  ADD_imm: addImmediate(1),
  SUB_imm: addImmediate(-1),
  ADDS_imm: addImmediateFlags(false),
  SUBS_imm: addImmediateFlags(true),
  ADD_shift: arithmetic('add', shifted, false),
  SUB_shift: arithmetic('sub', shifted, false),
  ADDS_shift: arithmeticFlags(false, shifted, false),
  SUBS_shift: arithmeticFlags(true, shifted, false),
  ADD_ext: arithmetic('add', extended, true),
  SUB_ext: arithmetic('sub', extended, true),
  ADDS_ext: arithmeticFlags(false, extended, true),
  SUBS_ext: arithmeticFlags(true, extended, true),
  ADC: addWithCarry(false),
  SBC: addWithCarry(true),
  ADCS: addWithCarryFlags(false),
  SBCS: addWithCarryFlags(true),
  AND_imm: logicImmediate('and'),
  ORR_imm: logicImmediate('or'),
  EOR_imm: logicImmediate('xor'),
  ANDS_imm: (b, w) => {
    reg(b, w, Rn(w))
    constant(b, w, bitmask(w))
    b.code.op(sized(w, 'and'))
    logicFlags(b, w)
  },
  AND_shift: logic('and', false),
  BIC_shift: logic('and', true),
  ORR_shift: logic('or', false),
  ORN_shift: logic('or', true),
  EOR_shift: logic('xor', false),
  EON_shift: logic('xor', true),
  ANDS_shift: logic('and', false, true),
  BICS_shift: logic('and', true, true),
  MOVZ: moveWide(false),
  MOVN: moveWide(true),
  MOVK: moveKeep,
  ADR: (b, w) => b.pcRelative(adrImmediate(w)).setX(Rd(w)),
  ADRP: (b, w) => {
    // The page of the instruction, plus so many pages.
    const page = (b.at >> 12) * 4096
    b.code
      .get(b.frame.base)
      .i64(BigInt(page) + BigInt(adrImmediate(w)) * 4096n)
      .op('i64_add')
    b.setX(Rd(w))
  },
  UBFM: bitfield(false),
  SBFM: bitfield(true),
  BFM: bitfieldInsert,
  EXTR: extract,
  CSEL: conditionalSelect(false, false),
  CSINC: conditionalSelect(false, true),
  CSINV: conditionalSelect(true, false),
  CSNEG: conditionalSelect(true, true),
  CCMP_reg: conditionalCompare(false),
  CCMP_imm: conditionalCompare(true),
  MADD: multiplyAdd('add'),
  MSUB: multiplyAdd('sub'),
  SMADDL: multiplyLong(true, 'add'),
  SMSUBL: multiplyLong(true, 'sub'),
  UMADDL: multiplyLong(false, 'add'),
  UMSUBL: multiplyLong(false, 'sub'),
  ...(WIDE_ARITHMETIC ? { SMULH: multiplyHigh(MUL_WIDE_S), UMULH: multiplyHigh(MUL_WIDE_U) } : {}),
  UDIV: divide(false),
  SDIV: divide(true),
  LSLV: shiftVariable('shl'),
  LSRV: shiftVariable('shr_u'),
  ASRV: shiftVariable('shr_s'),
  RORV: shiftVariable('rotr'),
  CLZ: countZeros,
  CLS: countSigns,
  RBIT: reverseBits,
  REV: reverse(64),
  REV16: reverse(16),
  REV32: reverse(32),
  DMB: nop,
  DSB: nop,
  ISB: nop,
}

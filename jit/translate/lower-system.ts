/**
 * The system instructions and exclusives that kernels execute all the time: interrupt masks, thread and stack pointers,
 * LDXR and STXR. In whatever case is not the usual one they leave the instruction to the interpreter.
 */
import * as L from '../core/assembly/layout.ts'
import * as S from '../core/assembly/sysstate.ts'
import { CPU } from './frame.ts'
import type { Lower } from './lower-integer.ts'
import { baseAndOffset } from './lower-memory.ts'
import type { Lowering } from './lowering.ts'
import { I32, type Opcode } from './wasm.ts'

const Rt = (w: number) => w & 31
const Rs = (w: number) => (w >>> 16) & 31
const Rn = (w: number) => (w >>> 5) & 31
/** op0:op1:CRn:CRm:op2 of MRS and MSR, with op0's upper bit set. */
const encoding = (w: number) => (w >>> 5) & 0x7fff
const sysreg = (op1: number, crn: number, crm: number, op2: number) =>
  (1 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2

const TPIDR_EL0 = sysreg(3, 13, 0, 2)
const TPIDRRO_EL0 = sysreg(3, 13, 0, 3)
const TPIDR_EL1 = sysreg(0, 13, 0, 4)
const SP_EL0 = sysreg(0, 4, 1, 0)
const DAIF = sysreg(3, 4, 2, 1)

/** op2 of MSR (immediate). */
const DAIF_SET = 6
const DAIF_CLEAR = 7
/** MDSCR_EL1.SS: software step depends on the masks. */
const MDSCR_SS = 1
/** HCR_EL2.VF, VI, VSE: virtual exceptions that a mask may hold back. */
const HCR_VIRTUAL = (1 << 6) | (1 << 7) | (1 << 8)

function field(b: Lowering, offset: number, load: Opcode = 'i32_load'): void {
  b.code.get(CPU).memory(load, offset)
}

/** Leaves to the interpreter at EL0, where access depends on traps or does not exist. */
function privileged(b: Lowering): void {
  field(b, L.CPU_EL)
  b.code.op('i32_eqz')
  b.exitIf()
}

/** Leaves to the interpreter where a change of the masks may have an effect at once. */
function quietMasks(b: Lowering, mayUnmask: boolean): void {
  privileged(b)
  field(b, S.SYS_MDSCR_EL1)
  b.code.i32(MDSCR_SS).op('i32_and')
  if (mayUnmask) {
    field(b, S.SYS_EFFECTIVE_HCR)
    b.code.i32(HCR_VIRTUAL).op('i32_and', 'i32_or')
    field(b, L.CPU_LINES)
    b.code.op('i32_or')
  }
  b.exitIf()
}

/** Whether MRS of this register has a lowering. */
function reads(w: number): boolean {
  return [TPIDR_EL0, TPIDRRO_EL0, TPIDR_EL1, SP_EL0, DAIF].includes(encoding(w))
}

const mrs: Lower = (b, w) => {
  switch (encoding(w)) {
    case TPIDR_EL0:
      field(b, S.SYS_TPIDR_EL0, 'i64_load')
      break
    case TPIDRRO_EL0:
      field(b, S.SYS_TPIDRRO_EL0, 'i64_load')
      break
    case TPIDR_EL1:
      privileged(b)
      field(b, S.SYS_TPIDR_EL1, 'i64_load')
      break
    case SP_EL0:
      // The banked copy, if it is not the stack pointer in use.
      privileged(b)
      field(b, L.CPU_SPSEL)
      b.code.op('i32_eqz')
      b.exitIf()
      field(b, S.SYS_SP_EL0, 'i64_load')
      break
    default:
      privileged(b)
      field(b, L.CPU_DAIF, 'i64_load32_u')
  }
  b.setX(Rt(w))
}

function writesMask(w: number): boolean {
  const op2 = (w >>> 5) & 7
  return ((w >>> 16) & 7) === 3 && (op2 === DAIF_SET || op2 === DAIF_CLEAR)
}

const msrImmediate: Lower = (b, w) => {
  const bits = ((w >>> 8) & 15) << 6
  const set = ((w >>> 5) & 7) === DAIF_SET
  quietMasks(b, !set)
  b.code.get(CPU)
  field(b, L.CPU_DAIF)
  b.code
    .i32(set ? bits : ~bits)
    .op(set ? 'i32_or' : 'i32_and')
    .memory('i32_store', L.CPU_DAIF)
}

const msrRegister: Lower = (b, w) => {
  quietMasks(b, true)
  b.code.get(CPU)
  b.w(Rt(w))
    .code.i32(15 << 6)
    .op('i32_and')
    .memory('i32_store', L.CPU_DAIF)
}

// ---- exclusives --------------------------------------------------------------------------------------------------

const log2Of = (w: number) => w >>> 30
const LOADS: readonly Opcode[] = ['i64_load8_u', 'i64_load16_u', 'i64_load32_u', 'i64_load']
const STORES: readonly Opcode[] = ['i64_store8', 'i64_store16', 'i64_store32', 'i64_store']

/** Address, aligned and known to the TLB; anything else is the interpreter's. */
function exclusiveAddress(b: Lowering, w: number, write: boolean): void {
  const size = 1 << log2Of(w)
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
  b.resolveKnown(size, write)
}

const loadExclusive: Lower = (b, w) => {
  const { linear } = b.frame
  exclusiveAddress(b, w, false)
  b.code
    .get(CPU)
    .i32(1 << log2Of(w))
    .memory('i32_store', L.CPU_EXCL_SIZE)
  b.code.get(CPU).get(linear).op('i64_extend_i32_u').memory('i64_store', L.CPU_EXCL_PA)
  b.code.get(linear).memory(LOADS[log2Of(w)]!)
  b.setX(Rt(w))
}

const storeExclusive: Lower = (b, w) => {
  // Status and data or base alike is CONSTRAINED UNPREDICTABLE: as the interpreter does it.
  if (Rs(w) === Rt(w) || (Rs(w) === Rn(w) && Rn(w) !== 31)) {
    b.exit()
    return
  }
  const { linear } = b.frame
  const marked = b.frame.named('marked', I32)
  exclusiveAddress(b, w, true)
  field(b, L.CPU_EXCL_SIZE)
  b.code.i32(1 << log2Of(w)).op('i32_eq')
  field(b, L.CPU_EXCL_PA, 'i64_load')
  b.code.get(linear).op('i64_extend_i32_u', 'i64_eq', 'i32_and').tee(marked)
  b.begin('if')
  b.code.get(linear)
  b.x(Rt(w)).code.memory(STORES[log2Of(w)]!)
  b.end()
  b.code.get(CPU).i32(0).memory('i32_store', L.CPU_EXCL_SIZE)
  b.code.get(marked).op('i32_eqz')
  b.setW(Rs(w))
}

/** Lowerings by row id, of the words that `isUsual` accepts. */
export const system: Readonly<Record<string, Lower>> = {
  // WFE, WFI, YIELD, SEV and SEVL do something; the rest of the space is NOP here.
  HINT: () => {},
  MRS: mrs,
  MSR_imm: msrImmediate,
  MSR_reg: msrRegister,
  ...Object.fromEntries(
    ['', 'B', 'H'].flatMap((suffix) => [
      [`LDXR${suffix}`, loadExclusive],
      [`LDAXR${suffix}`, loadExclusive],
      [`STXR${suffix}`, storeExclusive],
      [`STLXR${suffix}`, storeExclusive],
    ]),
  ),
}

/** Whether this word of a row in `system` is one that its lowering knows. */
export function isUsual(row: string, w: number): boolean {
  if (row === 'HINT') return ((w >>> 5) & 0x7f) === 0 || ((w >>> 5) & 0x7f) > 5
  if (row === 'MRS') return reads(w)
  if (row === 'MSR_imm') return writesMask(w)
  if (row === 'MSR_reg') return encoding(w) === DAIF
  return true
}

/**
 * Vector registers in lowerings: pushed and popped as what an instruction works on, whatever way the region holds them in
 * (views.ts), and given to the core's exact operations where the host's own prove nothing.
 *
 * A register held as a scalar has its upper part in memory, which stays there until the register is written: a scalar result
 * clears it.
 */
import * as L from '../core/assembly/layout.ts'
import type { Code } from './code.ts'
import { CALL_EXECUTE_VECTOR, CPU, type Frame, USED_AS } from './frame.ts'
import type { Lowering } from './lowering.ts'
import { SIMD, type SimdOpcode } from './simd-opcodes.ts'
import { F32, F64, I32, I64, V128 } from './wasm.ts'

/** FPSR.IXC. */
const IXC_BIT = 4
/** RMode and FZ of FPCR: what keeps the host's arithmetic from giving Arm's results. */
export const FPCR_NOT_HOST = 0x01c0_0000
/** Bound of magnitudes, as upper halves of a value shifted left once: finite, well below infinity in both formats. */
const LIMIT = 0xfd00_0000 | 0

export const Rd = (w: number) => w & 31
export const Rn = (w: number) => (w >>> 5) & 31
export const Rm = (w: number) => (w >>> 16) & 31
export const Ra = (w: number) => (w >>> 10) & 31
/** Q, bit 30: the instruction works on 128 bits. */
export const isFull = (w: number) => ((w >>> 30) & 1) === 1

/** A vector instruction without immediates. */
export function simd(code: Code, name: SimdOpcode): void {
  code.simd(SIMD[name])
}

/** A vector instruction on one lane. */
export function simdLane(code: Code, name: SimdOpcode, lane: number): void {
  code.simd(SIMD[name])
  code.bytes.push(lane)
}

/** Pushes a constant of 16 bytes, low byte first. */
export function constant128(code: Code, low: bigint, high: bigint): void {
  code.simd(SIMD.v128_const)
  for (const half of [low, high]) {
    for (let i = 0n; i < 64n; i += 8n) code.bytes.push(Number((half >> i) & 0xffn))
  }
}

/** Pops two vectors and pushes bytes of both: 0 to 15 of the first, 16 to 31 of the second. */
export function shuffle(code: Code, lanes: readonly number[]): void {
  code.simd(SIMD.i8x16_shuffle)
  code.bytes.push(...lanes)
}

function use(b: Lowering, n: number, type: typeof F32 | typeof F64 | typeof V128): void {
  b.frame.used[n]! |= USED_AS[type]
  b.usesVectors = true
}

// ---- reading -----------------------------------------------------------------------------------------------------

/** Pushes all of Vn. */
export function vector(b: Lowering, n: number): void {
  use(b, n, V128)
  b.code.get(b.v(n))
}

/** Pushes Dn. */
export function double(b: Lowering, n: number): void {
  use(b, n, F64)
  b.code.get(b.v(n))
  if (b.frame.views[n] === V128) simdLane(b.code, 'f64x2_extract_lane', 0)
}

/** Pushes Sn. */
export function single(b: Lowering, n: number): void {
  use(b, n, F32)
  b.code.get(b.v(n))
  if (b.frame.views[n] === V128) simdLane(b.code, 'f32x4_extract_lane', 0)
}

/** Pushes Dn as its bits. */
export function doubleBits(b: Lowering, n: number): void {
  use(b, n, F64)
  b.code.get(b.v(n))
  if (b.frame.views[n] === V128) simdLane(b.code, 'i64x2_extract_lane', 0)
  else b.code.op('i64_reinterpret_f64')
}

/** Pushes Sn as its bits, an i32. */
export function singleBits(b: Lowering, n: number): void {
  use(b, n, F32)
  b.code.get(b.v(n))
  if (b.frame.views[n] === V128) simdLane(b.code, 'i32x4_extract_lane', 0)
  else b.code.op('i32_reinterpret_f32')
}

// ---- writing -----------------------------------------------------------------------------------------------------

/** Pops a vector into Vn. */
export function setVector(b: Lowering, n: number): void {
  use(b, n, V128)
  b.code.set(b.setV(n))
}

/** Pops a vector into Vn, whose upper half becomes zero unless the instruction is one of 128 bits. */
export function setVectorQ(b: Lowering, w: number, n = Rd(w)): void {
  if (!isFull(w)) clearUpper(b.code)
  setVector(b, n)
}

/** Clears the upper half of the vector on the stack. */
export function clearUpper(code: Code): void {
  constant128(code, 0xffff_ffff_ffff_ffffn, 0n)
  simd(code, 'v128_and')
}

/** Pops a double into Dn. */
export function setDouble(b: Lowering, n: number): void {
  use(b, n, F64)
  const { code, frame } = b
  if (frame.views[n] === F64) {
    code.set(b.setV(n))
    return
  }
  const value = frame.named('double', F64)
  code.set(value)
  constant128(code, 0n, 0n)
  code.get(value)
  simdLane(code, 'f64x2_replace_lane', 0)
  code.set(b.setV(n))
}

/** Pops a single into Sn. */
export function setSingle(b: Lowering, n: number): void {
  use(b, n, F32)
  const { code, frame } = b
  if (frame.views[n] === F32) {
    code.set(b.setV(n))
    return
  }
  const value = frame.named('single', F32)
  code.set(value)
  constant128(code, 0n, 0n)
  code.get(value)
  simdLane(code, 'f32x4_replace_lane', 0)
  code.set(b.setV(n))
}

/** Pops an i64 into Dn. */
export function setDoubleBits(b: Lowering, n: number): void {
  if (b.frame.views[n] === F64) {
    b.code.op('f64_reinterpret_i64')
    setDouble(b, n)
    return
  }
  use(b, n, F64)
  const { code, frame } = b
  code.set(frame.t64)
  constant128(code, 0n, 0n)
  code.get(frame.t64)
  simdLane(code, 'i64x2_replace_lane', 0)
  code.set(b.setV(n))
}

/** Pops an i32 into Sn. */
export function setSingleBits(b: Lowering, n: number): void {
  if (b.frame.views[n] === F32) {
    b.code.op('f32_reinterpret_i32')
    setSingle(b, n)
    return
  }
  use(b, n, F32)
  const { code, frame } = b
  code.set(frame.t32)
  constant128(code, 0n, 0n)
  code.get(frame.t32)
  simdLane(code, 'i32x4_replace_lane', 0)
  code.set(b.setV(n))
}

/** Clears Vn, which serves every way of holding it. */
export function setZero(b: Lowering, n: number): void {
  b.usesVectors = true
  const { code, frame } = b
  const view = frame.views[n]
  if (view === V128) constant128(code, 0n, 0n)
  else if (view === F64) code.i64(0).op('f64_reinterpret_i64')
  else code.i32(0).op('f32_reinterpret_i32')
  code.set(b.setV(n))
}

// ---- proof that only Inexact happened ----------------------------------------------------------------------------

/** Sets the locals that results are compared with, from FPSR: to be done whenever that may have changed. */
export function loadLimits(code: Code, frame: Frame): void {
  const scalar = frame.has('limit')
  const lanes = frame.has('limits')
  if (!scalar && !lanes) return
  // IXC as a mask.
  code
    .get(CPU)
    .memory('i32_load', L.CPU_FPSR)
    .i32(31 - IXC_BIT)
    .op('i32_shl')
    .i32(31)
    .op('i32_shr_s')
  code.i32(LIMIT).op('i32_and')
  if (lanes) {
    if (scalar) code.tee(frame.limit)
    code
      .i32(1)
      .op('i32_shr_u')
      .i32(0x8000_0000 | 0)
      .op('i32_xor')
    simd(code, 'i32x4_splat')
    code.set(frame.limits)
  } else code.set(frame.limit)
}

/** Pushes an i32 that is 0 if IXC is clear, else all ones. */
export function inexactMask(b: Lowering): void {
  b.code.get(b.frame.limit).i32(31).op('i32_shr_s')
}

/**
 * Pops an f64 or f32 result and pushes an i32 that is 0 if more than Inexact may have happened, or Inexact first: sums may be
 * anything finite (a denormal one is exact), other results must not be near the denormals, nor zero.
 */
export function isProved(b: Lowering, wide: boolean, sum: boolean): void {
  const { code, frame } = b
  if (wide) code.op('i64_reinterpret_f64').i64(31).op('i64_shr_u', 'i32_wrap_i64')
  else code.op('i32_reinterpret_f32').i32(1).op('i32_shl')
  if (!sum) code.i32(wide ? 0x0040_0000 : 0x0200_0000).op('i32_sub')
  code.get(frame.limit).op('i32_lt_u')
}

const HIGH_WORDS = 0x7fff_ffff_0000_0000n
const WORDS = 0x7fff_ffff_7fff_ffffn

/**
 * The same for the lanes of a vector of doubles or singles: pops it and pushes an i32 that is 0 if all that count are
 * proved. `lanes` of singles count, from the lowest.
 */
export function isUnproved(b: Lowering, wide: boolean, sum: boolean, lanes: number): void {
  const { code, frame } = b
  const mask = wide ? HIGH_WORDS : WORDS
  constant128(code, mask, mask)
  simd(code, 'v128_and')
  const low = sum ? 0 : wide ? 0x0020_0000 : 0x0100_0000
  const bias = BigInt(0x8000_0000 - low)
  const both = wide ? (bias << 32n) | 0x8000_0000n : (bias << 32n) | bias
  constant128(code, both, both)
  simd(code, 'i32x4_add')
  code.set(frame.v128).get(frame.limits).get(frame.v128)
  simd(code, 'i32x4_gt_s')
  simd(code, 'i32x4_bitmask')
  const all = (1 << lanes) - 1
  if (lanes < 4) code.i32(all).op('i32_and')
  code.i32(all).op('i32_ne')
}

// ---- the core's operations ---------------------------------------------------------------------------------------

/** Registers an instruction reads and the one it writes, by number. */
export interface Operands {
  v: readonly number[]
  x?: readonly number[]
  /** Vd, or Xd if `general`. */
  to: number
  general?: boolean
}

/** Writes a vector register to memory, as far as it is held in a local. */
function spill(b: Lowering, n: number): void {
  const { code, frame } = b
  const at = L.CPU_V + n * 16
  code.get(CPU).get(b.v(n))
  const view = frame.views[n]
  if (view === V128) code.simdMemory(SIMD.v128_store, at)
  else code.memory(view === F64 ? 'f64_store' : 'f32_store', at)
}

function reload(b: Lowering, n: number): void {
  const { code, frame } = b
  const at = L.CPU_V + n * 16
  code.get(CPU)
  const view = frame.views[n]
  if (view === V128) code.simdMemory(SIMD.v128_load, at)
  else code.memory(view === F64 ? 'f64_load' : 'f32_load', at)
  code.set(b.setV(n))
}

/**
 * Executes the instruction by the core, on the registers it names. Where scalars are held as such, their upper parts in
 * memory are of no interest to an instruction that let them be.
 */
export function executeByCore(b: Lowering, row: number, w: number, operands: Operands): void {
  const { code, frame } = b
  b.usesVectors = true
  for (const n of new Set(operands.v)) spill(b, n)
  for (const n of new Set(operands.x ?? [])) {
    if (n === 31) continue
    code.get(CPU)
    b.x(n).code.memory('i64_store', L.CPU_X + n * 8)
  }
  code
    .get(CPU)
    .i32(row)
    .i32(w | 0)
    .call(CALL_EXECUTE_VECTOR)
  if (operands.general) {
    if (operands.to !== 31) {
      code.get(CPU).memory('i64_load', L.CPU_X + operands.to * 8)
      b.setX(operands.to)
    }
  } else reload(b, operands.to)
  loadLimits(code, frame)
}

/** Marks registers as used whole. */
export function useVectors(b: Lowering, registers: readonly number[]): void {
  for (const n of registers) use(b, n, V128)
}

export { F32, F64, I32, I64, V128 }

/**
 * Scalar floating point in single and double precision: one lowering a row of jit/isa's table. Arm ARM C7.2, A1.4, and the
 * FPCR and FPSR registers.
 *
 * The host's operation is done first. Its result is right if it proves that nothing but Inexact can have happened, and FPSR.IXC
 * is set already (`isProved`); otherwise the core does the operation again on raw bits, which gives NaNs, denormals and
 * FPSR exactly. Regions with such instructions are only entered where FPCR rounds to nearest and keeps denormals.
 */
import * as L from '../core/assembly/layout.ts'
import {
  CALL_FLOAT_BINARY,
  CALL_FLOAT_COMPARED,
  CALL_FLOAT_MUL_ADD,
  CALL_FLOAT_SQRT,
  CPU,
} from './frame.ts'
import { ERROR_BITS, type Fused, fused, fusedLocals, LEAST_PRODUCT } from './fused.ts'
import type { Lower } from './lower-integer.ts'
import type { Lowering } from './lowering.ts'
import {
  double,
  doubleBits,
  F32,
  F64,
  I32,
  isProved,
  loadLimits,
  Ra,
  Rd,
  Rm,
  Rn,
  setDouble,
  setDoubleBits,
  setSingle,
  setSingleBits,
  setVector,
  setZero,
  simdLane,
  single,
  singleBits,
  vector,
} from './vectors.ts'
import type { Opcode } from './wasm.ts'

/** Formats, as fp/format.ts numbers them. */
const SINGLE = 2
const DOUBLE = 3

/** Numbers of operations, as fp/fp-ops.ts has them. */
const OP_ADD = 0
const OP_SUB = 1
const OP_MUL = 2
const OP_DIV = 3
const OP_MAX = 4
const OP_MIN = 5
const OP_MAXNM = 6
const OP_MINNM = 7
const OP_NMUL = 8

/** Bit 22 of most scalar instructions: double precision. */
export const isDouble = (w: number) => ((w >>> 22) & 1) === 1
export const formatOf = (wide: boolean) => (wide ? DOUBLE : SINGLE)

/** `f64_name` or `f32_name`. */
export function float(wide: boolean, name: string): Opcode {
  return `${wide ? 'f64' : 'f32'}_${name}` as Opcode
}

/** Pushes Dn or Sn. */
export function scalar(b: Lowering, wide: boolean, n: number): void {
  if (wide) double(b, n)
  else single(b, n)
}

/** Pushes the bits of Dn or Sn as i64. */
export function scalarBits(b: Lowering, wide: boolean, n: number): void {
  if (wide) doubleBits(b, n)
  else {
    singleBits(b, n)
    b.code.op('i64_extend_i32_u')
  }
}

/** Pops a scalar into Dn or Sn. */
export function setScalar(b: Lowering, wide: boolean, n: number): void {
  if (wide) setDouble(b, n)
  else setSingle(b, n)
}

/** The bits on the stack, an i64, become a scalar. */
export function fromBits(b: Lowering, wide: boolean): void {
  if (wide) b.code.op('f64_reinterpret_i64')
  else b.code.op('i32_wrap_i64', 'f32_reinterpret_i32')
}

/** The local of a result that is to be proved. */
export function resultLocal(b: Lowering, wide: boolean): number {
  return wide ? b.frame.named('resultD', F64) : b.frame.named('resultS', F32)
}

/**
 * Pushes the result of an operation: that on the stack if `proved`, which pops it and pushes an i32, says so; otherwise the bits that
 * `exact` pushes as i64.
 */
export function orExact(b: Lowering, wide: boolean, proved: () => void, exact: () => void): void {
  const { code, frame } = b
  const result = resultLocal(b, wide)
  b.usesFp = true
  code.tee(result)
  proved()
  code.op('i32_eqz')
  b.begin('if')
  exact()
  fromBits(b, wide)
  code.set(result)
  loadLimits(code, frame)
  b.end()
  code.get(result)
}

/** Pops a scalar and pushes whether it is no NaN. */
export function isNumber(b: Lowering, wide: boolean): void {
  b.code.get(resultLocal(b, wide)).op(float(wide, 'eq'))
}

function callBinary(b: Lowering, w: number, op: number): void {
  const wide = isDouble(w)
  b.code.get(CPU).i32(op)
  scalarBits(b, wide, Rn(w))
  scalarBits(b, wide, Rm(w))
  b.code.i32(formatOf(wide)).call(CALL_FLOAT_BINARY)
}

function binary(name: string, op: number, kind: 'sum' | 'product' | 'choice'): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    scalar(b, wide, Rn(w))
    scalar(b, wide, Rm(w))
    b.code.op(float(wide, name))
    if (op === OP_NMUL) b.code.op(float(wide, 'neg'))
    orExact(
      b,
      wide,
      () => {
        if (kind === 'choice') isNumber(b, wide)
        else isProved(b, wide, kind === 'sum')
      },
      () => callBinary(b, w, op),
    )
    setScalar(b, wide, Rd(w))
  }
}

const squareRoot: Lower = (b, w) => {
  const wide = isDouble(w)
  scalar(b, wide, Rn(w))
  b.code.op(float(wide, 'sqrt'))
  orExact(
    b,
    wide,
    () => isProved(b, wide, false),
    () => {
      b.code.get(CPU)
      scalarBits(b, wide, Rn(w))
      b.code.i32(formatOf(wide)).call(CALL_FLOAT_SQRT)
    },
  )
  setScalar(b, wide, Rd(w))
}

// ---- fused multiply-add ------------------------------------------------------------------------------------------

/** Pushes the bits of a scalar, negated if asked. */
function signedBits(b: Lowering, wide: boolean, n: number, negate: boolean): void {
  scalarBits(b, wide, n)
  if (negate) b.code.i64(wide ? 0x8000_0000_0000_0000n : 0x8000_0000n).op('i64_xor')
}

function callMulAdd(b: Lowering, w: number, negateProduct: boolean, negateAddend: boolean): void {
  const wide = isDouble(w)
  b.code.get(CPU)
  signedBits(b, wide, Ra(w), negateAddend)
  signedBits(b, wide, Rn(w), negateProduct)
  scalarBits(b, wide, Rm(w))
  b.code.i32(formatOf(wide)).call(CALL_FLOAT_MUL_ADD)
}

/** Pops a fused result and pushes whether it is the exact one, rounded, and nothing but Inexact happened. */
function isFusedProved(b: Lowering, { product, error }: Fused): void {
  const { code } = b
  isProved(b, true, false)
  code.get(product).op('i64_reinterpret_f64').i64(31).op('i64_shr_u', 'i32_wrap_i64')
  code.i32(LEAST_PRODUCT).op('i32_gt_u', 'i32_and')
  code.get(error).op('i64_reinterpret_f64').i64(ERROR_BITS).op('i64_and').i64(0).op('i64_ne')
  code.get(error).i64(0).op('f64_reinterpret_i64', 'f64_eq', 'i32_or', 'i32_and')
}

/**
 * FMADD, FMSUB, FNMADD, FNMSUB. In single precision the product is an exact double, and rounding the sum twice is harmless
 * unless the first rounding gave what lies halfway between two singles.
 */
function multiplyAdd(negateProduct: boolean, negateAddend: boolean): Lower {
  return (b, w) => {
    const { code, frame } = b
    const exact = () => callMulAdd(b, w, negateProduct, negateAddend)
    if (isDouble(w)) {
      const locals = fusedLocals(frame, false)
      double(b, Rn(w))
      if (negateProduct) code.op('f64_neg')
      code.set(locals.x)
      double(b, Rm(w))
      code.set(locals.y)
      double(b, Ra(w))
      if (negateAddend) code.op('f64_neg')
      code.set(locals.z)
      fused(code, frame, false, locals)
      orExact(b, true, () => isFusedProved(b, locals), exact)
      setDouble(b, Rd(w))
      return
    }
    const sum = frame.named('sum', F64)
    single(b, Rn(w))
    if (negateProduct) code.op('f32_neg')
    code.op('f64_promote_f32')
    single(b, Rm(w))
    code.op('f64_promote_f32', 'f64_mul')
    single(b, Ra(w))
    if (negateAddend) code.op('f32_neg')
    code.op('f64_promote_f32', 'f64_add').tee(sum).op('f32_demote_f64')
    orExact(
      b,
      false,
      () => {
        isProved(b, false, false)
        code.get(sum).op('i64_reinterpret_f64', 'i32_wrap_i64').i32(0x1fff_ffff).op('i32_and')
        code.i32(0x1000_0000).op('i32_ne', 'i32_and')
      },
      exact,
    )
    setSingle(b, Rd(w))
  }
}

// ---- moves -------------------------------------------------------------------------------------------------------

function unary(name: 'abs' | 'neg' | ''): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    scalar(b, wide, Rn(w))
    if (name) b.code.op(float(wide, name))
    setScalar(b, wide, Rd(w))
  }
}

/** The number that imm8 stands for, as its bits: VFPExpandImm of the Arm ARM. */
export function expandImmediate(imm8: number, wide: boolean): bigint {
  const exponentBits = wide ? 11n : 8n
  const fractionBits = wide ? 52n : 23n
  const bit6 = BigInt((imm8 >>> 6) & 1)
  const repeated = bit6 ? (1n << (exponentBits - 3n)) - 1n : 0n
  const exponent =
    ((1n - bit6) << (exponentBits - 1n)) | (repeated << 2n) | BigInt((imm8 >>> 4) & 3)
  const sign = BigInt(imm8 >>> 7) << (exponentBits + fractionBits)
  return sign | (exponent << fractionBits) | (BigInt(imm8 & 15) << (fractionBits - 4n))
}

const moveImmediate: Lower = (b, w) => {
  const wide = isDouble(w)
  const bits = expandImmediate((w >>> 13) & 0xff, wide)
  if (wide) {
    b.code.i64(bits)
    setDoubleBits(b, Rd(w))
  } else {
    b.code.i32(Number(bits) | 0)
    setSingleBits(b, Rd(w))
  }
}

const moveToGeneral: Lower = (b, w) => {
  if (isDouble(w)) {
    doubleBits(b, Rn(w))
    b.setX(Rd(w))
  } else {
    singleBits(b, Rn(w))
    b.setW(Rd(w))
  }
}

const moveFromGeneral: Lower = (b, w) => {
  if (Rn(w) === 31) setZero(b, Rd(w))
  else if (isDouble(w)) {
    b.x(Rn(w))
    setDoubleBits(b, Rd(w))
  } else {
    b.w(Rn(w))
    setSingleBits(b, Rd(w))
  }
}

const moveTopToGeneral: Lower = (b, w) => {
  vector(b, Rn(w))
  simdLane(b.code, 'i64x2_extract_lane', 1)
  b.setX(Rd(w))
}

const moveTopFromGeneral: Lower = (b, w) => {
  vector(b, Rd(w))
  b.x(Rn(w))
  simdLane(b.code, 'i64x2_replace_lane', 1)
  setVector(b, Rd(w))
}

// ---- comparisons -------------------------------------------------------------------------------------------------

/** Pushes an operand of a comparison as the bits of a double; undefined is zero. */
function compared(b: Lowering, wide: boolean, n: number | undefined): void {
  if (n === undefined) b.code.i64(0)
  else if (wide) doubleBits(b, n)
  else {
    single(b, n)
    b.code.op('f64_promote_f32', 'i64_reinterpret_f64')
  }
}

/** A NaN may raise IOC. */
function noteNaNs(b: Lowering, w: number, m: number | undefined, signalling: boolean): void {
  const wide = isDouble(w)
  const { code } = b
  const testNaN = (n: number) => {
    scalar(b, wide, n)
    scalar(b, wide, n)
    code.op(float(wide, 'ne'))
  }
  b.usesFp = true
  testNaN(Rn(w))
  if (m !== undefined) {
    testNaN(m)
    code.op('i32_or')
  }
  b.begin('if')
  code.get(CPU)
  scalarBits(b, wide, Rn(w))
  if (m === undefined) code.i64(0)
  else scalarBits(b, wide, m)
  code
    .i32(formatOf(wide))
    .i32(signalling ? 1 : 0)
    .call(CALL_FLOAT_COMPARED)
  b.end()
}

function compare(signalling: boolean, zero: boolean): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    const m = zero ? undefined : Rm(w)
    noteNaNs(b, w, m, signalling)
    b.setFlags(
      L.FLAGS_FLOAT,
      () => compared(b, wide, Rn(w)),
      () => compared(b, wide, m),
    )
  }
}

function conditionalCompare(signalling: boolean): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    const condition = (w >>> 12) & 15
    const holding = b.frame.local(I32)
    b.condition(condition)
    b.code.tee(holding)
    b.begin('if')
    noteNaNs(b, w, Rm(w), signalling)
    b.end()
    b.setFlags(
      L.FLAGS_FLOAT,
      () => compared(b, wide, Rn(w)),
      () => compared(b, wide, Rm(w)),
    )
    if (condition >= 14) return
    b.flags = { kind: 'conditional', condition: holding, compared: L.FLAGS_FLOAT, nzcv: w & 15 }
  }
}

const conditionalSelect: Lower = (b, w) => {
  const wide = isDouble(w)
  scalar(b, wide, Rn(w))
  scalar(b, wide, Rm(w))
  b.condition((w >>> 12) & 15)
  b.code.op('select')
  setScalar(b, wide, Rd(w))
}

/** FADDP (scalar): the sum of two elements. */
const addPair: Lower = (b, w) => {
  const wide = isDouble(w)
  const { code, frame } = b
  const first = wide ? frame.named('pairD0', F64) : frame.named('pairS0', F32)
  const second = wide ? frame.named('pairD1', F64) : frame.named('pairS1', F32)
  vector(b, Rn(w))
  simdLane(code, wide ? 'f64x2_extract_lane' : 'f32x4_extract_lane', 0)
  code.tee(first)
  vector(b, Rn(w))
  simdLane(code, wide ? 'f64x2_extract_lane' : 'f32x4_extract_lane', 1)
  code.tee(second).op(float(wide, 'add'))
  const bits = (local: number) => {
    code.get(local)
    if (wide) code.op('i64_reinterpret_f64')
    else code.op('i32_reinterpret_f32', 'i64_extend_i32_u')
  }
  orExact(
    b,
    wide,
    () => isProved(b, wide, true),
    () => {
      code.get(CPU).i32(OP_ADD)
      bits(first)
      bits(second)
      code.i32(formatOf(wide)).call(CALL_FLOAT_BINARY)
    },
  )
  setScalar(b, wide, Rd(w))
}

/** Lowerings by row id. */
export const fp: Readonly<Record<string, Lower>> = {
  FADD_s: binary('add', OP_ADD, 'sum'),
  FSUB_s: binary('sub', OP_SUB, 'sum'),
  FMUL_s: binary('mul', OP_MUL, 'product'),
  FNMUL_s: binary('mul', OP_NMUL, 'product'),
  FDIV_s: binary('div', OP_DIV, 'product'),
  FMAX_s: binary('max', OP_MAX, 'choice'),
  FMIN_s: binary('min', OP_MIN, 'choice'),
  FMAXNM_s: binary('max', OP_MAXNM, 'choice'),
  FMINNM_s: binary('min', OP_MINNM, 'choice'),
  FSQRT_s: squareRoot,
  FMADD_s: multiplyAdd(false, false),
  FMSUB_s: multiplyAdd(true, false),
  FNMADD_s: multiplyAdd(true, true),
  FNMSUB_s: multiplyAdd(false, true),
  FMOV_s: unary(''),
  FABS_s: unary('abs'),
  FNEG_s: unary('neg'),
  FMOV_imm_s: moveImmediate,
  FMOV_to_gp: moveToGeneral,
  FMOV_from_gp: moveFromGeneral,
  FMOV_to_gp_top: moveTopToGeneral,
  FMOV_from_gp_top: moveTopFromGeneral,
  FCMP_s: compare(false, false),
  FCMP_zero_s: compare(false, true),
  FCMPE_s: compare(true, false),
  FCMPE_zero_s: compare(true, true),
  FCCMP_s: conditionalCompare(false),
  FCCMPE_s: conditionalCompare(true),
  FCSEL_s: conditionalSelect,
  FADDP_sisd: addPair,
}

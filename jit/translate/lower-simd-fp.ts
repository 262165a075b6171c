/**
 * Floating-point vectors in single and double precision: one lowering a row of jit/isa's table. Arm ARM C7.2.
 *
 * As in lower-fp.ts: the host's results are taken if every element that counts proves that nothing but Inexact happened, and
 * FPSR.IXC is set; otherwise the core does the instruction. Elements of the upper half do not count in 64-bit forms.
 */
import { numberOf } from '../isa/numbers.ts'
import { CALL_FLOAT_BINARY, CALL_FLOAT_MUL_ADD, CALL_INTEGER_TO_FLOAT, CPU } from './frame.ts'
import { ERROR_BITS, type Fused, fused, fusedLocals, LEAST_PRODUCT } from './fused.ts'
import {
  float,
  formatOf,
  fromBits,
  isDouble,
  orExact,
  scalar,
  scalarBits,
  setScalar,
} from './lower-fp.ts'
import type { Lower } from './lower-integer.ts'
import { everySecond } from './lower-simd.ts'
import { replicateBytes } from './lower-simd-copy.ts'
import type { Lowering } from './lowering.ts'
import { FLOAT_SHAPES, type SimdOpcode } from './simd-opcodes.ts'
import {
  clearUpper,
  constant128,
  doubleBits,
  executeByCore,
  isFull,
  isProved,
  isUnproved,
  Rd,
  Rm,
  Rn,
  setVector,
  setVectorQ,
  shuffle,
  simd,
  simdLane,
  singleBits,
  V128,
  vector,
} from './vectors.ts'

const OP_MUL = 2

/** A vector operation on doubles or singles. */
function lanes(b: Lowering, wide: boolean, name: string): void {
  simd(b.code, `${FLOAT_SHAPES[wide ? 3 : 2]}_${name}` as SimdOpcode)
}

/** How many 32-bit lanes count. */
const counting = (w: number) => (isFull(w) ? 4 : 2)

/**
 * Pops a result for Vd; `doubtful` pushes an i32 that is not 0 if the core must do the instruction instead. The result stands in
 * the local that is passed.
 */
function orByCore(
  b: Lowering,
  row: number,
  w: number,
  reads: readonly number[],
  doubtful: (result: number) => void,
  write: () => void = () => setVectorQ(b, w),
): void {
  const result = b.frame.named('result', V128)
  b.usesFp = true
  b.code.set(result)
  doubtful(result)
  b.begin('if')
  executeByCore(b, row, w, { v: reads, to: Rd(w) })
  b.code.op('else').get(result)
  write()
  b.end()
}

/** Pushes whether any element that counts of the vectors in these locals or registers is a NaN. */
function hasNaN(b: Lowering, w: number, wide: boolean, pushes: readonly (() => void)[]): void {
  pushes.forEach((push, i) => {
    push()
    push()
    lanes(b, wide, 'ne')
    if (i) simd(b.code, 'v128_or')
  })
  if (!isFull(w)) clearUpper(b.code)
  simd(b.code, 'v128_any_true')
}

function elementIndex(w: number, wide: boolean): number {
  const h = (w >>> 11) & 1
  return wide ? h : (h << 1) | ((w >>> 21) & 1)
}

/** Pushes the second operand: Vm, or one of its elements everywhere. */
function second(b: Lowering, w: number, byElement: boolean): void {
  vector(b, Rm(w))
  if (!byElement) return
  const wide = isDouble(w)
  vector(b, Rm(w))
  shuffle(b.code, replicateBytes(wide ? 3 : 2, elementIndex(w, wide)))
}

function arithmetic(id: string, name: string, sum: boolean, byElement = false): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const wide = isDouble(w)
    vector(b, Rn(w))
    second(b, w, byElement)
    lanes(b, wide, name)
    orByCore(b, row, w, [Rn(w), Rm(w)], (result) => {
      b.code.get(result)
      isUnproved(b, wide, sum, counting(w))
    })
  }
}

/** FADDP. */
const addPairs: Lower = (b, w) => {
  const wide = isDouble(w)
  for (const from of [0, 1] as const) {
    vector(b, Rn(w))
    vector(b, Rm(w))
    shuffle(b.code, everySecond(wide ? 3 : 2, from, isFull(w)))
  }
  lanes(b, wide, 'add')
  orByCore(b, numberOf('FADDP_v'), w, [Rn(w), Rm(w)], (result) => {
    b.code.get(result)
    isUnproved(b, wide, true, counting(w))
  })
}

const squareRoot: Lower = (b, w) => {
  const wide = isDouble(w)
  vector(b, Rn(w))
  lanes(b, wide, 'sqrt')
  orByCore(b, numberOf('FSQRT_v'), w, [Rn(w)], (result) => {
    b.code.get(result)
    isUnproved(b, wide, false, counting(w))
  })
}

/** FMAX, FMIN, FMAXNM, FMINNM: alike unless there are NaNs, of which WebAssembly makes NaNs. */
function choice(id: string, name: string): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const wide = isDouble(w)
    vector(b, Rn(w))
    vector(b, Rm(w))
    lanes(b, wide, name)
    orByCore(b, row, w, [Rn(w), Rm(w)], (result) => hasNaN(b, w, wide, [() => b.code.get(result)]))
  }
}

function compare(id: string, name: string, absolute = false): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const wide = isDouble(w)
    for (const n of [Rn(w), Rm(w)]) {
      vector(b, n)
      if (absolute) lanes(b, wide, 'abs')
    }
    lanes(b, wide, name)
    orByCore(b, row, w, [Rn(w), Rm(w)], () =>
      hasNaN(b, w, wide, [() => vector(b, Rn(w)), () => vector(b, Rm(w))]),
    )
  }
}

function compareZero(id: string, name: string): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const wide = isDouble(w)
    vector(b, Rn(w))
    constant128(b.code, 0n, 0n)
    lanes(b, wide, name)
    orByCore(b, row, w, [Rn(w)], () => hasNaN(b, w, wide, [() => vector(b, Rn(w))]))
  }
}

function sign(name: 'abs' | 'neg'): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    lanes(b, isDouble(w), name)
    setVectorQ(b, w)
  }
}

function roundIntegral(id: string, name: string, raises = false): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const wide = isDouble(w)
    vector(b, Rn(w))
    lanes(b, wide, name)
    orByCore(b, row, w, [Rn(w)], (result) => {
      b.code.get(result)
      if (raises) vector(b, Rn(w))
      else b.code.get(result)
      lanes(b, wide, 'ne')
      if (!isFull(w)) clearUpper(b.code)
      simd(b.code, 'v128_any_true')
    })
  }
}

// ---- fused multiply-add ------------------------------------------------------------------------------------------

/** Pushes whether a fused result may have been rounded twice, or its error lost. */
function isFusedDoubtful(b: Lowering, { product, error }: Fused): void {
  const { code } = b
  const least = (BigInt(LEAST_PRODUCT) << 31n) - 1n
  code.get(product)
  simd(code, 'f64x2_abs')
  constant128(code, least, least)
  simd(code, 'i64x2_gt_s')
  simd(code, 'v128_not')
  code.get(error)
  constant128(code, ERROR_BITS, ERROR_BITS)
  simd(code, 'v128_and')
  constant128(code, 0n, 0n)
  simd(code, 'i64x2_eq')
  code.get(error)
  constant128(code, 0n, 0n)
  simd(code, 'f64x2_ne')
  simd(code, 'v128_and')
  simd(code, 'v128_or')
  simd(code, 'v128_any_true')
}

/**
 * FMLA and FMLS. Of doubles as fused.ts does it. Of singles: products are exact doubles, and rounding the sum twice is harmless unless the first rounding gave
 * what lies halfway between two singles.
 */
function multiplyAdd(id: string, subtract: boolean, byElement: boolean): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const { code, frame } = b
    const reads = [Rd(w), Rn(w), Rm(w)]
    if (isDouble(w)) {
      const locals = fusedLocals(frame, true)
      vector(b, Rn(w))
      if (subtract) simd(code, 'f64x2_neg')
      code.set(locals.x)
      second(b, w, byElement)
      code.set(locals.y)
      vector(b, Rd(w))
      code.set(locals.z)
      fused(code, frame, true, locals)
      orByCore(b, row, w, reads, (result) => {
        code.get(result)
        isUnproved(b, true, false, 4)
        isFusedDoubtful(b, locals)
        code.op('i32_or')
      })
      return
    }
    const x = frame.named('factor', V128)
    const y = frame.named('otherFactor', V128)
    vector(b, Rn(w))
    if (subtract) simd(code, 'f32x4_neg')
    code.set(x)
    second(b, w, byElement)
    code.set(y)
    const halves = isFull(w) ? [false, true] : [false]
    const sums = halves.map((upper) => {
      const push = (value: () => void) => {
        value()
        if (upper) {
          value()
          shuffle(code, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
        }
        simd(code, 'f64x2_promote_low_f32x4')
      }
      const sum = frame.named(upper ? 'sumsHigh' : 'sumsLow', V128)
      push(() => code.get(x))
      push(() => code.get(y))
      simd(code, 'f64x2_mul')
      push(() => vector(b, Rd(w)))
      simd(code, 'f64x2_add')
      code.tee(sum)
      simd(code, 'f32x4_demote_f64x2_zero')
      return sum
    })
    if (isFull(w)) shuffle(code, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
    orByCore(b, row, w, reads, (result) => {
      code.get(result)
      isUnproved(b, false, false, counting(w))
      sums.forEach((sum, i) => {
        code.get(sum)
        constant128(code, 0x1fff_ffffn, 0x1fff_ffffn)
        simd(code, 'v128_and')
        constant128(code, 0x1000_0000n, 0x1000_0000n)
        simd(code, 'i64x2_eq')
        if (i) simd(code, 'v128_or')
      })
      simd(code, 'v128_any_true')
      code.op('i32_or')
    })
  }
}

/** Pushes an element of Vm as a scalar, or its bits. */
function element(b: Lowering, w: number, bits: boolean): void {
  const wide = isDouble(w)
  const index = elementIndex(w, wide)
  if (index === 0) {
    if (bits) scalarBits(b, wide, Rm(w))
    else scalar(b, wide, Rm(w))
    return
  }
  vector(b, Rm(w))
  if (!bits) simdLane(b.code, wide ? 'f64x2_extract_lane' : 'f32x4_extract_lane', index)
  else if (wide) simdLane(b.code, 'i64x2_extract_lane', index)
  else {
    simdLane(b.code, 'i32x4_extract_lane', index)
    b.code.op('i64_extend_i32_u')
  }
}

const multiplyScalarByElement: Lower = (b, w) => {
  const wide = isDouble(w)
  scalar(b, wide, Rn(w))
  element(b, w, false)
  b.code.op(float(wide, 'mul'))
  orExact(
    b,
    wide,
    () => isProved(b, wide, false),
    () => {
      b.code.get(CPU).i32(OP_MUL)
      scalarBits(b, wide, Rn(w))
      element(b, w, true)
      b.code.i32(formatOf(wide)).call(CALL_FLOAT_BINARY)
    },
  )
  setScalar(b, wide, Rd(w))
}

function multiplyAddScalarByElement(subtract: boolean): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    b.usesFp = true
    b.code.get(CPU)
    scalarBits(b, wide, Rd(w))
    scalarBits(b, wide, Rn(w))
    if (subtract) b.code.i64(wide ? 0x8000_0000_0000_0000n : 0x8000_0000n).op('i64_xor')
    element(b, w, true)
    b.code.i32(formatOf(wide)).call(CALL_FLOAT_MUL_ADD)
    fromBits(b, wide)
    setScalar(b, wide, Rd(w))
  }
}

// ---- conversions -------------------------------------------------------------------------------------------------

/** Pushes whether IXC is clear. */
function inexactUnknown(b: Lowering): void {
  b.code.get(b.frame.limit).op('i32_eqz')
}

function fromInteger(id: string, isUnsigned: boolean): Lower {
  const row = numberOf(id)
  const suffix = isUnsigned ? 'u' : 's'
  return (b, w) => {
    const { code } = b
    if (isDouble(w)) {
      constant128(code, 0n, 0n)
      for (const lane of [0, 1]) {
        vector(b, Rn(w))
        simdLane(code, 'i64x2_extract_lane', lane)
        code.op(`f64_convert_i64_${suffix}`)
        simdLane(code, 'f64x2_replace_lane', lane)
      }
    } else {
      vector(b, Rn(w))
      simd(code, `f32x4_convert_i32x4_${suffix}`)
    }
    orByCore(b, row, w, [Rn(w)], () => inexactUnknown(b))
  }
}

function fromIntegerScalar(isUnsigned: boolean): Lower {
  const suffix = isUnsigned ? 'u' : 's'
  return (b, w) => {
    const wide = isDouble(w)
    const { code, frame } = b
    if (wide) doubleBits(b, Rn(w))
    else singleBits(b, Rn(w))
    code.op(wide ? `f64_convert_i64_${suffix}` : `f32_convert_i32_${suffix}`)
    orExact(
      b,
      wide,
      () => code.op('drop').get(frame.limit),
      () => {
        code.get(CPU)
        if (wide) doubleBits(b, Rn(w))
        else {
          singleBits(b, Rn(w))
          code.op(isUnsigned ? 'i64_extend_i32_u' : 'i64_extend_i32_s')
        }
        code
          .i32(0)
          .i32(isUnsigned ? 1 : 0)
          .i32(formatOf(wide))
          .call(CALL_INTEGER_TO_FLOAT)
      },
    )
    setScalar(b, wide, Rd(w))
  }
}

const bitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return BigInt(view.getUint32(0))
}

/** FCVTZS and FCVTZU of singles: in range, and IXC set. Doubles are the core's. */
function toInteger(id: string, isUnsigned: boolean): Lower {
  const row = numberOf(id)
  const low = bitsOf(isUnsigned ? -1 : -2147483904)
  const high = bitsOf(isUnsigned ? 4294967296 : 2147483648)
  return (b, w) => {
    const { code } = b
    vector(b, Rn(w))
    if (isDouble(w)) {
      code.op('drop')
      executeByCore(b, row, w, { v: [Rn(w)], to: Rd(w) })
      return
    }
    simd(code, isUnsigned ? 'i32x4_trunc_sat_f32x4_u' : 'i32x4_trunc_sat_f32x4_s')
    orByCore(b, row, w, [Rn(w)], () => {
      vector(b, Rn(w))
      constant128(code, low | (low << 32n), low | (low << 32n))
      simd(code, 'f32x4_gt')
      vector(b, Rn(w))
      constant128(code, high | (high << 32n), high | (high << 32n))
      simd(code, 'f32x4_lt')
      simd(code, 'v128_and')
      simd(code, 'i32x4_bitmask')
      const all = isFull(w) ? 15 : 3
      code.i32(all).op('i32_and').i32(all).op('i32_ne')
      inexactUnknown(b)
      code.op('i32_or')
    })
  }
}

/** FCVTL of singles. */
const lengthen: Lower = (b, w) => {
  const row = numberOf('FCVTL_v')
  const { code } = b
  vector(b, Rn(w))
  if (!isDouble(w)) {
    code.op('drop')
    executeByCore(b, row, w, { v: [Rn(w)], to: Rd(w) })
    return
  }
  if (isFull(w)) {
    vector(b, Rn(w))
    shuffle(code, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
  }
  simd(code, 'f64x2_promote_low_f32x4')
  orByCore(
    b,
    row,
    w,
    [Rn(w)],
    (result) => {
      code.get(result).get(result)
      simd(code, 'f64x2_ne')
      simd(code, 'v128_any_true')
    },
    () => setVector(b, Rd(w)),
  )
}

/** FCVTN of doubles. */
const narrow: Lower = (b, w) => {
  const row = numberOf('FCVTN_v')
  const { code } = b
  vector(b, Rn(w))
  if (!isDouble(w)) {
    code.op('drop')
    vector(b, Rd(w))
    code.op('drop')
    executeByCore(b, row, w, { v: [Rn(w), Rd(w)], to: Rd(w) })
    return
  }
  simd(code, 'f32x4_demote_f64x2_zero')
  orByCore(
    b,
    row,
    w,
    [Rn(w), Rd(w)],
    (result) => {
      code.get(result)
      isUnproved(b, false, false, 2)
    },
    () => {
      if (isFull(w)) {
        const result = b.frame.v128
        code.set(result)
        vector(b, Rd(w))
        code.get(result)
        shuffle(code, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
      }
      setVector(b, Rd(w))
    },
  )
}

/** Lowerings by row id. */
export const simdFp: Readonly<Record<string, Lower>> = {
  FADD_v: arithmetic('FADD_v', 'add', true),
  FSUB_v: arithmetic('FSUB_v', 'sub', true),
  FMUL_v: arithmetic('FMUL_v', 'mul', false),
  FDIV_v: arithmetic('FDIV_v', 'div', false),
  FMUL_elem: arithmetic('FMUL_elem', 'mul', false, true),
  FMUL_sisd_elem: multiplyScalarByElement,
  FMLA_sisd_elem: multiplyAddScalarByElement(false),
  FMLS_sisd_elem: multiplyAddScalarByElement(true),
  FADDP_v: addPairs,
  FSQRT_v: squareRoot,
  FMLA_v: multiplyAdd('FMLA_v', false, false),
  FMLS_v: multiplyAdd('FMLS_v', true, false),
  FMLA_elem: multiplyAdd('FMLA_elem', false, true),
  FMLS_elem: multiplyAdd('FMLS_elem', true, true),
  FMAX_v: choice('FMAX_v', 'max'),
  FMIN_v: choice('FMIN_v', 'min'),
  FMAXNM_v: choice('FMAXNM_v', 'max'),
  FMINNM_v: choice('FMINNM_v', 'min'),
  FCMEQ_v: compare('FCMEQ_v', 'eq'),
  FCMGE_v: compare('FCMGE_v', 'ge'),
  FCMGT_v: compare('FCMGT_v', 'gt'),
  FACGE_v: compare('FACGE_v', 'ge', true),
  FACGT_v: compare('FACGT_v', 'gt', true),
  FCMEQ_zero_v: compareZero('FCMEQ_zero_v', 'eq'),
  FCMGE_zero_v: compareZero('FCMGE_zero_v', 'ge'),
  FCMGT_zero_v: compareZero('FCMGT_zero_v', 'gt'),
  FCMLE_zero_v: compareZero('FCMLE_zero_v', 'le'),
  FCMLT_zero_v: compareZero('FCMLT_zero_v', 'lt'),
  FABS_v: sign('abs'),
  FNEG_v: sign('neg'),
  FRINTN_v: roundIntegral('FRINTN_v', 'nearest'),
  FRINTP_v: roundIntegral('FRINTP_v', 'ceil'),
  FRINTM_v: roundIntegral('FRINTM_v', 'floor'),
  FRINTZ_v: roundIntegral('FRINTZ_v', 'trunc'),
  FRINTI_v: roundIntegral('FRINTI_v', 'nearest'),
  FRINTX_v: roundIntegral('FRINTX_v', 'nearest', true),
  SCVTF_v: fromInteger('SCVTF_v', false),
  UCVTF_v: fromInteger('UCVTF_v', true),
  SCVTF_sisd: fromIntegerScalar(false),
  UCVTF_sisd: fromIntegerScalar(true),
  FCVTZS_v: toInteger('FCVTZS_v', false),
  FCVTZU_v: toInteger('FCVTZU_v', true),
  FCVTL_v: lengthen,
  FCVTN_v: narrow,
}

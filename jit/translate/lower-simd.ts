/**
 * Integer vectors: three operands of one type, two-register miscellaneous, and reductions. One lowering a row of jit/isa's
 * table. Arm ARM C7.2.
 *
 * Mostly one WebAssembly instruction each. What saturates does so here if it did not have to, else in the core, which sets
 * FPSR.QC.
 */
import { numberOf } from '../isa/numbers.ts'
import type { Lower } from './lower-integer.ts'
import type { Lowering } from './lowering.ts'
import { integerOpcode, type SIMD } from './simd-opcodes.ts'
import {
  clearUpper,
  constant128,
  executeByCore,
  isFull,
  Rd,
  Rm,
  Rn,
  setVector,
  setVectorQ,
  shuffle,
  simd,
  V128,
  vector,
} from './vectors.ts'

export const sizeOf = (w: number) => (w >>> 22) & 3

/** An operation on integer lanes that WebAssembly has for this size. */
export function lanes(b: Lowering, size: number, name: string): void {
  const opcode = integerOpcode(size, name)
  if (opcode === undefined) throw new RangeError(`No ${name} of integers of ${8 << size} bits`)
  b.code.simd(opcode)
}

/** A constant whose elements of 1 << size bytes are all `value`. */
export function splatConstant(b: Lowering, size: number, value: bigint): void {
  const bits = BigInt(8 << size)
  let half = BigInt.asUintN(Number(bits), value)
  for (let width = bits; width < 64n; width *= 2n) half |= half << width
  constant128(b.code, half, half)
}

/** What an instruction does on vectors: pops Vn and Vm, pushes the result. */
type Operation = (b: Lowering, size: number) => void

function same(operation: Operation): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    vector(b, Rm(w))
    operation(b, sizeOf(w))
    setVectorQ(b, w)
  }
}

/** Vd +- an operation on Vn and Vm. */
function accumulate(name: 'add' | 'sub', operation: Operation): Lower {
  return (b, w) => {
    vector(b, Rd(w))
    vector(b, Rn(w))
    vector(b, Rm(w))
    operation(b, sizeOf(w))
    lanes(b, sizeOf(w), name)
    setVectorQ(b, w)
  }
}

/** A scalar form, of doublewords. */
function scalarForm(operation: Operation): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    vector(b, Rm(w))
    operation(b, 3)
    clearUpper(b.code)
    setVector(b, Rd(w))
  }
}

const op =
  (name: string): Operation =>
  (b, size) =>
    lanes(b, size, name)

/** Two vectors on the stack into locals. */
function operands(b: Lowering): readonly [number, number] {
  const first = b.frame.named('first', V128)
  const second = b.frame.named('second', V128)
  b.code.set(second).set(first)
  return [first, second]
}

const multiply: Operation = (b, size) => {
  if (size !== 0) {
    lanes(b, size, 'mul')
    return
  }
  // Bytes: the even bytes of both halves' products.
  const [x, y] = operands(b)
  b.code.get(x).get(y)
  simd(b.code, 'i16x8_extmul_low_i8x16_u')
  b.code.get(x).get(y)
  simd(b.code, 'i16x8_extmul_high_i8x16_u')
  shuffle(b.code, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30])
}

/** Unsigned > and >=; doublewords are compared as signed ones with both signs turned over. */
function higher(name: 'gt' | 'ge'): Operation {
  return (b, size) => {
    if (size !== 3) {
      lanes(b, size, `${name}_u`)
      return
    }
    const [x, y] = operands(b)
    for (const local of [x, y]) {
      b.code.get(local)
      splatConstant(b, 3, 1n << 63n)
      simd(b.code, 'v128_xor')
    }
    lanes(b, 3, `${name}_s`)
  }
}

const test: Operation = (b, size) => {
  simd(b.code, 'v128_and')
  constant128(b.code, 0n, 0n)
  lanes(b, size, 'ne')
}

function difference(sign: 's' | 'u'): Operation {
  return (b, size) => {
    const [x, y] = operands(b)
    b.code.get(x).get(y)
    lanes(b, size, `max_${sign}`)
    b.code.get(x).get(y)
    lanes(b, size, `min_${sign}`)
    lanes(b, size, 'sub')
  }
}

/** (a + b) / 2 without a carry: the common bits, and half of the others. */
function halvingAdd(sign: 's' | 'u', rounding: boolean): Operation {
  return (b, size) => {
    const [x, y] = operands(b)
    b.code.get(x).get(y)
    if (rounding && sign === 'u' && size < 2) {
      lanes(b, size, 'avgr_u')
      return
    }
    simd(b.code, rounding ? 'v128_or' : 'v128_and')
    b.code.get(x).get(y)
    simd(b.code, 'v128_xor')
    b.code.i32(1)
    lanes(b, size, `shr_${sign}`)
    lanes(b, size, rounding ? 'sub' : 'add')
  }
}

/** Bytes of every second element of two vectors (or of their lower halves), from the first or second one on. */
export function everySecond(size: number, from: 0 | 1, full: boolean): number[] {
  const result: number[] = []
  const bytes = 1 << size
  const length = full ? 16 : 8
  for (const start of [0, 16]) {
    for (let at = from * bytes; at < length; at += 2 * bytes) {
      for (let i = 0; i < bytes; i++) result.push(start + at + i)
    }
  }
  // The upper half of a 64-bit result is cleared anyway.
  while (result.length < 16) result.push(0)
  return result
}

function pairwise(name: string): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    for (const from of [0, 1] as const) {
      vector(b, Rn(w))
      vector(b, Rm(w))
      shuffle(b.code, everySecond(size, from, isFull(w)))
    }
    lanes(b, size, name)
    setVectorQ(b, w)
  }
}

const addPairScalar: Lower = (b, w) => {
  vector(b, Rn(w))
  vector(b, Rn(w))
  vector(b, Rn(w))
  shuffle(b.code, everySecond(3, 1, true))
  lanes(b, 3, 'add')
  clearUpper(b.code)
  setVector(b, Rd(w))
}

/** SQADD, UQADD, SQSUB, UQSUB of bytes and halfwords: by the core if an element that counts saturates. */
function saturating(id: string, name: 'add' | 'sub', sign: 's' | 'u'): Lower {
  const row = numberOf(id)
  return (b, w) => {
    const size = sizeOf(w)
    const registers = { v: [Rn(w), Rm(w), Rd(w)], to: Rd(w) }
    vector(b, Rn(w))
    vector(b, Rm(w))
    const { code, frame } = b
    if (size > 1) {
      code.op('drop', 'drop')
      vector(b, Rd(w))
      code.op('drop')
      executeByCore(b, row, w, registers)
      return
    }
    const result = frame.named('saturated', V128)
    lanes(b, size, `${name}_sat_${sign}`)
    code.tee(result)
    vector(b, Rn(w))
    vector(b, Rm(w))
    lanes(b, size, name)
    simd(code, 'v128_xor')
    if (!isFull(w)) clearUpper(code)
    simd(code, 'v128_any_true')
    b.begin('if')
    executeByCore(b, row, w, registers)
    code.op('else').get(result)
    setVectorQ(b, w)
    b.end()
  }
}

// ---- logic -------------------------------------------------------------------------------------------------------

function logic(name: keyof typeof SIMD, invert = false): Lower {
  return (b, w) => {
    if (name === 'v128_or' && !invert && Rn(w) === Rm(w)) {
      vector(b, Rn(w))
      setVectorQ(b, w)
      return
    }
    vector(b, Rn(w))
    vector(b, Rm(w))
    if (invert) simd(b.code, 'v128_not')
    simd(b.code, name)
    setVectorQ(b, w)
  }
}

/** BSL, BIT, BIF: bits of the first where the third is set, else of the second. */
function select(order: (w: number) => readonly [number, number, number]): Lower {
  return (b, w) => {
    for (const n of order(w)) vector(b, n)
    simd(b.code, 'v128_bitselect')
    setVectorQ(b, w)
  }
}

// ---- one operand -------------------------------------------------------------------------------------------------

function unary(operation: Operation): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    operation(b, sizeOf(w))
    setVectorQ(b, w)
  }
}

function unaryScalar(operation: Operation): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    operation(b, 3)
    clearUpper(b.code)
    setVector(b, Rd(w))
  }
}

/** Comparisons with zero; `swap` puts zero first. */
function withZero(name: string, swap = false): Operation {
  return (b, size) => {
    if (!swap) {
      constant128(b.code, 0n, 0n)
      lanes(b, size, name)
      return
    }
    const value = b.frame.v128
    b.code.set(value)
    constant128(b.code, 0n, 0n)
    b.code.get(value)
    lanes(b, size, name)
  }
}

/** Reverses elements within containers of `bytes` bytes. */
function reverse(bytes: number): Operation {
  return (b, size) => {
    const value = b.frame.v128
    const element = 1 << size
    const order: number[] = []
    for (let i = 0; i < 16; i++) {
      const container = i - (i % bytes)
      const within = bytes - element - (i % bytes) + 2 * (i % element)
      order.push(container + within)
    }
    b.code.tee(value).get(value)
    shuffle(b.code, order)
  }
}

/** Sums of neighbours, twice as wide: SADDLP, UADDLP. */
function addLongPairs(sign: 's' | 'u'): Operation {
  return (b, size) => {
    if (size === 0) simd(b.code, `i16x8_extadd_pairwise_i8x16_${sign}`)
    else if (size === 1) simd(b.code, `i32x4_extadd_pairwise_i16x8_${sign}`)
    else {
      const value = b.frame.v128
      b.code.set(value)
      const shift = sign === 's' ? 'i64x2_shr_s' : 'i64x2_shr_u'
      b.code.get(value).i32(32)
      simd(b.code, 'i64x2_shl')
      b.code.i32(32)
      simd(b.code, shift)
      b.code.get(value).i32(32)
      simd(b.code, shift)
      simd(b.code, 'i64x2_add')
    }
  }
}

function accumulateLongPairs(sign: 's' | 'u'): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    addLongPairs(sign)(b, sizeOf(w))
    vector(b, Rd(w))
    lanes(b, sizeOf(w) + 1, 'add')
    setVectorQ(b, w)
  }
}

// ---- reductions --------------------------------------------------------------------------------------------------

/** Pops a vector and pushes one whose lowest element is that of all `bytes` bytes combined; the others are anything. */
function combine(b: Lowering, size: number, bytes: number, name: string): void {
  const value = b.frame.v128
  for (let distance = bytes / 2; distance >= 1 << size; distance /= 2) {
    b.code.tee(value).get(value).get(value)
    shuffle(
      b.code,
      Array.from({ length: 16 }, (_, i) => (i + distance) & 15),
    )
    lanes(b, size, name)
  }
}

/** Clears all but the lowest element. */
function keepLowest(b: Lowering, size: number): void {
  constant128(b.code, (1n << BigInt(8 << size)) - 1n, 0n)
  simd(b.code, 'v128_and')
}

function across(name: string): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    combine(b, sizeOf(w), isFull(w) ? 16 : 8, name)
    keepLowest(b, sizeOf(w))
    setVector(b, Rd(w))
  }
}

/** SADDLV, UADDLV: the sum of all elements, twice as wide. */
function addLongAcross(sign: 's' | 'u'): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    vector(b, Rn(w))
    addLongPairs(sign)(b, size)
    combine(b, size + 1, isFull(w) ? 16 : 8, 'add')
    keepLowest(b, size + 1)
    setVector(b, Rd(w))
  }
}

/** Lowerings by row id. */
export const simdInteger: Readonly<Record<string, Lower>> = {
  ADD_v: same(op('add')),
  SUB_v: same(op('sub')),
  MUL_v: same(multiply),
  MLA_v: accumulate('add', multiply),
  MLS_v: accumulate('sub', multiply),
  CMEQ_v: same(op('eq')),
  CMGT_v: same(op('gt_s')),
  CMGE_v: same(op('ge_s')),
  CMHI_v: same(higher('gt')),
  CMHS_v: same(higher('ge')),
  CMTST_v: same(test),
  SMAX_v: same(op('max_s')),
  UMAX_v: same(op('max_u')),
  SMIN_v: same(op('min_s')),
  UMIN_v: same(op('min_u')),
  SABD_v: same(difference('s')),
  UABD_v: same(difference('u')),
  SABA_v: accumulate('add', difference('s')),
  UABA_v: accumulate('add', difference('u')),
  SHADD_v: same(halvingAdd('s', false)),
  UHADD_v: same(halvingAdd('u', false)),
  SRHADD_v: same(halvingAdd('s', true)),
  URHADD_v: same(halvingAdd('u', true)),
  ADDP_v: pairwise('add'),
  SMAXP_v: pairwise('max_s'),
  UMAXP_v: pairwise('max_u'),
  SMINP_v: pairwise('min_s'),
  UMINP_v: pairwise('min_u'),
  ADDP_sisd: addPairScalar,
  SQADD_v: saturating('SQADD_v', 'add', 's'),
  UQADD_v: saturating('UQADD_v', 'add', 'u'),
  SQSUB_v: saturating('SQSUB_v', 'sub', 's'),
  UQSUB_v: saturating('UQSUB_v', 'sub', 'u'),
  ADD_sisd: scalarForm(op('add')),
  SUB_sisd: scalarForm(op('sub')),
  CMEQ_sisd: scalarForm(op('eq')),
  CMGT_sisd: scalarForm(op('gt_s')),
  CMGE_sisd: scalarForm(op('ge_s')),
  CMHI_sisd: scalarForm(higher('gt')),
  CMHS_sisd: scalarForm(higher('ge')),
  CMTST_sisd: scalarForm(test),
  AND_v: logic('v128_and'),
  BIC_v: logic('v128_andnot'),
  ORR_v: logic('v128_or'),
  ORN_v: logic('v128_or', true),
  EOR_v: logic('v128_xor'),
  BSL_v: select((w) => [Rn(w), Rm(w), Rd(w)]),
  BIT_v: select((w) => [Rn(w), Rd(w), Rm(w)]),
  BIF_v: select((w) => [Rd(w), Rn(w), Rm(w)]),
  NOT_v: unary((b) => simd(b.code, 'v128_not')),
  NEG_v: unary(op('neg')),
  ABS_v: unary(op('abs')),
  CNT_v: unary(op('popcnt')),
  REV64_v: unary(reverse(8)),
  REV32_v: unary(reverse(4)),
  REV16_v: unary(reverse(2)),
  CMEQ_zero_v: unary(withZero('eq')),
  CMGT_zero_v: unary(withZero('gt_s')),
  CMGE_zero_v: unary(withZero('ge_s')),
  CMLT_zero_v: unary(withZero('gt_s', true)),
  CMLE_zero_v: unary(withZero('ge_s', true)),
  NEG_sisd: unaryScalar(op('neg')),
  ABS_sisd: unaryScalar(op('abs')),
  CMEQ_zero_sisd: unaryScalar(withZero('eq')),
  CMGT_zero_sisd: unaryScalar(withZero('gt_s')),
  CMGE_zero_sisd: unaryScalar(withZero('ge_s')),
  CMLT_zero_sisd: unaryScalar(withZero('gt_s', true)),
  CMLE_zero_sisd: unaryScalar(withZero('ge_s', true)),
  SADDLP_v: unary(addLongPairs('s')),
  UADDLP_v: unary(addLongPairs('u')),
  SADALP_v: accumulateLongPairs('s'),
  UADALP_v: accumulateLongPairs('u'),
  ADDV_v: across('add'),
  SMAXV_v: across('max_s'),
  UMAXV_v: across('max_u'),
  SMINV_v: across('min_s'),
  UMINV_v: across('min_u'),
  SADDLV_v: addLongAcross('s'),
  UADDLV_v: addLongAcross('u'),
}

/**
 * Vectors moved: copies of elements, permutations, table look-ups, immediates. One lowering a row of jit/isa's table.
 * Arm ARM C7.2.
 */
import { expandImmediate } from './lower-fp.ts'
import type { Lower } from './lower-integer.ts'
import { everySecond, lanes, sizeOf, splatConstant } from './lower-simd.ts'
import { INTEGER_SHAPES, type SimdOpcode } from './simd-opcodes.ts'
import {
  constant128,
  doubleBits,
  isFull,
  Rd,
  Rm,
  Rn,
  setDouble,
  setDoubleBits,
  setSingle,
  setVector,
  setVectorQ,
  setZero,
  shuffle,
  simd,
  simdLane,
  single,
  vector,
} from './vectors.ts'

const imm5 = (w: number) => (w >>> 16) & 31
/** Size and index that imm5 stands for: the lowest set bit is the size. */
const elementSize = (w: number) => 31 - Math.clz32(imm5(w) & -imm5(w))
const elementIndex = (w: number) => imm5(w) >> (elementSize(w) + 1)

/** Bytes of element `index`, over and over. */
export function replicateBytes(size: number, index: number): number[] {
  const bytes = 1 << size
  return Array.from({ length: 16 }, (_, i) => index * bytes + (i % bytes))
}

const duplicateElement: Lower = (b, w) => {
  vector(b, Rn(w))
  vector(b, Rn(w))
  shuffle(b.code, replicateBytes(elementSize(w), elementIndex(w)))
  setVectorQ(b, w)
}

/** DUP (scalar), MOV from an element. */
const elementToScalar: Lower = (b, w) => {
  const size = elementSize(w)
  if (size === 3) {
    if (elementIndex(w) === 0) doubleBits(b, Rn(w))
    else {
      vector(b, Rn(w))
      simdLane(b.code, 'i64x2_extract_lane', 1)
    }
    setDoubleBits(b, Rd(w))
  } else if (size === 2) {
    if (elementIndex(w) === 0) single(b, Rn(w))
    else {
      vector(b, Rn(w))
      simdLane(b.code, 'f32x4_extract_lane', elementIndex(w))
    }
    setSingle(b, Rd(w))
  } else {
    vector(b, Rn(w))
    constant128(b.code, 0n, 0n)
    const bytes = 1 << size
    const from = elementIndex(w) * bytes
    shuffle(
      b.code,
      Array.from({ length: 16 }, (_, i) => (i < bytes ? from + i : 16)),
    )
    setVector(b, Rd(w))
  }
}

const duplicateGeneral: Lower = (b, w) => {
  const size = elementSize(w)
  if (size === 3) b.x(Rn(w))
  else b.w(Rn(w))
  lanes(b, size, 'splat')
  setVectorQ(b, w)
}

const insertGeneral: Lower = (b, w) => {
  const size = elementSize(w)
  vector(b, Rd(w))
  if (size === 3) b.x(Rn(w))
  else b.w(Rn(w))
  simdLane(b.code, `${INTEGER_SHAPES[size]!}_replace_lane` as SimdOpcode, elementIndex(w))
  setVector(b, Rd(w))
}

const insertElement: Lower = (b, w) => {
  const size = elementSize(w)
  const bytes = 1 << size
  const to = elementIndex(w) * bytes
  const from = 16 + (((w >>> 11) & 15) >> size) * bytes
  vector(b, Rd(w))
  vector(b, Rn(w))
  shuffle(
    b.code,
    Array.from({ length: 16 }, (_, i) => (i >= to && i < to + bytes ? from + i - to : i)),
  )
  setVector(b, Rd(w))
}

/** UMOV, or SMOV if signed; Q: to an X register. */
function moveToGeneral(signed: boolean): Lower {
  return (b, w) => {
    const size = elementSize(w)
    vector(b, Rn(w))
    const name = `${INTEGER_SHAPES[size]!}_extract_lane${size < 2 ? (signed ? '_s' : '_u') : ''}`
    simdLane(b.code, name as SimdOpcode, elementIndex(w))
    if (size === 3) b.setX(Rd(w))
    else if (signed && isFull(w)) {
      b.code.op('i64_extend_i32_s')
      b.setX(Rd(w))
    } else b.setW(Rd(w))
  }
}

// ---- permutations ------------------------------------------------------------------------------------------------

/** Lanes of two operands that a permutation picks; those of a 64-bit one are in the lower halves. */
function permute(order: (size: number, full: boolean) => number[]): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    vector(b, Rm(w))
    shuffle(b.code, order(sizeOf(w), isFull(w)))
    setVectorQ(b, w)
  }
}

/** Elements of both in turn, from the first half or the second one on. */
function zip(second: boolean): (size: number, full: boolean) => number[] {
  return (size, full) => {
    const bytes = 1 << size
    const half = full ? 8 : 4
    const result: number[] = []
    for (let at = second ? half : 0; at < (second ? 2 * half : half); at += bytes) {
      for (const operand of [0, 16]) {
        for (let i = 0; i < bytes; i++) result.push(operand + at + i)
      }
    }
    while (result.length < 16) result.push(0)
    return result
  }
}

/** Elements of both in turn, only the even or only the odd ones. */
function transpose(odd: boolean): (size: number) => number[] {
  return (size) => {
    const bytes = 1 << size
    return Array.from({ length: 16 }, (_, i) => {
      const pair = i - (i % (2 * bytes))
      const within = i % bytes
      const operand = i % (2 * bytes) < bytes ? 0 : 16
      return operand + pair + (odd ? bytes : 0) + within
    })
  }
}

const extract: Lower = (b, w) => {
  const from = (w >>> 11) & 15
  vector(b, Rn(w))
  vector(b, Rm(w))
  shuffle(
    b.code,
    Array.from({ length: 16 }, (_, i) => {
      if (isFull(w)) return from + i
      const at = (from + i) & 15
      return at < 8 ? at : 16 + at - 8
    }),
  )
  setVectorQ(b, w)
}

/** TBL, or TBX, which keeps elements of Vd where the index is out of range. */
function lookUp(extend: boolean): Lower {
  return (b, w) => {
    const count = ((w >>> 13) & 3) + 1
    const { code } = b
    for (let i = 0; i < count; i++) {
      vector(b, (Rn(w) + i) & 31)
      vector(b, Rm(w))
      if (i) {
        // Indices below wrap to large ones, which give zero.
        splatConstant(b, 0, BigInt(16 * i))
        simd(code, 'i8x16_sub')
      }
      simd(code, 'i8x16_swizzle')
      if (i) simd(code, 'v128_or')
    }
    if (extend) {
      vector(b, Rd(w))
      splatConstant(b, 0, BigInt(16 * count))
      vector(b, Rm(w))
      simd(code, 'i8x16_gt_u')
      simd(code, 'v128_bitselect')
    }
    setVectorQ(b, w)
  }
}

// ---- immediates --------------------------------------------------------------------------------------------------

const imm8 = (w: number) => (((w >>> 16) & 7) << 5) | ((w >>> 5) & 31)

function byteMask(bits: number): bigint {
  let mask = 0n
  for (let i = 0n; i < 8n; i++) if ((bits >> Number(i)) & 1) mask |= 0xffn << (8n * i)
  return mask
}

const shifted32 = (w: number) => BigInt(imm8(w)) << BigInt(((w >>> 13) & 3) * 8)
const shifted16 = (w: number) => BigInt(imm8(w)) << BigInt(((w >>> 13) & 1) * 8)
function shiftedOnes(w: number): bigint {
  const by = (w >>> 12) & 1 ? 16n : 8n
  return (BigInt(imm8(w)) << by) | ((1n << by) - 1n)
}

/** MOVI and MVNI; the upper half of a 64-bit form is zero. */
function moveImmediate(size: number, value: (w: number) => bigint, invert = false): Lower {
  return (b, w) => {
    const bits = BigInt(8 << size)
    let half = BigInt.asUintN(Number(bits), invert ? ~value(w) : value(w))
    for (let width = bits; width < 64n; width *= 2n) half |= half << width
    if (half === 0n) setZero(b, Rd(w))
    else if (!isFull(w)) {
      b.code.i64(half).op('f64_reinterpret_i64')
      setDouble(b, Rd(w))
    } else {
      constant128(b.code, half, half)
      setVector(b, Rd(w))
    }
  }
}

/** ORR and BIC with an immediate. */
function logicImmediate(size: number, value: (w: number) => bigint, clear: boolean): Lower {
  return (b, w) => {
    vector(b, Rd(w))
    splatConstant(b, size, value(w))
    simd(b.code, clear ? 'v128_andnot' : 'v128_or')
    setVectorQ(b, w)
  }
}

/** Lowerings by row id. */
export const simdCopy: Readonly<Record<string, Lower>> = {
  DUP_elem_v: duplicateElement,
  DUP_elem_sisd: elementToScalar,
  DUP_gen: duplicateGeneral,
  INS_gen: insertGeneral,
  INS_elem: insertElement,
  UMOV: moveToGeneral(false),
  SMOV: moveToGeneral(true),
  EXT_v: extract,
  ZIP1_v: permute(zip(false)),
  ZIP2_v: permute(zip(true)),
  UZP1_v: permute((size, full) => everySecond(size, 0, full)),
  UZP2_v: permute((size, full) => everySecond(size, 1, full)),
  TRN1_v: permute(transpose(false)),
  TRN2_v: permute(transpose(true)),
  TBL_v: lookUp(false),
  TBX_v: lookUp(true),
  MOVI_32: moveImmediate(2, shifted32),
  MOVI_16: moveImmediate(1, shifted16),
  MOVI_msl: moveImmediate(2, shiftedOnes),
  MOVI_8: moveImmediate(0, (w) => BigInt(imm8(w))),
  MOVI_64: moveImmediate(3, (w) => byteMask(imm8(w))),
  MVNI_32: moveImmediate(2, shifted32, true),
  MVNI_16: moveImmediate(1, shifted16, true),
  MVNI_msl: moveImmediate(2, shiftedOnes, true),
  FMOV_imm_v: moveImmediate(2, (w) => expandImmediate(imm8(w), false)),
  FMOV_imm_v_d: moveImmediate(3, (w) => expandImmediate(imm8(w), true)),
  ORR_32: logicImmediate(2, shifted32, false),
  ORR_16: logicImmediate(1, shifted16, false),
  BIC_32: logicImmediate(2, shifted32, true),
  BIC_16: logicImmediate(1, shifted16, true),
}

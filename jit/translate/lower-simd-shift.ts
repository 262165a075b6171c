/**
 * Shifts of vectors by an immediate, narrowing and widening. One lowering a row of jit/isa's table. Arm ARM C7.2.
 *
 * immh:immb holds the size and the amount: the highest set bit of immh is the element's size.
 */
import type { Lower } from './lower-integer.ts'
import { everySecond, lanes, sizeOf, splatConstant } from './lower-simd.ts'
import type { Lowering } from './lowering.ts'
import type { SimdOpcode } from './simd-opcodes.ts'
import {
  clearUpper,
  constant128,
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

const immediate = (w: number) => (w >>> 16) & 127
/** Size of the elements that immh names. */
const shiftSizeOf = (w: number) => 31 - Math.clz32((w >>> 19) & 15)
const leftBy = (w: number) => immediate(w) - (8 << shiftSizeOf(w))
const rightBy = (w: number) => (16 << shiftSizeOf(w)) - immediate(w)

type Sign = 's' | 'u'

/** Pops a vector and pushes it shifted right; a shift by the whole width gives zeros or signs. */
export function shiftRight(b: Lowering, size: number, by: number, sign: Sign): void {
  const width = 8 << size
  if (by === 0) return
  if (by === width && sign === 'u') {
    b.code.op('drop')
    constant128(b.code, 0n, 0n)
    return
  }
  b.code.i32(Math.min(by, width - 1))
  lanes(b, size, `shr_${sign}`)
}

/** The same, rounded: plus the last bit that was shifted out. */
function shiftRightRounded(b: Lowering, size: number, by: number, sign: Sign): void {
  const value = b.frame.named('first', V128)
  b.code.tee(value)
  shiftRight(b, size, by, sign)
  b.code.get(value)
  shiftRight(b, size, by - 1, sign)
  splatConstant(b, size, 1n)
  simd(b.code, 'v128_and')
  lanes(b, size, 'add')
}

/** Ends an instruction on vectors, or on a doubleword. */
function finish(b: Lowering, w: number, scalar: boolean): void {
  if (scalar) {
    clearUpper(b.code)
    setVector(b, Rd(w))
  } else setVectorQ(b, w)
}

function shiftedRight(sign: Sign, rounded: boolean, accumulate: boolean, scalar: boolean): Lower {
  return (b, w) => {
    const size = shiftSizeOf(w)
    vector(b, Rn(w))
    if (rounded) shiftRightRounded(b, size, rightBy(w), sign)
    else shiftRight(b, size, rightBy(w), sign)
    if (accumulate) {
      vector(b, Rd(w))
      lanes(b, size, 'add')
    }
    finish(b, w, scalar)
  }
}

function shiftedLeft(scalar: boolean): Lower {
  return (b, w) => {
    vector(b, Rn(w))
    if (leftBy(w)) {
      b.code.i32(leftBy(w))
      lanes(b, shiftSizeOf(w), 'shl')
    }
    finish(b, w, scalar)
  }
}

/** SLI and SRI: bits that were shifted in are those of Vd. */
function insert(leftwards: boolean, scalar: boolean): Lower {
  return (b, w) => {
    const size = shiftSizeOf(w)
    const width = BigInt(8 << size)
    const all = (1n << width) - 1n
    vector(b, Rn(w))
    let mask: bigint
    if (leftwards) {
      mask = (all << BigInt(leftBy(w))) & all
      if (leftBy(w)) {
        b.code.i32(leftBy(w))
        lanes(b, size, 'shl')
      }
    } else {
      mask = all >> BigInt(rightBy(w))
      shiftRight(b, size, rightBy(w), 'u')
    }
    vector(b, Rd(w))
    splatConstant(b, size, mask)
    simd(b.code, 'v128_bitselect')
    finish(b, w, scalar)
  }
}

// ---- narrowing ---------------------------------------------------------------------------------------------------

/**
 * Pops a vector of wide elements and writes one half of each, from `from` on: to the lower half of Vd, or to the upper one if
 * the instruction is of 128 bits.
 */
function narrow(b: Lowering, w: number, size: number, from: 0 | 1): void {
  const value = b.frame.v128
  const halves = everySecond(size, from, true).slice(0, 8)
  if (isFull(w)) {
    b.code.set(value)
    vector(b, Rd(w))
    b.code.get(value)
    shuffle(b.code, [0, 1, 2, 3, 4, 5, 6, 7, ...halves.map((i) => i + 16)])
  } else {
    b.code.set(value).get(value)
    constant128(b.code, 0n, 0n)
    shuffle(b.code, [...halves, 16, 17, 18, 19, 20, 21, 22, 23])
  }
  setVector(b, Rd(w))
}

const extractNarrow: Lower = (b, w) => {
  vector(b, Rn(w))
  narrow(b, w, sizeOf(w), 0)
}

function shiftRightNarrow(rounded: boolean): Lower {
  return (b, w) => {
    const size = shiftSizeOf(w)
    const by = rightBy(w)
    vector(b, Rn(w))
    if (rounded) {
      splatConstant(b, size + 1, 1n << BigInt(by - 1))
      lanes(b, size + 1, 'add')
    }
    shiftRight(b, size + 1, by, 'u')
    narrow(b, w, size, 0)
  }
}

/** ADDHN, SUBHN and their rounding forms: the upper halves of sums. */
function narrowHigh(name: 'add' | 'sub', rounded: boolean): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    vector(b, Rn(w))
    vector(b, Rm(w))
    lanes(b, size + 1, name)
    if (rounded) {
      splatConstant(b, size + 1, 1n << BigInt((8 << size) - 1))
      lanes(b, size + 1, 'add')
    }
    narrow(b, w, size, 1)
  }
}

// ---- widening ----------------------------------------------------------------------------------------------------

const NAMES = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const

/** Pops a vector and pushes its lower or upper elements, twice as wide. */
export function widen(b: Lowering, size: number, high: boolean, sign: Sign): void {
  const name = `${NAMES[size + 1]}_extend_${high ? 'high' : 'low'}_${NAMES[size]}_${sign}`
  simd(b.code, name as SimdOpcode)
}

/** SSHLL and USHLL. */
function shiftLeftLong(sign: Sign): Lower {
  return (b, w) => {
    const size = shiftSizeOf(w)
    vector(b, Rn(w))
    widen(b, size, isFull(w), sign)
    if (leftBy(w)) {
      b.code.i32(leftBy(w))
      lanes(b, size + 1, 'shl')
    }
    setVector(b, Rd(w))
  }
}

/** SHLL: by the width of an element. */
const shiftLeftLongWhole: Lower = (b, w) => {
  const size = sizeOf(w)
  vector(b, Rn(w))
  widen(b, size, isFull(w), 'u')
  b.code.i32(8 << size)
  lanes(b, size + 1, 'shl')
  setVector(b, Rd(w))
}

/** Sums and differences of widened elements; of Vn, too, unless it is wide already. */
function long(name: 'add' | 'sub', sign: Sign, wideFirst: boolean): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    vector(b, Rn(w))
    if (!wideFirst) widen(b, size, isFull(w), sign)
    vector(b, Rm(w))
    widen(b, size, isFull(w), sign)
    lanes(b, size + 1, name)
    setVector(b, Rd(w))
  }
}

/** Products twice as wide; added to Vd or subtracted from it if asked. */
export function multiplyWide(b: Lowering, size: number, high: boolean, sign: Sign): void {
  const name = `${NAMES[size + 1]}_extmul_${high ? 'high' : 'low'}_${NAMES[size]}_${sign}`
  simd(b.code, name as SimdOpcode)
}

function multiplyLong(sign: Sign, name?: 'add' | 'sub'): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    if (name) vector(b, Rd(w))
    vector(b, Rn(w))
    vector(b, Rm(w))
    multiplyWide(b, size, isFull(w), sign)
    if (name) lanes(b, size + 1, name)
    setVector(b, Rd(w))
  }
}

/** SABDL, UABDL, SABAL, UABAL: the widened difference cannot overflow. */
function differenceLong(sign: Sign, accumulate: boolean): Lower {
  return (b, w) => {
    const size = sizeOf(w)
    if (accumulate) vector(b, Rd(w))
    for (const n of [Rn(w), Rm(w)]) {
      vector(b, n)
      widen(b, size, isFull(w), sign)
    }
    lanes(b, size + 1, 'sub')
    lanes(b, size + 1, 'abs')
    if (accumulate) lanes(b, size + 1, 'add')
    setVector(b, Rd(w))
  }
}

const rows: Record<string, Lower> = {}
for (const sign of ['s', 'u'] as const) {
  const S = sign.toUpperCase()
  for (const [suffix, scalar] of [
    ['v', false],
    ['sisd', true],
  ] as const) {
    rows[`${S}SHR_${suffix}`] = shiftedRight(sign, false, false, scalar)
    rows[`${S}SRA_${suffix}`] = shiftedRight(sign, false, true, scalar)
    rows[`${S}RSHR_${suffix}`] = shiftedRight(sign, true, false, scalar)
    rows[`${S}RSRA_${suffix}`] = shiftedRight(sign, true, true, scalar)
    rows[`SHL_${suffix}`] = shiftedLeft(scalar)
    rows[`SLI_${suffix}`] = insert(true, scalar)
    rows[`SRI_${suffix}`] = insert(false, scalar)
  }
  rows[`${S}SHLL_v`] = shiftLeftLong(sign)
  rows[`${S}ADDL_v`] = long('add', sign, false)
  rows[`${S}ADDW_v`] = long('add', sign, true)
  rows[`${S}SUBL_v`] = long('sub', sign, false)
  rows[`${S}SUBW_v`] = long('sub', sign, true)
  rows[`${S}MULL_v`] = multiplyLong(sign)
  rows[`${S}MLAL_v`] = multiplyLong(sign, 'add')
  rows[`${S}MLSL_v`] = multiplyLong(sign, 'sub')
  rows[`${S}ABDL_v`] = differenceLong(sign, false)
  rows[`${S}ABAL_v`] = differenceLong(sign, true)
}

/** Lowerings by row id. */
export const simdShift: Readonly<Record<string, Lower>> = {
  ...rows,
  XTN_v: extractNarrow,
  SHRN_v: shiftRightNarrow(false),
  RSHRN_v: shiftRightNarrow(true),
  ADDHN_v: narrowHigh('add', false),
  RADDHN_v: narrowHigh('add', true),
  SUBHN_v: narrowHigh('sub', false),
  RSUBHN_v: narrowHigh('sub', true),
  SHLL_v: shiftLeftLongWhole,
}

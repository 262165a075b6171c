/**
 * AES rounds (FEAT_AES; Arm ARM C7.2 AESE, AESD, AESMC, AESIMC; the cipher is FIPS 197), all sixteen bytes at a time.
 *
 * The S-box inverts in GF(2^8). With a = h X + l over GF(2^4), where X + X^16 = 1 and v = X^17, the inverse is (h / N) X + (h + l) / N
 * with N = h^2 v + l (h + l). All that needs only look-ups in tables of sixteen bytes, and products as sums of logarithms. The
 * tables are made from that here. SHA is the core's.
 */

import type { Lower } from './lower-integer.ts'
import { lanes, splatConstant } from './lower-simd.ts'
import type { Lowering } from './lowering.ts'
import { constant128, Rd, Rn, setVector, shuffle, simd, V128, vector } from './vectors.ts'

// ---- the field ---------------------------------------------------------------------------------------------------

function multiply(a: number, b: number): number {
  let product = 0
  for (let factor = a, rest = b; rest; rest >>= 1) {
    if (rest & 1) product ^= factor
    factor = (factor << 1) ^ (factor & 0x80 ? 0x11b : 0)
  }
  return product
}

function power(a: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result = multiply(result, a)
  return result
}

/** Powers of the 17th power of the generator 3: all of GF(2^4) but zero. */
const SUBFIELD = Array.from({ length: 15 }, (_, i) => power(power(3, 17), i))

/** An element of GF(2^4) by its coordinates to the first four of these. */
const fromNibble = (nibble: number) =>
  [0, 1, 2, 3].reduce((sum, i) => sum ^ ((nibble >> i) & 1 ? SUBFIELD[i]! : 0), 0)
const NIBBLE_OF = new Map(Array.from({ length: 16 }, (_, nibble) => [fromNibble(nibble), nibble]))
const toNibble = (element: number) => NIBBLE_OF.get(element)!

/** X, of trace 1. */
const X = Array.from({ length: 256 }, (_, a) => a).find((a) => (a ^ power(a, 16)) === 1)!

/** h << 4 | l of an element of GF(2^8). */
const SPLIT = new Map<number, number>()
for (let pair = 0; pair < 256; pair++) {
  SPLIT.set(multiply(fromNibble(pair >> 4), X) ^ fromNibble(pair & 15), pair)
}

/** The linear part of the S-box's affine map, and its inverse. */
function affine(a: number): number {
  const twice = a | (a << 8)
  return (a ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7)) & 0xff
}
const AFFINE_INVERSE = new Map(Array.from({ length: 256 }, (_, a) => [affine(a), a]))
const AFFINE_CONSTANT = 0x63n

type Table = readonly number[]
const table = (entry: (i: number) => number): Table =>
  Array.from({ length: 16 }, (_, i) => entry(i))

/** Of zero: so large that sums with it are out of range, which look-ups make zero. */
const NO_LOGARITHM = 0x40
const logarithm = (nibble: number) => SUBFIELD.indexOf(fromNibble(nibble))

const LOG = table((i) => (i ? logarithm(i) : NO_LOGARITHM))
const NEGATED_LOG = table((i) => (i ? (15 - logarithm(i)) % 15 : 0))
const EXP = table((i) => (i < 15 ? toNibble(SUBFIELD[i]!) : 0))
const SQUARE_TIMES_V = table((i) => toNibble(multiply(power(fromNibble(i), 2), power(X, 17))))

interface Box {
  readonly low: Table
  readonly high: Table
  readonly outOfH: Table
  readonly outOfL: Table
}

function makeBox(before: (a: number) => number, after: (a: number) => number): Box {
  return {
    low: table((i) => SPLIT.get(before(i))!),
    high: table((i) => SPLIT.get(before(i << 4))!),
    outOfH: table((i) => (i < 15 ? after(multiply(SUBFIELD[i]!, X)) : 0)),
    outOfL: table((i) => (i < 15 ? after(SUBFIELD[i]!) : 0)),
  }
}

const ENCRYPT = makeBox((a) => a, affine)
const DECRYPT = makeBox(
  (a) => AFFINE_INVERSE.get(a)!,
  (a) => a,
)

// ---- lowerings ---------------------------------------------------------------------------------------------------

function pushTable(b: Lowering, bytes: Table): void {
  const half = (from: number) =>
    bytes.slice(from, from + 8).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  constant128(b.code, half(0), half(8))
}

function lookUp(b: Lowering, bytes: Table, index: number): void {
  pushTable(b, bytes)
  b.code.get(index)
  simd(b.code, 'i8x16_swizzle')
}

/** Pops bytes and leaves their lower and upper halves in locals. */
function halves(b: Lowering, low: number, high: number): void {
  b.code.tee(high)
  splatConstant(b, 0, 15n)
  simd(b.code, 'v128_and')
  b.code.set(low).get(high).i32(4)
  simd(b.code, 'i16x8_shr_u')
  splatConstant(b, 0, 15n)
  simd(b.code, 'v128_and')
  b.code.set(high)
}

/** Leaves the sum of two logarithms, modulo 15 or out of range, in a local. */
function addLogarithms(b: Lowering, first: number, second: number, sum: number): void {
  b.code.get(first).get(second)
  simd(b.code, 'i8x16_add')
  b.code.tee(sum).get(sum)
  splatConstant(b, 0, 15n)
  simd(b.code, 'i8x16_sub')
  simd(b.code, 'i8x16_min_u')
  b.code.set(sum)
}

/** Pops sixteen bytes and pushes what the S-box makes of them, or its inverse. */
function substitute(b: Lowering, { low, high, outOfH, outOfL }: Box): void {
  const { code, frame } = b
  const local = (name: string) => frame.named(`aes${name}`, V128)
  const [h, l, m] = [local('H'), local('L'), local('M')]
  const [logH, logL, logM, sum] = [local('LogH'), local('LogL'), local('LogM'), local('Sum')]
  const set = (to: number, bytes: Table, index: number) => {
    lookUp(b, bytes, index)
    code.set(to)
  }
  halves(b, l, h)
  lookUp(b, low, l)
  lookUp(b, high, h)
  simd(code, 'v128_xor')
  halves(b, l, h)
  code.get(h).get(l)
  simd(code, 'v128_xor')
  code.set(m)
  set(logH, LOG, h)
  set(logL, LOG, l)
  set(logM, LOG, m)
  addLogarithms(b, logL, logM, sum)
  lookUp(b, EXP, sum)
  lookUp(b, SQUARE_TIMES_V, h)
  simd(code, 'v128_xor')
  code.set(m)
  set(l, NEGATED_LOG, m)
  addLogarithms(b, logH, l, sum)
  lookUp(b, outOfH, sum)
  addLogarithms(b, logM, l, sum)
  lookUp(b, outOfL, sum)
  simd(code, 'v128_xor')
}

/** AESE and AESD: adds the key, shifts the rows and substitutes. Byte i comes from byte i * `step` modulo 16. */
function round(step: number, box: Box): Lower {
  return (b, w) => {
    vector(b, Rd(w))
    vector(b, Rn(w))
    simd(b.code, 'v128_xor')
    const constant = () => {
      splatConstant(b, 0, AFFINE_CONSTANT)
      simd(b.code, 'v128_xor')
    }
    if (box === DECRYPT) constant()
    const value = b.frame.v128
    b.code.tee(value).get(value)
    shuffle(
      b.code,
      table((i) => (i * step) & 15),
    )
    substitute(b, box)
    if (box === ENCRYPT) constant()
    setVector(b, Rd(w))
  }
}

/** Pops bytes and pushes them times 2 in GF(2^8). */
function double(b: Lowering): void {
  const value = b.frame.v128
  b.code.tee(value).get(value)
  simd(b.code, 'i8x16_add')
  constant128(b.code, 0n, 0n)
  b.code.get(value)
  lanes(b, 0, 'gt_s')
  splatConstant(b, 0, 0x1bn)
  simd(b.code, 'v128_and')
  simd(b.code, 'v128_xor')
}

/** Pops a vector and pushes each column's bytes rotated: byte i comes from row i + `by`. */
function rotateColumns(b: Lowering, by: number): void {
  const value = b.frame.v128
  b.code.tee(value).get(value)
  shuffle(
    b.code,
    table((i) => (i & 12) | ((i + by) & 3)),
  )
}

/** Multiplies each column by the circulant matrix of (2, 3, 1, 1). */
function mixColumns(b: Lowering, value: number): void {
  const { code, frame } = b
  const twice = frame.named('aesTwice', V128)
  code.get(value)
  double(b)
  code.tee(twice).get(twice).get(value)
  simd(code, 'v128_xor')
  rotateColumns(b, 1)
  simd(code, 'v128_xor')
  for (const by of [2, 3]) {
    code.get(value)
    rotateColumns(b, by)
    simd(code, 'v128_xor')
  }
}

const mix: Lower = (b, w) => {
  const value = b.frame.named('aesColumns', V128)
  vector(b, Rn(w))
  b.code.set(value)
  mixColumns(b, value)
  setVector(b, Rd(w))
}

/** The inverse matrix is (5, 0, 4, 0) times the matrix. */
const unmix: Lower = (b, w) => {
  const { code, frame } = b
  const value = frame.named('aesColumns', V128)
  vector(b, Rn(w))
  code.tee(value).get(value)
  rotateColumns(b, 2)
  simd(code, 'v128_xor')
  double(b)
  double(b)
  code.get(value)
  simd(code, 'v128_xor')
  code.set(value)
  mixColumns(b, value)
  setVector(b, Rd(w))
}

/** Lowerings by row id. */
export const crypto: Readonly<Record<string, Lower>> = {
  AESE: round(5, ENCRYPT),
  AESD: round(13, DECRYPT),
  AESMC: mix,
  AESIMC: unmix,
}

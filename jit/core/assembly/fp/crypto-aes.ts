/**
 * AES rounds (FEAT_AES; Arm ARM DDI 0487, C7.2 AESE, AESD, AESMC, AESIMC; the cipher is FIPS 197).
 *
 * The S-box and its inverse are computed from their definition when first needed: the inverse in
 * GF(2^8) and an affine map.
 */
import { R_AESD, R_AESE, R_AESIMC, R_AESMC } from '../generated/decode'
import { OUT, vd, vn, writeOut } from './lanes'

/** The S-box in the first 256 bytes, its inverse in the next. */
const BOXES: usize = memory.data(512)
let boxesMade: bool = false

/** Multiplies by x in GF(2^8). */
function timesX(a: u32): u32 {
  return ((a << 1) ^ ((a >> 7) * 0x11b)) & 0xff
}

function multiply(a: u32, b: u32): u32 {
  let r: u32 = 0
  for (let i = 0; i < 8; i++) {
    r ^= (0 - ((b >> i) & 1)) & a
    a = timesX(a)
  }
  return r
}

/**
 * Walks the field by the generator 3 and, in step, its inverse 0xf6, so that each value meets its
 * reciprocal.
 */
function makeBoxes(): void {
  let value: u32 = 1
  let inverse: u32 = 1
  for (let i = 0; i < 255; i++) {
    setBox(value, inverse)
    value ^= timesX(value)
    inverse = multiply(inverse, 0xf6)
  }
  setBox(0, 0)
  boxesMade = true
}

function setBox(value: u32, inverse: u32): void {
  // The byte repeated, so that rotations are shifts.
  const twice = inverse | (inverse << 8)
  const rotated = (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7)
  const box = (inverse ^ rotated ^ 0x63) & 0xff
  store<u8>(BOXES + value, box)
  store<u8>(BOXES + 256 + box, value)
}

/** Executes one instruction of the group; false if the row is none of it. */
export function execAes(cpu: usize, row: u32, w: u32): bool {
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  switch (row) {
    case R_AESE:
      round(d, n, 5, 0)
      return true
    case R_AESD:
      round(d, n, 13, 256)
      return true
    case R_AESMC:
      v128.store(d, mixColumns(v128.load(n)))
      return true
    case R_AESIMC: {
      // The inverse matrix is (5, 0, 4, 0) times the matrix.
      const a = v128.load(n)
      const b = timesXLanes(timesXLanes(v128.xor(a, i16x8.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6))))
      v128.store(d, mixColumns(v128.xor(a, b)))
      return true
    }
  }
  return false
}

/** Adds the key, shifts the rows and substitutes. Byte i comes from byte i * `step` modulo 16. */
function round(d: usize, n: usize, step: u32, box: u32): void {
  if (!boxesMade) makeBoxes()
  for (let i: u32 = 0; i < 16; i++) {
    const from = (i * step) & 15
    const value: u32 = load<u8>(d + from) ^ load<u8>(n + from)
    store<u8>(OUT + i, load<u8>(BOXES + box + value))
  }
  writeOut(d)
}

/** Multiplies sixteen bytes by x in GF(2^8). */
function timesXLanes(a: v128): v128 {
  return v128.xor(i8x16.shl(a, 1), v128.and(i8x16.shr_s(a, 7), i8x16.splat(0x1b)))
}

/** Multiplies each column by the circulant matrix of (2, 3, 1, 1). */
function mixColumns(a: v128): v128 {
  const twice = timesXLanes(a)
  const by1 = rotateColumns(v128.xor(twice, a))
  const by2 = i16x8.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6)
  return v128.xor(v128.xor(twice, by1), v128.xor(by2, rotateColumns(by2)))
}

/** Moves each byte to its place less one, in columns of four. */
function rotateColumns(a: v128): v128 {
  return i8x16.shuffle(a, a, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)
}

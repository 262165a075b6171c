/**
 * AES rounds (FEAT_AES; Arm ARM DDI 0487, C7.2 AESE, AESD, AESMC, AESIMC; the cipher is FIPS 197).
 *
 * The S-box and its inverse are computed from their definition when first needed: the inverse in GF(2^8) and an affine
 * map.
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

/** Walks the field by the generator 3 and, in step, its inverse 0xf6, so that each value meets its reciprocal. */
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
      mixColumns(d, n, 2, 3, 1, 1)
      return true
    case R_AESIMC:
      mixColumns(d, n, 14, 11, 13, 9)
      return true
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

/** Multiplies each column by a circulant matrix whose first row is given. */
function mixColumns(d: usize, n: usize, a: u32, b: u32, c: u32, e: u32): void {
  for (let i: u32 = 0; i < 16; i++) {
    const column = n + (i & 12)
    const value =
      multiply(load<u8>(column + (i & 3)), a) ^
      multiply(load<u8>(column + ((i + 1) & 3)), b) ^
      multiply(load<u8>(column + ((i + 2) & 3)), c) ^
      multiply(load<u8>(column + ((i + 3) & 3)), e)
    store<u8>(OUT + i, value)
  }
  writeOut(d)
}

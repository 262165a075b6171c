/**
 * The immediates whose encoding is a code of its own: logical (bitmask), floating point, MOVI's byte mask (DDI 0487
 * "DecodeBitMasks", "VFPExpandImm", "AdvSIMDExpandImm", section J1).
 */

/** N, immr and imms of a logical immediate. */
export interface Bitmask {
  readonly N: number
  readonly immr: number
  readonly imms: number
}

/** Ones of that many bits. */
function ones(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n
}

/**
 * The value of a logical immediate.
 *
 * @param width of the operation, 32 or 64
 * @returns the value, or undefined for a reserved encoding
 */
export function decodeBitmask({ N, immr, imms }: Bitmask, width: 32 | 64): bigint | undefined {
  const length = 31 - Math.clz32((N << 6) | (~imms & 63))
  if (length < 1 || (width === 32 && N === 1)) return undefined
  const size = 1 << length
  const levels = size - 1
  const run = imms & levels
  if (run === levels) return undefined
  const rotate = BigInt(immr & levels)
  const bits = ones(run + 1)
  let element = ((bits >> rotate) | (bits << (BigInt(size) - rotate))) & ones(size)
  for (let filled = size; filled < width; filled *= 2) element |= element << BigInt(filled)
  return element
}

/**
 * Encodes a logical immediate.
 *
 * @param value a value of `width` bits, unsigned or as a negative number
 * @param width of the operation, 32 or 64
 * @returns N, immr and imms with no bit of immr set beyond the element, or undefined if the value is no repeated,
 * rotated run of ones
 */
export function encodeBitmask(value: bigint, width: 32 | 64): Bitmask | undefined {
  const bits = BigInt.asUintN(width, value)
  if (bits !== value && BigInt.asIntN(width, value) !== value) return undefined
  let size = width as number
  while (size > 2) {
    const half = size / 2
    const low = bits & ones(half)
    if (((bits >> BigInt(half)) & ones(half)) !== low) break
    size = half
  }
  const element = bits & ones(size)
  if (element === 0n || element === ones(size)) return undefined
  const count = element.toString(2).replaceAll('0', '').length
  for (let rotate = 0; rotate < size; rotate++) {
    const run = ones(count)
    const amount = BigInt(rotate)
    if ((((run >> amount) | (run << (BigInt(size) - amount))) & ones(size)) === element) {
      const imms = ((~(size * 2 - 1) & 63) | (count - 1)) & 63
      return { N: size === 64 ? 1 : 0, immr: rotate, imms }
    }
  }
  return undefined
}

/**
 * Whether MOV of a logical immediate is written by MOVZ or MOVN instead: its value, or the inverse, has one halfword.
 *
 * The manual's MoveWidePreferred misses some MOVN; this is what GNU tools do, so that MOV always reads back as printed.
 */
export function moveWidePreferred(sf: number, N: number, immr: number, imms: number): boolean {
  const width = sf ? 64 : 32
  const value = decodeBitmask({ N, immr, imms }, width)
  if (value === undefined) return false
  return [value, BigInt.asUintN(width, ~value)].some((bits) =>
    [0n, 16n, 32n, 48n].some((shift) => (bits & (0xffffn << shift)) === bits),
  )
}

/** The value of an 8-bit floating-point immediate: sign, 3 bits of exponent, 4 of fraction. */
export function decodeFloat(imm8: number): number {
  const sign = imm8 & 0x80 ? -1 : 1
  const exponent = ((imm8 >> 4) & 7) ^ 4
  return sign * (16 + (imm8 & 15)) * 2 ** (exponent - 7)
}

/** The 8-bit code of a floating-point value, or undefined if it has none. */
export function encodeFloat(value: number): number | undefined {
  for (let imm8 = 0; imm8 < 256; imm8++) if (decodeFloat(imm8) === value) return imm8
  return undefined
}

/** The value of MOVI's 64-bit immediate: each bit of imm8 becomes a byte of zeros or ones. */
export function decodeByteMask(imm8: number): bigint {
  let value = 0n
  for (let i = 7; i >= 0; i--) value = (value << 8n) | ((imm8 >> i) & 1 ? 0xffn : 0n)
  return value
}

/** imm8 of a 64-bit value of which every byte is 0 or 0xff, else undefined. */
export function encodeByteMask(value: bigint): number | undefined {
  let imm8 = 0
  for (let i = 0; i < 8; i++) {
    const byte = (BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn
    if (byte === 0xffn) imm8 |= 1 << i
    else if (byte !== 0n) return undefined
  }
  return imm8
}

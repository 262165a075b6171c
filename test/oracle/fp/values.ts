/**
 * Operands that matter to floating-point and saturating arithmetic: zeros, denormals, the borders
 * of every format, infinities, NaNs of both kinds, limits of conversions, neighbours of one
 * another; and bits at random.
 */

/** A source of 32-bit unsigned random numbers. */
export type Random = () => number

interface Format {
  readonly bits: number
  readonly fraction: number
  readonly bias: number
}

const FORMATS: Record<number, Format> = {
  1: { bits: 16, fraction: 10, bias: 15 },
  2: { bits: 32, fraction: 23, bias: 127 },
  3: { bits: 64, fraction: 52, bias: 1023 },
}

function random64(random: Random): bigint {
  return (BigInt(random()) << 32n) | BigInt(random())
}

/** A fraction of few ones, or few zeros, or any. */
function fraction(random: Random, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n
  switch (random() % 6) {
    case 0:
      return 0n
    case 1:
      return mask
    case 2:
      return 1n << BigInt(random() % bits)
    case 3:
      return mask ^ (1n << BigInt(random() % bits))
    case 4:
      return (random64(random) << BigInt(random() % bits)) & mask
    default:
      return random64(random) & mask
  }
}

/** A floating-point value of the format (1 half, 2 single, 3 double) as raw bits. */
export function floatBits(random: Random, format: number): bigint {
  const { bits, fraction: fb, bias } = FORMATS[format]!
  const sign = BigInt(random() & 1) << BigInt(bits - 1)
  const max = 2 * bias + 1
  let exponent: number
  switch (random() % 12) {
    case 0:
      return sign
    case 1:
      exponent = 0
      break
    case 2:
      exponent = max
      break
    case 3:
      exponent = 1 + (random() % 2)
      break
    case 4:
      exponent = max - 1 - (random() % 2)
      break
    case 5:
      // Near the limits of conversions to 8, 16, 32 and 64 bits.
      exponent = bias + [7, 8, 15, 16, 30, 31, 32, 62, 63, 64][random() % 10]!
      break
    case 6:
      exponent = bias + (random() % (2 * fb)) - fb
      break
    case 7:
      // Products and quotients of these are near the denormals.
      exponent = (bias >> 1) + (random() % 5) - 2
      break
    case 8:
      exponent = random() % (max + 1)
      break
    default:
      exponent = bias + (random() % 5) - 2
  }
  exponent = Math.min(max, Math.max(0, exponent))
  return sign | (BigInt(exponent) << BigInt(fb)) | fraction(random, fb)
}

/** An integer of `bits` bits: near the limits, small, or any. */
function integerBits(random: Random, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n
  switch (random() % 5) {
    case 0:
      return ((1n << BigInt(bits - 1)) + BigInt((random() % 5) - 2)) & mask
    case 1:
      return BigInt((random() % 9) - 4) & mask
    case 2:
      return (1n << BigInt(random() % bits)) & mask
    case 3:
      return random64(random) & mask & (mask >> BigInt(random() % bits))
    default:
      return random64(random) & mask
  }
}

/** 64 bits of lanes of one kind: floats of `format`, integers of some size, or bits at random. */
export function lanes64(random: Random, format: number): bigint {
  const kind = random() % 8
  const size = kind < 5 ? format : random() % 4
  const bits = 8 << size
  let result = 0n
  for (let at = 0; at < 64; at += bits) {
    const lane = kind < 5 && size > 0 ? floatBits(random, size) : integerBits(random, bits)
    result |= lane << BigInt(at)
  }
  return result
}

/** A value near `bits`, seen as a float: its neighbour, its negative, or itself. */
export function neighbour(random: Random, bits: bigint, format: number): bigint {
  const width = BigInt(8 << format)
  const mask = (1n << width) - 1n
  let result = 0n
  for (let at = 0n; at < 64n; at += width) {
    let lane = (bits >> at) & mask
    lane = (lane + BigInt((random() % 5) - 2)) & mask
    if (random() & 1) lane ^= 1n << (width - 1n)
    result |= lane << at
  }
  return result
}

/** FPCR: often the usual one, else any mixture of RMode, FZ, DN, AHP and FZ16. */
export function fpcr(random: Random): number {
  if (random() % 3 === 0) return 0
  let value = (random() & 3) << 22
  for (const bit of [19, 24, 25, 26]) if (random() % 3 === 0) value |= 1 << bit
  return value
}

/** FPSR before: nothing, only IXC (which the quick paths look for), or everything. */
export function fpsr(random: Random): number {
  return [0, 0x10, 0x10, 0x0800_009f][random() & 3]!
}

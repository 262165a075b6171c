/**
 * Values of general registers that matter to integer instructions: limits, small numbers, few ones, few zeros, any bits.
 */

/** A source of 32-bit unsigned random numbers. */
export type Random = () => number

const LIMITS = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_7fff_ffffn,
  0xffff_ffff_ffff_ffffn,
] as const

function bits64(random: Random): bigint {
  return (BigInt(random()) << 32n) | BigInt(random())
}

/** A value of a general register. */
export function integer(random: Random): bigint {
  switch (random() % 6) {
    case 0:
      return LIMITS[random() % LIMITS.length]!
    case 1:
      return BigInt.asUintN(64, LIMITS[random() % LIMITS.length]! + BigInt((random() % 7) - 3))
    case 2:
      return BigInt.asUintN(64, BigInt((random() % 256) - 128))
    case 3:
      return BigInt.asUintN(64, 1n << BigInt(random() % 64))
    default:
      return bits64(random)
  }
}

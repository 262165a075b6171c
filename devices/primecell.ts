/**
 * What Arm's PrimeCell peripherals (PL011, PL031, PL061) have in common: identification registers at the end of a 4 KiB
 * window, and word registers that may be accessed by byte or halfword.
 *
 * Source: the "Identification registers" section of each peripheral's technical reference manual. Linux's AMBA bus
 * finds its drivers by these values.
 */
import type { AccessSize } from './device.ts'

/** PCellID0 to 3, the same in every PrimeCell. */
const CELL_ID = [0x0d, 0xf0, 0x05, 0xb1]

/** First identification register, PeriphID0. */
export const PRIMECELL_ID = 0xfe0

/**
 * Reads an identification register.
 * @param peripheralId PeriphID0 to 3.
 * @param offset PRIMECELL_ID or above.
 */
export function primeCellId(peripheralId: readonly number[], offset: number): number {
  const index = (offset - PRIMECELL_ID) >> 2
  return (index < 4 ? peripheralId[index] : CELL_ID[index - 4]) ?? 0
}

/** The part of a word register that a narrower read of it sees. */
export function part(word: number, offset: number, size: AccessSize): number {
  return size === 4 ? word : word >>> (8 * (offset & 3))
}

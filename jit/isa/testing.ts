/** Help for this folder's tests: seeded random instruction words. Not used by the machine. */

import type { Row } from './rows.ts'

/**
 * A generator of 32-bit unsigned numbers (xorshift32, Marsaglia 2003).
 *
 * @param seed any number but 0; the same seed gives the same numbers
 */
export function random32(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/**
 * A word with the row's fixed bits and random fields, which its constraint allows.
 *
 * @param row the row
 * @param random a source as `random32` makes it
 * @param should also set should-be bits as the architecture wants them
 */
export function randomWord(row: Row, random: () => number, should = true): number {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    let word = ((random() & ~row.mask) | row.value) >>> 0
    if (should) word = ((word & ~row.shouldMask) | row.should) >>> 0
    if (row.matches(word)) return word
  }
  throw new Error(`No random word satisfies the constraint of ${row.id}`)
}

/**
 * The machine's seeded generator: what looks random to the guest is a function of the seed.
 *
 * xoshiro128** by Blackman and Vigna, its state filled from the seed by splitmix-style mixing. Not for secrets: a
 * machine that must be unpredictable gets an unpredictable seed.
 */
import type { RandomSource } from './device.ts'
import type { StateObject, StateReader } from './state.ts'

export class SeededRandom implements RandomSource {
  private readonly s = new Uint32Array(4)

  /** @param seed an integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    let mix = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
    for (let n = 0; n < 4; n++) {
      mix = (mix + 0x9e37_79b9 + Math.floor(seed / 2 ** 32)) >>> 0
      let z = mix
      z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
      this.s[n] = z ^ (z >>> 15)
    }
    // The all-zero state is the one that does not move.
    if (this.s.every((word) => word === 0)) this.s[0] = 1
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 4) {
      const word = this.next()
      for (let n = 0; n < 4 && at + n < bytes.length; n++) bytes[at + n] = word >>> (8 * n)
    }
  }

  save(): StateObject {
    return { version: 1, words: [...this.s] }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.s.set(state.unsignedList('words', 32, 4))
    if (this.s.every((word) => word === 0)) this.s[0] = 1
  }

  private next(): number {
    const s = this.s
    const [s0, s1, s2, s3] = [s[0]!, s[1]!, s[2]!, s[3]!]
    const product = Math.imul(s1, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    s[2] = s2 ^ s0
    s[3] = s3 ^ s1
    s[1] = s1 ^ s[2]!
    s[0] = s0 ^ s[3]!
    s[2] = s[2]! ^ (s1 << 9)
    s[3] = (s[3]! << 11) | (s[3]! >>> 21)
    return result
  }
}

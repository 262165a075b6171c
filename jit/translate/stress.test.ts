import { describe, expect, test } from 'bun:test'
import { outcome } from './stress.ts'

describe('random programs with faults, patches, remapped pages and interrupts', () => {
  for (let seed = 1; seed <= 8; seed++) {
    test(`end alike interpreted and translated, seed ${seed}`, async () => {
      const expected = await outcome(seed, 'off')
      expect(await outcome(seed, 'eager')).toEqual(expected)
      expect(await outcome(seed, 'forced')).toEqual(expected)
    })
  }
})

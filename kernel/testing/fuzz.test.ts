import { expect, test } from 'bun:test'
import { fuzzKernel } from './fuzz.ts'

for (const seed of [1, 7]) {
  test(`random system calls (seed ${seed}) neither break the tables nor leave anything behind`, async () => {
    const { before, after } = await fuzzKernel(seed, 1500)
    expect(after).toEqual(before)
  }, 60_000)
}

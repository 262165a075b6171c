import { expect, test } from 'bun:test'
import { reader } from './host.fixture.ts'
import { SeededRandom } from './random.ts'

function bytes(random: SeededRandom, count: number): string {
  const buffer = new Uint8Array(count)
  random.fill(buffer)
  return buffer.toHex()
}

test('the same seed gives the same bytes, another one others', () => {
  expect(bytes(new SeededRandom(7), 33)).toBe(bytes(new SeededRandom(7), 33))
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]
  expect(new Set(seeds.map((seed) => bytes(new SeededRandom(seed), 16))).size).toBe(seeds.length)
})

test('bytes are spread evenly', () => {
  const buffer = new Uint8Array(256_000)
  new SeededRandom(1).fill(buffer)
  const counts = new Array(256).fill(0)
  for (const byte of buffer) counts[byte]++
  expect(Math.min(...counts)).toBeGreaterThan(850)
  expect(Math.max(...counts)).toBeLessThan(1150)
})

test('a restored generator goes on, and a state of zeros does not stop it', () => {
  const first = new SeededRandom(3)
  bytes(first, 10)
  const second = new SeededRandom(4)
  second.restore(reader(first.save()))
  expect(bytes(second, 20)).toBe(bytes(first, 20))
  second.restore(reader({ version: 1, words: [0, 0, 0, 0] }))
  expect(bytes(second, 64)).not.toBe('00'.repeat(64))
})

import { beforeAll, describe, expect, test } from 'bun:test'
import { need } from '../tools/debian.ts'
import { BUILD_MS, kenix } from './session.ts'
import { leaks, soak } from './soak.ts'

describe.skipIf(!need('gcc-aarch64-linux-gnu'))('Kenix in use', () => {
  beforeAll(kenix, BUILD_MS)

  test('has what it began with after rounds of scripts, pipes, programs and files, hours later', async () => {
    const report = await soak({ rounds: 6, hours: 2 })
    expect(leaks(report)).toEqual([])
    expect(report.seconds).toBeGreaterThan(7000)
  }, 240_000)
})

import { describe, expect, test } from 'bun:test'
import { means, type Round, type Row, rowOf } from './results.ts'
import type { Run } from './scenario.ts'
import { geometricMean, median, table } from './table.ts'

const HEAD = { name: 'x', what: 'an example', kind: 'long' } as const

function run(seconds: number, result = 'same', peakMiB = 100): Run {
  return { samples: { x: { seconds, cpuSeconds: seconds * 2, result } }, peakMiB, guestMiB: 10 }
}

describe('a row', () => {
  test('has the ratios of runs that were next to each other, not of medians', () => {
    const rounds: Round[] = [
      { kenix: run(1), qemu: run(2) },
      { kenix: run(2), qemu: run(8) },
      { kenix: run(4), qemu: run(4) },
    ]
    const { engines, problems } = rowOf(HEAD, 'x', rounds)
    expect(engines.qemu?.ratio).toEqual({ median: 2, min: 1, max: 4 })
    expect(engines.qemu?.cpuRatio?.median).toBe(2)
    expect(engines.kenix?.seconds).toEqual({ median: 2, min: 1, max: 4 })
    expect(engines.newer).toBeUndefined()
    expect(problems).toEqual([])
  })

  test('leaves a round out in which one side failed', () => {
    const rounds: Round[] = [{ qemu: run(3) }, { kenix: run(1), qemu: run(3) }, { kenix: run(1) }]
    expect(rowOf(HEAD, 'x', rounds).engines.qemu?.ratio).toEqual({ median: 3, min: 3, max: 3 })
  })

  test('says so when engines, or the host, had another result', () => {
    const [same, other] = [run(1, 'a'), run(1, 'b')]
    expect(rowOf(HEAD, 'x', [{ kenix: same, qemu: other }]).problems[0]).toContain('differ')
    const native = { seconds: 1, result: 'b' }
    expect(rowOf(HEAD, 'x', [{ kenix: same }], native).problems[0]).toContain('"a", "b"')
    const uncompared = { seconds: 1, result: undefined }
    expect(rowOf(HEAD, 'x', [{ kenix: same }], uncompared).problems).toEqual([])
  })

  test('says so when the process took more memory than it may', () => {
    const { problems, overheadMiB } = rowOf(HEAD, 'x', [{ kenix: run(1, 'a', 300) }])
    expect(overheadMiB).toBe(290)
    expect(problems).toEqual(["takes 290 MiB beside the guest's, more than 250"])
  })

  test('has no figures, and no ratio, of an engine that never ran', () => {
    expect(rowOf(HEAD, 'x', [{}]).engines).toEqual({})
    expect(rowOf(HEAD, 'x', [{ qemu: run(1) }]).engines.qemu?.ratio).toBeUndefined()
  })
})

test('means are geometric, and leave out what idles', () => {
  const row = (kind: Row['kind'], ratio: number): Row =>
    rowOf({ ...HEAD, kind }, 'x', [{ kenix: run(1), qemu: run(ratio) }])
  const found = means([row('long', 4), row('short', 1), row('idle', 1000)])
  expect(found.map(({ over, rows }) => [over, rows])).toEqual([
    ['all', 2],
    ['long', 1],
    ['short', 1],
  ])
  expect(found[0]!.qemu).toBeCloseTo(2)
  expect(found[0]!.newer).toBeUndefined()
})

test('medians are the middle, or between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  expect(geometricMean([])).toBeNaN()
})

test('tables align their columns', () => {
  expect(
    table([
      ['', 'a'],
      ['row', '10'],
    ]),
  ).toBe('      a\nrow  10\n')
})

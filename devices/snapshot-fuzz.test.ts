import { expect, test } from 'bun:test'
import { type FuzzReport, fuzzSnapshots } from './snapshot-fuzz.ts'

test('a snapshot with a random change is refused, or is a machine that runs', async () => {
  const report: FuzzReport = { refused: 0, ran: 0 }
  await fuzzSnapshots(1, 60, report)
  expect(report.refused).toBeGreaterThan(10)
  expect(report.ran).toBeGreaterThan(10)
}, 30_000)

import { expect, test } from 'bun:test'
import { fuzz, newReport } from './fuzz.ts'

test('whatever a driver does, a device never throws, never hangs, and works after a reset', () => {
  const report = newReport()
  fuzz(1, 60, 300, report)
  // The fuzzer must reach both what works and what does not.
  expect(report.used).toBeGreaterThan(500)
  expect(report.restores).toBeGreaterThan(50)
  expect(report.reasons.size).toBeGreaterThan(12)
}, 20_000)

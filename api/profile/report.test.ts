import { expect, test } from 'bun:test'
import type { MachineStats } from '../../devices/machine-types.ts'
import { profileReport } from './report.ts'
import { SymbolTable } from './symbols.ts'

const STATS: MachineStats = {
  instructions: 1000,
  wallMs: 900,
  cpuMs: 1500,
  mips: 1,
  exceptions: 2,
  guestNs: 8000,
  exit: null,
  translator: null,
}

test('a report has shares of all samples, names of regions, and what was not sampled', () => {
  const tiers = new Map([
    ['BBQ', 100],
    ['OMG', 300],
  ])
  const text = profileReport(
    {
      samples: 800,
      intervalMs: 1,
      parts: new Map([
        ['interpreter', 400],
        ['translated code', 400],
      ]),
      regions: [{ address: 0x4000_0010n, samples: 400, tiers }],
    },
    STATS,
    new SymbolTable([{ address: 0x4000_0000n, name: 'work' }]),
  )
  expect(text).toContain('  50.0 %  translated code\n  50.0 %  interpreter\n')
  expect(text).toMatch(/50.0 % {2}0x0000000040000010 {2}work\+0x10 +OMG 75 %, BBQ 25 %\n/)
  expect(text).toContain('About 0.70 s of CPU time were not in that thread')
  expect(text).toContain('the translator is off')
})

test('a report of a machine that never ran has no shares', () => {
  const empty = { samples: 0, intervalMs: 1, parts: new Map(), regions: [] }
  const text = profileReport(empty, { ...STATS, cpuMs: 0 }, new SymbolTable([]))
  expect(text).not.toContain('NaN')
  expect(text).toContain('1000 instructions, 2 exceptions')
})

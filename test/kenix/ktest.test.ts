/** ktest passes on our machine and on QEMU, with the same report; `bun run ktest` runs the whole matrix. */
import { expect, test } from 'bun:test'
import { need } from '../tools/debian.ts'
import { type CaseResult, nameOf, type Place, runKtest } from './ktest.ts'

/** A busy host: a report takes some 10 s on an idle one. */
const MINUTES = 6 * 60_000

const OURS: Place = { machine: 'ours', cpu: 'cortex-a57', gic: 2 }
/** Nanoseconds of an instruction on the virtual clock. */
const NS_PER_INSTRUCTION = 8
const MOST_INSTRUCTIONS = 10_000_000

/** Reports without what depends on the machine's speed. */
function lines(cases: readonly CaseResult[]): string[] {
  return cases.map(
    ({ id, title, result, problem }) => `${result} ${id} ${title}${problem ? `: ${problem}` : ''}`,
  )
}

test(
  'every case passes on our machine, none takes more than ten million instructions',
  async () => {
    const { cases, summary } = await runKtest(OURS, ['--times'])
    expect(lines(cases).filter((line) => !line.startsWith('ok '))).toEqual([])
    expect(summary).toEqual({ passed: cases.length, failed: 0, skipped: 0 })
    expect(cases.length).toBeGreaterThan(400)
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    const slow = cases.filter(({ ns = 0 }) => ns > MOST_INSTRUCTIONS * NS_PER_INSTRUCTION)
    expect(slow.map(({ id }) => id)).toEqual([])
  },
  MINUTES,
)

const OTHERS: Place[] = [
  { machine: 'ours', cpu: 'max', gic: 3, translate: 'off' },
  { machine: 'qemu', cpu: 'cortex-a57', gic: 2 },
  { machine: 'qemu', cpu: 'max', gic: 3 },
]

for (const place of OTHERS) {
  test.skipIf(place.machine === 'qemu' && !need('qemu-system-arm'))(
    `every case passes on ${nameOf(place)}`,
    async () => {
      const { cases } = await runKtest(place)
      expect(lines(cases).filter((line) => !line.startsWith('ok '))).toEqual([])
      expect(cases.length).toBeGreaterThan(400)
    },
    MINUTES,
  )
}

test(
  'prefixes choose cases, and an unknown option is told',
  async () => {
    const { cases, text } = await runKtest(OURS, ['SYS000', 'TIM0002'])
    expect(cases.map(({ id }) => id.slice(0, 6))).toEqual([
      ...Array.from({ length: 9 }, () => 'SYS000'),
      'TIM000',
    ])
    expect(text).not.toContain('Kernel crash')
    const unknown = await runKtest(OURS, ['--no-such-option']).catch(String)
    expect(unknown).toContain('there is no option --no-such-option')
  },
  MINUTES,
)

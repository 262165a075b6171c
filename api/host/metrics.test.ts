import { describe, expect, test } from 'bun:test'
import type { Instance } from './instance.ts'
import { metricsText } from './metrics.ts'

/** What metrics look at in an instance. */
function instance(name: string | null, state: string, stats?: unknown): Instance {
  return { record: { id: `id-${name}`, name }, state, stats } as unknown as Instance
}

/** The lines of one family, without its comments. */
function lines(text: string, family: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${family}{`))
}

describe('metrics', () => {
  test('count instances by state, also those there are none of', () => {
    const text = metricsText([instance('a', 'running'), instance('b', 'stopped')])
    expect(lines(text, 'kenix_instances')).toContain('kenix_instances{state="running"} 1')
    expect(lines(text, 'kenix_instances')).toContain('kenix_instances{state="failed"} 0')
    expect(lines(text, 'kenix_instance_running')).toEqual([
      'kenix_instance_running{instance="id-a",name="a"} 1',
      'kenix_instance_running{instance="id-b",name="b"} 0',
    ])
  })

  test('have what machines report, in seconds, and nothing that they do not', () => {
    const translator = { translations: 3, compileMs: 250, failures: {} }
    const stats = { instructions: 42, cpuMs: 1500, guestNs: 2e9, exit: null, translator }
    const text = metricsText([instance('a', 'running', stats), instance('b', 'created')])
    expect(text).toContain('kenix_instructions_total{instance="id-a",name="a"} 42\n')
    expect(text).toContain('kenix_cpu_seconds_total{instance="id-a",name="a"} 1.5\n')
    expect(text).toContain('kenix_guest_seconds{instance="id-a",name="a"} 2\n')
    expect(text).toContain('kenix_translation_seconds_total{instance="id-a",name="a"} 0.25\n')
    expect(text).not.toContain('kenix_exceptions_total')
    expect(lines(text, 'kenix_instructions_total')).toHaveLength(1)
  })

  test('say what each number is, once', () => {
    const one = { instructions: 1, translator: null }
    const text = metricsText([instance('a', 'running', one), instance('b', 'running', one)])
    expect(text.match(/^# TYPE kenix_instructions_total counter$/gm)).toHaveLength(1)
    expect(text.match(/^# HELP kenix_instructions_total /gm)).toHaveLength(1)
  })

  test('escape labels, whose text may come from an error', () => {
    const failures = { 'RangeError: "x" \\ y\nz': 2 }
    const text = metricsText([instance(null, 'running', { translator: { failures } })])
    expect(lines(text, 'kenix_translation_failures_total')).toEqual([
      'kenix_translation_failures_total{instance="id-null",cause="RangeError: \\"x\\" \\\\ y\\nz"} 2',
    ])
  })

  test('have a bounded number of causes', () => {
    const failures = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`cause ${n}`, 1]))
    const text = metricsText([instance('a', 'running', { translator: { failures } })])
    const found = lines(text, 'kenix_translation_failures_total')
    expect(found).toHaveLength(21)
    expect(found.at(-1)).toEndWith('cause="other"} 80')
  })

  test('leave out what is no number', () => {
    const stats = { instructions: 'many', exceptions: Number.NaN, translator: 7 }
    const text = metricsText([instance('a', 'running', stats)])
    expect(text).not.toContain('kenix_instructions_total')
    expect(text).not.toContain('kenix_exceptions_total')
  })
})

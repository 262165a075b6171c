/**
 * Metrics of a server and its instances, in Prometheus' text format (version 0.0.4). Numbers of a machine begin anew with each
 * start of its instance, as counters of a restarted process do; they are those of `--stats`, at most a second old.
 */
import type { EngineStats } from './engine.ts'
import { type Instance, STATES } from './instance.ts'

/** The format's media type. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
}

/** A number of a machine: where it is in what its process reports, and what one of it is worth. */
interface MachineFamily extends Family {
  readonly path: readonly [string] | readonly ['translator', string]
  readonly scale?: number
}

function counter(name: string, help: string): Family & { type: 'counter' } {
  return { name: `kenix_${name}_total`, type: 'counter', help }
}

function gauge(name: string, help: string): Family & { type: 'gauge' } {
  return { name: `kenix_${name}`, type: 'gauge', help }
}

const MS = 1e-3
const NS = 1e-9

const MACHINE: readonly MachineFamily[] = [
  { ...counter('instructions', 'Guest instructions executed'), path: ['instructions'] },
  {
    ...counter('instructions_translated', 'Guest instructions executed in translated code'),
    path: ['translator', 'retired'],
  },
  { ...counter('exceptions', 'Exceptions that vCPUs took'), path: ['exceptions'] },
  {
    ...counter('cpu_seconds', 'CPU time of the process while the machine ran'),
    path: ['cpuMs'],
    scale: MS,
  },
  { ...counter('run_seconds', 'Host time in which the machine ran'), path: ['wallMs'], scale: MS },
  { ...gauge('guest_seconds', "The guest's clock, since power-on"), path: ['guestNs'], scale: NS },
  {
    ...counter('translations', 'Functions made of hot guest code'),
    path: ['translator', 'translations'],
  },
  {
    ...counter('translation_instructions', 'Guest instructions in functions that were made'),
    path: ['translator', 'instructions'],
  },
  {
    ...counter('translation_wasm_bytes', 'WebAssembly in functions that were made'),
    path: ['translator', 'wasmBytes'],
  },
  { ...gauge('translations_live', 'Translated functions now'), path: ['translator', 'live'] },
  {
    ...counter('translations_invalidated', 'Functions dropped because their code was written'),
    path: ['translator', 'invalidated'],
  },
  {
    ...counter('translations_forgotten', 'Functions dropped with all predecoded code'),
    path: ['translator', 'forgotten'],
  },
  {
    ...counter('translations_evicted', 'Functions dropped to make room'),
    path: ['translator', 'evicted'],
  },
  {
    ...counter('translation_seconds', 'Time in which functions were made'),
    path: ['translator', 'compileMs'],
    scale: MS,
  },
]

const INSTANCES = gauge('instances', 'Instances by state')
const RUNNING = gauge('instance_running', 'Whether the instance is running: 1 or 0')
const FAILURES = counter('translation_failures', 'Hot code that was not translated, by cause')

/** Causes an instance may have lines for; what is beyond is summed under `other`. */
const MAX_CAUSES = 20

/** The text for all instances. A number that a machine does not report is left out. */
export function metricsText(instances: readonly Instance[]): string {
  const lines: string[] = []
  family(lines, INSTANCES, [
    ...STATES.map((state) => ({
      labels: { state },
      value: instances.filter((instance) => instance.state === state).length,
    })),
  ])
  family(
    lines,
    RUNNING,
    instances.map((instance) => ({
      labels: labelsOf(instance),
      value: instance.state === 'running' ? 1 : 0,
    })),
  )
  for (const { path, scale = 1, ...rest } of MACHINE) {
    const samples = instances.flatMap((instance) => {
      const value = valueAt(instance.stats, path)
      return value === undefined ? [] : [{ labels: labelsOf(instance), value: value * scale }]
    })
    family(lines, rest, samples)
  }
  const failures = instances.flatMap((instance) =>
    causesOf(instance.stats).map(([cause, value]) => ({
      labels: { ...labelsOf(instance), cause },
      value,
    })),
  )
  family(lines, FAILURES, failures)
  return `${lines.join('\n')}\n`
}

function family(
  lines: string[],
  { name, type, help }: Family,
  samples: readonly { labels: Labels; value: number }[],
): void {
  if (samples.length === 0) return
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  for (const { labels, value } of samples) {
    const text = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`)
    lines.push(`${name}{${text.join(',')}} ${value}`)
  }
}

function labelsOf({ record: { id, name } }: Instance): Labels {
  return name === null ? { instance: id } : { instance: id, name }
}

function valueAt(stats: EngineStats | undefined, path: readonly string[]): number | undefined {
  let value: unknown = stats
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Failures by cause, the most frequent first. */
function causesOf(stats: EngineStats | undefined): [string, number][] {
  const translator = stats?.['translator'] as { failures?: Record<string, number> } | null
  const causes = Object.entries(translator?.failures ?? {}).sort((a, b) => b[1] - a[1])
  const rest = causes.splice(MAX_CAUSES).reduce((sum, [, count]) => sum + count, 0)
  return rest > 0 ? [...causes, ['other', rest]] : causes
}

/** A label's value as the format wants it. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/**
 * Rows of the table from repeated runs: ratios of runs that were next to each other, agreement of results, memory.
 */
import type { Engine } from './engines.ts'
import type { Run, Sample } from './scenario.ts'
import { geometricMean, median } from './table.ts'

/** Long and short rows are of the same programs; whole rows are of whole systems. */
export type Kind = 'long' | 'short' | 'whole' | 'idle'

/** Runs of one round, by engine. Those of an engine that is left out, or failed, are not there. */
export type Round = Readonly<Partial<Record<Engine['name'], Run>>>

/** Median, smallest and largest. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** How ours compares with one QEMU: QEMU's time divided by ours, so more is better. */
export interface Comparison {
  readonly seconds: Spread
  readonly cpuSeconds: Spread
  /** QEMU's seconds / ours, each round for itself. */
  readonly ratio?: Spread
  /** The same of CPU seconds. */
  readonly cpuRatio?: Spread
}

/** A row of the table, and of the JSON file. */
export interface Row {
  readonly name: string
  readonly what: string
  readonly kind: Kind
  readonly engines: Readonly<Partial<Record<Engine['name'], Comparison>>>
  /** Seconds of the same C on this host. */
  readonly nativeSeconds?: number
  /** Ours: most memory of the process beyond the guest RAM that was touched, in MiB. */
  readonly overheadMiB?: number
  readonly guestMiB?: number
  /** Ours: numbers of the newest run, as `--stats` writes them; of the whole run, start included. */
  readonly stats?: Readonly<Record<string, unknown>>
  /** What is wrong with it: results that differ, runs that failed. */
  readonly problems: readonly string[]
}

/** Memory that a machine's process may have beyond its guest's. */
export const MEMORY_LIMIT_MIB = 250

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Makes a row of what the rounds measured for `key`. `native` is the host's own result. */
export function rowOf(
  row: Pick<Row, 'name' | 'what' | 'kind'>,
  key: string,
  rounds: readonly Round[],
  native?: { seconds: number; result: string | undefined },
): Row {
  const names = ['kenix', 'qemu', 'newer'] as const
  const samples = (name: Engine['name']) =>
    rounds.flatMap((round) => round[name]?.samples[key] ?? [])
  const ours = rounds.map((round) => round.kenix?.samples[key])
  const engines: Partial<Record<Engine['name'], Comparison>> = {}
  for (const name of names) {
    const own = samples(name)
    if (own.length === 0) continue
    engines[name] = {
      seconds: spread(own.map((sample) => sample.seconds)),
      cpuSeconds: spread(own.map((sample) => sample.cpuSeconds)),
      ...(name === 'kenix' ? {} : ratios(ours, rounds, name, key)),
    }
  }
  const problems = disagreement(names.flatMap(samples), native?.result)
  const runs = rounds.flatMap(({ kenix }) => (kenix?.peakMiB === undefined ? [] : [kenix]))
  const overhead = Math.max(...runs.map((run) => run.peakMiB! - (run.guestMiB ?? 0)))
  if (overhead > MEMORY_LIMIT_MIB) {
    problems.push(
      `takes ${overhead.toFixed(0)} MiB beside the guest's, more than ${MEMORY_LIMIT_MIB}`,
    )
  }
  const last = runs.at(-1)
  return {
    ...row,
    engines,
    ...(native ? { nativeSeconds: native.seconds } : {}),
    ...(last ? { overheadMiB: overhead, guestMiB: last.guestMiB ?? 0 } : {}),
    ...(last?.stats ? { stats: last.stats } : {}),
    problems,
  }
}

function ratios(
  ours: readonly (Sample | undefined)[],
  rounds: readonly Round[],
  name: Engine['name'],
  key: string,
): Pick<Comparison, 'ratio' | 'cpuRatio'> {
  const pairs = rounds.flatMap((round, n) => {
    const [our, their] = [ours[n], round[name]?.samples[key]]
    return our && their ? [[our, their] as const] : []
  })
  if (pairs.length === 0) return {}
  return {
    ratio: spread(pairs.map(([our, their]) => their.seconds / our.seconds)),
    cpuRatio: spread(pairs.map(([our, their]) => their.cpuSeconds / our.cpuSeconds)),
  }
}

/** Results that are not the same everywhere. */
function disagreement(samples: readonly Sample[], native: string | undefined): string[] {
  const results = new Set(samples.flatMap(({ result }) => result ?? []))
  if (native !== undefined) results.add(native)
  if (results.size < 2) return []
  const shown = [...results].map((text) => JSON.stringify(text.slice(0, 100)))
  return [`results differ: ${shown.join(', ')}`]
}

/** A line of means: over which rows, how many, and how ours compares with each QEMU there. */
export interface Mean {
  readonly over: string
  readonly rows: number
  readonly qemu?: number
  readonly newer?: number
}

/** Geometric means of the rows' median ratios: of all, and of each kind. */
export function means(rows: readonly Row[]): Mean[] {
  const of = (over: string, kinds: readonly Kind[]): Mean => {
    const some = rows.filter(({ kind }) => kinds.includes(kind))
    const mean = (name: 'qemu' | 'newer') => {
      const values = some.flatMap(({ engines }) => engines[name]?.ratio?.median ?? [])
      return values.length > 0 ? { [name]: geometricMean(values) } : {}
    }
    return { over, rows: some.length, ...mean('qemu'), ...mean('newer') }
  }
  return [
    of('all', ['long', 'short', 'whole']),
    of('long', ['long']),
    of('short', ['short']),
    of('whole', ['whole']),
  ].filter(({ rows: count }) => count > 0)
}

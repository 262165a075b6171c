/**
 * The table of `bun run bench` as text.
 */
import { cpus, totalmem } from 'node:os'
import type { Engine } from './engines.ts'
import { type Comparison, type Kind, means, type Row, type Spread } from './results.ts'
import { table } from './table.ts'

/** Characters of a problem that are shown; all of them are in the JSON file. */
const MOST_OF_PROBLEM = 1500

const TITLES: Readonly<Record<Kind, string>> = {
  long: 'Programs, bare-metal, MMU on. Warm-up included',
  short: 'The same, only what QEMU needs about 0.1 s for: mostly warm-up',
  whole: 'Whole systems',
  idle: 'Idle: per cent of a core',
}

/** Where and how it was measured: what has to be known to read the numbers. */
export function conditions(engines: readonly Engine[], runs: number): string {
  const processors = cpus()
  return [
    `${processors.length} x ${processors[0]?.model ?? process.arch}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Bun ${Bun.version}`,
    `${engines.map(({ label }) => label).join(', ')}: ${runs} run${runs === 1 ? '' : 's'} each, alternately`,
    'One vCPU (cortex-a57). QEMU with TCG and without icount. Kenix with its default clock, realtime, every instruction counted.',
    "Ratios are QEMU's time / Kenix's, more is better: the median of rounds [smallest, largest]. CPU seconds are user and system",
    'time of all threads. MiB: most memory of the Kenix process beyond the RAM that its guest touched.',
    '',
  ].join('\n')
}

/** All tables, the means, and what is wrong. */
export function report(rows: readonly Row[], engines: readonly Engine[]): string {
  const kinds = ['long', 'short', 'whole', 'idle'] as const
  const parts = kinds.flatMap((kind) => {
    const some = rows.filter((row) => row.kind === kind)
    const text = kind === 'idle' ? idleTable(some, engines) : tableOf(some, engines)
    return some.length > 0 ? [`${TITLES[kind]}\n\n${text}`] : []
  })
  if (engines.length > 1) parts.push(meansTable(rows, engines))
  const problems = problemLines(rows)
  if (problems.length > 0) parts.push(`Problems\n\n${problems.join('')}`)
  return parts.join('\n')
}

/** Each problem once, with the rows that have it. What a guest printed may be long: its end says most. */
function problemLines(rows: readonly Row[]): string[] {
  const names = new Map<string, string[]>()
  for (const { name, problems } of rows) {
    for (const text of new Set(problems)) names.set(text, [...(names.get(text) ?? []), name])
  }
  return [...names].map(([text, having]) => {
    const shown = text.length > MOST_OF_PROBLEM ? `... ${text.slice(-MOST_OF_PROBLEM)}` : text
    return `${having.join(', ')}: ${shown.trimEnd()}\n`
  })
}

/** A row in one line, while others are still measured. */
export function rowLine({ name, engines, problems }: Row): string {
  const ratios = [engines.qemu, engines.newer].flatMap((compared) => compared?.ratio?.median ?? [])
  const text =
    ratios.length > 0 ? `, ratio ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}` : ''
  const wrong = problems.length > 0 ? ` (${problems.join('; ').split('\n')[0]})` : ''
  return `  ${name}: ${seconds(engines.kenix?.seconds)} s${text}${wrong}`
}

function tableOf(rows: readonly Row[], engines: readonly Engine[]): string {
  const others = engines.filter(({ name }) => name !== 'kenix')
  const native = rows.some(({ nativeSeconds }) => nativeSeconds !== undefined)
  const head = [
    '',
    ...['Kenix s', 'CPU s'],
    ...others.flatMap(({ label }) => [`${label} s`, 'CPU s', 'ratio', '', 'by CPU']),
    ...(native ? ['native s'] : []),
    'MiB',
    '',
  ]
  const lines = rows.map((row) => [
    row.name,
    seconds(row.engines.kenix?.seconds),
    seconds(row.engines.kenix?.cpuSeconds),
    ...others.flatMap(({ name }) => {
      const compared = row.engines[name]
      return [
        seconds(compared?.seconds),
        seconds(compared?.cpuSeconds),
        compared?.ratio?.median.toFixed(2) ?? '-',
        compared?.ratio
          ? `[${compared.ratio.min.toFixed(2)}, ${compared.ratio.max.toFixed(2)}]`
          : '',
        compared?.cpuRatio?.median.toFixed(2) ?? '-',
      ]
    }),
    ...(native ? [row.nativeSeconds === undefined ? '-' : digits(row.nativeSeconds)] : []),
    row.overheadMiB?.toFixed(0) ?? '-',
    row.problems.length > 0 ? '!' : '',
  ])
  return table([head, ...lines])
}

/** What doing nothing costs: ratios would say nothing. */
function idleTable(rows: readonly Row[], engines: readonly Engine[]): string {
  const share = (compared: Comparison | undefined) =>
    compared ? ((100 * compared.cpuSeconds.median) / compared.seconds.median).toFixed(2) : '-'
  const lines = rows.map((row) => [
    row.name,
    ...engines.map(({ name }) => share(row.engines[name])),
  ])
  return table([['', ...engines.map(({ label }) => label)], ...lines])
}

function seconds(value: Spread | undefined): string {
  return value === undefined ? '-' : digits(value.median)
}

function digits(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2)
}

function meansTable(rows: readonly Row[], engines: readonly Engine[]): string {
  const others = engines.flatMap(({ name, label }) => (name === 'kenix' ? [] : [{ name, label }]))
  const lines = means(rows).map((mean) => [
    `${mean.over} (${mean.rows})`,
    ...others.map(({ name }) => mean[name as 'qemu' | 'newer']?.toFixed(2) ?? '-'),
  ])
  const worst = rows
    .filter(({ kind, engines: compared }) => kind !== 'idle' && compared.qemu?.ratio !== undefined)
    .sort((a, b) => a.engines.qemu!.ratio!.median - b.engines.qemu!.ratio!.median)
    .slice(0, 5)
    .map(({ name, engines: compared }) => `${name} ${compared.qemu!.ratio!.median.toFixed(2)}`)
  const text = table([['Geometric mean of ratios', ...others.map(({ label }) => label)], ...lines])
  return worst.length > 0 ? `${text}\nWorst rows: ${worst.join(', ')}\n` : text
}

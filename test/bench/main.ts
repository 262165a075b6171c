/**
 * `bun run bench`: the same guest binaries on our machine and on QEMU, alternately, in the same minutes. docs/benchmarks.md says
 * what each row is and how to read the table.
 */
import { writeFileSync } from 'node:fs'
import { type Option, parseOptions, UsageError, type Values } from '../../api/cli/options.ts'
import { buildCore } from '../../jit/core/build.ts'
import { engines } from './engines.ts'
import { interpreterTable } from './interpreter.ts'
import { measure, SYSTEM_ROWS } from './measure.ts'
import { PROGRAMS } from './programs.ts'
import { conditions, report, rowLine } from './report.ts'
import { means, type Row } from './results.ts'

const MAX_RUNS = 100
const BAD_USAGE = 2
const STOPPED = 130

const OPTIONS: readonly Option[] = [
  { name: 'rows', value: 'A,B', help: 'only these rows; "programs" and "whole" stand for many' },
  { name: 'runs', value: 'N', help: 'how often each engine runs each row (default 3)' },
  { name: 'json', value: 'FILE', help: 'write all figures there' },
  { name: 'no-qemu', help: 'run ours only' },
  { name: 'no-jit', help: 'run ours without the translator' },
  { name: 'interpreter', help: 'instead: how fast the interpreter is, in this process' },
  { name: 'list', help: 'instead: list the rows' },
  { name: 'help', help: 'instead: this' },
]

/** The rows that were asked for. */
function selection(values: Values): (row: string) => boolean {
  const text = values.get('rows')
  if (text === undefined) return () => true
  const programs = PROGRAMS.map(({ name }) => name)
  const whole = Object.keys(SYSTEM_ROWS)
  const wanted = new Set<string>()
  for (const name of text.split(',')) {
    if (name === 'programs') for (const row of programs) wanted.add(row)
    else if (name === 'whole') for (const row of whole) wanted.add(row)
    else if ([...programs, ...whole].includes(name)) wanted.add(name)
    else
      throw new UsageError(
        `Cannot measure "${name}": rows are ${[...programs, ...whole].join(', ')}`,
      )
  }
  return (row) => wanted.has(row)
}

function list(): string {
  const rows = [...PROGRAMS.map(({ name, what }) => [name, what]), ...Object.entries(SYSTEM_ROWS)]
  return rows.map(([name, what]) => `${name!.padEnd(17)}${what}\n`).join('')
}

function help(): string {
  const lines = OPTIONS.map(
    ({ name, value, help }) => `  --${`${name} ${value ?? ''}`.padEnd(14)}${help}`,
  )
  return `usage: bun run bench [OPTION...]\n\n${lines.join('\n')}\n`
}

async function main(args: readonly string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS)
  if (values.has('help')) return print(help())
  if (values.has('list')) return print(list())
  const runs = values.integer('runs', 1, MAX_RUNS) ?? 3
  if (values.has('interpreter')) return print(await interpreterTable(runs))
  const wanted = selection(values)
  const all = engines({ jit: !values.has('no-jit'), qemu: !values.has('no-qemu') })
  // A machine that had to build it first would be measured with that.
  await buildCore()
  let stopped = false
  // The second signal ends the process as signals do.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped = true
    })
  }
  const rows: Row[] = []
  const plan = { wanted, engines: all, runs, stopped: () => stopped, progress }
  for await (const row of measure(plan)) {
    rows.push(row)
    progress(rowLine(row))
  }
  if (stopped) progress('Stopped: the table has the rows that were measured')
  if (rows.length === 0) throw new Error('Nothing was measured')
  const head = conditions(all, runs)
  print(`${head}\n${report(rows, all)}`)
  const file = values.get('json')
  if (file !== undefined) {
    const engineLabels = Object.fromEntries(all.map(({ name, label }) => [name, label]))
    const figures = { conditions: head, engines: engineLabels, runs, means: means(rows), rows }
    writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
  }
  if (stopped) return STOPPED
  return rows.some(({ problems }) => problems.length > 0) ? 1 : 0
}

/** What is going on, for who waits. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bun run bench: ${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? BAD_USAGE : 1
}

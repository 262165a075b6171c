/**
 * `bun run bench`: the same guest binaries on our machine and on QEMU, alternately, in the same minutes. docs/benchmarks.md says
 * what each row is and how to read the table.
 */
import { writeFileSync } from 'node:fs'
import { type Option, parseOptions, UsageError, type Values } from '../../api/cli/options.ts'
import { need } from '../tools/debian.ts'
import { buildGuest, buildNative } from './build.ts'
import { type Engine, engines } from './engines.ts'
import { interpreterTable } from './interpreter.ts'
import { runNative } from './native.ts'
import { PROGRAMS } from './programs.ts'
import { conditions, report } from './report.ts'
import { means, type Round, type Row, rowOf } from './results.ts'
import { programScenario, type Run, runScenario, type Scenario } from './scenario.ts'
import { WHOLE_ROWS, wholeScenarios } from './whole.ts'

const MAX_RUNS = 100
const BAD_USAGE = 2

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
  const whole = Object.keys(WHOLE_ROWS)
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

/** Runs a scenario on all engines, alternately. A run that fails is a problem of its row, not the end. */
async function rounds(
  scenario: Scenario,
  all: readonly Engine[],
  runs: number,
): Promise<{ rounds: Round[]; failures: string[] }> {
  const done: Round[] = []
  const failures: string[] = []
  for (let n = 1; n <= runs; n++) {
    const round: Partial<Record<Engine['name'], Run>> = {}
    for (const engine of all) {
      process.stderr.write(`${scenario.name}, run ${n} of ${runs}: ${engine.label}\n`)
      try {
        round[engine.name] = await runScenario(engine, scenario)
      } catch (error) {
        failures.push(`${engine.label}: ${(error as Error).message}`)
      }
    }
    done.push(round)
  }
  return { rounds: done, failures }
}

async function measurePrograms(
  wanted: (row: string) => boolean,
  all: readonly Engine[],
  runs: number,
): Promise<Row[]> {
  const rows: Row[] = []
  const programs = PROGRAMS.filter(({ name }) => wanted(name))
  if (programs.length === 0 || !need('gcc-aarch64-linux-gnu')) return rows
  for (const program of programs) {
    const { name, what } = program
    const native = buildNative(program)
    const host = native === undefined ? undefined : runNative(native, runs)
    const scenario = programScenario(name, buildGuest(program))
    const { rounds: done, failures } = await rounds(scenario, all, runs)
    for (const kind of ['long', 'short'] as const) {
      const key = kind === 'long' ? name : `${name} short`
      const own = host && {
        seconds: host[kind].seconds,
        result: program.sameOnHost ? host[kind].result : undefined,
      }
      const row = rowOf({ name: key, what, kind }, key, done, own)
      rows.push({ ...row, problems: [...row.problems, ...failures] })
    }
  }
  return rows
}

async function measureWhole(
  wanted: (row: string) => boolean,
  all: readonly Engine[],
  runs: number,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const scenario of wholeScenarios(wanted)) {
    const { rounds: done, failures } = await rounds(scenario, all, runs)
    const names = scenario.steps.flatMap(({ row }) => row ?? [])
    if (scenario.idleSeconds !== undefined) names.push('idle')
    for (const name of names.filter(wanted)) {
      const kind = name === 'idle' ? 'idle' : 'whole'
      const row = rowOf({ name, what: WHOLE_ROWS[name]!, kind }, name, done)
      rows.push({ ...row, problems: [...row.problems, ...failures] })
    }
  }
  return rows
}

function list(): string {
  const rows = [...PROGRAMS.map(({ name, what }) => [name, what]), ...Object.entries(WHOLE_ROWS)]
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
  const rows = [
    ...(await measurePrograms(wanted, all, runs)),
    ...(await measureWhole(wanted, all, runs)),
  ]
  const head = conditions(all, runs)
  print(`${head}\n${report(rows, all)}`)
  const file = values.get('json')
  if (file !== undefined) {
    const engineLabels = Object.fromEntries(all.map(({ name, label }) => [name, label]))
    const figures = { conditions: head, engines: engineLabels, runs, means: means(rows), rows }
    writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
  }
  return rows.some(({ problems }) => problems.length > 0) ? 1 : 0
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

/**
 * Runs programs and whole systems on all engines, alternately, and gives a row as soon as it is measured.
 */
import { need } from '../tools/debian.ts'
import { buildGuest, buildNative } from './build.ts'
import type { Engine } from './engines.ts'
import { KENIX_ROWS, kenixScenarios } from './kenix.ts'
import { runNative } from './native.ts'
import { PROGRAMS } from './programs.ts'
import { type Round, type Row, rowOf } from './results.ts'
import { programScenario, type Run, runScenario, type Scenario } from './scenario.ts'
import { WHOLE_ROWS, wholeScenarios } from './whole.ts'

/** Rows of whole systems, and what they are. */
export const SYSTEM_ROWS: Readonly<Record<string, string>> = { ...KENIX_ROWS, ...WHOLE_ROWS }

/** What is to be measured. */
export interface Plan {
  readonly wanted: (row: string) => boolean
  readonly engines: readonly Engine[]
  /** How often each engine runs each row. */
  readonly runs: number
  /** Whether to stop: what is under way is not a row any more. */
  readonly stopped: () => boolean
  readonly progress: (text: string) => void
}

/** Measures programs, then whole systems. */
export async function* measure(plan: Plan): AsyncGenerator<Row> {
  yield* measurePrograms(plan)
  yield* measureWhole(plan)
}

async function* measurePrograms(plan: Plan): AsyncGenerator<Row> {
  const programs = PROGRAMS.filter(({ name }) => plan.wanted(name))
  if (programs.length === 0 || !need('gcc-aarch64-linux-gnu')) return
  for (const program of programs) {
    const { name, what } = program
    const native = buildNative(program)
    const host = native === undefined ? undefined : runNative(native, plan.runs)
    const done = await repeat(programScenario(name, buildGuest(program)), plan)
    if (!done) return
    for (const kind of ['long', 'short'] as const) {
      const key = kind === 'long' ? name : `${name} short`
      const own = host && {
        seconds: host[kind].seconds,
        result: program.sameOnHost ? host[kind].result : undefined,
      }
      const row = rowOf({ name: key, what, kind }, key, done.rounds, own)
      yield { ...row, problems: [...row.problems, ...done.failures] }
    }
  }
}

async function* measureWhole(plan: Plan): AsyncGenerator<Row> {
  const scenarios = [...(await kenixScenarios(plan.wanted)), ...wholeScenarios(plan.wanted)]
  for (const scenario of scenarios) {
    const done = await repeat(scenario, plan)
    if (!done) return
    const names = scenario.steps.flatMap(({ row }) => row ?? [])
    if (scenario.idleSeconds !== undefined) names.push('idle')
    for (const name of names.filter(plan.wanted)) {
      const kind = name === 'idle' ? 'idle' : 'whole'
      const row = rowOf({ name, what: SYSTEM_ROWS[name]!, kind }, name, done.rounds)
      yield { ...row, problems: [...row.problems, ...done.failures] }
    }
  }
}

/** Runs a scenario. A run that fails is a problem of its rows, not the end. @returns undefined if stopped. */
async function repeat(
  scenario: Scenario,
  { engines, runs, stopped, progress }: Plan,
): Promise<{ rounds: Round[]; failures: string[] } | undefined> {
  const rounds: Round[] = []
  const failures: string[] = []
  for (let n = 1; n <= runs; n++) {
    const round: Partial<Record<Engine['name'], Run>> = {}
    for (const engine of engines) {
      progress(`${scenario.name}, run ${n} of ${runs}: ${engine.label}`)
      const run = await runScenario(engine, scenario)
      round[engine.name] = run
      if (run.failure !== undefined) failures.push(`${engine.label}: ${run.failure}`)
      if (stopped()) return undefined
    }
    rounds.push(round)
  }
  return { rounds, failures }
}

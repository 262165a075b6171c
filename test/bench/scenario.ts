/**
 * A dialogue with a guest on its serial port, and the time that parts of it take, read at the host's clock between what the
 * guest prints.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConsoleProcess } from '../boot/console-process.ts'
import { CACHE } from './build.ts'
import { cpuSeconds, guestMiB, peakMiB } from './cost.ts'
import type { Engine, Guest } from './engines.ts'

/** One thing to wait for. */
export interface Step {
  /** What the guest prints. Its first group, if any, is a result that must be the same on every engine. */
  readonly expect: RegExp
  /** What is typed first. */
  readonly type?: string
  /** The row whose time this is. It began when the step before was over; at power-on for the first. */
  readonly row?: string
  /** A row before it that this one includes: it began where that one began. */
  readonly since?: string
  /** Seconds in which the guest waits by its own decision, taken off the row's wall time. */
  readonly waits?: number
}

/** A guest and what to do with it. */
export interface Scenario {
  readonly name: string
  readonly guest: Guest
  readonly steps: readonly Step[]
  /** After the steps the guest does nothing for so long; what that costs is the row `idle`. */
  readonly idleSeconds?: number
}

/** What a row took. */
export interface Sample {
  readonly seconds: number
  /** User and system time of all threads in the same period. */
  readonly cpuSeconds: number
  readonly result?: string
}

/** What a whole run took. */
export interface Run {
  readonly samples: Readonly<Record<string, Sample>>
  /** Why it did not get to its end, if so. */
  readonly failure?: string
  /** Most memory the process had, if it got to its end. */
  readonly peakMiB?: number
  /** Guest RAM that was touched; ours only. */
  readonly guestMiB?: number
  /** What `--stats` wrote; ours only. */
  readonly stats?: Readonly<Record<string, unknown>>
}

/** No step may take longer, also not the slowest on an interpreter. */
const STEP_MS = 600_000

/** The dialogue with a program of guests/: main.c prints these marks, and stays until it is typed at. */
export function programScenario(name: string, elf: string): Scenario {
  return {
    name,
    guest: { kernel: elf, memoryMiB: 256 },
    steps: [
      { expect: /BENCH begin \w+\n/ },
      { row: `${name} short`, expect: /BENCH short (\w+)\n/ },
      { row: name, since: `${name} short`, expect: /BENCH long (\w+)\n/ },
    ],
  }
}

/** Runs a guest through its dialogue on an engine. A step that does not come ends the run, with what was measured. */
export async function runScenario(engine: Engine, scenario: Scenario): Promise<Run> {
  const stats = join(CACHE, `stats.${process.pid}.json`)
  const samples: Record<string, Sample> = {}
  const started = performance.now()
  await using child = new ConsoleProcess([], engine.command(scenario.guest, stats))
  const pid = child.child.pid
  let memory: Pick<Run, 'peakMiB' | 'guestMiB'>
  try {
    await converse(child, started, scenario, samples)
    const ours = engine.name === 'kenix'
    memory = {
      peakMiB: peakMiB(pid),
      ...(ours ? { guestMiB: guestMiB(pid, scenario.guest.memoryMiB) } : {}),
    }
  } catch (error) {
    return { samples, failure: (error as Error).message }
  }
  if (engine.name !== 'kenix') return { samples, ...memory }
  child.kill('SIGTERM')
  await child.exited
  return { samples, ...memory, ...readStats(stats) }
}

/** Goes through the steps, and writes into `samples` what each row took. */
async function converse(
  child: ConsoleProcess,
  started: number,
  { steps, idleSeconds }: Scenario,
  samples: Record<string, Sample>,
): Promise<void> {
  const { pid } = child.child
  const begins: Record<string, { at: number; cpu: number }> = {}
  let before = { at: started, cpu: 0 }
  for (const { expect, type, row, since, waits = 0 } of steps) {
    if (type !== undefined) child.type(type)
    const match = await child.until(expect, STEP_MS)
    const now = { at: performance.now(), cpu: cpuSeconds(pid) }
    if (row !== undefined) {
      const begin = since === undefined ? before : begins[since]!
      begins[row] = begin
      samples[row] = {
        seconds: (now.at - begin.at) / 1000 - waits,
        cpuSeconds: now.cpu - begin.cpu,
        ...(match[1] === undefined ? {} : { result: match[1] }),
      }
    }
    before = now
  }
  if (idleSeconds === undefined) return
  await Bun.sleep(idleSeconds * 1000)
  const cpu = cpuSeconds(pid) - before.cpu
  samples['idle'] = { seconds: (performance.now() - before.at) / 1000, cpuSeconds: cpu }
}

/** An interrupted machine writes its numbers, too. */
function readStats(path: string): Pick<Run, 'stats'> {
  if (!existsSync(path)) return {}
  const stats = JSON.parse(readFileSync(path, 'utf8'))
  rmSync(path)
  return { stats }
}

/**
 * Runs ktest (userland/ktest), the kernel's test program, as the first program of a Kenix that has no other, on our machine in each
 * mode of the translator and on QEMU, and compares the reports: they must be the same line for line.
 *
 *   bun run ktest [--forced] [ID-PREFIX...]     the whole matrix, and a table of what came out
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Machine } from '../../devices/index.ts'
import { buildKenix } from '../../images/kenix/build.ts'
import type { TranslateMode } from '../../jit/translate/index.ts'
import { need } from '../tools/debian.ts'
import { QemuGuest, type Setup, specOf } from './machines.ts'

/** Where ktest runs. */
export interface Place {
  readonly machine: 'qemu' | 'ours'
  readonly cpu: NonNullable<Setup['cpu']>
  readonly gic: 2 | 3
  readonly translate?: TranslateMode
}

/** What became of one case: a line of `ktest --json`. */
export interface CaseResult {
  readonly id: string
  readonly title: string
  readonly result: 'ok' | 'failed' | 'skipped'
  readonly problem?: string
  /** Nanoseconds the processor was busy with it, kernel included; with `--times`. */
  readonly ns?: number
}

export interface KtestReport {
  readonly cases: readonly CaseResult[]
  /** The last line, which ktest writes when it came to its end. */
  readonly summary: { passed: number; failed: number; skipped: number }
  /** All that the console showed. */
  readonly text: string
}

const TIMEOUT_MS = 300_000
const FOLDER = join(import.meta.dir, '../../.cache/kenix/test')

let image: Promise<string> | undefined

/** Path of a kernel whose boot archive holds ktest alone. */
export function kernelFile(): Promise<string> {
  image ??= buildKenix({ programs: ['ktest'] }).then((kenix) => {
    mkdirSync(FOLDER, { recursive: true })
    const path = join(FOLDER, `${process.pid}-ktest`)
    writeFileSync(path, kenix.image)
    process.on('exit', () => rmSync(path, { force: true }))
    return path
  })
  return image
}

/** What the console showed until the machine was off. */
async function consoleOf(place: Place, setup: Setup): Promise<string> {
  if (place.machine === 'qemu') {
    await using guest = new QemuGuest(setup)
    await guest.ended(TIMEOUT_MS)
    return guest.text
  }
  const options = place.translate ? { translate: place.translate } : {}
  const machine = await Machine.create(specOf(setup), options)
  try {
    const { reason } = await machine.run({ timeoutMs: TIMEOUT_MS })
    const text = machine.console.text
    if (reason === 'poweroff') return text
    throw new Error(`ktest did not end: ${reason}\n${text.slice(-1000)}`)
  } finally {
    await machine.close()
  }
}

/** Reads the lines of `ktest --json` between what the kernel says. */
function readReport(text: string): KtestReport {
  const cases: CaseResult[] = []
  let summary: KtestReport['summary'] | undefined
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('{"id"')) cases.push(JSON.parse(line))
    if (line.startsWith('{"passed"')) summary = JSON.parse(line)
  }
  if (!summary) throw new Error(`ktest did not come to its end:\n${text.slice(-2000)}`)
  return { cases, summary, text }
}

/**
 * Runs ktest.
 *
 * @param words arguments of ktest beside `--json`
 * @throws Error when the machine or ktest does not come to its end
 */
export async function runKtest(place: Place, words: readonly string[] = []): Promise<KtestReport> {
  const { cpu, gic } = place
  const cmdline = `init=bin/ktest -- --json ${words.join(' ')}`
  return readReport(await consoleOf(place, { cpu, gic, kernel: await kernelFile(), cmdline }))
}

/** A place as text. */
export function nameOf({ machine, cpu, gic, translate }: Place): string {
  const engine = machine === 'qemu' ? 'QEMU' : `ours, translator ${translate ?? 'on'}`
  return `${engine}, ${cpu}, GICv${gic}`
}

const CPUS = ['cortex-a57', 'cortex-a72', 'max'] as const
const GICS = [2, 3] as const

/** QEMU with each CPU and interrupt controller; our machine with each of them and the translator off and on. */
export function matrix(forced: boolean): Place[] {
  const modes: TranslateMode[] = forced ? ['off', 'on', 'forced'] : ['off', 'on']
  return CPUS.flatMap((cpu) =>
    GICS.flatMap((gic): Place[] => [
      { machine: 'qemu', cpu, gic },
      ...modes.map((translate) => ({ machine: 'ours' as const, cpu, gic, translate })),
    ]),
  )
}

async function main(): Promise<number> {
  const words = process.argv.slice(2)
  const hasQemu = need('qemu-system-arm')
  let status = 0
  for (const place of matrix(words.includes('--forced'))) {
    if (place.machine === 'qemu' && !hasQemu) continue
    const start = performance.now()
    const { cases, summary } = await runKtest(
      place,
      words.filter((word) => word !== '--forced'),
    )
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const { passed, failed, skipped } = summary
    console.log(
      `${nameOf(place).padEnd(44)} ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`,
    )
    for (const { id, title, result, problem } of cases) {
      if (result === 'failed') console.log(`  ${id} ${title}: ${problem}`)
    }
    if (failed > 0) status = 1
  }
  return status
}

if (import.meta.main) process.exit(await main())

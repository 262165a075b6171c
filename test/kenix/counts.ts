/**
 * What kernel paths cost in retired instructions, counted exactly: ktest announces an operation, our machine then goes on one
 * instruction at a time, and every stay in the kernel is counted from the last instruction of a task before it (which is counted)
 * to the first instruction of a task after it (which is not).
 *
 *   bun run counts [--add]     a table; --add appends the numbers to counts.json and makes the table of docs/kernel-performance.md
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Machine } from '../../devices/index.ts'
import { systemCalls } from '../../kernel/abi/syscalls.ts'
import { kernelFile } from './ktest.ts'
import { specOf } from './machines.ts'

/** One stay in the kernel. */
export interface Visit {
  /** Offset in the vector table: 0x400 synchronous, 0x480 interrupt. */
  readonly vector: number
  /** x8 before: the number of a system call. */
  readonly number: number
  readonly instructions: number
  /** True if it went on with another task. */
  readonly switched: boolean
}

const SYNC = 0x400
const IRQ = 0x480
/** x8 of the program that faults (userland/ktest/measure.ts). */
const FAULT_MARK = 1000
/** Instructions that are looked at for one operation. */
const MOST = 200_000

const numberOf = (name: string): number => {
  const found = systemCalls.find((call) => call.name === name)
  if (!found) throw new Error(`kernel/abi has no system call ${name}`)
  return found.number
}

/** A stay that a measure is about. */
type Part = (visit: Visit) => boolean

interface Measure {
  /** What ktest announces. */
  readonly announced: string
  readonly title: string
  /** The measure is the sum of the last stay of each of these. */
  readonly parts: readonly Part[]
  /** How often it is done until it counts. */
  readonly times: number
  /** The aim of issue 3. */
  readonly aim?: number
  /** Cycles of seL4 on a Cortex-A53 and a Cortex-A57 (sel4.systems, benchmarks of 2026). */
  readonly sel4?: string
}

const call =
  (name: string, switched: boolean): Part =>
  (visit) =>
    visit.vector === SYNC && visit.number === numberOf(name) && visit.switched === switched

const fault: Part = ({ vector, number }) => vector === SYNC && number === FAULT_MARK
const interrupt: Part = ({ vector, switched }) => vector === IRQ && switched
/** The program under measurement touches its new page by a store with x8 as the call before left it. */
const touch: Part = ({ vector, number, switched }) =>
  vector === SYNC && number === numberOf('MMAP') && switched

export const MEASURES: Readonly<Record<string, Measure>> = {
  null: {
    announced: 'null',
    title: 'null system call',
    parts: [call('GETPID', false)],
    times: 4,
    aim: 80,
    sel4: '131 / 249',
  },
  yield: {
    announced: 'yield',
    title: 'yield to another task',
    parts: [call('YIELD', true)],
    times: 4,
    aim: 300,
    sel4: '500 / 662',
  },
  call: {
    announced: 'call',
    title: 'CALL to a server that waits',
    parts: [call('CALL', true)],
    times: 4,
    aim: 200,
    sel4: '260 / 413',
  },
  reply: {
    announced: 'call',
    title: 'REPLY, then RECV until the caller runs',
    parts: [call('REPLY', false), call('RECV', true)],
    times: 4,
    aim: 200,
    sel4: '278 / 426',
  },
  notify: {
    announced: 'notify',
    title: 'notification to a task of higher priority',
    parts: [call('NOTIFY', true)],
    times: 4,
    sel4: '893-1049 / -',
  },
  interrupt: {
    announced: 'interrupt',
    title: 'interrupt to its driver',
    parts: [interrupt],
    times: 4,
    aim: 350,
    sel4: '466-657 / 668',
  },
  fault: {
    announced: 'fault',
    title: 'fault to its handler',
    parts: [fault],
    times: 4,
    aim: 500,
    sel4: '1242-1339 both ways / -',
  },
  map: {
    announced: 'map',
    title: 'map a page',
    parts: [call('MMAP', false)],
    times: 4,
    sel4: '642-3442 / -',
  },
  touch: {
    announced: 'map',
    title: 'first touch of a page, zeroing included',
    parts: [touch],
    times: 4,
  },
  unmap: {
    announced: 'map',
    title: 'unmap a page',
    parts: [call('MUNMAP', false)],
    times: 4,
  },
  write: {
    announced: 'pipe',
    title: 'write 8 bytes to a pipe',
    parts: [call('WRITE', false)],
    times: 4,
  },
  read: {
    announced: 'pipe',
    title: 'read 8 bytes from a pipe',
    parts: [call('READ', false)],
    times: 4,
  },
  spawn: {
    announced: 'spawn',
    title: 'spawn a program of three instructions',
    parts: [call('SPAWN', false)],
    times: 2,
  },
}

/** Follows the machine instruction by instruction until all parts of the measures were seen often enough. */
async function follow(machine: Machine, measures: readonly Measure[]): Promise<Visit[][][]> {
  const seen = measures.map(({ parts }) => parts.map((): Visit[] => []))
  const isDone = () =>
    measures.every(({ times }, i) => seen[i]!.every((visits) => visits.length >= times))
  let before = machine.registers()
  let start = { count: machine.instructions, pc: before.pc, number: Number(before.x[8]!) }
  let vector = 0
  for (let i = 0; i < MOST && !isDone(); i++) {
    await machine.run({ instructions: 1 })
    const now = machine.registers()
    if (before.el === 0 && now.el === 1) {
      // The state shows the vector's first or second instruction.
      vector = Number(now.pc & 0x780n)
    } else if (before.el === 1 && now.el === 0) {
      const visit: Visit = {
        vector,
        number: start.number,
        instructions: machine.instructions - start.count,
        switched: now.pc !== start.pc + 4n,
      }
      for (const [m, { parts }] of measures.entries()) {
        for (const [p, part] of parts.entries()) if (part(visit)) seen[m]![p]!.push(visit)
      }
    }
    if (now.el === 0) {
      start = { count: machine.instructions, pc: now.pc, number: Number(now.x[8]! & 0xffffn) }
    }
    before = now
  }
  return seen
}

/** Retired instructions by the names of `MEASURES`. */
export type Counts = Record<string, number>

/** Measures all of them. */
export async function measureCounts(): Promise<Counts> {
  const cmdline = 'init=bin/ktest -- --measure'
  const setup = { kernel: await kernelFile(), cmdline }
  const machine = await Machine.create(specOf(setup), { translate: 'off' })
  const counts: Counts = {}
  try {
    const names = Object.keys(MEASURES)
    for (;;) {
      const { groups } = await machine.expect(/measure (\w+)\r?\n/)
      const announced = groups[0]!
      if (announced === 'end') return counts
      const chosen = names.filter((name) => MEASURES[name]!.announced === announced)
      const seen = await follow(
        machine,
        chosen.map((name) => MEASURES[name]!),
      )
      for (const [i, name] of chosen.entries()) {
        const missing = seen[i]!.some((visits) => visits.length === 0)
        if (missing)
          throw new Error(`Cannot measure "${name}": its stay in the kernel was not seen`)
        counts[name] = seen[i]!.reduce((sum, visits) => sum + visits.at(-1)!.instructions, 0)
      }
    }
  } finally {
    await machine.close()
  }
}

const HISTORY = join(import.meta.dir, 'counts.json')

/** One line of the history. */
export interface Entry {
  readonly date: string
  readonly counts: Counts
}

/** All that was measured and kept, the newest last. */
export function readHistory(): Entry[] {
  return JSON.parse(readFileSync(HISTORY, 'utf8'))
}

function row(name: string, count: number): string {
  const { title, aim, sel4 } = MEASURES[name]!
  return `| ${title} | ${count} | ${aim ?? ''} | ${sel4 ?? ''} |`
}

/** The table of docs/kernel-performance.md. */
export function tableOf(counts: Counts): string {
  const rows = Object.keys(MEASURES).map((name) => row(name, counts[name] ?? 0))
  return [
    '| path | retired instructions | aim | seL4, cycles on A53 / A57 |',
    '| --- | ---: | ---: | --- |',
    ...rows,
  ].join('\n')
}

const BEGIN = '<!-- counts: made by `bun run counts --add` -->'
const END = '<!-- end of counts -->'
const DOCUMENT = join(import.meta.dir, '../../docs/kernel-performance.md')

/** The document with the table of these counts. */
export function documentWith(counts: Counts, text = readFileSync(DOCUMENT, 'utf8')): string {
  const start = text.indexOf(BEGIN) + BEGIN.length
  return `${text.slice(0, start)}\n\n${tableOf(counts)}\n\n${text.slice(text.indexOf(END))}`
}

if (import.meta.main) {
  const counts = await measureCounts()
  console.log(tableOf(counts))
  if (process.argv.includes('--add')) {
    const history = [...readHistory(), { date: new Date().toISOString().slice(0, 10), counts }]
    writeFileSync(HISTORY, `${JSON.stringify(history, null, 2)}\n`)
    writeFileSync(DOCUMENT, documentWith(counts))
  }
  process.exit(0)
}

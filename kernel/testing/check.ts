/**
 * What must hold of the kernel's tables between any two steps: every reference count is the number of references there are, queues
 * are linked both ways and hold tasks of the state that waits in them, free frames are those whose bits are set.
 */
import type { TestKernel } from './kernel.ts'

const KINDS = { ENDPOINT: 1, SHM: 2, DEVICE: 4, DMA: 5, TASK: 6, PIPE: 7 }
const RECV = 8
const FREE = 0
const WAITS_FOR_REPLY = 4

class Checker {
  readonly #kernel: TestKernel
  readonly #references = new Map<number, number>()
  readonly #receivers = new Map<number, number>()
  readonly #sessions = new Map<number, number>()
  readonly #ends = new Map<string, number>()

  constructor(kernel: TestKernel) {
    this.#kernel = kernel
  }

  #c(name: string): number {
    return this.#kernel.constant(name)
  }

  #field(record: number, name: string): number {
    return this.#kernel.load32(record + this.#c(name))
  }

  #expect(what: string, found: number, expected: number): void {
    if (found !== expected) throw new Error(`${what} is ${found}, and must be ${expected}`)
  }

  *#records(base: string, size: string, end: number): Generator<number> {
    for (let at = this.#c(base); at < end; at += this.#c(size)) yield at
  }

  #add<K>(map: Map<K, number>, key: K): void {
    map.set(key, (map.get(key) ?? 0) + 1)
  }

  #countEntry(entry: number): boolean {
    const kind = this.#field(entry, 'KIND')
    if (kind === 0) return false
    const object = this.#field(entry, 'OBJECT')
    if (Object.values(KINDS).includes(kind)) this.#add(this.#references, object)
    if (kind === KINDS.ENDPOINT && this.#field(entry, 'RIGHTS') & RECV)
      this.#add(this.#receivers, object)
    const session = this.#field(entry, 'SESSION')
    if (kind === KINDS.ENDPOINT && session) this.#add(this.#sessions, session)
    if (kind === KINDS.PIPE) this.#add(this.#ends, `${object} ${this.#field(entry, 'VALUE')}`)
    return true
  }

  #countTasks(): void {
    const handleBytes = this.#c('HANDLE_BYTES')
    for (const task of this.#records('TASKS', 'TASK_BYTES', this.#c('HANDLES'))) {
      if (this.#field(task, 'STATE') === FREE) continue
      const table = this.#c('HANDLES') + this.#field(task, 'INDEX') * 256 * handleBytes
      let count = 0
      for (let slot = 0; slot < 256; slot++)
        if (this.#countEntry(table + slot * handleBytes)) count++
      this.#expect(
        `Handle count of task ${this.#field(task, 'PID')}`,
        this.#field(task, 'HANDLE_COUNT'),
        count,
      )
      for (const name of ['ATTACHED', 'ARRIVED', 'FAULT_HANDLE'])
        this.#countEntry(task + this.#c(name))
      if (this.#field(task, 'PARTNER')) {
        this.#expect('State of a task with a partner', this.#field(task, 'STATE'), WAITS_FOR_REPLY)
      }
      this.#checkLinks(task)
    }
  }

  #checkLinks(task: number): void {
    const queue = this.#field(task, 'QUEUE')
    if (!queue) return
    const next = this.#field(task, 'NEXT')
    const previous = this.#field(task, 'PREVIOUS')
    if (next) this.#expect('Link back', this.#field(next, 'PREVIOUS'), task)
    else this.#expect('Tail of a queue', this.#kernel.load32(queue + 4), task)
    if (previous) this.#expect('Link forward', this.#field(previous, 'NEXT'), task)
    else this.#expect('Head of a queue', this.#kernel.load32(queue), task)
  }

  #checkObjects(): void {
    for (const session of this.#records('SESSIONS', 'SESSION_BYTES', this.#c('SHMS'))) {
      if (!this.#field(session, 'SESSION_USED')) continue
      this.#add(this.#references, this.#field(session, 'SESSION_ENDPOINT'))
      this.#expect(
        'References of a session',
        this.#field(session, 'SESSION_REFERENCES'),
        this.#sessions.get(session) ?? 0,
      )
    }
    for (const endpoint of this.#records('ENDPOINTS', 'ENDPOINT_BYTES', this.#c('SESSIONS'))) {
      if (!this.#field(endpoint, 'ENDPOINT_USED')) continue
      this.#expect(
        'References of an endpoint',
        this.#field(endpoint, 'ENDPOINT_REFERENCES'),
        this.#references.get(endpoint) ?? 0,
      )
      this.#expect(
        'Receivers of an endpoint',
        this.#field(endpoint, 'RECEIVERS'),
        this.#receivers.get(endpoint) ?? 0,
      )
    }
    for (const shm of this.#records('SHMS', 'SHM_BYTES', this.#c('PIPES'))) {
      if (!this.#field(shm, 'SHM_FLAGS')) continue
      this.#expect(
        'References of shared memory',
        this.#field(shm, 'SHM_REFERENCES'),
        this.#references.get(shm) ?? 0,
      )
    }
    for (const pipe of this.#records('PIPES', 'PIPE_BYTES', this.#c('DEVICES'))) {
      if (!this.#field(pipe, 'PIPE_USED')) continue
      this.#expect(
        'Readers of a pipe',
        this.#field(pipe, 'READERS'),
        this.#ends.get(`${pipe} 1`) ?? 0,
      )
      this.#expect(
        'Writers of a pipe',
        this.#field(pipe, 'WRITERS'),
        this.#ends.get(`${pipe} 2`) ?? 0,
      )
    }
    for (const task of this.#records('TASKS', 'TASK_BYTES', this.#c('HANDLES'))) {
      if (this.#field(task, 'STATE') === FREE) continue
      this.#expect(
        'References of a task',
        this.#field(task, 'TASK_REFERENCES'),
        this.#references.get(task) ?? 0,
      )
    }
  }

  check(): void {
    this.#countTasks()
    this.#checkObjects()
  }
}

/** Throws if the kernel's tables contradict each other. */
export function checkKernel(kernel: TestKernel): void {
  new Checker(kernel).check()
}

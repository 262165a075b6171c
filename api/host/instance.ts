/**
 * One instance: a machine's description, its console, its state, and the process that runs it.
 *
 * created -> starting -> running <-> paused -> stopping -> stopped | failed, and from the last two to starting again.
 * Every state has a reason. State calls are idempotent: asking for what is already so changes nothing.
 */
import { join } from 'node:path'
import { Console } from './console.ts'
import { ConsoleLog } from './console-log.ts'
import { type EngineStats, portsOf } from './engine.ts'
import { HostError } from './errors.ts'
import { InstanceProcess } from './process.ts'
import type { Event } from './protocol.ts'

export const STATES = [
  'created',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'failed',
] as const
export type State = (typeof STATES)[number]

/**
 * Why an instance is in its state. `poweroff`, `reset`, `halted` and `semihosting` are the guest's own doing; `forced`,
 * `server-ended`, `started`, `paused`, `resumed`, `stop-requested` are ours; `start-failed`, `error`, `killed` and
 * `crashed` are failures.
 */
export type Reason = string

/** What is remembered of an instance. */
export interface InstanceRecord {
  id: string
  name: string | null
  spec: unknown
  autostart: boolean
  state: State
  reason: Reason
  detail: string | null
  exitStatus: number | null
  created: string
  changed: string
}

export interface StopOptions {
  mode: 'power-button' | 'force'
  /** Seconds until a guest that ignores the button is forced. */
  timeoutSeconds: number
}

/** What an instance needs of its surroundings. */
export interface InstanceHost {
  /** The instance's process: program and arguments. */
  command: readonly string[]
  /** The instance's own directory. */
  directory: string
  /** Makes the machine's description of the instance's, for a start. May throw HostError. */
  resolve(): Promise<unknown>
  /** Puts names of images where a message has paths of this host. */
  explain(message: string): string
  /** Keeps a changed record. */
  save(record: InstanceRecord): void
}

/** Seconds that a machine may take to be made. */
const START_SECONDS = 60
/** Seconds that a process gets to flush and end before it is killed. */
const QUIT_SECONDS = 3

const INACTIVE: readonly State[] = ['created', 'stopped', 'failed']

export class Instance {
  /** By port name, the board's `console` first. */
  readonly consoles: ReadonlyMap<string, Console>
  #record: InstanceRecord
  #process: InstanceProcess | undefined
  #stats: EngineStats | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #error: string | undefined
  #ended: { reason: string; status: number } | undefined
  #quitReason: string | undefined
  #starting = 0
  #gone = false
  readonly #waiters = new Set<() => void>()

  constructor(
    record: InstanceRecord,
    readonly host: InstanceHost,
  ) {
    this.#record = record
    const directory = join(host.directory, 'log')
    this.consoles = new Map(
      portsOf(record.spec as Parameters<typeof portsOf>[0]).map((port) => [
        port,
        new Console(port, new ConsoleLog(directory, port)),
      ]),
    )
  }

  get record(): Readonly<InstanceRecord> {
    return this.#record
  }

  get state(): State {
    return this.#record.state
  }

  /** Describes the machine anew, for the next start. Consoles stay as they are. */
  set spec(spec: unknown) {
    this.#record = { ...this.#record, spec }
  }

  /** Numbers of the current or last run, at most a second old. */
  get stats(): EngineStats | undefined {
    return this.#stats
  }

  /** Process id, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** True when neither a process nor a start is under way. */
  get inactive(): boolean {
    return INACTIVE.includes(this.state)
  }

  /** Starts the machine from its images. Returns at once, in state `starting`. */
  start(): void {
    if (this.state === 'starting' || this.state === 'running') return
    this.#allow('start', INACTIVE)
    this.#error = undefined
    this.#ended = undefined
    this.#quitReason = undefined
    this.#stats = undefined
    this.#change('starting', 'start-requested')
    void this.#launch(++this.#starting)
  }

  /** Holds the machine: no time passes for it. */
  async pause(): Promise<void> {
    if (this.state === 'paused') return
    this.#allow('pause', ['running'])
    await this.#command('pause')
    if (this.state === 'running') this.#change('paused', 'pause-requested')
  }

  async resume(): Promise<void> {
    if (this.state === 'running') return
    this.#allow('resume', ['paused'])
    await this.#command('resume')
    if (this.state === 'paused') this.#change('running', 'resume-requested')
  }

  /** Resets the board, as its reset button would. */
  async reset(): Promise<void> {
    this.#allow('reset', ['running', 'paused'])
    await this.#command('reset')
  }

  /**
   * Presses the power button, and pulls the plug if the guest does not end in time; or pulls it at once. A paused
   * machine is resumed for the button. Returns at once, in state `stopping`.
   */
  stop({ mode, timeoutSeconds }: StopOptions): void {
    if (this.inactive) return
    if (this.state === 'starting' || mode === 'force') {
      this.#quit('forced')
      return
    }
    if (this.state === 'stopping') return
    const paused = this.state === 'paused'
    this.#change('stopping', 'stop-requested')
    if (paused) void this.#process?.command('resume')
    void this.#process?.command('power-button')
    this.#after(timeoutSeconds, () => this.#quit('forced'))
  }

  /** Ends the process because the server ends; resolves when it is over. */
  async shutDown(): Promise<void> {
    // Who had asked for a stop gets it, and does not want a start when the server is back.
    if (!this.inactive) this.#quit(this.state === 'stopping' ? 'forced' : 'server-ended')
    while (!this.inactive) await this.#nextChange()
    this.#disposeConsoles('The server ends')
  }

  /** Forgets the instance, which must be inactive. */
  dispose(): void {
    this.#gone = true
    this.#disposeConsoles('The instance was deleted')
    this.#notify()
  }

  /**
   * Waits until the state is one of `states`.
   * @returns whether it is; false after `timeoutSeconds`, when `signal` aborts, or when the instance is deleted.
   */
  async wait(
    states: readonly State[],
    timeoutSeconds: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const deadline = performance.now() + timeoutSeconds * 1000
    while (!states.includes(this.state)) {
      const left = deadline - performance.now()
      if (left <= 0 || this.#gone || signal?.aborted) return false
      await this.#nextChange(left, signal)
    }
    return true
  }

  async #launch(attempt: number): Promise<void> {
    let spec: unknown
    try {
      spec = await this.host.resolve()
    } catch (error) {
      if (attempt === this.#starting) this.#settle('failed', 'start-failed', message(error))
      return
    }
    // A stop may have come while files were prepared.
    if (attempt !== this.#starting || this.state !== 'starting') return
    const consoles = [...this.consoles.values()]
    try {
      const started = new InstanceProcess(this.host.command, this.host.directory, spec, {
        output: (bytes, port) => consoles[port]?.append(bytes),
        event: (event) => this.#event(event),
        exited: (exit) => this.#exited(exit),
      })
      this.#process = started
      for (const [port, console] of consoles.entries()) {
        console.sink = (bytes) => started.type(bytes, port)
      }
    } catch (error) {
      return this.#settle('failed', 'start-failed', message(error))
    }
    this.#after(START_SECONDS, () => {
      this.#error = `The machine was not ready after ${START_SECONDS} seconds`
      this.#process?.kill()
    })
  }

  /** Gives the process a command. @throws HostError `unavailable` if it does not answer. */
  async #command(verb: 'pause' | 'resume' | 'reset'): Promise<void> {
    if (!this.#process || (await this.#process.command(verb))) return
    throw new HostError(
      'unavailable',
      `Cannot ${verb} instance "${this.#record.id}": its process does not answer. Stop it with {"mode": "force"}`,
    )
  }

  #event(event: Event): void {
    if (event.type === 'ready' && this.state === 'starting') {
      clearTimeout(this.#timer)
      this.#change('running', 'started')
    } else if (event.type === 'stats') this.#stats = event.stats
    else if (event.type === 'error') this.#error = event.message
    else if (event.type === 'end') {
      this.#stats = event.stats
      this.#ended = { reason: event.reason, status: event.status }
    }
  }

  #exited(exit: { code: number | null; signal: string | null; lastWords: string }): void {
    this.#process = undefined
    for (const console of this.consoles.values()) console.sink = undefined
    const words = exit.lastWords ? ` Its last words: ${exit.lastWords}` : ''
    if (this.#ended && this.#ended.reason !== 'forced') {
      const { reason, status } = this.#ended
      this.#settle('stopped', reason, null, status)
    } else if (this.#quitReason) this.#settle('stopped', this.#quitReason, null)
    else if (this.#error !== undefined) {
      const reason = this.state === 'starting' ? 'start-failed' : 'error'
      this.#settle('failed', reason, this.#error)
    } else if (exit.signal) {
      this.#settle(
        'failed',
        'killed',
        `The machine's process was ended by ${exit.signal}. If nobody sent that, the host ran out of memory.${words}`,
      )
    } else {
      this.#settle(
        'failed',
        'crashed',
        `The machine's process ended by itself with status ${exit.code}.${words}`,
      )
    }
  }

  /** Pulls the plug: the process flushes and ends, or is killed. */
  #quit(reason: string): void {
    this.#quitReason ??= reason
    this.#starting++
    if (!this.#process) {
      this.#settle('stopped', reason, null)
      return
    }
    if (this.state !== 'stopping') this.#change('stopping', 'stop-requested')
    const target = this.#process
    void target.command('quit')
    this.#after(QUIT_SECONDS, () => target.kill())
  }

  #settle(state: State, reason: Reason, detail: string | null, exitStatus?: number): void {
    clearTimeout(this.#timer)
    const explained = detail === null ? null : this.host.explain(detail)
    this.#change(state, reason, explained, exitStatus ?? null)
  }

  #change(
    state: State,
    reason: Reason,
    detail: string | null = null,
    exitStatus: number | null = null,
  ): void {
    const changed = new Date().toISOString()
    this.#record = { ...this.#record, state, reason, detail, exitStatus, changed }
    if (!this.#gone) this.host.save(this.#record)
    for (const console of this.consoles.values()) console.statusChanged()
    this.#notify()
  }

  #disposeConsoles(reason: string): void {
    for (const console of this.consoles.values()) console.dispose(reason)
  }

  #after(seconds: number, action: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, seconds * 1000)
  }

  #allow(verb: string, from: readonly State[]): void {
    if (from.includes(this.state)) return
    throw new HostError(
      'wrong-state',
      `Cannot ${verb} instance "${this.#record.id}": it is ${this.state} (${this.#record.reason}), and must be ${from.join(' or ')}`,
      { state: this.state, allowed: from },
    )
  }

  #notify(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }

  #nextChange(milliseconds?: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds)
      const waiters = this.#waiters
      function done(): void {
        clearTimeout(timer)
        waiters.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      waiters.add(done)
      signal?.addEventListener('abort', done)
    })
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * An instance's process, seen from the server: started with `Bun.spawn`, spoken to in frames (`protocol.ts`), watched
 * until its end. It decides nothing; `instance.ts` does.
 */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { ENGINE_OPTIONS } from '../engine.ts'
import {
  COMMAND,
  decodeJson,
  EVENT,
  type Event,
  encodeBytes,
  encodeJson,
  FrameDecoder,
  INPUT,
  OUTPUT,
  START,
  type Verb,
} from './protocol.ts'

/** Typed bytes that the process may leave waiting in its pipe. */
const MAX_TYPED = 1 << 20
/** A process gives its event loop a turn every few milliseconds; one that does not in this time is stuck. */
const ANSWER_SECONDS = 5
/** How much of a dead process's standard error is told. */
const LAST_WORDS = 2000

export interface ProcessHandlers {
  /** `port` is a place in `portsOf()`, which a damaged process may get wrong. */
  output(bytes: Uint8Array, port: number): void
  event(event: Event): void
  /** The process is over. Called once, after all output. */
  exited(exit: { code: number | null; signal: string | null; lastWords: string }): void
}

export class InstanceProcess {
  readonly #child: Subprocess<'pipe', 'pipe', number>
  readonly #replies = new Map<number, (answered: boolean) => void>()
  readonly #stderr: string
  #nextId = 1
  #typed = 0
  #over = false

  /**
   * Starts the process.
   * @param command the program and its arguments; the default of `Instances` is `instance-main.ts`.
   * @param directory the instance's; the process's standard error goes to `process.log` there.
   */
  constructor(
    command: readonly string[],
    directory: string,
    spec: unknown,
    readonly handlers: ProcessHandlers,
  ) {
    mkdirSync(directory, { recursive: true })
    this.#stderr = join(directory, 'process.log')
    const log = openSync(this.#stderr, 'w')
    try {
      this.#child = Bun.spawn([...command, String(process.pid)], {
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: log,
        env: { ...ENGINE_OPTIONS, ...process.env, KENIX_TOKEN: undefined },
      })
    } finally {
      closeSync(log)
    }
    this.#send(encodeJson(START, spec))
    void this.#watch()
  }

  get pid(): number {
    return this.#child.pid
  }

  /**
   * Gives a command.
   * @returns true when it was obeyed or the process is over; false if there is no answer for long.
   */
  async command(verb: Verb): Promise<boolean> {
    if (this.#over) return true
    const id = this.#nextId++
    const answered = new Promise<boolean>((resolve) => this.#replies.set(id, resolve))
    const timer = setTimeout(() => this.#replies.get(id)?.(false), ANSWER_SECONDS * 1000)
    this.#send(encodeJson(COMMAND, { id, verb }))
    const result = await answered
    clearTimeout(timer)
    this.#replies.delete(id)
    return result
  }

  /** Types at the guest. @returns false, and types nothing, if too much waits already. */
  type(bytes: Uint8Array, port: number): boolean {
    if (this.#typed + bytes.length > MAX_TYPED) return false
    const frame = encodeBytes(INPUT, port, bytes)
    this.#typed += bytes.length + 1
    this.#send(frame)
    return true
  }

  /** Ends the process without asking it. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #send(frame: Uint8Array): void {
    if (this.#over) return
    try {
      this.#child.stdin.write(frame)
      // A broken pipe says that the process is ending; #watch() reports that.
      Promise.resolve(this.#child.stdin.flush()).catch(() => {})
    } catch {}
  }

  async #watch(): Promise<void> {
    const decoder = new FrameDecoder()
    try {
      for await (const chunk of this.#child.stdout) {
        for (const { type, payload } of decoder.push(chunk)) this.#take(type, payload)
      }
    } catch (error) {
      this.handlers.event({ type: 'error', message: `Its process broke the protocol: ${error}` })
      this.kill()
    }
    await this.#child.exited
    this.#over = true
    for (const resolve of this.#replies.values()) resolve(true)
    this.handlers.exited({
      code: this.#child.exitCode,
      signal: this.#child.signalCode === null ? null : String(this.#child.signalCode),
      lastWords: this.#lastWords(),
    })
  }

  #take(type: number, payload: Uint8Array): void {
    if (type === OUTPUT) {
      this.handlers.output(payload.subarray(1), payload[0] ?? 0)
      return
    }
    if (type !== EVENT) throw new Error(`Frame of unknown type ${type}`)
    const event = decodeJson(payload) as Event
    if (event.type === 'took') {
      this.#typed = Math.max(0, this.#typed - event.bytes)
    } else if (event.type === 'done') {
      this.#replies.get(event.id)?.(true)
    } else {
      this.handlers.event(event)
    }
  }

  #lastWords(): string {
    try {
      return readFileSync(this.#stderr, 'utf8').slice(-LAST_WORDS).trim()
    } catch {
      return ''
    }
  }
}

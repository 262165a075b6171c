/**
 * One console of an instance: its log, who listens, and where typed bytes go. It exists for as long as the instance
 * does, started or not, so viewers stay attached over stops and starts.
 */
import type { ConsoleLog } from './console-log.ts'

/** Told of news; reads the log itself, at its own speed. */
export interface ConsoleListener {
  /** There is more in the log. */
  output(): void
  /** The instance's state changed. */
  status(): void
  /** The instance was deleted, or the server ends. */
  gone(reason: string): void
}

export class Console {
  readonly #listeners = new Set<ConsoleListener>()
  /** Takes typed bytes; false means that too many wait already. Undefined while nothing runs. */
  sink: ((bytes: Uint8Array) => boolean) | undefined

  constructor(
    readonly port: string,
    readonly log: ConsoleLog,
  ) {}

  get listeners(): number {
    return this.#listeners.size
  }

  /** Registers a listener. @returns what removes it. */
  listen(listener: ConsoleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Bytes from the guest. */
  append(bytes: Uint8Array): void {
    this.log.append(bytes)
    for (const listener of [...this.#listeners]) listener.output()
  }

  /** Tells listeners that the state changed. */
  statusChanged(): void {
    for (const listener of [...this.#listeners]) listener.status()
  }

  /** Ends every listener. */
  dispose(reason: string): void {
    for (const listener of [...this.#listeners]) listener.gone(reason)
    this.#listeners.clear()
    this.log.close()
  }

  /**
   * Types at the guest.
   * @returns `taken`; `busy` if the guest has not read what was typed before; `off` if nothing runs.
   */
  type(bytes: Uint8Array): 'taken' | 'busy' | 'off' {
    if (!this.sink) return 'off'
    return this.sink(bytes) ? 'taken' : 'busy'
  }
}

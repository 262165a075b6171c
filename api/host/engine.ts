/**
 * What an instance's process needs of a machine. The real one is `engine-machine.ts`; tests use a fake guest, so that
 * the host's own behaviour is tested in milliseconds.
 */

/** How a guest ended by itself. */
export interface GuestEnd {
  /** `poweroff`, `reset`, `halted`, `semihosting`: the machine library's words. */
  reason: string
  /** The exit status that `kenix run` would have. */
  status: number
}

/** Numbers of a run; what `--stats` writes. */
export type EngineStats = Record<string, unknown>

/** One machine, driven by `runner.ts`. */
export interface Engine {
  /** Runs until the guest ends, or `pause()`. Yields to the event loop every few milliseconds. */
  run(): Promise<GuestEnd | 'paused'>
  /** Makes a pending `run()` return soon; nothing happens when none is pending. */
  pause(): void
  /** Resets the board, paused or not. */
  reset(): void
  /** Presses the power button. */
  powerButton(): void
  /** Types at the console. */
  input(bytes: Uint8Array): void
  /** Bytes typed that the guest has not read yet. */
  inputPending(): number
  stats(): EngineStats
  /** Flushes disks and variables, and frees everything. */
  close(): Promise<void>
}

/** Makes a machine of `spec`, whose console bytes go to `output`. */
export type EngineFactory = (spec: unknown, output: (bytes: Uint8Array) => void) => Promise<Engine>

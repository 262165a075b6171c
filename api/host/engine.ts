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
  /** Types at a console, by its place in `portsOf()`. */
  input(bytes: Uint8Array, port: number): void
  stats(): EngineStats
  /** Flushes disks and variables, and frees everything. */
  close(): Promise<void>
}

/** Takes what a guest writes at a console, given by its place in `portsOf()`. */
export type Output = (bytes: Uint8Array, port: number) => void

/** Makes a machine of a `MachineConfig` that was sent as JSON. */
export type EngineFactory = (config: unknown, output: Output) => Promise<Engine>

/** The consoles of a machine: the board's serial port, then virtio consoles. */
export function portsOf({ consoles = [] }: { consoles?: readonly unknown[] }): string[] {
  return ['console', ...consoles.map((_, index) => `virtio${index}`)]
}

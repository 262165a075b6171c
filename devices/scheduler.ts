/**
 * Which vCPU runs next, and for how many instructions: round robin with a fixed quantum.
 *
 * A function of instruction counts alone. A quantum that is cut short (an event, a match on the console, the end of a
 * `run`) is continued by the same vCPU, so where a caller interrupts a run does not change it.
 */
import {
  EXIT_WFE,
  EXIT_WFI,
  EXIT_YIELD,
  WAIT_NONE,
  WAIT_OFF,
  WAIT_WFE,
} from '../jit/core/assembly/layout.ts'
import type { StateObject, StateReader } from './state.ts'

/** Instructions a vCPU may execute before the next one gets its turn. */
export const QUANTUM = 20_000
/** A vCPU that waits for an event and finds nothing looks again, in few instructions, and waits again. */
const LOOKING = 64

/** The part of the core that the scheduler uses. */
export interface SchedulerCore {
  waitState(cpu: number): number
  wake(cpu: number): boolean
  nudge(cpu: number): void
}

export class Scheduler {
  private current = 0
  private left = QUANTUM
  /** No other vCPU was on when the slice began. */
  private alone = false

  constructor(
    private readonly core: SchedulerCore,
    private readonly cpus: number,
  ) {}

  reset(): void {
    this.current = 0
    this.left = QUANTUM
  }

  /**
   * The vCPU to run now, or undefined if all wait or are off.
   * @param only those that go first, for a debugger: others get their turn only if none of these can run.
   */
  next(only?: ReadonlySet<number>): number | undefined {
    if (only) {
      for (let n = 0; n < this.cpus; n++) {
        if (only.has(this.current) && this.canRun(this.current)) return this.current
        this.advance()
      }
    }
    for (let n = 0; n < this.cpus; n++) {
      if (this.canRun(this.current)) return this.current
      this.advance()
    }
    return undefined
  }

  private canRun(cpu: number): boolean {
    return this.core.waitState(cpu) === WAIT_NONE || this.core.wake(cpu)
  }

  /** Instructions the vCPU that `next` gave may execute; unlimited if no other one is on. */
  get quantum(): number {
    this.alone = true
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (cpu !== this.current && this.core.waitState(cpu) !== WAIT_OFF) this.alone = false
    }
    return this.alone ? Infinity : this.left
  }

  /**
   * A slice of the current vCPU ended.
   * @param executed instructions it executed.
   * @param exit EXIT_* of the core.
   */
  ended(executed: number, exit: number): void {
    const cpu = this.current
    // Alone, quanta do not count: where slices end must not matter once another vCPU is switched on.
    if (!this.alone) this.left -= executed
    const gaveUp = exit === EXIT_WFI || exit === EXIT_WFE || exit === EXIT_YIELD
    if (this.left > 0 && !gaveUp && this.core.waitState(cpu) === WAIT_NONE) return
    this.advance()
    // What it did may be what others wait for with WFE, except if all it did was to wait for them.
    if (exit !== EXIT_WFE || executed >= LOOKING) this.nudgeAll(cpu)
  }

  /** Whether a vCPU waits for an event. */
  get anyWaitsForEvent(): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (this.core.waitState(cpu) === WAIT_WFE) return true
    }
    return false
  }

  /** Lets all vCPUs but `except` look again at what they wait for with WFE. */
  nudgeAll(except = -1): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) if (cpu !== except) this.core.nudge(cpu)
  }

  save(): StateObject {
    return { version: 1, current: this.current, left: this.left }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.current = state.integer('current', 0, this.cpus - 1)
    this.left = state.integer('left', 1, QUANTUM)
  }

  private advance(): void {
    this.current = (this.current + 1) % this.cpus
    this.left = QUANTUM
  }
}

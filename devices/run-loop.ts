/**
 * The loop that runs a machine: slices of vCPUs, bounded by the next event; time that passes while all wait.
 *
 * Slice ends are functions of instruction counts and guest time. What depends on the host (when input is delivered,
 * when `realtime` time is steered, when a caller interrupts) happens between two slices, and is recorded as input if
 * the guest can notice it.
 */
import { EXIT_DEBUG, WAIT_OFF } from '../jit/core/assembly/layout.ts'
import type { Core } from '../jit/core/core.ts'
import type { EventQueue } from './events.ts'
import type { GuestClock } from './guest-clock.ts'
import type { Inputs } from './inputs.ts'
import { isEnd, type RunOptions, type RunResult, type StopReason } from './machine-types.ts'
import type { RunControl } from './run-control.ts'
import type { Scheduler } from './scheduler.ts'

/** Largest slice: how long pausing, or the host's I/O, may have to wait. About 2 ms. */
const MAX_SLICE = 500_000
/** How long the guest may keep the host's event loop waiting. */
const YIELD_MS = 8
/** While new code waits to be installed. */
const YIELD_TRANSLATING_MS = 1
/** A vCPU in WFE looks again after this guest time, whatever happens. */
const WFE_NS = 100_000

/** What the loop runs. */
export interface LoopParts {
  readonly core: Core
  readonly clock: GuestClock
  readonly control: RunControl
  readonly events: EventQueue
  readonly inputs: Inputs
  readonly scheduler: Scheduler
}

/** What the loop asks of its machine. */
export interface LoopHost {
  cpuMs(): number
  flushConsoles(): void
  resetBoard(): Promise<void>
  /** Whether any interrupt could still reach a vCPU. */
  canInterrupt(): boolean
}

export class RunLoop {
  /** How the guest ended, if it did. */
  ended: RunResult | undefined
  resetWanted = false
  /** Host time and CPU time of the runs that are over, and when the one that is under way began. */
  private spent = { wallMs: 0, cpuMs: 0 }
  private begun: { wallMs: number; cpuMs: number } | undefined
  private stop: RunResult | undefined
  private inSlice = false
  private sliceDeadlineNs = Infinity
  private wakeIdle: (() => void) | undefined
  /** When the host's event loop last had its turn. */
  private yieldedMs = 0

  constructor(
    private readonly cpus: number,
    private readonly realtime: boolean,
    private readonly parts: LoopParts,
    private readonly host: LoopHost,
  ) {}

  /** Host time of all runs, with the one that is under way. */
  get wallMs(): number {
    return this.spent.wallMs + (this.begun ? performance.now() - this.begun.wallMs : 0)
  }

  /** CPU time of all runs, with the one that is under way. */
  get cpuMs(): number {
    return this.spent.cpuMs + (this.begun ? this.host.cpuMs() - this.begun.cpuMs : 0)
  }

  /** Runs until the guest ends, a limit is reached, or `interrupt` is called. */
  async run(options: RunOptions): Promise<RunResult> {
    const { clock, control, inputs, events } = this.parts
    const wallStart = performance.now()
    this.begun = { wallMs: wallStart, cpuMs: this.host.cpuMs() }
    const limit =
      options.instructions === undefined ? Infinity : this.parts.core.count + options.instructions
    const untilNs = options.untilNs ?? Infinity
    const deadlineMs = wallStart + (options.timeoutMs ?? Infinity)
    this.yieldedMs = wallStart
    this.stop = undefined
    clock.start()
    try {
      for (;;) {
        inputs.deliverReplay(this.parts.core.count, (base, rate) => clock.set(base, rate))
        inputs.deliver(this.parts.core.count)
        if (this.resetWanted) {
          this.resetWanted = false
          await this.host.resetBoard()
        }
        if (this.stop) return this.stop
        if (control.held) {
          await this.hold(deadlineMs)
          continue
        }
        if (this.parts.core.count >= limit) return { reason: 'instructions', status: 0 }
        if (this.parts.core.timeNs >= untilNs) return { reason: 'time', status: 0 }
        this.parts.core.timersDue()
        if (events.runDue()) continue
        const result = this.step(Math.min(limit, inputs.nextReplay), untilNs)
        const now = performance.now()
        if (now >= deadlineMs) this.interrupt('timeout')
        if (result === 'idle') {
          const idle = await this.idle(options, untilNs, deadlineMs)
          if (idle) return idle
        }
        // A guest that idles in `virtual` time does not sleep: it must give way as one that computes.
        if (
          now - this.yieldedMs >=
          (this.parts.core.translating ? YIELD_TRANSLATING_MS : YIELD_MS)
        ) {
          this.host.flushConsoles()
          await this.sleep(0)
        }
        clock.steer()
      }
    } finally {
      this.host.flushConsoles()
      this.spent = { wallMs: this.wallMs, cpuMs: this.cpuMs }
      this.begun = undefined
      this.ended = endOf(this.stop)
      if (this.ended) control.ended(this.ended)
    }
  }

  /** Runs one slice, if any vCPU can run. */
  private step(limit: number, untilNs: number): 'ran' | 'idle' {
    const { control, scheduler, clock, events } = this.parts
    const cpu = control.next(scheduler)
    if (cpu === undefined) return 'idle'
    if (control.arrives(cpu)) return 'ran'
    const stepping = control.steps(cpu)
    const deadline = Math.min(events.nextNs, this.parts.core.nextTimerNs(), untilNs)
    const count = this.parts.core.count
    const budget = Math.min(
      MAX_SLICE,
      scheduler.quantum,
      clock.instructionsUntil(deadline),
      Math.max(1, limit - count),
      stepping ? 1 : Infinity,
    )
    this.sliceDeadlineNs = deadline
    control.enter(cpu)
    this.inSlice = true
    let exit: number
    try {
      exit = this.parts.core.run(cpu, budget)
    } finally {
      this.inSlice = false
      control.leave()
    }
    scheduler.ended(this.parts.core.count - count, exit)
    if (exit !== EXIT_DEBUG) {
      if (stepping) control.stepped(cpu)
    } else if (!control.hit(cpu)) this.interrupt('debug')
    return 'ran'
  }

  /** All vCPUs wait: passes time up to the next event. Returns a result if there is none. */
  private async idle(
    options: RunOptions,
    untilNs: number,
    deadlineMs: number,
  ): Promise<RunResult | undefined> {
    const { clock, control, events, scheduler, inputs } = this.parts
    const realtime = this.realtime
    const event = Math.min(events.nextNs, this.parts.core.nextTimerNs())
    if (inputs.pending || this.stop) return undefined
    if (event === Infinity && inputs.nextReplay === Infinity) {
      const wait = (options.wait ?? realtime) && this.host.canInterrupt() && !this.allOff
      if (!wait && untilNs === Infinity) {
        if (control.halts()) return undefined
        this.stop = { reason: 'halted', status: 3 }
        return this.stop
      }
    }
    let next = Math.min(event, untilNs)
    if (scheduler.anyWaitsForEvent && event !== Infinity) {
      next = Math.min(next, this.parts.core.timeNs + WFE_NS)
    }
    if (realtime || next === Infinity) {
      const ms = next === Infinity ? Infinity : clock.msUntil(next)
      this.host.flushConsoles()
      await this.sleep(Math.min(ms, deadlineMs - performance.now()))
      if (realtime) next = Math.min(next, clock.wantedNs)
      if (next === Infinity) return undefined
    }
    clock.jumpTo(next)
    scheduler.nudgeAll()
    return undefined
  }

  /** A debugger holds the machine: no instruction is executed and no time passes. */
  private async hold(deadlineMs: number): Promise<void> {
    this.host.flushConsoles()
    await this.sleep(deadlineMs - performance.now())
    if (performance.now() >= deadlineMs) this.interrupt('timeout')
    this.parts.clock.start()
  }

  private get allOff(): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (this.parts.core.waitState(cpu) !== WAIT_OFF) return false
    }
    return true
  }

  private async sleep(ms: number): Promise<void> {
    if (!(ms > 0)) await nextTurn()
    else await this.sleepUntilWoken(ms)
    this.yieldedMs = performance.now()
  }

  private async sleepUntilWoken(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      // Timers take at most 2^31 - 1 ms.
      const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))
      this.wakeIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wakeIdle = undefined
  }

  /** Something waits to be delivered. */
  posted(): void {
    if (this.inSlice) this.parts.core.requestExit()
    this.wakeIdle?.()
  }

  /** Ends the run after the current instruction. */
  interrupt(reason: StopReason, status = 0): void {
    // What the guest did counts more than what was asked for from outside.
    if (!this.stop || (isEnd(reason) && !isEnd(this.stop.reason))) this.stop = { reason, status }
    if (this.inSlice) this.parts.core.requestExit()
    this.wakeIdle?.()
  }

  /** A deadline changed: a slice that would run beyond it ends. */
  replan(): void {
    if (this.inSlice && this.parts.events.nextNs < this.sliceDeadlineNs) {
      this.parts.core.requestExit()
    }
  }

  /** Ends waiting for the host's clock or for input. */
  wake(): void {
    this.wakeIdle?.()
  }
}

/** The result, if the guest ended with it. */
function endOf(result: RunResult | undefined): RunResult | undefined {
  return result && isEnd(result.reason) ? result : undefined
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

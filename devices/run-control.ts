/**
 * Run control: how a debugger holds, steps and resumes the run loop of a machine.
 *
 * While a machine is held, the call that runs it stays pending: no instruction is executed and no guest time passes, but
 * what is typed arrives at its devices, and whoever runs the machine can still pause or end it. All vCPUs stop together,
 * always between two instructions. What a debugger does is no input of the machine and is not in the input log: a run
 * that was stepped, or changed, is not repeated by replaying its log.
 */
import type { Scheduler } from './scheduler.ts'

/** Why a machine that was resumed is held again. */
export interface DebugStop {
  /** `halted`: all vCPUs wait and nothing is queued that could wake one; resumed again, the run ends. */
  readonly kind: 'breakpoint' | 'step' | 'halted'
  readonly cpu: number
}

/** What a debugger hears. Called between two instructions; the machine may be looked at and resumed at once. */
export interface DebugListener {
  stopped(stop: DebugStop): void
  /** The guest ended: `poweroff`, `reset`, `halted`, `semihosting`. */
  ended(result: { readonly reason: string; readonly status: number }): void
}

/** How to go on. */
export interface Resume {
  /** Executes one instruction of this vCPU, then holds. While it waits for an event, others run. */
  readonly step?: number | undefined
  /** Runs these vCPUs only, as long as one of them can. */
  readonly only?: ReadonlySet<number> | undefined
}

/** The part of the core that run control uses. */
export interface RunControlCore {
  pc(cpu: number): bigint
  retired(cpu: number): number
  setBreakpoints(addresses: bigint[]): void
}

export class RunControl {
  private listener: DebugListener | undefined
  private holding = false
  private step: number | undefined
  private only: ReadonlySet<number> | undefined
  private breakpoints: ReadonlySet<bigint> = new Set()
  /** What each vCPU had retired when the debugger resumed it: until it executes, its breakpoint is passed. */
  private resumedAt: number[] = []
  /** The debugger knows that all vCPUs wait for good. */
  private haltKnown = false
  private last = 0
  private resetWaiters: (() => void)[] = []

  /** @param wake called when the run loop shall look again. */
  constructor(
    private readonly core: RunControlCore,
    private readonly cpus: number,
    private readonly wake: () => void,
  ) {}

  // ---- for the debugger --------------------------------------------------------------------------------------------

  /** Attaches a debugger, and holds the machine. @throws Error if there is one. */
  attach(listener: DebugListener): void {
    if (this.listener) throw new Error('Cannot attach a debugger: there is one already')
    this.listener = listener
    this.hold()
  }

  /** The debugger goes: its breakpoints too, and the machine runs on. */
  detach(): void {
    this.listener = undefined
    this.breakpoints = new Set()
    this.resume({})
  }

  /** Whether a debugger is attached. */
  get attached(): boolean {
    return this.listener !== undefined
  }

  /** Holds the machine, before any debugger came or after one let it run. */
  hold(): void {
    this.holding = true
    this.wake()
  }

  /** Lets the machine run. A vCPU that is at a breakpoint goes past it. */
  resume({ step, only }: Resume): void {
    this.step = step
    this.only = step === undefined ? only : new Set([step])
    this.resumedAt = Array.from({ length: this.cpus }, (_, cpu) => this.core.retired(cpu))
    this.holding = false
    this.wake()
  }

  /** Virtual addresses at which any vCPU stops, before it executes the instruction there. */
  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = new Set(addresses)
  }

  /** The vCPU that executed last. */
  get lastCpu(): number {
    return this.last
  }

  /** Resolves when the board has been reset. */
  nextReset(): Promise<void> {
    return new Promise((resolve) => this.resetWaiters.push(resolve))
  }

  // ---- for the run loop --------------------------------------------------------------------------------------------

  get held(): boolean {
    return this.holding
  }

  /** The vCPU to run now, or undefined if all wait or are off. */
  next(scheduler: Scheduler): number | undefined {
    return scheduler.next(this.only)
  }

  /** Whether one instruction of this vCPU shall be executed, and no more. */
  steps(cpu: number): boolean {
    return this.step === cpu
  }

  /** Whether a vCPU that is about to run is at a breakpoint; the machine is held then. */
  arrives(cpu: number): boolean {
    if (this.breakpoints.size === 0 || !this.breakpoints.has(this.core.pc(cpu))) return false
    if (this.resumedAt[cpu] === this.core.retired(cpu)) return false
    return this.stop('breakpoint', cpu)
  }

  /** A slice begins. Breakpoints are in the core during slices only, so that no snapshot has them. */
  enter(cpu: number): void {
    this.last = cpu
    this.haltKnown = false
    if (this.breakpoints.size > 0) this.core.setBreakpoints([...this.breakpoints])
  }

  /** A slice ended. */
  leave(): void {
    if (this.breakpoints.size > 0) this.core.setBreakpoints([])
  }

  /** The slice ended at a breakpoint. Returns false if no debugger is attached. */
  hit(cpu: number): boolean {
    return this.stop('breakpoint', cpu)
  }

  /** The instruction to be stepped has been executed. */
  stepped(cpu: number): void {
    this.stop('step', cpu)
  }

  /** All vCPUs wait for good. Returns whether a debugger holds the machine now, instead of the run's end. */
  halts(): boolean {
    if (this.haltKnown) return false
    this.haltKnown = true
    return this.stop('halted', this.last)
  }

  /** The guest ended. */
  ended(result: { readonly reason: string; readonly status: number }): void {
    this.listener?.ended(result)
  }

  /** The board was reset. */
  wasReset(): void {
    const waiters = this.resetWaiters
    this.resetWaiters = []
    for (const done of waiters) done()
  }

  private stop(kind: DebugStop['kind'], cpu: number): boolean {
    if (!this.listener) return false
    this.holding = true
    this.step = undefined
    this.last = cpu
    this.listener.stopped({ kind, cpu })
    return true
  }
}

/**
 * The machine's one event queue: what shall happen at which guest time.
 *
 * Ordered by guest time in nanoseconds, then by the order in which timers were armed, so that two runs (and a run and
 * its restored copy) fire alike. Timers belong to devices, which save them with their own state: the queue itself
 * saves only its sequence number. Deadlines are exact for the run loop: it ends a slice at the first instruction whose
 * time is not less than the deadline.
 */
import type { StateObject, StateReader } from './state.ts'

/** One thing that can be pending, once. Made by `EventQueue.timer`. */
export interface Timer {
  /** Fires at guest time `ns`; in the past means at the next instruction boundary. Replaces an earlier deadline. */
  arm(ns: number): void
  disarm(): void
  /** When it fires, or Infinity. */
  readonly deadlineNs: number
  /** Deadline and order, for the owner's state. */
  save(): StateObject
  restore(state: StateReader): void
}

/** Gives the guest time in nanoseconds. */
export interface Clock {
  readonly nowNs: number
}

class QueuedTimer implements Timer {
  deadlineNs = Infinity
  sequence = 0
  constructor(
    private readonly queue: EventQueue,
    readonly fire: () => void,
  ) {}

  arm(ns: number): void {
    if (Number.isNaN(ns)) throw new Error('Cannot arm a timer for NaN nanoseconds')
    this.deadlineNs = ns
    this.sequence = this.queue.nextSequence()
    this.queue.changed()
  }

  disarm(): void {
    this.deadlineNs = Infinity
    this.queue.changed()
  }

  save(): StateObject {
    const armed = this.deadlineNs !== Infinity
    return { atNs: armed ? this.deadlineNs : null, sequence: this.sequence }
  }

  restore(state: StateReader): void {
    this.deadlineNs = state.isNull('atNs') ? Infinity : state.number('atNs')
    this.sequence = state.count('sequence')
    this.queue.seen(this.sequence)
    this.queue.changed()
  }
}

/** All timers of a machine. There are a few dozen, fixed at creation, so looking at all of them is quick enough. */
export class EventQueue {
  private readonly timers: QueuedTimer[] = []
  private sequence = 0
  private next: QueuedTimer | undefined
  private stale = false

  /**
   * @param clock the guest's time.
   * @param onChange called when a deadline changed while the guest may be running: its slice must be planned anew.
   */
  constructor(
    private readonly clock: Clock,
    private readonly onChange: () => void = () => {},
  ) {}

  /** Guest time in nanoseconds. */
  get nowNs(): number {
    return this.clock.nowNs
  }

  /** Makes a timer. `fire` runs between two instructions, with the timer disarmed; it may arm it again. */
  timer(fire: () => void): Timer {
    const timer = new QueuedTimer(this, fire)
    this.timers.push(timer)
    return timer
  }

  /** Guest time of the earliest event, or Infinity. */
  get nextNs(): number {
    return this.first()?.deadlineNs ?? Infinity
  }

  /** Fires all that is due at the current guest time, in order. Returns true if anything fired. */
  runDue(): boolean {
    let fired = false
    // A timer that arms itself for the past would fire for ever: what is armed during this call waits for the next.
    const limit = this.sequence
    for (;;) {
      if (this.nextNs > this.clock.nowNs) return fired
      const timer = this.search(limit)
      if (!timer || timer.deadlineNs > this.clock.nowNs) return fired
      timer.deadlineNs = Infinity
      this.stale = true
      fired = true
      timer.fire()
    }
  }

  /** Used by timers. */
  nextSequence(): number {
    this.sequence += 1
    return this.sequence
  }

  /** Used by timers: a restored one must not be newer than what is armed next. */
  seen(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence)
  }

  /** Used by timers. */
  changed(): void {
    this.stale = true
    this.onChange()
  }

  save(): StateObject {
    return { version: 1, sequence: this.sequence }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.sequence = state.count('sequence')
    this.stale = true
  }

  private first(): QueuedTimer | undefined {
    if (this.stale) {
      this.next = this.search(Infinity)
      this.stale = false
    }
    return this.next
  }

  private search(newestSequence: number): QueuedTimer | undefined {
    let best: QueuedTimer | undefined
    for (const timer of this.timers) {
      if (timer.deadlineNs === Infinity || timer.sequence > newestSequence) continue
      if (
        !best ||
        timer.deadlineNs < best.deadlineNs ||
        (timer.deadlineNs === best.deadlineNs && timer.sequence < best.sequence)
      ) {
        best = timer
      }
    }
    return best
  }
}

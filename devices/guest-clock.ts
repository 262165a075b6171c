/**
 * Guest time: a function of the instruction count, and in `realtime` mode steered towards the host's.
 *
 * Time = base + (count - count0) * rate. In `virtual` mode the rate never changes, and base jumps forward only when all
 * vCPUs wait. In `realtime` mode base and rate change every few milliseconds, never backwards, and each change is
 * recorded: the host's clock enters a run only through those records.
 */

/** The part of the core that holds time. */
export interface TimeCore {
  readonly count: number
  readonly timeNs: number
  setTime(ns: number, count: number, nsPerInsn: number): void
}

/** How often time is steered, in host ms. */
const STEER_MS = 4
/** A difference to the host's time that is made up by running slower or faster; beyond it guest time jumps. */
const JUMP_NS = 50e6
/** Time over which a difference is made up. */
const CATCH_UP_NS = 20e6
const MIN_NS_PER_INSN = 0.05
const MAX_NS_PER_INSN = 1000

export class GuestClock {
  /** Host time minus guest time, in ns. */
  private offsetNs = 0
  private steeredMs = 0
  private steeredCount = 0
  private rate: number

  /**
   * @param nsPerInsn rate in `virtual` mode, and at the start in `realtime` mode.
   * @param onSteer records a change that came from the host's clock.
   * @param hostMs the host's monotonic clock.
   */
  constructor(
    private readonly core: TimeCore,
    private readonly realtime: boolean,
    nsPerInsn: number,
    private readonly onSteer: (count: number, baseNs: number, nsPerInsn: number) => void,
    private readonly hostMs: () => number = () => performance.now(),
  ) {
    this.rate = nsPerInsn
    core.setTime(0, core.count, nsPerInsn)
  }

  get nowNs(): number {
    return this.core.timeNs
  }

  get nsPerInsn(): number {
    return this.rate
  }

  /** Instructions from now until guest time `ns` is reached: at least 1. */
  instructionsUntil(ns: number): number {
    return Math.max(1, Math.ceil((ns - this.core.timeNs) / this.rate))
  }

  /** The machine starts to run: no time passed while it did not. */
  start(): void {
    const now = this.hostMs()
    this.offsetNs = now * 1e6 - this.core.timeNs
    this.mark(now)
  }

  /** Sets time as a record of another run says, or a snapshot. */
  set(baseNs: number, nsPerInsn: number): void {
    this.rate = nsPerInsn
    this.core.setTime(baseNs, this.core.count, nsPerInsn)
  }

  /** Takes over the rate of a snapshot; the core has restored the rest. */
  restoreRate(nsPerInsn: number): void {
    this.rate = Math.min(Math.max(nsPerInsn, MIN_NS_PER_INSN), MAX_NS_PER_INSN)
  }

  /** All vCPUs wait: time passes without instructions. Never goes back. */
  jumpTo(ns: number): void {
    const target = Math.max(ns, this.core.timeNs)
    if (this.realtime) this.onSteer(this.core.count, target, this.rate)
    this.core.setTime(target, this.core.count, this.rate)
    this.mark(this.hostMs())
  }

  /** Host ms until guest time `ns` should be there. */
  msUntil(ns: number): number {
    return (ns + this.offsetNs) / 1e6 - this.hostMs()
  }

  /** Guest time as the host's clock would have it. */
  get wantedNs(): number {
    return this.hostMs() * 1e6 - this.offsetNs
  }

  /** Between two slices in `realtime` mode: adjusts the rate if it is time to. */
  steer(): void {
    const host = this.hostMs()
    const passedMs = host - this.steeredMs
    if (!this.realtime || passedMs < STEER_MS) return
    const executed = this.core.count - this.steeredCount
    const now = this.core.timeNs
    const behind = host * 1e6 - this.offsetNs - now
    const base = behind > JUMP_NS ? now + behind : now
    if (executed > 0) {
      // As fast as instructions really go, a bit faster or slower to meet the host's time.
      const error = behind > JUMP_NS ? 0 : behind / CATCH_UP_NS
      const rate = ((passedMs * 1e6) / executed) * Math.min(Math.max(1 + error, 0.2), 3)
      this.rate = Math.min(Math.max(rate, MIN_NS_PER_INSN), MAX_NS_PER_INSN)
    }
    this.onSteer(this.core.count, base, this.rate)
    this.core.setTime(base, this.core.count, this.rate)
    this.mark(host)
  }

  private mark(hostMs: number): void {
    this.steeredMs = hostMs
    this.steeredCount = this.core.count
  }
}

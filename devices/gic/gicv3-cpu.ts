/**
 * GICv3: the physical CPU interface of one vCPU, by system registers (ICC_*).
 *
 * Source: IHI 0069 12.2. 32 priorities, 24 bits of interrupt id. Permissions, traps and ICC_SRE_ELx are the core's.
 */
import type { StateObject, StateReader } from '../state.ts'
import type { Candidate, Gicv3 } from './gicv3.ts'
import { SPURIOUS } from './interrupts.ts'
import {
  activeBit,
  dropped,
  groupPriority,
  IDLE_PRIORITY,
  MIN_BPR0,
  MIN_BPR1,
  PRIORITY_MASK,
  runningPriority,
} from './priority.ts'
import {
  ICC_AP0R0,
  ICC_AP1R0,
  ICC_ASGI1R,
  ICC_BPR0,
  ICC_BPR1,
  ICC_CTLR,
  ICC_DIR,
  ICC_EOIR0,
  ICC_EOIR1,
  ICC_HPPIR0,
  ICC_HPPIR1,
  ICC_IAR0,
  ICC_IAR1,
  ICC_IGRPEN0,
  ICC_IGRPEN1,
  ICC_PMR,
  ICC_RPR,
  ICC_SGI0R,
  ICC_SGI1R,
} from './sysregs.ts'

const CTLR_CBPR = 1 << 0
const CTLR_EOI_MODE = 1 << 1
/** Affinity level 3 valid, 24 bits of interrupt id, 5 bits of priority. */
export const CTLR_CONSTANT = (1 << 15) | (1 << 11) | (4 << 8)

export class Gicv3CpuInterface {
  private mask = 0
  private control = 0
  /** Enables of group 0 (bit 0) and group 1 (bit 1). */
  private enables = 0
  private readonly binaryPoints: [number, number] = [MIN_BPR0, MIN_BPR1]
  private readonly active: [number, number] = [0, 0]

  constructor(
    private readonly gic: Gicv3,
    private readonly cpu: number,
  ) {}

  reset(): void {
    this.mask = 0
    this.control = 0
    this.enables = 0
    this.binaryPoints[0] = MIN_BPR0
    this.binaryPoints[1] = MIN_BPR1
    this.active.fill(0)
  }

  /** Whether this pending interrupt makes the interface interrupt its vCPU. */
  signals({ priority, group }: Candidate): boolean {
    if (!((this.enables >>> group) & 1) || priority >= this.mask) return false
    return this.groupOf(priority, group) < this.running
  }

  /** Reads a register, or returns undefined if it is none of these. */
  read(enc: number): number | undefined {
    switch (enc) {
      case ICC_PMR:
        return this.mask
      case ICC_IAR0:
        return this.acknowledge(0)
      case ICC_IAR1:
        return this.acknowledge(1)
      case ICC_HPPIR0:
        return this.visiblePending(0)
      case ICC_HPPIR1:
        return this.visiblePending(1)
      case ICC_BPR0:
        return this.binaryPoints[0]
      case ICC_BPR1:
        return this.control & CTLR_CBPR
          ? Math.min(this.binaryPoints[0] + 1, 7)
          : this.binaryPoints[1]
      case ICC_AP0R0:
        return this.active[0]
      case ICC_AP1R0:
        return this.active[1]
      case ICC_RPR:
        return this.running === IDLE_PRIORITY ? 0xff : this.running
      case ICC_CTLR:
        return this.control | CTLR_CONSTANT
      case ICC_IGRPEN0:
        return this.enables & 1
      case ICC_IGRPEN1:
        return this.enables >>> 1
      default:
        return undefined
    }
  }

  /** Writes a register. Returns false if it is none of these. */
  write(enc: number, low: number, high: number): boolean {
    switch (enc) {
      case ICC_PMR:
        this.mask = low & PRIORITY_MASK
        break
      case ICC_EOIR0:
        this.endOfInterrupt(low & 0xff_ffff, 0)
        break
      case ICC_EOIR1:
        this.endOfInterrupt(low & 0xff_ffff, 1)
        break
      case ICC_DIR:
        if (this.control & CTLR_EOI_MODE) this.gic.deactivate(this.cpu, low & 0xff_ffff)
        break
      case ICC_BPR0:
        this.binaryPoints[0] = Math.max(low & 7, MIN_BPR0)
        break
      case ICC_BPR1:
        if (!(this.control & CTLR_CBPR)) this.binaryPoints[1] = Math.max(low & 7, MIN_BPR1)
        break
      case ICC_AP0R0:
        this.active[0] = low
        break
      case ICC_AP1R0:
        this.active[1] = low
        break
      case ICC_CTLR:
        this.control = low & (CTLR_CBPR | CTLR_EOI_MODE)
        break
      case ICC_IGRPEN0:
        this.enables = (this.enables & 2) | (low & 1)
        break
      case ICC_IGRPEN1:
        this.enables = (this.enables & 1) | ((low & 1) << 1)
        break
      case ICC_SGI0R:
        this.sendSgi(low, high, 0)
        return true
      case ICC_SGI1R:
        this.sendSgi(low, high, 1)
        return true
      case ICC_ASGI1R:
        // For the other Security state, which is absent.
        return true
      default:
        return false
    }
    this.gic.update()
    return true
  }

  save(): StateObject {
    const { mask, control, enables } = this
    return {
      ...{ mask, control, enables },
      binaryPoints: [...this.binaryPoints],
      active: [...this.active],
    }
  }

  restore(state: StateReader): void {
    this.mask = state.unsigned('mask', 8)
    this.control = state.integer('control', 0, 3)
    this.enables = state.integer('enables', 0, 3)
    const points = state.unsignedList('binaryPoints', 8, 2)
    this.binaryPoints[0] = Math.min(Math.max(points[0]!, MIN_BPR0), 7)
    this.binaryPoints[1] = Math.min(Math.max(points[1]!, MIN_BPR1), 7)
    const active = state.unsignedList('active', 32, 2)
    this.active[0] = active[0]!
    this.active[1] = active[1]!
  }

  private get running(): number {
    return runningPriority((this.active[0] | this.active[1]) >>> 0)
  }

  private groupOf(priority: number, group: number): number {
    const common = group === 1 && (this.control & CTLR_CBPR) !== 0
    const point = common ? this.binaryPoints[0] : this.binaryPoints[group as 0 | 1]
    return groupPriority(priority, point, common ? 0 : group)
  }

  private visiblePending(group: number): number {
    const candidate = this.gic.highestPending(this.cpu)
    const visible =
      candidate.group === group &&
      ((this.enables >>> group) & 1) !== 0 &&
      candidate.priority < this.mask
    return visible ? candidate.id : SPURIOUS
  }

  private acknowledge(group: 0 | 1): number {
    const candidate = this.gic.highestPending(this.cpu)
    if (candidate.id === SPURIOUS || candidate.group !== group) return SPURIOUS
    if (!this.signals(candidate)) return SPURIOUS
    const { id } = candidate
    const bit = activeBit(this.groupOf(candidate.priority, group))
    this.active[group] = (this.active[group] | bit) >>> 0
    this.gic.activate(this.cpu, id)
    this.gic.update()
    return id
  }

  private endOfInterrupt(id: number, group: 0 | 1): void {
    if (id >= this.gic.state.ids) return
    // Only the group of the highest active priority can end.
    const other = this.active[group ^ 1]!
    if (runningPriority(this.active[group]) > runningPriority(other)) return
    this.active[group] = dropped(this.active[group])
    if (!(this.control & CTLR_EOI_MODE)) this.gic.deactivate(this.cpu, id)
  }

  /** ICC_SGIxR: target list, Aff1, id in the low half; Aff2, IRM, RS, Aff3 in the high one. */
  private sendSgi(low: number, high: number, group: number): void {
    const id = (low >>> 24) & 15
    const all = (1 << this.gic.cpus) - 1
    const everyoneElse = (high & (1 << 8)) !== 0
    // All vCPUs have zeros in Aff1 to Aff3, and numbers below 16.
    const otherCluster = ((low >>> 16) & 0xff) !== 0 || (high & 0x00ff_f0ff) !== 0
    if (everyoneElse) this.gic.sendSgi(id, all & ~(1 << this.cpu), group)
    else if (!otherCluster) this.gic.sendSgi(id, low & 0xffff, group)
  }
}

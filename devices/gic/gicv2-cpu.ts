/**
 * Generic Interrupt Controller v2: the CPU interfaces (GICC_*), one bank of registers for each vCPU.
 *
 * Source: IHI 0048B, chapter 4.4. Without Security Extensions: IAR, EOIR, HPPIR behave as for secure accesses, their
 * aliases (AIAR ...) serve group 1. The running priority follows from the active priorities registers.
 */
import type { AccessSize, Device } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
import type { Gicv2 } from './gicv2.ts'
import { SPURIOUS } from './interrupts.ts'

const GICC_CTLR = 0x00
const GICC_PMR = 0x04
const GICC_BPR = 0x08
const GICC_IAR = 0x0c
const GICC_EOIR = 0x10
const GICC_RPR = 0x14
const GICC_HPPIR = 0x18
const GICC_ABPR = 0x1c
const GICC_AIAR = 0x20
const GICC_AEOIR = 0x24
const GICC_AHPPIR = 0x28
const GICC_APR = 0xd0
const GICC_NSAPR = 0xe0
const GICC_IIDR = 0xfc
const GICC_DIR = 0x1000

const CTLR_ACK_CTL = 1 << 2
const CTLR_FIQ_EN = 1 << 3
const CTLR_CBPR = 1 << 4
const CTLR_EOI_MODE = 1 << 9
/** Enable bits, AckCtl, FIQEn, CBPR, the four bypass bits, EOImode of both groups. */
const CTLR_MASK = 0x7ff

/** GIC-400, architecture version 2. */
const IIDR_VALUE = 0x0202_143b
const MIN_ABPR = 1
/** A group-1 interrupt is pending but IAR does not serve it. */
const GROUP1_PENDING = 1022
const IDLE_PRIORITY = 0x100

export class Gicv2CpuInterface implements Device {
  readonly kind = 'gicv2-cpu'
  private readonly control: Uint32Array
  private readonly mask: Uint8Array
  /** Binary points: group 0's, then group 1's, for each vCPU. */
  private readonly binaryPoint: Uint8Array
  /** Active priorities, 4 words for group 0 and 4 for group 1 for each vCPU; bit = priority >> 1. */
  private readonly activePriorities: Uint32Array

  constructor(private readonly gic: Gicv2) {
    this.control = new Uint32Array(gic.cpus)
    this.mask = new Uint8Array(gic.cpus)
    this.binaryPoint = new Uint8Array(gic.cpus * 2)
    this.activePriorities = new Uint32Array(gic.cpus * 8)
  }

  reset(): void {
    for (let cpu = 0; cpu < this.gic.cpus; cpu++) this.resetCpu(cpu)
  }

  /** Back to power-on, for one vCPU. */
  resetCpu(cpu: number): void {
    this.control[cpu] = 0
    this.mask[cpu] = 0
    this.binaryPoint[cpu * 2] = 0
    this.binaryPoint[cpu * 2 + 1] = MIN_ABPR
    this.activePriorities.fill(0, cpu * 8, cpu * 8 + 8)
  }

  /** Whether a pending interrupt of this priority and group makes the interface interrupt its vCPU. */
  signals(cpu: number, priority: number, group: number): boolean {
    return (
      ((this.control[cpu]! >>> group) & 1) !== 0 &&
      priority < this.mask[cpu]! &&
      priority < this.runningPriority(cpu)
    )
  }

  /** Whether group 0 is signalled as FIQ. */
  usesFiq(cpu: number): boolean {
    return (this.control[cpu]! & CTLR_FIQ_EN) !== 0
  }

  read(offset: number, size: AccessSize, cpu: number): number {
    // Registers are words; a narrower read takes its part, without repeating side effects of its own.
    const value = this.readWord(offset & ~3, cpu)
    return size === 4 ? value : value >>> (8 * (offset & 3))
  }

  write(offset: number, size: AccessSize, value: number, cpu: number): void {
    if ((offset & 3) !== 0 || (size !== 4 && offset >= GICC_APR)) return
    switch (offset) {
      case GICC_CTLR:
        this.control[cpu] = value & CTLR_MASK
        break
      case GICC_PMR:
        this.mask[cpu] = value
        break
      case GICC_BPR:
        this.binaryPoint[cpu * 2] = value & 7
        break
      case GICC_ABPR:
        this.binaryPoint[cpu * 2 + 1] = Math.max(value & 7, MIN_ABPR)
        break
      case GICC_EOIR:
        this.endOfInterrupt(cpu, value & 0x3ff, false)
        break
      case GICC_AEOIR:
        this.endOfInterrupt(cpu, value & 0x3ff, true)
        break
      case GICC_DIR:
        if (this.control[cpu]! & CTLR_EOI_MODE && (value & 0x3ff) < this.gic.state.ids) {
          this.gic.deactivate(cpu, value & 0x3ff)
        }
        break
      default:
        if (offset >= GICC_APR && offset < GICC_NSAPR + 16) {
          this.activePriorities[cpu * 8 + ((offset - GICC_APR) >> 2)] = value
        }
    }
    this.gic.update()
  }

  saveAll(): StateObject {
    return {
      control: [...this.control],
      mask: this.mask.slice(),
      binaryPoint: this.binaryPoint.slice(),
      activePriorities: [...this.activePriorities],
    }
  }

  restoreAll(state: StateReader): void {
    this.control.set(
      state.unsignedList('control', 32, this.gic.cpus).map((value) => value & CTLR_MASK),
    )
    this.mask.set(state.bytes('mask', this.gic.cpus))
    this.binaryPoint.set(state.bytes('binaryPoint', this.gic.cpus * 2).map((value) => value & 7))
    this.activePriorities.set(state.unsignedList('activePriorities', 32, this.gic.cpus * 8))
  }

  /** The distributor saves both parts. */
  save(): StateObject {
    return { version: 1 }
  }

  restore(state: StateReader): void {
    state.version(1)
  }

  private readWord(offset: number, cpu: number): number {
    switch (offset) {
      case GICC_CTLR:
        return this.control[cpu]!
      case GICC_PMR:
        return this.mask[cpu]!
      case GICC_BPR:
        return this.binaryPoint[cpu * 2]!
      case GICC_ABPR:
        return this.binaryPoint[cpu * 2 + 1]!
      case GICC_IAR:
        return this.acknowledge(cpu, false)
      case GICC_AIAR:
        return this.acknowledge(cpu, true)
      case GICC_RPR:
        return Math.min(this.runningPriority(cpu), 0xff)
      case GICC_HPPIR:
        return this.withSender(cpu, this.visiblePending(cpu, false))
      case GICC_AHPPIR:
        return this.withSender(cpu, this.visiblePending(cpu, true))
      case GICC_IIDR:
        return IIDR_VALUE
      default:
        return offset >= GICC_APR && offset < GICC_NSAPR + 16
          ? this.activePriorities[cpu * 8 + ((offset - GICC_APR) >> 2)]!
          : 0
    }
  }

  /** The highest pending interrupt as one of the two acknowledge registers shows it. */
  private visiblePending(cpu: number, alias: boolean): number {
    const { id, priority, group } = this.gic.highestPending(cpu)
    if (id === SPURIOUS || priority >= this.mask[cpu]!) return SPURIOUS
    if (!((this.control[cpu]! >>> group) & 1)) return SPURIOUS
    if (alias) return group === 1 ? id : SPURIOUS
    return group === 0 || this.control[cpu]! & CTLR_ACK_CTL ? id : GROUP1_PENDING
  }

  private withSender(cpu: number, id: number): number {
    return id | (this.gic.sender(cpu, id) << 10)
  }

  private acknowledge(cpu: number, alias: boolean): number {
    const id = this.visiblePending(cpu, alias)
    if (id >= GROUP1_PENDING) return id
    const { priority, group } = this.gic.highestPending(cpu)
    if (priority >= this.runningPriority(cpu)) return SPURIOUS
    const bit = this.groupPriority(cpu, priority, group) >> 1
    this.activePriorities[cpu * 8 + group * 4 + (bit >> 5)]! |= 1 << (bit & 31)
    const sender = this.gic.activate(cpu, id)
    this.gic.update()
    return id | (sender << 10)
  }

  private endOfInterrupt(cpu: number, id: number, alias: boolean): void {
    if (id >= this.gic.state.ids) return
    const { state } = this.gic
    const group = (state.group[state.slot(cpu, id) >> 5]! >>> (id & 31)) & 1
    // The alias serves group 1 only; EOIR serves group 1 only if IAR does.
    if (alias && group === 0) return
    if (!alias && group === 1 && !(this.control[cpu]! & CTLR_ACK_CTL)) return
    this.dropPriority(cpu, group)
    if (!(this.control[cpu]! & CTLR_EOI_MODE)) this.gic.deactivate(cpu, id)
  }

  private dropPriority(cpu: number, group: number): void {
    for (let n = 0; n < 4; n++) {
      const index = cpu * 8 + group * 4 + n
      const bits = this.activePriorities[index]!
      if (bits !== 0) {
        this.activePriorities[index] = bits & (bits - 1)
        return
      }
    }
  }

  /** Group priority of the highest active interrupt, 0x100 if none is active. */
  private runningPriority(cpu: number): number {
    for (let n = 0; n < 4; n++) {
      const bits = this.activePriorities[cpu * 8 + n]! | this.activePriorities[cpu * 8 + 4 + n]!
      if (bits !== 0) return (n * 32 + 31 - Math.clz32(bits & -bits)) << 1
    }
    return IDLE_PRIORITY
  }

  private groupPriority(cpu: number, priority: number, group: number): number {
    const shared = group === 0 || (this.control[cpu]! & CTLR_CBPR) !== 0
    // Group 1's binary point counts from one bit lower.
    const point = shared ? this.binaryPoint[cpu * 2]! : this.binaryPoint[cpu * 2 + 1]! - 1
    return priority & ~((2 << point) - 1) & 0xff
  }
}

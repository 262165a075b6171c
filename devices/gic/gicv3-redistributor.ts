/**
 * GICv3: the redistributors (GICR_*), one for each vCPU: two frames of 64 KiB, control, then SGIs and PPIs.
 *
 * Source: IHI 0069 12.10 and 12.11. No LPIs, so their tables do not exist.
 */
import type { AccessSize, Device } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
import type { Gicv3 } from './gicv3.ts'
import { IIDR_VALUE, PIDR2_VALUE } from './gicv3-distributor.ts'
import {
  ICFGR,
  IGROUPR,
  IPRIORITYR,
  readBits,
  readPriorities,
  writeBits,
  writePriorities,
} from './words.ts'

const STRIDE_SHIFT = 17
const SGI_FRAME = 0x1_0000

const GICR_IIDR = 0x0004
const GICR_TYPER = 0x0008
const GICR_TYPER_HIGH = 0x000c
const GICR_WAKER = 0x0014
const GICR_PIDR2 = 0xffe8

const TYPER_LAST = 1 << 4
const TYPER_PROCESSOR_SHIFT = 8
/** ProcessorSleep and ChildrenAsleep, which follows it at once. */
const WAKER_SLEEP = 1 << 1
const WAKER_ASLEEP = 1 << 2

export class Gicv3Redistributors implements Device {
  readonly kind = 'gicv3-redist'
  /** vCPUs whose ProcessorSleep is set (bits). */
  asleep: number

  constructor(private readonly gic: Gicv3) {
    this.asleep = (1 << gic.cpus) - 1
  }

  reset(): void {
    this.asleep = (1 << this.gic.cpus) - 1
  }

  read(offset: number, size: AccessSize): number {
    const cpu = offset >> STRIDE_SHIFT
    const register = offset & ((1 << STRIDE_SHIFT) - 1)
    const priority = register - SGI_FRAME - IPRIORITYR
    if (priority >= 0 && priority < 32) {
      const { state } = this.gic
      return readPriorities(state, state.slot(cpu, priority), size)
    }
    const word = this.readWord(cpu, register & ~3)
    return size === 4 ? word : word >>> (8 * (register & 3))
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this.gic
    const cpu = offset >> STRIDE_SHIFT
    const register = offset & ((1 << STRIDE_SHIFT) - 1)
    const priority = register - SGI_FRAME - IPRIORITYR
    if (priority >= 0 && priority < 32) {
      writePriorities(state, state.slot(cpu, priority), size, value)
    } else if (size === 4) {
      this.writeWord(cpu, register, value)
    }
    this.gic.update()
  }

  /** The distributor saves all parts. */
  save(): StateObject {
    return { version: 1 }
  }

  restore(state: StateReader): void {
    state.version(1)
  }

  private readWord(cpu: number, register: number): number {
    const { state } = this.gic
    const frame = register - SGI_FRAME
    if (frame >= IGROUPR && frame < IPRIORITYR) {
      return (frame & 0x7c) === 0 ? readBits(state, state.word(cpu, 0), frame) : 0
    }
    if (frame === ICFGR || frame === ICFGR + 4) {
      return state.readConfig(state.word(cpu, 0), frame !== ICFGR)
    }
    switch (register) {
      case GICR_IIDR:
        return IIDR_VALUE
      case GICR_TYPER:
        return (cpu << TYPER_PROCESSOR_SHIFT) | (cpu === this.gic.cpus - 1 ? TYPER_LAST : 0)
      case GICR_TYPER_HIGH:
        // Affinity: Aff0 is the number.
        return cpu
      case GICR_WAKER:
        return (this.asleep >>> cpu) & 1 ? WAKER_SLEEP | WAKER_ASLEEP : 0
      case GICR_PIDR2:
        return PIDR2_VALUE
      default:
        return 0
    }
  }

  private writeWord(cpu: number, register: number, value: number): void {
    const { state } = this.gic
    const frame = register - SGI_FRAME
    if (frame >= IGROUPR && frame < IPRIORITYR) {
      if ((frame & 0x7c) === 0) writeBits(state, state.word(cpu, 0), frame, value)
    } else if (frame === ICFGR + 4) {
      // PPIs; SGIs have a fixed configuration.
      state.writeConfig(state.word(cpu, 0), true, value, 0xffff)
    } else if (register === GICR_WAKER) {
      if (value & WAKER_SLEEP) this.asleep |= 1 << cpu
      else this.asleep &= ~(1 << cpu)
    }
  }
}

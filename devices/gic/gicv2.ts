/**
 * Generic Interrupt Controller v2: the distributor, and the state it shares with the CPU interfaces.
 *
 * Source: IHI 0048B, chapters 3 and 4.3. Modelled: SGIs, PPIs and SPIs, both groups, priorities of 8 bits, active state,
 * 1-of-N delivery (the first vCPU that acknowledges takes it). No Security Extensions, as on QEMU's `virt` board with
 * `secure=off`: every access sees everything. Byte, halfword and word accesses where the architecture has them.
 */
import { LINE_FIQ, LINE_IRQ } from '../../jit/core/assembly/layout.ts'
import type { AccessSize, Device, InterruptLine } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
import { Gicv2CpuInterface } from './gicv2-cpu.ts'
import { type CpuLines, InterruptState, lowestBit } from './interrupts.ts'

const GICD_CTLR = 0x000
const GICD_TYPER = 0x004
const GICD_IIDR = 0x008
const GICD_IGROUPR = 0x080
const GICD_ISENABLER = 0x100
const GICD_ICENABLER = 0x180
const GICD_ISPENDR = 0x200
const GICD_ICPENDR = 0x280
const GICD_ISACTIVER = 0x300
const GICD_ICACTIVER = 0x380
const GICD_IPRIORITYR = 0x400
const GICD_ITARGETSR = 0x800
const GICD_ICFGR = 0xc00
const GICD_SGIR = 0xf00
const GICD_CPENDSGIR = 0xf10
const GICD_SPENDSGIR = 0xf20
const ID_REGISTERS = 0xfd0

/** GIC-400's implementer and product. */
const IIDR_VALUE = 0x0200_143b
const ID_VALUES = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1]

/** SPIs of QEMU's `virt` board: ids 32 to 287. */
const IDS = 288

/** What is pending for a vCPU: an id of 1023 stands for nothing. */
export interface Candidate {
  id: number
  priority: number
  group: number
}

export class Gicv2 implements Device {
  readonly kind = 'gicv2'
  readonly state: InterruptState
  readonly cpuInterface: Gicv2CpuInterface
  /** Mask of vCPUs for each SPI, by id. */
  private readonly targets = new Uint8Array(IDS)
  /** Senders of pending SGIs: a mask of vCPUs for each (vCPU, SGI). */
  private readonly senders: Uint8Array
  private control = 0
  private readonly best: Candidate = { id: 1023, priority: 256, group: 0 }

  constructor(
    readonly cpus: number,
    private readonly lines: CpuLines,
  ) {
    if (cpus < 1 || cpus > 8) throw new Error(`Cannot make a GICv2 for ${cpus} CPUs: 1 to 8`)
    this.state = new InterruptState(cpus, IDS)
    this.senders = new Uint8Array(cpus * 16)
    this.cpuInterface = new Gicv2CpuInterface(this)
    this.reset()
  }

  /** The input of a shared peripheral interrupt; `number` counts from 0, as in device trees. */
  spi(number: number): InterruptLine {
    if (number < 0 || number >= IDS - 32) throw new Error(`There is no SPI ${number}`)
    const slot = this.state.slot(0, number + 32)
    return { set: (level) => this.drive(slot, level) }
  }

  /** The input of a vCPU's private peripheral interrupt, 0 to 15. */
  ppi(cpu: number, number: number): InterruptLine {
    if (number < 0 || number > 15) throw new Error(`There is no PPI ${number}`)
    const slot = this.state.slot(cpu, number + 16)
    return { set: (level) => this.drive(slot, level) }
  }

  /** Whether anything enabled could still interrupt a vCPU. */
  canInterrupt(): boolean {
    return (
      this.control !== 0 &&
      this.state.enabled.some((word, n) => (n < this.cpus ? word >>> 16 : word) !== 0)
    )
  }

  /** A vCPU was reset: its CPU interface starts anew. */
  resetCpu(cpu: number): void {
    this.cpuInterface.resetCpu(cpu)
    this.update()
  }

  reset(): void {
    this.state.reset()
    this.state.enabled.fill(0xffff, 0, this.cpus)
    this.targets.fill(0)
    this.senders.fill(0)
    this.control = 0
    this.cpuInterface.reset()
    this.update()
  }

  read(offset: number, size: AccessSize, cpu: number): number {
    if (size === 4) return this.readWord(offset, cpu)
    if (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR) {
      let value = 0
      for (let n = 0; n < size; n++) value |= this.readByte(offset + n, cpu) << (8 * n)
      return value
    }
    return (this.readWord(offset & ~3, cpu) >>> (8 * (offset & 3))) & (size === 1 ? 0xff : 0xffff)
  }

  write(offset: number, size: AccessSize, value: number, cpu: number): void {
    const bytewise =
      (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR) ||
      (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 16)
    if (bytewise) {
      for (let n = 0; n < size; n++) this.writeByte(offset + n, (value >>> (8 * n)) & 0xff, cpu)
    } else if (size === 4) {
      this.writeWord(offset, value, cpu)
    } else if (offset < GICD_IPRIORITYR && offset >= GICD_ISENABLER) {
      // Set and clear registers: the bytes that are not written are zeros, which do nothing.
      this.writeWord(offset & ~3, value << (8 * (offset & 3)), cpu)
    } else {
      const shift = 8 * (offset & 3)
      const mask = (size === 1 ? 0xff : 0xffff) << shift
      const old = this.readWord(offset & ~3, cpu)
      this.writeWord(offset & ~3, ((old & ~mask) | (value << shift)) >>> 0, cpu)
    }
    this.update()
  }

  /** Drives the interrupt outputs of all vCPUs. Called after every change. */
  update(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const { id, priority, group } = this.highestPending(cpu)
      const wanted = id !== 1023 && this.cpuInterface.signals(cpu, priority, group)
      const fiq = wanted && group === 0 && this.cpuInterface.usesFiq(cpu)
      this.lines.setLine(cpu, LINE_IRQ, wanted && !fiq)
      this.lines.setLine(cpu, LINE_FIQ, fiq)
    }
  }

  /** The pending, enabled, inactive interrupt of highest priority for a vCPU. The result is reused. */
  highestPending(cpu: number): Candidate {
    const { state, best } = this
    best.id = 1023
    best.priority = 256
    best.group = 0
    if ((this.control & 3) === 0) return best
    for (let n = 0; n < state.words; n++) {
      const word = state.word(cpu, n)
      let bits = state.pending(word) & state.enabled[word]! & ~state.active[word]!
      // Only what belongs to an enabled group.
      if (!(this.control & 1)) bits &= state.group[word]!
      if (!(this.control & 2)) bits &= ~state.group[word]!
      while (bits !== 0) {
        const bit = lowestBit(bits)
        bits &= bits - 1
        const id = n * 32 + bit
        if (n > 0 && this.cpus > 1 && !((this.targets[id]! >>> cpu) & 1)) continue
        const priority = state.priority[word * 32 + bit]!
        if (priority < best.priority) {
          best.id = id
          best.priority = priority
          best.group = (state.group[word]! >>> bit) & 1
        }
      }
    }
    return best
  }

  /**
   * Makes an interrupt active, as a read of an acknowledge register does.
   * @returns the sender's number for an SGI, else 0.
   */
  activate(cpu: number, id: number): number {
    const { state } = this
    const slot = state.slot(cpu, id)
    state.set(state.active, slot)
    if (id >= 16) {
      state.clear(state.latched, slot)
      return 0
    }
    const index = cpu * 16 + id
    const sender = lowestBit(this.senders[index]! || 1)
    this.senders[index]! &= ~(1 << sender)
    if (this.senders[index] === 0) state.clear(state.latched, slot)
    return sender
  }

  /** The sender that an acknowledge of a pending SGI would report. */
  sender(cpu: number, id: number): number {
    return id < 16 ? lowestBit(this.senders[cpu * 16 + id]! || 1) : 0
  }

  deactivate(cpu: number, id: number): void {
    this.state.clear(this.state.active, this.state.slot(cpu, id))
  }

  save(): StateObject {
    return {
      version: 1,
      control: this.control,
      targets: this.targets.slice(),
      senders: this.senders.slice(),
      interrupts: this.state.save(),
      cpuInterface: this.cpuInterface.saveAll(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.control = state.integer('control', 0, 3)
    this.targets.set(state.bytes('targets', IDS))
    this.senders.set(state.bytes('senders', this.senders.length))
    this.state.restore(state.object('interrupts'))
    this.cpuInterface.restoreAll(state.object('cpuInterface'))
    this.update()
  }

  private drive(slot: number, level: boolean): void {
    if (this.state.drive(slot, level)) this.update()
  }

  private readWord(offset: number, cpu: number): number {
    const { state } = this
    if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
      const n = (offset & 0x7c) >> 2
      if (n >= state.words) return 0
      const word = state.word(cpu, n)
      switch (offset & ~0x7f) {
        case GICD_IGROUPR:
          return state.group[word]!
        case GICD_ISENABLER:
        case GICD_ICENABLER:
          return (state.enabled[word]! | (n === 0 ? 0xffff : 0)) >>> 0
        case GICD_ISPENDR:
        case GICD_ICPENDR:
          return state.pending(word)
        default:
          return state.active[word]!
      }
    }
    if (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR) {
      let value = 0
      for (let n = 0; n < 4; n++) value |= this.readByte(offset + n, cpu) << (8 * n)
      return value >>> 0
    }
    if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100) {
      const n = (offset - GICD_ICFGR) >> 2
      return n >> 1 < state.words ? state.readConfig(state.word(cpu, n >> 1), (n & 1) !== 0) : 0
    }
    if (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 16) {
      const first = cpu * 16 + (offset & 15)
      const s = this.senders
      return (
        (s[first]! | (s[first + 1]! << 8) | (s[first + 2]! << 16) | (s[first + 3]! << 24)) >>> 0
      )
    }
    if (offset >= ID_REGISTERS && offset < 0x1000) return ID_VALUES[(offset - ID_REGISTERS) >> 2]!
    switch (offset) {
      case GICD_CTLR:
        return this.control
      case GICD_TYPER:
        return (state.words - 1) | ((this.cpus - 1) << 5)
      case GICD_IIDR:
        return IIDR_VALUE
      default:
        return 0
    }
  }

  private readByte(offset: number, cpu: number): number {
    if (offset < GICD_ITARGETSR) {
      const id = offset - GICD_IPRIORITYR
      return id < IDS ? this.state.priority[this.state.slot(cpu, id)]! : 0
    }
    const id = offset - GICD_ITARGETSR
    // With one CPU the target registers read zero.
    if (id >= IDS || this.cpus === 1) return 0
    return id < 32 ? 1 << cpu : this.targets[id]!
  }

  private writeByte(offset: number, value: number, cpu: number): void {
    const { state } = this
    if (offset >= GICD_CPENDSGIR) {
      const id = offset & 15
      const index = cpu * 16 + id
      const senders = value & ((1 << this.cpus) - 1)
      if (offset < GICD_SPENDSGIR) this.senders[index]! &= ~senders
      else this.senders[index]! |= senders
      if (this.senders[index] === 0) state.clear(state.latched, state.slot(cpu, id))
      else state.set(state.latched, state.slot(cpu, id))
    } else if (offset < GICD_ITARGETSR) {
      const id = offset - GICD_IPRIORITYR
      if (id < IDS) state.priority[state.slot(cpu, id)] = value
    } else {
      const id = offset - GICD_ITARGETSR
      if (id >= 32 && id < IDS && this.cpus > 1) this.targets[id] = value & ((1 << this.cpus) - 1)
    }
  }

  private writeWord(offset: number, value: number, cpu: number): void {
    const { state } = this
    if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
      const n = (offset & 0x7c) >> 2
      if (n >= state.words) return
      const word = state.word(cpu, n)
      // SGIs are always enabled, and their pending bits are read-only here.
      const notSgi = n === 0 ? value & ~0xffff : value
      switch (offset & ~0x7f) {
        case GICD_IGROUPR:
          state.group[word] = value
          break
        case GICD_ISENABLER:
          state.enabled[word]! |= notSgi
          break
        case GICD_ICENABLER:
          state.enabled[word]! &= ~notSgi
          break
        case GICD_ISPENDR:
          state.latched[word]! |= notSgi
          break
        case GICD_ICPENDR:
          state.latched[word]! &= ~notSgi
          break
        case GICD_ISACTIVER:
          state.active[word]! |= value
          break
        case GICD_ICACTIVER:
          state.active[word]! &= ~value
          break
      }
    } else if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100) {
      const n = (offset - GICD_ICFGR) >> 2
      // SGIs and PPIs have a fixed configuration.
      if (n >= 2 && n >> 1 < state.words) {
        state.writeConfig(state.word(cpu, n >> 1), (n & 1) !== 0, value, 0xffff)
      }
    } else if (offset === GICD_CTLR) {
      this.control = value & 3
    } else if (offset === GICD_SGIR) {
      this.sendSgi(value, cpu)
    }
  }

  private sendSgi(value: number, cpu: number): void {
    const all = (1 << this.cpus) - 1
    const id = value & 15
    let targets = (value >>> 16) & all
    const filter = (value >>> 24) & 3
    if (filter === 1) targets = all & ~(1 << cpu)
    else if (filter === 2) targets = 1 << cpu
    else if (filter === 3) return
    for (let target = 0; target < this.cpus; target++) {
      if (!((targets >>> target) & 1)) continue
      this.senders[target * 16 + id]! |= 1 << cpu
      this.state.set(this.state.latched, this.state.slot(target, id))
    }
  }
}

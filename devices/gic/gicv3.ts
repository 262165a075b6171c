/**
 * Generic Interrupt Controller v3: what distributor, redistributors and CPU interfaces share.
 *
 * Source: IHI 0069 (GICv3 and v4 architecture). One Security state (GICD_CTLR.DS = 1), affinity routing always on, as
 * on QEMU's `virt` board with `secure=off`. Group 0 is FIQ, group 1 is IRQ. Not modelled: LPIs and the ITS, extended
 * ranges, 1-of-N delivery (GICD_TYPER.No1N says so).
 */
import { LINE_FIQ, LINE_IRQ } from '../../jit/core/assembly/layout.ts'
import type { InterruptLine } from '../device.ts'
import { Gicv3CpuInterface } from './gicv3-cpu.ts'
import { Gicv3Distributor } from './gicv3-distributor.ts'
import { Gicv3Redistributors } from './gicv3-redistributor.ts'
import { Gicv3Virtual } from './gicv3-virtual.ts'
import { type CpuLines, InterruptState, lowestBit } from './interrupts.ts'

/** SPIs of QEMU's `virt` board: ids 32 to 287. */
const IDS = 288
const MAINTENANCE_PPI = 9

/** What is pending for a vCPU: an id of 1023 stands for nothing. */
export interface Candidate {
  id: number
  priority: number
  group: number
}

/** What the GIC must know of a vCPU that accesses a system register. */
export interface CpuView extends CpuLines {
  /** Bit 0: group 0 accesses go to the virtual interface (HCR_EL2.FMO at EL1), bit 1: group 1 (IMO). */
  virtualGroups(cpu: number): number
}

export class Gicv3 {
  readonly state: InterruptState
  readonly distributor: Gicv3Distributor
  readonly redistributors: Gicv3Redistributors
  /** High half of the last system register that was read. */
  high = 0
  /** GICD_CTLR's group enables. */
  groups = 0
  /** Target vCPU of each SPI, by id; one that does not exist means nowhere. */
  readonly routes = new Float64Array(IDS)
  private readonly interfaces: Gicv3CpuInterface[] = []
  private readonly virtual: Gicv3Virtual[] = []
  private readonly best: Candidate = { id: 1023, priority: 256, group: 0 }

  constructor(
    readonly cpus: number,
    private readonly view: CpuView,
    el2: boolean,
  ) {
    if (cpus < 1 || cpus > 8) throw new Error(`Cannot make a GICv3 for ${cpus} CPUs: 1 to 8`)
    this.state = new InterruptState(cpus, IDS)
    for (let cpu = 0; cpu < cpus; cpu++) {
      this.interfaces.push(new Gicv3CpuInterface(this, cpu))
      if (el2) this.virtual.push(new Gicv3Virtual(this, cpu, view, this.ppi(cpu, MAINTENANCE_PPI)))
    }
    this.redistributors = new Gicv3Redistributors(this)
    this.distributor = new Gicv3Distributor(this, this.interfaces, this.virtual)
  }

  /** The input of a shared peripheral interrupt; `number` counts from 0, as in device trees. */
  spi(number: number): InterruptLine {
    if (number < 0 || number >= IDS - 32) throw new Error(`There is no SPI ${number}`)
    return this.line(this.state.slot(0, number + 32))
  }

  /** The input of a vCPU's private peripheral interrupt, 0 to 15. */
  ppi(cpu: number, number: number): InterruptLine {
    if (number < 0 || number > 15) throw new Error(`There is no PPI ${number}`)
    return this.line(this.state.slot(cpu, number + 16))
  }

  /** Whether anything enabled could still interrupt a vCPU. */
  canInterrupt(): boolean {
    return this.groups !== 0 && this.state.enabled.some((word) => word !== 0)
  }

  /** A vCPU was reset: its CPU interface starts anew. */
  resetCpu(cpu: number): void {
    this.interfaces[cpu]!.reset()
    this.virtual[cpu]?.reset()
    this.update()
  }

  /**
   * Reads ICC_*, ICV_* or ICH_*. The high half is in `high`.
   * @param enc op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2.
   * @returns undefined if there is no such register.
   */
  readSystemRegister(cpu: number, enc: number): number | undefined {
    this.high = 0
    const virtual = this.virtual[cpu]
    const value =
      virtual?.readHypervisor(enc) ??
      virtual?.readGuest(enc, this.view.virtualGroups(cpu)) ??
      this.interfaces[cpu]!.read(enc)
    return value === undefined ? undefined : value >>> 0
  }

  /** Writes ICC_*, ICV_* or ICH_*. Returns false if there is no such register. */
  writeSystemRegister(cpu: number, enc: number, low: number, high: number): boolean {
    const virtual = this.virtual[cpu]
    return (
      (virtual?.writeHypervisor(enc, low, high) ?? false) ||
      (virtual?.writeGuest(enc, low, this.view.virtualGroups(cpu)) ?? false) ||
      this.interfaces[cpu]!.write(enc, low, high)
    )
  }

  /** The pending, enabled, inactive interrupt of highest priority for a vCPU. The result is reused. */
  highestPending(cpu: number): Candidate {
    const { state, best } = this
    best.id = 1023
    best.priority = 256
    best.group = 0
    if (this.groups === 0) return best
    for (let n = 0; n < state.words; n++) {
      const word = state.word(cpu, n)
      let bits = state.pending(word) & state.enabled[word]! & ~state.active[word]!
      if (!(this.groups & 1)) bits &= state.group[word]!
      if (!(this.groups & 2)) bits &= ~state.group[word]!
      while (bits !== 0) {
        const bit = lowestBit(bits)
        bits &= bits - 1
        const id = n * 32 + bit
        if (n > 0 && this.routes[id] !== cpu) continue
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

  /** Makes an interrupt active, as a read of an acknowledge register does. */
  activate(cpu: number, id: number): void {
    const slot = this.state.slot(cpu, id)
    this.state.set(this.state.active, slot)
    this.state.clear(this.state.latched, slot)
  }

  deactivate(cpu: number, id: number): void {
    if (id < IDS) this.state.clear(this.state.active, this.state.slot(cpu, id))
  }

  /** Sends an SGI to the vCPUs in `targets` (bits) for which it belongs to `group`. */
  sendSgi(id: number, targets: number, group: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (!((targets >>> cpu) & 1)) continue
      if (((this.state.group[cpu]! >>> id) & 1) !== group) continue
      this.state.set(this.state.latched, this.state.slot(cpu, id))
    }
    this.update()
  }

  /** Drives the interrupt outputs of all vCPUs. Called after every change. */
  update(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const candidate = this.highestPending(cpu)
      const wanted = candidate.id !== 1023 && this.interfaces[cpu]!.signals(candidate)
      this.view.setLine(cpu, LINE_IRQ, wanted && candidate.group === 1)
      this.view.setLine(cpu, LINE_FIQ, wanted && candidate.group === 0)
    }
  }

  private line(slot: number): InterruptLine {
    return {
      set: (level) => {
        if (this.state.drive(slot, level)) this.update()
      },
    }
  }
}

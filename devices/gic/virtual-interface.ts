/**
 * The virtual CPU interface of one vCPU: list registers that a hypervisor fills, and what its guest sees of them.
 *
 * Source: IHI 0048B chapter 5 (GICH_*, GICV_*) and IHI 0069 chapter 6 (ICH_*, ICV_*). Both GICs have the same state;
 * `gicv2-virtual.ts` and `gicv3-virtual.ts` give it their register formats. Four list registers, 32 priorities.
 */
import type { InterruptLine } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
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

export const LIST_REGISTERS = 4

/** HCR: interface enable, then enables of maintenance interrupts in the order of the bits of MISR. */
const HCR_EN = 1 << 0
const HCR_UIE = 1 << 1
const HCR_LRENPIE = 1 << 2
const HCR_NPIE = 1 << 3
const HCR_VGRP0EIE = 1 << 4
const HCR_VGRP0DIE = 1 << 5
const HCR_VGRP1EIE = 1 << 6
const HCR_VGRP1DIE = 1 << 7
const EOI_COUNT_SHIFT = 27

const VMCR_ENG0 = 1 << 0
const VMCR_ENG1 = 1 << 1
const VMCR_FIQ_EN = 1 << 3
const VMCR_CBPR = 1 << 4
const VMCR_EOIM = 1 << 9
/** Enables, AckCtl, FIQEn, CBPR, EOIM; binary points; priority mask. */
const VMCR_CONTROL = 0x21f
const VMCR_BPR1_SHIFT = 18
const VMCR_BPR0_SHIFT = 21
const VMCR_PMR_SHIFT = 24

export const PENDING = 1
export const ACTIVE = 2
/** In `physical` of a list register without a hardware interrupt: ask for maintenance when it is deactivated. */
const EOI_MAINTENANCE = 1 << 9

/** A list register, in neither GIC's format. */
export interface ListRegister {
  /** Bit 0 pending, bit 1 active. */
  state: number
  /** Deactivation is passed on to the physical interrupt. */
  hardware: boolean
  group: number
  priority: number
  /** The guest's interrupt id. */
  id: number
  /** Physical interrupt id; without `hardware`, EOI_MAINTENANCE and a sender. */
  physical: number
}

/** What a virtual interface drives. */
export interface VirtualOutputs {
  readonly virq: InterruptLine
  readonly vfiq: InterruptLine
  readonly maintenance: InterruptLine
  deactivatePhysical(id: number): void
}

export class VirtualInterface {
  readonly list: ListRegister[] = []
  private hcr = 0
  private vmcr = 0
  /** Active priorities of group 0 and group 1. */
  readonly active: [number, number] = [0, 0]

  /** @param alwaysFiq group 0 is always FIQ, as with GICv3; else VMCR decides. */
  constructor(
    private readonly outputs: VirtualOutputs,
    private readonly alwaysFiq: boolean,
  ) {
    for (let n = 0; n < LIST_REGISTERS; n++) {
      this.list.push({ state: 0, hardware: false, group: 0, priority: 0, id: 0, physical: 0 })
    }
    this.clear()
  }

  reset(): void {
    this.clear()
    this.update()
  }

  // ---- the hypervisor's side -------------------------------------------------------------------------------------

  get control(): number {
    return this.hcr
  }

  set control(value: number) {
    this.hcr = value >>> 0
    this.update()
  }

  /** VMCR: the format is the same in both GICs, but for three unused bits of the mask. */
  get machineControl(): number {
    return this.vmcr
  }

  set machineControl(value: number) {
    const bpr0 = Math.max((value >>> VMCR_BPR0_SHIFT) & 7, MIN_BPR0)
    const bpr1 = Math.max((value >>> VMCR_BPR1_SHIFT) & 7, MIN_BPR1)
    const mask = (value >>> VMCR_PMR_SHIFT) & PRIORITY_MASK
    this.vmcr =
      ((value & VMCR_CONTROL) |
        (bpr1 << VMCR_BPR1_SHIFT) |
        (bpr0 << VMCR_BPR0_SHIFT) |
        (mask << VMCR_PMR_SHIFT)) >>>
      0
    this.update()
  }

  setList(n: number, register: ListRegister): void {
    const priority = register.priority & PRIORITY_MASK
    this.list[n] = { ...register, priority }
    this.update()
  }

  setActive(group: 0 | 1, value: number): void {
    this.active[group] = value >>> 0
    this.update()
  }

  /** Bits of list registers that ended and ask for maintenance. */
  get ended(): number {
    return this.bits((r) => r.state === 0 && !r.hardware && (r.physical & EOI_MAINTENANCE) !== 0)
  }

  /** Bits of list registers that are free. */
  get empty(): number {
    return this.bits((r) => r.state === 0 && (r.hardware || (r.physical & EOI_MAINTENANCE) === 0))
  }

  /** Why the maintenance interrupt is raised. */
  get maintenanceStatus(): number {
    const { hcr, vmcr } = this
    const valid = this.list.filter(({ state }) => state !== 0).length
    const pending = this.list.some(({ state }) => state === PENDING)
    let status = this.ended !== 0 ? 1 : 0
    if (hcr & HCR_UIE && valid <= 1) status |= HCR_UIE
    if (hcr & HCR_LRENPIE && hcr >>> EOI_COUNT_SHIFT !== 0) status |= HCR_LRENPIE
    if (hcr & HCR_NPIE && !pending) status |= HCR_NPIE
    if (hcr & HCR_VGRP0EIE && vmcr & VMCR_ENG0) status |= HCR_VGRP0EIE
    if (hcr & HCR_VGRP0DIE && !(vmcr & VMCR_ENG0)) status |= HCR_VGRP0DIE
    if (hcr & HCR_VGRP1EIE && vmcr & VMCR_ENG1) status |= HCR_VGRP1EIE
    if (hcr & HCR_VGRP1DIE && !(vmcr & VMCR_ENG1)) status |= HCR_VGRP1DIE
    return status
  }

  // ---- the guest's side ------------------------------------------------------------------------------------------

  /** Changes bits of the machine control, as the guest's registers do. */
  change(mask: number, value: number): void {
    this.machineControl = ((this.vmcr & ~mask) | (value & mask)) >>> 0
  }

  get priorityMask(): number {
    return this.vmcr >>> VMCR_PMR_SHIFT
  }

  set priorityMask(value: number) {
    this.change(0xff << VMCR_PMR_SHIFT, value << VMCR_PMR_SHIFT)
  }

  /** Binary point of a group as the guest reads it. */
  binaryPoint(group: number): number {
    if (group === 0) return (this.vmcr >>> VMCR_BPR0_SHIFT) & 7
    // A common binary point reads as the other group's, counted its way.
    if (this.vmcr & VMCR_CBPR) return Math.min(((this.vmcr >>> VMCR_BPR0_SHIFT) & 7) + 1, 7)
    return (this.vmcr >>> VMCR_BPR1_SHIFT) & 7
  }

  setBinaryPoint(group: number, value: number): void {
    if (group === 1 && this.vmcr & VMCR_CBPR) return
    const shift = group === 0 ? VMCR_BPR0_SHIFT : VMCR_BPR1_SHIFT
    this.change(7 << shift, value << shift)
  }

  get running(): number {
    return runningPriority((this.active[0] | this.active[1]) >>> 0)
  }

  /** The list register of the highest pending interrupt that the mask lets through, or undefined. */
  highestPending(): ListRegister | undefined {
    if (!(this.hcr & HCR_EN)) return undefined
    let best: ListRegister | undefined
    for (const register of this.list) {
      if (register.state !== PENDING || !((this.vmcr >>> register.group) & 1)) continue
      if (!best || register.priority < best.priority) best = register
    }
    return best && best.priority < this.priorityMask ? best : undefined
  }

  /**
   * Acknowledges the highest pending interrupt if it belongs to one of `groups` (bits).
   * @returns its list register, or undefined for a spurious interrupt.
   */
  acknowledge(groups: number): ListRegister | undefined {
    const register = this.highestPending()
    if (!register || !((groups >>> register.group) & 1) || !this.preempts(register))
      return undefined
    register.state = ACTIVE
    const group = register.group as 0 | 1
    this.active[group] = (this.active[group] | activeBit(this.groupOf(register))) >>> 0
    this.update()
    return register
  }

  /** End of interrupt: priority drop, and deactivation unless the guest does that separately. */
  endOfInterrupt(id: number, group: 0 | 1): void {
    if (id >= 1020 && id <= SPURIOUS) return
    // Only the group of the highest active priority can end.
    const other = this.active[group ^ 1]!
    if (runningPriority(this.active[group]) > runningPriority(other)) return
    this.active[group] = dropped(this.active[group])
    if (!(this.vmcr & VMCR_EOIM)) this.deactivateList(id)
    this.update()
  }

  /** Deactivation alone, which the guest may do if it asked for separate steps. */
  deactivate(id: number): void {
    if (!(this.vmcr & VMCR_EOIM) || id >= 1020) return
    this.deactivateList(id)
    this.update()
  }

  save(): StateObject {
    return {
      hcr: this.hcr,
      vmcr: this.vmcr,
      active: [...this.active],
      list: this.list.map((register) => ({ ...register })),
    }
  }

  restore(state: StateReader): void {
    this.hcr = state.unsigned('hcr', 32)
    const [active0, active1] = state.unsignedList('active', 32, 2)
    this.active[0] = active0!
    this.active[1] = active1!
    for (const [n, register] of state.objects('list', LIST_REGISTERS).entries()) {
      this.list[n] = {
        state: register.integer('state', 0, 3),
        hardware: register.flag('hardware'),
        group: register.integer('group', 0, 1),
        priority: register.unsigned('priority', 8) & PRIORITY_MASK,
        id: register.unsigned('id', 32),
        physical: register.integer('physical', 0, 0x1fff),
      }
    }
    this.machineControl = state.unsigned('vmcr', 32)
  }

  private clear(): void {
    for (const register of this.list) {
      Object.assign(register, { state: 0, hardware: false, group: 0, priority: 0, id: 0 })
      register.physical = 0
    }
    this.hcr = 0
    this.vmcr = (MIN_BPR0 << VMCR_BPR0_SHIFT) | (MIN_BPR1 << VMCR_BPR1_SHIFT)
    this.active[0] = 0
    this.active[1] = 0
  }

  private deactivateList(id: number): void {
    const register = this.list.find((r) => r.id === id && (r.state & ACTIVE) !== 0)
    if (!register) {
      // The hypervisor keeps it elsewhere: it is only counted.
      const count = ((this.hcr >>> EOI_COUNT_SHIFT) + 1) & 31
      this.hcr = ((this.hcr & ~(31 << EOI_COUNT_SHIFT)) | (count << EOI_COUNT_SHIFT)) >>> 0
      return
    }
    register.state &= ~ACTIVE
    if (register.hardware) this.outputs.deactivatePhysical(register.physical & 0x3ff)
  }

  private groupOf({ priority, group }: ListRegister): number {
    const common = group === 1 && (this.vmcr & VMCR_CBPR) !== 0
    const point = common || group === 0 ? this.binaryPoint(0) : this.binaryPoint(1)
    return groupPriority(priority, point, common ? 0 : group)
  }

  private preempts(register: ListRegister): boolean {
    const { running } = this
    return running === IDLE_PRIORITY || this.groupOf(register) < running
  }

  private bits(test: (register: ListRegister) => boolean): number {
    return this.list.reduce((bits, register, n) => bits | (test(register) ? 1 << n : 0), 0)
  }

  private update(): void {
    const register = this.highestPending()
    const wanted = register !== undefined && this.preempts(register)
    const fiq =
      wanted && register.group === 0 && (this.alwaysFiq || (this.vmcr & VMCR_FIQ_EN) !== 0)
    this.outputs.virq.set(wanted && !fiq)
    this.outputs.vfiq.set(fiq)
    this.outputs.maintenance.set((this.hcr & HCR_EN) !== 0 && this.maintenanceStatus !== 0)
  }
}

/**
 * GICv3: the registers of a virtual CPU interface: ICH_* for the hypervisor, ICV_* (the encodings of ICC_*) for its guest.
 *
 * Source: IHI 0069 12.3 and 12.4.
 */
import { LINE_VFIQ, LINE_VIRQ } from '../../jit/core/assembly/layout.ts'
import type { InterruptLine } from '../device.ts'
import type { Gicv3 } from './gicv3.ts'
import { CTLR_CONSTANT } from './gicv3-cpu.ts'
import { type CpuLines, SPURIOUS } from './interrupts.ts'
import { IDLE_PRIORITY } from './priority.ts'
import {
  ICC_AP0R0,
  ICC_AP1R0,
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
  ICH_AP0R0,
  ICH_AP1R0,
  ICH_EISR,
  ICH_ELRSR,
  ICH_HCR,
  ICH_LR0,
  ICH_MISR,
  ICH_VMCR,
  ICH_VTR,
} from './sysregs.ts'
import { LIST_REGISTERS, VirtualInterface } from './virtual-interface.ts'

/**
 * 5 bits of priority, all preemptible; 24 bits of interrupt id; affinity level 3, no direct injection (nV4), separate DIR
 * traps; 4 list registers.
 */
const VTR_VALUE =
  ((4 << 29) | (4 << 26) | (1 << 23) | (1 << 21) | (1 << 20) | (1 << 19) | (LIST_REGISTERS - 1)) >>>
  0
/** Enables and traps; TC, TALL0, TALL1, TDIR are acted upon by the core. */
const HCR_MASK = 0xf800_7cff
/** RES1, as ICC_SRE_EL1.SRE cannot be cleared. */
const VMCR_FIQ_EN = 1 << 3
const VMCR_CBPR = 1 << 4
const VMCR_EOIM = 1 << 9

export class Gicv3Virtual {
  readonly virtual: VirtualInterface

  constructor(
    private readonly gic: Gicv3,
    cpu: number,
    lines: CpuLines,
    maintenance: InterruptLine,
  ) {
    this.virtual = new VirtualInterface(
      {
        virq: { set: (level) => lines.setLine(cpu, LINE_VIRQ, level) },
        vfiq: { set: (level) => lines.setLine(cpu, LINE_VFIQ, level) },
        maintenance,
        deactivatePhysical: (id) => {
          gic.deactivate(cpu, id)
          gic.update()
        },
      },
      true,
    )
  }

  reset(): void {
    this.virtual.reset()
  }

  /** Reads ICH_*, or returns undefined if it is none of these. */
  readHypervisor(enc: number): number | undefined {
    const { virtual } = this
    const index = enc - ICH_LR0
    if (index >= 0 && index < LIST_REGISTERS) return this.readList(index)
    switch (enc) {
      case ICH_AP0R0:
        return virtual.active[0]
      case ICH_AP1R0:
        return virtual.active[1]
      case ICH_HCR:
        return virtual.control
      case ICH_VTR:
        return VTR_VALUE
      case ICH_MISR:
        return virtual.maintenanceStatus
      case ICH_EISR:
        return virtual.ended
      case ICH_ELRSR:
        return virtual.empty
      case ICH_VMCR:
        return (virtual.machineControl | VMCR_FIQ_EN) >>> 0
      default:
        return undefined
    }
  }

  /** Writes ICH_*. Returns false if it is none of these. */
  writeHypervisor(enc: number, low: number, high: number): boolean {
    const { virtual } = this
    const index = enc - ICH_LR0
    if (index >= 0 && index < LIST_REGISTERS) {
      virtual.setList(index, {
        state: high >>> 30,
        hardware: ((high >>> 29) & 1) !== 0,
        group: (high >>> 28) & 1,
        priority: (high >>> 16) & 0xff,
        physical: high & 0x1fff,
        id: low,
      })
      return true
    }
    switch (enc) {
      case ICH_AP0R0:
        virtual.setActive(0, low)
        return true
      case ICH_AP1R0:
        virtual.setActive(1, low)
        return true
      case ICH_HCR:
        virtual.control = low & HCR_MASK
        return true
      case ICH_VMCR:
        virtual.machineControl = low
        return true
      default:
        return false
    }
  }

  /**
   * Reads ICV_*.
   * @param groups bit 0: group 0's registers are virtual, bit 1: group 1's; the others if any is.
   * @returns undefined if the register is not virtual.
   */
  readGuest(enc: number, groups: number): number | undefined {
    const group = groupOf(enc)
    if (group === undefined || !((groups >>> group) & 1)) {
      return groups === 0 ? undefined : this.readCommon(enc)
    }
    const { virtual } = this
    switch (enc) {
      case ICC_IAR0:
      case ICC_IAR1:
        return virtual.acknowledge(1 << group)?.id ?? SPURIOUS
      case ICC_HPPIR0:
      case ICC_HPPIR1: {
        const register = virtual.highestPending()
        return register?.group === group ? register.id : SPURIOUS
      }
      case ICC_BPR0:
      case ICC_BPR1:
        return virtual.binaryPoint(group)
      case ICC_AP0R0:
      case ICC_AP1R0:
        return virtual.active[group]
      case ICC_IGRPEN0:
      case ICC_IGRPEN1:
        return (virtual.machineControl >>> group) & 1
      default:
        return undefined
    }
  }

  /** Writes ICV_*. Returns false if the register is not virtual. */
  writeGuest(enc: number, low: number, groups: number): boolean {
    const group = groupOf(enc)
    if (group === undefined || !((groups >>> group) & 1)) {
      return groups !== 0 && this.writeCommon(enc, low)
    }
    const { virtual } = this
    switch (enc) {
      case ICC_EOIR0:
      case ICC_EOIR1:
        virtual.endOfInterrupt(low & 0xff_ffff, group)
        return true
      case ICC_BPR0:
      case ICC_BPR1:
        virtual.setBinaryPoint(group, low & 7)
        return true
      case ICC_AP0R0:
      case ICC_AP1R0:
        virtual.setActive(group, low)
        return true
      case ICC_IGRPEN0:
      case ICC_IGRPEN1:
        virtual.change(1 << group, (low & 1) << group)
        return true
      default:
        return false
    }
  }

  /** Registers of both groups. */
  private readCommon(enc: number): number | undefined {
    const { virtual } = this
    switch (enc) {
      case ICC_PMR:
        return virtual.priorityMask
      case ICC_RPR:
        return virtual.running === IDLE_PRIORITY ? 0xff : virtual.running
      case ICC_CTLR: {
        const { machineControl } = virtual
        const cbpr = machineControl & VMCR_CBPR ? 1 : 0
        const eoiMode = machineControl & VMCR_EOIM ? 2 : 0
        return CTLR_CONSTANT | cbpr | eoiMode
      }
      default:
        return undefined
    }
  }

  private writeCommon(enc: number, low: number): boolean {
    const { virtual } = this
    switch (enc) {
      case ICC_PMR:
        virtual.priorityMask = low & 0xff
        return true
      case ICC_DIR:
        virtual.deactivate(low & 0xff_ffff)
        return true
      case ICC_CTLR: {
        const value = (low & 1 ? VMCR_CBPR : 0) | (low & 2 ? VMCR_EOIM : 0)
        virtual.change(VMCR_CBPR | VMCR_EOIM, value)
        return true
      }
      default:
        return false
    }
  }

  private readList(index: number): number {
    const { state, hardware, group, priority, physical, id } = this.virtual.list[index]!
    this.gic.high =
      ((state << 30) | (hardware ? 1 << 29 : 0) | (group << 28) | (priority << 16) | physical) >>> 0
    return id
  }
}

/** The group a register belongs to, or undefined if to both. */
function groupOf(enc: number): 0 | 1 | undefined {
  switch (enc) {
    case ICC_IAR0:
    case ICC_EOIR0:
    case ICC_HPPIR0:
    case ICC_BPR0:
    case ICC_AP0R0:
    case ICC_IGRPEN0:
      return 0
    case ICC_IAR1:
    case ICC_EOIR1:
    case ICC_HPPIR1:
    case ICC_BPR1:
    case ICC_AP1R0:
    case ICC_IGRPEN1:
      return 1
    default:
      return undefined
  }
}

/**
 * GICv2 Virtualization Extensions: the hypervisor's registers (GICH_*) and its guest's CPU interface (GICV_*).
 *
 * Source: IHI 0048B chapter 5. A vCPU reaches its own interface, at the same address as every other one.
 */
import { LINE_VFIQ, LINE_VIRQ } from '../../jit/core/assembly/layout.ts'
import type { AccessSize, Device } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
import type { Gicv2 } from './gicv2.ts'
import { type CpuLines, SPURIOUS } from './interrupts.ts'
import { IDLE_PRIORITY } from './priority.ts'
import { LIST_REGISTERS, type ListRegister, VirtualInterface } from './virtual-interface.ts'

const MAINTENANCE_PPI = 9

const GICH_HCR = 0x00
const GICH_VTR = 0x04
const GICH_VMCR = 0x08
const GICH_MISR = 0x10
const GICH_EISR0 = 0x20
const GICH_ELRSR0 = 0x30
const GICH_APR = 0xf0
const GICH_LR0 = 0x100

/** 5 bits of priority, all preemptible, 4 list registers. */
const VTR_VALUE = ((4 << 29) | (4 << 26) | (LIST_REGISTERS - 1)) >>> 0
const HCR_MASK = 0xf800_00ff

const GICV_CTLR = 0x00
const GICV_PMR = 0x04
const GICV_BPR = 0x08
const GICV_IAR = 0x0c
const GICV_EOIR = 0x10
const GICV_RPR = 0x14
const GICV_HPPIR = 0x18
const GICV_ABPR = 0x1c
const GICV_AIAR = 0x20
const GICV_AEOIR = 0x24
const GICV_AHPPIR = 0x28
const GICV_APR = 0xd0
const GICV_IIDR = 0xfc
const GICV_DIR = 0x1000

/** Enables, AckCtl, FIQEn, CBPR, EOImode: the same bits in GICV_CTLR and GICH_VMCR. */
const CONTROL_MASK = 0x21f
const CTLR_ACK_CTL = 1 << 2
const IIDR_VALUE = 0x0202_143b
const GROUP1_PENDING = 1022

/** GICH_*. */
export class Gicv2Virtual implements Device {
  readonly kind = 'gicv2-hyp'
  readonly cpuInterface: Gicv2VirtualCpu
  readonly interfaces: readonly VirtualInterface[]

  constructor(gic: Gicv2, lines: CpuLines) {
    this.interfaces = Array.from(
      { length: gic.cpus },
      (_, cpu) =>
        new VirtualInterface(
          {
            virq: { set: (level) => lines.setLine(cpu, LINE_VIRQ, level) },
            vfiq: { set: (level) => lines.setLine(cpu, LINE_VFIQ, level) },
            maintenance: gic.ppi(cpu, MAINTENANCE_PPI),
            deactivatePhysical: (id) => {
              if (id < gic.state.ids) gic.deactivate(cpu, id)
              gic.update()
            },
          },
          false,
        ),
    )
    this.cpuInterface = new Gicv2VirtualCpu(this.interfaces)
  }

  reset(): void {
    for (const part of this.interfaces) part.reset()
  }

  read(offset: number, size: AccessSize, cpu: number): number {
    const word = this.readWord(offset & ~3, this.interfaces[cpu]!)
    return size === 4 ? word : word >>> (8 * (offset & 3))
  }

  write(offset: number, size: AccessSize, value: number, cpu: number): void {
    if (size !== 4) return
    const part = this.interfaces[cpu]!
    const index = (offset - GICH_LR0) >> 2
    if (index >= 0 && index < LIST_REGISTERS) part.setList(index, unpack(value))
    else if (offset === GICH_HCR) part.control = value & HCR_MASK
    else if (offset === GICH_VMCR) part.machineControl = value
    else if (offset === GICH_APR) setActive(part, value)
  }

  save(): StateObject {
    return { version: 1, interfaces: this.interfaces.map((part) => part.save()) }
  }

  restore(state: StateReader): void {
    state.version(1)
    for (const [n, part] of state.objects('interfaces', this.interfaces.length).entries()) {
      this.interfaces[n]!.restore(part)
    }
  }

  private readWord(offset: number, part: VirtualInterface): number {
    const index = (offset - GICH_LR0) >> 2
    if (index >= 0 && index < LIST_REGISTERS) return pack(part.list[index]!)
    switch (offset) {
      case GICH_HCR:
        return part.control
      case GICH_VTR:
        return VTR_VALUE
      case GICH_VMCR:
        return part.machineControl
      case GICH_MISR:
        return part.maintenanceStatus
      case GICH_EISR0:
        return part.ended
      case GICH_ELRSR0:
        return part.empty
      case GICH_APR:
        return (part.active[0] | part.active[1]) >>> 0
      default:
        return 0
    }
  }
}

/** GICV_*. */
class Gicv2VirtualCpu implements Device {
  readonly kind = 'gicv2-vcpu'

  constructor(private readonly interfaces: readonly VirtualInterface[]) {}

  /** GICH_* resets and saves the interfaces. */
  reset(): void {}

  save(): StateObject {
    return { version: 1 }
  }

  restore(state: StateReader): void {
    state.version(1)
  }

  read(offset: number, size: AccessSize, cpu: number): number {
    const word = this.readWord(offset & ~3, this.interfaces[cpu]!)
    return size === 4 ? word : word >>> (8 * (offset & 3))
  }

  write(offset: number, _size: AccessSize, value: number, cpu: number): void {
    const part = this.interfaces[cpu]!
    switch (offset) {
      case GICV_CTLR:
        part.change(CONTROL_MASK, value)
        break
      case GICV_PMR:
        part.priorityMask = value & 0xff
        break
      case GICV_BPR:
        part.setBinaryPoint(0, value & 7)
        break
      case GICV_ABPR:
        part.setBinaryPoint(1, value & 7)
        break
      case GICV_EOIR:
        part.endOfInterrupt(value & 0x3ff, this.groupOf(part, value & 0x3ff))
        break
      case GICV_AEOIR:
        part.endOfInterrupt(value & 0x3ff, 1)
        break
      case GICV_DIR:
        part.deactivate(value & 0x3ff)
        break
      case GICV_APR:
        setActive(part, value)
        break
    }
  }

  private readWord(offset: number, part: VirtualInterface): number {
    switch (offset) {
      case GICV_CTLR:
        return part.machineControl & CONTROL_MASK
      case GICV_PMR:
        return part.priorityMask
      case GICV_BPR:
        return part.binaryPoint(0)
      case GICV_ABPR:
        return part.binaryPoint(1)
      case GICV_IAR: {
        if (this.hidden(part)) return GROUP1_PENDING
        return withSender(part.acknowledge(3))
      }
      case GICV_AIAR:
        return withSender(part.acknowledge(2))
      case GICV_RPR:
        return part.running === IDLE_PRIORITY ? 0xff : part.running
      case GICV_HPPIR:
        return this.hidden(part) ? GROUP1_PENDING : withSender(part.highestPending())
      case GICV_AHPPIR: {
        const register = part.highestPending()
        return withSender(register?.group === 1 ? register : undefined)
      }
      case GICV_APR:
        return (part.active[0] | part.active[1]) >>> 0
      case GICV_IIDR:
        return IIDR_VALUE
      default:
        return 0
    }
  }

  /** Group 1 is pending, but its guest takes it by the aliased registers only. */
  private hidden(part: VirtualInterface): boolean {
    return part.highestPending()?.group === 1 && !(part.machineControl & CTLR_ACK_CTL)
  }

  private groupOf(part: VirtualInterface, id: number): 0 | 1 {
    return part.list.find((register) => register.id === id)?.group === 1 ? 1 : 0
  }
}

function withSender(register: ListRegister | undefined): number {
  if (!register) return SPURIOUS
  const sender = register.hardware || register.id >= 16 ? 0 : register.physical & 7
  return register.id | (sender << 10)
}

/** Active priorities of both groups share one register: bits that are set belong to the group they had. */
function setActive(part: VirtualInterface, value: number): void {
  const group1 = part.active[1] & value
  part.setActive(1, group1)
  part.setActive(0, value & ~group1)
}

function unpack(value: number): ListRegister {
  return {
    state: (value >>> 28) & 3,
    hardware: value >>> 31 !== 0,
    group: (value >>> 30) & 1,
    priority: ((value >>> 23) & 31) << 3,
    physical: (value >>> 10) & 0x3ff,
    id: value & 0x3ff,
  }
}

function pack({ state, hardware, group, priority, physical, id }: ListRegister): number {
  return (
    ((hardware ? 1 << 31 : 0) |
      (group << 30) |
      (state << 28) |
      ((priority >> 3) << 23) |
      (physical << 10) |
      id) >>>
    0
  )
}

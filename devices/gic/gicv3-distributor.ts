/**
 * GICv3: the distributor (GICD_*), for shared peripheral interrupts.
 *
 * Source: IHI 0069 12.9. Also saves the state of the whole controller.
 */
import type { AccessSize, Device } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'
import type { Gicv3 } from './gicv3.ts'
import type { Gicv3CpuInterface } from './gicv3-cpu.ts'
import type { Gicv3Virtual } from './gicv3-virtual.ts'
import {
  ICFGR,
  IGROUPR,
  IPRIORITYR,
  readBits,
  readPriorities,
  writeBits,
  writePriorities,
} from './words.ts'

const GICD_CTLR = 0x0000
const GICD_TYPER = 0x0004
const GICD_IIDR = 0x0008
const GICD_IROUTER = 0x6000
const GICD_PIDR2 = 0xffe8

const CTLR_ARE = 1 << 4
const CTLR_DS = 1 << 6
/** No 1-of-N delivery, affinity level 3 valid, 16 bits of interrupt id. */
const TYPER_FLAGS = (1 << 25) | (1 << 24) | (15 << 19)
export const IIDR_VALUE = 0x43b
/** Architecture version 3. */
export const PIDR2_VALUE = 0x3b
/** A route that leads to no vCPU of this machine is kept as it was written, plus this. */
const NOWHERE = 2 ** 40

export class Gicv3Distributor implements Device {
  readonly kind = 'gicv3'

  constructor(
    private readonly gic: Gicv3,
    private readonly interfaces: readonly Gicv3CpuInterface[],
    private readonly virtual: readonly Gicv3Virtual[],
  ) {}

  reset(): void {
    this.gic.state.reset()
    this.gic.groups = 0
    this.gic.routes.fill(0)
    this.gic.redistributors.reset()
    for (const part of [...this.interfaces, ...this.virtual]) part.reset()
    this.gic.update()
  }

  read(offset: number, size: AccessSize): number {
    const { state } = this.gic
    if (offset >= IPRIORITYR && offset < IPRIORITYR + 0x400) {
      const id = offset - IPRIORITYR
      return this.isSpi(id) ? readPriorities(state, state.slot(0, id), size) : 0
    }
    const word = this.readWord(offset & ~3)
    return size === 4 ? word : word >>> (8 * (offset & 3))
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this.gic
    if (offset >= IPRIORITYR && offset < IPRIORITYR + 0x400) {
      const id = offset - IPRIORITYR
      if (this.isSpi(id)) writePriorities(state, state.slot(0, id), size, value)
    } else if (size === 4) {
      this.writeWord(offset, value)
    }
    this.gic.update()
  }

  save(): StateObject {
    const { gic } = this
    return {
      version: 1,
      groups: gic.groups,
      routes: [...gic.routes],
      asleep: gic.redistributors.asleep,
      interrupts: gic.state.save(),
      interfaces: this.interfaces.map((part) => part.save()),
      virtual: this.virtual.map((part) => part.virtual.save()),
    }
  }

  restore(state: StateReader): void {
    const { gic } = this
    state.version(1)
    gic.groups = state.integer('groups', 0, 3)
    const routes = state.list('routes', gic.state.ids)
    for (const [id, route] of routes.entries())
      gic.routes[id] = typeof route === 'number' ? route : 0
    gic.redistributors.asleep = state.unsigned('asleep', 8)
    gic.state.restore(state.object('interrupts'))
    for (const [n, part] of state.objects('interfaces', gic.cpus).entries()) {
      this.interfaces[n]?.restore(part)
    }
    for (const [n, part] of state.objects('virtual', gic.cpus).entries()) {
      this.virtual[n]?.virtual.restore(part)
    }
    gic.update()
  }

  private isSpi(id: number): boolean {
    return id >= 32 && id < this.gic.state.ids
  }

  private readWord(offset: number): number {
    const { state } = this.gic
    if (offset >= IGROUPR && offset < IPRIORITYR) {
      const n = (offset & 0x7c) >> 2
      return n > 0 && n < state.words ? readBits(state, state.word(0, n), offset & ~0x7f) : 0
    }
    if (offset >= ICFGR && offset < ICFGR + 0x100) {
      const n = (offset - ICFGR) >> 2
      return n >= 2 && n >> 1 < state.words
        ? state.readConfig(state.word(0, n >> 1), (n & 1) !== 0)
        : 0
    }
    if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 8 * state.ids) {
      const route = this.gic.routes[(offset - GICD_IROUTER) >> 3]! % NOWHERE
      return (offset & 4) === 0 ? route >>> 0 : Math.floor(route / 2 ** 32)
    }
    switch (offset) {
      case GICD_CTLR:
        return this.gic.groups | CTLR_ARE | CTLR_DS
      case GICD_TYPER:
        return TYPER_FLAGS | (state.words - 1)
      case GICD_IIDR:
        return IIDR_VALUE
      case GICD_PIDR2:
        return PIDR2_VALUE
      default:
        return 0
    }
  }

  private writeWord(offset: number, value: number): void {
    const { state, routes } = this.gic
    if (offset >= IGROUPR && offset < IPRIORITYR) {
      const n = (offset & 0x7c) >> 2
      if (n > 0 && n < state.words) writeBits(state, state.word(0, n), offset & ~0x7f, value)
    } else if (offset >= ICFGR && offset < ICFGR + 0x100) {
      const n = (offset - ICFGR) >> 2
      if (n >= 2 && n >> 1 < state.words) {
        state.writeConfig(state.word(0, n >> 1), (n & 1) !== 0, value, 0xffff)
      }
    } else if (offset >= GICD_IROUTER + 8 * 32 && offset < GICD_IROUTER + 8 * state.ids) {
      const id = (offset - GICD_IROUTER) >> 3
      const old = routes[id]! % NOWHERE
      // Affinity fields 0 to 2 in the low half, 3 in the high one.
      const route =
        (offset & 4) === 0
          ? Math.floor(old / 2 ** 32) * 2 ** 32 + (value & 0xff_ffff)
          : (old % 2 ** 32) + (value & 0xff) * 2 ** 32
      routes[id] = route < this.gic.cpus ? route : route + NOWHERE
    } else if (offset === GICD_CTLR) {
      this.gic.groups = value & 3
    }
  }
}

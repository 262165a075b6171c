/**
 * PL061 general-purpose I/O, eight pins, and the power button on one of them.
 *
 * Source: DDI 0190B (PrimeCell GPIO PL061). Pins that nothing drives read zero. A button press holds its pin high for
 * 100 ms of guest time, long enough for a driver that debounces.
 */
import type { AccessSize, Device, DeviceHost, InputPort, InterruptLine } from './device.ts'
import type { Timer } from './events.ts'
import { PRIMECELL_ID, part, primeCellId } from './primecell.ts'
import type { StateObject, StateReader } from './state.ts'

/** GPIODATA occupies 1 KiB: address bits 9 to 2 mask the pins of an access. */
const GPIODATA_END = 0x400
const GPIODIR = 0x400
const GPIOIS = 0x404
const GPIOIBE = 0x408
const GPIOIEV = 0x40c
const GPIOIE = 0x410
const GPIORIS = 0x414
const GPIOMIS = 0x418
const GPIOIC = 0x41c
const GPIOAFSEL = 0x420

const PERIPHERAL_ID = [0x61, 0x10, 0x04, 0x00]
const PRESS_NS = 100e6

export class Pl061 implements Device {
  readonly kind = 'pl061'
  /** Any data posted here presses the button. */
  readonly button: InputPort
  private readonly release: Timer
  /** Levels that the board drives, and levels that the guest drives. */
  private inputs = 0
  private outputs = 0
  private direction = 0
  private sense = 0
  private bothEdges = 0
  private event = 0
  private enable = 0
  /** Edges seen; level interrupts follow the pins. */
  private edges = 0
  private alternate = 0

  /** @param buttonPin the pin that the power button pulls high. */
  constructor(
    host: DeviceHost,
    private readonly irq: InterruptLine,
    private readonly buttonPin: number,
  ) {
    this.release = host.events.timer(() => this.drive(this.inputs & ~(1 << this.buttonPin)))
    this.button = host.input('power-button', () => {
      this.drive(this.inputs | (1 << this.buttonPin))
      this.release.arm(host.events.nowNs + PRESS_NS)
    })
  }

  reset(): void {
    this.inputs = this.outputs = this.direction = this.sense = this.bothEdges = 0
    this.event = this.enable = this.edges = this.alternate = 0
    this.release.disarm()
    this.updateInterrupt()
  }

  read(offset: number, size: AccessSize): number {
    return part(this.register(offset & ~3), offset, size)
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const byte = value & 0xff
    if (offset < GPIODATA_END) {
      const mask = (offset >> 2) & this.direction
      this.outputs = (this.outputs & ~mask) | (byte & mask)
    }
    switch (offset) {
      case GPIODIR:
        this.direction = byte
        break
      case GPIOIS:
        this.sense = byte
        break
      case GPIOIBE:
        this.bothEdges = byte
        break
      case GPIOIEV:
        this.event = byte
        break
      case GPIOIE:
        this.enable = byte
        break
      case GPIOIC:
        this.edges &= ~byte
        break
      case GPIOAFSEL:
        this.alternate = byte
        break
    }
    this.updateInterrupt()
  }

  save(): StateObject {
    const { inputs, outputs, direction, sense, bothEdges, event, enable, edges, alternate } = this
    return {
      version: 1,
      ...{ inputs, outputs, direction, sense, bothEdges, event, enable, edges, alternate },
      release: this.release.save(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.inputs = state.unsigned('inputs', 8)
    this.outputs = state.unsigned('outputs', 8)
    this.direction = state.unsigned('direction', 8)
    this.sense = state.unsigned('sense', 8)
    this.bothEdges = state.unsigned('bothEdges', 8)
    this.event = state.unsigned('event', 8)
    this.enable = state.unsigned('enable', 8)
    this.edges = state.unsigned('edges', 8)
    this.alternate = state.unsigned('alternate', 8)
    this.release.restore(state.object('release'))
    this.updateInterrupt()
  }

  private register(offset: number): number {
    if (offset < GPIODATA_END) return this.pins & (offset >> 2)
    if (offset >= PRIMECELL_ID) return primeCellId(PERIPHERAL_ID, offset)
    switch (offset) {
      case GPIODIR:
        return this.direction
      case GPIOIS:
        return this.sense
      case GPIOIBE:
        return this.bothEdges
      case GPIOIEV:
        return this.event
      case GPIOIE:
        return this.enable
      case GPIORIS:
        return this.raw
      case GPIOMIS:
        return this.raw & this.enable
      case GPIOAFSEL:
        return this.alternate
      default:
        return 0
    }
  }

  private get pins(): number {
    return (this.inputs & ~this.direction) | (this.outputs & this.direction)
  }

  private get raw(): number {
    const levels = ~(this.pins ^ this.event) & this.sense & 0xff
    return levels | (this.edges & ~this.sense)
  }

  private drive(inputs: number): void {
    const changed = (this.inputs ^ inputs) & ~this.direction
    this.inputs = inputs
    // An edge counts if both do, or if it leads to the level that GPIOIEV names.
    this.edges |= changed & ~this.sense & (this.bothEdges | ~(inputs ^ this.event))
    this.updateInterrupt()
  }

  private updateInterrupt(): void {
    this.irq.set((this.raw & this.enable) !== 0)
  }
}

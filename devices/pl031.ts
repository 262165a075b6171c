/**
 * PL031 real-time clock.
 *
 * Source: DDI 0224 (PrimeCell Real Time Clock PL031). Counts whole seconds of guest time from the machine's `rtc`;
 * a match raises its interrupt. Never looks at the host's clock.
 */
import type { AccessSize, Device, DeviceHost, InterruptLine } from './device.ts'
import type { Timer } from './events.ts'
import { PRIMECELL_ID, part, primeCellId } from './primecell.ts'
import type { StateObject, StateReader } from './state.ts'

const RTCDR = 0x00
const RTCMR = 0x04
const RTCLR = 0x08
const RTCCR = 0x0c
const RTCIMSC = 0x10
const RTCRIS = 0x14
const RTCMIS = 0x18
const RTCICR = 0x1c

const PERIPHERAL_ID = [0x31, 0x10, 0x14, 0x00]
const NS_PER_SECOND = 1e9

export class Pl031 implements Device {
  readonly kind = 'pl031'
  private readonly alarm: Timer
  /** Seconds that the clock shows at guest time 0, modulo 2^32. */
  private offset: number
  private match = 0
  private load = 0
  private imsc = 0
  private ris = 0

  /** @param startSeconds what the clock shows at guest time 0, in seconds since 1970. */
  constructor(
    private readonly host: DeviceHost,
    private readonly irq: InterruptLine,
    startSeconds: number,
  ) {
    this.offset = startSeconds >>> 0
    this.alarm = host.events.timer(() => {
      this.ris = 1
      this.updateInterrupt()
    })
  }

  /** The time of day survives a reset, as it is kept by a battery. */
  reset(): void {
    this.match = this.load = this.imsc = this.ris = 0
    this.alarm.disarm()
    this.updateInterrupt()
  }

  read(offset: number, size: AccessSize): number {
    return part(this.register(offset & ~3), offset, size)
  }

  write(offset: number, _size: AccessSize, value: number): void {
    switch (offset) {
      case RTCMR:
        this.match = value
        this.setAlarm()
        break
      case RTCLR:
        this.load = value
        this.offset = (value - this.elapsedSeconds) >>> 0
        this.setAlarm()
        break
      case RTCIMSC:
        this.imsc = value & 1
        break
      case RTCICR:
        this.ris &= ~value
        break
    }
    this.updateInterrupt()
  }

  save(): StateObject {
    const { offset, match, load, imsc, ris } = this
    return { version: 1, offset, match, load, imsc, ris, alarm: this.alarm.save() }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.offset = state.unsigned('offset', 32)
    this.match = state.unsigned('match', 32)
    this.load = state.unsigned('load', 32)
    this.imsc = state.integer('imsc', 0, 1)
    this.ris = state.integer('ris', 0, 1)
    this.alarm.restore(state.object('alarm'))
    this.updateInterrupt()
  }

  private register(offset: number): number {
    if (offset >= PRIMECELL_ID) return primeCellId(PERIPHERAL_ID, offset)
    switch (offset) {
      case RTCDR:
        return (this.offset + this.elapsedSeconds) >>> 0
      case RTCMR:
        return this.match
      case RTCLR:
        return this.load
      case RTCCR:
        // It cannot be stopped.
        return 1
      case RTCIMSC:
        return this.imsc
      case RTCRIS:
        return this.ris
      case RTCMIS:
        return this.ris & this.imsc
      default:
        return 0
    }
  }

  private get elapsedSeconds(): number {
    return Math.floor(this.host.events.nowNs / NS_PER_SECOND)
  }

  private setAlarm(): void {
    const elapsed = this.elapsedSeconds
    const wait = (this.match - this.offset - elapsed) >>> 0
    if (wait === 0) {
      this.alarm.disarm()
      this.ris = 1
    } else {
      this.alarm.arm((elapsed + wait) * NS_PER_SECOND)
    }
  }

  private updateInterrupt(): void {
    this.irq.set((this.ris & this.imsc) !== 0)
  }
}

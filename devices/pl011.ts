/**
 * PL011 UART.
 *
 * Source: DDI 0183G (PrimeCell UART PL011). Modelled: both FIFOs, all interrupts that can occur (receive, receive
 * timeout, transmit), loopback, identification. Characters leave at once, so the transmit FIFO is always empty.
 * Received characters wait outside as long as the receive FIFO is full: a paste of any length arrives whole.
 * As on QEMU, and unlike the hardware, it works without being enabled in UARTCR: tiny kernels rely on that.
 * Not modelled: line errors, breaks, modem signals, DMA requests, baud rate except for the receive timeout.
 */
import type { AccessSize, Device, DeviceHost, InputPort, InterruptLine } from './device.ts'
import type { Timer } from './events.ts'
import { PRIMECELL_ID, part, primeCellId } from './primecell.ts'
import type { StateObject, StateReader } from './state.ts'

const UARTDR = 0x00
const UARTRSR = 0x04
const UARTFR = 0x18
const UARTILPR = 0x20
const UARTIBRD = 0x24
const UARTFBRD = 0x28
const UARTLCR_H = 0x2c
const UARTCR = 0x30
const UARTIFLS = 0x34
const UARTIMSC = 0x38
const UARTRIS = 0x3c
const UARTMIS = 0x40
const UARTICR = 0x44
const UARTDMACR = 0x48

const FR_RXFE = 1 << 4
const FR_RXFF = 1 << 6
const FR_TXFE = 1 << 7
const LCR_FEN = 1 << 4
const CR_LBE = 1 << 7
const INT_RX = 1 << 4
const INT_TX = 1 << 5
const INT_RT = 1 << 6
const INT_ALL = 0x7ff

const FIFO_DEPTH = 16
/** Receive FIFO trigger levels by UARTIFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8 full; the rest is reserved. */
const TRIGGERS = [2, 4, 8, 12, 14, 14, 14, 14]
const PERIPHERAL_ID = [0x11, 0x10, 0x14, 0x00]
/** The board's UARTCLK. */
const UARTCLK_HZ = 24_000_000
const RESET_CR = 0x300
const RESET_IFLS = 0x12

/** What was typed faster than the guest reads; beyond this the host's terminal is to blame. */
const BACKLOG_MAX = 16 << 20

export class Pl011 implements Device {
  readonly kind = 'pl011'
  /** Where typed bytes go in. */
  readonly input: InputPort
  private readonly timeout: Timer
  private fifo: number[] = []
  private backlog: Uint8Array = new Uint8Array(0)
  private ilpr = 0
  private ibrd = 0
  private fbrd = 0
  private lcrH = 0
  private cr = RESET_CR
  private ifls = RESET_IFLS
  private imsc = 0
  private ris = 0
  private dmacr = 0

  /**
   * @param name of its input port, `console0`.
   * @param onOutput called with each transmitted byte, while the guest is running.
   */
  constructor(
    host: DeviceHost,
    name: string,
    private readonly irq: InterruptLine,
    private readonly onOutput: (byte: number) => void,
  ) {
    this.host = host
    this.input = host.input(name, (data) => this.receive(data))
    this.timeout = host.events.timer(() => {
      if (this.fifo.length > 0) this.raise(INT_RT)
    })
  }
  private readonly host: DeviceHost

  reset(): void {
    this.fifo = []
    this.ilpr = this.ibrd = this.fbrd = this.lcrH = this.imsc = this.ris = this.dmacr = 0
    this.cr = RESET_CR
    this.ifls = RESET_IFLS
    this.timeout.disarm()
    this.refill()
    this.updateInterrupt()
  }

  read(offset: number, size: AccessSize): number {
    if (offset >= PRIMECELL_ID) return part(primeCellId(PERIPHERAL_ID, offset), offset, size)
    const register = offset & ~3
    if (register === UARTDR) return offset === UARTDR ? this.takeReceived() : 0
    return part(this.register(register), offset, size)
  }

  write(offset: number, _size: AccessSize, value: number): void {
    switch (offset) {
      case UARTDR:
        this.transmit(value & 0xff)
        break
      case UARTILPR:
        this.ilpr = value & 0xff
        break
      case UARTIBRD:
        this.ibrd = value & 0xffff
        break
      case UARTFBRD:
        this.fbrd = value & 0x3f
        break
      case UARTLCR_H:
        // Switching between FIFO and single character empties both.
        if ((this.lcrH ^ value) & LCR_FEN) this.fifo = []
        this.lcrH = value & 0xff
        this.refill()
        break
      case UARTCR:
        this.cr = value & 0xff87
        break
      case UARTIFLS:
        this.ifls = value & 0x3f
        this.receiveStatus()
        break
      case UARTIMSC:
        this.imsc = value & INT_ALL
        break
      case UARTICR:
        this.ris &= ~value
        this.receiveTimeout()
        break
      case UARTDMACR:
        this.dmacr = value & 7
        break
    }
    this.updateInterrupt()
  }

  save(): StateObject {
    const { ilpr, ibrd, fbrd, lcrH, cr, ifls, imsc, ris, dmacr } = this
    return {
      version: 1,
      ...{ ilpr, ibrd, fbrd, lcrH, cr, ifls, imsc, ris, dmacr },
      fifo: Uint8Array.from(this.fifo),
      backlog: this.backlog.slice(),
      timeout: this.timeout.save(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.ilpr = state.unsigned('ilpr', 8)
    this.ibrd = state.unsigned('ibrd', 16)
    this.fbrd = state.integer('fbrd', 0, 63)
    this.lcrH = state.unsigned('lcrH', 8)
    this.cr = state.unsigned('cr', 16)
    this.ifls = state.integer('ifls', 0, 63)
    this.imsc = state.integer('imsc', 0, INT_ALL)
    this.ris = state.integer('ris', 0, INT_ALL)
    this.dmacr = state.integer('dmacr', 0, 7)
    this.fifo = [...state.bytes('fifo', undefined, FIFO_DEPTH)]
    this.backlog = state.bytes('backlog', undefined, BACKLOG_MAX)
    this.timeout.restore(state.object('timeout'))
    this.updateInterrupt()
  }

  private register(offset: number): number {
    switch (offset) {
      case UARTFR:
        return (
          FR_TXFE |
          (this.fifo.length === 0 ? FR_RXFE : 0) |
          (this.fifo.length >= this.depth ? FR_RXFF : 0)
        )
      case UARTILPR:
        return this.ilpr
      case UARTIBRD:
        return this.ibrd
      case UARTFBRD:
        return this.fbrd
      case UARTLCR_H:
        return this.lcrH
      case UARTCR:
        return this.cr
      case UARTIFLS:
        return this.ifls
      case UARTIMSC:
        return this.imsc
      case UARTRIS:
        return this.ris
      case UARTMIS:
        return this.ris & this.imsc
      case UARTDMACR:
        return this.dmacr
      case UARTRSR:
        return 0
      default:
        return 0
    }
  }

  private get depth(): number {
    return this.lcrH & LCR_FEN ? FIFO_DEPTH : 1
  }

  private get trigger(): number {
    return this.lcrH & LCR_FEN ? TRIGGERS[(this.ifls >> 3) & 7]! : 1
  }

  private transmit(byte: number): void {
    if (this.cr & CR_LBE) this.loopBack(byte)
    else this.onOutput(byte)
    this.ris |= INT_TX
  }

  /** What finds the FIFO full is lost, as on the line: a guest must not fill the host's backlog with its own bytes. */
  private loopBack(byte: number): void {
    if (this.fifo.length >= this.depth) return
    this.fifo.push(byte)
    this.receiveStatus()
    this.receiveTimeout()
  }

  private receive(data: Uint8Array): void {
    const room = BACKLOG_MAX - this.backlog.length
    const backlog = new Uint8Array(this.backlog.length + Math.min(room, data.length))
    backlog.set(this.backlog)
    backlog.set(data.subarray(0, room), this.backlog.length)
    this.backlog = backlog
    this.refill()
    this.updateInterrupt()
  }

  private takeReceived(): number {
    const byte = this.fifo.shift() ?? 0
    if (this.fifo.length < this.trigger) this.ris &= ~INT_RX
    if (this.fifo.length === 0) this.ris &= ~INT_RT
    this.refill()
    this.updateInterrupt()
    return byte
  }

  /** Moves waiting characters into the FIFO. */
  private refill(): void {
    const count = Math.min(this.depth - this.fifo.length, this.backlog.length)
    if (count > 0) {
      this.fifo.push(...this.backlog.subarray(0, count))
      this.backlog = this.backlog.subarray(count)
      this.receiveStatus()
    }
    this.receiveTimeout()
  }

  private receiveStatus(): void {
    if (this.fifo.length >= this.trigger) this.ris |= INT_RX
    else this.ris &= ~INT_RX
  }

  /** The timeout runs while characters wait: 32 bit periods after the last change. */
  private receiveTimeout(): void {
    if (this.fifo.length === 0 || this.ris & INT_RT) this.timeout.disarm()
    else this.timeout.arm(this.host.events.nowNs + this.timeoutNs)
  }

  private get timeoutNs(): number {
    // A bit lasts 16 * (IBRD + FBRD / 64) clocks; without a divisor take that of 115200 baud.
    const divisor = this.ibrd * 64 + this.fbrd || 833
    return Math.ceil((32 * 16 * divisor * 1e9) / (64 * UARTCLK_HZ))
  }

  private raise(interrupts: number): void {
    this.ris |= interrupts
    this.updateInterrupt()
  }

  private updateInterrupt(): void {
    this.irq.set((this.ris & this.imsc) !== 0)
  }
}

/**
 * Arm PrimeCell UART (PL011), DDI 0183: the registers a console needs. Baud rate and format stay as firmware or the kernel set
 * them. FIFOs are on, so that one interrupt brings several bytes.
 */
import { load32, store32 } from '../libkenix/imports/mem64'

const DR: u64 = 0x00
const FR: u64 = 0x18
const LCR_H: u64 = 0x2c
const CR: u64 = 0x30
const IFLS: u64 = 0x34
const IMSC: u64 = 0x38
const ICR: u64 = 0x44

const FR_RXFE: u32 = 1 << 4
const FR_TXFF: u32 = 1 << 5
const LCR_H_FEN: u32 = 1 << 4
const CR_ENABLE: u32 = (1 << 0) | (1 << 8) | (1 << 9)
const INT_RX: u32 = 1 << 4
const INT_TX: u32 = 1 << 5
const INT_RT: u32 = 1 << 6
const INT_ALL: u32 = 0x7ff

/** Bytes in DR beside the data are error flags: framing, parity, break, overrun. */
const DR_ERRORS: u32 = 0xf00

export class Pl011 {
  /** @param base address its registers are mapped at */
  constructor(private readonly base: u64) {}

  /** Turns on FIFOs and the interrupts for received bytes. */
  start(): void {
    // The line must not be disabled while FIFOs are switched on and bytes of the kernel are still being sent: FEN alone
    // changes, as it may.
    store32(this.base + LCR_H, load32(this.base + LCR_H) | LCR_H_FEN)
    store32(this.base + CR, load32(this.base + CR) | CR_ENABLE)
    // An interrupt when the receive FIFO is one eighth full (a timeout tells of less), or the transmit FIFO almost empty.
    store32(this.base + IFLS, 0)
    store32(this.base + ICR, INT_ALL)
    this.listen(false)
  }

  /** Chooses interrupts: received bytes always, room to send if `sending`. */
  listen(sending: bool): void {
    store32(this.base + IMSC, INT_RX | INT_RT | (sending ? INT_TX : 0))
  }

  /** Clears what has interrupted. */
  acknowledge(): void {
    store32(this.base + ICR, INT_ALL)
  }

  /** A received byte, -1 if there is none. A byte that came with an error is dropped. */
  receive(): i32 {
    while ((load32(this.base + FR) & FR_RXFE) === 0) {
      const data = load32(this.base + DR)
      if ((data & DR_ERRORS) === 0) return (data & 0xff) as i32
    }
    return -1
  }

  /** Sends a byte if there is room. */
  send(byte: u8): bool {
    if ((load32(this.base + FR) & FR_TXFF) !== 0) return false
    store32(this.base + DR, byte)
    return true
  }
}

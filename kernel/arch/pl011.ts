/** PL011 UART (DDI 0183), for output only: the kernel writes its log there until a driver takes it. Firmware has set it up. */
import { load32, store32 } from './imports/mem64'

const UARTDR: u64 = 0x00
const UARTFR: u64 = 0x18
const TXFF: u32 = 1 << 5
/** Polls before a byte is given up: a UART that never has room must not stop the kernel. */
const PATIENCE: u32 = 100_000

let base: u64 = 0
let physical: u64 = 0

/** Sets the virtual address of the registers, 0 for none, and the physical one. */
export function initUart(address: u64, at: u64): void {
  base = address
  physical = at
}

/** True if the registers lie in a physical range. */
export function isUart(start: u64, bytes: u64): bool {
  return base != 0 && physical >= start && physical - start < bytes
}

export function hasUart(): bool {
  return base != 0
}

export function putUart(byte: u32): void {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    if (load32(base + UARTFR) & TXFF) continue
    store32(base + UARTDR, byte)
    return
  }
}

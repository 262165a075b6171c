/**
 * The kernel log: a ring of the last 64 KiB, by position since boot. While no driver has the UART's interrupt what is written
 * appears there, too. Text is written in pieces, without strings on a heap.
 */

import { hasUart, putUart } from './arch/pl011'
import { LOG, LOG_BYTES } from './param'

let head: u64 = 0
let muted: bool = false

/** Bytes ever written. */
export function logHead(): u64 {
  return head
}

/** The UART belongs to a driver now, or to the kernel again. */
export function muteUart(mute: bool): void {
  muted = mute
}

export function putByte(byte: u32): void {
  store<u8>(LOG + ((head & (LOG_BYTES - 1)) as usize), byte as u8)
  head++
  if (muted || !hasUart()) return
  if (byte == 10) putUart(13)
  putUart(byte)
}

/** Writes bytes of linear memory. */
export function writeLogFrom(from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) putByte(load<u8>(from + i))
}

/** Writes a constant text: only its ASCII characters. */
export function put(text: string): void {
  for (let i = 0; i < text.length; i++) putByte(text.charCodeAt(i))
}

export function putDecimal(value: u64): void {
  let divisor: u64 = 1
  while (value / divisor >= 10) divisor *= 10
  for (; divisor > 0; divisor /= 10) putByte(48 + (((value / divisor) % 10) as u32))
}

export function putHex(value: u64, digits: u32): void {
  for (let i = digits; i > 0; i--) {
    const digit = ((value >> (((i - 1) << 2) as u64)) & 15) as u32
    putByte(digit < 10 ? 48 + digit : 87 + digit)
  }
}

/** Byte of the log at a position that it still has. */
export function logByte(position: u64): u32 {
  return load<u8>(LOG + ((position & (LOG_BYTES - 1)) as usize))
}

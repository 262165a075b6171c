/**
 * Crash dumps: what the registers were, and where in the source that is. Addresses of the kernel are looked up in the symbol
 * table that the linker puts into the image; frame records (x29) give the calls that led there. A fault of a task is told with
 * the places in its own source (`task/symbols.ts`).
 */

import { MAX_NAME_BYTES } from './abi/generated'
import { partAt, SYMBOLS, TEXT_END } from './arch/boot'
import { probe } from './arch/imports/asm'
import { load8, load32 } from './arch/imports/mem64'
import { IMAGE_BASE, STACK_BASE, STACK_SIZE, TASK_PC, TASK_SP } from './arch/layout'
import { put, putByte, putDecimal, putHex } from './log'
import { putSource, putTrap } from './task/symbols'
import { NAME, PID } from './task/task'

const MAGIC: u32 = 0x4d59534b
const FUNCTION_BYTES: u64 = 12
const SITE_BYTES: u64 = 8
const EC_BRK: u64 = 0x3c

function putText(at: u64): void {
  for (let i: u64 = 0; i < 200; i++) {
    const byte = load8(at + i)
    if (!byte) return
    putByte(byte)
  }
}

/** The last of `count` records of `bytes` whose first word is not above `offset`, or -1. */
function search(table: u64, count: u32, bytes: u64, offset: u32): i32 {
  let low: u32 = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (load32(table + (middle as u64) * bytes) <= offset) low = middle + 1
    else high = middle
  }
  return (low as i32) - 1
}

/** Writes function, offset, file and line of an address of the kernel. */
export function putPlace(address: u64): void {
  putHex(address, 16)
  if (address < IMAGE_BASE || address - IMAGE_BASE >= partAt(IMAGE_BASE, TEXT_END)) return
  const table = IMAGE_BASE + partAt(IMAGE_BASE, SYMBOLS)
  if (load32(table) != MAGIC) return
  const offset = (address - IMAGE_BASE) as u32
  const functions = table + (load32(table + 24) as u64)
  const strings = table + (load32(table + 36) as u64)
  const f = search(functions, load32(table + 4), FUNCTION_BYTES, offset)
  if (f < 0) return
  const record = functions + (f as u64) * FUNCTION_BYTES
  putByte(32)
  putText(strings + (load32(record + 8) as u64))
  put('+0x')
  putHex((offset - load32(record)) as u64, 4)
  const sites = table + (load32(table + 28) as u64)
  const s = search(sites, load32(table + 8), SITE_BYTES, offset)
  const packed = s < 0 ? 0 : load32(sites + (s as u64) * SITE_BYTES + 4)
  if (!packed) return
  const files = table + (load32(table + 32) as u64)
  put(' (')
  putText(strings + (load32(files + ((packed >> 20) as u64) * 4) as u64))
  putByte(58)
  putDecimal((packed & 0xf_ffff) as u64)
  putByte(41)
}

/** Calls that led to a frame record, as long as records are plausible. */
export function putCalls(frame: u64): void {
  for (let i = 0; i < 24; i++) {
    if (frame & 15 || frame < STACK_BASE || frame >= STACK_BASE + STACK_SIZE * 64) return
    const next = probe(frame, 0)
    const back = probe(frame + 8, 0)
    if (!back) return
    put('  called from ')
    putPlace(back - 4)
    putByte(10)
    if (next <= frame) return
    frame = next
  }
}

/** The registers that a crash saved: x0-x30, sp, elr, spsr, esr, far. */
export function putRegisters(at: usize): void {
  for (let i: usize = 0; i < 31; i++) {
    put(i < 10 ? ' x' : 'x')
    putDecimal(i as u64)
    putByte(61)
    putHex(load<u64>(at + (i << 3)), 16)
    putByte((i & 3) == 3 ? 10 : 32)
  }
  put(' sp=')
  putHex(load<u64>(at + 248), 16)
  putByte(10)
}

/** What is known of a fault of the current task: registers, and places in its source. */
export function putFault(task: usize, esr: u64, far: u64): void {
  put('task ')
  putDecimal(load<u64>(task + PID))
  putByte(32)
  for (let i: usize = 0; i < (MAX_NAME_BYTES as usize); i++) {
    const byte = load<u8>(task + NAME + i)
    if (!byte) break
    putByte(byte)
  }
  put(': fault: ESR ')
  putHex(esr, 8)
  put(' FAR ')
  putHex(far, 16)
  put(' PC ')
  putHex(load<u64>(task + TASK_PC), 16)
  put(' LR ')
  putHex(load<u64>(task + 240), 16)
  put(' SP ')
  putHex(load<u64>(task + TASK_SP), 16)
  if (((esr >> 26) & 63) == EC_BRK) {
    put(': ')
    putTrap((esr & 0xffff) as u32)
  }
  putByte(10)
  putSource(task, '  at', load<u64>(task + TASK_PC))
  putSource(task, '  called from', load<u64>(task + 240) - 4)
}

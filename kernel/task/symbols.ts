/**
 * Where in its source a task is, by the table that programs of our compiler map at one address (docs/compiler.md, "The kernel and
 * the loader"). A program without one, or with another thing there, just has no name: all is read with the rights of EL0, and what
 * cannot be is left out.
 */

import { put, putByte, putDecimal, putHex } from '../log'
import { copyIn } from '../memory/user'

const TABLE: u64 = 0x2_8000_0000
const MAGIC: u32 = 0x4d59534b
const FUNCTION_BYTES: u64 = 12
const SITE_BYTES: u64 = 8
/** More functions or lines than any program has. */
const MAX_RECORDS: u32 = 1 << 20
const LINE_BITS: u32 = 20
const LINE_MASK: u32 = (1 << 20) - 1

/** Of a name, as much as is written. */
const NAME_BYTES: u64 = 128
const buffer: usize = memory.data(128, 8)

let missing = false

function word(task: usize, at: u64): u32 {
  if (copyIn(task, buffer, at, 4) == 0) return load<u32>(buffer)
  missing = true
  return 0
}

function putText(task: usize, at: u64): void {
  // A name near the end of the table may have less behind it.
  let length = NAME_BYTES
  while (length > 0 && copyIn(task, buffer, at, length) != 0) length >>= 1
  for (let i: usize = 0; i < (length as usize); i++) {
    const byte = load<u8>(buffer + i)
    if (byte < 32 || byte > 126) return
    putByte(byte)
  }
}

/** The last of `count` records of `bytes` whose first word is not above `offset`, or -1. */
function search(task: usize, records: u64, count: u32, bytes: u64, offset: u32): i32 {
  let low: u32 = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (word(task, records + (middle as u64) * bytes) <= offset) low = middle + 1
    else high = middle
  }
  return (low as i32) - 1
}

/** Writes a line with function, file and line of an address, if they are known: `what name+0x4 (file:line)`. */
export function putSource(task: usize, what: string, address: u64): void {
  missing = false
  if (word(task, TABLE) != MAGIC || missing) return
  const functionCount = word(task, TABLE + 4)
  const siteCount = word(task, TABLE + 8)
  const base = (word(task, TABLE + 16) as u64) | ((word(task, TABLE + 20) as u64) << 32)
  const functions = TABLE + (word(task, TABLE + 24) as u64)
  const sites = TABLE + (word(task, TABLE + 28) as u64)
  const files = TABLE + (word(task, TABLE + 32) as u64)
  const strings = TABLE + (word(task, TABLE + 36) as u64)
  if (missing || functionCount > MAX_RECORDS || siteCount > MAX_RECORDS) return
  if (address < base || address - base > (u32.MAX_VALUE as u64)) return
  const offset = (address - base) as u32
  const place = search(task, functions, functionCount, FUNCTION_BYTES, offset)
  if (place < 0) return
  const record = functions + (place as u64) * FUNCTION_BYTES
  const start = word(task, record)
  if (missing || offset - start >= word(task, record + 4)) return
  put(what)
  putByte(32)
  putText(task, strings + (word(task, record + 8) as u64))
  put('+0x')
  putHex((offset - start) as u64, 4)
  const site = search(task, sites, siteCount, SITE_BYTES, offset)
  const packed = site < 0 ? 0 : word(task, sites + (site as u64) * SITE_BYTES + 4)
  if (!missing && packed != 0) {
    put(' (')
    putText(task, strings + (word(task, files + ((packed >> LINE_BITS) as u64) * 4) as u64))
    putByte(58)
    putDecimal((packed & LINE_MASK) as u64)
    putByte(41)
  }
  putByte(10)
}

/** Writes what a `brk` of our compiler means: the texts of WebAssembly's core specification. */
export function putTrap(code: u32): void {
  switch (code) {
    case 0x100:
      put('unreachable')
      return
    case 0x101:
      put('integer divide by zero')
      return
    case 0x102:
      put('integer overflow')
      return
    case 0x103:
      put('invalid conversion to integer')
      return
    case 0x104:
      put('out of bounds memory access')
      return
    case 0x105:
      put('out of bounds table access')
      return
    case 0x106:
      put('undefined element')
      return
    case 0x107:
      put('uninitialized element')
      return
    case 0x108:
      put('indirect call type mismatch')
      return
    case 0x109:
      put('call stack exhausted')
      return
    case 0x10a:
      put('abort')
      return
    default:
      put('brk ')
      putHex(code as u64, 4)
  }
}

/**
 * Physical memory in frames of 4 KiB. A bit a frame says that it is free, a bit a word of those that some are, and a bit a word of
 * these again, so one is found with three count-trailing-zeros, however full memory is. What tasks may still touch for
 * the first time is reserved when it is mapped (`reserve`), so a first touch never fails; tables of translations take from what is
 * left. A link a frame (`setLink`) lets address spaces keep lists of their tables; the links lie in frames of their own.
 */

import { zero_page } from '../arch/imports/asm'
import { load32, store32 } from '../arch/imports/mem64'
import { DIRECT_MAP } from '../arch/layout'
import { FRAME_MAP, FRAME_MIDDLE, FRAME_TOP, MAX_FRAMES, RESERVED_FRAMES } from '../param'

const TOP_WORDS: usize = 16

let base: u64 = 0
let total: u64 = 0
let free: u64 = 0
let reserved: u64 = 0
let links: u64 = 0

export function frameNumber(address: u64): u32 {
  return ((address - base) >> 12) as u32
}

export function frameAddress(number: u32): u64 {
  return base + ((number as u64) << 12)
}

/** Where the kernel reads and writes physical memory. */
export function direct(physical: u64): u64 {
  return DIRECT_MAP + physical
}

/** Sets the lowest address of memory; none is free yet. */
export function initFrames(lowest: u64): void {
  base = lowest
  total = 0
  free = 0
  reserved = 0
  memory.fill(FRAME_TOP, 0, TOP_WORDS << 3)
  memory.fill(FRAME_MIDDLE, 0, TOP_WORDS << 9)
  memory.fill(FRAME_MAP, 0, (MAX_FRAMES >> 3) as usize)
}

function setBit(map: usize, number: u32): void {
  const at = map + ((number >> 6) << 3)
  store<u64>(at, load<u64>(at) | ((1 as u64) << (number & 63)))
}

function clearBit(map: usize, number: u32): u64 {
  const at = map + ((number >> 6) << 3)
  const left = load<u64>(at) & ~((1 as u64) << (number & 63))
  store<u64>(at, left)
  return left
}

function isFree(number: u32): bool {
  return ((load<u64>(FRAME_MAP + ((number >> 6) << 3)) >> (number & 63)) & 1) != 0
}

/** Adds memory at boot, whole frames within [start, end) that the bitmaps can describe. */
export function addMemory(start: u64, end: u64): void {
  const limit = base + (MAX_FRAMES << 12)
  if (end > limit) end = limit
  for (let at = (start + 4095) & ~(4095 as u64); at + 4096 <= end; at += 4096) {
    if ((frameNumber(at) & 63) == 0) {
      at = addWords(at, end)
      if (at + 4096 > end) return
    }
    if (isFree(frameNumber(at))) continue
    freeFrame(at)
    total++
  }
}

/** Adds 64 frames at a time; returns where less are left. */
function addWords(at: u64, end: u64): u64 {
  for (; at + 0x4_0000 <= end; at += 0x4_0000) {
    const word = frameNumber(at) >> 6
    const before = popcount(load<u64>(FRAME_MAP + (word << 3)))
    store<u64>(FRAME_MAP + (word << 3), ~(0 as u64))
    setBit(FRAME_MIDDLE, word)
    setBit(FRAME_TOP, word >> 6)
    free += 64 - before
    total += 64 - before
  }
  return at
}

/** Bits set, without the vector registers the instruction would need. */
function popcount(value: u64): u64 {
  let count: u64 = 0
  for (; value; value &= value - 1) count++
  return count
}

/** Takes memory away at boot, all frames that touch [start, end). */
export function removeMemory(start: u64, end: u64): void {
  const limit = base + (MAX_FRAMES << 12)
  if (start < base) start = base
  if (end > limit) end = limit
  for (let at = start & ~(4095 as u64); at < end; at += 4096) {
    if (!isFree(frameNumber(at))) continue
    take(frameNumber(at))
    total--
  }
}

function take(number: u32): void {
  free--
  if (clearBit(FRAME_MAP, number)) return
  if (clearBit(FRAME_MIDDLE, number >> 6)) return
  clearBit(FRAME_TOP, number >> 12)
}

/** A frame with whatever it held, or 0. */
export function takeFrame(): u64 {
  for (let i: usize = 0; i < TOP_WORDS; i++) {
    const top = load<u64>(FRAME_TOP + (i << 3))
    if (!top) continue
    const middle = (i << 6) + (ctz<u64>(top) as usize)
    const word = (middle << 6) + (ctz<u64>(load<u64>(FRAME_MIDDLE + (middle << 3))) as usize)
    const number = ((word << 6) + (ctz<u64>(load<u64>(FRAME_MAP + (word << 3))) as usize)) as u32
    take(number)
    return frameAddress(number)
  }
  return 0
}

/** A frame of zeros, or 0. */
export function takeZeroFrame(): u64 {
  const frame = takeFrame()
  if (frame) zero_page(direct(frame))
  return frame
}

export function freeFrame(address: u64): void {
  const number = frameNumber(address)
  setBit(FRAME_MAP, number)
  setBit(FRAME_MIDDLE, number >> 6)
  setBit(FRAME_TOP, number >> 12)
  free++
}

/** `pages` frames in a row below `limit`, searched once at boot; 0 if there are none. */
export function takeContiguous(pages: u64, lowest: u64): u64 {
  let run: u64 = 0
  for (let number: u64 = (lowest - base) >> 12; number < MAX_FRAMES; number++) {
    run = isFree(number as u32) ? run + 1 : 0
    if (run < pages) continue
    const start = number + 1 - pages
    for (let i = start; i <= number; i++) take(i as u32)
    return frameAddress(start as u32)
  }
  return 0
}

/** Promises frames for pages that are mapped but not yet touched. */
export function reserve(pages: u64): bool {
  if (pages > total || free < reserved + pages + RESERVED_FRAMES) return false
  reserved += pages
  return true
}

/** Takes back promises, because the pages were touched or will never be. */
export function unreserve(pages: u64): void {
  reserved -= pages
}

/** A frame for translation tables, which nobody reserved. */
export function takeTableFrame(): u64 {
  return free > reserved ? takeZeroFrame() : 0
}

/** Gives the links their memory: 4 bytes for each of the frames below `end`. */
export function initLinks(end: u64): bool {
  const pages = (((end - base) >> 12) * 4 + 4095) >> 12
  links = takeContiguous(pages, base)
  total -= links ? pages : 0
  return links != 0
}

export function link(frame: u64): u32 {
  return load32(direct(links) + ((frameNumber(frame) as u64) << 2))
}

export function setLink(frame: u64, value: u32): void {
  store32(direct(links) + ((frameNumber(frame) as u64) << 2), value)
}

export function totalFrames(): u64 {
  return total
}

export function freeFrames(): u64 {
  return free - reserved
}

/** Tells that frames were set aside for good, so that they do not count. */
export function discount(pages: u64): void {
  total -= pages
}

/** True for addresses of memory. */
export function isMemory(start: u64, end: u64): bool {
  return start < base + (span() << 12) && end > base
}

let highest: u64 = 0

export function span(): u64 {
  return (highest - base) >> 12
}

export function setHighest(end: u64): void {
  highest = end
}

/**
 * Translation tables of tasks: VMSAv8-64, 4 KiB granule, 48 bits, four levels (DDI 0487 D8). A leaf is a page of 4 KiB,
 * not global, never executable at EL1. Bit 55 says that the frame belongs to the address space and is freed with it; shared and
 * device memory is freed by its object. Tables are kept in a list of the task and freed when it ends.
 */

import { PROT_EXEC, PROT_WRITE } from '../abi/generated'
import { load64, store64 } from '../arch/imports/mem64'
import { dsb_ish, dsb_ishst, isb, tlbi_aside1is, tlbi_vale1is } from '../arch/imports/sys'
import { PAGES, TABLES, TTBR } from '../task/task'
import {
  direct,
  frameAddress,
  frameNumber,
  freeFrame,
  link,
  setLink,
  takeTableFrame,
} from './frames'

/** Indexes of MAIR_EL1: 0 is ordinary memory, so a forgotten index is harmless. `MAIR` has the attributes in this order. */
export const ATTRIBUTE_NORMAL: u64 = 0
export const ATTRIBUTE_DEVICE: u64 = 1
export const ATTRIBUTE_UNCACHED: u64 = 2
/** Write-back allocate; Device-nGnRE; non-cacheable. */
export const MAIR: u64 = 0xff | (0x04 << 8) | (0x44 << 16)

export const VALID: u64 = 1
export const TABLE: u64 = 3
export const PAGE: u64 = 3
export const BLOCK: u64 = 1
export const AP_USER: u64 = 1 << 6
export const AP_READ_ONLY: u64 = 1 << 7
export const INNER_SHAREABLE: u64 = 3 << 8
export const ACCESSED: u64 = 1 << 10
export const NOT_GLOBAL: u64 = 1 << 11
export const PXN: u64 = (1 as u64) << 53
export const UXN: u64 = (1 as u64) << 54
export const OWNED: u64 = (1 as u64) << 55
export const ADDRESS: u64 = 0x0000_ffff_ffff_f000

/** Attributes of a user page. */
export function userPage(protection: u32, attribute: u64): u64 {
  let bits = PAGE | (attribute << 2) | AP_USER | INNER_SHAREABLE | ACCESSED | NOT_GLOBAL | PXN
  if (!(protection & PROT_WRITE)) bits |= AP_READ_ONLY
  if (!(protection & PROT_EXEC)) bits |= UXN
  return bits
}

function indexAt(address: u64, level: u32): u64 {
  return ((address >> (39 - 9 * (level as u64))) & 511) << 3
}

/** Address of the leaf's descriptor, or 0 if a table on the way is missing. */
export function leaf(task: usize, address: u64): u64 {
  let table = direct(load<u64>(task + TTBR) & ADDRESS)
  for (let level: u32 = 0; level < 3; level++) {
    const entry = load64(table + indexAt(address, level))
    if (!(entry & VALID)) return 0
    table = direct(entry & ADDRESS)
  }
  return table + indexAt(address, 3)
}

function newTable(task: usize): u64 {
  const frame = takeTableFrame()
  if (!frame) return 0
  setLink(frame, load<u32>(task + TABLES))
  store<u32>(task + TABLES, frameNumber(frame) + 1)
  store<u64>(task + PAGES, load<u64>(task + PAGES) + 1)
  return frame
}

/** As `leaf`, making the tables that are missing; 0 if memory is out. */
export function makeLeaf(task: usize, address: u64): u64 {
  let table = direct(load<u64>(task + TTBR) & ADDRESS)
  for (let level: u32 = 0; level < 3; level++) {
    const at = table + indexAt(address, level)
    let entry = load64(at)
    if (!(entry & VALID)) {
      const frame = newTable(task)
      if (!frame) return 0
      dsb_ishst()
      entry = frame | TABLE
      store64(at, entry)
    }
    table = direct(entry & ADDRESS)
  }
  return table + indexAt(address, 3)
}

/** Gives a task its root table and ASID. */
export function makeRoot(task: usize, asid: u32): bool {
  const frame = newTable(task)
  if (!frame) return false
  store<u64>(task + TTBR, frame | ((asid as u64) << 48))
  return true
}

/** Writes a descriptor where none was. */
export function setLeaf(at: u64, descriptor: u64): void {
  store64(at, descriptor)
  dsb_ishst()
  isb()
}

/** Takes a page out of the tables and the TLB; returns what was there. */
export function clearLeaf(task: usize, at: u64, address: u64): u64 {
  const old = load64(at)
  if (!(old & VALID)) return 0
  store64(at, 0)
  dsb_ishst()
  tlbi_vale1is((load<u64>(task + TTBR) & ~ADDRESS) | ((address >> 12) & 0xfff_ffff_ffff))
  dsb_ish()
  isb()
  return old
}

/** Forgets all translations of a task. */
export function flushAsid(task: usize): void {
  dsb_ishst()
  tlbi_aside1is(load<u64>(task + TTBR) & ~ADDRESS)
  dsb_ish()
  isb()
}

/** Frees up to `count` tables; true when none is left. */
export function freeTables(task: usize, count: u32): bool {
  while (count-- > 0) {
    const number = load<u32>(task + TABLES)
    if (!number) return true
    const frame = frameAddress(number - 1)
    store<u32>(task + TABLES, link(frame))
    freeFrame(frame)
    store<u64>(task + PAGES, load<u64>(task + PAGES) - 1)
  }
  return load<u32>(task + TABLES) == 0
}

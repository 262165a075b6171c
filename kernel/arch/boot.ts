/**
 * The first code that is compiled: runs with the MMU off, at physical addresses, called by the boot assembly. It reads the device
 * tree and builds the translation tables of the kernel (`assembly/layout.ts` draws the map), and one table with the image at
 * its physical address, in which the MMU is turned on. Nothing adds to these tables later: what is not mapped here the kernel
 * cannot reach. With the MMU off all memory is Device memory, so there are no exclusives and no unaligned accesses.
 */

import {
  ACCESSED,
  ADDRESS,
  AP_READ_ONLY,
  ATTRIBUTE_DEVICE,
  BLOCK,
  INNER_SHAREABLE,
  PAGE,
  PXN,
  TABLE,
  UXN,
  VALID,
} from '../memory/tables'
import {
  bankCount,
  bankEnd,
  bankStart,
  clockChip,
  gicDistributor,
  gicSecond,
  gicSecondBytes,
  gicVersion,
  readTree,
  uart,
} from './fdt'
import { load64, store64 } from './imports/mem64'
import {
  BOOT_TABLES,
  CRASH_STACK_BASE,
  DEVICE_MAP,
  DIRECT_MAP,
  IMAGE_BASE,
  LINEAR_BASE,
  STACK_BASE,
  STACK_SIZE,
} from './layout'
import { initUart, putUart } from './pl011'

const BLOCK_BYTES: u64 = 0x20_0000
/** Offset of the boot block in the image, and of its parts. */
const BOOT_BLOCK: u64 = 64 + 16

export const TEXT_END: u64 = 0
export const RODATA_END: u64 = 2
export const SYMBOLS: u64 = 3
export const ARCHIVE_START: u64 = 4
export const ARCHIVE_END: u64 = 5
export const DATA_START: u64 = 6
export const DATA_END: u64 = 7
export const MEMORY_START: u64 = 8
export const MEMORY_END: u64 = 10
export const IMAGE_END: u64 = 11

const READ_ONLY: u64 = AP_READ_ONLY | PXN | UXN
const READ_WRITE: u64 = PXN | UXN
const EXECUTE: u64 = AP_READ_ONLY | UXN
const DEVICE: u64 = PXN | UXN | (ATTRIBUTE_DEVICE << 2)

let tables: u64 = 0
let used: u64 = 0
let image: u64 = 0
let deviceTree: u64 = 0

/** Physical address of the image. */
export function imageAddress(): u64 {
  return image
}

/** Physical address of the device tree. */
export function treeAddress(): u64 {
  return deviceTree
}

/** Offset of a part of the image, read at `from`, where the image is mapped. */
export function partAt(from: u64, part: u64): u64 {
  return load64(from + BOOT_BLOCK + (part << 3))
}

/** A fresh table; the area was cleared by the assembly. */
function newTable(): u64 {
  if (used == BOOT_TABLES) return 0
  return tables + (used++ << 12)
}

/** The table below an entry, made if it is missing; 0 when they are used up. */
function below(table: u64, index: u64): u64 {
  const at = table + (index << 3)
  const entry = load64(at)
  if (entry & VALID) return (entry & 3) == TABLE ? entry & ADDRESS : 0
  const made = newTable()
  if (made) store64(at, made | TABLE)
  return made
}

/** Maps [address, address + bytes), in blocks of 2 MiB where both sides allow, else in pages. */
function map(root: u64, address: u64, physical: u64, bytes: u64, attributes: u64): void {
  const common = ACCESSED | INNER_SHAREABLE | attributes
  let done: u64 = 0
  while (done < bytes) {
    const at = address + done
    const from = physical + done
    const level1 = below(root, (at >> 39) & 511)
    const level2 = level1 ? below(level1, (at >> 30) & 511) : 0
    if (!level2) return
    const index = (at >> 21) & 511
    const isBlock = ((at | from) & (BLOCK_BYTES - 1)) == 0 && bytes - done >= BLOCK_BYTES
    if (isBlock) {
      if (!(load64(level2 + (index << 3)) & VALID))
        store64(level2 + (index << 3), from | common | BLOCK)
      done += BLOCK_BYTES
      continue
    }
    const level3 = below(level2, index)
    if (level3) store64(level3 + (((at >> 12) & 511) << 3), from | common | PAGE)
    done += 4096
  }
}

function mapImage(root: u64): void {
  const text = partAt(image, TEXT_END)
  const textEnd = (text + 4095) & ~(4095 as u64)
  const data = partAt(image, DATA_START)
  const memory = partAt(image, MEMORY_START)
  const memoryEnd = partAt(image, MEMORY_END)
  map(root, IMAGE_BASE, image, textEnd, EXECUTE)
  map(root, IMAGE_BASE + textEnd, image + textEnd, data - textEnd, READ_ONLY)
  map(root, IMAGE_BASE + data, image + data, memory - data, READ_WRITE)
  map(root, LINEAR_BASE, image + memory, memoryEnd - memory, READ_WRITE)
  map(root, STACK_BASE + 4096, image + memoryEnd, STACK_SIZE, READ_WRITE)
  map(root, CRASH_STACK_BASE + 4096, image + memoryEnd + STACK_SIZE, STACK_SIZE, READ_WRITE)
}

/** RAM in blocks; those with the image can only be read there. */
function mapMemory(root: u64): void {
  const imageEnd = image + partAt(image, IMAGE_END)
  for (let i: u32 = 0; i < bankCount(); i++) {
    const end = bankEnd(i)
    for (let at = bankStart(i) & ~(BLOCK_BYTES - 1); at < end; at += BLOCK_BYTES) {
      const isImage = at < imageEnd && at + BLOCK_BYTES > image
      map(root, DIRECT_MAP + at, at, BLOCK_BYTES, isImage ? READ_ONLY : READ_WRITE)
    }
  }
}

function mapDevice(root: u64, physical: u64, bytes: u64): void {
  if (!physical) return
  const start = physical & ~(BLOCK_BYTES - 1)
  const end = (physical + bytes + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1)
  map(root, DEVICE_MAP + start, start, end - start, DEVICE)
}

/**
 * Builds all tables.
 *
 * @param tree physical address of the device tree
 * @param at physical address of the image
 * @returns physical address of the root for TTBR1; that for TTBR0 is the page behind
 */
export function early_boot(tree: u64, at: u64): u64 {
  image = at
  deviceTree = tree
  readTree(tree)
  if (uart) {
    initUart(uart, uart)
    putUart(0x0a)
  }
  tables = image + partAt(image, MEMORY_END) + STACK_SIZE * 2
  used = 0
  const root = newTable()
  const low = newTable()
  mapImage(root)
  mapMemory(root)
  mapDevice(root, gicDistributor, 0x10000)
  mapDevice(root, gicSecond, gicVersion == 3 ? gicSecondBytes : 0x2000)
  mapDevice(root, uart, 0x1000)
  mapDevice(root, clockChip, 0x1000)
  const text = (partAt(image, TEXT_END) + 4095) & ~(4095 as u64)
  map(low, image, image, text, EXECUTE)
  return root
}

/**
 * The flattened device tree (Devicetree Specification 0.4, chapter 5), read once at boot: which memory there is, what of it is taken,
 * which interrupt controller, timer interrupt, UART, clock and PSCI conduit the machine has, and what the boot loader says
 * in /chosen. Only nodes whose addresses are those of the root bus are understood. It runs before the MMU is on, so all
 * accesses are aligned words or bytes; lengths and offsets are checked against the size the header gives.
 */

import { SCRATCH } from '../param'
import { load8, load32 } from './imports/mem64'
import { BY_HVC, BY_SMC, NONE } from './power'

const MAGIC: u32 = 0xd00dfeed
const BEGIN_NODE: u32 = 1
const END_NODE: u32 = 2
const PROPERTY: u32 = 3
const NOP: u32 = 4

const MAX_DEPTH: u32 = 16
/** What is noted of an open node, one record a depth. */
const NODE_BYTES: usize = 128
const NODES: usize = SCRATCH
const COMPATIBLE: usize = 0
const COMPATIBLE_BYTES: usize = 8
const REG: usize = 16
const REG_BYTES: usize = 24
const INTERRUPTS: usize = 32
const INTERRUPT_BYTES: usize = 40
const METHOD: usize = 48
/** Cells of addresses and sizes of the node's children. */
const ADDRESS_CELLS: usize = 56
const SIZE_CELLS: usize = 60
const NAME: usize = 64
const DISABLED: usize = 72
const METHOD_BYTES: usize = 80

/** Memory, and ranges of it that are taken: pairs of start and end. */
export const MAX_RANGES: u32 = 16
const BANKS: usize = SCRATCH + 0x1000
const TAKEN: usize = SCRATCH + 0x1100

let tree: u64 = 0
let size: u32 = 0
let strings: u32 = 0
let banks: u32 = 0
let taken: u32 = 0

export let gicVersion: u32 = 0
export let gicDistributor: u64 = 0
export let gicSecond: u64 = 0
export let gicSecondBytes: u64 = 0
export let timerInterrupt: u32 = 27
export let uart: u64 = 0
export let clockChip: u64 = 0
export let conduit: u32 = NONE
export let bootArguments: u64 = 0
export let bootArgumentBytes: u32 = 0
export let initrdStart: u64 = 0
export let initrdEnd: u64 = 0

function word(offset: u32): u32 {
  return offset + 4 <= size ? bswap<u32>(load32(tree + (offset as u64))) : 0
}

/** A number of one or two cells at an address in the tree. */
function cells(at: u64, count: u32): u64 {
  let value: u64 = 0
  for (let i: u32 = 0; i < count; i++)
    value = (value << 32) | (bswap<u32>(load32(at + ((i << 2) as u64))) as u64)
  return value
}

export function bankCount(): u32 {
  return banks
}

export function bankStart(i: u32): u64 {
  return load<u64>(BANKS + (i << 4))
}

export function bankEnd(i: u32): u64 {
  return load<u64>(BANKS + (i << 4), 8)
}

export function takenCount(): u32 {
  return taken
}

export function takenStart(i: u32): u64 {
  return load<u64>(TAKEN + (i << 4))
}

export function takenEnd(i: u32): u64 {
  return load<u64>(TAKEN + (i << 4), 8)
}

function addBank(start: u64, bytes: u64): void {
  if (banks >= MAX_RANGES || !bytes) return
  store<u64>(BANKS + (banks << 4), start)
  store<u64>(BANKS + (banks << 4), start + bytes, 8)
  banks++
}

function addTaken(start: u64, bytes: u64): void {
  if (taken >= MAX_RANGES || !bytes) return
  store<u64>(TAKEN + (taken << 4), start)
  store<u64>(TAKEN + (taken << 4), start + bytes, 8)
  taken++
}

/** True if bytes in the tree begin with a text; `whole`: and a zero follows. */
function begins(at: u64, length: u64, text: string, whole: bool): bool {
  const count = text.length
  if (length < (count as u64)) return false
  for (let i = 0; i < count; i++) {
    if (load8(at + (i as u64)) != (text.charCodeAt(i) as u32)) return false
  }
  return !whole || (length > (count as u64) && load8(at + (count as u64)) == 0)
}

/** True if a list of strings has one. */
function lists(at: u64, length: u64, text: string): bool {
  let i: u64 = 0
  while (i < length) {
    if (begins(at + i, length - i, text, true)) return true
    while (i < length && load8(at + i)) i++
    i++
  }
  return false
}

function nodeAt(depth: u32): usize {
  return NODES + (depth as usize) * NODE_BYTES
}

function note(node: usize, field: usize, at: u64, length: u32): void {
  store<u64>(node + field, at)
  store<u64>(node + field, length as u64, 8)
}

function property(node: usize, name: u64, at: u64, length: u32): void {
  if (begins(name, 32, 'compatible', true)) note(node, COMPATIBLE, at, length)
  else if (begins(name, 32, 'reg', true)) note(node, REG, at, length)
  else if (begins(name, 32, 'interrupts', true)) note(node, INTERRUPTS, at, length)
  else if (begins(name, 32, 'method', true)) {
    store<u64>(node + METHOD, at)
    store<u64>(node + METHOD_BYTES, length)
  } else if (begins(name, 32, '#address-cells', true) && length == 4) {
    store<u32>(node + ADDRESS_CELLS, cells(at, 1) as u32)
  } else if (begins(name, 32, '#size-cells', true) && length == 4) {
    store<u32>(node + SIZE_CELLS, cells(at, 1) as u32)
  } else if (begins(name, 32, 'status', true)) {
    store<u32>(node + DISABLED, begins(at, length, 'ok', false) ? 0 : 1)
  } else if (begins(load<u64>(node + NAME), 16, 'chosen', true)) chosen(name, at, length)
}

function chosen(name: u64, at: u64, length: u32): void {
  if (begins(name, 32, 'bootargs', true)) {
    bootArguments = at
    bootArgumentBytes = length
  } else if (begins(name, 32, 'linux,initrd-start', true) && length <= 8) {
    initrdStart = cells(at, length >> 2)
  } else if (begins(name, 32, 'linux,initrd-end', true) && length <= 8) {
    initrdEnd = cells(at, length >> 2)
  }
}

/** Number `i` of a node's ranges: its start, or with `bytes` its size. 0 if there is none. */
function range(depth: u32, i: u32, bytes: bool): u64 {
  const node = nodeAt(depth)
  const parent = nodeAt(depth - 1)
  const addressCells = load<u32>(parent + ADDRESS_CELLS)
  const sizeCells = load<u32>(parent + SIZE_CELLS)
  if (addressCells > 2 || sizeCells > 2) return 0
  const stride = (addressCells + sizeCells) << 2
  if (!stride || (((i + 1) * stride) as u64) > load<u64>(node + REG_BYTES)) return 0
  const at = load<u64>(node + REG) + ((i * stride) as u64)
  return bytes ? cells(at + ((addressCells << 2) as u64), sizeCells) : cells(at, addressCells)
}

function isCompatible(node: usize, text: string): bool {
  return lists(load<u64>(node + COMPATIBLE), load<u64>(node + COMPATIBLE_BYTES), text)
}

/** A node is complete: what the kernel needs of it. */
function judge(depth: u32): void {
  const node = nodeAt(depth)
  if (depth < 2 || load<u32>(node + DISABLED)) return
  const name = load<u64>(node + NAME)
  if (depth == 2 && begins(name, 16, 'memory@', false)) {
    for (let i: u32 = 0; range(depth, i, true); i++)
      addBank(range(depth, i, false), range(depth, i, true))
  } else if (depth == 2 && begins(name, 16, 'memory', true)) {
    addBank(range(depth, 0, false), range(depth, 0, true))
  } else if (depth == 3 && begins(load<u64>(nodeAt(2) + NAME), 16, 'reserved-memory', true)) {
    for (let i: u32 = 0; range(depth, i, true); i++)
      addTaken(range(depth, i, false), range(depth, i, true))
  } else if (isCompatible(node, 'arm,gic-v3')) controller(depth, 3)
  else if (isCompatible(node, 'arm,cortex-a15-gic') || isCompatible(node, 'arm,gic-400')) {
    controller(depth, 2)
  } else if (isCompatible(node, 'arm,pl011')) uart = uart ? uart : range(depth, 0, false)
  else if (isCompatible(node, 'arm,pl031')) clockChip = range(depth, 0, false)
  else if (isCompatible(node, 'arm,armv8-timer') && load<u64>(node + INTERRUPT_BYTES) >= 36) {
    timerInterrupt = 16 + (cells(load<u64>(node + INTERRUPTS) + 28, 1) as u32)
  } else if (isCompatible(node, 'arm,psci-0.2') || isCompatible(node, 'arm,psci-1.0')) {
    const hvc = begins(load<u64>(node + METHOD), load<u64>(node + METHOD_BYTES), 'hvc', true)
    conduit = hvc ? BY_HVC : BY_SMC
  }
}

function controller(depth: u32, version: u32): void {
  gicVersion = version
  gicDistributor = range(depth, 0, false)
  gicSecond = range(depth, 1, false)
  gicSecondBytes = range(depth, 1, true)
}

/** True if a tree lies at an address that can be read. */
export function isTree(address: u64): bool {
  return address != 0 && (address & 7) == 0 && bswap<u32>(load32(address)) == MAGIC
}

export function treeBytes(address: u64): u64 {
  return bswap<u32>(load32(address + 4))
}

function reservations(): void {
  let at = word(16)
  for (let i = 0; i < 16 && at + 16 <= size; i++, at += 16) {
    const start = cells(tree + (at as u64), 2)
    const bytes = cells(tree + (at as u64) + 8, 2)
    if (!bytes) break
    addTaken(start, bytes)
  }
}

/** Reads the tree at an address. */
export function readTree(address: u64): void {
  tree = address
  size = 8
  size = word(4)
  strings = word(12)
  banks = 0
  taken = 0
  reservations()
  let at = word(8)
  let depth: u32 = 0
  while (at + 4 <= size) {
    const token = word(at)
    at += 4
    if (token == BEGIN_NODE) {
      if (++depth >= MAX_DEPTH) return
      const node = nodeAt(depth)
      memory.fill(node, 0, NODE_BYTES)
      store<u32>(node + ADDRESS_CELLS, 2)
      store<u32>(node + SIZE_CELLS, 1)
      store<u64>(node + NAME, tree + (at as u64))
      while (at < size && load8(tree + (at as u64))) at++
      at = (at + 4) & ~3
    } else if (token == PROPERTY) {
      const length = word(at)
      const name = strings + word(at + 4)
      if (length > size || at + 8 + length > size || name >= size) return
      property(nodeAt(depth), tree + (name as u64), tree + (at as u64) + 8, length)
      at = (at + 8 + length + 3) & ~3
    } else if (token == END_NODE) {
      if (!depth) return
      judge(depth--)
    } else if (token != NOP) return
  }
}

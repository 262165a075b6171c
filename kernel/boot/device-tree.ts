/**
 * Copies a flattened device tree, with another kernel command line in /chosen if one is given.
 *
 * Source: Devicetree Specification 0.4, chapter 5 "Flattened Devicetree (DTB) Format". The copy is built anew, block after
 * block, so nothing has to be moved; nodes and properties keep their order. Checked as much as the copy needs: the kernel
 * reads it with care of its own.
 */
import { load8, load32, store8, store32 } from './imports/mem64'

const MAGIC: u32 = 0xd00dfeed
const HEADER_BYTES: u32 = 40
const VERSION: u32 = 17
const LAST_COMPATIBLE: u32 = 16
const MAX_BYTES: u32 = 2 << 20

const BEGIN_NODE: u32 = 1
const END_NODE: u32 = 2
const PROPERTY: u32 = 3
const NOP: u32 = 4
const END: u32 = 9

/** What the copy needs beside the original's size and the command line: a node, a property and its name. */
export const TREE_SLACK: u32 = 128

// Blocks of the original, by address and length.
let structBlock: u64 = 0
let structBytes: u32 = 0
let stringsBlock: u64 = 0
let stringsBytes: u32 = 0
let reservations: u64 = 0
let reservationBytes: u32 = 0

/** Where the copy's next word goes. */
let out: u64 = 0

/** A big-endian word. */
function word(address: u64): u32 {
  return bswap<u32>(load32(address))
}

function put(value: u32): void {
  store32(out, bswap<u32>(value))
  out += 4
}

/** Length of the tree at an address, or 0 if there is none that can be copied. */
export function treeBytes(tree: u64): u32 {
  if ((tree & 7) !== 0 || word(tree) !== MAGIC) return 0
  const total = word(tree + 4)
  return total >= HEADER_BYTES && total <= MAX_BYTES ? total : 0
}

/**
 * Copies a tree that `treeBytes` accepted.
 * @param to a multiple of 8, with room for the tree, the command line and `TREE_SLACK`.
 * @param line address of the command line, 0 to leave that of the tree alone.
 * @param lineBytes its length, without a zero at the end.
 * @returns the copy's length, or 0 if the tree is damaged.
 */
export function copyTree(from: u64, to: u64, line: u64, lineBytes: u32): u32 {
  if (!findBlocks(from)) return 0
  out = to + HEADER_BYTES
  for (let at: u32 = 0; at < reservationBytes; at += 4) put(word(reservations + at))
  const structStart = out
  if (!copyStruct(line, lineBytes)) return 0
  const structEnd = out
  for (let at: u32 = 0; at < stringsBytes; at++) {
    store8(out, load8(stringsBlock + at))
    out++
  }
  putText('bootargs')
  while ((out & 7) !== 0) store8(out++, 0)
  const end = out
  out = to
  put(MAGIC)
  put((end - to) as u32)
  put((structStart - to) as u32)
  put((structEnd - to) as u32)
  put(HEADER_BYTES)
  put(VERSION)
  put(LAST_COMPATIBLE)
  put(word(from + 28))
  put(stringsBytes + 9)
  put((structEnd - structStart) as u32)
  return (end - to) as u32
}

/** Finds the blocks, and checks that they are in the tree. */
function findBlocks(tree: u64): bool {
  const total = word(tree + 4)
  const structAt = word(tree + 8)
  const stringsAt = word(tree + 12)
  const reservationsAt = word(tree + 16)
  if (word(tree + 20) < VERSION || word(tree + 24) > VERSION) return false
  stringsBytes = word(tree + 32)
  structBytes = word(tree + 36)
  if (structAt > total || structBytes > total - structAt || ((structAt | structBytes) & 3) !== 0) {
    return false
  }
  if (stringsAt > total || stringsBytes > total - stringsAt) return false
  if (reservationsAt > total || (reservationsAt & 7) !== 0) return false
  structBlock = tree + structAt
  stringsBlock = tree + stringsAt
  reservations = tree + reservationsAt
  reservationBytes = 0
  // Pairs of address and size; one of zeros is the last.
  let last = false
  while (!last) {
    if (reservationBytes + 16 > total - reservationsAt) return false
    const entry = reservations + reservationBytes
    last = (word(entry) | word(entry + 4) | word(entry + 8) | word(entry + 12)) === 0
    reservationBytes += 16
  }
  return true
}

/** Copies the nodes. With a command line, the property `bootargs` of /chosen is left out, and written as its first. */
function copyStruct(line: u64, lineBytes: u32): bool {
  let at: u32 = 0
  let depth = 0
  let inChosen: bool = false
  let written = line === 0
  while (at + 4 <= structBytes) {
    const token = word(structBlock + at)
    if (token === NOP) {
      at += 4
    } else if (token === BEGIN_NODE) {
      const bytes = nameBytes(at + 4)
      if (bytes === 0) return false
      depth++
      inChosen = depth === 2 && isText(structBlock + at + 4, 'chosen')
      at = copyWordsOfStruct(at, 4 + ((bytes + 3) & ~3))
      if (inChosen && !written) {
        putLine(line, lineBytes)
        written = true
      }
    } else if (token === PROPERTY) {
      if (at + 12 > structBytes || word(structBlock + at + 4) > structBytes - at - 12) return false
      const bytes = 12 + ((word(structBlock + at + 4) + 3) & ~3)
      if (line !== 0 && inChosen && depth === 2 && isBootargs(at)) at += bytes
      else at = copyWordsOfStruct(at, bytes)
    } else if (token === END_NODE) {
      if (depth === 0) return false
      if (depth === 1 && !written) {
        put(BEGIN_NODE)
        putText('chosen')
        while ((out & 3) !== 0) store8(out++, 0)
        putLine(line, lineBytes)
        put(END_NODE)
        written = true
      }
      depth--
      inChosen = false
      at = copyWordsOfStruct(at, 4)
    } else {
      put(END)
      return token === END && depth === 0 && written
    }
  }
  return false
}

function copyWordsOfStruct(at: u32, bytes: u32): u32 {
  const end = min(at + bytes, structBytes)
  for (; at < end; at += 4) put(word(structBlock + at))
  return at
}

/** The property `bootargs`, a text with a zero at its end, whose name is behind the tree's own strings. */
function putLine(line: u64, lineBytes: u32): void {
  put(PROPERTY)
  put(lineBytes + 1)
  put(stringsBytes)
  for (let at: u32 = 0; at < lineBytes; at++) {
    store8(out, load8(line + at))
    out++
  }
  store8(out++, 0)
  while ((out & 3) !== 0) store8(out++, 0)
}

/** Length of the text at an offset of the struct block with its zero, or 0 if it does not end there. */
function nameBytes(at: u32): u32 {
  for (let end = at; end < structBytes; end++) {
    if (load8(structBlock + end) === 0) return end - at + 1
  }
  return 0
}

function isBootargs(property: u32): bool {
  const name = word(structBlock + property + 8)
  // With its zero the name has nine bytes.
  if (stringsBytes < 9 || name > stringsBytes - 9) return false
  return isText(stringsBlock + name, 'bootargs')
}

/** Whether a text of ASCII with a zero at its end is at an address. */
function isText(address: u64, text: string): bool {
  for (let at = 0; at < text.length; at++) {
    if (load8(address + at) !== (text.charCodeAt(at) as u32)) return false
  }
  return load8(address + text.length) === 0
}

function putText(text: string): void {
  for (let at = 0; at < text.length; at++) store8(out++, text.charCodeAt(at))
  store8(out++, 0)
}

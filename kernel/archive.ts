/** The boot archive, cpio in format `newc` (as Linux's initramfs): finds a file. Numbers are eight hexadecimal digits. */
import { load8 } from './arch/imports/mem64'

const HEADER: u64 = 110
const SIZE_AT: u64 = 54
const NAME_SIZE_AT: u64 = 94

let start: u64 = 0
let bytes: u64 = 0

function number(at: u64): u64 {
  let value: u64 = 0
  for (let i: u64 = 0; i < 8; i++) {
    const digit = load8(at + i)
    value = (value << 4) | ((digit < 58 ? digit - 48 : (digit & 0xdf) - 55) as u64 & 15)
  }
  return value
}

/** True if an archive lies at an address. */
export function isArchive(at: u64, length: u64): bool {
  if (length < HEADER) return false
  for (let i: u64 = 0; i < 5; i++) {
    if (load8(at + i) != ((i & 1 ? 55 : 48) as u32)) return false
  }
  return load8(at + 5) == 49
}

function isName(at: u64, name: u64, length: u64): bool {
  for (let i: u64 = 0; i < length; i++) {
    if (load8(at + i) != load8(name + i)) return false
  }
  return load8(at + length) == 0
}

/** Where the file found last begins, and its size. */
export function fileStart(): u64 {
  return start
}

export function fileBytes(): u64 {
  return bytes
}

/** Finds a file by its name (`length` bytes at `name`). */
export function findFile(archive: u64, size: u64, name: u64, length: u64): bool {
  let at: u64 = 0
  while (at + HEADER <= size && isArchive(archive + at, size - at)) {
    const fileSize = number(archive + at + SIZE_AT)
    const nameSize = number(archive + at + NAME_SIZE_AT)
    const content = (at + HEADER + nameSize + 3) & ~(3 as u64)
    if (content > size || fileSize > size - content) return false
    if (nameSize == length + 1 && isName(archive + at + HEADER, name, length)) {
      start = archive + content
      bytes = fileSize
      return true
    }
    at = (content + fileSize + 3) & ~(3 as u64)
  }
  return false
}

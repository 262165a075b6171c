/** Files in a cpio archive of format `newc` in memory: the boot archive. Paths have no leading slash. */

const HEADER: i32 = 110
const TRAILER: string = 'TRAILER!!!'

/** Address and size of the file found last. */
export let fileAddress: usize = 0
export let fileBytes: i32 = 0

/** Looks for a file in the archive of `bytes` bytes at `start`; true if it is there. */
export function findFile(start: usize, bytes: i32, path: string): bool {
  let at = 0
  while (at + HEADER <= bytes) {
    if (load<u32>(start + at) !== 0x37303730) return false
    const size = field(start + at, 6)
    const nameBytes = field(start + at, 11)
    if (size < 0 || nameBytes < 1 || nameBytes > bytes || size > bytes) return false
    const data = align(at + HEADER + nameBytes)
    if (data > bytes || size > bytes - data) return false
    const name = String.UTF8.decodeUnsafe(start + at + HEADER, nameBytes - 1)
    if (name === TRAILER) return false
    if (name === path || name === `./${path}`) {
      fileAddress = start + data
      fileBytes = size
      return true
    }
    at = align(data + size)
  }
  return false
}

/** Header field `index`, eight hexadecimal digits; -1 if it is none or too large. */
function field(header: usize, index: i32): i32 {
  let value: i64 = 0
  for (let i = 0; i < 8; i++) {
    const c = load<u8>(header + 6 + index * 8 + i)
    const lower = c | 0x20
    let digit = -1
    if (c >= 0x30 && c <= 0x39) digit = c - 0x30
    else if (lower >= 0x61 && lower <= 0x66) digit = lower - 0x61 + 10
    if (digit < 0) return -1
    value = (value << 4) | digit
  }
  return value > i32.MAX_VALUE ? -1 : (value as i32)
}

function align(at: i32): i32 {
  return (at + 3) & ~3
}

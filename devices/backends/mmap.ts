/**
 * Maps a file copy-on-write over a part of a WebAssembly memory.
 *
 * Through bun:ffi, on Linux. Where it is not available, or the addresses are not page-aligned, callers read instead.
 */
import { dlopen, FFIType, ptr } from 'bun:ffi'

const PROT_READ_WRITE = 3
const MAP_PRIVATE_FIXED = 0x12
const HOST_PAGE = 4096

const libc = openLibc()

function openLibc() {
  if (process.platform !== 'linux') return undefined
  try {
    return dlopen('libc.so.6', {
      mmap: {
        args: [FFIType.u64, FFIType.u64, FFIType.i32, FFIType.i32, FFIType.i32, FFIType.i64],
        returns: FFIType.i64,
      },
    }).symbols
  } catch {
    return undefined
  }
}

/**
 * Maps the first `target.length` bytes of a file over `target`.
 * @returns false if that is not possible; `target` is unchanged then.
 */
export function mapFile(fd: number, target: Uint8Array): boolean {
  if (!libc) return false
  const address = BigInt(ptr(target))
  if (address % BigInt(HOST_PAGE) !== 0n || target.length % HOST_PAGE !== 0) return false
  const result = libc.mmap(address, target.length, PROT_READ_WRITE, MAP_PRIVATE_FIXED, fd, 0)
  return BigInt(result) === address
}

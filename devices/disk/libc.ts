/**
 * Back end: the two system calls that neither Bun nor Node offers. Without them (another C library, another system) disks
 * work, but are not locked and give no space back.
 *
 * Source: flock(2), fallocate(2), errno(3).
 */
import { dlopen, FFIType, type Pointer, read } from 'bun:ffi'

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4
const FALLOC_FL_KEEP_SIZE = 1
const FALLOC_FL_PUNCH_HOLE = 2
const EWOULDBLOCK = 11

interface Calls {
  flock(fd: number, operation: number): number
  fallocate(fd: number, mode: number, position: number, bytes: number): number
  __errno_location(): Pointer | null
}

function load(): Calls | undefined {
  if (process.platform !== 'linux') return undefined
  for (const name of [
    'libc.so.6',
    `libc.musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`,
  ]) {
    try {
      return dlopen(name, {
        flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
        fallocate: {
          args: [FFIType.i32, FFIType.i32, FFIType.i64, FFIType.i64],
          returns: FFIType.i32,
        },
        __errno_location: { args: [], returns: FFIType.ptr },
      }).symbols as Calls
    } catch {
      // The next name may be the one of this system.
    }
  }
  return undefined
}

let loaded = false
let calls: Calls | undefined

function libc(): Calls | undefined {
  if (!loaded) {
    loaded = true
    calls = load()
  }
  return calls
}

/**
 * Locks an open file until it is closed, also by the death of the process.
 * @returns false if someone else, in this process or another, holds it; true if it is ours or can't be locked here.
 */
export function lockFile(fd: number, exclusive: boolean): boolean {
  const c = libc()
  if (!c) return true
  if (c.flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) === 0) return true
  const errno = c.__errno_location()
  return errno !== null && read.i32(errno) !== EWOULDBLOCK
}

/** Whether `lockFile` really locks on this system. */
export function canLockFiles(): boolean {
  return libc() !== undefined
}

/** Makes a range of a file a hole that reads as zeros. Returns false if the file system can't. */
export function punchHole(fd: number, position: number, bytes: number): boolean {
  const mode = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
  return libc()?.fallocate(fd, mode, position, bytes) === 0
}

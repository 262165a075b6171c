/** Files: streams of the file server, opened by path. Positions, sizes and times as in docs/ipc-protocols.md, Streams. */
import { absolutePath } from './environment'
import {
  EINVAL,
  EOWNERDEAD,
  OPEN_CREATE,
  OPEN_READ,
  OPEN_TRUNCATE,
  OPEN_WRITE,
  SLOT_VFS,
  STREAM_SEEK,
  STREAM_STAT,
  STREAM_SYNC,
  STREAM_TRUNCATE,
  TYPE_DIRECTORY,
  VFS_MKDIR,
  VFS_OPEN,
  VFS_RENAME,
  VFS_STAT,
  VFS_SYNC,
  VFS_TRUNCATE,
  VFS_UNLINK,
  VFS_UTIME,
} from './generated/abi'
import { close } from './handle'
import { call, callLending, LEND_READ, replyWord, take } from './ipc'
import { readBytes, writeBytes } from './stdio'

/** Where `seek` counts from. */
export const SEEK_SET: i32 = 0
export const SEEK_CURRENT: i32 = 1
export const SEEK_END: i32 = 2

/** What is known about a file. `error` is a negative errno, or 0. */
export class Status {
  error: i32 = 0
  size: i64 = 0
  /** TYPE_FILE, TYPE_DIRECTORY or TYPE_DEVICE. */
  type: i32 = 0
  /** Seconds since 1970. */
  time: i64 = 0
  /** Number of the file in its file system. */
  id: i64 = 0

  get isDirectory(): bool {
    return this.error === 0 && this.type === TYPE_DIRECTORY
  }

  get exists(): bool {
    return this.error === 0
  }
}

/** A message whose lent memory is one absolute path, its length in d1. */
function callPath(tag: i32, path: string, d2: i64 = 0, d3: i64 = 0): i64 {
  const bytes = String.UTF8.encode(absolutePath(path))
  const length = bytes.byteLength
  return callLending(SLOT_VFS, tag, changetype<usize>(bytes), length, LEND_READ, 0, length, d2, d3)
}

/** Opens a file (OPEN bits); its handle or a negative errno. */
export function open(path: string, flags: i32 = OPEN_READ): i32 {
  const answer = callPath(VFS_OPEN, path, flags)
  return answer < 0 ? (answer as i32) : take()
}

/** Opens a file to write, empty; it is made if it does not exist. */
export function create(path: string): i32 {
  return open(path, OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE)
}

/** Moves the position of an open file; the new one or a negative errno. */
export function seek(handle: i32, offset: i64, from: i32 = SEEK_SET): i64 {
  return call(handle, STREAM_SEEK, offset, from)
}

function fill(answer: i64): Status {
  const status = new Status()
  if (answer < 0) {
    status.error = answer as i32
    return status
  }
  status.size = replyWord(0)
  status.type = replyWord(1) as i32
  status.time = replyWord(2)
  status.id = replyWord(3)
  return status
}

export function statPath(path: string): Status {
  return fill(callPath(VFS_STAT, path))
}

export function statHandle(handle: i32): Status {
  return fill(call(handle, STREAM_STAT))
}

/** Sets the size of an open file. */
export function truncate(handle: i32, size: i64): i32 {
  return call(handle, STREAM_TRUNCATE, size) as i32
}

/** Sets the size of a file. */
export function truncatePath(path: string, size: i64): i32 {
  return callPath(VFS_TRUNCATE, path, size) as i32
}

/** Writes an open file to its disk. */
export function syncHandle(handle: i32): i32 {
  return call(handle, STREAM_SYNC) as i32
}

/** Writes everything to the disks. */
export function sync(): i32 {
  const answer = call(SLOT_VFS, VFS_SYNC)
  return (answer === -EOWNERDEAD ? call(SLOT_VFS, VFS_SYNC) : answer) as i32
}

/** Sets the time of change, in seconds since 1970. */
export function setTime(path: string, seconds: i64): i32 {
  return callPath(VFS_UTIME, path, seconds) as i32
}

export function makeDirectory(path: string): i32 {
  return callPath(VFS_MKDIR, path) as i32
}

export function removeFile(path: string): i32 {
  return callPath(VFS_UNLINK, path, 0) as i32
}

/** Removes an empty directory. */
export function removeDirectory(path: string): i32 {
  return callPath(VFS_UNLINK, path, 1) as i32
}

/** Renames; an existing file of the new name is replaced. -EXDEV if it lies on another file system. */
export function rename(from: string, to: string): i32 {
  const source = absolutePath(from)
  const target = absolutePath(to)
  const bytes = String.UTF8.encode(source + target)
  const first = String.UTF8.byteLength(source)
  const second = bytes.byteLength - first
  const p = changetype<usize>(bytes)
  return callLending(SLOT_VFS, VFS_RENAME, p, bytes.byteLength, LEND_READ, 0, first, second) as i32
}

/** All bytes of a file, or null: `readError` says why. */
export function readFile(path: string): ArrayBuffer | null {
  const handle = open(path)
  if (handle < 0) {
    readError = handle
    return null
  }
  const status = statHandle(handle)
  // A file that says it is empty may be one whose size is only known by reading it.
  let bytes = new ArrayBuffer(max(status.size, 4096) as i32)
  let length = 0
  while (true) {
    if (length === bytes.byteLength) {
      if (length > i32.MAX_VALUE >> 2) {
        readError = -EINVAL
        break
      }
      const larger = new ArrayBuffer(length + (length >> 1))
      memory.copy(changetype<usize>(larger), changetype<usize>(bytes), length)
      bytes = larger
    }
    const n = readBytes(handle, changetype<usize>(bytes) + length, bytes.byteLength - length)
    if (n <= 0) {
      readError = n
      break
    }
    length += n
  }
  close(handle)
  if (readError < 0) return null
  return length === bytes.byteLength ? bytes : bytes.slice(0, length)
}

/** Why the last `readFile` failed: a negative errno, or 0. */
export let readError: i32 = 0

/** A text file, or null: `readError` says why. */
export function readText(path: string): string | null {
  const bytes = readFile(path)
  return bytes === null ? null : String.UTF8.decode(bytes)
}

/** Replaces a file by text; 0 or a negative errno. */
export function writeText(path: string, text: string): i32 {
  const handle = create(path)
  if (handle < 0) return handle
  const bytes = String.UTF8.encode(text)
  const error = writeBytes(handle, changetype<usize>(bytes), bytes.byteLength)
  close(handle)
  return error
}

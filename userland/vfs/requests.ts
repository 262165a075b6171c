/**
 * What every message of the file server does first: read the path, find the open file, copy between files and clients.
 * Everything in a message is checked here or where it is used: lengths, numbers, paths, leases.
 */
import { EBADF, EINVAL, EISDIR, ENAMETOOLONG, EPERM, OPEN_WRITE } from '../libkenix/generated/abi'
import { callerPid, Message, readLease } from '../libkenix/ipc'
import { now } from '../libkenix/time'
import { copyFromClient, copyToClient } from '../servers/client-memory'
import { FileSystem } from './filesystem'
import { MountTable } from './mounts'
import { OpenFile, OpenFiles } from './open-files'

/** Bytes of a path. */
const MOST_PATH_BYTES: u32 = 4096
/** Bytes of a path that fits the words of a message: after its length in the first byte. */
const SHORT_PATH_BYTES: u32 = 31

/** Bytes moved at once, and in one message: a client asks again for the rest. */
const CHUNK_BYTES: u32 = 0x1_0000
const MOST_BYTES: u64 = 0x10_0000

const chunk = heap.alloc(CHUNK_BYTES)
const pathBytes = heap.alloc(2 * MOST_PATH_BYTES)
const words = memory.data(32, 8)

export const mounts = new MountTable()
export const files = new OpenFiles()

/** Negative errno of the last function here that returned null. */
export let requestError: i64 = 0

/** A string of a message, or null. */
function text(address: usize, bytes: u32): string | null {
  const result = String.UTF8.decodeUnsafe(address, bytes)
  // What is no UTF-8 does not come back as it was.
  const again = String.UTF8.encode(result)
  const same =
    (again.byteLength as u32) === bytes &&
    memory.compare(changetype<usize>(again), address, bytes) === 0
  requestError = -EINVAL
  return same && !result.includes('\0') ? result : null
}

/** The path of a message in the form that both OPEN and STAT have: in its words, or lent. Null after an error. */
export function pathOf(message: Message): string | null {
  const length = (message.d0 & 0xff) as u32
  if (length === 0) return lentPath(message, 0, message.d1)
  requestError = -ENAMETOOLONG
  if (length > SHORT_PATH_BYTES) return null
  store<i64>(words, message.d0)
  store<i64>(words, message.d1, 8)
  store<i64>(words, message.d2, 16)
  store<i64>(words, message.d3, 24)
  return text(words + 1, length)
}

/** Whether the path of a message is in its words. */
export function isShort(message: Message): bool {
  return (message.d0 & 0xff) !== 0
}

/** A path of `length` bytes at `offset` of what is lent. Null after an error. */
export function lentPath(message: Message, offset: i64, length: i64): string | null {
  requestError = -EINVAL
  if (length <= 0) return null
  requestError = -ENAMETOOLONG
  if (length > (MOST_PATH_BYTES as i64)) return null
  const count = readLease(message.sender, offset, pathBytes, length as i32)
  requestError = count < 0 ? count : -EINVAL
  return count === length ? text(pathBytes, length as u32) : null
}

/** The open file a message of the stream protocol is about, or null after an error. */
export function sessionOf(message: Message): OpenFile | null {
  requestError = -EBADF
  return files.session(message.badge)
}

/** The open file of a number that the caller has, or null after an error. */
export function numberedOf(message: Message, number: i64): OpenFile | null {
  requestError = -EBADF
  return files.numbered(number, callerPid(message.sender))
}

/** Tells file systems what time it is. */
export function stamp(fs: FileSystem): FileSystem {
  fs.now = now() / 1_000_000_000
  return fs
}

/**
 * Copies up to `length` bytes from a file to a client: into region `region` (0: what it has lent) at `at`.
 * @returns how many, or a negative errno if it is none
 */
export function readTo(
  file: OpenFile,
  offset: u64,
  sender: i64,
  region: i64,
  at: u64,
  length: i64,
): i64 {
  if (length < 0) return -EINVAL
  if (file.node.isDirectory()) return -EISDIR
  const wanted = min(length as u64, MOST_BYTES)
  let done: u64 = 0
  while (done < wanted) {
    const part = min(wanted - done, CHUNK_BYTES as u64) as u32
    const count = file.mount.fs.read(file.node, offset + done, chunk, part)
    if (count < 0 && done === 0) return count
    if (count <= 0) break
    const copied = copyToClient(sender, region, at + done, chunk, count)
    if (copied < 0) return copied
    done += count
    if ((count as u32) < part) break
  }
  return done
}

/** Copies up to `length` bytes from a client to a file; as `readTo`. */
export function writeFrom(
  file: OpenFile,
  offset: u64,
  sender: i64,
  region: i64,
  at: u64,
  length: i64,
): i64 {
  if (length < 0) return -EINVAL
  if ((file.flags & OPEN_WRITE) === 0) return -EPERM
  const wanted = min(length as u64, MOST_BYTES)
  const fs = stamp(file.mount.fs)
  let done: u64 = 0
  while (done < wanted) {
    const part = min(wanted - done, CHUNK_BYTES as u64) as u32
    const copied = copyFromClient(sender, region, at + done, chunk, part)
    if (copied < 0) return done > 0 ? (done as i64) : copied
    const count = fs.write(file.node, offset + done, chunk, part)
    if (count < 0 && done === 0) return count
    if (count <= 0) break
    done += count
    if ((count as u32) < part) break
  }
  return done
}

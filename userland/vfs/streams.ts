/** Open files as streams: what arrives on the handle that OPEN gave (docs/ipc-protocols.md, tags 600-609). */
import {
  EINVAL,
  EISDIR,
  ENOTDIR,
  EPERM,
  ERANGE,
  OPEN_APPEND,
  STREAM_CLOSED,
  STREAM_READ,
  STREAM_READ_AT,
  STREAM_READDIR,
  STREAM_SEEK,
  STREAM_STAT,
  STREAM_SYNC,
  STREAM_TRUNCATE,
  STREAM_WRITE,
  STREAM_WRITE_AT,
  TYPE_DEVICE,
} from '../libkenix/generated/abi'
import { Message, writeLease } from '../libkenix/ipc'
import { Answer, LATER, Server } from '../libkenix/server'
import { Entry, Node } from './filesystem'
import { changed } from './idle'
import { Mount } from './mounts'
import { files, readTo, requestError, sessionOf, stamp, writeFrom } from './requests'

const SEEK_SET: i64 = 0
const SEEK_CURRENT: i64 = 1
const SEEK_END: i64 = 2

const entry = new Entry()

/** Has `server` answer the messages of streams. */
export function serveStreams(server: Server): void {
  server.on(STREAM_READ, read)
  server.on(STREAM_WRITE, write)
  server.on(STREAM_READ_AT, readAt)
  server.on(STREAM_WRITE_AT, writeAt)
  server.on(STREAM_SEEK, seek)
  server.on(STREAM_STAT, stat)
  server.on(STREAM_TRUNCATE, truncate)
  server.on(STREAM_SYNC, sync)
  server.on(STREAM_READDIR, readDirectory)
  server.on(STREAM_CLOSED, closed)
}

function read(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  const count = readTo(file, file.position, message.sender, 0, 0, message.d0)
  if (count > 0) file.position += count
  return count
}

function write(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  if (file.flags & OPEN_APPEND) file.position = file.node.size
  const count = writeFrom(file, file.position, message.sender, 0, 0, message.d0)
  if (count > 0) {
    file.position += count
    changed()
  }
  return count
}

function readAt(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  if (message.d1 < 0) return -EINVAL
  return readTo(file, message.d1, message.sender, 0, 0, message.d0)
}

function writeAt(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  if (message.d1 < 0) return -EINVAL
  changed()
  return writeFrom(file, message.d1, message.sender, 0, 0, message.d0)
}

function seek(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  let base: i64 = 0
  if (message.d1 === SEEK_CURRENT) base = file.position
  else if (message.d1 === SEEK_END) base = file.node.size
  else if (message.d1 !== SEEK_SET) return -EINVAL
  const position = base + message.d0
  // Neither before the start nor, by overflow, there after all.
  if (position < 0 || (message.d0 > 0 && position < base)) return -EINVAL
  // A directory can be read again from its start; other positions mean nothing to anybody.
  if (file.node.isDirectory() && position !== 0) return -EISDIR
  file.position = position
  return position
}

function stat(message: Message, answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  describe(file.mount, file.node, answer)
  return 0
}

function truncate(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  if (!file.isWritable()) return -EPERM
  if (message.d0 < 0) return -EINVAL
  changed()
  return stamp(file.mount.fs).truncate(file.node, message.d0)
}

function sync(message: Message, _answer: Answer): i64 {
  const file = sessionOf(message)
  return file === null ? requestError : file.mount.fs.sync()
}

function readDirectory(message: Message, answer: Answer): i64 {
  const file = sessionOf(message)
  if (file === null) return requestError
  if (!file.node.isDirectory()) return -ENOTDIR
  const found = file.mount.fs.entry(file.node, file.position, entry)
  if (found <= 0) return found
  const length = giveEntry(message, entry, answer)
  if (length > 0) file.position = entry.next
  return length
}

function closed(message: Message, _answer: Answer): i64 {
  // The kernel waits for no reply; whoever does has no business with this message.
  if (message.wantsReply) return -EPERM
  files.closeSession(message.badge)
  return LATER
}

/** Fills in what STAT tells. */
export function describe(mount: Mount, node: Node, answer: Answer): void {
  answer.d0 = node.type === TYPE_DEVICE ? 0 : node.size
  answer.d1 = node.type
  answer.d2 = node.modified
  // Files of different file systems differ in the upper bits.
  answer.d3 = (mount.fs.instance << 48) | (node.number & 0xffff_ffff_ffff)
}

/** Writes the name of `entry` into what the client has lent. @returns its length or a negative errno */
export function giveEntry(message: Message, found: Entry, answer: Answer): i64 {
  const name = String.UTF8.encode(found.name)
  const length = name.byteLength
  const written = writeLease(message.sender, 0, changetype<usize>(name), length)
  if (written < 0) return written
  if (written < length) return -ERANGE
  answer.d0 = found.size
  answer.d1 = found.type
  answer.d2 = found.modified
  return length
}

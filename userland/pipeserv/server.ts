/**
 * The pipe server (docs/ipc-protocols.md, tags 500-506). The shell uses pipes of the kernel; these need none of its tables.
 *
 * An end has a number, which belongs to the process that made the pipe, or is a stream, which may be handed on like any
 * handle. The kernel says when the last handle of a stream is closed; whether a process with numbers still lives is
 * looked up every second while somebody waits.
 */
import {
  ATTACH_MOVE,
  EBADF,
  EINVAL,
  ENFILE,
  EPERM,
  ESPIPE,
  PIPESERV_ATTACH_SHM,
  PIPESERV_CLOSE,
  PIPESERV_CREATE,
  PIPESERV_DUP,
  PIPESERV_OPEN,
  PIPESERV_READ,
  PIPESERV_WRITE,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_SELF,
  STREAM_CLOSED,
  STREAM_READ,
  STREAM_SEEK,
  STREAM_STAT,
  STREAM_WRITE,
  TYPE_FILE,
} from '../libkenix/generated/abi'
import { close } from '../libkenix/handle'
import { attach, callerPid, leaseLength, Message, mint, replyTo } from '../libkenix/ipc'
import { Answer, LATER, Server } from '../libkenix/server'
import { setTimer, uptime } from '../libkenix/time'
import { attachShared, checkClient, isAlive } from '../servers/client-memory'
import { Pipe } from './pipe'

const TIMER: i64 = 1
const SWEEP_NS: i64 = 1_000_000_000

/** Pipes in all, and those one process may make. */
const MOST_PIPES: i32 = 1024
const PER_CLIENT: i32 = 64
/** Bytes in one message: the rest is asked for again. */
const MOST_BYTES: i64 = 0x10_0000
const MOST_DUPS: i32 = 256

/** A pipe and the ends of it that are known by number. */
class Numbered {
  readers: i32 = 1
  writers: i32 = 1

  constructor(
    readonly id: i32,
    readonly pipe: Pipe,
    readonly owner: i64,
  ) {}
}

/** An end that is a stream. */
class End {
  constructor(
    readonly numbered: Numbered,
    readonly reads: bool,
  ) {}
}

const server = new Server()
const pipes: Map<i32, Numbered> = new Map<i32, Numbered>()
const ends: Map<i32, End> = new Map<i32, End>()
let lastId: i32 = 0
let lastBadge: i32 = 0
let armed: bool = false

/** Prepares the server. @returns 0 */
export function open(): i32 {
  server.on(PIPESERV_CREATE, create)
  server.on(PIPESERV_READ, (message) => transfer(message, true))
  server.on(PIPESERV_WRITE, (message) => transfer(message, false))
  server.on(PIPESERV_CLOSE, closeEnd)
  server.on(PIPESERV_DUP, duplicate)
  server.on(PIPESERV_ATTACH_SHM, (message) => attachShared(message))
  server.on(PIPESERV_OPEN, openStream)
  server.on(STREAM_READ, (message) => stream(message, true))
  server.on(STREAM_WRITE, (message) => stream(message, false))
  server.on(STREAM_SEEK, () => -ESPIPE as i64)
  server.on(STREAM_STAT, stat)
  server.on(STREAM_CLOSED, closed)
  server.onNotification(TIMER, onTimer)
  // Streams of a server that died are still held by clients: their badges are not used again soon.
  lastBadge = ((uptime() / 1000) & 0x3fff_ffff) as i32
  return 0
}

/** Serves for ever; the errno if nothing can be received. */
export function serve(): i64 {
  return server.run()
}

/** Number of a new pipe of `owner`, or a negative errno. */
function make(owner: i64): i32 {
  if (owner < 0) return owner as i32
  if (pipes.size >= MOST_PIPES || countOf(owner) >= PER_CLIENT) {
    sweep()
    if (pipes.size >= MOST_PIPES || countOf(owner) >= PER_CLIENT) return -ENFILE
  }
  do {
    lastId = lastId < i32.MAX_VALUE ? lastId + 1 : 1
  } while (pipes.has(lastId))
  const pipe = new Pipe()
  pipe.readers = 1
  pipe.writers = 1
  pipes.set(lastId, new Numbered(lastId, pipe, owner))
  return lastId
}

function countOf(owner: i64): i32 {
  let count = 0
  const all = pipes.values()
  for (let i = 0; i < all.length; i++) if (all[i].owner === owner) count++
  return count
}

/** The pipe with a number, if it is the caller's. */
function pipeOf(message: Message): Numbered | null {
  const id = message.d0
  if (id < 1 || id > i32.MAX_VALUE || !pipes.has(id as i32)) return null
  const numbered = pipes.get(id as i32)
  return numbered.owner === callerPid(message.sender) ? numbered : null
}

function create(message: Message, _answer: Answer): i64 {
  return make(callerPid(message.sender))
}

function transfer(message: Message, reads: bool): i64 {
  const numbered = pipeOf(message)
  if (numbered === null || (reads ? numbered.readers : numbered.writers) === 0) return -EBADF
  return enter(message, numbered.pipe, reads, message.d1, message.d2)
}

function stream(message: Message, reads: bool): i64 {
  if (!ends.has(message.badge)) return -EBADF
  const end = ends.get(message.badge)
  return end.reads === reads ? enter(message, end.numbered.pipe, reads, 0, message.d0) : -EPERM
}

/** Has a request wait for its turn, which may have come. */
function enter(message: Message, pipe: Pipe, reads: bool, region: i64, length: i64): i64 {
  if (length < 0) return -EINVAL
  if (length === 0) return 0
  const bytes = min(length, MOST_BYTES) as u32
  const checked = checkClient(message.sender, region, 0, bytes)
  if (checked < 0) return checked
  // Else a lie would be found out only when it is the turn of the request.
  if (region === 0 && leaseLength(message.sender) < (bytes as i64)) return -EINVAL
  if (reads) pipe.read(message.sender, region, bytes)
  else pipe.write(message.sender, region, bytes)
  if (pipe.hasWaiting) arm()
  return LATER
}

function closeEnd(message: Message, _answer: Answer): i64 {
  const numbered = pipeOf(message)
  if (numbered === null || message.d1 < 0 || message.d1 > 1)
    return numbered === null ? -EBADF : -EINVAL
  const reads = message.d1 === 1
  if ((reads ? numbered.readers : numbered.writers) === 0) return -EBADF
  drop(numbered, reads, true)
  return 0
}

function duplicate(message: Message, _answer: Answer): i64 {
  const numbered = pipeOf(message)
  if (numbered === null || message.d1 < 0 || message.d1 > 1)
    return numbered === null ? -EBADF : -EINVAL
  const reads = message.d1 === 1
  const count = reads ? numbered.readers : numbered.writers
  if (count === 0) return -EBADF
  if (count >= MOST_DUPS) return -ENFILE
  if (reads) {
    numbered.readers++
    numbered.pipe.readers++
  } else {
    numbered.writers++
    numbered.pipe.writers++
  }
  return 0
}

/**
 * An end as a stream: the number's own end becomes it. So a pipe made here has one reading stream, a number that stands for
 * the writing end until that is opened as well, and nothing else keeps it open.
 */
function openStream(message: Message, _answer: Answer): i64 {
  let id = message.d0
  const reads = id === 0
  if (reads) {
    id = make(callerPid(message.sender))
    if (id < 0) return id
    message.d0 = id
  }
  const numbered = pipeOf(message)
  if (numbered === null || (!reads && numbered.writers === 0)) return -EBADF
  do {
    lastBadge = lastBadge < i32.MAX_VALUE ? lastBadge + 1 : 1
  } while (ends.has(lastBadge))
  const rights = RIGHT_SEND | RIGHT_TRANSFER | (reads ? RIGHT_READ : RIGHT_WRITE)
  const handle = mint(SLOT_SELF, lastBadge, rights)
  if (handle < 0) {
    if (reads) {
      drop(numbered, true, true)
      drop(numbered, false, true)
    }
    return handle
  }
  ends.set(lastBadge, new End(numbered, reads))
  if (reads) numbered.readers--
  else numbered.writers--
  attach(handle, rights, ATTACH_MOVE)
  replyTo(message.sender, id)
  // Gone with the reply; if the client is gone instead, this closes the stream.
  close(handle)
  return LATER
}

function stat(message: Message, answer: Answer): i64 {
  if (!ends.has(message.badge)) return -EBADF
  answer.d0 = ends.get(message.badge).numbered.pipe.size
  answer.d1 = TYPE_FILE
  return 0
}

function closed(message: Message, _answer: Answer): i64 {
  // The kernel waits for no reply; whoever does has no business with this message.
  if (message.wantsReply) return -EPERM
  if (!ends.has(message.badge)) return LATER
  const end = ends.get(message.badge)
  ends.delete(message.badge)
  drop(end.numbered, end.reads, false)
  return LATER
}

/** One end is closed: a number of the owner, or a stream. */
function drop(numbered: Numbered, reads: bool, byNumber: bool): void {
  const pipe = numbered.pipe
  if (reads) pipe.readers--
  else pipe.writers--
  if (byNumber) {
    if (reads) numbered.readers--
    else numbered.writers--
  }
  if (pipe.advance()) pipes.delete(numbered.id)
}

function arm(): void {
  if (armed) return
  armed = true
  setTimer(uptime() + SWEEP_NS, TIMER)
}

function onTimer(_bits: i64): void {
  armed = false
  sweep()
  const all = pipes.values()
  for (let i = 0; i < all.length; i++) if (all[i].pipe.hasWaiting) arm()
}

/** Closes the numbers of processes that ended. */
function sweep(): void {
  const all = pipes.values()
  for (let i = 0; i < all.length; i++) {
    const numbered = all[i]
    if (numbered.readers + numbered.writers === 0 || isAlive(numbered.owner)) continue
    while (numbered.readers > 0) drop(numbered, true, true)
    while (numbered.writers > 0) drop(numbered, false, true)
  }
}

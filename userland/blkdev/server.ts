/**
 * The block device server: messages become requests, interrupts become replies (docs/ipc-protocols.md, tags 200-204).
 *
 * Nothing waits here but for messages and interrupts: a request whose slot is not free yet stands in a line. Requests
 * may be repeated, so a client that sees the server die asks its successor again.
 */
import {
  BLKDEV_ATTACH_SHM,
  BLKDEV_FLUSH,
  BLKDEV_INFO,
  BLKDEV_READ,
  BLKDEV_WRITE,
  EINVAL,
  EIO,
  EROFS,
} from '../libkenix/generated/abi'
import { Message, replyTo } from '../libkenix/ipc'
import { Answer, LATER, Server } from '../libkenix/server'
import { attachShared, checkClient, copyFromClient, copyToClient } from '../servers/client-memory'
import { acknowledgeInterrupt } from '../servers/device-memory'
import { Disk, MOST_SECTORS, SECTOR_BYTES, SLOTS, TYPE_FLUSH, TYPE_IN, TYPE_OUT } from './disk'

const INTERRUPT: i64 = 1

/** INFO flags. */
const INFO_READ_ONLY: i64 = 1
const INFO_CAN_FLUSH: i64 = 2

/** A request of a client that waits for its reply. */
class Request {
  constructor(
    readonly sender: i64,
    readonly type: u32,
    readonly sector: u64,
    readonly bytes: u32,
    /** Shared memory and offset in it; 0: lent. */
    readonly region: i64,
    readonly offset: u64,
  ) {}
}

const disk = new Disk()
const inFlight = new StaticArray<Request | null>(SLOTS)
const line: Array<Request> = []
const server = new Server()
let refusal: i64 = 0

/** Starts the device. @returns 0 or a negative errno */
export function open(): i32 {
  const error = disk.open(INTERRUPT)
  if (error < 0) return error
  server.on(BLKDEV_READ, (message) => transfer(message, TYPE_IN))
  server.on(BLKDEV_WRITE, (message) => transfer(message, TYPE_OUT))
  server.on(BLKDEV_FLUSH, flush)
  server.on(BLKDEV_INFO, inform)
  server.on(BLKDEV_ATTACH_SHM, (message) => attachShared(message))
  server.onNotification(INTERRUPT, interrupted)
  return 0
}

/** Without a device, has every request answered with `error`: a client that waits for a disk would wait for ever. */
export function refuse(error: i32): void {
  refusal = error
  for (let tag = BLKDEV_READ; tag <= BLKDEV_FLUSH; tag++) server.on(tag, () => refusal)
}

/** Serves for ever; the errno if there is nothing to serve. */
export function serve(): i64 {
  return server.run()
}

function inform(_message: Message, answer: Answer): i64 {
  answer.d0 = disk.capacity
  answer.d1 = SECTOR_BYTES
  answer.d2 = (disk.readOnly ? INFO_READ_ONLY : 0) | (disk.canFlush ? INFO_CAN_FLUSH : 0)
  return 0
}

function transfer(message: Message, type: u32): i64 {
  const sector = message.d0 as u64
  const count = message.d1 as u64
  if (count === 0 || count > MOST_SECTORS) return -EINVAL
  if (sector >= disk.capacity || count > disk.capacity - sector) return -EINVAL
  if (type === TYPE_OUT && disk.readOnly) return -EROFS
  const bytes = (count as u32) * SECTOR_BYTES
  const checked = checkClient(message.sender, message.d2, message.d3, bytes)
  if (checked < 0) return checked
  const offset: u64 = message.d2 === 0 ? 0 : message.d3
  enter(new Request(message.sender, type, sector, bytes, message.d2, offset))
  return LATER
}

function flush(message: Message, _answer: Answer): i64 {
  if (!disk.canFlush) return 0
  enter(new Request(message.sender, TYPE_FLUSH, 0, 0, 0, 0))
  return LATER
}

function enter(request: Request): void {
  if (line.length > 0 || !submit(request)) line.push(request)
}

/** Gives a request to the device. @returns false if there is no room; a request that cannot be made is answered */
function submit(request: Request): bool {
  const slot = disk.freeSlot()
  if (slot < 0) return false
  if (request.type === TYPE_OUT) {
    const data = disk.data(slot)
    const error = copyFromClient(
      request.sender,
      request.region,
      request.offset,
      data,
      request.bytes,
    )
    if (error < 0) {
      replyTo(request.sender, error)
      return true
    }
  }
  inFlight[slot] = request
  disk.submit(slot, request.type, request.sector, request.bytes)
  return true
}

function interrupted(_bits: i64): void {
  disk.takeInterrupt()
  let slot = disk.finished()
  while (slot >= 0) {
    finish(slot)
    slot = disk.finished()
  }
  if (slot !== -1 || disk.needsReset()) startAgain()
  acknowledgeInterrupt()
  while (line.length > 0 && submit(line[0])) line.shift()
}

function finish(slot: i32): void {
  const request = inFlight[slot]!
  inFlight[slot] = null
  let answer: i64 = disk.status(slot)
  if (answer === 0 && request.type === TYPE_IN) {
    const data = disk.data(slot)
    answer = copyToClient(request.sender, request.region, request.offset, data, request.bytes)
  }
  replyTo(request.sender, answer < 0 ? answer : (request.bytes as i64))
}

/** The device is broken: what it worked on has failed, and it is started anew. */
function startAgain(): void {
  for (let slot = 0; slot < (SLOTS as i32); slot++) {
    const request = inFlight[slot]
    inFlight[slot] = null
    if (request !== null) replyTo(request.sender, -EIO)
  }
  // If it does not start, this task ends, and init starts another.
  assert(disk.restart() === 0, 'the block device does not start again')
}

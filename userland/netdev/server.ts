/**
 * The network device server (docs/ipc-protocols.md, tags 300-304).
 *
 * Received frames wait in one line until a client takes them; when it is full, new ones are dropped and counted. Clients
 * that subscribed are notified when a frame arrives or the link changes. A frame that finds all transmit buffers with
 * the device waits, and its sender with it.
 */
import {
  EINVAL,
  EMSGSIZE,
  ENFILE,
  ENOENT,
  ESRCH,
  KIND_NOTIFICATION,
  NETDEV_ATTACH_SHM,
  NETDEV_INFO,
  NETDEV_RECV,
  NETDEV_SEND,
  NETDEV_SUBSCRIBE,
} from '../libkenix/generated/abi'
import { close, kindOf } from '../libkenix/handle'
import { callerPid, Message, notify, replyTo, take } from '../libkenix/ipc'
import { Answer, LATER, Server } from '../libkenix/server'
import {
  attachShared,
  checkClient,
  copyFromClient,
  copyToClient,
  isAlive,
} from '../servers/client-memory'
import { acknowledgeInterrupt } from '../servers/device-memory'
import { copyBytes } from '../servers/mapped-memory'
import { LEAST_FRAME, Link, MOST_FRAME } from './link'

const INTERRUPT: i64 = 1

/** Frames that wait to be taken. */
const LINE_FRAMES: u32 = 128
const FRAME_BYTES: u32 = 1536
const MOST_SUBSCRIBERS: i32 = 16

class Outgoing {
  constructor(
    readonly sender: i64,
    readonly region: i64,
    readonly offset: u64,
    readonly length: u32,
  ) {}
}

class Subscriber {
  constructor(
    readonly pid: i64,
    readonly handle: i32,
    readonly bits: i64,
  ) {}
}

const link = new Link()
const server = new Server()
const outgoing: Array<Outgoing> = []
let subscribers: Array<Subscriber> = []
const frames = heap.alloc(LINE_FRAMES * FRAME_BYTES)
const lengths = new StaticArray<u32>(LINE_FRAMES)
/** Frames taken in and given out since the start. */
let head: u32 = 0
let tail: u32 = 0
let dropped: i64 = 0
let refusal: i64 = 0

/** Starts the device. @returns 0 or a negative errno */
export function open(): i32 {
  const error = link.open(INTERRUPT)
  if (error < 0) return error
  server.on(NETDEV_SEND, send)
  server.on(NETDEV_RECV, receive)
  server.on(NETDEV_INFO, inform)
  server.on(NETDEV_ATTACH_SHM, (message) => attachShared(message))
  server.on(NETDEV_SUBSCRIBE, subscribe)
  server.onNotification(INTERRUPT, interrupted)
  return 0
}

/** Without a device, has every request answered with `error`. */
export function refuse(error: i32): void {
  refusal = error
  for (let tag = NETDEV_SEND; tag <= NETDEV_SUBSCRIBE; tag++) server.on(tag, () => refusal)
}

/** Serves for ever; the errno if nothing can be received. */
export function serve(): i64 {
  return server.run()
}

function inform(_message: Message, answer: Answer): i64 {
  answer.d0 = link.mac
  answer.d1 = link.isUp ? 1 : 0
  answer.d2 = dropped
  return 0
}

function send(message: Message, _answer: Answer): i64 {
  const length = message.d2
  if (length < (LEAST_FRAME as i64) || length > (MOST_FRAME as i64)) return -EMSGSIZE
  const checked = checkClient(message.sender, message.d0, message.d1, length as u32)
  if (checked < 0) return checked
  const offset: u64 = message.d0 === 0 ? 0 : message.d1
  const frame = new Outgoing(message.sender, message.d0, offset, length as u32)
  if (outgoing.length > 0 || !transmit(frame)) outgoing.push(frame)
  return LATER
}

/** Gives a frame to the device and answers its sender. @returns false if there is no room */
function transmit(frame: Outgoing): bool {
  const buffer = link.freeBuffer()
  if (buffer < 0) return false
  const at = link.frame(buffer)
  const copied = copyFromClient(frame.sender, frame.region, frame.offset, at, frame.length)
  if (copied >= 0) link.transmit(buffer, frame.length)
  replyTo(frame.sender, copied < 0 ? copied : (frame.length as i64))
  return true
}

function receive(message: Message, _answer: Answer): i64 {
  if (message.d2 < 0) return -EINVAL
  if (head === tail) return 0
  const place = tail % LINE_FRAMES
  const length = lengths[place]
  if (message.d2 < (length as i64)) return -EMSGSIZE
  const frame = frames + place * FRAME_BYTES
  const offset: u64 = message.d0 === 0 ? 0 : message.d1
  const copied = copyToClient(message.sender, message.d0, offset, frame, length)
  // Who cannot be given the frame leaves it to others.
  if (copied < 0) return copied
  tail++
  return length
}

function subscribe(message: Message, _answer: Answer): i64 {
  const pid = callerPid(message.sender)
  const handle = take()
  if (handle < 0) {
    if (handle === -ENOENT) unsubscribe(pid)
    return handle === -ENOENT ? 0 : handle
  }
  if (kindOf(handle) !== KIND_NOTIFICATION || message.d0 <= 0) {
    close(handle)
    return -EINVAL
  }
  unsubscribe(pid)
  for (let i = subscribers.length - 1; i >= 0; i--) {
    if (!isAlive(subscribers[i].pid)) unsubscribe(subscribers[i].pid)
  }
  if (subscribers.length >= MOST_SUBSCRIBERS) {
    close(handle)
    return -ENFILE
  }
  subscribers.push(new Subscriber(pid, handle, message.d0))
  // What arrived before is told, too.
  if (head !== tail) notify(handle, message.d0)
  return 0
}

function unsubscribe(pid: i64): void {
  for (let i = 0; i < subscribers.length; i++) {
    if (subscribers[i].pid !== pid) continue
    close(subscribers[i].handle)
    subscribers.splice(i, 1)
    return
  }
}

function notifyAll(): void {
  for (let i = subscribers.length - 1; i >= 0; i--) {
    const subscriber = subscribers[i]
    if (notify(subscriber.handle, subscriber.bits) === -ESRCH) unsubscribe(subscriber.pid)
  }
}

function interrupted(_bits: i64): void {
  link.takeInterrupt()
  let news = link.updateStatus()
  let sane = link.reclaim()
  let buffer = link.received()
  while (buffer >= 0) {
    if (keep(buffer)) news = true
    link.recycle(buffer)
    buffer = link.received()
  }
  if (buffer !== -1) sane = false
  // If it does not start again, this task ends, and init starts another.
  if (!sane || link.needsReset())
    assert(link.restart() === 0, 'the network device does not start again')
  acknowledgeInterrupt()
  while (outgoing.length > 0 && transmit(outgoing[0])) outgoing.shift()
  if (news) notifyAll()
}

/** Puts a received frame into the line. @returns whether there was room, and it is a frame */
function keep(buffer: i32): bool {
  const length = link.receivedLength()
  if (length === 0 || head - tail >= LINE_FRAMES) {
    dropped++
    return false
  }
  const place = head % LINE_FRAMES
  copyBytes(frames + place * FRAME_BYTES, link.receivedFrame(buffer), length)
  lengths[place] = length
  head++
  return true
}

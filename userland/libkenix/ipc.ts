/**
 * Messages: a tag and four words, to an endpoint and back (docs/syscalls.md, docs/ipc-protocols.md). Memory goes along as a
 * lease, a handle as an attachment.
 */
import {
  EOWNERDEAD,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_WRITE,
  SYS_CALL,
  SYS_ENDPOINT_CREATE,
  SYS_ENDPOINT_MINT,
  SYS_HANDLE_ATTACH,
  SYS_HANDLE_TAKE,
  SYS_LEASE,
  SYS_LEASE_INFO,
  SYS_LEASE_READ,
  SYS_LEASE_WRITE,
  SYS_NBRECV,
  SYS_NBSEND,
  SYS_NOTIFICATION_CREATE,
  SYS_NOTIFY,
  SYS_RECV,
  SYS_REPLY,
  SYS_REPLY_TO,
  SYS_SEND,
  SYS_WAIT_NOTIFY,
} from './generated/abi'
import { result, syscall, syscallMany } from './syscall'

/** Access in a lease. */
export const LEND_READ: i32 = RIGHT_READ
export const LEND_WRITE: i32 = RIGHT_WRITE

/** A received message, or a notification (`sender` 0, bits in `d0`). One object may be used for all. */
export class Message {
  /** What `replyTo` and the lease functions want; its low 32 bits are 0 if nobody waits for a reply. */
  sender: i64 = 0
  tag: i64 = 0
  d0: i64 = 0
  d1: i64 = 0
  d2: i64 = 0
  d3: i64 = 0

  /** The badge of the handle it was sent through: which session it belongs to. */
  get badge(): i32 {
    return (this.sender >> 32) as i32
  }

  get isNotification(): bool {
    return this.sender === 0
  }

  /** True if the sender waits for a reply. */
  get wantsReply(): bool {
    return (this.sender as i32) !== 0
  }
}

function fill(message: Message, sender: i64): i64 {
  message.sender = sender
  message.tag = result(1)
  message.d0 = result(2)
  message.d1 = result(3)
  message.d2 = result(4)
  message.d3 = result(5)
  return sender
}

/** Waits for a message on `from` (ANY: the own endpoint), or a notification of `mask`. A negative errno if it fails. */
export function receive(message: Message, mask: i64 = 0, from: i32 = -1): i64 {
  return fill(message, syscallMany(SYS_RECV, from, mask))
}

/** As `receive`, but returns -EAGAIN if nothing is there. */
export function poll(message: Message, mask: i64 = 0, from: i32 = -1): i64 {
  return fill(message, syscallMany(SYS_NBRECV, from, mask))
}

/** Sends a message and waits for the reply: its tag, or a negative errno. Its words: `replyWord`. */
export function call(
  endpoint: i32,
  tag: i32,
  d0: i64 = 0,
  d1: i64 = 0,
  d2: i64 = 0,
  d3: i64 = 0,
): i64 {
  return syscallMany(SYS_CALL, endpoint, tag, d0, d1, d2, d3)
}

/** Word 0 to 3 of the last reply. */
export function replyWord(i: i32): i64 {
  return result(i + 1)
}

/**
 * `call` with memory lent to the server. When the server dies before it replies, the call is made once more: by then it was
 * restarted. Only for messages that may be repeated.
 */
export function callLending(
  endpoint: i32,
  tag: i32,
  address: usize,
  length: i32,
  access: i32,
  d0: i64 = 0,
  d1: i64 = 0,
  d2: i64 = 0,
  d3: i64 = 0,
): i64 {
  lend(address, length, access)
  const answer = call(endpoint, tag, d0, d1, d2, d3)
  if (answer !== -EOWNERDEAD) return answer
  lend(address, length, access)
  return call(endpoint, tag, d0, d1, d2, d3)
}

/** Sends a message and waits until it is received. */
export function send(
  endpoint: i32,
  tag: i32,
  d0: i64 = 0,
  d1: i64 = 0,
  d2: i64 = 0,
  d3: i64 = 0,
): i64 {
  return syscall(SYS_SEND, endpoint, tag, d0, d1, d2, d3)
}

/** Sends a message if somebody is receiving, else returns -EAGAIN. */
export function trySend(
  endpoint: i32,
  tag: i32,
  d0: i64 = 0,
  d1: i64 = 0,
  d2: i64 = 0,
  d3: i64 = 0,
): i64 {
  return syscall(SYS_NBSEND, endpoint, tag, d0, d1, d2, d3)
}

/** Replies to the caller received last. */
export function reply(tag: i64, d0: i64 = 0, d1: i64 = 0, d2: i64 = 0, d3: i64 = 0): i64 {
  return syscall(SYS_REPLY, tag, d0, d1, d2, d3)
}

/** Replies to any caller that still waits; `sender` is what its message had. */
export function replyTo(
  sender: i64,
  tag: i64,
  d0: i64 = 0,
  d1: i64 = 0,
  d2: i64 = 0,
  d3: i64 = 0,
): i64 {
  return syscall(SYS_REPLY_TO, sender, tag, d0, d1, d2, d3)
}

/** Lends memory to the server of the next call. */
export function lend(address: usize, length: i32, access: i32): i64 {
  return syscall(SYS_LEASE, address, length, access)
}

/** Copies from what a caller has lent to `buffer`; the number of bytes, less at the end of the lease. */
export function readLease(sender: i64, offset: i64, buffer: usize, length: i32): i64 {
  return syscall(SYS_LEASE_READ, sender, offset, buffer, length)
}

/** Copies from `buffer` into what a caller has lent. */
export function writeLease(sender: i64, offset: i64, buffer: usize, length: i32): i64 {
  return syscall(SYS_LEASE_WRITE, sender, offset, buffer, length)
}

/** Bytes a caller has lent. */
export function leaseLength(sender: i64): i64 {
  return syscallMany(SYS_LEASE_INFO, sender)
}

/** Process id of a caller that waits for a reply. */
export function callerPid(sender: i64): i64 {
  const length = syscallMany(SYS_LEASE_INFO, sender)
  return length < 0 ? length : result(2)
}

/** Attaches a copy of a handle, with `rights` of those it has, to the next call, send or reply. */
export function attach(handle: i32, rights: i32 = RIGHT_ALL, flags: i32 = 0): i64 {
  return syscall(SYS_HANDLE_ATTACH, handle, rights, flags)
}

/** Takes the handle that came with the last message or reply; ANY: to the lowest free slot from 64. */
export function take(slot: i32 = -1): i32 {
  return syscall(SYS_HANDLE_TAKE, slot) as i32
}

/** A new endpoint with every right. */
export function createEndpoint(): i32 {
  return syscall(SYS_ENDPOINT_CREATE) as i32
}

/** A handle of an endpoint whose messages carry `badge`. */
export function mint(endpoint: i32, badge: i32, rights: i32): i32 {
  return syscall(SYS_ENDPOINT_MINT, endpoint, badge, rights) as i32
}

/** A handle with which others can set notification bits of this task. */
export function createNotification(mask: i64): i32 {
  return syscall(SYS_NOTIFICATION_CREATE, mask) as i32
}

/** Sets notification bits of another task. */
export function notify(target: i32, bits: i64): i64 {
  return syscall(SYS_NOTIFY, target, bits)
}

/** Waits for notification bits of this task; which were set. */
export function waitNotification(mask: i64 = 0): i64 {
  return syscall(SYS_WAIT_NOTIFY, mask)
}

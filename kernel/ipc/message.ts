/**
 * What moves when sender and receiver meet: token and badge, tag, four words, and at most one handle. An ordinary message is taken
 * from x1 to x5 of the sender; a stream request (read or write on an endpoint) and a fault are not in registers and stand in
 * the record (`MESSAGE`).
 */
import { ATTACH_MOVE, KIND_NONE, STREAM_CLOSED } from '../abi/generated'
import { HANDLE_BYTES } from '../param'
import {
  ARRIVED,
  ATTACHED,
  ATTACHED_FLAGS,
  ATTACHED_SLOT,
  BADGE,
  CALLER,
  LEASE_ACCESS,
  LENT,
  MESSAGE,
  MESSAGE_KIND,
  tokenOf,
} from '../task/task'
import { closeSlot, KIND, OBJECT, release, slotOf } from './handle'

/** The message is in the registers. */
export const ORDINARY: u32 = 0
/** read() or write(); the reply is x0 alone. */
export const STREAM: u32 = 1
/** A fault; the reply says what becomes of the task. */
export const FAULT: u32 = 2

/** Drops what was attached for the next message. */
export function dropAttached(task: usize): void {
  if (load<u32>(task + ATTACHED + KIND) != KIND_NONE) release(task + ATTACHED)
}

/** Drops the handle that came with the last message. */
export function dropArrived(task: usize): void {
  if (load<u32>(task + ARRIVED + KIND) != KIND_NONE) release(task + ARRIVED)
}

/** The call failed or ended: what was lent and attached for it is used up. */
export function dropPrepared(task: usize): void {
  store<u32>(task + LENT, 0)
  store<u32>(task + LEASE_ACCESS, 0)
  store<u32>(task + MESSAGE_KIND, ORDINARY)
  dropAttached(task)
}

/** Moves the attached handle to the receiver; a moved one leaves the sender's table, if it is still there. */
export function passHandle(from: usize, to: usize): void {
  if (load<u32>(from + ATTACHED + KIND) == KIND_NONE) return
  dropArrived(to)
  memory.copy(to + ARRIVED, from + ATTACHED, HANDLE_BYTES)
  store<u32>(from + ATTACHED + KIND, KIND_NONE)
  if (!(load<u32>(from + ATTACHED_FLAGS) & (ATTACH_MOVE as u32))) return
  const slot = load<u32>(from + ATTACHED_SLOT)
  const entry = slotOf(from, slot)
  const isSame =
    load<u32>(entry + KIND) == load<u32>(to + ARRIVED + KIND) &&
    load<u32>(entry + OBJECT) == load<u32>(to + ARRIVED + OBJECT)
  if (isSame) closeSlot(from, slot)
}

/** Copies tag and data of a message into x1 to x5 of the receiver. */
function copyWords(from: usize, to: usize): void {
  const source = load<u32>(from + MESSAGE_KIND) == ORDINARY ? from + 8 : from + MESSAGE
  store<u64>(to + 8, load<u64>(source))
  store<u64>(to + 16, load<u64>(source + 8))
  store<u64>(to + 24, load<u64>(source + 16))
  store<u64>(to + 32, load<u64>(source + 24))
  store<u64>(to + 40, load<u64>(source + 32))
}

/**
 * Gives a message to a receiver, in its registers.
 *
 * @param answers true if the sender waits for a reply
 */
export function deliver(from: usize, to: usize, answers: bool): void {
  const token = answers ? tokenOf(from) : 0
  if (answers) store<u32>(to + CALLER, token)
  store<u64>(to, ((load<u32>(from + BADGE) as u64) << 32) | (token as u64))
  copyWords(from, to)
  if (load<u32>(from + ATTACHED + KIND) != KIND_NONE) passHandle(from, to)
}

/** Gives a receiver the message that a session was closed. */
export function closeMessage(to: usize, badge: u32): void {
  store<u64>(to, (badge as u64) << 32)
  store<u64>(to + 8, STREAM_CLOSED)
  memory.fill(to + 16, 0, 32)
}

/** Gives a receiver notification bits as a message. */
export function notificationMessage(to: usize, bits: u64): void {
  store<u64>(to, 0)
  store<u64>(to + 8, 0)
  store<u64>(to + 16, bits)
  memory.fill(to + 24, 0, 24)
}

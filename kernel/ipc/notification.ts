/**
 * Notifications: 63 bits a task, set by whoever holds a notification or task handle, by its timer and by its interrupts; never
 * queued, never blocking the one who sets them. RECV and WAIT_NOTIFY take them.
 */
import {
  EBADF,
  EPERM,
  ESRCH,
  KIND_NOTIFICATION,
  KIND_TASK,
  RIGHT_NOTIFY,
  STATE_NOTIFICATION,
  STATE_RECEIVING,
} from '../abi/generated'
import { pick, preempt, wake } from '../task/schedule'
import { answer, fail, isAlive, MASK, NOTIFIED, register, STATE, taskOfToken } from '../task/task'
import { hasRights, KIND, lookup, objectOf, VALUE } from './handle'
import { notificationMessage } from './message'

/** Bit 63 would look like an error. */
export const ALL_BITS: u64 = 0x7fff_ffff_ffff_ffff

/** Sets bits of a task, and ends its wait if it waits for one of them. */
export function notify(task: usize, bits: u64): void {
  const pending = load<u64>(task + NOTIFIED) | bits
  store<u64>(task + NOTIFIED, pending)
  const state = load<u32>(task + STATE)
  if (state != (STATE_RECEIVING as u32) && state != (STATE_NOTIFICATION as u32)) return
  const taken = pending & load<u64>(task + MASK)
  if (!taken) return
  store<u64>(task + NOTIFIED, pending & ~taken)
  if (state == (STATE_RECEIVING as u32)) notificationMessage(task, taken)
  else store<u64>(task, taken)
  wake(task)
}

export function notifyCall(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  const kind = entry ? load<u32>(entry + KIND) : 0
  if (kind != KIND_NOTIFICATION && kind != KIND_TASK) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_NOTIFY)) return fail(task, EPERM)
  let target = objectOf(entry)
  let bits = register(task, 1) & ALL_BITS
  if (kind == KIND_NOTIFICATION) {
    target = taskOfToken(target as u32)
    bits &= load<u64>(entry + VALUE)
  }
  if (!target || !isAlive(target)) return fail(task, ESRCH)
  answer(task, 0)
  notify(target, bits)
  return preempt(task)
}

export function waitNotification(task: usize): usize {
  const asked = register(task, 0) & ALL_BITS
  const mask = asked ? asked : ALL_BITS
  const bits = load<u64>(task + NOTIFIED) & mask
  if (bits) {
    store<u64>(task + NOTIFIED, load<u64>(task + NOTIFIED) & ~bits)
    return answer(task, bits as i64)
  }
  store<u32>(task + STATE, STATE_NOTIFICATION)
  store<u64>(task + MASK, mask)
  return pick()
}

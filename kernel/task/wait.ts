/** WAIT: a task is told of the end of tasks it holds with WAIT; the status stays while it holds the handle. */
import {
  EAGAIN,
  EBADF,
  ECHILD,
  EPERM,
  KIND_NONE,
  KIND_TASK,
  MAX_HANDLES,
  RIGHT_WAIT,
  STATE_DEAD,
  STATE_WAITING,
  WAIT_NOHANG,
} from '../abi/generated'
import { hasRights, KIND, lookupKind, objectOf, slotOf } from '../ipc/handle'
import { makeReady, pick } from './schedule'
import {
  EXIT_CODE,
  EXIT_REASON,
  fail,
  HANDLE_COUNT,
  PID,
  register,
  STATE,
  setRegister,
} from './task'

/** Answers a waiter with the task in a slot that has ended. */
function report(waiter: usize, slot: u32, ended: usize): void {
  setRegister(waiter, 0, slot)
  setRegister(waiter, 1, load<u32>(ended + EXIT_CODE))
  setRegister(waiter, 2, load<u32>(ended + EXIT_REASON))
  setRegister(waiter, 3, load<u64>(ended + PID))
}

/** Looks through the handles of a task: the slot of one that has ended, -EAGAIN if none has, -ECHILD if there is none. */
function search(waiter: usize): i32 {
  let left = load<u32>(waiter + HANDLE_COUNT)
  let result = -ECHILD
  for (let slot: u32 = 0; slot < (MAX_HANDLES as u32) && left > 0; slot++) {
    const entry = slotOf(waiter, slot)
    const kind = load<u32>(entry + KIND)
    if (kind == KIND_NONE) continue
    left--
    if (kind != KIND_TASK || !hasRights(entry, RIGHT_WAIT)) continue
    const state = load<u32>(objectOf(entry) + STATE)
    if (objectOf(entry) == waiter) continue
    if (state == (STATE_DEAD as u32)) return slot as i32
    result = -EAGAIN
  }
  return result
}

export function waitTask(task: usize): usize {
  const handle = register(task, 0)
  let found: i32
  if ((handle as i64) == -1) found = search(task)
  else {
    const entry = lookupKind(task, handle, KIND_TASK)
    if (!entry) return fail(task, EBADF)
    if (!hasRights(entry, RIGHT_WAIT)) return fail(task, EPERM)
    if (objectOf(entry) == task) return fail(task, ECHILD)
    const ended = load<u32>(objectOf(entry) + STATE) == (STATE_DEAD as u32)
    found = ended ? (handle as i32) : -EAGAIN
  }
  if (found >= 0) {
    report(task, found as u32, objectOf(slotOf(task, found as u32)))
    return task
  }
  if (found != -EAGAIN || register(task, 1) & (WAIT_NOHANG as u64)) return fail(task, -found)
  store<u32>(task + STATE, STATE_WAITING)
  return pick()
}

/** A task has ended: ends the wait of a waiter that holds it and waits for it or for any. */
export function tellWaiter(waiter: usize, ended: usize): void {
  const handle = register(waiter, 0)
  if ((handle as i64) == -1) {
    const slot = search(waiter)
    if (slot < 0) return
    report(waiter, slot as u32, objectOf(slotOf(waiter, slot as u32)))
  } else {
    const entry = lookupKind(waiter, handle, KIND_TASK)
    if (entry && objectOf(entry) != ended) return
    if (entry) report(waiter, handle as u32, ended)
    else fail(waiter, EBADF)
  }
  makeReady(waiter)
}

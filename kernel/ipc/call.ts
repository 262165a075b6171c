/**
 * SEND, CALL, NBSEND, RECV, NBRECV, REPLY, REPLY_TO: rendezvous. Each is one step: if the other side waits, the message moves and
 * the processor with it; else the task waits in the endpoint's queue, by priority. A caller waits for the task that
 * received its message, and for that one only.
 */
import {
  EAGAIN,
  EBADF,
  EOWNERDEAD,
  EPERM,
  EPIPE,
  ESRCH,
  KIND_ENDPOINT,
  KIND_NONE,
  MAX_TASKS,
  RIGHT_RECV,
  RIGHT_SEND,
  SLOT_SELF,
  STATE_CALLING,
  STATE_FAULTED,
  STATE_FREE,
  STATE_RECEIVING,
  STATE_REPLY,
  STATE_SENDING,
} from '../abi/generated'
import { endFaulted, resumeFaulted } from '../task/end'
import { append, first, insert, remove } from '../task/queue'
import { handOff, makeReady, pick, preempt, wake } from '../task/schedule'
import {
  ARRIVED,
  ATTACHED,
  answer,
  BADGE,
  CALLER,
  ENDPOINT,
  FAULT_HANDLE,
  fail,
  LEASE_ACCESS,
  LENT,
  MASK,
  MESSAGE_KIND,
  NOTIFIED,
  PARTNER,
  RECEIVE_MASK,
  register,
  STATE,
  taskAt,
  taskOfToken,
} from '../task/task'
import { RECEIVERS, RECEIVING, SENDING, takeClosedBadge } from './endpoint'
import { hasRights, KIND, lookup, lookupKind, objectOf, slotOf, VALUE } from './handle'
import {
  closeMessage,
  deliver,
  dropArrived,
  dropPrepared,
  FAULT,
  notificationMessage,
  ORDINARY,
  passHandle,
} from './message'

function refuse(task: usize, error: i32): usize {
  dropPrepared(task)
  return fail(task, error)
}

/** The entry of the endpoint in x0 if the task may send to it; else it answers and gives 0. */
function destination(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_ENDPOINT)
  if (!entry) refuse(task, EBADF)
  else if (!hasRights(entry, RIGHT_SEND)) refuse(task, EPERM)
  else if (!load<u32>(objectOf(entry) + RECEIVERS)) refuse(task, EPIPE)
  else return entry
  return 0
}

/** Calls an endpoint with the message that is prepared: in the registers, or in the record. */
export function callEndpoint(task: usize, entry: usize): usize {
  const endpoint = objectOf(entry)
  store<u32>(task + BADGE, load<u32>(entry + VALUE))
  if (load<u32>(task + LEASE_ACCESS)) {
    store<u32>(task + LENT, load<u32>(task + LEASE_ACCESS))
    store<u32>(task + LEASE_ACCESS, 0)
  }
  const receiver = first(endpoint + RECEIVING)
  if (!receiver) {
    store<u32>(task + STATE, STATE_CALLING)
    store<u32>(task + ENDPOINT, endpoint as u32)
    insert(endpoint + SENDING, task)
    return pick()
  }
  remove(receiver)
  deliver(task, receiver, true)
  store<u32>(task + STATE, STATE_REPLY)
  store<u32>(task + PARTNER, receiver as u32)
  return handOff(receiver)
}

export function call(task: usize): usize {
  if (load<u32>(task + ARRIVED + KIND) != KIND_NONE) dropArrived(task)
  const entry = destination(task)
  return entry ? callEndpoint(task, entry) : task
}

export function send(task: usize): usize {
  const entry = destination(task)
  if (!entry) return task
  store<u32>(task + LEASE_ACCESS, 0)
  const endpoint = objectOf(entry)
  store<u32>(task + BADGE, load<u32>(entry + VALUE))
  const receiver = first(endpoint + RECEIVING)
  if (!receiver) {
    store<u32>(task + STATE, STATE_SENDING)
    store<u32>(task + ENDPOINT, endpoint as u32)
    insert(endpoint + SENDING, task)
    return pick()
  }
  deliver(task, receiver, false)
  wake(receiver)
  return preempt(answer(task, 0))
}

export function trySend(task: usize): usize {
  const entry = destination(task)
  if (!entry) return task
  if (!first(objectOf(entry) + RECEIVING)) return refuse(task, EAGAIN)
  return send(task)
}

/** Takes a message that is there, if one is: notification, closed session, sender. True if the task was answered. */
function takeMessage(task: usize, endpoint: usize, mask: u64): bool {
  const bits = load<u64>(task + NOTIFIED) & mask
  if (bits) {
    store<u64>(task + NOTIFIED, load<u64>(task + NOTIFIED) & ~bits)
    notificationMessage(task, bits)
    return true
  }
  if (!endpoint) return false
  const badge = takeClosedBadge(endpoint)
  if (badge) {
    closeMessage(task, badge)
    return true
  }
  const sender = first(endpoint + SENDING)
  if (!sender) return false
  if (load<u32>(sender + STATE) == (STATE_SENDING as u32)) {
    deliver(sender, task, false)
    answer(sender, 0)
    wake(sender)
    return true
  }
  remove(sender)
  deliver(sender, task, true)
  store<u32>(sender + STATE, STATE_REPLY)
  store<u32>(sender + PARTNER, task as u32)
  return true
}

/** The endpoint x0 names for receiving; else it answers and gives -1. 0: none, for notifications only. */
function source(task: usize): isize {
  const from = register(task, 0)
  const own = (from as i64) == -1
  const entry = own ? slotOf(task, SLOT_SELF) : lookup(task, from)
  if (own && load<u32>(entry + KIND) == KIND_NONE) return 0
  if (!entry || load<u32>(entry + KIND) != KIND_ENDPOINT) fail(task, EBADF)
  else if (!hasRights(entry, RIGHT_RECV)) fail(task, EPERM)
  else return objectOf(entry) as isize
  return -1
}

/** RECV with bits that `mask` may have all of. */
function receiveWith(task: usize, mask: u64): usize {
  dropArrived(task)
  const endpoint = source(task)
  if (endpoint < 0) return task
  if (!endpoint && !mask) return fail(task, EBADF)
  store<u64>(task + RECEIVE_MASK, mask)
  if (takeMessage(task, endpoint as usize, mask)) return preempt(task)
  store<u32>(task + STATE, STATE_RECEIVING)
  store<u64>(task + MASK, mask)
  store<u32>(task + ENDPOINT, endpoint as u32)
  if (endpoint) append((endpoint as usize) + RECEIVING, task)
  return pick()
}

export function receive(task: usize): usize {
  return receiveWith(task, register(task, 1) & 0x7fff_ffff_ffff_ffff)
}

/** Replies to the caller received last, if it still waits, and receives. */
export function replyReceive(task: usize): usize {
  if (!sendReply(task, load<u32>(task + CALLER), task + 8)) dropPrepared(task)
  return receiveWith(task, load<u64>(task + RECEIVE_MASK))
}

export function tryReceive(task: usize): usize {
  dropArrived(task)
  const endpoint = source(task)
  if (endpoint < 0) return task
  const mask = register(task, 1) & 0x7fff_ffff_ffff_ffff
  store<u64>(task + RECEIVE_MASK, mask)
  return takeMessage(task, endpoint as usize, mask) ? preempt(task) : fail(task, EAGAIN)
}

/** The caller a token names, if it waits for this task; else 0. */
export function waitingCaller(task: usize, token: u32): usize {
  const caller = taskOfToken(token)
  if (!caller || load<u32>(caller + STATE) != (STATE_REPLY as u32)) return 0
  return (load<u32>(caller + PARTNER) as usize) == task ? caller : 0
}

/** Replies with tag and words at `words` of the server's record; false if the caller does not wait for it. */
function sendReply(task: usize, token: u32, words: usize): bool {
  const caller = waitingCaller(task, token)
  if (!caller) return false
  if (load<u32>(task + CALLER) == token) store<u32>(task + CALLER, 0)
  const kind = load<u32>(caller + MESSAGE_KIND)
  store<u32>(caller + LENT, 0)
  store<u32>(caller + PARTNER, 0)
  store<u32>(caller + MESSAGE_KIND, ORDINARY)
  const tag = load<u64>(words)
  if (kind == FAULT) {
    if (tag == 0) resumeFaulted(caller)
    else endFaulted(caller)
    return true
  }
  store<u64>(caller, tag)
  if (kind == ORDINARY) {
    store<u64>(caller + 8, load<u64>(words + 8))
    store<u64>(caller + 16, load<u64>(words + 16))
    store<u64>(caller + 24, load<u64>(words + 24))
    store<u64>(caller + 32, load<u64>(words + 32))
  }
  if (load<u32>(task + ATTACHED + KIND) != KIND_NONE) passHandle(task, caller)
  makeReady(caller)
  return true
}

export function reply(task: usize): usize {
  if (!sendReply(task, load<u32>(task + CALLER), task)) return refuse(task, ESRCH)
  return preempt(answer(task, 0))
}

export function replyToken(task: usize): usize {
  if (!sendReply(task, register(task, 0) as u32, task + 8)) return refuse(task, ESRCH)
  return preempt(answer(task, 0))
}

/** A server ends: whoever waits for its reply is told, and may call again. */
export function failCallers(server: usize): void {
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const task = taskAt(i)
    if (load<u32>(task + STATE) == (STATE_FREE as u32)) continue
    if (load<u32>(task + STATE) != (STATE_REPLY as u32)) continue
    if ((load<u32>(task + PARTNER) as usize) != server) continue
    store<u32>(task + PARTNER, 0)
    if (load<u32>(task + MESSAGE_KIND) == FAULT) {
      endFaulted(task)
      continue
    }
    dropPrepared(task)
    fail(task, EOWNERDEAD)
    makeReady(task)
  }
}

/** True if somebody may handle the faults of a task. */
export function hasHandler(task: usize): bool {
  const entry = task + FAULT_HANDLE
  return load<u32>(entry + KIND) == KIND_ENDPOINT && load<u32>(objectOf(entry) + RECEIVERS) != 0
}

/** Sends the fault in the record to the handler, as if the task had called it. Returns who runs next, 0 for whoever is ready. */
export function callHandler(task: usize): usize {
  store<u32>(task + MESSAGE_KIND, FAULT)
  const next = callEndpoint(task, task + FAULT_HANDLE)
  if (load<u32>(task + STATE) == (STATE_CALLING as u32)) store<u32>(task + STATE, STATE_FAULTED)
  return next
}

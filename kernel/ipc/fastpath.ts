/**
 * The fast paths of CALL and REPLY_RECV, kept apart from the clear slow ones in `call.ts`, which they leave everything unusual to:
 * the other side waits already, may run at once, and nothing but words and a lease is passed. They do what the slow paths
 * do, in the same order, and change nothing before they are sure.
 */
import {
  KIND_ENDPOINT,
  RIGHT_RECV,
  RIGHT_SEND,
  SLOT_SELF,
  STATE_READY,
  STATE_RECEIVING,
  STATE_REPLY,
} from '../abi/generated'
import { switchTo } from '../arch/activate'
import { READY_BITS } from '../arch/core'
import { append } from '../task/queue'
import {
  ARRIVED,
  ATTACHED,
  BADGE,
  CALLER,
  ENDPOINT,
  LEASE_ACCESS,
  LENT,
  MASK,
  MESSAGE_KIND,
  NEXT,
  NOTIFIED,
  PARTNER,
  PREVIOUS,
  PRIORITY,
  QUEUE,
  RECEIVE_MASK,
  STATE,
  TOKEN,
} from '../task/task'
import { call, replyReceive, waitingCaller } from './call'
import { CLOSED, RECEIVING, SENDING } from './endpoint'
import { KIND, OBJECT, RIGHTS, slotOf, VALUE } from './handle'
import { FAULT, ORDINARY } from './message'

const MAX_HANDLE: u64 = 256

/** True if a task may run before all that are ready. */
function isFirst(task: usize): bool {
  return load<u32>(READY_BITS) >> load<u32>(task + PRIORITY) <= 1
}

function copyWords(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to + 8, load<u64>(from + 8))
  store<u64>(to + 16, load<u64>(from + 16))
  store<u64>(to + 24, load<u64>(from + 24))
  store<u64>(to + 32, load<u64>(from + 32))
}

export function fastCall(task: usize): usize {
  const handle = load<u64>(task)
  if (handle >= MAX_HANDLE || load<u32>(task + ARRIVED) | load<u32>(task + ATTACHED))
    return call(task)
  const entry = slotOf(task, handle as u32)
  if (load<u32>(entry + KIND) != KIND_ENDPOINT || !(load<u32>(entry + RIGHTS) & RIGHT_SEND)) {
    return call(task)
  }
  const endpoint: usize = load<u32>(entry + OBJECT)
  const receiver: usize = load<u32>(endpoint + RECEIVING)
  if (!receiver || !isFirst(receiver)) return call(task)
  const next: usize = load<u32>(receiver + NEXT)
  store<u32>(endpoint + RECEIVING, next as u32)
  if (next) store<u32>(next + PREVIOUS, 0)
  else store<u32>(endpoint + RECEIVING, 0, 4)
  store<u32>(receiver + QUEUE, 0)
  store<u32>(task + LENT, load<u32>(task + LEASE_ACCESS))
  store<u32>(task + LEASE_ACCESS, 0)
  const badge = load<u64>(entry + VALUE)
  const token = load<u32>(task + TOKEN)
  store<u32>(task + BADGE, badge as u32)
  store<u32>(receiver + CALLER, token)
  store<u64>(receiver, (badge << 32) | (token as u64))
  copyWords(receiver + 8, task + 8)
  store<u32>(task + STATE, STATE_REPLY)
  store<u32>(task + PARTNER, receiver as u32)
  store<u32>(receiver + STATE, STATE_READY)
  switchTo(task, receiver)
  return receiver
}

export function fastReplyReceive(task: usize): usize {
  const from = load<u64>(task)
  const slot = (from as i64) == -1 ? (SLOT_SELF as u64) : from
  if (slot >= MAX_HANDLE || load<u32>(task + ARRIVED) | load<u32>(task + ATTACHED)) {
    return replyReceive(task)
  }
  const entry = slotOf(task, slot as u32)
  if (load<u32>(entry + KIND) != KIND_ENDPOINT || !(load<u32>(entry + RIGHTS) & RIGHT_RECV)) {
    return replyReceive(task)
  }
  const endpoint: usize = load<u32>(entry + OBJECT)
  const mask = load<u64>(task + RECEIVE_MASK)
  if (load<u32>(endpoint + SENDING) | load<u32>(endpoint + CLOSED)) return replyReceive(task)
  if (load<u64>(task + NOTIFIED) & mask) return replyReceive(task)
  const caller = waitingCaller(task, load<u32>(task + CALLER))
  if (!caller || !isFirst(caller)) return replyReceive(task)
  const kind = load<u32>(caller + MESSAGE_KIND)
  if (kind == FAULT) return replyReceive(task)
  store<u32>(task + CALLER, 0)
  store<u32>(caller + LENT, 0)
  store<u32>(caller + PARTNER, 0)
  store<u32>(caller + MESSAGE_KIND, ORDINARY)
  if (kind == ORDINARY) copyWords(caller, task + 8)
  else store<u64>(caller, load<u64>(task + 8))
  store<u32>(caller + STATE, STATE_READY)
  store<u32>(task + STATE, STATE_RECEIVING)
  store<u64>(task + MASK, mask)
  store<u32>(task + ENDPOINT, endpoint as u32)
  append(endpoint + RECEIVING, task)
  switchTo(task, caller)
  return caller
}

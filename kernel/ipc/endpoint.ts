/**
 * Endpoints and sessions. An endpoint is where senders and receivers meet: one of its two queues is always empty. It lives while
 * handles of it do; when no handle with RECV is left (in tables, attached to messages, given to nobody), nobody will ever
 * receive: its senders get EPIPE. A session is an endpoint handle with a badge; when the last copy of it is closed the
 * endpoint gets message CLOSED with the badge.
 */
import { EBADF, EPIPE, MAX_ENDPOINTS, MAX_SESSIONS, STATE_FAULTED } from '../abi/generated'
import { ENDPOINT_BYTES, ENDPOINTS, SESSION_BYTES, SESSIONS } from '../param'
import { endFaulted } from '../task/end'
import { first } from '../task/queue'
import { wake } from '../task/schedule'
import { fail, STATE } from '../task/task'
import { closeMessage, dropPrepared } from './message'

export const REFERENCES: usize = 0
/** Handles with RECV. */
export const RECEIVERS: usize = 4
/** Queue of tasks that send or call. */
export const SENDING: usize = 8
/** Queue of tasks that receive. */
export const RECEIVING: usize = 16
/** Closed sessions whose message was not received yet: first and last. */
export const CLOSED: usize = 24
export const USED: usize = 32
const NEXT_ABANDONED: usize = 36

export const SESSION_REFERENCES: usize = 0
export const SESSION_ENDPOINT: usize = 4
export const SESSION_BADGE: usize = 8
export const SESSION_NEXT: usize = 12
export const SESSION_USED: usize = 16

/** A new endpoint without handles, 0 if none is free. */
export function makeEndpoint(): usize {
  for (let i: usize = 0; i < (MAX_ENDPOINTS as usize); i++) {
    const endpoint = ENDPOINTS + i * ENDPOINT_BYTES
    if (load<u32>(endpoint + USED)) continue
    memory.fill(endpoint, 0, ENDPOINT_BYTES)
    store<u32>(endpoint + USED, 1)
    return endpoint
  }
  return 0
}

/** A new session of an endpoint, which it keeps; 0 if none is free. */
export function makeSession(endpoint: usize, badge: u32): usize {
  for (let i: usize = 0; i < (MAX_SESSIONS as usize); i++) {
    const session = SESSIONS + i * SESSION_BYTES
    if (load<u32>(session + SESSION_USED)) continue
    store<u32>(session + SESSION_USED, 1)
    store<u32>(session + SESSION_REFERENCES, 0)
    store<u32>(session + SESSION_ENDPOINT, endpoint as u32)
    store<u32>(session + SESSION_BADGE, badge)
    store<u32>(session + SESSION_NEXT, 0)
    store<u32>(endpoint + REFERENCES, load<u32>(endpoint + REFERENCES) + 1)
    return session
  }
  return 0
}

export function retainEndpoint(endpoint: usize, session: usize, receives: bool): void {
  store<u32>(endpoint + REFERENCES, load<u32>(endpoint + REFERENCES) + 1)
  if (receives) store<u32>(endpoint + RECEIVERS, load<u32>(endpoint + RECEIVERS) + 1)
  if (session) store<u32>(session + SESSION_REFERENCES, load<u32>(session + SESSION_REFERENCES) + 1)
}

export function releaseEndpoint(endpoint: usize, session: usize, receives: bool): void {
  if (receives) {
    const receivers = load<u32>(endpoint + RECEIVERS) - 1
    store<u32>(endpoint + RECEIVERS, receivers)
    if (!receivers) abandon(endpoint)
  }
  if (session) releaseSession(session)
  dropReference(endpoint)
}

function dropReference(endpoint: usize): void {
  const references = load<u32>(endpoint + REFERENCES) - 1
  store<u32>(endpoint + REFERENCES, references)
  if (!references) store<u32>(endpoint + USED, 0)
}

/** Endpoints that nobody can receive from any more, whose waiting tasks were not told yet: linked by `NEXT_ABANDONED`. */
let abandoned: usize = 0
let abandoning: bool = false

/**
 * Nobody can receive from an endpoint any more. Telling those who wait drops the handles they had attached, among which may be
 * the last receiver of another endpoint: such a chain is gone through in a loop, since the stack is small.
 */
function abandon(endpoint: usize): void {
  store<u32>(endpoint + REFERENCES, load<u32>(endpoint + REFERENCES) + 1)
  store<u32>(endpoint + NEXT_ABANDONED, abandoned as u32)
  abandoned = endpoint
  if (abandoning) return
  abandoning = true
  while (abandoned) {
    const one = abandoned
    abandoned = load<u32>(one + NEXT_ABANDONED)
    tellAbandoned(one)
    dropReference(one)
  }
  abandoning = false
}

/** Tells all who wait at an endpoint. */
function tellAbandoned(endpoint: usize): void {
  for (;;) {
    const task = first(endpoint + SENDING)
    if (!task) break
    if (load<u32>(task + STATE) == (STATE_FAULTED as u32)) {
      endFaulted(task)
      continue
    }
    dropPrepared(task)
    fail(task, EPIPE)
    wake(task)
  }
  for (;;) {
    const task = first(endpoint + RECEIVING)
    if (!task) break
    fail(task, EBADF)
    wake(task)
  }
  for (;;) {
    const session: usize = takeClosed(endpoint)
    if (!session) break
    freeSession(session)
  }
}

function freeSession(session: usize): void {
  store<u32>(session + SESSION_USED, 0)
  dropReference(load<u32>(session + SESSION_ENDPOINT))
}

/** The last copy of a session is closed: tells the receiver, now or when it receives next. */
function releaseSession(session: usize): void {
  const references = load<u32>(session + SESSION_REFERENCES) - 1
  store<u32>(session + SESSION_REFERENCES, references)
  if (references) return
  const endpoint: usize = load<u32>(session + SESSION_ENDPOINT)
  if (!load<u32>(endpoint + RECEIVERS)) return freeSession(session)
  const receiver = first(endpoint + RECEIVING)
  if (receiver) {
    closeMessage(receiver, load<u32>(session + SESSION_BADGE))
    wake(receiver)
    return freeSession(session)
  }
  const last: usize = load<u32>(endpoint + CLOSED, 4)
  store<u32>(session + SESSION_NEXT, 0)
  if (last) store<u32>(last + SESSION_NEXT, session as u32)
  else store<u32>(endpoint + CLOSED, session as u32)
  store<u32>(endpoint + CLOSED, session as u32, 4)
}

function takeClosed(endpoint: usize): usize {
  const session: usize = load<u32>(endpoint + CLOSED)
  if (!session) return 0
  const next = load<u32>(session + SESSION_NEXT)
  store<u32>(endpoint + CLOSED, next)
  if (!next) store<u32>(endpoint + CLOSED, 0, 4)
  return session
}

/** Takes the badge of a closed session that the endpoint was not told yet; 0 if there is none. */
export function takeClosedBadge(endpoint: usize): u32 {
  const session = takeClosed(endpoint)
  if (!session) return 0
  const badge = load<u32>(session + SESSION_BADGE)
  freeSession(session)
  return badge
}

export function endpointCount(): u32 {
  let count: u32 = 0
  for (let i: usize = 0; i < (MAX_ENDPOINTS as usize); i++) {
    if (load<u32>(ENDPOINTS + i * ENDPOINT_BYTES + USED)) count++
  }
  return count
}

export function sessionCount(): u32 {
  let count: u32 = 0
  for (let i: usize = 0; i < (MAX_SESSIONS as usize); i++) {
    if (load<u32>(SESSIONS + i * SESSION_BYTES + SESSION_USED)) count++
  }
  return count
}

/** System calls on handles, endpoints, notifications and pipes. */
import {
  ATTACH_MOVE,
  EBADF,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOENT,
  ENOMEM,
  EPERM,
  ESRCH,
  KIND_DEVICE,
  KIND_DMA,
  KIND_ENDPOINT,
  KIND_NONE,
  KIND_NOTIFICATION,
  KIND_PIPE,
  KIND_SHM,
  KIND_TASK,
  MAX_DESCRIPTORS,
  MAX_HANDLES,
  MAX_PIPES,
  RIGHT_ALL,
  RIGHT_MANAGE,
  RIGHT_NOTIFY,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
} from '../abi/generated'
import { DEVICE_INTERRUPT, DEVICE_SIZE } from '../device/device'
import { SHM_SIZE } from '../memory/shm'
import { HANDLE_BYTES } from '../param'
import { preempt } from '../task/schedule'
import {
  ARRIVED,
  ATTACHED,
  ATTACHED_FLAGS,
  ATTACHED_SLOT,
  answer,
  fail,
  isAlive,
  PID,
  register,
  STATE,
  setRegister,
  tokenOf,
} from '../task/task'
import { makeEndpoint, makeSession } from './endpoint'
import {
  closeSlot,
  copyEntry,
  countSlot,
  fillEntry,
  freeDescriptor,
  freeSlot,
  hasRights,
  install,
  KIND,
  lookup,
  lookupKind,
  OBJECT,
  objectOf,
  RIGHTS,
  release,
  SESSION,
  slotOf,
  VALUE,
} from './handle'
import { dropAttached } from './message'
import { ALL_BITS } from './notification'
import { makePipe, pipeBytes, pipeCount } from './pipe'

/** The slot a task asks for: itself, or the lowest free one; a negative errno if there is none. */
export function chooseSlot(task: usize, asked: i64): i32 {
  if (asked == -1 || asked == -2) {
    const slot = asked == -1 ? freeSlot(task) : freeDescriptor(task, 0)
    return slot < 0 ? -EMFILE : slot
  }
  return asked >= 0 && asked < (MAX_HANDLES as i64) ? (asked as i32) : -EINVAL
}

export function endpointCreate(task: usize): usize {
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  const endpoint = makeEndpoint()
  if (!endpoint) return fail(task, ENFILE)
  fillEntry(slotOf(task, slot as u32), KIND_ENDPOINT, endpoint, RIGHT_ALL)
  countSlot(task)
  return answer(task, slot)
}

export function endpointMint(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_ENDPOINT)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_MANAGE)) return fail(task, EPERM)
  const badge = register(task, 1)
  const rights = register(task, 2)
  const most = (RIGHT_SEND | RIGHT_READ | RIGHT_WRITE | RIGHT_TRANSFER) as u64
  if (badge < 1 || badge > 0x7fff_ffff || !rights || rights & ~most) return fail(task, EINVAL)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  const endpoint = objectOf(entry)
  const session = makeSession(endpoint, badge as u32)
  if (!session) return fail(task, ENFILE)
  const minted = slotOf(task, slot as u32)
  memory.fill(minted, 0, HANDLE_BYTES)
  store<u32>(minted + KIND, KIND_ENDPOINT)
  store<u32>(minted + RIGHTS, rights as u32)
  store<u32>(minted + OBJECT, endpoint as u32)
  store<u64>(minted + VALUE, badge)
  store<u32>(minted + SESSION, session as u32)
  retainNew(minted)
  countSlot(task)
  return answer(task, slot)
}

/** Counts the first copy of an entry that was written by hand. */
function retainNew(entry: usize): void {
  copyEntry(entry, entry, RIGHT_ALL)
}

export function notificationCreate(task: usize): usize {
  const mask = register(task, 0)
  if (!mask || mask & ~ALL_BITS) return fail(task, EINVAL)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  const entry = slotOf(task, slot as u32)
  fillEntry(entry, KIND_NOTIFICATION, tokenOf(task), RIGHT_NOTIFY | RIGHT_TRANSFER)
  store<u64>(entry + VALUE, mask)
  countSlot(task)
  return answer(task, slot)
}

export function handleAttach(task: usize): usize {
  dropAttached(task)
  const handle = register(task, 0)
  if ((handle as i64) == -1) return answer(task, 0)
  const flags = register(task, 2)
  if (flags & ~(ATTACH_MOVE as u64)) return fail(task, EINVAL)
  const entry = lookup(task, handle)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_TRANSFER)) return fail(task, EPERM)
  copyEntry(task + ATTACHED, entry, register(task, 1) as u32)
  store<u32>(task + ATTACHED_SLOT, handle as u32)
  store<u32>(task + ATTACHED_FLAGS, flags as u32)
  return answer(task, 0)
}

export function handleTake(task: usize): usize {
  const arrived = task + ARRIVED
  if (load<u32>(arrived + KIND) == KIND_NONE) return fail(task, ENOENT)
  const slot = chooseSlot(task, register(task, 0) as i64)
  if (slot < 0) return fail(task, -slot)
  install(task, slot as u32, arrived, RIGHT_ALL)
  release(arrived)
  return answer(task, slot)
}

export function handleCopy(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  if (!entry) return fail(task, EBADF)
  const slot = chooseSlot(task, register(task, 2) as i64)
  if (slot < 0) return fail(task, -slot)
  install(task, slot as u32, entry, register(task, 1) as u32)
  return preempt(answer(task, slot))
}

export function handleGive(task: usize): usize {
  const other = lookupKind(task, register(task, 0), KIND_TASK)
  const entry = lookup(task, register(task, 1))
  if (!other || !entry) return fail(task, EBADF)
  if (!hasRights(other, RIGHT_MANAGE) || !hasRights(entry, RIGHT_TRANSFER)) return fail(task, EPERM)
  const target = objectOf(other)
  if (!isAlive(target)) return fail(task, ESRCH)
  const slot = chooseSlot(target, register(task, 3) as i64)
  if (slot < 0) return fail(task, -slot)
  install(target, slot as u32, entry, register(task, 2) as u32)
  return preempt(answer(task, slot))
}

export function dup(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  if (!entry) return fail(task, EBADF)
  const slot = freeDescriptor(task, 0)
  if (slot < 0) return fail(task, EMFILE)
  install(task, slot as u32, entry, RIGHT_ALL)
  return answer(task, slot)
}

export function dup2(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  const slot = register(task, 1)
  if (!entry || slot >= (MAX_HANDLES as u64)) return fail(task, EBADF)
  install(task, slot as u32, entry, RIGHT_ALL)
  return preempt(answer(task, slot as i64))
}

export function close(task: usize): usize {
  const handle = register(task, 0)
  if (handle >= (MAX_HANDLES as u64)) return fail(task, EBADF)
  if (load<u32>(slotOf(task, handle as u32) + KIND) == KIND_NONE) return fail(task, EBADF)
  answer(task, 0)
  closeSlot(task, handle as u32)
  return preempt(task)
}

export function pipe(task: usize): usize {
  const reader = freeDescriptor(task, 0)
  const writer = reader < 0 ? -1 : freeDescriptor(task, (reader as u32) + 1)
  if (writer < 0 || writer >= MAX_DESCRIPTORS) return fail(task, EMFILE)
  const made = makePipe()
  if (!made) return fail(task, pipeCount() == (MAX_PIPES as u32) ? ENFILE : ENOMEM)
  addEnd(task, reader as u32, made, RIGHT_READ)
  addEnd(task, writer as u32, made, RIGHT_WRITE)
  setRegister(task, 1, writer as u64)
  return answer(task, reader)
}

function addEnd(task: usize, slot: u32, made: usize, end: i32): void {
  const entry = slotOf(task, slot)
  memory.fill(entry, 0, HANDLE_BYTES)
  store<u32>(entry + KIND, KIND_PIPE)
  store<u32>(entry + RIGHTS, end | RIGHT_TRANSFER)
  store<u32>(entry + OBJECT, made as u32)
  store<u64>(entry + VALUE, end)
  retainNew(entry)
  countSlot(task)
}

export function handleInfo(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  if (!entry) return fail(task, EBADF)
  const kind = load<u32>(entry + KIND)
  const object = objectOf(entry)
  let value = load<u64>(entry + VALUE)
  let detail: u64 = 0
  if (kind == KIND_SHM || kind == KIND_DMA) value = load<u64>(object + SHM_SIZE)
  else if (kind == KIND_DEVICE) {
    value = load<u64>(object + DEVICE_SIZE)
    detail = load<i32>(object + DEVICE_INTERRUPT) as i64 as u64
  } else if (kind == KIND_TASK) {
    value = load<u64>(object + PID)
    detail = load<u32>(object + STATE)
  } else if (kind == KIND_PIPE) value = pipeBytes(object)
  setRegister(task, 1, load<u32>(entry + RIGHTS))
  setRegister(task, 2, value)
  setRegister(task, 3, object as u64)
  setRegister(task, 4, detail)
  return answer(task, kind)
}

/**
 * The handle table: 256 slots a task, each a capability: object, kind, rights, and for an endpoint the badge its messages carry.
 * Who holds no handle of an object cannot name it. Every copy holds a reference; dropping the last one ends the object
 * (`release`). Copies have the same rights or fewer.
 */
import {
  KIND_DEVICE,
  KIND_DMA,
  KIND_ENDPOINT,
  KIND_NONE,
  KIND_PIPE,
  KIND_SHM,
  KIND_TASK,
  MAX_DESCRIPTORS,
  MAX_HANDLES,
  RIGHT_READ,
  RIGHT_RECV,
  SLOT_DYNAMIC,
} from '../abi/generated'
import { DEVICE_REFERENCES, releaseDevice } from '../device/device'
import { releaseShm, SHM_FLAGS, SHM_GENERATION, SHM_REFERENCES, SHM_USED } from '../memory/shm'
import { HANDLE_BYTES, HANDLES } from '../param'
import { releaseTask } from '../task/end'
import { FREE_SLOT, HANDLE_COUNT, INDEX, REFERENCES } from '../task/task'
import { releaseEndpoint, retainEndpoint } from './endpoint'
import { releasePipe, retainPipe } from './pipe'

export const KIND: usize = 0
export const RIGHTS: usize = 4
export const OBJECT: usize = 8
export const GENERATION: usize = 12
/** Badge of an endpoint, bits of a notification. */
export const VALUE: usize = 16
/** Session of an endpoint with a badge, or 0. */
export const SESSION: usize = 24

/** The slot's entry. The slot must be below MAX_HANDLES. */
export function slotOf(task: usize, slot: u32): usize {
  const table = HANDLES + (load<u32>(task + INDEX) as usize) * (MAX_HANDLES as usize) * HANDLE_BYTES
  return table + (slot as usize) * HANDLE_BYTES
}

/** The entry of a handle a task gave, or 0 if there is none or its memory was revoked. */
export function lookup(task: usize, handle: u64): usize {
  if (handle >= (MAX_HANDLES as u64)) return 0
  const entry = slotOf(task, handle as u32)
  const kind = load<u32>(entry + KIND)
  if (kind == KIND_NONE) return 0
  if (kind == KIND_SHM || kind == KIND_DMA) {
    const shm: usize = load<u32>(entry + OBJECT)
    if (load<u32>(shm + SHM_GENERATION) != load<u32>(entry + GENERATION)) return 0
    if (!(load<u32>(shm + SHM_FLAGS) & SHM_USED)) return 0
  }
  return entry
}

/** As `lookup`, of one kind. */
export function lookupKind(task: usize, handle: u64, kind: i32): usize {
  const entry = lookup(task, handle)
  return entry && load<u32>(entry + KIND) == (kind as u32) ? entry : 0
}

export function objectOf(entry: usize): usize {
  return load<u32>(entry + OBJECT)
}

export function hasRights(entry: usize, rights: i32): bool {
  return (load<u32>(entry + RIGHTS) & (rights as u32)) == (rights as u32)
}

/** Counts one more copy of what an entry stands for. */
function retain(entry: usize): void {
  const object = objectOf(entry)
  const rights = load<u32>(entry + RIGHTS)
  switch (load<u32>(entry + KIND)) {
    case KIND_ENDPOINT:
      retainEndpoint(object, load<u32>(entry + SESSION), (rights & RIGHT_RECV) != 0)
      break
    case KIND_SHM:
    case KIND_DMA:
      store<u32>(object + SHM_REFERENCES, load<u32>(object + SHM_REFERENCES) + 1)
      break
    case KIND_DEVICE:
      store<u32>(object + DEVICE_REFERENCES, load<u32>(object + DEVICE_REFERENCES) + 1)
      break
    case KIND_TASK:
      store<u32>(object + REFERENCES, load<u32>(object + REFERENCES) + 1)
      break
    case KIND_PIPE:
      retainPipe(object, load<u32>(entry + VALUE) == (RIGHT_READ as u32))
      break
  }
}

/** Counts one copy less; `entry` is emptied first, so that what follows never sees it. */
export function release(entry: usize): void {
  const kind = load<u32>(entry + KIND)
  const object = objectOf(entry)
  const rights = load<u32>(entry + RIGHTS)
  const session: usize = load<u32>(entry + SESSION)
  const value = load<u32>(entry + VALUE)
  store<u32>(entry + KIND, KIND_NONE)
  switch (kind) {
    case KIND_ENDPOINT:
      releaseEndpoint(object, session, (rights & RIGHT_RECV) != 0)
      break
    case KIND_SHM:
    case KIND_DMA:
      releaseShm(object, SHM_REFERENCES)
      break
    case KIND_DEVICE:
      releaseDevice(object)
      break
    case KIND_TASK:
      releaseTask(object)
      break
    case KIND_PIPE:
      releasePipe(object, value == (RIGHT_READ as u32))
      break
  }
}

/** Makes an empty entry a copy of another, with those of its rights that are in `rights`. */
export function copyEntry(to: usize, from: usize, rights: u32): void {
  memory.copy(to, from, HANDLE_BYTES)
  store<u32>(to + RIGHTS, load<u32>(from + RIGHTS) & rights)
  retain(to)
}

/** Fills an empty entry with a first handle of an object. */
export function fillEntry(to: usize, kind: i32, object: usize, rights: i32): void {
  memory.fill(to, 0, HANDLE_BYTES)
  store<u32>(to + KIND, kind)
  store<u32>(to + RIGHTS, rights)
  store<u32>(to + OBJECT, object as u32)
  if (kind == KIND_SHM || kind == KIND_DMA) {
    store<u32>(to + GENERATION, load<u32>(object + SHM_GENERATION))
  }
  retain(to)
}

function lowest(task: usize, from: u32, to: u32): i32 {
  for (let slot = from; slot < to; slot++) {
    if (load<u32>(slotOf(task, slot) + KIND) == KIND_NONE) return slot as i32
  }
  return -1
}

/** Lowest free descriptor from `from` on, or -1. */
export function freeDescriptor(task: usize, from: u32): i32 {
  return lowest(task, from, MAX_DESCRIPTORS)
}

/** Lowest free slot from 64 on, or -1. */
export function freeSlot(task: usize): i32 {
  const hint = load<u32>(task + FREE_SLOT)
  const slot = lowest(task, hint < (SLOT_DYNAMIC as u32) ? SLOT_DYNAMIC : hint, MAX_HANDLES)
  store<u32>(task + FREE_SLOT, slot < 0 ? MAX_HANDLES : slot)
  return slot
}

/** Counts a slot of a task as used. */
export function countSlot(task: usize): void {
  store<u32>(task + HANDLE_COUNT, load<u32>(task + HANDLE_COUNT) + 1)
}

/** Empties a slot, if it is not empty. */
export function closeSlot(task: usize, slot: u32): void {
  const entry = slotOf(task, slot)
  if (load<u32>(entry + KIND) == KIND_NONE) return
  store<u32>(task + HANDLE_COUNT, load<u32>(task + HANDLE_COUNT) - 1)
  if (slot >= (SLOT_DYNAMIC as u32) && slot < load<u32>(task + FREE_SLOT)) {
    store<u32>(task + FREE_SLOT, slot)
  }
  release(entry)
}

/** Puts a copy of `from` into a slot of a task; what was there is closed. */
export function install(task: usize, slot: u32, from: usize, rights: u32): void {
  const entry = slotOf(task, slot)
  if (entry == from) {
    store<u32>(entry + RIGHTS, load<u32>(entry + RIGHTS) & rights)
    return
  }
  closeSlot(task, slot)
  copyEntry(entry, from, rights)
  countSlot(task)
}

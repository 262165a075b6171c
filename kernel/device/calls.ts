/** System calls of drivers: devices, their registers, interrupts and DMA memory. */
import {
  DMA_UNCACHED,
  EBADF,
  EBUSY,
  EINVAL,
  EMFILE,
  ENFILE,
  ENODEV,
  ENOMEM,
  EPERM,
  KIND_DEVICE,
  KIND_DMA,
  KIND_ROOT,
  PROT_READ,
  PROT_WRITE,
  RIGHT_ALL,
  RIGHT_EXEC,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_WRITE,
  STATE_INTERRUPT,
} from '../abi/generated'
import { enableInterrupt, interruptCount, isGicRange } from '../arch/gic'
import {
  countSlot,
  fillEntry,
  freeSlot,
  hasRights,
  lookupKind,
  objectOf,
  slotOf,
} from '../ipc/handle'
import { notify } from '../ipc/notification'
import { isMemory } from '../memory/frames'
import { addMapping, OBJECT, REGISTERS } from '../memory/mappings'
import {
  freeDmaOf,
  returnDma,
  SHM_CONTIGUOUS,
  SHM_DEVICE,
  SHM_DMA,
  SHM_FRAMES,
  SHM_SIZE,
  SHM_UNCACHED,
  takeDma,
  takeShm,
} from '../memory/shm'
import { place } from '../memory/space'
import { makeReady, pick } from '../task/schedule'
import {
  answer,
  ENDPOINT,
  fail,
  register,
  STATE,
  setRegister,
  taskOfToken,
  tokenOf,
  W0,
  W1,
  W2,
} from '../task/task'
import { startWork, ZERO_WORK } from '../task/work'
import {
  DEVICE_BASE,
  DEVICE_BITS,
  DEVICE_EDGE,
  DEVICE_INTERRUPT,
  DEVICE_PENDING,
  DEVICE_REFERENCES,
  DEVICE_SIZE,
  DEVICE_TASK,
  deviceOfInterrupt,
  findDevice,
  makeDevice,
  registerInterrupt,
} from './device'

const MAX_PHYSICAL: u64 = (1 as u64) << 44
const MAX_DMA_BYTES: u64 = 0x10_0000
const FIRST_DEVICE_INTERRUPT: i64 = 32

export function deviceCreate(task: usize): usize {
  const root = lookupKind(task, register(task, 0), KIND_ROOT)
  if (!root || !hasRights(root, RIGHT_MANAGE)) return fail(task, EPERM)
  const base = register(task, 1)
  const size = register(task, 2)
  const interrupt = register(task, 3) as i64
  const flags = register(task, 4)
  if (base >= MAX_PHYSICAL || size > MAX_PHYSICAL || flags > 1) return fail(task, EINVAL)
  const first = base & ~(4095 as u64)
  const end = (base + size + 4095) & ~(4095 as u64)
  if (size && (isMemory(first, end) || isGicRange(first, end))) return fail(task, EINVAL)
  const hasInterrupt = interrupt >= FIRST_DEVICE_INTERRUPT && interrupt < (interruptCount() as i64)
  if (interrupt != -1 && !hasInterrupt) return fail(task, EINVAL)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  let device = findDevice(base, size, interrupt as i32)
  if (!device) {
    if (hasInterrupt && deviceOfInterrupt(interrupt as u32)) return fail(task, EBUSY)
    device = makeDevice(base, size, interrupt as i32, (flags as u32) & DEVICE_EDGE)
    if (!device) return fail(task, ENFILE)
  }
  fillEntry(slotOf(task, slot as u32), KIND_DEVICE, device, RIGHT_ALL & ~RIGHT_EXEC)
  countSlot(task)
  return answer(task, slot)
}

export function deviceMap(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_DEVICE)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_READ | RIGHT_WRITE)) return fail(task, EPERM)
  const device = objectOf(entry)
  const size = load<u64>(device + DEVICE_SIZE)
  if (!size) return fail(task, EINVAL)
  const offset = load<u64>(device + DEVICE_BASE) & 4095
  const bytes = (offset + size + 4095) & ~(4095 as u64)
  const at = place(task, register(task, 1), bytes)
  if (!at) return task
  const mapping = addMapping(task, at, at + bytes, REGISTERS, PROT_READ | PROT_WRITE)
  if (!mapping) return fail(task, EMFILE)
  store<u32>(mapping + OBJECT, device as u32)
  store<u32>(device + DEVICE_REFERENCES, load<u32>(device + DEVICE_REFERENCES) + 1)
  return answer(task, (at + offset) as i64)
}

/** The device of a handle with MANAGE; else it answers and gives 0. */
function managed(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_DEVICE)
  if (!entry) fail(task, EBADF)
  else if (!hasRights(entry, RIGHT_MANAGE)) fail(task, EPERM)
  else return objectOf(entry)
  return 0
}

export function deviceResetDone(task: usize): usize {
  const device = managed(task)
  return device ? answer(task, freeDmaOf(device)) : task
}

export function dmaCreate(task: usize): usize {
  const device = managed(task)
  if (!device) return task
  const size = register(task, 1)
  const flags = register(task, 2)
  if (!size || size > MAX_DMA_BYTES || flags > 1) return fail(task, EINVAL)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  const pages = ((size + 4095) >> 12) as u32
  const frames = takeDma(pages)
  if (!frames) return fail(task, ENOMEM)
  const uncached = flags & (DMA_UNCACHED as u64) ? SHM_UNCACHED : 0
  const shm = takeShm(size, SHM_DMA | SHM_CONTIGUOUS | uncached)
  if (!shm) {
    returnDma(frames, pages)
    return fail(task, ENFILE)
  }
  store<u64>(shm + SHM_FRAMES, frames)
  store<u32>(shm + SHM_DEVICE, device as u32)
  store<u32>(device + DEVICE_REFERENCES, load<u32>(device + DEVICE_REFERENCES) + 1)
  fillEntry(slotOf(task, slot as u32), KIND_DMA, shm, RIGHT_ALL & ~RIGHT_EXEC)
  countSlot(task)
  store<u64>(task + W0, 0)
  store<u64>(task + W1, shm as u64)
  store<u64>(task + W2, slot as u64)
  return startWork(task, ZERO_WORK)
}

export function dmaPhysical(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_DMA)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_READ | RIGHT_WRITE)) return fail(task, EPERM)
  setRegister(task, 1, load<u64>(objectOf(entry) + SHM_SIZE))
  return answer(task, load<u64>(objectOf(entry) + SHM_FRAMES) as i64)
}

export function irqRegister(task: usize): usize {
  const device = managed(task)
  if (!device) return task
  if (load<i32>(device + DEVICE_INTERRUPT) < 0) return fail(task, ENODEV)
  const holder = load<u32>(device + DEVICE_TASK)
  if (holder && holder != tokenOf(task) && taskOfToken(holder)) return fail(task, EBUSY)
  registerInterrupt(device, tokenOf(task), register(task, 1) & 0x7fff_ffff_ffff_ffff)
  return answer(task, 0)
}

/** The device whose interrupt the caller has registered; else it answers and gives 0. */
function registered(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_DEVICE)
  if (!entry) fail(task, EBADF)
  else if (load<u32>(objectOf(entry) + DEVICE_TASK) != tokenOf(task)) fail(task, EPERM)
  else return objectOf(entry)
  return 0
}

export function irqWait(task: usize): usize {
  const device = registered(task)
  if (!device) return task
  if (load<u32>(device + DEVICE_PENDING)) {
    store<u32>(device + DEVICE_PENDING, 0)
    return answer(task, 0)
  }
  store<u32>(task + STATE, STATE_INTERRUPT)
  store<u32>(task + ENDPOINT, device as u32)
  return pick()
}

export function irqAcknowledge(task: usize): usize {
  const device = registered(task)
  if (!device) return task
  enableInterrupt(load<u32>(device + DEVICE_INTERRUPT))
  return answer(task, 0)
}

/** An interrupt of a device was taken and masked: tells its task. */
export function deliverInterrupt(device: usize): void {
  const task = taskOfToken(load<u32>(device + DEVICE_TASK))
  if (!task) return
  const waits = load<u32>(task + STATE) == (STATE_INTERRUPT as u32)
  if (waits && (load<u32>(task + ENDPOINT) as usize) == device) {
    answer(task, 0)
    makeReady(task)
  } else store<u32>(device + DEVICE_PENDING, 1)
  const bits = load<u64>(device + DEVICE_BITS)
  if (bits) notify(task, bits)
}

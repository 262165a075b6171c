/**
 * System calls on shared and DMA memory: create, map, unmap, grant, revoke, destroy, and mapping into another task for its fault
 * handler.
 */
import {
  EBADF,
  EEXIST,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOMEM,
  EPERM,
  ESRCH,
  KIND_DEVICE,
  KIND_DMA,
  KIND_NONE,
  KIND_SHM,
  KIND_TASK,
  MAX_TASKS,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  RIGHT_ALL,
  RIGHT_EXEC,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  STATE_FREE,
} from '../abi/generated'
import { zero_page } from '../arch/imports/asm'
import { USER_END } from '../arch/layout'
import {
  countSlot,
  fillEntry,
  freeSlot,
  GENERATION,
  hasRights,
  install,
  KIND,
  lookup,
  lookupKind,
  objectOf,
  RIGHTS,
  slotOf,
} from '../ipc/handle'
import { MAX_SHM_PAGES } from '../param'
import {
  answer,
  fail,
  isAlive,
  PAGES,
  register,
  STATE,
  taskAt,
  tokenOf,
  W0,
  W1,
  W2,
} from '../task/task'
import { DONE, MORE, REVOKE_WORK, startWork } from '../task/work'
import { direct, unreserve } from './frames'
import { addMapping, END, isVacant, mappingOf, OBJECT, REGISTERS, SHARED, START } from './mappings'
import {
  releaseShm,
  SHM_FLAGS,
  SHM_FRAMES,
  SHM_GENERATION,
  SHM_GONE,
  SHM_MAPS,
  SHM_OWNER,
  SHM_PAGES,
  takeShm,
} from './shm'
import { chargePages, isProtection, place, shrink, unmap } from './space'

const ZERO_STEP: u64 = 32

export function shmCreate(task: usize): usize {
  const size = register(task, 0)
  if (!size || size > MAX_SHM_PAGES << 12) return fail(task, EINVAL)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  const pages = (size + 4095) >> 12
  if (!chargePages(task, pages)) return fail(task, ENOMEM)
  const shm = takeShm(size, 0)
  if (!shm) {
    unreserve(pages)
    store<u64>(task + PAGES, load<u64>(task + PAGES) - pages)
    return fail(task, ENFILE)
  }
  store<u32>(shm + SHM_OWNER, tokenOf(task))
  fillEntry(slotOf(task, slot as u32), KIND_SHM, shm, RIGHT_ALL & ~RIGHT_EXEC)
  countSlot(task)
  return answer(task, slot)
}

/** The memory a handle stands for, or 0. */
function memoryOf(task: usize, handle: u64): usize {
  const entry = lookup(task, handle)
  if (!entry) return 0
  const kind = load<u32>(entry + KIND)
  return kind == KIND_SHM || kind == KIND_DMA ? entry : 0
}

/** Protection that rights allow. */
function allowed(entry: usize): u32 {
  const rights = load<u32>(entry + RIGHTS)
  let protection: u32 = 0
  if (rights & RIGHT_READ) protection |= PROT_READ
  if (rights & RIGHT_WRITE) protection |= PROT_WRITE
  if (rights & RIGHT_EXEC) protection |= PROT_EXEC
  return protection
}

/** The protection asked for, if it is allowed; else it answers and gives 0. */
function protectionFor(task: usize, entry: usize, asked: u64): u32 {
  const most = allowed(entry)
  const protection = asked ? asked : ((most & ~(PROT_EXEC as u32)) as u64)
  if (!protection || protection & ~(most as u64)) {
    fail(task, asked & ~(7 as u64) ? EINVAL : EPERM)
    return 0
  }
  if (!isProtection(protection)) {
    fail(task, EINVAL)
    return 0
  }
  return protection as u32
}

function mapShm(task: usize, shm: usize, at: u64, protection: u32): bool {
  const size = (load<u32>(shm + SHM_PAGES) as u64) << 12
  const mapping = addMapping(task, at, at + size, SHARED, protection)
  if (!mapping) return false
  store<u32>(mapping + OBJECT, shm as u32)
  store<u32>(shm + SHM_MAPS, load<u32>(shm + SHM_MAPS) + 1)
  return true
}

export function shmMap(task: usize): usize {
  const entry = memoryOf(task, register(task, 0))
  if (!entry) return fail(task, EBADF)
  const protection = protectionFor(task, entry, register(task, 2))
  if (!protection) return task
  const shm = objectOf(entry)
  const at = place(task, register(task, 1), (load<u32>(shm + SHM_PAGES) as u64) << 12)
  if (!at) return task
  return mapShm(task, shm, at, protection) ? answer(task, at as i64) : fail(task, EMFILE)
}

export function taskMap(task: usize): usize {
  const other = lookupKind(task, register(task, 0), KIND_TASK)
  const entry = memoryOf(task, register(task, 1))
  if (!other || !entry) return fail(task, EBADF)
  if (!hasRights(other, RIGHT_MANAGE)) return fail(task, EPERM)
  if (!isAlive(objectOf(other))) return fail(task, ESRCH)
  const protection = protectionFor(task, entry, register(task, 3))
  if (!protection) return task
  const shm = objectOf(entry)
  const at = register(task, 2)
  const end = at + ((load<u32>(shm + SHM_PAGES) as u64) << 12)
  if (at & 4095 || at < 4096 || end < at || end > USER_END) return fail(task, EINVAL)
  if (!isVacant(objectOf(other), at, end)) return fail(task, EEXIST)
  return mapShm(objectOf(other), shm, at, protection) ? answer(task, 0) : fail(task, EMFILE)
}

export function shmUnmap(task: usize): usize {
  const entry = lookup(task, register(task, 0))
  const kind = entry ? load<u32>(entry + KIND) : (KIND_NONE as u32)
  let mapping: usize = 0
  if (kind == KIND_DEVICE) mapping = mappingOf(task, REGISTERS, objectOf(entry))
  else if (kind == KIND_SHM || kind == KIND_DMA) mapping = mappingOf(task, SHARED, objectOf(entry))
  else return fail(task, EBADF)
  return mapping ? unmap(task, mapping) : fail(task, EINVAL)
}

export function shmGrant(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_SHM)
  const other = lookupKind(task, register(task, 1), KIND_TASK)
  if (!entry || !other) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_TRANSFER) || !hasRights(other, RIGHT_MANAGE)) return fail(task, EPERM)
  const target = objectOf(other)
  if (!isAlive(target)) return fail(task, ESRCH)
  const slot = freeSlot(target)
  if (slot < 0) return fail(task, EMFILE)
  const asked = register(task, 2) as u32
  install(target, slot as u32, entry, asked ? asked : RIGHT_READ | RIGHT_WRITE)
  return answer(task, slot)
}

/** Makes all handles invalid but, when revoking, the caller's; then takes the memory out of the tasks. W1: region. */
function withdraw(task: usize, keeps: bool): usize {
  const entry = lookupKind(task, register(task, 0), KIND_SHM)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_MANAGE)) return fail(task, EPERM)
  const shm = objectOf(entry)
  const generation = load<u32>(shm + SHM_GENERATION) + 1
  store<u32>(shm + SHM_GENERATION, generation)
  if (keeps) store<u32>(entry + GENERATION, generation)
  store<u64>(task + W0, 0)
  store<u64>(task + W1, shm as u64)
  store<u64>(task + W2, keeps ? 1 : 0)
  if (!keeps) store<u32>(shm + SHM_FLAGS, load<u32>(shm + SHM_FLAGS) | SHM_GONE)
  // A mapping of its own keeps the region until the work is done.
  store<u32>(shm + SHM_MAPS, load<u32>(shm + SHM_MAPS) + 1)
  return startWork(task, REVOKE_WORK)
}

export function shmRevoke(task: usize): usize {
  return withdraw(task, true)
}

export function shmDestroy(task: usize): usize {
  return withdraw(task, false)
}

/** Takes the memory out of one task after the other. W0: task; W1: region; W2: 1 if the caller keeps its mappings. */
export function stepRevoke(task: usize): u32 {
  const shm = load<u64>(task + W1) as usize
  let i = load<u64>(task + W0) as u32
  for (let n = 0; n < 8 && i < (MAX_TASKS as u32); n++) {
    const other = taskAt(i)
    const skipped =
      load<u32>(other + STATE) == (STATE_FREE as u32) || (other == task && load<u64>(task + W2))
    const mapping: usize = skipped ? 0 : mappingOf(other, SHARED, shm)
    if (mapping) {
      shrink(other, load<u64>(mapping + END), load<u64>(mapping + START))
      break
    }
    i++
  }
  store<u64>(task + W0, i)
  if (i < (MAX_TASKS as u32)) return MORE
  endWithdrawal(task)
  answer(task, 0)
  return DONE
}

/** Lets go of the region: the work is done, or its task ends. */
export function endWithdrawal(task: usize): void {
  releaseShm(load<u64>(task + W1) as usize, SHM_MAPS)
}

/** Clears DMA memory before its handle is given out. W0: next page; W1: region; W2: slot. */
export function stepZero(task: usize): u32 {
  const shm = load<u64>(task + W1) as usize
  const pages = load<u32>(shm + SHM_PAGES) as u64
  let page = load<u64>(task + W0)
  for (let n: u64 = 0; n < ZERO_STEP && page < pages; n++) {
    zero_page(direct(load<u64>(shm + SHM_FRAMES) + (page++ << 12)))
  }
  store<u64>(task + W0, page)
  if (page < pages) return MORE
  answer(task, load<u64>(task + W2) as i64)
  return DONE
}

/**
 * The address space of a task: BRK, MMAP, MUNMAP, MPROTECT, and the mapping and unmapping that shared memory and devices use.
 * Mapping only notes the region; unmapping and changing protection go through its pages in steps. A region that is being
 * unmapped shrinks from its end, so at any moment what it covers is what has to be given back.
 */
import {
  EACCES,
  EEXIST,
  EINVAL,
  EMFILE,
  ENOMEM,
  MAX_MAPPINGS,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from '../abi/generated'
import { load64 } from '../arch/imports/mem64'
import { USER_END } from '../arch/layout'
import { releaseDevice } from '../device/device'
import {
  answer,
  BREAK,
  BREAK_START,
  fail,
  MAPPING_COUNT,
  PAGE_LIMIT,
  PAGES,
  register,
  W0,
  W1,
  W2,
} from '../task/task'
import { DONE, MORE, PROTECT_WORK, startWork, UNMAP_WORK } from '../task/work'
import { syncInstructions } from './fault'
import { freeFrame, reserve, unreserve } from './frames'
import {
  ANONYMOUS,
  addMapping,
  END,
  FLAGS,
  findMapping,
  findPlace,
  HEAP,
  isVacant,
  KIND,
  nextMapping,
  OBJECT,
  PROTECTION,
  REGISTERS,
  removeMapping,
  SHARED,
  START,
} from './mappings'
import { releaseShm, SHM_MAPS } from './shm'
import {
  ADDRESS,
  ATTRIBUTE_NORMAL,
  clearLeaf,
  leaf,
  OWNED,
  setLeaf,
  userPage,
  VALID,
} from './tables'

const PAGES_A_STEP: u32 = 64
/** The heap ends here at the latest. */
const HEAP_END: u64 = 0x1_0000_0000

/** True for protections a page can have: something, and never writable and executable together. */
export function isProtection(protection: u64): bool {
  if (protection < 1 || protection > 7) return false
  return (protection & ((PROT_WRITE | PROT_EXEC) as u64)) != ((PROT_WRITE | PROT_EXEC) as u64)
}

/** Charges pages to a task and reserves them. */
export function chargePages(task: usize, pages: u64): bool {
  const held = load<u64>(task + PAGES)
  const limit = load<u64>(task + PAGE_LIMIT)
  if (pages > limit || held > limit - pages || !reserve(pages)) return false
  store<u64>(task + PAGES, held + pages)
  return true
}

function refund(task: usize, pages: u64): void {
  store<u64>(task + PAGES, load<u64>(task + PAGES) - pages)
  unreserve(pages)
}

function growHeap(task: usize, from: u64, to: u64): usize {
  const next = nextMapping(task, from)
  if (to > HEAP_END || (next && load<u64>(next + START) < to)) return fail(task, EINVAL)
  const pages = (to - from) >> 12
  if (!chargePages(task, pages)) return fail(task, ENOMEM)
  const last = from > load<u64>(task + BREAK_START) ? findMapping(task, from - 1) : 0
  const both = (PROT_READ | PROT_WRITE) as u32
  if (last && load<u32>(last + KIND) == HEAP && load<u32>(last + PROTECTION) == both) {
    store<u64>(last + END, to)
  } else if (!addMapping(task, from, to, HEAP, both)) {
    refund(task, pages)
    return fail(task, ENOMEM)
  }
  store<u64>(task + BREAK, to)
  return answer(task, to as i64)
}

export function brk(task: usize): usize {
  const asked = register(task, 0)
  const from = load<u64>(task + BREAK)
  if (!asked) return answer(task, from as i64)
  if (asked < load<u64>(task + BREAK_START) || asked > HEAP_END) return fail(task, EINVAL)
  const to = (asked + 4095) & ~(4095 as u64)
  if (to == from) return answer(task, to as i64)
  if (to > from) return growHeap(task, from, to)
  store<u64>(task + W0, from)
  store<u64>(task + W1, to)
  store<u64>(task + W2, 1)
  return startWork(task, UNMAP_WORK)
}

/** Where a region of `size` bytes shall go: the address asked for, or one that is free. 0: refused, and answered. */
export function place(task: usize, asked: u64, size: u64): u64 {
  if (asked & 4095 || size > USER_END) {
    fail(task, EINVAL)
    return 0
  }
  if (!asked) {
    const found = findPlace(task, size)
    if (!found) fail(task, ENOMEM)
    return found
  }
  if (asked > USER_END - size || asked < 4096) fail(task, EINVAL)
  else if (!isVacant(task, asked, asked + size)) fail(task, EEXIST)
  else return asked
  return 0
}

export function mmap(task: usize): usize {
  const length = register(task, 1)
  const protection = register(task, 2)
  if (!length || length > USER_END || !isProtection(protection)) return fail(task, EINVAL)
  const size = (length + 4095) & ~(4095 as u64)
  const at = place(task, register(task, 0), size)
  if (!at) return task
  if (!chargePages(task, size >> 12)) return fail(task, ENOMEM)
  if (!addMapping(task, at, at + size, ANONYMOUS, protection as u32)) {
    refund(task, size >> 12)
    return fail(task, EMFILE)
  }
  return answer(task, at as i64)
}

export function munmap(task: usize): usize {
  const at = register(task, 0)
  const mapping = findMapping(task, at)
  if (!mapping || load<u64>(mapping + START) != at || load<u32>(mapping + KIND) != ANONYMOUS) {
    return fail(task, EINVAL)
  }
  return unmap(task, mapping)
}

/** Unmaps a whole region as work of the task, which answers 0 when it is done. */
export function unmap(task: usize, mapping: usize): usize {
  store<u64>(task + W0, load<u64>(mapping + END))
  store<u64>(task + W1, load<u64>(mapping + START))
  store<u64>(task + W2, 0)
  return startWork(task, UNMAP_WORK)
}

/** Takes the page below `end` out of a region of any task. */
function unmapPage(task: usize, mapping: usize, page: u64): void {
  const kind = load<u32>(mapping + KIND)
  const at = leaf(task, page)
  const old = at ? clearLeaf(task, at, page) : 0
  store<u64>(mapping + END, page)
  if (kind == SHARED || kind == REGISTERS) return
  store<u64>(task + PAGES, load<u64>(task + PAGES) - 1)
  if (!(old & VALID)) unreserve(1)
  else if (old & OWNED) freeFrame(old & ADDRESS)
}

/** Unmaps pages of [stop, end) from the end on, within one region; returns the new end. Frees the region when it is empty. */
export function shrink(task: usize, end: u64, stop: u64): u64 {
  const mapping = findMapping(task, end - 1)
  if (!mapping) return stop
  const start = load<u64>(mapping + START)
  const low = start > stop ? start : stop
  let page = end
  for (let n: u32 = 0; n < PAGES_A_STEP && page > low; n++) {
    page -= 4096
    unmapPage(task, mapping, page)
  }
  if (page > start) return page
  const object: usize = load<u32>(mapping + OBJECT)
  const kind = load<u32>(mapping + KIND)
  removeMapping(task, mapping)
  if (kind == SHARED) releaseShm(object, SHM_MAPS)
  else if (kind == REGISTERS) releaseDevice(object)
  return page
}

/** Unmaps from W0 down to W1; W2 is 1 when the heap shrinks. */
export function stepUnmap(task: usize): u32 {
  const stop = load<u64>(task + W1)
  const end = shrink(task, load<u64>(task + W0), stop)
  store<u64>(task + W0, end)
  const isHeap = load<u64>(task + W2) != 0
  if (isHeap) store<u64>(task + BREAK, end)
  if (end > stop) return MORE
  answer(task, isHeap ? (end as i64) : 0)
  return DONE
}

export function mprotect(task: usize): usize {
  const start = register(task, 0)
  const length = register(task, 1)
  const protection = register(task, 2)
  if (start & 4095 || !length || start > USER_END || length > USER_END - start) {
    return fail(task, EINVAL)
  }
  if (!isProtection(protection)) return fail(task, EINVAL)
  const end = (start + length + 4095) & ~(4095 as u64)
  for (let at = start; at < end; ) {
    const mapping = findMapping(task, at)
    if (!mapping) return fail(task, ENOMEM)
    const kind = load<u32>(mapping + KIND)
    if (kind == SHARED || kind == REGISTERS) return fail(task, EACCES)
    at = load<u64>(mapping + END)
  }
  if (load<u32>(task + MAPPING_COUNT) + 2 > (MAX_MAPPINGS as u32)) return fail(task, ENOMEM)
  split(task, start)
  split(task, end)
  for (let at = start; at < end; ) {
    const mapping = findMapping(task, at)
    store<u32>(mapping + PROTECTION, protection as u32)
    at = load<u64>(mapping + END)
  }
  store<u64>(task + W0, start)
  store<u64>(task + W1, end)
  return startWork(task, PROTECT_WORK)
}

/** Makes a region begin at an address that is inside one. */
function split(task: usize, at: u64): void {
  const mapping = findMapping(task, at)
  if (!mapping || load<u64>(mapping + START) == at) return
  const end = load<u64>(mapping + END)
  const kind = load<u32>(mapping + KIND)
  const flags = load<u32>(mapping + FLAGS)
  store<u64>(mapping + END, at)
  const upper = addMapping(task, at, end, kind, load<u32>(mapping + PROTECTION))
  store<u32>(upper + FLAGS, flags)
}

/** Gives the pages from W0 to W1 the protection of their region. */
export function stepProtect(task: usize): u32 {
  let page = load<u64>(task + W0)
  const end = load<u64>(task + W1)
  for (let n: u32 = 0; n < PAGES_A_STEP && page < end; n++) {
    const at = leaf(task, page)
    if (!at) {
      const next = (page | 0x1f_ffff) + 1
      page = next < end ? next : end
      continue
    }
    const old = load64(at)
    if (old & VALID) {
      clearLeaf(task, at, page)
      const protection = load<u32>(findMapping(task, page) + PROTECTION)
      if (protection & PROT_EXEC) syncInstructions(old & ADDRESS)
      setLeaf(at, (old & ADDRESS) | userPage(protection, ATTRIBUTE_NORMAL) | OWNED)
    }
    page += 4096
  }
  store<u64>(task + W0, page)
  if (page < end) return MORE
  answer(task, 0)
  return DONE
}

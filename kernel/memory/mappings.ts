/**
 * What a task has mapped where: up to `MAX_MAPPINGS` regions, sorted, that do not overlap. Pages get their frames when they are
 * touched first (`memory/fault.ts`), so mapping is quick whatever the size; anonymous memory is reserved and counted at once.
 */
import { MAX_MAPPINGS } from '../abi/generated'
import { USER_END } from '../arch/layout'
import { MAPPING_BYTES, MAPPINGS } from '../param'
import { INDEX, MAPPING_COUNT } from '../task/task'

export const START: usize = 0
export const END: usize = 8
export const KIND: usize = 16
export const PROTECTION: usize = 20
/** Shared memory or device. */
export const OBJECT: usize = 24
/** Pages of the object that the region begins with: 0 but for shared memory. */
export const FLAGS: usize = 28

export const ANONYMOUS: u32 = 1
export const HEAP: u32 = 2
export const STACK: u32 = 3
export const SEGMENT: u32 = 4
export const SHARED: u32 = 5
export const REGISTERS: u32 = 6

/** Where the kernel puts what has no address asked for: what 32-bit pointers reach comes first. */
const LOW: u64 = 0x8000_0000
const LOW_END: u64 = 0x1_0000_0000
const HIGH: u64 = 0x4_0000_0000

export function mappingAt(task: usize, i: u32): usize {
  const all =
    MAPPINGS + (load<u32>(task + INDEX) as usize) * (MAX_MAPPINGS as usize) * MAPPING_BYTES
  return all + (i as usize) * MAPPING_BYTES
}

/** The mapping an address is in, or 0. */
export function findMapping(task: usize, address: u64): usize {
  let low: u32 = 0
  let high = load<u32>(task + MAPPING_COUNT)
  while (low < high) {
    const middle = (low + high) >> 1
    const mapping = mappingAt(task, middle)
    if (address < load<u64>(mapping + START)) high = middle
    else if (address >= load<u64>(mapping + END)) low = middle + 1
    else return mapping
  }
  return 0
}

/** The first mapping that ends above an address, or 0. */
export function nextMapping(task: usize, address: u64): usize {
  const count = load<u32>(task + MAPPING_COUNT)
  for (let i: u32 = 0; i < count; i++) {
    const mapping = mappingAt(task, i)
    if (load<u64>(mapping + END) > address) return mapping
  }
  return 0
}

/** True if nothing is mapped in [start, end), and tasks may have it. */
export function isVacant(task: usize, start: u64, end: u64): bool {
  if (start < 4096 || end <= start || end > USER_END) return false
  const mapping = nextMapping(task, start)
  return !mapping || load<u64>(mapping + START) >= end
}

/** Adds a mapping; 0 if there are too many. The range must be vacant. */
export function addMapping(task: usize, start: u64, end: u64, kind: u32, protection: u32): usize {
  const count = load<u32>(task + MAPPING_COUNT)
  if (count >= (MAX_MAPPINGS as u32)) return 0
  let i: u32 = 0
  while (i < count && load<u64>(mappingAt(task, i) + START) < start) i++
  const mapping = mappingAt(task, i)
  memory.copy(mapping + MAPPING_BYTES, mapping, ((count - i) as usize) * MAPPING_BYTES)
  store<u64>(mapping + START, start)
  store<u64>(mapping + END, end)
  store<u32>(mapping + KIND, kind)
  store<u32>(mapping + PROTECTION, protection)
  store<u32>(mapping + OBJECT, 0)
  store<u32>(mapping + FLAGS, 0)
  store<u32>(task + MAPPING_COUNT, count + 1)
  return mapping
}

export function removeMapping(task: usize, mapping: usize): void {
  const count = load<u32>(task + MAPPING_COUNT) - 1
  const end = mappingAt(task, count)
  memory.copy(mapping, mapping + MAPPING_BYTES, end - mapping)
  store<u32>(task + MAPPING_COUNT, count)
}

function fit(task: usize, size: u64, from: u64, limit: u64): u64 {
  let at = from
  const count = load<u32>(task + MAPPING_COUNT)
  for (let i: u32 = 0; i < count; i++) {
    const mapping = mappingAt(task, i)
    if (load<u64>(mapping + END) <= at) continue
    if (load<u64>(mapping + START) >= at && load<u64>(mapping + START) - at >= size) break
    at = load<u64>(mapping + END)
  }
  return limit > at && limit - at >= size ? at : 0
}

/** A vacant place for `size` bytes: below 4 GiB if possible, else above; 0 if there is none. */
export function findPlace(task: usize, size: u64): u64 {
  if (size > USER_END) return 0
  const low = fit(task, size, LOW, LOW_END)
  return low ? low : fit(task, size, HIGH, USER_END)
}

/** The last mapping of an object, or 0. */
export function mappingOf(task: usize, kind: u32, object: usize): usize {
  for (let i = load<u32>(task + MAPPING_COUNT); i > 0; i--) {
    const mapping = mappingAt(task, i - 1)
    if (load<u32>(mapping + KIND) == kind && (load<u32>(mapping + OBJECT) as usize) == object) {
      return mapping
    }
  }
  return 0
}

/**
 * First touches. A page of a mapping has no frame until somebody (the task, the kernel copying for it, a server using what it lent)
 * touches it; then anonymous memory gets a frame of zeros, shared memory the frame of its object, registers their address. An
 * address without a mapping, or an access it does not allow, is a bad one.
 */
import { EFAULT, ENOMEM, PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/generated'
import { load64 } from '../arch/imports/mem64'
import { dc_cvau, dsb_ish, ic_ivau, isb } from '../arch/imports/sys'
import { DEVICE_BASE } from '../device/device'
import { direct, takeZeroFrame, unreserve } from './frames'
import { END, findMapping, KIND, OBJECT, PROTECTION, REGISTERS, SHARED, START } from './mappings'
import { isUncached, shmFrame } from './shm'
import {
  ADDRESS,
  AP_READ_ONLY,
  ATTRIBUTE_DEVICE,
  ATTRIBUTE_NORMAL,
  ATTRIBUTE_UNCACHED,
  leaf,
  makeLeaf,
  OWNED,
  setLeaf,
  UXN,
  userPage,
  VALID,
} from './tables'

const LINE: u64 = 64

/** Makes instructions that were written through the direct map visible to fetches. */
export function syncInstructions(frame: u64): void {
  const start = direct(frame)
  for (let at = start; at < start + 4096; at += LINE) dc_cvau(at)
  dsb_ish()
  for (let at = start; at < start + 4096; at += LINE) ic_ivau(at)
  dsb_ish()
  isb()
}

function allows(descriptor: u64, access: u32): bool {
  if (access == PROT_WRITE) return !(descriptor & AP_READ_ONLY)
  return access != PROT_EXEC || !(descriptor & UXN)
}

/**
 * Makes an address of a task usable for one kind of access.
 *
 * @param access PROT_READ, PROT_WRITE or PROT_EXEC
 * @returns 0, or a negative errno: EFAULT, or ENOMEM when no table could be had
 */
export function resolve(task: usize, address: u64, access: u32): i32 {
  const mapping = findMapping(task, address)
  if (!mapping) return -EFAULT
  const protection = load<u32>(mapping + PROTECTION)
  if (!(protection & access)) return -EFAULT
  const at = makeLeaf(task, address)
  if (!at) return -ENOMEM
  const old = load64(at)
  if (old & VALID) return allows(old, access) ? 0 : -EFAULT
  const kind = load<u32>(mapping + KIND)
  const object: usize = load<u32>(mapping + OBJECT)
  const offset = (address & ~(4095 as u64)) - load<u64>(mapping + START)
  if (kind == REGISTERS) {
    const base = (load<u64>(object + DEVICE_BASE) & ~(4095 as u64)) + offset
    setLeaf(at, base | userPage(protection, ATTRIBUTE_DEVICE))
    return 0
  }
  if (kind == SHARED) {
    const frame = shmFrame(object, offset >> 12)
    if (!frame) return -ENOMEM
    if (protection & PROT_EXEC) syncInstructions(frame)
    const attribute = isUncached(object) ? ATTRIBUTE_UNCACHED : ATTRIBUTE_NORMAL
    setLeaf(at, frame | userPage(protection, attribute))
    return 0
  }
  const frame = takeZeroFrame()
  if (!frame) return -ENOMEM
  unreserve(1)
  setLeaf(at, frame | userPage(protection, ATTRIBUTE_NORMAL) | OWNED)
  return 0
}

/** Where the kernel reaches a byte of a task's memory, or 0 if the task could not access it so. */
export function translate(task: usize, address: u64, access: u32): u64 {
  let at = leaf(task, address)
  if (!at || !(load64(at) & VALID)) {
    if (resolve(task, address, access) != 0) return 0
    at = leaf(task, address)
  }
  const descriptor = load64(at)
  if (!allows(descriptor, access) || (descriptor & (7 << 2)) == ATTRIBUTE_DEVICE << 2) return 0
  return direct(descriptor & ADDRESS) + (address & 4095)
}

/** Bytes from an address to the end of its page, `length` at most. */
export function withinPage(address: u64, length: u64): u64 {
  const rest = 4096 - (address & 4095)
  return rest < length ? rest : length
}

/** True if all of a range could be read: used before work begins. */
export function isReadable(task: usize, address: u64, length: u64): bool {
  while (length > 0) {
    const mapping = findMapping(task, address)
    if (!mapping || !(load<u32>(mapping + PROTECTION) & PROT_READ)) return false
    const rest = load<u64>(mapping + END) - address
    if (rest >= length) return true
    address += rest
    length -= rest
  }
  return true
}

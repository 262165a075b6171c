/**
 * Shared memory and other mappings, below 4 GiB so that AssemblyScript's `load` and `store` reach them.
 *
 * Addresses are given out upwards from 2 GiB, where no heap comes; an unmapped range is not used again. So this is for
 * buffers that live as long as the program.
 */
import {
  ENOMEM,
  SYS_SHMCREATE,
  SYS_SHMDESTROY,
  SYS_SHMMAP,
  SYS_SHMREVOKE,
  SYS_SHMUNMAP,
} from './generated/abi'
import { syscall } from './syscall'

const FIRST: u64 = 0x8000_0000
const END: u64 = 0xffff_0000
const PAGE: u64 = 4096

let next: u64 = FIRST

/** Makes shared memory; its handle or a negative errno. */
export function createShared(bytes: i32): i32 {
  return syscall(SYS_SHMCREATE, bytes) as i32
}

/**
 * Maps shared or DMA memory of `bytes` bytes.
 * @param protection PROT bits, 0 for all that the handle allows
 * @returns its address, or 0 if it cannot be mapped: `mapError` says why
 */
export function mapShared(handle: i32, bytes: i32, protection: i32 = 0): usize {
  const size = ((bytes as u64) + PAGE - 1) & ~(PAGE - 1)
  if (next + size > END) {
    mapError = ENOMEM
    return 0
  }
  const address = syscall(SYS_SHMMAP, handle, next, protection)
  if (address < 0) {
    mapError = -(address as i32)
    return 0
  }
  next += size + PAGE
  return address as usize
}

/** Why the last `mapShared` failed. */
export let mapError: i32 = 0

/** Undoes the last mapping of this memory. */
export function unmapShared(handle: i32): i32 {
  return syscall(SYS_SHMUNMAP, handle) as i32
}

/** Takes shared memory away from everybody else. */
export function revokeShared(handle: i32): i32 {
  return syscall(SYS_SHMREVOKE, handle) as i32
}

/** Ends shared memory, for everybody. */
export function destroyShared(handle: i32): i32 {
  return syscall(SYS_SHMDESTROY, handle) as i32
}

/**
 * Copies between the kernel and the memory of the current task, with the rights of EL0 (LDTR, STTR). A fault in the copy ends it;
 * if the address only waits for its first touch the copy goes on, else the call fails with EFAULT; so it does if a page is
 * there and still faults, as one of device registers may. No pointer is trusted, and none needs checking beforehand.
 */
import { EFAULT, PROT_READ, PROT_WRITE } from '../abi/generated'
import { copy_in, copy_out } from '../arch/imports/asm'
import { LINEAR_BASE, USER_END } from '../arch/layout'
import { resolve } from './fault'

/** True for ranges that lie where tasks may have memory. */
export function isUserRange(address: u64, length: u64): bool {
  return address <= USER_END && length <= USER_END - address
}

/** Copies `length` bytes from the task to a kernel address; 0 or -EFAULT. */
export function copyInTo(task: usize, to: u64, from: u64, length: u64): i32 {
  if (!isUserRange(from, length)) return -EFAULT
  let stuck: u64 = 0
  while (length > 0) {
    const left = copy_in(to, from, length)
    const done = length - left
    to += done
    from += done
    if (left > 0 && (left == stuck || resolve(task, from, PROT_READ) != 0)) return -EFAULT
    stuck = left
    length = left
  }
  return 0
}

/** Copies `length` bytes from a kernel address to the task; 0 or -EFAULT. */
export function copyOutFrom(task: usize, to: u64, from: u64, length: u64): i32 {
  if (!isUserRange(to, length)) return -EFAULT
  let stuck: u64 = 0
  while (length > 0) {
    const left = copy_out(to, from, length)
    const done = length - left
    to += done
    from += done
    if (left > 0 && (left == stuck || resolve(task, to, PROT_WRITE) != 0)) return -EFAULT
    stuck = left
    length = left
  }
  return 0
}

/** Copies from the task to linear memory. */
export function copyIn(task: usize, to: usize, from: u64, length: u64): i32 {
  return copyInTo(task, LINEAR_BASE + (to as u64), from, length)
}

/** Copies from linear memory to the task. */
export function copyOut(task: usize, to: u64, from: usize, length: u64): i32 {
  return copyOutFrom(task, to, LINEAR_BASE + (from as u64), length)
}

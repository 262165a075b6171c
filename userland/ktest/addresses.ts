/** Addresses that no system call may trust. */
import {
  PAGE_BYTES,
  PROT_READ,
  PROT_WRITE,
  SYS_MMAP,
  SYS_MPROTECT,
} from '../libkenix/generated/abi'
import { syscall } from '../libkenix/syscall'
import { granted } from './check'

/** Where ktest maps pages of its own, with nothing beside them. */
const FIRST: i64 = 0x6_0000_0000

let next: i64 = FIRST

/** Nothing is mapped there, in memory of tasks. */
export const NOWHERE: i64 = 0x5_0000_0000
/** The kernel's image, linear memory, direct map; and what no translation table can hold. */
export const KERNEL: i64 = 0xffff_8000_0000_0000
export const KERNEL_MEMORY: i64 = 0xffff_9000_0000_0000
export const DIRECT: i64 = 0xffff_0000_4000_0000
export const NON_CANONICAL: i64 = 0x1234_0000_0000_0000
/** Where memory of tasks ends. */
export const USER_END: i64 = 0x8000_0000_0000

/** Addresses at which nothing can be read or written. */
export function badAddresses(): Array<i64> {
  return [
    0,
    8,
    NOWHERE,
    USER_END,
    USER_END - 4,
    NON_CANONICAL,
    i64.MIN_VALUE,
    DIRECT,
    KERNEL,
    KERNEL_MEMORY,
    -4096,
    -8,
    -1,
  ]
}

/** A fresh page with nothing mapped behind it. */
export function freshPage(): i64 {
  const at = next
  next += 16 * PAGE_BYTES
  return granted(syscall(SYS_MMAP, at, PAGE_BYTES, PROT_READ | PROT_WRITE), 'map a page')
}

/** Address `bytes` before the end of a page with nothing behind it. */
export function edge(bytes: i64): i64 {
  return freshPage() + PAGE_BYTES - bytes
}

/** A page that can be read only. */
export function readOnlyPage(): i64 {
  const page = freshPage()
  granted(syscall(SYS_MPROTECT, page, PAGE_BYTES, PROT_READ), 'protect a page')
  return page
}

/**
 * Memory that is mapped, not part of the heap: shared memory, memory of devices. `load` and `store` reach it, `memory.copy`
 * and `memory.fill` do not: WebAssembly checks those against the size of the heap. Hence the loops here.
 */
import { ENOMEM, SYS_SHMMAP, SYS_SHMUNMAP } from '../libkenix/generated/abi'
import { syscall } from '../libkenix/syscall'

/** Above this, pointers of 32 bits do not reach. */
const END: i64 = 0x1_0000_0000

/** Maps shared or DMA memory where the kernel finds a place. @returns its address, or a negative errno */
export function mapLow(handle: i32, protection: i32 = 0): i64 {
  const address = syscall(SYS_SHMMAP, handle, 0, protection)
  if (address < END) return address
  syscall(SYS_SHMUNMAP, handle)
  return -ENOMEM
}

/** Copies bytes that do not overlap. */
export function copyBytes(to: usize, from: usize, count: u32): void {
  let done: u32 = 0
  for (; done + 8 <= count; done += 8) store<u64>(to + done, load<u64>(from + done))
  for (; done < count; done++) store<u8>(to + done, load<u8>(from + done))
}

/** Sets bytes to 0. */
export function clearBytes(at: usize, count: u32): void {
  let done: u32 = 0
  for (; done + 8 <= count; done += 8) store<u64>(at + done, 0)
  for (; done < count; done++) store<u8>(at + done, 0)
}

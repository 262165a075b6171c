/** Handles: slots of this task's one table. Descriptors (0 to 31) are handles like others. */
import {
  RIGHT_ALL,
  SYS_CLOSE,
  SYS_DUP,
  SYS_DUP2,
  SYS_HANDLE_COPY,
  SYS_HANDLE_GIVE,
  SYS_HANDLE_INFO,
} from './generated/abi'
import { result, syscall, syscallMany } from './syscall'

export function close(handle: i32): i32 {
  return syscall(SYS_CLOSE, handle) as i32
}

/** A copy in the lowest free descriptor. */
export function dup(handle: i32): i32 {
  return syscall(SYS_DUP, handle) as i32
}

/** A copy in `slot`; what was there is closed. */
export function dup2(handle: i32, slot: i32): i32 {
  return syscall(SYS_DUP2, handle, slot) as i32
}

/** A copy with fewer rights; by default in the lowest free slot from 64. */
export function copyHandle(handle: i32, rights: i32 = RIGHT_ALL, slot: i32 = -1): i32 {
  return syscall(SYS_HANDLE_COPY, handle, rights, slot) as i32
}

/** Puts a copy into the table of another task; its slot there. */
export function give(task: i32, handle: i32, rights: i32 = RIGHT_ALL, slot: i32 = -1): i32 {
  return syscall(SYS_HANDLE_GIVE, task, handle, rights, slot) as i32
}

/** What a handle is (KIND_*), or a negative errno. */
export function kindOf(handle: i32): i32 {
  return syscallMany(SYS_HANDLE_INFO, handle) as i32
}

/** The rights of a handle, 0 if there is none. */
export function rightsOf(handle: i32): i32 {
  return syscallMany(SYS_HANDLE_INFO, handle) < 0 ? 0 : (result(1) as i32)
}

/** True if the slot holds a handle. */
export function isOpen(handle: i32): bool {
  return kindOf(handle) > 0
}

/** Number of the object a handle stands for: equal for handles of one object. Negative errno if there is none. */
export function objectOf(handle: i32): i64 {
  const kind = syscallMany(SYS_HANDLE_INFO, handle)
  return kind < 0 ? kind : result(3)
}

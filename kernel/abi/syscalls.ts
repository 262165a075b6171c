/**
 * Every system call of Kenix. Calls 0-4, 7, 8, 10-13, 20, 21, 30-32, 57, 59, 63, 64 and 93 have the numbers and registers
 * of the original system, with handles where it had raw ids; numbers from 56 on follow Linux where the meaning is the same.
 */
import { ipc } from './syscalls-ipc.ts'
import { memory } from './syscalls-memory.ts'
import { tasks } from './syscalls-task.ts'
import type { SystemCall } from './types.ts'

/** In order of their numbers. */
export const systemCalls: readonly SystemCall[] = [...ipc, ...memory, ...tasks].sort(
  (a, b) => a.number - b.number,
)

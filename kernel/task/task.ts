/**
 * The record of a task. A task is a program that runs at EL0, or the kernel's reaper, which never leaves EL1 (`reaper.ts`). Its
 * registers lie at the start of the record while it does not run (and while the kernel works for it); everything else the
 * kernel knows of it follows. A system call is a step that changes records and answers which task runs next: nothing blocks
 * inside the kernel, so one stack serves all tasks.
 *
 * Invariants: a task in state READY is either the current one or in the ready queue of its priority; in each other state
 * `QUEUE` names the queue it is in, or 0. `PARTNER` is set exactly in states REPLY. What only the low half of a
 * reference names (a token) is checked by `GENERATION`, which grows with each use of the record.
 */
import { MAX_TASKS, STATE_DEAD, STATE_EXITING, STATE_FREE } from '../abi/generated'
import { TASK_SYSCALLS, TASK_WORK } from '../arch/layout'
import { TASK_BYTES, TASKS } from '../param'

// Registers: 0 to 816, see arch/layout.ts.
export const STATE: usize = 816
export const PRIORITY: usize = 820
export const NEXT: usize = 824
export const PREVIOUS: usize = 828
/** The queue it waits in: address of head and tail. */
export const QUEUE: usize = 832
export const INDEX: usize = 836
export const GENERATION: usize = 840
/** Long work that goes on when the task is chosen to run: `task/work.ts`; 0 if none. */
export const WORK: usize = TASK_WORK
export const PID: usize = 848
export const PARENT: usize = 856
/** Pending notification bits, and those that end a wait. */
export const NOTIFIED: usize = 864
export const MASK: usize = 872
/** State of the long work. */
export const W0: usize = 880
export const W1: usize = 888
export const W2: usize = 896
export const W3: usize = 904
export const W4: usize = 912
export const W5: usize = 920
export const W6: usize = 928
export const W7: usize = 936
/** Endpoint it waits at. */
export const ENDPOINT: usize = 944
/** The task that has to reply. */
export const PARTNER: usize = 948
/** Token of the caller received last. */
export const CALLER: usize = 952
/** Badge of the message it sends. */
export const BADGE: usize = 956
/** What was lent for the next call, and for the call that waits (LENT not 0). */
export const LEASE_ADDRESS: usize = 960
export const LEASE_LENGTH: usize = 968
export const LEASE_ACCESS: usize = 976
export const LENT: usize = 980
/** Which message it sends: 0 that of its registers, else `MESSAGE` (ipc/message.ts). */
export const MESSAGE_KIND: usize = 984
/** Frames of its translation tables: number of the first + 1. */
export const TABLES: usize = 988
/** Attached handle, with where it came from and flags; handle that came with the last message. */
export const ATTACHED: usize = 992
export const ATTACHED_SLOT: usize = 1024
export const ATTACHED_FLAGS: usize = 1028
export const ARRIVED: usize = 1032
/** Handle of the endpoint that receives its faults. */
export const FAULT_HANDLE: usize = 1064
/** Tag and data of a message that is not in its registers; of a fault: ESR, FAR, ELR, pid. */
export const MESSAGE: usize = 1096
/** TTBR0: root table and ASID. */
export const TTBR: usize = 1136
export const PAGES: usize = 1144
export const PAGE_LIMIT: usize = 1152
/** Counter ticks it ran, and at which it was made. */
export const TIME: usize = 1160
export const STARTED: usize = 1168
/** Ticks at which its sleep ends and its timer fires; 0: none. */
export const WAKE: usize = 1176
export const TIMER: usize = 1184
export const TIMER_BITS: usize = 1192
export const EXIT_CODE: usize = 1200
export const EXIT_REASON: usize = 1204
/** Handles of this task, wherever they are. */
export const REFERENCES: usize = 1208
export const HANDLE_COUNT: usize = 1212
export const NAME: usize = 1216
export const SYSCALLS: usize = TASK_SYSCALLS
export const BREAK: usize = 1248
export const BREAK_START: usize = 1256
export const MAPPING_COUNT: usize = 1264
/** No dynamic slot below this is free. */
export const FREE_SLOT: usize = 1268
/** Exit code of the fault that waits for its handler, or 0. */
export const FAULTED: usize = 1272
/** What names it in messages, see `tokenOf`. */
export const TOKEN: usize = 1276
/** Notification bits of its last RECV. */
export const RECEIVE_MASK: usize = 1280

export function taskAt(index: u32): usize {
  return TASKS + (index as usize) * TASK_BYTES
}

export function register(task: usize, n: usize): u64 {
  return load<u64>(task + (n << 3))
}

export function setRegister(task: usize, n: usize, value: u64): void {
  store<u64>(task + (n << 3), value)
}

/** Puts the result of a system call where the task finds it, and lets it go on. */
export function answer(task: usize, value: i64): usize {
  store<u64>(task, value as u64)
  return task
}

/** Answers with an error. */
export function fail(task: usize, error: i32): usize {
  store<u64>(task, -(error as i64) as u64)
  return task
}

/** What names a task in messages: index + 1, and 16 bits of the generation above. */
export function tokenOf(task: usize): u32 {
  return load<u32>(task + TOKEN)
}

/** The task of a token, or 0 if it is gone. */
export function taskOfToken(token: u32): usize {
  const index = (token & 0xffff) - 1
  if (index >= (MAX_TASKS as u32)) return 0
  const task = taskAt(index)
  return load<u32>(task + STATE) != STATE_FREE && tokenOf(task) == token ? task : 0
}

/** True while a task can still run. */
export function isAlive(task: usize): bool {
  const state = load<u32>(task + STATE)
  return state != STATE_FREE && state != STATE_DEAD && state != STATE_EXITING
}

/** A free record, its memory zero but for index and generation; 0 if none is free. */
export function takeTask(): usize {
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const task = taskAt(i)
    if (load<u32>(task + STATE) != STATE_FREE) continue
    const generation = load<u32>(task + GENERATION) + 1
    memory.fill(task, 0, TASK_BYTES)
    store<u32>(task + INDEX, i)
    store<u32>(task + GENERATION, generation)
    store<u32>(task + TOKEN, ((generation & 0x7fff) << 16) | (i + 1))
    return task
  }
  return 0
}

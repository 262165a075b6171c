/** System calls that tell: tasks, figures of the system, the log. */
import {
  EBADF,
  EFAULT,
  EINVAL,
  ENOENT,
  EPERM,
  KIND_LOG,
  MAX_NAME_BYTES,
  MAX_TASKS,
  RIGHT_READ,
  STATE_FREE,
  SYSINFO_MACHINE,
  SYSINFO_MEMORY,
  SYSINFO_OBJECTS,
  TASKINFO_BLOCK_CODE,
  TASKINFO_BLOCK_HANDLES,
  TASKINFO_BLOCK_NAME,
  TASKINFO_BLOCK_PAGE_LIMIT,
  TASKINFO_BLOCK_PAGES,
  TASKINFO_BLOCK_PARENT,
  TASKINFO_BLOCK_PID,
  TASKINFO_BLOCK_PRIORITY,
  TASKINFO_BLOCK_STARTED,
  TASKINFO_BLOCK_STATE,
  TASKINFO_BLOCK_SYSCALLS,
  TASKINFO_BLOCK_TIME,
  TASKINFO_BYTES,
} from '../abi/generated'
import { chargeTime } from '../arch/activate'
import {
  BOOT_LEVEL,
  BOOT_TICKS,
  FREQUENCY,
  IDLE_TICKS,
  INTERRUPTS_TAKEN,
  REAPER,
  SWITCHES,
} from '../arch/core'
import { gicVersion } from '../arch/gic'
import { midr_el1 } from '../arch/imports/mrs'
import { toNanoseconds, uptime } from '../arch/timer'
import { deviceCount } from '../device/device'
import { endpointCount, sessionCount } from '../ipc/endpoint'
import { hasRights, lookupKind } from '../ipc/handle'
import { pipeCount } from '../ipc/pipe'
import { logByte, logHead } from '../log'
import { freeFrames, totalFrames } from '../memory/frames'
import { pagesAside, shmCount } from '../memory/shm'
import { copyOut, isUserRange } from '../memory/user'
import { LOG_BYTES, SCRATCH } from '../param'
import {
  answer,
  EXIT_CODE,
  fail,
  HANDLE_COUNT,
  NAME,
  PAGE_LIMIT,
  PAGES,
  PARENT,
  PID,
  PRIORITY,
  register,
  STARTED,
  STATE,
  SYSCALLS,
  setRegister,
  TIME,
  taskAt,
} from './task'

export function getPid(task: usize): usize {
  setRegister(task, 1, load<u64>(task + PARENT))
  return answer(task, load<u64>(task + PID) as i64)
}

function isListed(task: usize): bool {
  return load<u32>(task + STATE) != (STATE_FREE as u32) && task != (load<u32>(REAPER) as usize)
}

/** Tasks, or the handles in all of them. */
function total(handles: bool): u64 {
  let count: u64 = 0
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const task = taskAt(i)
    if (isListed(task)) count += handles ? load<u32>(task + HANDLE_COUNT) : 1
  }
  return count
}

export function sysinfo(task: usize): usize {
  switch (register(task, 0)) {
    case SYSINFO_MEMORY:
      setRegister(task, 1, totalFrames())
      setRegister(task, 2, freeFrames())
      setRegister(task, 3, total(false))
      setRegister(task, 4, toNanoseconds(load<u64>(IDLE_TICKS)))
      setRegister(task, 5, pagesAside())
      return answer(task, uptime() as i64)
    case SYSINFO_MACHINE:
      setRegister(task, 1, load<u64>(FREQUENCY))
      setRegister(task, 2, gicVersion())
      setRegister(task, 3, load<u32>(BOOT_LEVEL))
      setRegister(task, 4, load<u64>(SWITCHES))
      setRegister(task, 5, load<u64>(INTERRUPTS_TAKEN))
      return answer(task, midr_el1() as i64)
    case SYSINFO_OBJECTS:
      setRegister(task, 1, sessionCount())
      setRegister(task, 2, shmCount())
      setRegister(task, 3, pipeCount())
      setRegister(task, 4, deviceCount())
      setRegister(task, 5, total(true))
      return answer(task, endpointCount())
    default:
      return fail(task, EINVAL)
  }
}

function describe(task: usize, at: usize): void {
  store<u64>(at + TASKINFO_BLOCK_PID, load<u64>(task + PID))
  store<u64>(at + TASKINFO_BLOCK_PARENT, load<u64>(task + PARENT))
  store<u32>(at + TASKINFO_BLOCK_STATE, load<u32>(task + STATE))
  store<u32>(at + TASKINFO_BLOCK_PRIORITY, load<u32>(task + PRIORITY))
  store<u64>(at + TASKINFO_BLOCK_PAGES, load<u64>(task + PAGES))
  store<u64>(at + TASKINFO_BLOCK_TIME, toNanoseconds(load<u64>(task + TIME)))
  store<u32>(at + TASKINFO_BLOCK_HANDLES, load<u32>(task + HANDLE_COUNT))
  store<u32>(at + TASKINFO_BLOCK_CODE, load<u32>(task + EXIT_CODE))
  store<u64>(at + TASKINFO_BLOCK_SYSCALLS, load<u64>(task + SYSCALLS))
  store<u64>(at + TASKINFO_BLOCK_PAGE_LIMIT, load<u64>(task + PAGE_LIMIT))
  memory.copy(at + TASKINFO_BLOCK_NAME, task + NAME, MAX_NAME_BYTES)
  const started = load<u64>(task + STARTED) - load<u64>(BOOT_TICKS)
  store<u64>(at + TASKINFO_BLOCK_STARTED, toNanoseconds(started))
}

export function taskinfo(task: usize): usize {
  const from = register(task, 0)
  chargeTime()
  for (let i = from; i < (MAX_TASKS as u64); i++) {
    const other = taskAt(i as u32)
    if (!isListed(other)) continue
    describe(other, SCRATCH)
    if (copyOut(task, register(task, 1), SCRATCH, TASKINFO_BYTES)) return fail(task, EFAULT)
    return answer(task, i as i64)
  }
  return fail(task, ENOENT)
}

/** Bytes a call reads at most. */
const LOG_STEP: u64 = 1024

export function logRead(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_LOG)
  if (!entry) return fail(task, EBADF)
  if (!hasRights(entry, RIGHT_READ)) return fail(task, EPERM)
  const head = logHead()
  const oldest = head > LOG_BYTES ? head - LOG_BYTES : 0
  let at = register(task, 1)
  if (at < oldest) at = oldest
  let length = register(task, 3)
  if (!isUserRange(register(task, 2), length)) return fail(task, EFAULT)
  if (at > head) at = head
  if (length > head - at) length = head - at
  if (length > LOG_STEP) length = LOG_STEP
  for (let i: u64 = 0; i < length; i++) store<u8>(SCRATCH + (i as usize), logByte(at + i) as u8)
  if (copyOut(task, register(task, 2), SCRATCH, length)) return fail(task, EFAULT)
  setRegister(task, 1, at + length)
  return answer(task, length as i64)
}

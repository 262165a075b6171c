/** System calls on tasks: exit, kill, open, priority, registers; and the end of the machine. */
import {
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EMFILE,
  ENOSYS,
  EPERM,
  ESRCH,
  KIND_ROOT,
  KIND_TASK,
  MAX_PRIORITY,
  MAX_TASKS,
  POWER_OFF,
  POWER_RESET,
  REASON_EXIT,
  REASON_KILLED,
  REGISTERS_BLOCK_PSTATE,
  REGISTERS_BYTES,
  RIGHT_ALL,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_WRITE,
  STATE_FREE,
  STATE_READY,
} from '../abi/generated'
import { REAPER } from '../arch/core'
import { TASK_PSTATE } from '../arch/layout'
import { powerOff, reset } from '../arch/power'
import {
  countSlot,
  fillEntry,
  freeSlot,
  hasRights,
  lookupKind,
  objectOf,
  slotOf,
} from '../ipc/handle'
import { copyIn, copyOut } from '../memory/user'
import { SCRATCH } from '../param'
import { endTask } from './end'
import { makeReady, pick, preempt, unqueue } from './schedule'
import { answer, FAULTED, fail, isAlive, PID, PRIORITY, register, STATE, taskAt } from './task'

/** NZCV: the only bits of PSTATE a task may set. */
const FLAGS: u64 = 0xf000_0000

export function exit(task: usize): usize {
  endTask(task, register(task, 0) as u32, REASON_EXIT)
  return pick()
}

/** The task of a handle with MANAGE, or the caller for -1; else it answers and gives 0. */
function managed(task: usize): usize {
  const handle = register(task, 0)
  if ((handle as i64) == -1) return task
  const entry = lookupKind(task, handle, KIND_TASK)
  if (!entry) fail(task, EBADF)
  else if (!hasRights(entry, RIGHT_MANAGE)) fail(task, EPERM)
  else if (!isAlive(objectOf(entry))) fail(task, ESRCH)
  else return objectOf(entry)
  return 0
}

export function kill(task: usize): usize {
  const target = managed(task)
  if (!target) return task
  const code = register(task, 1) as u32
  answer(task, 0)
  endTask(target, code, REASON_KILLED)
  return target == task ? pick() : preempt(task)
}

export function taskOpen(task: usize): usize {
  const root = lookupKind(task, register(task, 0), KIND_ROOT)
  if (!root || !hasRights(root, RIGHT_READ)) return fail(task, EPERM)
  const pid = register(task, 1)
  const slot = freeSlot(task)
  if (slot < 0) return fail(task, EMFILE)
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const other = taskAt(i)
    if (load<u32>(other + STATE) == (STATE_FREE as u32) || load<u64>(other + PID) != pid) continue
    if (other == (load<u32>(REAPER) as usize)) break
    fillEntry(slotOf(task, slot as u32), KIND_TASK, other, RIGHT_ALL)
    countSlot(task)
    return answer(task, slot)
  }
  return fail(task, ESRCH)
}

export function taskPriority(task: usize): usize {
  const target = managed(task)
  if (!target) return task
  const priority = register(task, 1)
  if (priority > (MAX_PRIORITY as u64)) return fail(task, EINVAL)
  if (priority > (load<u32>(task + PRIORITY) as u64)) return fail(task, EPERM)
  const old = load<u32>(target + PRIORITY)
  const isQueued = target != task && load<u32>(target + STATE) == (STATE_READY as u32)
  if (isQueued) unqueue(target)
  store<u32>(target + PRIORITY, priority as u32)
  if (isQueued) makeReady(target)
  return preempt(answer(task, old))
}

export function taskRegisters(task: usize): usize {
  const entry = lookupKind(task, register(task, 0), KIND_TASK)
  if (!entry) return fail(task, EBADF)
  const writes = register(task, 2) != 0
  if (!hasRights(entry, writes ? RIGHT_WRITE : RIGHT_READ)) return fail(task, EPERM)
  const target = objectOf(entry)
  if (!isAlive(target) || !load<u32>(target + FAULTED)) return fail(task, EAGAIN)
  const buffer = register(task, 1)
  if (!writes) {
    memory.copy(SCRATCH, target, REGISTERS_BYTES)
    const flags = load<u64>(target + TASK_PSTATE) & FLAGS
    store<u64>(SCRATCH + (REGISTERS_BLOCK_PSTATE as usize), flags)
    return copyOut(task, buffer, SCRATCH, REGISTERS_BYTES) ? fail(task, EFAULT) : answer(task, 0)
  }
  if (copyIn(task, SCRATCH, buffer, REGISTERS_BYTES)) return fail(task, EFAULT)
  memory.copy(target, SCRATCH, REGISTERS_BYTES)
  store<u64>(target + TASK_PSTATE, load<u64>(target + TASK_PSTATE) & FLAGS)
  return answer(task, 0)
}

export function reboot(task: usize): usize {
  const root = lookupKind(task, register(task, 0), KIND_ROOT)
  if (!root) return fail(task, EBADF)
  if (!hasRights(root, RIGHT_WRITE)) return fail(task, EPERM)
  const how = register(task, 1)
  if (how == (POWER_OFF as u64)) powerOff()
  else if (how == (POWER_RESET as u64)) reset()
  else return fail(task, EINVAL)
  return fail(task, ENOSYS)
}

/** What the system has in use: what must be the same before and after each case. */
import {
  STATE_EXITING,
  SYS_SYSINFO,
  SYS_TASKINFO,
  SYSINFO_MEMORY,
  SYSINFO_OBJECTS,
  TASKINFO_BLOCK_PAGES,
  TASKINFO_BLOCK_PARENT,
  TASKINFO_BLOCK_PID,
  TASKINFO_BLOCK_STATE,
} from '../libkenix/generated/abi'
import { pid } from '../libkenix/process'
import { result, syscall, syscallMany } from '../libkenix/syscall'

const NAMES: string[] = [
  'free pages',
  'tasks',
  'DMA pages aside',
  'endpoints',
  'sessions',
  'shared memories',
  'pipes',
  'devices',
  'handles',
]

/** A task information block. */
const block = memory.data(96, 8)

/** Pages this task holds: they are no leak of a case. */
function ownPages(): i64 {
  const self = pid()
  let index = syscall(SYS_TASKINFO, 0, block)
  while (index >= 0) {
    if (load<i64>(block + TASKINFO_BLOCK_PID) === self) {
      return load<i64>(block + TASKINFO_BLOCK_PAGES)
    }
    index = syscall(SYS_TASKINFO, index + 1, block)
  }
  return 0
}

/** One reading. Its objects may be used again. */
export class Figures {
  private readonly values: StaticArray<i64> = new StaticArray<i64>(NAMES.length)

  /** Reads them now. */
  read(): Figures {
    const values = this.values
    syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    values[0] = result(2)
    values[1] = result(3)
    values[2] = result(5)
    values[3] = syscallMany(SYS_SYSINFO, SYSINFO_OBJECTS)
    for (let i = 1; i < 6; i++) values[3 + i] = result(i)
    values[0] += ownPages()
    return this
  }

  /** How these differ from others; empty if they do not. */
  difference(before: Figures): string {
    let text = ''
    for (let i = 0; i < NAMES.length; i++) {
      const change = this.values[i] - before.values[i]
      if (change === 0) continue
      text += `${text === '' ? '' : ', '}${NAMES[i]} ${change > 0 ? '+' : ''}${change.toString()}`
    }
    return text
  }
}

/** Nanoseconds the processor was not idle since boot. */
export function busyTime(): i64 {
  const now = syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  return now - result(4)
}

/** Process ids of tasks that are not ending and descend from a task that has ended: whose parent is that one, or younger. */
export function descendantsOf(ancestor: i64): Array<i64> {
  const found: i64[] = []
  let index = syscall(SYS_TASKINFO, 0, block)
  while (index >= 0) {
    const id = load<i64>(block + TASKINFO_BLOCK_PID)
    const ends = load<i32>(block + TASKINFO_BLOCK_STATE) === STATE_EXITING
    if (!ends && load<i64>(block + TASKINFO_BLOCK_PARENT) >= ancestor) found.push(id)
    index = syscall(SYS_TASKINFO, index + 1, block)
  }
  return found
}

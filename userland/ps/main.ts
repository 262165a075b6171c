/** `ps [-l]`: the tasks. -l: with priority, memory, handles and system calls. */
import { args, columns, misuse, parseOptions, print, seconds, tasks } from '../libkenix'
import { PAGE_BYTES } from '../libkenix/generated/abi'
import { stateTextOf } from '../libkenix/generated/texts'

export function main(): i32 {
  const options = parseOptions(args(), 'laxef')
  if (options.error !== '' || options.operands.length > 0) return misuse(options.error, 'ps [-l]')
  const long = options.has('l')
  const all = tasks()
  const rows: Array<Array<string>> = [
    long
      ? ['PID', 'PARENT', 'PRI', 'MEMORY', 'HANDLES', 'CALLS', 'TIME', 'NAME', 'STATE']
      : ['PID', 'PARENT', 'TIME', 'NAME', 'STATE'],
  ]
  for (let i = 0; i < all.length; i++) {
    const task = all[i]
    const memory = `${(task.pages * PAGE_BYTES) / 1024}K`
    const state = stateTextOf(task.state)
    const pid = task.pid.toString()
    const parent = task.parent.toString()
    const time = seconds(task.time)
    if (!long) rows.push([pid, parent, time, task.name, state])
    else {
      const calls = task.systemCalls.toString()
      const priority = task.priority.toString()
      const handles = task.handles.toString()
      rows.push([pid, parent, priority, memory, handles, calls, time, task.name, state])
    }
  }
  print(columns(rows, long ? '>>>>>>>' : '>>>'))
  return 0
}

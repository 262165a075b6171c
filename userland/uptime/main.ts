/** `uptime`: how long the machine runs, and how busy it was. */
import { duration, printLine, tasks } from '../libkenix'
import { SYS_SYSINFO, SYSINFO_MEMORY } from '../libkenix/generated/abi'
import { result, syscallMany } from '../libkenix/syscall'

export function main(): i32 {
  const up = syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  const idle = result(4)
  const busy = up > 0 ? ((up - idle) * 100) / up : 0
  printLine(`up ${duration(up / 1000000000)}, ${tasks().length} tasks, ${busy}% busy`)
  return 0
}

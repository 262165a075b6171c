/**
 * Linux's PR_SET_PDEATHSIG (prctl(2)): the kernel kills this process when its parent dies, even while it computes and
 * would not notice the end of its standard input. Elsewhere the end of standard input has to do.
 */
import { dlopen } from 'bun:ffi'

const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

/** Asks to be killed when the process `parent` dies; ends at once if it is already gone. */
export function dieWithParent(parent: number): void {
  if (process.platform !== 'linux') return
  const libc = dlopen('libc.so.6', {
    prctl: { args: ['int', 'u64', 'u64', 'u64', 'u64'], returns: 'int' },
  })
  libc.symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
  if (process.ppid !== parent) process.exit(0)
}

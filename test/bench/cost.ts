/**
 * What a process and its children cost so far, as Linux counts it: CPU time of all threads, resident memory, and which of a
 * machine's RAM the guest has touched.
 */
import { dlopen, FFIType, ptr } from 'bun:ffi'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { RAM_BASE } from '../../jit/core/assembly/layout.ts'

const libc = dlopen('libc.so.6', {
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
})

/** CPU clock of all threads of a process, ended ones included (Linux, posix-timers.h: CPUCLOCK_SCHED). */
const cpuClockOf = (pid: number) => (~pid << 3) | 2

const PAGE = 4096
const MIB = 1 << 20

/** A process and all its descendants that live. */
export function family(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(family)]
  } catch {
    return [pid]
  }
}

/** CPU seconds, user and system, of a process and its children so far. */
export function cpuSeconds(pid: number): number {
  const time = new BigInt64Array(2)
  let sum = 0
  for (const member of family(pid)) {
    if (libc.symbols.clock_gettime(cpuClockOf(member), ptr(time)) !== 0) continue
    sum += Number(time[0]) + Number(time[1]) / 1e9
  }
  return sum
}

/** Most MiB that a process and its children had resident so far. */
export function peakMiB(pid: number): number {
  const peaks = family(pid).map((member) => {
    const status = readFileSync(`/proc/${member}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
  })
  return peaks.reduce((a, b) => a + b, 0) / 1024
}

/**
 * MiB of guest RAM that are resident or swapped out in one of ours. The linear memory is a mapping of its size, or a little more,
 * as the engine may have something before it; RAM is its end.
 */
export function guestMiB(pid: number, ramMiB: number): number {
  const bytes = Number(RAM_BASE) + ramMiB * MIB
  for (const member of family(pid)) {
    for (const [start, end] of writableRuns(member)) {
      const extra = end - start - bytes
      if (extra < 0 || extra > MIB) continue
      return countPages(member, end - ramMiB * MIB, ramMiB * MIB) / (MIB / PAGE)
    }
  }
  throw new Error(`Cannot find the memory of a machine with ${ramMiB} MiB in process ${pid}`)
}

/** Runs of readable and writable mappings without gaps, as [start, end]. */
function writableRuns(pid: number): [number, number][] {
  const runs: [number, number][] = []
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line)
    if (!match) continue
    const [start, end] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)]
    const last = runs.at(-1)
    if (last?.[1] === start) last[1] = end
    else runs.push([start, end])
  }
  return runs
}

/** Pages of a range that have been touched: bits 63 (present) and 62 (swapped) of /proc/PID/pagemap. */
function countPages(pid: number, start: number, bytes: number): number {
  const entries = new Uint8Array((bytes / PAGE) * 8)
  const file = openSync(`/proc/${pid}/pagemap`, 'r')
  try {
    readSync(file, entries, 0, entries.length, (start / PAGE) * 8)
  } finally {
    closeSync(file)
  }
  let count = 0
  for (let n = 7; n < entries.length; n += 8) if (entries[n]! & 0xc0) count++
  return count
}

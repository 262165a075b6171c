/**
 * Kernel pipes: 4 KiB in one frame, which is there while the pipe is. Readers wait for bytes, writers for room; a step copies at most
 * a page. A waiting task is woken to try again in its own address space (`task/work.ts`), so no copy ever happens for a task
 * that does not run.
 */
import { EPIPE, MAX_PIPES } from '../abi/generated'
import { withinPage } from '../memory/fault'
import { direct, freeFrame, reserve, takeFrame, unreserve } from '../memory/frames'
import { copyInTo, copyOutFrom } from '../memory/user'
import { PIPE_BYTES, PIPES } from '../param'
import { first } from '../task/queue'
import { wake } from '../task/schedule'

export const READERS: usize = 0
export const WRITERS: usize = 4
/** Tasks that wait to read, to write. */
export const READING: usize = 8
export const WRITING: usize = 16
export const FRAME: usize = 24
/** Bytes ever written, ever read. */
export const HEAD: usize = 32
export const TAIL: usize = 40
export const PIPE_USED: usize = 48

const CAPACITY: u64 = 4096

/** A new pipe without handles; 0 if none or no memory is free. */
export function makePipe(): usize {
  for (let i: usize = 0; i < (MAX_PIPES as usize); i++) {
    const pipe = PIPES + i * PIPE_BYTES
    if (load<u32>(pipe + PIPE_USED)) continue
    if (!reserve(1)) return 0
    unreserve(1)
    memory.fill(pipe, 0, PIPE_BYTES)
    store<u64>(pipe + FRAME, takeFrame())
    store<u32>(pipe + PIPE_USED, 1)
    return pipe
  }
  return 0
}

export function retainPipe(pipe: usize, reads: bool): void {
  const at = pipe + (reads ? READERS : WRITERS)
  store<u32>(at, load<u32>(at) + 1)
}

function wakeAll(queue: usize): void {
  for (;;) {
    const task = first(queue)
    if (!task) return
    wake(task)
  }
}

/** One end less: the other side is told when none is left, and the pipe ends with both. */
export function releasePipe(pipe: usize, reads: bool): void {
  const at = pipe + (reads ? READERS : WRITERS)
  const left = load<u32>(at) - 1
  store<u32>(at, left)
  if (left) return
  wakeAll(pipe + (reads ? WRITING : READING))
  if (load<u32>(pipe + READERS) || load<u32>(pipe + WRITERS)) return
  wakeAll(pipe + READING)
  wakeAll(pipe + WRITING)
  freeFrame(load<u64>(pipe + FRAME))
  store<u32>(pipe + PIPE_USED, 0)
}

/** Bytes in a pipe. */
export function pipeBytes(pipe: usize): u64 {
  return load<u64>(pipe + HEAD) - load<u64>(pipe + TAIL)
}

/** Nothing can be done now: the task has to wait. */
export const WAITS: i64 = 1 << 62

/** Reads what is there: bytes, 0 at the end, -EFAULT, or `WAITS`. */
export function readPipe(task: usize, pipe: usize, to: u64, length: u64): i64 {
  const bytes = pipeBytes(pipe)
  if (!bytes) return load<u32>(pipe + WRITERS) ? WAITS : 0
  if (length > bytes) length = bytes
  const tail = load<u64>(pipe + TAIL)
  let done: u64 = 0
  while (done < length) {
    const count = withinPage(tail + done, length - done)
    const from = direct(load<u64>(pipe + FRAME)) + ((tail + done) & (CAPACITY - 1))
    const error = copyOutFrom(task, to + done, from, count)
    if (error) return error as i64
    done += count
  }
  store<u64>(pipe + TAIL, tail + done)
  wakeAll(pipe + WRITING)
  return done as i64
}

/** Writes what there is room for: bytes, -EPIPE, -EFAULT, or `WAITS`. */
export function writePipe(task: usize, pipe: usize, from: u64, length: u64): i64 {
  if (!load<u32>(pipe + READERS)) return -(EPIPE as i64)
  const room = CAPACITY - pipeBytes(pipe)
  if (!room) return WAITS
  if (length > room) length = room
  const head = load<u64>(pipe + HEAD)
  let done: u64 = 0
  while (done < length) {
    const count = withinPage(head + done, length - done)
    const to = direct(load<u64>(pipe + FRAME)) + ((head + done) & (CAPACITY - 1))
    const error = copyInTo(task, to, from + done, count)
    if (error) return error as i64
    done += count
  }
  store<u64>(pipe + HEAD, head + done)
  wakeAll(pipe + READING)
  return done as i64
}

export function pipeCount(): u32 {
  let count: u32 = 0
  for (let i: usize = 0; i < (MAX_PIPES as usize); i++) {
    if (load<u32>(PIPES + i * PIPE_BYTES + PIPE_USED)) count++
  }
  return count
}

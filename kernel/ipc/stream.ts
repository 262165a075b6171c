/**
 * READ and WRITE on any descriptor: kernel pipes are served here; an endpoint is called with the stream protocol, the buffer
 * lent; the kernel log is written, and reads as empty. So a program does not know what its descriptors are.
 */
import {
  EBADF,
  EFAULT,
  EPERM,
  EPIPE,
  KIND_ENDPOINT,
  KIND_LOG,
  KIND_PIPE,
  RIGHT_READ,
  RIGHT_WRITE,
  STATE_PIPE,
  STREAM_READ,
  STREAM_WRITE,
} from '../abi/generated'
import { writeLogFrom } from '../log'
import { copyIn, isUserRange } from '../memory/user'
import { SCRATCH } from '../param'
import { append } from '../task/queue'
import { answer, fail, MESSAGE, MESSAGE_KIND, register, STATE, W0 } from '../task/task'
import { AWAY, DONE, MORE, READ_WORK, startWork, WRITE_WORK } from '../task/work'
import { callEndpoint } from './call'
import { RECEIVERS } from './endpoint'
import { hasRights, KIND, lookup, objectOf, VALUE } from './handle'
import { prepareLease } from './lease'
import { dropArrived, dropPrepared, STREAM } from './message'
import { READING, readPipe, WAITS, WRITING, writePipe } from './pipe'

/** Sends a stream request to the server behind an endpoint. */
function callStream(task: usize, entry: usize, tag: u64, lends: u32): usize {
  dropArrived(task)
  dropPrepared(task)
  if (!load<u32>(objectOf(entry) + RECEIVERS)) return fail(task, EPIPE)
  prepareLease(task, register(task, 1), register(task, 2), lends)
  store<u32>(task + MESSAGE_KIND, STREAM)
  store<u64>(task + MESSAGE, tag)
  store<u64>(task + MESSAGE, register(task, 2), 8)
  memory.fill(task + MESSAGE + 16, 0, 24)
  return callEndpoint(task, entry)
}

/** The handle in x0 if it may be used so and the buffer can be one; else it answers and gives 0. */
function check(task: usize, right: i32): usize {
  const entry = lookup(task, register(task, 0))
  if (!entry) fail(task, EBADF)
  else if (!hasRights(entry, right)) fail(task, EPERM)
  else if (!isUserRange(register(task, 1), register(task, 2))) fail(task, EFAULT)
  else return entry
  return 0
}

export function read(task: usize): usize {
  const entry = check(task, RIGHT_READ)
  if (!entry) return task
  switch (load<u32>(entry + KIND)) {
    case KIND_ENDPOINT:
      return callStream(task, entry, STREAM_READ, 2)
    case KIND_PIPE:
      if (!register(task, 2)) return answer(task, 0)
      return startWork(task, READ_WORK)
    case KIND_LOG:
      return answer(task, 0)
    default:
      return fail(task, EBADF)
  }
}

export function write(task: usize): usize {
  const entry = check(task, RIGHT_WRITE)
  if (!entry) return task
  switch (load<u32>(entry + KIND)) {
    case KIND_ENDPOINT:
      return callStream(task, entry, STREAM_WRITE, 1)
    case KIND_PIPE:
    case KIND_LOG:
      if (!register(task, 2)) return answer(task, 0)
      store<u64>(task + W0, 0)
      return startWork(task, WRITE_WORK)
    default:
      return fail(task, EBADF)
  }
}

/** The pipe of x0 for one of its ends; else it answers and gives 0: the handle may be gone since the task began to wait. */
function pipeOf(task: usize, end: i32): usize {
  const entry = lookup(task, register(task, 0))
  if (entry && load<u32>(entry + KIND) == KIND_PIPE && load<u32>(entry + VALUE) == (end as u32)) {
    return objectOf(entry)
  }
  fail(task, EBADF)
  return 0
}

function waitFor(task: usize, queue: usize): u32 {
  store<u32>(task + STATE, STATE_PIPE)
  append(queue, task)
  return AWAY
}

/** Reads from a pipe, or waits. */
export function stepRead(task: usize): u32 {
  const pipe = pipeOf(task, RIGHT_READ)
  if (!pipe) return DONE
  const result = readPipe(task, pipe, register(task, 1), register(task, 2))
  if (result == WAITS) return waitFor(task, pipe + READING)
  answer(task, result)
  return DONE
}

/** Writes some of what is left to a pipe or the log, or waits. W0: bytes written. */
export function stepWrite(task: usize): u32 {
  const done = load<u64>(task + W0)
  const from = register(task, 1) + done
  const left = register(task, 2) - done
  const entry = lookup(task, register(task, 0))
  let result: i64
  if (entry && load<u32>(entry + KIND) == KIND_LOG) result = writeLog(task, from, left)
  else {
    const pipe = pipeOf(task, RIGHT_WRITE)
    if (!pipe) return DONE
    result = writePipe(task, pipe, from, left)
    if (result == WAITS) return waitFor(task, pipe + WRITING)
  }
  if (result < 0) {
    answer(task, done ? (done as i64) : result)
    return DONE
  }
  store<u64>(task + W0, done + (result as u64))
  if ((result as u64) < left) return MORE
  answer(task, (done + (result as u64)) as i64)
  return DONE
}

/** Bytes of the log a step writes: the UART may be slow. */
const LOG_STEP: u64 = 64

function writeLog(task: usize, from: u64, length: u64): i64 {
  if (length > LOG_STEP) length = LOG_STEP
  const error = copyIn(task, SCRATCH, from, length)
  if (error) return error as i64
  writeLogFrom(SCRATCH, length as usize)
  return length as i64
}

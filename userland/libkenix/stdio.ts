/**
 * Standard streams. Output is kept until there is a block of it, until it is asked for, or, on a console, until the end of
 * each `print`; it is written before standard input is read and when the program ends. Standard error is never kept.
 */

import { programName } from './environment'
import { errorText } from './errors'
import {
  EIO,
  EOWNERDEAD,
  STREAM_STAT,
  SYS_EXIT,
  SYS_READ,
  SYS_WRITE,
  TYPE_DEVICE,
} from './generated/abi'
import { call, replyWord } from './ipc'
import { syscall } from './syscall'
import { baseName } from './text/path'

const CAPACITY: i32 = 4096
const buffer = memory.data(4096, 8)
let used: i32 = 0

/** 1: a console, 0: none, -1: not asked yet. */
let interactive: i32 = -1

/** The first error in writing standard output, as a negative errno, or 0. */
export let outputError: i32 = 0

/** Reads up to `length` bytes; 0 at the end, or a negative errno. */
export function readBytes(handle: i32, address: usize, length: i32): i32 {
  return syscall(SYS_READ, handle, address, length) as i32
}

/** Writes all `length` bytes; 0, or a negative errno. A server that died meanwhile is asked once more. */
export function writeBytes(handle: i32, address: usize, length: i32): i32 {
  let done = 0
  let died = false
  while (done < length) {
    const n = syscall(SYS_WRITE, handle, address + done, length - done) as i32
    if (n === -EOWNERDEAD && !died) died = true
    else if (n <= 0) return n === 0 ? -EIO : n
    else done += n
  }
  return 0
}

/** True if the handle is a console. */
export function isConsole(handle: i32): bool {
  return call(handle, STREAM_STAT) === 0 && replyWord(1) === TYPE_DEVICE
}

/** Writes what standard output holds. */
export function flush(): void {
  if (used === 0) return
  const length = used
  used = 0
  const error = writeBytes(1, buffer, length)
  if (error < 0 && outputError === 0) outputError = error
}

/** Adds bytes to standard output. */
export function printBytes(address: usize, length: i32): void {
  if (length >= CAPACITY) {
    flush()
    const error = writeBytes(1, address, length)
    if (error < 0 && outputError === 0) outputError = error
    return
  }
  if (used + length > CAPACITY) flush()
  memory.copy(buffer + used, address, length)
  used += length
}

/** Adds text to standard output. */
export function print(text: string): void {
  const bytes = String.UTF8.encode(text)
  printBytes(changetype<usize>(bytes), bytes.byteLength)
  if (interactive < 0) interactive = isConsole(1) ? 1 : 0
  if (interactive > 0) flush()
}

/** Adds text and an end of line to standard output. */
export function printLine(text: string): void {
  print(`${text}\n`)
}

/** Writes text to standard error. */
export function writeError(text: string): void {
  const bytes = String.UTF8.encode(text)
  writeBytes(2, changetype<usize>(bytes), bytes.byteLength)
}

/** Writes "PROGRAM: message" to standard error, after what was printed before. */
export function complain(message: string): void {
  flush()
  writeError(`${baseName(programName())}: ${message}\n`)
}

/** Complains of `subject` with the text of an errno, and returns exit code 1. */
export function fail(subject: string, errno: i64): i32 {
  complain(`${subject}: ${errorText(errno)}`)
  return 1
}

/** For a command line that can't be understood: says why and how it is used, and returns exit code 2. */
export function misuse(problem: string, usage: string): i32 {
  if (problem !== '') complain(problem)
  flush()
  writeError(`usage: ${usage}\n`)
  return 2
}

/** Ends the program. */
export function exit(code: i32): void {
  flush()
  syscall(SYS_EXIT, code)
}

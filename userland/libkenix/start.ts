/**
 * What a program's entry needs beside `main`: the build compiles this file with each program. `kenixStart` runs before
 * `main`, `kenixExit` after it, `abort` when AssemblyScript gives up (a failed assertion, an index out of bounds, no memory).
 *
 * The start block has System V's form: argument count, pointers to the arguments, 0, pointers to the environment, 0. It lies
 * on the native stack, above what AssemblyScript's own loads reach.
 */
import { addArgument, addEnvironment } from './environment'
import { load8, load64 } from './imports/mem64'
import { exit, flush, writeError } from './stdio'

/** Exit code after `abort`: 128 and SIGABRT, as shells know it. */
const ABORTED: i32 = 134

function text(address: u64): string {
  let length = 0
  while (load8(address + (length as u64)) !== 0) length++
  const bytes = new ArrayBuffer(length)
  const p = changetype<usize>(bytes)
  for (let i = 0; i < length; i++) store<u8>(p + i, load8(address + (i as u64)) as u8)
  return String.UTF8.decode(bytes)
}

/** Reads arguments and environment from the start block at `block`. */
export function kenixStart(block: u64): void {
  const count = load64(block)
  let at = block + 8
  for (let i: u64 = 0; i < count; i++, at += 8) addArgument(text(load64(at)))
  for (at += 8; load64(at) !== 0; at += 8) addEnvironment(text(load64(at)))
}

/** Writes what is still buffered. */
export function kenixExit(_code: i32): void {
  flush()
}

/** Says where the program gave up, and ends it. */
export function abort(message: string | null, file: string | null, line: i32, column: i32): void {
  flush()
  const what = message === null ? 'abort' : message
  const where = file === null ? '' : ` at ${file}:${line.toString()}:${column.toString()}`
  writeError(`${what}${where}\n`)
  exit(ABORTED)
}

/** The files a command names, one after the other: `-`, or no name at all, is standard input. */
import { open } from './file'
import { close } from './handle'
import { fail, flush, printBytes, readBytes } from './stdio'

const BLOCK: i32 = 16384

/** Goes through the inputs of a command. What can't be opened is complained of, and makes `status` 1. */
export class Inputs {
  /** Exit code of the command so far. */
  status: i32 = 0
  /** The open input and its name. */
  handle: i32 = -1
  name: string = ''
  private index: i32 = 0

  constructor(private readonly names: Array<string>) {}

  /** How many there are. */
  get count(): i32 {
    return max(this.names.length, 1)
  }

  /** Closes the current input and opens the next one; false if there is none. */
  next(): bool {
    if (this.handle > 0) close(this.handle)
    this.handle = -1
    while (this.index < this.count) {
      this.name = this.names.length === 0 ? '-' : this.names[this.index]
      this.index++
      this.handle = this.name === '-' ? 0 : open(this.name)
      if (this.handle >= 0) return true
      this.status = fail(this.name, this.handle)
    }
    return false
  }

  /** Complains of the current input, if `errno` is negative. */
  check(errno: i64): void {
    if (errno < 0) this.status = fail(this.name, errno)
  }
}

/** Copies all of a stream to standard output; 0 or a negative errno in reading. */
export function printStream(handle: i32): i32 {
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  while (true) {
    if (handle === 0) flush()
    const n = readBytes(handle, p, BLOCK)
    if (n <= 0) return n
    printBytes(p, n)
  }
}

/** Buffered reading of a stream by bytes and lines. */
import { flush, readBytes } from './stdio'

const BLOCK: i32 = 4096

/** Reads from a handle. Whoever uses a handle through one must not read it by other means. */
export class Reader {
  /** The errno that ended reading, negative, or 0. */
  error: i32 = 0
  private readonly block: StaticArray<u8>
  private position: i32 = 0
  private end: i32 = 0

  /** @param size bytes to read at a time; 1 takes no byte more than is used, so that others may read on */
  constructor(
    readonly handle: i32,
    size: i32 = BLOCK,
  ) {
    this.block = new StaticArray<u8>(size)
  }

  private refill(): bool {
    if (this.handle === 0) flush()
    const n = readBytes(this.handle, changetype<usize>(this.block), this.block.length)
    if (n < 0) this.error = n
    this.position = 0
    this.end = max(n, 0)
    return n > 0
  }

  /** The next byte, or -1 at the end. */
  readByte(): i32 {
    if (this.position === this.end && !this.refill()) return -1
    return this.block[this.position++]
  }

  /** The next line without its end, or null at the end. A last line needs no newline. */
  readLine(): string | null {
    let line = new ArrayBuffer(128)
    let length = 0
    while (true) {
      if (this.position === this.end && !this.refill()) {
        if (length === 0) return null
        break
      }
      let at = this.position
      while (at < this.end && this.block[at] !== 10) at++
      const count = at - this.position
      if (length + count > line.byteLength) {
        const larger = new ArrayBuffer(max(line.byteLength * 2, length + count))
        memory.copy(changetype<usize>(larger), changetype<usize>(line), length)
        line = larger
      }
      const from = changetype<usize>(this.block) + this.position
      memory.copy(changetype<usize>(line) + length, from, count)
      length += count
      this.position = at
      if (at < this.end) {
        this.position++
        break
      }
    }
    return String.UTF8.decodeUnsafe(changetype<usize>(line), length)
  }
}

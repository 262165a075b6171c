/**
 * A growing run of bytes: what the console has still to write, or a line being edited. Grows by doubling and keeps its
 * memory when cleared, so that a console that runs for weeks allocates little.
 */
export class Bytes {
  private data: StaticArray<u8> = new StaticArray<u8>(64)
  length: i32 = 0

  at(i: i32): u8 {
    return this.data[i]
  }

  /** Address of the first byte, valid until the next change. */
  get pointer(): usize {
    return changetype<usize>(this.data)
  }

  clear(): void {
    this.length = 0
  }

  push(byte: u8): void {
    this.reserve(this.length + 1)
    this.data[this.length++] = byte
  }

  /** Appends `count` bytes at address `from`. */
  pushRaw(from: usize, count: i32): void {
    this.reserve(this.length + count)
    memory.copy(this.pointer + this.length, from, count)
    this.length += count
  }

  /** Appends part of another run, or of this one. */
  pushSlice(other: Bytes, start: i32, end: i32): void {
    this.reserve(this.length + end - start)
    memory.copy(this.pointer + this.length, other.pointer + start, end - start)
    this.length += end - start
  }

  /** Appends ASCII text. */
  pushText(text: string): void {
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i) as u8)
  }

  insert(at: i32, byte: u8): void {
    this.reserve(this.length + 1)
    const p = this.pointer + at
    memory.copy(p + 1, p, this.length - at)
    this.length++
    this.data[at] = byte
  }

  /** Takes out the bytes from `start` to before `end`. */
  remove(start: i32, end: i32): void {
    memory.copy(this.pointer + start, this.pointer + end, this.length - end)
    this.length -= end - start
  }

  equals(other: Bytes): bool {
    if (this.length !== other.length) return false
    return memory.compare(this.pointer, other.pointer, this.length) === 0
  }

  private reserve(length: i32): void {
    if (length <= this.data.length) return
    let size = this.data.length
    while (size < length) size *= 2
    const data = new StaticArray<u8>(size)
    memory.copy(changetype<usize>(data), this.pointer, this.length)
    this.data = data
  }
}

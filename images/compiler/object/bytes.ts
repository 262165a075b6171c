/** Little-endian numbers and bytes in a row, for files. */

export class Bytes {
  readonly #parts: Uint8Array[] = []
  length = 0

  put(size: 1 | 2 | 4 | 8, ...values: readonly (number | bigint)[]): this {
    for (const value of values) {
      const part = new Uint8Array(8)
      new DataView(part.buffer).setBigUint64(0, BigInt(value), true)
      this.append(part.subarray(0, size))
    }
    return this
  }

  append(part: Uint8Array): this {
    this.#parts.push(part)
    this.length += part.length
    return this
  }

  /** A string with a zero behind it. */
  string(text: string): this {
    return this.append(new TextEncoder().encode(text)).put(1, 0)
  }

  /** An unsigned LEB128 number. */
  unsigned(value: bigint): this {
    let rest = value
    do {
      const low = rest & 0x7fn
      rest >>= 7n
      this.put(1, rest > 0n ? low | 0x80n : low)
    } while (rest > 0n)
    return this
  }

  /** A signed LEB128 number. */
  signed(value: bigint): this {
    for (let rest = value; ; rest >>= 7n) {
      const sign = rest >> 6n
      const last = sign === 0n || sign === -1n
      this.put(1, last ? rest & 0x7fn : (rest & 0x7fn) | 0x80n)
      if (last) return this
    }
  }

  pad(to: number): this {
    return this.append(new Uint8Array(to - this.length))
  }

  align(boundary: number): this {
    return this.pad(Math.ceil(this.length / boundary) * boundary)
  }

  join(): Uint8Array {
    const all = new Uint8Array(this.length)
    let at = 0
    for (const part of this.#parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

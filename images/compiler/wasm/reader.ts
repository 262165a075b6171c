/**
 * Reads the primitive values of the binary format (core specification 2.0, section 5.2): bytes, LEB128 integers, floats
 * as bits, names.
 */

/** A module that is malformed or invalid: what is wrong, and at which byte. */
export class ModuleError extends Error {
  constructor(
    readonly problem: string,
    readonly offset: number,
  ) {
    super(`${problem} (at byte ${offset})`)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A cursor over bytes that never leaves them. */
export class Reader {
  readonly #view: DataView

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    public end = bytes.length,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.at >= this.end
  }

  fail(message: string, at = this.at): never {
    throw new ModuleError(message, at)
  }

  byte(): number {
    if (this.at >= this.end) this.fail('Unexpected end')
    return this.bytes[this.at++]!
  }

  skip(count: number): number {
    const from = this.at
    if (count > this.end - from) this.fail(`Unexpected end: ${count} bytes are announced`)
    this.at += count
    return from
  }

  /** An unsigned integer of 32 bits. */
  u32(): number {
    const from = this.at
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 15) this.fail('Integer too large for 32 bits', from)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** A signed integer of `bits` bits. */
  signed(bits: 32 | 33 | 64): bigint {
    const from = this.at
    let value = 0n
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << BigInt(shift)
      if (byte < 0x80) {
        const result = BigInt.asIntN(shift + 7, value)
        if (shift + 7 > bits && BigInt.asIntN(bits, result) !== result) {
          this.fail(`Integer too large for ${bits} bits`, from)
        }
        return result
      }
      if (shift + 7 >= bits) this.fail(`Integer of more than ${bits} bits`, from)
    }
  }

  /** Little-endian bits of 4, 8 or 16 bytes. */
  bits(size: 4 | 8 | 16): bigint {
    const from = this.skip(size)
    if (size === 4) return BigInt(this.#view.getUint32(from, true))
    const low = this.#view.getBigUint64(from, true)
    return size === 8 ? low : low | (this.#view.getBigUint64(from + 8, true) << 64n)
  }

  name(): string {
    const length = this.u32()
    const from = this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(from, from + length))
    } catch {
      return this.fail('A name is not UTF-8', from)
    }
  }

  /** The number of items of a vector, each of which takes a byte at least. */
  count(what: string): number {
    const from = this.at
    const count = this.u32()
    if (count > this.end - this.at) this.fail(`${count} ${what} do not fit the section`, from)
    return count
  }

  vector<T>(what: string, item: (index: number) => T): T[] {
    return Array.from({ length: this.count(what) }, (_, i) => item(i))
  }
}

/**
 * Framing of the GDB Remote Serial Protocol: GDB manual, appendix E.1 "Overview".
 *
 * A packet is `$data#cc`, cc the sum of the bytes between as two hexadecimal digits; `}` escapes a byte by XOR 0x20. The
 * reader takes any bytes in any pieces and keeps at most one packet of limited length. Run-length encoding is never
 * sent by a debugger and not understood; we do not send it either.
 */

/** Largest packet taken, in bytes between `$` and `#`: PacketSize of qSupported. */
export const PACKET_SIZE = 0x4000

const DOLLAR = 0x24
const HASH = 0x23
const ESCAPE = 0x7d
const ESCAPE_XOR = 0x20
const INTERRUPT = 0x03

/** What a debugger sent. */
export type Frame =
  | { readonly kind: 'packet'; readonly data: Uint8Array }
  /** A packet with a wrong checksum. */
  | { readonly kind: 'damaged' }
  /** A packet larger than was agreed, with a checksum or not. */
  | { readonly kind: 'too-long' }
  | { readonly kind: 'ack' | 'nak' | 'interrupt' }

export class PacketReader {
  private readonly buffer = new Uint8Array(PACKET_SIZE)
  private length = 0
  private sum = 0
  private tooLong = false
  private state: 'outside' | 'inside' | 'checksum' = 'outside'
  private digits = ''

  /** Takes the next bytes of the connection, in pieces of any size; returns what is complete. */
  read(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    for (const byte of bytes) {
      const frame = this.take(byte)
      if (frame) frames.push(frame)
    }
    return frames
  }

  private take(byte: number): Frame | undefined {
    switch (this.state) {
      case 'outside':
        if (byte === DOLLAR) this.begin()
        else if (byte === 0x2b) return { kind: 'ack' }
        else if (byte === 0x2d) return { kind: 'nak' }
        else if (byte === INTERRUPT) return { kind: 'interrupt' }
        return undefined
      case 'inside':
        if (byte === HASH) {
          this.state = 'checksum'
          this.digits = ''
        } else if (byte === DOLLAR) {
          // Never inside a packet unescaped: the end of the one before was lost.
          this.begin()
        } else {
          this.add(byte)
        }
        return undefined
      case 'checksum':
        this.digits += String.fromCharCode(byte)
        if (this.digits.length < 2) return undefined
        this.state = 'outside'
        return this.end()
    }
  }

  private begin(): void {
    this.state = 'inside'
    this.length = 0
    this.sum = 0
    this.tooLong = false
  }

  private add(byte: number): void {
    this.sum = (this.sum + byte) & 0xff
    if (this.length < PACKET_SIZE) this.buffer[this.length++] = byte
    else this.tooLong = true
  }

  private end(): Frame {
    if (this.tooLong) return { kind: 'too-long' }
    if (!/^[0-9a-fA-F]{2}$/.test(this.digits) || Number.parseInt(this.digits, 16) !== this.sum) {
      return { kind: 'damaged' }
    }
    return { kind: 'packet', data: withoutEscapes(this.buffer.subarray(0, this.length)) }
  }
}

function withoutEscapes(data: Uint8Array): Uint8Array {
  const result: number[] = []
  for (let at = 0; at < data.length; at++) {
    const byte = data[at]!
    // An escape that ends the packet escapes nothing and is dropped.
    if (byte !== ESCAPE) result.push(byte)
    else if (at + 1 < data.length) result.push(data[++at]! ^ ESCAPE_XOR)
  }
  return Uint8Array.from(result)
}

/** The bytes of a packet that carries `data`, one character a byte. */
export function packet(data: string): Uint8Array {
  const body: number[] = []
  for (let at = 0; at < data.length; at++) {
    const byte = data.charCodeAt(at) & 0xff
    // '*' would be taken for a run length.
    if (byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === 0x2a) {
      body.push(ESCAPE, byte ^ ESCAPE_XOR)
    } else {
      body.push(byte)
    }
  }
  const sum = body.reduce((total, byte) => (total + byte) & 0xff, 0)
  const digits = sum.toString(16).padStart(2, '0')
  return Uint8Array.from([DOLLAR, ...body, HASH, digits.charCodeAt(0), digits.charCodeAt(1)])
}

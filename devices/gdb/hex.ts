/**
 * Hexadecimal text as the remote protocol has it: two digits a byte, numbers big-endian without a prefix.
 */

const DIGITS = '0123456789abcdef'

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += DIGITS[byte >>> 4]! + DIGITS[byte & 15]!
  return text
}

/** Text as the hexadecimal digits of its UTF-8. */
export function textToHex(text: string): string {
  return toHex(new TextEncoder().encode(text))
}

/** Bytes from hexadecimal digits; undefined if there is anything else, or half a byte. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  return Uint8Array.from({ length: text.length / 2 }, (_, n) =>
    Number.parseInt(text.slice(n * 2, n * 2 + 2), 16),
  )
}

/** A 64-bit number of 1 to 16 hexadecimal digits; undefined if it is none. */
export function hexAddress(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined
}

/** A number of 1 to 8 hexadecimal digits; undefined if it is none. */
export function hexNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-fA-F]{1,8}$/.test(text)
    ? Number.parseInt(text, 16)
    : undefined
}

/** The low bytes of a number, least significant first: how registers are sent. */
export function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn))
}

/** The number that bytes are, least significant first. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** Code page 437, in which short names are kept: what the bytes from 0x80 mean (Unicode consortium, CP437.TXT). */
const UPPER =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/** UTF-16 unit of a byte of a short name. */
export function fromCodePage(byte: u8): i32 {
  return byte < 0x80 ? (byte as i32) : UPPER.charCodeAt((byte as i32) - 0x80)
}

/** A letter's capital, as far as names of files compare equal: Latin-1, Greek and Cyrillic. */
export function upper(unit: i32): i32 {
  if (unit < 0x80) return unit >= 0x61 && unit <= 0x7a ? unit - 32 : unit
  if (unit >= 0xe0 && unit <= 0xfe) return unit === 0xf7 ? unit : unit - 32
  if (unit === 0xff) return 0x178
  if (unit >= 0x3b1 && unit <= 0x3c9) return unit === 0x3c2 ? unit : unit - 32
  if (unit >= 0x430 && unit <= 0x44f) return unit - 32
  if (unit >= 0x450 && unit <= 0x45f) return unit - 80
  return unit
}

/** Whether two names are the same to a volume that keeps case but does not heed it. */
export function sameName(a: string, b: string): bool {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (upper(a.charCodeAt(i)) !== upper(b.charCodeAt(i))) return false
  }
  return true
}

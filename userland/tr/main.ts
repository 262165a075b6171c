/** `tr FROM TO`: characters to others; `tr -d SET`: without some; `tr -s SET`: repeated ones once. Sets are like `a-z\n`. */
import { args, misuse, outputError, parseOptions, printBytes, Reader } from '../libkenix'

const USAGE = 'tr FROM TO | tr -d SET | tr -s SET'

/** Bytes a set stands for, in order. */
function expand(set: string): Array<u8> {
  const plain: i32[] = []
  for (let i = 0; i < set.length; i++) {
    let c = set.charCodeAt(i)
    if (c === 0x5c && i + 1 < set.length) {
      c = set.charCodeAt(++i)
      if (c === 0x6e) c = 10
      else if (c === 0x74) c = 9
      else if (c === 0x72) c = 13
      // Escaped characters are no ranges.
      plain.push(c | 0x100)
    } else plain.push(c)
  }
  const bytes: u8[] = []
  for (let i = 0; i < plain.length; i++) {
    const low = plain[i] & 0xff
    if (i + 2 < plain.length && plain[i + 1] === 0x2d) {
      for (let c = low; c <= (plain[i + 2] & 0xff); c++) bytes.push(c as u8)
      i += 2
    } else bytes.push(low as u8)
  }
  return bytes
}

export function main(): i32 {
  const options = parseOptions(args(), 'ds')
  const deletes = options.has('d')
  const squeezes = options.has('s')
  const words = options.operands
  const wanted = deletes || squeezes ? 1 : 2
  if (options.error !== '' || words.length !== wanted || (deletes && squeezes)) {
    return misuse(options.error, USAGE)
  }
  for (let i = 0; i < words.length; i++) {
    for (let k = 0; k < words[i].length; k++) {
      if (words[i].charCodeAt(k) > 0x7f) return misuse('sets can hold ASCII characters only', USAGE)
    }
  }
  const from = expand(words[0])
  const to = wanted === 2 ? expand(words[1]) : from
  if (to.length === 0 || from.length === 0) return misuse('a set is empty', USAGE)
  const reader = new Reader(0)
  const shown = new StaticArray<u8>(1)
  let before = -1
  for (let byte = reader.readByte(); byte >= 0 && outputError === 0; byte = reader.readByte()) {
    const at = from.lastIndexOf(byte as u8)
    if (at >= 0 && deletes) continue
    if (at >= 0 && squeezes && byte === before) continue
    before = byte
    shown[0] = at >= 0 && wanted === 2 ? to[min(at, to.length - 1)] : (byte as u8)
    printBytes(changetype<usize>(shown), 1)
  }
  return reader.error < 0 ? 1 : 0
}

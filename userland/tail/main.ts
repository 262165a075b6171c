/** `tail [-n LINES | -c BYTES] [FILE]`: the end of a file, 10 lines if not told. */
import {
  args,
  complain,
  Inputs,
  misuse,
  parseInteger,
  parseOptions,
  printBytes,
  readBytes,
} from '../libkenix'

const USAGE = 'tail [-n LINES | -c BYTES] [FILE]'
const BLOCK = 16384

/** Most bytes of the end that are kept. */
const MOST = 1 << 22

export function main(): i32 {
  let words = args()
  // `tail -5` is `tail -n 5`.
  if (words.length > 0 && words[0].startsWith('-') && parseInteger(words[0].substring(1)) >= 0) {
    words = ['-n', words[0].substring(1)].concat(words.slice(1))
  }
  const options = parseOptions(words, 'n:c:')
  if (options.error !== '' || options.operands.length > 1) return misuse(options.error, USAGE)
  const byBytes = options.has('c')
  const count = parseInteger(options.value(byBytes ? 'c' : 'n', '10'))
  if (count < 0) return misuse('the count must be a number from 0', USAGE)
  const inputs = new Inputs(options.operands)
  if (!inputs.next()) return inputs.status
  let kept = new ArrayBuffer(BLOCK)
  let length = 0
  let lost = false
  while (true) {
    if (kept.byteLength - length < BLOCK) {
      if (length >= MOST) {
        // Twice as much as is kept at the end fits, so this is rare.
        memory.copy(
          changetype<usize>(kept),
          changetype<usize>(kept) + (length >> 1),
          length - (length >> 1),
        )
        length -= length >> 1
        lost = true
      } else {
        const larger = new ArrayBuffer(kept.byteLength * 2)
        memory.copy(changetype<usize>(larger), changetype<usize>(kept), length)
        kept = larger
      }
    }
    const n = readBytes(inputs.handle, changetype<usize>(kept) + length, BLOCK)
    inputs.check(n)
    if (n <= 0) break
    length += n
  }
  const p = changetype<usize>(kept)
  let start = length
  if (byBytes) start = max(length - count, 0) as i32
  else {
    // The last line may or may not end in a newline.
    let lines = count + 1
    if (length > 0 && load<u8>(p + length - 1) !== 10) lines--
    while (start > 0 && lines > 0) if (load<u8>(p + --start) === 10) lines--
    if (lines === 0) start++
    if (count === 0) start = length
  }
  if (start === 0 && lost) complain('only the last part is shown: it is longer than can be kept')
  printBytes(p + start, length - start)
  return inputs.status
}

/** `head [-n LINES | -c BYTES] [FILE...]`: the beginning of files, 10 lines if not told. */
import {
  args,
  flush,
  Inputs,
  misuse,
  outputError,
  parseInteger,
  parseOptions,
  printBytes,
  printLine,
  readBytes,
} from '../libkenix'

const USAGE = 'head [-n LINES | -c BYTES] [FILE...]'
const BLOCK = 4096

/** Writes up to `lines` lines and `bytes` bytes of a stream; 0 or a negative errno. */
function head(handle: i32, lines: i64, bytes: i64): i32 {
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  while (lines > 0 && bytes > 0 && outputError === 0) {
    flush()
    const n = readBytes(handle, p, min(bytes, BLOCK) as i32)
    if (n <= 0) return n
    let end = 0
    while (end < n && lines > 0) if (load<u8>(p + end++) === 10) lines--
    printBytes(p, end)
    bytes -= end
  }
  return 0
}

export function main(): i32 {
  let words = args()
  // `head -5` is `head -n 5`.
  if (words.length > 0 && parseInteger(words[0]) < 0 && words[0].startsWith('-')) {
    const count = parseInteger(words[0].substring(1))
    if (count >= 0) words = ['-n', count.toString()].concat(words.slice(1))
  }
  const options = parseOptions(words, 'n:c:')
  if (options.error !== '') return misuse(options.error, USAGE)
  const byBytes = options.has('c')
  const count = parseInteger(options.value(byBytes ? 'c' : 'n', '10'))
  if (count < 0) return misuse('the count must be a number from 0', USAGE)
  const inputs = new Inputs(options.operands)
  let first = true
  while (inputs.next()) {
    if (inputs.count > 1) printLine(`${first ? '' : '\n'}==> ${inputs.name} <==`)
    first = false
    const most = i64.MAX_VALUE
    inputs.check(head(inputs.handle, byBytes ? most : count, byBytes ? count : most))
  }
  return inputs.status
}

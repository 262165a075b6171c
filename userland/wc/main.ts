/** `wc [-lwc] [FILE...]`: counts lines, words and bytes. */
import {
  args,
  columns,
  flush,
  Inputs,
  misuse,
  Options,
  parseOptions,
  print,
  readBytes,
} from '../libkenix'

const BLOCK = 16384

function row(lines: i64, words: i64, bytes: i64, name: string, options: Options): Array<string> {
  const all = !options.has('l') && !options.has('w') && !options.has('c')
  const cells: string[] = []
  if (all || options.has('l')) cells.push(lines.toString())
  if (all || options.has('w')) cells.push(words.toString())
  if (all || options.has('c')) cells.push(bytes.toString())
  if (name !== '-') cells.push(name)
  return cells
}

export function main(): i32 {
  const options = parseOptions(args(), 'lwc')
  if (options.error !== '') return misuse(options.error, 'wc [-lwc] [FILE...]')
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  const rows: Array<string>[] = []
  let allLines: i64 = 0
  let allWords: i64 = 0
  let allBytes: i64 = 0
  const inputs = new Inputs(options.operands)
  while (inputs.next()) {
    let lines: i64 = 0
    let words: i64 = 0
    let bytes: i64 = 0
    let inWord = false
    flush()
    let n = readBytes(inputs.handle, p, BLOCK)
    for (; n > 0; n = readBytes(inputs.handle, p, BLOCK)) {
      bytes += n
      for (let i = 0; i < n; i++) {
        const c = load<u8>(p + i)
        const blank = c === 0x20 || (c >= 9 && c <= 13)
        if (c === 10) lines++
        if (!blank && !inWord) words++
        inWord = !blank
      }
    }
    inputs.check(n)
    rows.push(row(lines, words, bytes, inputs.name, options))
    allLines += lines
    allWords += words
    allBytes += bytes
  }
  if (inputs.count > 1) rows.push(row(allLines, allWords, allBytes, 'total', options))
  const numbers = rows.length > 0 ? rows[0].length : 0
  print(columns(rows, '>'.repeat(options.operands.length > 0 ? numbers - 1 : numbers)))
  return inputs.status
}

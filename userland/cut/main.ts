/** `cut -f LIST [-d CHARACTER] [FILE...]`, `cut -c LIST [FILE...]`: fields or characters of each line; `-d ' '` if not told. */
import { args, Inputs, misuse, parseInteger, parseOptions, printLine, Reader } from '../libkenix'

const USAGE = 'cut -f LIST [-d CHARACTER] [FILE...] | cut -c LIST [FILE...]'

/** First and last of each part of the list, counted from 1. */
const bounds: i64[] = []

/** Reads "1,3-5,7-"; false if it is none. */
function readList(list: string): bool {
  const parts = list.split(',')
  for (let i = 0; i < parts.length; i++) {
    const dash = parts[i].indexOf('-')
    const first = dash < 0 ? parts[i] : parts[i].substring(0, dash)
    const last = dash < 0 ? parts[i] : parts[i].substring(dash + 1)
    const from = first === '' ? 1 : parseInteger(first)
    const to = last === '' ? i64.MAX_VALUE : parseInteger(last)
    if (from < 1 || to < from || parts[i] === '' || parts[i] === '-') return false
    bounds.push(from)
    bounds.push(to)
  }
  return true
}

function isWanted(number: i64): bool {
  for (let i = 0; i < bounds.length; i += 2) {
    if (number >= bounds[i] && number <= bounds[i + 1]) return true
  }
  return false
}

function cut(line: string, separator: string): string {
  const parts = line.split(separator)
  // A line without the separator is one field that is always wanted.
  if (separator !== '' && parts.length === 1) return line
  const wanted: string[] = []
  for (let i = 0; i < parts.length; i++) if (isWanted(i + 1)) wanted.push(parts[i])
  return wanted.join(separator)
}

export function main(): i32 {
  const options = parseOptions(args(), 'f:c:d:')
  if (options.error !== '' || options.has('f') === options.has('c')) {
    return misuse(options.error, USAGE)
  }
  const byFields = options.has('f')
  const list = options.value(byFields ? 'f' : 'c')
  if (!readList(list)) return misuse(`"${list}" is no list like 1,3-5`, USAGE)
  const separator = byFields ? options.value('d', ' ') : ''
  if (byFields && separator.length !== 1) return misuse('-d needs one character', USAGE)
  const inputs = new Inputs(options.operands)
  while (inputs.next()) {
    const reader = new Reader(inputs.handle)
    for (let line = reader.readLine(); line !== null; line = reader.readLine()) {
      printLine(cut(line, separator))
    }
    inputs.check(reader.error)
  }
  return inputs.status
}

/** `hexdump [-s OFFSET] [-n BYTES] [FILE]`: bytes in hexadecimal and as text, 16 a line; `*` stands for equal lines. */
import {
  args,
  complain,
  hex,
  Inputs,
  misuse,
  outputError,
  parseInteger,
  parseOptions,
  printLine,
  Reader,
} from '../libkenix'

const USAGE = 'hexdump [-s OFFSET] [-n BYTES] [FILE]'
const ROW = 16

function line(offset: u64, row: Array<u8>): string {
  let bytes = ''
  let text = ''
  for (let i = 0; i < ROW; i++) {
    if (i === ROW / 2) bytes += ' '
    bytes += i < row.length ? ` ${hex(row[i], 2)}` : '   '
    if (i < row.length) {
      const shown = row[i] >= 0x20 && row[i] < 0x7f
      text += shown ? String.fromCharCode(row[i]) : '.'
    }
  }
  return `${hex(offset, 8)} ${bytes}  |${text}|`
}

function equal(a: Array<u8>, b: Array<u8>): bool {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function main(): i32 {
  const options = parseOptions(args(), 'Cs:n:')
  if (options.error !== '' || options.operands.length > 1) return misuse(options.error, USAGE)
  const skip = parseInteger(options.value('s', '0'))
  const most = parseInteger(options.value('n', '0x7fffffffffffffff'))
  if (skip < 0 || most < 0) return misuse('offset and length must be numbers from 0', USAGE)
  const inputs = new Inputs(options.operands)
  if (!inputs.next()) return inputs.status
  const reader = new Reader(inputs.handle)
  let offset: i64 = 0
  while (offset < skip && reader.readByte() >= 0) offset++
  if (offset < skip) {
    complain(`${inputs.name}: it has only ${offset} bytes`)
    return 1
  }
  const end = most > i64.MAX_VALUE - skip ? i64.MAX_VALUE : skip + most
  let before: u8[] = []
  let repeated = false
  while (outputError === 0) {
    const row: u8[] = []
    while (row.length < ROW && offset + row.length < end) {
      const byte = reader.readByte()
      if (byte < 0) break
      row.push(byte as u8)
    }
    if (row.length === 0) break
    if (row.length === ROW && equal(row, before)) {
      if (!repeated) printLine('*')
      repeated = true
    } else {
      repeated = false
      printLine(line(offset, row))
    }
    before = row
    offset += row.length
  }
  printLine(hex(offset, 8))
  inputs.check(reader.error)
  return inputs.status
}

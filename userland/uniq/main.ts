/** `uniq [-cd] [FILE]`: equal lines that follow each other once. -c: with how many; -d: only those that are several. */
import { args, Inputs, misuse, Options, parseOptions, printLine, Reader } from '../libkenix'

function show(line: string, count: i32, options: Options): void {
  if (options.has('d') && count < 2) return
  printLine(options.has('c') ? `${count.toString().padStart(7)} ${line}` : line)
}

export function main(): i32 {
  const options = parseOptions(args(), 'cd')
  if (options.error !== '' || options.operands.length > 1) {
    return misuse(options.error, 'uniq [-cd] [FILE]')
  }
  const inputs = new Inputs(options.operands)
  if (!inputs.next()) return inputs.status
  const reader = new Reader(inputs.handle)
  let before = ''
  let count = 0
  for (let line = reader.readLine(); line !== null; line = reader.readLine()) {
    if (count > 0 && line === before) {
      count++
      continue
    }
    if (count > 0) show(before, count, options)
    before = line
    count = 1
  }
  if (count > 0) show(before, count, options)
  inputs.check(reader.error)
  return inputs.status
}

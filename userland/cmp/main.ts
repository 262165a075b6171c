/** `cmp [-s] FILE FILE`: says where two files differ; -s: only by the exit code, 0 if they are equal. */
import { args, fail, misuse, open, parseOptions, printLine, Reader } from '../libkenix'

export function main(): i32 {
  const options = parseOptions(args(), 's')
  if (options.error !== '' || options.operands.length !== 2) {
    return misuse(options.error, 'cmp [-s] FILE FILE')
  }
  const names = options.operands
  const handles: i32[] = []
  for (let i = 0; i < 2; i++) {
    const handle = names[i] === '-' ? 0 : open(names[i])
    if (handle < 0) return fail(names[i], handle) + 1
    handles.push(handle)
  }
  const a = new Reader(handles[0])
  const b = new Reader(handles[1])
  let offset: i64 = 0
  let line: i64 = 1
  while (true) {
    const x = a.readByte()
    const y = b.readByte()
    if (a.error < 0) return fail(names[0], a.error) + 1
    if (b.error < 0) return fail(names[1], b.error) + 1
    if (x < 0 && y < 0) return 0
    offset++
    if (x === y) {
      if (x === 10) line++
      continue
    }
    if (options.has('s')) return 1
    if (x < 0 || y < 0) printLine(`${names[x < 0 ? 0 : 1]} ends after ${offset - 1} bytes`)
    else printLine(`${names[0]} ${names[1]} differ: byte ${offset}, line ${line}`)
    return 1
  }
}

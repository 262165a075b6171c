/** `tee [-a] [FILE...]`: copies standard input to standard output and to files; -a: to their ends. */
import {
  args,
  close,
  fail,
  flush,
  misuse,
  open,
  parseOptions,
  printBytes,
  readBytes,
  writeBytes,
} from '../libkenix'
import { OPEN_APPEND, OPEN_CREATE, OPEN_TRUNCATE, OPEN_WRITE } from '../libkenix/generated/abi'

const BLOCK = 16384

export function main(): i32 {
  const options = parseOptions(args(), 'a')
  if (options.error !== '') return misuse(options.error, 'tee [-a] [FILE...]')
  const flags = OPEN_WRITE | OPEN_CREATE | (options.has('a') ? OPEN_APPEND : OPEN_TRUNCATE)
  const names: string[] = []
  const handles: i32[] = []
  let status = 0
  for (let i = 0; i < options.operands.length; i++) {
    const handle = open(options.operands[i], flags)
    if (handle < 0) status = fail(options.operands[i], handle)
    else {
      names.push(options.operands[i])
      handles.push(handle)
    }
  }
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  let n = readBytes(0, p, BLOCK)
  for (; n > 0; n = readBytes(0, p, BLOCK)) {
    printBytes(p, n)
    flush()
    for (let i = handles.length - 1; i >= 0; i--) {
      const error = writeBytes(handles[i], p, n)
      if (error >= 0) continue
      status = fail(names[i], error)
      close(handles[i])
      handles.splice(i, 1)
      names.splice(i, 1)
    }
  }
  return n < 0 ? fail('standard input', n) : status
}

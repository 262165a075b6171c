/** `du [-sh] [FILE...]`: bytes in files and directories, in KiB; -h: as a person reads it; -s: only the sums. */
import {
  args,
  directoryError,
  fail,
  humanSize,
  joinPath,
  misuse,
  parseOptions,
  printLine,
  readDirectory,
  statPath,
} from '../libkenix'

const MAX_DEPTH = 100

let human: bool = false
let status = 0

function show(bytes: i64, path: string): void {
  const size = human ? humanSize(bytes) : ((bytes + 1023) / 1024).toString()
  printLine(`${size.padEnd(7)} ${path}`)
}

/** Bytes in a directory and all below it. */
function sum(path: string, shown: bool, depth: i32): i64 {
  const entries = readDirectory(path)
  if (directoryError < 0) status = fail(path, directoryError)
  let bytes: i64 = 0
  for (let i = 0; i < entries.length; i++) {
    if (!entries[i].isDirectory) bytes += entries[i].size
    else if (depth < MAX_DEPTH) bytes += sum(joinPath(path, entries[i].name), shown, depth + 1)
  }
  if (shown) show(bytes, path)
  return bytes
}

export function main(): i32 {
  const options = parseOptions(args(), 'sh')
  if (options.error !== '') return misuse(options.error, 'du [-sh] [FILE...]')
  human = options.has('h')
  const paths = options.operands.length > 0 ? options.operands : ['.']
  for (let i = 0; i < paths.length; i++) {
    const found = statPath(paths[i])
    if (!found.exists) status = fail(paths[i], found.error)
    else if (!found.isDirectory) show(found.size, paths[i])
    else {
      const bytes = sum(paths[i], !options.has('s'), 0)
      if (options.has('s')) show(bytes, paths[i])
    }
  }
  return status
}

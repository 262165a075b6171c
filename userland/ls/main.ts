/**
 * `ls [-la1hd] [FILE...]`: names in directories. -l: with type, size and time; -a: those that begin with a dot, too; -1: one a
 * line, as when the output is no console; -h: sizes as K, M, G; -d: directories themselves.
 */
import {
  args,
  columns,
  directoryError,
  Entry,
  fail,
  fromUnix,
  humanSize,
  isConsole,
  misuse,
  Options,
  parseOptions,
  print,
  printLine,
  readDirectory,
  statPath,
} from '../libkenix'
import { TYPE_DEVICE, TYPE_DIRECTORY } from '../libkenix/generated/abi'

const WIDTH = 80

function typeLetter(type: i32): string {
  if (type === TYPE_DIRECTORY) return 'd'
  return type === TYPE_DEVICE ? 'c' : '-'
}

function long(entries: Array<Entry>, human: bool): void {
  const rows: Array<string>[] = []
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]
    const size = human ? humanSize(entry.size) : entry.size.toString()
    rows.push([typeLetter(entry.type), size, fromUnix(entry.time).toString(), entry.name])
  }
  print(columns(rows, ' > '))
}

/** Names side by side, down the columns. */
function short(entries: Array<Entry>): void {
  let widest = 1
  for (let i = 0; i < entries.length; i++) widest = max(widest, entries[i].name.length)
  const perLine = max(1, WIDTH / (widest + 2))
  const lines = (entries.length + perLine - 1) / perLine
  for (let line = 0; line < lines; line++) {
    let text = ''
    for (let i = line; i < entries.length; i += lines) text += entries[i].name.padEnd(widest + 2)
    printLine(text.trimEnd())
  }
}

function show(entries: Array<Entry>, options: Options): void {
  if (options.has('l')) long(entries, options.has('h'))
  else if (!options.has('1') && isConsole(1)) short(entries)
  else for (let i = 0; i < entries.length; i++) printLine(entries[i].name)
}

function directory(path: string, options: Options): i32 {
  const all = readDirectory(path)
  const error = directoryError
  const shown: Entry[] = []
  for (let i = 0; i < all.length; i++) {
    if (options.has('a') || !all[i].name.startsWith('.')) shown.push(all[i])
  }
  show(shown, options)
  return error < 0 ? fail(path, error) : 0
}

export function main(): i32 {
  const options = parseOptions(args(), 'la1hd', 'all=a')
  if (options.error !== '') return misuse(options.error, 'ls [-la1hd] [FILE...]')
  const paths = options.operands.length > 0 ? options.operands : ['.']
  const files: Entry[] = []
  const directories: string[] = []
  let status = 0
  for (let i = 0; i < paths.length; i++) {
    const found = statPath(paths[i])
    if (!found.exists) status = fail(paths[i], found.error)
    else if (found.isDirectory && !options.has('d')) directories.push(paths[i])
    else files.push(new Entry(paths[i], found.size, found.type, found.time))
  }
  show(files, options)
  for (let i = 0; i < directories.length; i++) {
    if (paths.length > 1) {
      if (i > 0 || files.length > 0) printLine('')
      printLine(`${directories[i]}:`)
    }
    if (directory(directories[i], options) !== 0) status = 1
  }
  return status
}

/** `find [DIRECTORY...] [-name PATTERN] [-type f|d]`: all files below directories. */
import {
  args,
  baseName,
  complain,
  directoryError,
  fail,
  joinPath,
  matches,
  misuse,
  printLine,
  readDirectory,
  statPath,
} from '../libkenix'

const USAGE = 'find [DIRECTORY...] [-name PATTERN] [-type f|d]'
const MAX_DEPTH = 100

let pattern = ''
let type = ''
let status = 0

function visit(path: string, isDirectory: bool, depth: i32): void {
  const wanted = type === '' || (type === 'd') === isDirectory
  if (wanted && (pattern === '' || matches(pattern, baseName(path)))) printLine(path)
  if (!isDirectory) return
  if (depth === MAX_DEPTH) {
    complain(`${path}: directories are nested too deep`)
    status = 1
    return
  }
  const entries = readDirectory(path)
  if (directoryError < 0) status = fail(path, directoryError)
  for (let i = 0; i < entries.length; i++) {
    visit(joinPath(path, entries[i].name), entries[i].isDirectory, depth + 1)
  }
}

export function main(): i32 {
  const words = args()
  const roots: string[] = []
  for (let i = 0; i < words.length; i++) {
    if (!words[i].startsWith('-')) {
      roots.push(words[i])
      continue
    }
    if (i + 1 === words.length) return misuse(`"${words[i]}" needs a value`, USAGE)
    const value = words[i + 1]
    if (words[i] === '-name') pattern = value
    else if (words[i] === '-type' && (value === 'f' || value === 'd')) type = value
    else return misuse(`unknown condition "${words[i]} ${value}"`, USAGE)
    i++
  }
  if (roots.length === 0) roots.push('.')
  for (let i = 0; i < roots.length; i++) {
    const found = statPath(roots[i])
    if (found.exists) visit(roots[i], found.isDirectory, 0)
    else status = fail(roots[i], found.error)
  }
  return status
}

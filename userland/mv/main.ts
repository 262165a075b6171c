/** `mv FROM TO`, `mv FROM... DIRECTORY`: renames; copies and removes when the target is on another file system. */
import {
  absolutePath,
  args,
  baseName,
  copyTree,
  fail,
  joinPath,
  misuse,
  parseOptions,
  removeTree,
  rename,
  statPath,
} from '../libkenix'
import { EXDEV } from '../libkenix/generated/abi'

const USAGE = 'mv FROM... TO'

function move(from: string, to: string): i32 {
  if (absolutePath(from) === absolutePath(to)) return 0
  const error = rename(from, to)
  if (error >= 0) return 0
  if (error !== -EXDEV) return fail(`${from} to ${to}`, error)
  const status = copyTree(from, to)
  return status === 0 ? removeTree(from) : status
}

export function main(): i32 {
  const options = parseOptions(args(), 'f')
  const count = options.operands.length - 1
  if (options.error !== '' || count < 1) return misuse(options.error, USAGE)
  const to = options.operands[count]
  const into = statPath(to).isDirectory
  if (count > 1 && !into) return misuse(`"${to}" is no directory`, USAGE)
  let status = 0
  for (let i = 0; i < count; i++) {
    const from = options.operands[i]
    if (move(from, into ? joinPath(to, baseName(absolutePath(from))) : to) !== 0) status = 1
  }
  return status
}

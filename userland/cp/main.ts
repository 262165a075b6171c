/** `cp [-r] FROM TO`, `cp [-r] FROM... DIRECTORY`: copies files, with -r directories. */
import {
  absolutePath,
  args,
  baseName,
  complain,
  copyTree,
  joinPath,
  misuse,
  parseOptions,
  statPath,
} from '../libkenix'

const USAGE = 'cp [-r] FROM... TO'

export function main(): i32 {
  const options = parseOptions(args(), 'rR', 'recursive=r')
  const count = options.operands.length - 1
  if (options.error !== '' || count < 1) return misuse(options.error, USAGE)
  const to = options.operands[count]
  const into = statPath(to).isDirectory
  if (count > 1 && !into) return misuse(`"${to}" is no directory`, USAGE)
  const recursive = options.has('r') || options.has('R')
  let status = 0
  for (let i = 0; i < count; i++) {
    const from = options.operands[i]
    const target = into ? joinPath(to, baseName(absolutePath(from))) : to
    if (!recursive && statPath(from).isDirectory) {
      complain(`"${from}" is a directory: use -r`)
      status = 1
    } else if (absolutePath(from) === absolutePath(target)) {
      complain(`"${from}" and "${target}" are the same file`)
      status = 1
    } else if (copyTree(from, target) !== 0) status = 1
  }
  return status
}

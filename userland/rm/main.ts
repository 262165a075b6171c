/** `rm [-rf] FILE...`: removes files; with -r directories and all that is in them; -f: what is not there is no error. */
import {
  absolutePath,
  args,
  complain,
  fail,
  misuse,
  parseOptions,
  removeFile,
  removeTree,
  statPath,
} from '../libkenix'
import { ENOENT } from '../libkenix/generated/abi'

export function main(): i32 {
  const options = parseOptions(args(), 'rRf', 'recursive=r force=f')
  const force = options.has('f')
  if (options.error !== '' || (options.operands.length === 0 && !force)) {
    return misuse(options.error, 'rm [-rf] FILE...')
  }
  const recursive = options.has('r') || options.has('R')
  let status = 0
  for (let i = 0; i < options.operands.length; i++) {
    const path = options.operands[i]
    if (absolutePath(path) === '/') {
      complain('refusing to remove "/"')
      status = 1
    } else if (recursive && statPath(path).exists) {
      if (removeTree(path) !== 0) status = 1
    } else {
      const error = removeFile(path)
      if (error < 0 && !(force && error === -ENOENT)) status = fail(path, error)
    }
  }
  return status
}

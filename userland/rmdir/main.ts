/** `rmdir DIRECTORY...`: removes empty directories. */
import { args, fail, misuse, parseOptions, removeDirectory } from '../libkenix'

export function main(): i32 {
  const options = parseOptions(args(), '')
  if (options.error !== '' || options.operands.length === 0) {
    return misuse(options.error, 'rmdir DIRECTORY...')
  }
  let status = 0
  for (let i = 0; i < options.operands.length; i++) {
    const error = removeDirectory(options.operands[i])
    if (error < 0) status = fail(options.operands[i], error)
  }
  return status
}

/** `mkdir [-p] DIRECTORY...`: makes directories; with -p their parents, too, and those that exist are no error. */
import {
  absolutePath,
  args,
  fail,
  makeDirectory,
  misuse,
  parseOptions,
  statPath,
} from '../libkenix'

/** Makes all directories of a path; 0 or a negative errno. */
function makeAll(path: string): i32 {
  const parts = absolutePath(path).split('/')
  let made = ''
  let error = 0
  for (let i = 1; i < parts.length; i++) {
    made += `/${parts[i]}`
    error = made === '/' || statPath(made).isDirectory ? 0 : makeDirectory(made)
    if (error < 0) break
  }
  return error
}

export function main(): i32 {
  const options = parseOptions(args(), 'p', 'parents=p')
  if (options.error !== '' || options.operands.length === 0) {
    return misuse(options.error, 'mkdir [-p] DIRECTORY...')
  }
  let status = 0
  for (let i = 0; i < options.operands.length; i++) {
    const path = options.operands[i]
    const error = options.has('p') ? makeAll(path) : makeDirectory(path)
    if (error < 0) status = fail(path, error)
  }
  return status
}

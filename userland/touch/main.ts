/** `touch [-c] FILE...`: makes empty files, or sets the time of change to now; -c makes none. */
import { args, close, fail, misuse, now, open, parseOptions, setTime, statPath } from '../libkenix'
import { OPEN_CREATE, OPEN_WRITE } from '../libkenix/generated/abi'

export function main(): i32 {
  const options = parseOptions(args(), 'c')
  if (options.error !== '' || options.operands.length === 0) {
    return misuse(options.error, 'touch [-c] FILE...')
  }
  let status = 0
  for (let i = 0; i < options.operands.length; i++) {
    const path = options.operands[i]
    let error = 0
    if (statPath(path).exists) error = setTime(path, now() / 1000000000)
    else if (!options.has('c')) {
      error = open(path, OPEN_WRITE | OPEN_CREATE)
      if (error >= 0) close(error)
    }
    if (error < 0) status = fail(path, error)
  }
  return status
}

/** `date [-u]`: the time, in UTC. */
import { args, fromUnix, misuse, now, parseOptions, printLine } from '../libkenix'

export function main(): i32 {
  const options = parseOptions(args(), 'us')
  if (options.error !== '' || options.operands.length > 0) {
    return misuse(options.error, 'date [-u] [-s]    (-s: seconds since 1970)')
  }
  const seconds = now() / 1000000000
  printLine(options.has('s') ? seconds.toString() : fromUnix(seconds).long())
  return 0
}

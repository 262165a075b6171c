/** `uname [-a|-s|-n|-r|-m]`: what system this is. */
import { args, misuse, parseOptions, printLine } from '../libkenix'

export function main(): i32 {
  const options = parseOptions(args(), 'asnrm')
  if (options.error !== '' || options.operands.length > 0) {
    return misuse(options.error, 'uname [-asnrm]')
  }
  const all = options.has('a')
  const words: string[] = []
  if (all || options.has('s')) words.push('Kenix')
  if (all || options.has('n')) words.push('kenix')
  if (all || options.has('r')) words.push('0.1.0')
  if (all || options.has('m')) words.push('aarch64')
  printLine(words.length === 0 ? 'Kenix' : words.join(' '))
  return 0
}

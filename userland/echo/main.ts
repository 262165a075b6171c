/** `echo [-n] [TEXT...]`: writes its arguments; no newline with -n. */
import { args, flush, outputError, print } from '../libkenix'

export function main(): i32 {
  const words = args()
  const newline = words.length === 0 || words[0] !== '-n'
  print(words.slice(newline ? 0 : 1).join(' ') + (newline ? '\n' : ''))
  flush()
  return outputError < 0 ? 1 : 0
}

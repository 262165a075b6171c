/** `yes [TEXT...]`: writes a line for ever, or until nobody reads it. */
import { args, outputError, printLine } from '../libkenix'

export function main(): i32 {
  const words = args()
  const line = words.length === 0 ? 'y' : words.join(' ')
  while (outputError === 0) printLine(line)
  return 1
}

/** `dirname PATH...`: paths without their last name. */
import { args, directoryName, misuse, printLine } from '../libkenix'

export function main(): i32 {
  const words = args()
  if (words.length === 0) return misuse('', 'dirname PATH...')
  for (let i = 0; i < words.length; i++) printLine(directoryName(words[i]))
  return 0
}

/** `basename PATH [SUFFIX]`: the last name of a path. */
import { args, baseName, misuse, printLine } from '../libkenix'

export function main(): i32 {
  const words = args()
  if (words.length < 1 || words.length > 2) return misuse('', 'basename PATH [SUFFIX]')
  const name = baseName(words[0])
  const cut = words.length === 2 && name !== words[1] && name.endsWith(words[1])
  printLine(cut ? name.substring(0, name.length - words[1].length) : name)
  return 0
}

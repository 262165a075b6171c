/** `which NAME...`: the files that commands are. */
import { args, findProgram, misuse, printLine, statPath, variableOr } from '../libkenix'

export function main(): i32 {
  const words = args()
  if (words.length === 0) return misuse('', 'which NAME...')
  let status = 0
  for (let i = 0; i < words.length; i++) {
    const path = findProgram(words[i], variableOr('PATH', '/bin'))
    if (path !== '' && statPath(path).exists) printLine(path)
    else status = 1
  }
  return status
}

/** `pwd`: the working directory. */
import { printLine, workingDirectory } from '../libkenix'

export function main(): i32 {
  printLine(workingDirectory())
  return 0
}

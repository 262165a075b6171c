/** Greets, and shows what a program is given. */
import { args, pid, printLine } from '../libkenix'

export function main(): i32 {
  const words = args()
  printLine(
    `Hello from process ${pid().toString()}${words.length > 0 ? ', ' : ''}${words.join(' ')}`,
  )
  return 0
}

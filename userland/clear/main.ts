/** `clear`: clears the terminal. */
import { print } from '../libkenix'

export function main(): i32 {
  print('\x1b[H\x1b[2J')
  return 0
}

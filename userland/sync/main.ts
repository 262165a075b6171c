/** `sync`: writes everything to the disks. */
import { args, fail, misuse, sync } from '../libkenix'

export function main(): i32 {
  if (args().length > 0) return misuse('', 'sync')
  const error = sync()
  return error < 0 ? fail('cannot write to the disks', error) : 0
}

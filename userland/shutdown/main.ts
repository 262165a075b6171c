/** `shutdown [-r]`: writes everything to the disks and switches the machine off; -r: starts it again. */
import { args, endMachine, misuse, parseOptions } from '../libkenix'
import { POWER_OFF, POWER_RESET } from '../libkenix/generated/abi'

export function main(): i32 {
  const options = parseOptions(args(), 'rh')
  if (options.error !== '' || options.operands.length > 0) {
    return misuse(options.error, 'shutdown [-r]')
  }
  return endMachine(options.has('r') ? POWER_RESET : POWER_OFF)
}

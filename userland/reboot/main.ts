/** `reboot`: writes everything to the disks and starts the machine again. */
import { args, endMachine, misuse } from '../libkenix'
import { POWER_RESET } from '../libkenix/generated/abi'

export function main(): i32 {
  return args().length > 0 ? misuse('', 'reboot') : endMachine(POWER_RESET)
}

/** The end of the machine, which init brings about. */
import { INIT_SHUTDOWN, SLOT_INIT } from './generated/abi'
import { call } from './ipc'
import { fail, flush } from './stdio'
import { sleep } from './time'

/** Has init write everything to the disks and end the machine (POWER_OFF or POWER_RESET); exit code 1 if it does not. */
export function endMachine(how: i32): i32 {
  flush()
  const error = call(SLOT_INIT, INIT_SHUTDOWN, how)
  if (error < 0) return fail('init refuses', error)
  // No further prompt while the disks are written.
  sleep(15000000000)
  return 1
}

/**
 * How a Linux run of the determinism test goes on from where it was saved, and what is left of it in the end. A program
 * as well: `bun end-state.ts SNAPSHOT` restores a machine in a process that knows nothing else of it.
 */
import { Machine } from '../../devices/index.ts'
import { LinuxGuest } from './linux.ts'

/** What two equal runs have in common. */
export interface EndState {
  readonly instructions: number
  readonly timeNs: number
  readonly exceptions: number
  readonly ram: string
  readonly console: string
}

/** Takes a machine from within its boot to the end. */
export async function runToEnd(machine: Machine): Promise<EndState> {
  const guest = await LinuxGuest.waitFor(machine)
  await guest.output('cat /dev/urandom | head -c 100000 | sha256sum; cat /proc/interrupts; date')
  await guest.output(
    'for i in 1 2 3 4 5 6 7 8; do (ls -lR /sys/class >/tmp/$i) & done; wait; sleep 1',
  )
  await guest.powerOff()
  return {
    instructions: machine.instructions,
    timeNs: machine.timeNs,
    exceptions: machine.stats().exceptions,
    ram: await machine.ramDigest(),
    console: machine.console.text,
  }
}

if (import.meta.main) {
  await using machine = await Machine.restore(process.argv[2]!)
  process.stdout.write(JSON.stringify(await runToEnd(machine)))
}

/**
 * The engine that is a machine of the library in `devices/`. Neither `kenix run` nor an instance's process loads zod
 * through it: it takes a description that is already checked.
 */
import { createBunBackend } from '../../devices/backends/bun.ts'
import type { MachineConfig } from '../../devices/config.ts'
import { Machine } from '../../devices/machine.ts'
import type { MachineOptions } from '../../devices/machine-types.ts'
import { runtimeDirectory } from '../../devices/net/shared-hub.ts'
import { type Engine, type EngineFactory, type GuestEnd, portsOf } from './engine.ts'

/** An engine whose machine can also be reached by what knows machines: a debugger. */
export interface MachineEngine extends Engine {
  readonly machine: Machine
}

/** How a machine is run, none of which its guest notices. */
export type RunningOptions = Pick<MachineOptions, 'translate' | 'nameTranslations'>

/** Makes a machine. @throws with a message for people if files or the description do not fit. */
export const createMachineEngine = (async (
  config,
  output,
  options: RunningOptions = {},
): Promise<MachineEngine> => {
  // A machine in a process of its own meets others on hubs that processes share.
  const backend = createBunBackend({ sharedHubs: runtimeDirectory() })
  const machine = await Machine.fromConfig(config as MachineConfig, { ...options, backend })
  const consoles = portsOf(machine.config).map((name) => machine.consoles.get(name)!)
  for (const [port, console] of consoles.entries()) {
    console.onOutput((bytes) => output(bytes, port))
  }
  return {
    machine,
    run: async (): Promise<GuestEnd | 'paused'> => {
      const { reason, status } = await machine.run()
      return reason === 'paused' ? 'paused' : { reason, status }
    },
    pause: () => void machine.pause(),
    reset: () => machine.reset(),
    powerButton: () => machine.powerButton(),
    input: (bytes, port) => consoles[port]?.write(bytes),
    stats: () => ({ ...machine.stats() }),
    close: () => machine.close(),
  }
}) satisfies EngineFactory

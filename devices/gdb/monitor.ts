/**
 * Commands of GDB's `monitor`: what a machine can do and the protocol has no packet for.
 */
import { fromLittleEndian } from './hex.ts'
import type { MachineTarget } from './machine-target.ts'

interface MonitorCommand {
  readonly help: string
  run(target: MachineTarget, cpu: number): string | Promise<string>
}

const COMMANDS: Readonly<Record<string, MonitorCommand>> = {
  help: {
    help: 'this list',
    run: () =>
      Object.entries(COMMANDS)
        .map(([name, { help }]) => `${name.padEnd(16)}${help}\n`)
        .join(''),
  },
  'info registers': {
    help: 'general and system registers of the current vCPU',
    run: registers,
  },
  'info cpus': {
    help: 'what each vCPU does',
    run: (target) =>
      Array.from(
        { length: target.cpus },
        (_, cpu) => `vCPU ${cpu}: ${target.describe(cpu)}, pc ${hex(target, cpu, 'pc')}\n`,
      ).join(''),
  },
  'info time': {
    help: 'instructions executed and guest time',
    run: ({ machine }) => `${machine.instructions} instructions, ${machine.timeNs / 1e9} s\n`,
  },
  reset: {
    help: 'reset the board; files of kernel and initrd are read again',
    run: reset,
  },
  powerdown: {
    help: 'press the power button; an operating system that listens shuts down',
    run: ({ machine }) => {
      machine.powerButton()
      return 'Pressed. The guest notices when it runs.\n'
    },
  },
  quit: {
    help: 'end the machine',
    run: (target) => {
      target.kill()
      return ''
    },
  },
}

/** Runs a command line; returns text for the user. */
export function monitor(
  target: MachineTarget,
  cpu: number,
  line: string,
): string | Promise<string> {
  const name = line.trim().replaceAll(/\s+/g, ' ')
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command) return command.run(target, cpu)
  return `There is no command "${name.slice(0, 40)}": commands are ${Object.keys(COMMANDS).join(', ')}\n`
}

function registers(target: MachineTarget, cpu: number): string {
  return target.registers
    .map(({ name, bits, feature }) => (feature === 'fpu' && bits === 128 ? '' : name))
    .filter((name) => name !== '')
    .map((name) => `${name.padEnd(16)}${hex(target, cpu, name)}\n`)
    .join('')
}

function hex(target: MachineTarget, cpu: number, name: string): string {
  const number = target.registers.findIndex((register) => register.name === name)
  const bytes = target.readRegister(cpu, number)
  return `0x${fromLittleEndian(bytes)
    .toString(16)
    .padStart(bytes.length * 2, '0')}`
}

async function reset({ machine }: MachineTarget): Promise<string> {
  const done = machine.parts.control.nextReset()
  machine.reset()
  if (!machine.isRunning) return 'The board is reset when the machine runs.\n'
  await done
  return 'Reset. "maintenance flush register-cache" makes GDB read the registers again.\n'
}

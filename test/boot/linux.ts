/**
 * Debian's kernel with a BusyBox shell, as the boot tests use it: a specification, the way to the prompt, and commands
 * whose output and status are told from what the terminal echoes.
 */
import { join } from 'node:path'
import { Machine, type MachineOptions } from '../../devices/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import { busyboxInitramfs, debianKernel, MODULES } from '../tools/guests.ts'

/** Host time that a boot may take on a machine that is busy with other things as well. */
export const BOOT_MS = 150_000
const COMMAND_MS = 90_000

/** What no healthy boot prints. */
export const TROUBLE = /Kernel panic|Oops:|BUG:|WARNING: CPU|rcu.*stall/

/** Modules for disks with ext4 and for networks. */
export const ALL_MODULES = Object.values(MODULES).flat()

/** A machine that boots Debian's kernel to a BusyBox shell; `changes` are laid over it. */
export function linuxSpec(
  changes: Partial<MachineSpec> = {},
  { modules = [], append = '' }: { modules?: readonly string[]; append?: string } = {},
): MachineSpec {
  return {
    ...changes,
    boot: {
      kernel: debianKernel(),
      initrd: busyboxInitramfs({ modules }),
      cmdline: `console=ttyAMA0 ${append}`.trim(),
      ...changes.boot,
    },
  }
}

/** What a command did. */
export interface CommandResult {
  /** Lines, ended by "\n". */
  readonly output: string
  readonly status: number
}

/** A machine whose shell is at its prompt. */
export class LinuxGuest implements AsyncDisposable {
  private constructor(readonly machine: Machine) {}

  /** Boots a machine up to the shell. */
  static async boot(spec: MachineSpec, options: MachineOptions = {}): Promise<LinuxGuest> {
    return LinuxGuest.waitFor(await Machine.create(spec, options))
  }

  /** Runs a machine that is somewhere in its boot up to the shell. */
  static async waitFor(machine: Machine): Promise<LinuxGuest> {
    try {
      await machine.expect('KENIX-GUEST-READY', { timeoutMs: BOOT_MS, failOn: TROUBLE })
      await machine.expect('/ # ', { timeoutMs: COMMAND_MS, failOn: TROUBLE })
      return new LinuxGuest(machine)
    } catch (error) {
      await machine.close()
      throw error
    }
  }

  /**
   * Types a command, and waits for its end. The quotes in what is typed keep the echo from looking like the markers.
   * @throws ExpectError if it does not end, or the kernel complains.
   */
  async command(line: string): Promise<CommandResult> {
    this.machine.type(`echo BE""GIN; ${line}; echo E""ND $?\n`)
    const match = await this.machine.expect(/BEGIN\r\n([\s\S]*)END (\d+)\r\n/, {
      timeoutMs: COMMAND_MS,
      failOn: TROUBLE,
    })
    const [output = '', status = ''] = match.groups
    return { output: output.replaceAll('\r\n', '\n'), status: Number(status) }
  }

  /** Output of a command that must succeed. */
  async output(line: string): Promise<string> {
    const { output, status } = await this.command(line)
    if (status !== 0) throw new Error(`"${line}" ended with status ${status}: ${output}`)
    return output
  }

  /** Asks the kernel to power off, and runs the machine to its end. */
  async powerOff() {
    this.machine.type('poweroff -f\n')
    return this.machine.run({ timeoutMs: COMMAND_MS })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine.close()
  }
}

/** Runs a program of the host. @throws Error with its output unless it ends with one of `statuses`. */
export function host(command: readonly string[], statuses: readonly number[] = [0]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stderr: 'pipe' })
  const output = `${stdout}${stderr}`
  if (!statuses.includes(exitCode)) {
    throw new Error(`"${command.join(' ')}" ended with status ${exitCode}: ${output}`)
  }
  return output
}

/** The command line, ready for `Bun.spawn`. */
export const KENIX = [process.execPath, join(import.meta.dir, '../../api/cli/bootstrap.ts')]

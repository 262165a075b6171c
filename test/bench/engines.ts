/**
 * The machines that are compared: ours as its users run it, QEMU as Debian has it, and the newer one of bookworm-backports. All
 * with one vCPU; QEMU with TCG and without icount, ours with its default clock (`realtime`), counting every instruction.
 */
import { KENIX } from '../boot/linux.ts'
import { need } from '../tools/debian.ts'
import { newerQemu } from './newer-qemu.ts'

/** What a machine boots. */
export interface Guest {
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  readonly firmware?: string
  readonly memoryMiB: number
}

/** A way of running a guest, its serial port on standard input and output. */
export interface Engine {
  readonly name: 'kenix' | 'qemu' | 'newer'
  /** For people, with the version. */
  readonly label: string
  /** The command line. `stats` is where to write numbers of the run, if the engine can. */
  command(guest: Guest, stats: string): string[]
}

const CPU = 'cortex-a57'

export interface EngineOptions {
  readonly jit: boolean
  readonly qemu: boolean
}

/** Ours first; others only if they are there, saying why not. */
export function engines({ jit, qemu }: EngineOptions): Engine[] {
  const found: Engine[] = [kenix(jit)]
  if (!qemu) return found
  if (need('qemu-system-arm')) {
    const text = Bun.spawnSync(['qemu-system-aarch64', '--version']).stdout.toString()
    found.push(qemuEngine('qemu', ['qemu-system-aarch64'], /version (\S+)/.exec(text)?.[1] ?? ''))
  }
  const newer = newerQemu()
  if (typeof newer === 'string') {
    process.stderr.write(`Without the newer QEMU: ${newer}\n`)
  } else {
    // env becomes the program itself, so that the process that is measured is QEMU.
    const environment = Object.entries(newer.environment).map(([name, value]) => `${name}=${value}`)
    found.push(qemuEngine('newer', ['env', ...environment, ...newer.command], newer.version))
  }
  return found
}

function kenix(jit: boolean): Engine {
  return {
    name: 'kenix',
    label: jit ? 'Kenix' : 'Kenix --no-jit',
    command: (guest, stats) => [
      ...KENIX,
      ...['run', '--cpu', CPU, '--memory', `${guest.memoryMiB}M`, '--stats', stats],
      ...(jit ? [] : ['--no-jit']),
      ...files(guest, '--', 'firmware'),
    ],
  }
}

function qemuEngine(name: 'qemu' | 'newer', program: readonly string[], version: string): Engine {
  return {
    name,
    label: `QEMU ${version}`,
    command: (guest) => [
      ...program,
      ...['-M', 'virt', '-cpu', CPU, '-smp', '1', '-accel', 'tcg', '-m', `${guest.memoryMiB}`],
      ...['-nographic', '-net', 'none', '-no-reboot'],
      ...files(guest, '-', 'bios'),
    ],
  }
}

function files(guest: Guest, dash: string, firmware: string): string[] {
  const options = { ...guest, [firmware]: guest.firmware }
  return ['kernel', 'initrd', 'append', firmware].flatMap((name) => {
    const value = (options as Record<string, string | number | undefined>)[name]
    return value === undefined ? [] : [`${dash}${name}`, String(value)]
  })
}

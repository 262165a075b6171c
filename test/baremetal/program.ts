/**
 * Bare-metal programs, built once from `programs/*.S`, and their output on QEMU and on our machine.
 *
 * A program runs from physical address 0x40200000 at EL1, or at EL2 if the machine has it, writes to the PL011, and ends
 * by PSCI SYSTEM_OFF.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { Machine } from '../../devices/index.ts'
import type { CpuModel } from '../../jit/core/core.ts'

const folder = join(import.meta.dir, 'programs')
const cache = join(import.meta.dir, '../../.cache/baremetal')

/** Debian packages this needs. */
export const PACKAGES = ['gcc-aarch64-linux-gnu', 'qemu-system-arm'] as const

/** What a program runs on. */
export interface Target {
  readonly cpu: CpuModel
  readonly cpus?: number
  readonly gic?: 2 | 3
  readonly el2?: boolean
}

const ENTRY = '0x40200000'
/** No program needs more. */
const INSTRUCTIONS = 20_000_000
const SECONDS = 20

/** Builds a program if its source changed. Returns the path of its ELF file. */
export function build(name: string): string {
  const hash = createHash('sha256').update(name)
  const files = readdirSync(folder).filter((file) => file.endsWith('.inc') || file === `${name}.S`)
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)))
  const elf = join(cache, `${name}-${hash.digest('hex').slice(0, 24)}.elf`)
  if (existsSync(elf)) return elf
  mkdirSync(cache, { recursive: true })
  const temporary = `${elf}.${process.pid}`
  const linker = `-Wl,-N,-Ttext=${ENTRY},--build-id=none,--no-warn-rwx-segments`
  const options = ['-nostdlib', '-static', '-march=armv8.5-a', linker, '-I', folder]
  const command = ['aarch64-linux-gnu-gcc', ...options, '-o', temporary, join(folder, `${name}.S`)]
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`Cannot build the program "${name}":\n${stderr}`)
  renameSync(temporary, elf)
  return elf
}

/** Output of a program on `qemu-system-aarch64 -M virt`. */
export function runOnQemu(elf: string, { cpu, cpus = 1, gic = 2, el2 = false }: Target): string {
  const board = `virt,gic-version=${gic}${el2 ? ',virtualization=on' : ''}`
  const { stdout, stderr } = Bun.spawnSync(
    [
      ...['qemu-system-aarch64', '-M', board, '-cpu', cpu, '-smp', String(cpus), '-m', '128'],
      ...['-nic', 'none', '-nographic', '-kernel', elf],
    ],
    { stdin: 'ignore', timeout: SECONDS * 1000 },
  )
  const errors = stderr.toString().trim()
  if (errors) throw new Error(`QEMU does not run ${elf}: ${errors}`)
  return stdout.toString().replaceAll('\r', '')
}

/** Output of a program on our machine. Ends after so many instructions, whatever the program does. */
export async function runOnMachine(elf: string, target: Target): Promise<string> {
  const machine = await Machine.create({
    cpu: target.cpu,
    cpus: target.cpus ?? 1,
    gic: target.gic ?? 2,
    el2: target.el2 ?? false,
    memory: '128M',
    boot: { kernel: elf },
  })
  try {
    const { reason } = await machine.run({ instructions: INSTRUCTIONS, timeoutMs: SECONDS * 1000 })
    const text = machine.console.text
    return reason === 'poweroff' ? text : `${text}\n(ended: ${reason})`
  } finally {
    await machine.close()
  }
}

/** The lines of both outputs that differ, as [QEMU's, ours]; a missing line is empty. */
export function differences(qemu: string, ours: string): [string, string][] {
  const [a, b] = [qemu.split('\n'), ours.split('\n')]
  const pairs: [string, string][] = []
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) pairs.push([a[i] ?? '', b[i] ?? ''])
  }
  return pairs
}

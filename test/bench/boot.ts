/**
 * Time until real software is ready, on Kenix and on QEMU (TCG), alternately in the same run: U-Boot to its prompt, AAVMF
 * to the UEFI shell, Debian's Linux to a shell. Both run as their users run them, as processes with default clocks, and
 * are killed as soon as the marker appears. CPU seconds are those of the process, start included.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConsoleProcess } from '../boot/console-process.ts'
import { need } from '../tools/debian.ts'
import { busyboxInitramfs, debianKernel, haveGuests } from '../tools/guests.ts'
import { type Bench, median, table } from './table.ts'

const QEMU = 'qemu-system-aarch64'
const MEMORY = '1024M'

/** What is booted. */
interface Guest {
  readonly name: string
  readonly kenix: readonly string[]
  readonly qemu: readonly string[]
  /** What to wait for, and what to type then. The last one is the marker. */
  readonly dialogue: readonly (readonly [RegExp, string?])[]
}

interface Measured {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

export const bench: Bench = {
  summary: 'seconds until software is ready, beside QEMU (-accel tcg) in the same run',
  async run(rounds) {
    const all = guests()
    if (all.length === 0) throw new Error('Cannot measure: none of the guests is installed')
    const rows = [
      ['', 'seconds', 'CPU s', 'instructions', 'MIPS', 'QEMU s', 'CPU s', 'QEMU/ours', 'by CPU s'],
    ]
    for (const guest of all) rows.push(await measure(guest, rounds))
    process.stdout.write(table(rows))
  },
}

function guests(): Guest[] {
  const found: Guest[] = []
  if (!need('qemu-system-arm')) throw new Error(`Cannot compare: ${QEMU} is not installed`)
  if (need('u-boot-qemu')) {
    const firmware = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
    found.push({
      name: 'U-Boot, prompt',
      kenix: ['--firmware', firmware],
      qemu: ['-bios', firmware],
      dialogue: [[/Hit any key/, '\n'], [/=> /]],
    })
  }
  if (need('qemu-efi-aarch64')) {
    const firmware = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'
    found.push({
      name: 'UEFI, shell (waits included)',
      kenix: ['--firmware', firmware],
      qemu: ['-bios', firmware],
      dialogue: [[/in 5 seconds/, '\x1b'], [/Shell> /]],
    })
  }
  if (haveGuests()) {
    const [kernel, initrd] = [debianKernel(), busyboxInitramfs()]
    const append = 'console=ttyAMA0'
    for (const cpus of ['1', '4']) {
      found.push({
        name: `Linux, shell, ${cpus} vCPU${cpus === '1' ? '' : 's'}`,
        kenix: ['--kernel', kernel, '--initrd', initrd, '--append', append, '--cpus', cpus],
        qemu: ['-kernel', kernel, '-initrd', initrd, '-append', append, '-smp', cpus],
        dialogue: [[/KENIX-GUEST-READY/]],
      })
    }
  }
  return found
}

async function measure(guest: Guest, rounds: number): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'kenix-bench-'))
  const stats = join(directory, 'stats.json')
  const ours: Measured[] = []
  const theirs: Measured[] = []
  const instructions: number[] = []
  const mips: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      process.stderr.write(`${guest.name}: round ${round + 1} of ${rounds}\n`)
      ours.push(
        await untilReady(
          new ConsoleProcess(['run', ...guest.kenix, '--memory', MEMORY, '--stats', stats]),
          guest,
        ),
      )
      const numbers = JSON.parse(readFileSync(stats, 'utf8'))
      instructions.push(numbers.instructions)
      mips.push(numbers.instructions / numbers.cpuMs / 1000)
      const machine = ['-M', 'virt', '-cpu', 'cortex-a57', '-accel', 'tcg', '-m', MEMORY]
      theirs.push(
        await untilReady(
          new ConsoleProcess([...machine, '-nographic', '-net', 'none', ...guest.qemu], [QEMU]),
          guest,
        ),
      )
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  const [wall, cpu] = [
    median(ours.map((m) => m.wallSeconds)),
    median(ours.map((m) => m.cpuSeconds)),
  ]
  const [qemuWall, qemuCpu] = [
    median(theirs.map((m) => m.wallSeconds)),
    median(theirs.map((m) => m.cpuSeconds)),
  ]
  return [
    guest.name,
    wall.toFixed(2),
    cpu.toFixed(2),
    `${(median(instructions) / 1e6).toFixed(1)} M`,
    median(mips).toFixed(0),
    qemuWall.toFixed(2),
    qemuCpu.toFixed(2),
    (qemuWall / wall).toFixed(2),
    (qemuCpu / cpu).toFixed(2),
  ]
}

/** Goes through the dialogue, and ends the process with SIGTERM, so that it still writes its numbers. */
async function untilReady(child: ConsoleProcess, guest: Guest): Promise<Measured> {
  await using running = child
  const start = performance.now()
  for (const [pattern, answer] of guest.dialogue) {
    await running.until(pattern)
    if (answer !== undefined) running.type(answer)
  }
  const wallSeconds = (performance.now() - start) / 1000
  running.kill('SIGTERM')
  await running.exited
  const microseconds = Number(running.child.resourceUsage()?.cpuTime.total ?? 0)
  return { wallSeconds, cpuSeconds: microseconds / 1e6 }
}

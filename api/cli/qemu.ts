/**
 * `kenix qemu`: the same Kenix images in QEMU, where that is installed.
 */
import { copyFileSync, renameSync } from 'node:fs'
import { directFiles, uefiFiles } from './kenix-files.ts'
import type { Command, Option } from './options.ts'

const QEMU = 'qemu-system-aarch64'

const OPTIONS: readonly Option[] = [
  { name: 'uefi', help: 'by UEFI firmware and the loader (otherwise directly)' },
]

/** The command `qemu`. */
export const qemu: Command = {
  summary: 'Run Kenix in QEMU, its serial port on the terminal. Ctrl-A x quits.',
  options: OPTIONS,
  notes:
    'All other words go to QEMU, behind those made here: bun run run -- -cpu max -smp 2\nQEMU is in the Debian package qemu-system-arm.',
  async run(args) {
    const uefi = args[0] === '--uefi'
    const rest = uefi ? args.slice(1) : args
    if (!Bun.which(QEMU)) {
      throw new Error(
        `Cannot find ${QEMU}: apt-get install qemu-system-arm, or use the machine of this repo: bun kenix run --kenix${uefi ? ' --uefi' : ''}`,
      )
    }
    const words = [...(uefi ? await uefiWords() : await directWords()), ...rest]
    const child = Bun.spawn([QEMU, ...words], {
      stdin: 'inherit',
      stdout: 'inherit',
      stderr: 'inherit',
    })
    // Ctrl-C goes to QEMU, which gives it to the guest; a signal from elsewhere ends both.
    process.on('SIGINT', () => {})
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => child.kill(signal))
    }
    return await child.exited
  },
}

async function directWords(): Promise<string[]> {
  const { kernel, disk } = await directFiles()
  return ['-M', 'virt', ...machineWords(), '-kernel', kernel, ...diskWords('disk', disk)]
}

async function uefiWords(): Promise<string[]> {
  const { firmware, vars: template, system, disk } = await uefiFiles(undefined)
  // Another QEMU that runs keeps the file it has.
  const vars = `${system}.vars`
  copyFileSync(template, `${vars}.new`)
  renameSync(`${vars}.new`, vars)
  return [
    // With ACPI tables the firmware keeps the device tree to itself.
    ...['-M', 'virt,acpi=off', ...machineWords()],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${escaped(firmware)}`],
    ...['-drive', `if=pflash,format=raw,file=${escaped(vars)}`],
    ...diskWords('system', system, ',readonly=on'),
    ...diskWords('disk', disk),
  ]
}

function machineWords(): string[] {
  return [
    ...['-cpu', 'cortex-a72', '-m', '512M', '-nographic'],
    ...['-netdev', 'user,id=net', '-device', 'virtio-net-device,netdev=net'],
  ]
}

function diskWords(id: string, file: string, more = ''): string[] {
  return [
    '-drive',
    `if=none,id=${id},format=raw,file=${escaped(file)}${more}`,
    '-device',
    `virtio-blk-device,drive=${id}`,
  ]
}

/** In QEMU's options a comma is written twice. */
function escaped(file: string): string {
  return file.replaceAll(',', ',,')
}

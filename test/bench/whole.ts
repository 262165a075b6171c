/**
 * Rows of whole systems: firmware and Debian's kernel from power-on, and commands in the shell behind them. What is not
 * installed is left out, saying so.
 */
import { need } from '../tools/debian.ts'
import { busyboxInitramfs, debianKernel, haveGuests } from '../tools/guests.ts'
import type { Scenario, Step } from './scenario.ts'

const MEMORY_MIB = 512

/** Rows and what they are, for people. */
export const WHOLE_ROWS: Readonly<Record<string, string>> = {
  'first-byte': 'power-on to the first byte on the UART',
  'u-boot': 'power-on to the prompt of U-Boot',
  uefi: 'power-on to the UEFI shell, without its time-outs',
  linux: "power-on to a shell on Debian's Linux",
  sha256sum: 'there: sha256sum of 64 MiB',
  gzip: 'there: gzip -9 of 16 MiB',
  'shell-loop': 'there: 200,000 rounds of a shell loop',
  'fork-exec': 'there: fork and exec, 200 times',
  idle: 'there: doing nothing for 5 s',
}

/** The scenarios that these rows need, each up to the last one wanted. */
export function wholeScenarios(wanted: (row: string) => boolean): Scenario[] {
  const has = (...rows: string[]) => rows.some(wanted)
  const scenarios: Scenario[] = []
  if (has('first-byte', 'u-boot') && need('u-boot-qemu')) scenarios.push(uBoot())
  if (has('uefi') && need('qemu-efi-aarch64')) scenarios.push(uefi())
  const linuxRows = Object.keys(WHOLE_ROWS).slice(Object.keys(WHOLE_ROWS).indexOf('linux'))
  if (has(...linuxRows) && haveGuests()) scenarios.push(linux(wanted))
  return scenarios
}

function uBoot(): Scenario {
  return {
    name: 'U-Boot',
    guest: { firmware: '/usr/lib/u-boot/qemu_arm64/u-boot.bin', memoryMiB: MEMORY_MIB },
    steps: [
      { row: 'first-byte', expect: /[\s\S]/ },
      { expect: /Hit any key/ },
      { row: 'u-boot', since: 'first-byte', type: '\n', expect: /=> / },
    ],
  }
}

/** Firmware of EDK II waits 5 s for a key before it boots, and its shell looks for keys once a second. */
function uefi(): Scenario {
  return {
    name: 'UEFI',
    guest: { firmware: '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd', memoryMiB: MEMORY_MIB },
    steps: [{ row: 'uefi', waits: 5, expect: /in 5 seconds/ }],
  }
}

function linux(wanted: (row: string) => boolean): Scenario {
  const steps: Step[] = [
    { row: 'linux', expect: /KENIX-GUEST-READY/ },
    { expect: /# / },
    { type: command(FILES), expect: DONE },
    { row: 'sha256sum', type: command('sha256sum /tmp/zeros'), expect: DONE },
    { row: 'gzip', type: command('gzip -9 -c /tmp/data | sha256sum'), expect: DONE },
    { row: 'shell-loop', type: loop(200_000, ':'), expect: DONE },
    { row: 'fork-exec', type: loop(200, '/bin/busybox true'), expect: DONE },
  ]
  const last = steps.findLastIndex(({ row }) => row !== undefined && wanted(row))
  const kept = steps.filter(({ row }, n) => n <= last && (row === undefined || wanted(row)))
  const idle = wanted('idle') ? { idleSeconds: 5 } : {}
  return {
    name: 'Linux',
    guest: {
      kernel: debianKernel(),
      initrd: busyboxInitramfs(),
      append: 'console=ttyAMA0',
      memoryMiB: MEMORY_MIB,
    },
    steps: kept.length > 0 ? kept : steps.slice(0, 2),
    ...idle,
  }
}

/** 64 MiB of zeros; 16 MiB that are not, and that any two machines have alike. */
const FILES =
  'dd if=/dev/zero of=/tmp/zeros bs=1M count=64; for n in 1 2 3 4 5 6 7 8 9 10; do cat /bin/busybox; done >/tmp/data; truncate -s 16M /tmp/data'

/** What a command printed, and that it is over: not the echo of what was typed, in which the word is quoted. */
const DONE = /BEGIN\r\n([\s\S]*)END\r\n/

function command(line: string): string {
  return `echo BE""GIN; ${line}; echo E""ND\n`
}

function loop(rounds: number, body: string): string {
  return command(`i=0; while [ $i -lt ${rounds} ]; do ${body}; i=$((i+1)); done; echo $i`)
}

/**
 * Bare-metal programs on the whole core, against qemu-system-aarch64 on the same machine: exceptions of EL0 and EL1, MMU
 * faults with their syndromes, AT, traps, returns, stage 2, software step. Where QEMU departs from the Arm
 * ARM, the manual wins, and the departure is listed with what the manual asks for.
 */
import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../../test/tools/debian.ts'
import * as L from '../assembly/layout.ts'
import { buildCore } from '../build.ts'
import { Core, type CpuModel } from '../core.ts'

const RAM = 0x4000_0000
const ENTRY = 0x4008_0000
const UART = 0x0900_0000
const SLICE = 100_000

/** Assembles a program of testdata/ for ENTRY, with its data 1.5 MiB further on. */
function assemble(name: string, directory: string): string {
  const elf = join(directory, `${name}.elf`)
  const bin = join(directory, `${name}.bin`)
  const source = join(import.meta.dir, 'testdata', `${name}.S`)
  for (const command of [
    [
      'aarch64-linux-gnu-gcc',
      '-nostdlib',
      '-static',
      `-Wl,-Ttext=0x${ENTRY.toString(16)},-Tbss=0x40200000,--build-id=none`,
      '-o',
      elf,
      source,
    ],
    ['aarch64-linux-gnu-objcopy', '-O', 'binary', '-R', '.bss', elf, bin],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(command, { stderr: 'pipe' })
    if (exitCode !== 0) throw new Error(`Cannot assemble ${source}:\n${stderr}`)
  }
  return bin
}

/** What the program prints on our core, until it powers off. */
async function runHere(bin: string, model: CpuModel, el2: boolean): Promise<string> {
  const module = new WebAssembly.Module(readFileSync(await buildCore()))
  const core = new Core(module, {
    ramBytes: 16 << 20,
    cpus: 1,
    model,
    el2,
    gicv3: false,
    conduit: el2 ? 'smc' : 'hvc',
    semihosting: false,
  })
  let text = ''
  let off = false
  core.host = {
    mmioRead: () => 0,
    mmioWrite: (_cpu, pa, _size, value) => {
      if (pa === UART) text += String.fromCharCode(value & 0xff)
    },
    sysregRead: () => 0,
    sysregWrite: () => {},
    call: () => {
      off = true
      core.requestExit()
      return true
    },
    timerLine: () => {},
  }
  core.setRegions([{ pa: RAM, bytes: 16 << 20, linear: L.RAM_BASE, read: true, write: true }])
  core.ram.set(readFileSync(bin), ENTRY - RAM)
  core.reset(0, el2 ? 2 : 1, ENTRY)
  for (let n = 0; n < 100 && !off; n++) core.run(0, SLICE)
  expect(off).toBe(true)
  return text
}

function runQemu(bin: string, model: CpuModel, el2: boolean): string {
  const machine = el2 ? 'virt,virtualization=on' : 'virt'
  const args = [
    '-M',
    machine,
    '-cpu',
    model,
    '-m',
    '128',
    '-nic',
    'none',
    '-nographic',
    '-kernel',
    bin,
  ]
  const { stdout } = Bun.spawnSync(['qemu-system-aarch64', ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    timeout: 30_000,
  })
  return stdout.toString().replaceAll('\r', '')
}

async function both(name: string, model: CpuModel, el2: boolean): Promise<[string[], string[]]> {
  const directory = mkdtempSync(join(tmpdir(), 'kenix-bare-'))
  try {
    const bin = assemble(name, directory)
    const here = await runHere(bin, model, el2)
    return [here.trim().split('\n'), runQemu(bin, model, el2).trim().split('\n')]
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** What the manual asks for where QEMU 7.2 does something else: the start of a line, and what must be in ours. */
const faultDepartures: [RegExp, string, string][] = [
  [/^ 0b 0[89]:/, ' 0400000040', 'PAR_EL1.SH of Device memory is outer shareable'],
  [/^device unaligned:/, '96000021', 'unaligned accesses to Device memory fault'],
  [
    /^daifset:/,
    '620cd3ea',
    'op1 and op2 of MSR DAIFSet are in the syndrome where ISS of EC 0x18 has them',
  ],
  [/^dc cvau allowed:/, '9200014f', 'EL0 needs read permission'],
  [/^dc cvau nothing:/, '92000147', 'maintenance by address translates'],
  [/^dc cvac nothing:/, '96000147', 'maintenance by address translates'],
  [/^ic ivau nothing:/, '96000147', 'maintenance by address translates'],
  [/^dc ivac read-only:/, '9600014f', 'DC IVAC needs write permission'],
  [/^return to AArch32:/, '3a000000', 'there is no AArch32 here'],
]

const guestDepartures: [RegExp, string, string][] = [
  [/^TIDCP:/, '62307c65', 'HCR_EL2.TIDCP traps all IMPLEMENTATION DEFINED registers'],
  [/^TPMCR:/, '6230e539', 'MDCR_EL2.TPMCR traps PMCR_EL0'],
]

const stepDepartures: [RegExp, string, string][] = [
  [/^ 0000000008 0092000021/, '0040080054 00002003c0', 'unaligned accesses to Device memory fault'],
]

const tools = ['gcc-aarch64-linux-gnu', 'qemu-system-arm']

describe('a bare-metal program prints what it prints on QEMU', () => {
  for (const { name, model, el2, departures, lines } of [
    { name: 'faults', model: 'cortex-a57', el2: false, departures: faultDepartures, lines: 1079 },
    { name: 'faults', model: 'cortex-a53', el2: false, departures: faultDepartures, lines: 1079 },
    { name: 'step', model: 'cortex-a57', el2: false, departures: stepDepartures, lines: 30 },
    { name: 'guest', model: 'cortex-a57', el2: true, departures: guestDepartures, lines: 115 },
  ] as const) {
    test.skipIf(!need(...tools))(
      `${name} on ${model}`,
      async () => {
        const [here, qemu] = await both(name, model, el2)
        expect(here).toHaveLength(lines)
        here.forEach((line, i) => {
          const departure = departures.find(([pattern]) => pattern.test(line))
          if (departure && line !== qemu[i]) expect(line).toContain(departure[1])
          else expect({ i, line }).toEqual({ i, line: qemu[i] ?? '' })
        })
      },
      60_000,
    )
  }
})

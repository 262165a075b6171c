/**
 * Debian's Linux to a shell one can type in, on every CPU model. Numbers of vCPUs, interrupt controllers and exception
 * levels are covered in pairs: each combination of two of them is in one of the boots.
 */
import { describe, expect, test } from 'bun:test'
import { ExpectError, Machine } from '../../devices/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import { haveGuests } from '../tools/guests.ts'
import { BOOT_MS, LinuxGuest, linuxSpec } from './linux.ts'

const TEST_MS = 240_000

/** MIDR_EL1's part numbers, as /proc/cpuinfo shows them; `max` shows none of Arm's own. */
const PARTS = {
  'cortex-a53': '0xd03',
  'cortex-a57': '0xd07',
  'cortex-a72': '0xd08',
  'cortex-a76': '0xd0b',
} as const

const MATRIX: readonly (Partial<MachineSpec> & {
  cpu: keyof typeof PARTS | 'max'
  cpus: number
  gic: 2 | 3
  el2: boolean
})[] = [
  { cpu: 'cortex-a57', cpus: 1, gic: 2, el2: false },
  { cpu: 'cortex-a53', cpus: 4, gic: 3, el2: false },
  { cpu: 'cortex-a72', cpus: 4, gic: 2, el2: true },
  { cpu: 'cortex-a76', cpus: 1, gic: 3, el2: true },
  { cpu: 'max', cpus: 2, gic: 3, el2: true },
]

const ZEROS_16M = '080acf35a507ac9849cfcba47dc2ad83e01b75663a516279c8b9d243b719643e'

describe.skipIf(!haveGuests())('Debian Linux', () => {
  for (const machine of MATRIX) {
    const { cpu, cpus, gic, el2 } = machine
    test(
      `boots on ${cpus} x ${cpu} with GICv${gic} at EL${el2 ? 2 : 1}, computes, and powers off`,
      async () => {
        await using guest = await LinuxGuest.boot(linuxSpec(machine))
        const log = guest.machine.console.text
        expect(log).toContain(`SMP: Total of ${cpus} processors activated`)
        expect(log).toContain(`CPU: All CPU(s) started at EL${el2 ? 2 : 1}`)
        expect(log.includes('Hyp mode initialized') || log.includes('VHE mode initialized')).toBe(
          el2,
        )

        expect(await guest.output('uname -a')).toMatch(
          /^Linux .* SMP Debian .* aarch64 GNU\/Linux$/m,
        )
        const cpuinfo = await guest.output('cat /proc/cpuinfo')
        expect(cpuinfo.match(/^processor\t: \d+$/gm)).toHaveLength(cpus)
        if (cpu !== 'max') expect(cpuinfo).toContain(`CPU part\t: ${PARTS[cpu]}`)
        const interrupts = await guest.output('cat /proc/interrupts')
        expect(interrupts).toMatch(
          // Where Linux may end interrupts in two steps, at EL2, it calls a GICv2 by that name.
          new RegExp(
            `^ *\\d+:(?: +[1-9]\\d*){${cpus}} +(?:${gic === 3 ? 'GICv3' : 'GIC-0|GICv2'}) .*arch_timer$`,
            'm',
          ),
        )
        expect(interrupts).toContain('uart-pl011')
        if (cpus > 1) expect(interrupts).toMatch(/^IPI1: .*[1-9].*Function call interrupts$/m)

        const hashes = Array.from(
          { length: cpus },
          (_, n) => `${part(cpus)} | sha256sum >/tmp/${n} &`,
        )
        const sums = await guest.output(`${hashes.join(' ')} wait; cat /tmp/[0-9]`)
        expect(sums).toBe(`${cpus === 1 ? ZEROS_16M : zeros(16 / cpus)}  -\n`.repeat(cpus))

        expect(await guest.powerOff()).toEqual({ reason: 'poweroff', status: 0 })
        expect(guest.machine.stats().exit).toBe('poweroff')
      },
      TEST_MS,
    )
  }

  test(
    'a panic is told at once, ends the machine if it shall not reboot, and leaves it to be looked into',
    async () => {
      const machine = await Machine.create({
        ...linuxSpec({}, { append: 'panic=-1 rdinit=/bin/missing root=/dev/none' }),
        noReboot: true,
      })
      await using _ = machine
      const failed = await machine
        .expect('KENIX-GUEST-READY', { timeoutMs: BOOT_MS, failOn: 'Kernel panic' })
        .catch((error) => error)
      expect(failed).toBeInstanceOf(ExpectError)
      expect(failed.message).toContain('"Kernel panic" came first')
      expect(failed.message).toContain('No filesystem could mount root')
      expect(machine.registers().el).toBe(1)
      // In the kernel's half of the address space.
      expect(machine.registers().pc >> 48n).toBe(0xffffn)
      expect((await machine.run({ timeoutMs: BOOT_MS })).reason).toBe('reset')
    },
    TEST_MS,
  )
})

/** Writes one vCPU's part of 16 MiB of zeros. */
function part(cpus: number): string {
  return `dd if=/dev/zero bs=1M count=${16 / cpus} 2>/dev/null`
}

function zeros(mebibytes: number): string {
  return new Bun.CryptoHasher('sha256').update(new Uint8Array(mebibytes << 20)).digest('hex')
}

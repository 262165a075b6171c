/**
 * Debian's UEFI firmware (AAVMF, which is EDK II): its shell, a FAT disk, variables that outlive the machine, and a
 * kernel that it gets through fw_cfg.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { copyFileSync, readFileSync, statSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { Machine } from '../../devices/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import { need } from '../tools/debian.ts'
import { haveGuests } from '../tools/guests.ts'
import { Scratch } from './files.ts'
import { BOOT_MS, LinuxGuest, linuxSpec } from './linux.ts'

const CODE = '/usr/share/AAVMF/AAVMF_CODE.fd'
const VARS = '/usr/share/AAVMF/AAVMF_VARS.fd'
const KERNEL_LOADER = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'
const TEST_MS = 300_000

/** The shell's prompt, with the attributes that follow it. */
const PROMPT = 'Shell> \x1b[0m\x1b[37m\x1b[40m'
const VARIABLE = 'setvar KenixTest -guid 12345678-9abc-def0-1234-56789abcdef0'

describe.skipIf(!need('qemu-efi-aarch64', 'mtools', 'dosfstools'))('UEFI firmware', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  async function shell(spec: MachineSpec): Promise<Machine> {
    const machine = await Machine.create(spec)
    try {
      await machine.expect('in 5 seconds', { timeoutMs: BOOT_MS })
      machine.type('\x1b')
      await machine.expect(PROMPT, { timeoutMs: BOOT_MS })
      return machine
    } catch (error) {
      await machine.close()
      throw error
    }
  }

  /** What a command prints, without attributes and cursor movements. */
  async function command(machine: Machine, line: string): Promise<string> {
    machine.type(`${line}\r`)
    const { before } = await machine.expect(PROMPT, { timeoutMs: BOOT_MS })
    return stripVTControlCharacters(before).replaceAll('\r', '')
  }

  test(
    'sees a FAT disk, and keeps a variable in its file over a restart',
    async () => {
      const text = 'Written by the host'
      const vars = scratch.path('vars.fd')
      copyFileSync(VARS, vars)
      const spec: MachineSpec = {
        boot: { firmware: CODE, vars },
        disks: [{ file: scratch.fatDisk('fat.img', { 'NOTE.TXT': text }) }],
      }
      {
        await using machine = await shell(spec)
        expect(await command(machine, 'map -r')).toMatch(/FS0: Alias\(s\):F0:;BLK0:/)
        expect(await command(machine, 'ls FS0:\\')).toMatch(/ 19 +NOTE\.TXT\n +1 File\(s\)/)
        expect(await command(machine, 'type FS0:\\NOTE.TXT')).toContain(text)
        expect(await command(machine, 'type FS0:\\ABSENT.TXT')).toContain('Cannot open file')
        await command(machine, 'echo Written by the guest > FS0:\\REPLY.TXT')
        expect(await command(machine, VARIABLE)).toContain('Unable to get')
        await command(machine, `${VARIABLE} -bs -rt -nv =0xCAFE`)
        machine.type('reset -s\r')
        expect(await machine.run({ timeoutMs: BOOT_MS })).toEqual({ reason: 'poweroff', status: 0 })
      }
      expect(statSync(vars).size).toBe(statSync(VARS).size)
      expect(readFileSync(vars).includes(Buffer.from('KenixTest', 'utf16le'))).toBeTrue()

      await using machine = await shell(spec)
      expect(await command(machine, VARIABLE)).toMatch(/KenixTest - 0002 Bytes\n *FE CA/i)
      expect(await command(machine, 'type FS0:\\REPLY.TXT')).toContain('Written by the guest')
    },
    TEST_MS,
  )

  test.skipIf(!haveGuests())(
    'starts a kernel that it gets through fw_cfg',
    async () => {
      const { boot, ...rest } = linuxSpec({ cpus: 2, gic: 3 }, { append: 'acpi=off' })
      const spec = { ...rest, boot: { ...boot, firmware: KERNEL_LOADER } }
      await using guest = await LinuxGuest.boot(spec)
      expect(guest.machine.console.text).toContain('EFI stub: Loaded initrd from LINUX_EFI_INITRD')
      expect(await guest.output('cat /proc/cmdline')).toContain('acpi=off')
      expect(await guest.output('cat /sys/firmware/efi/fw_platform_size')).toBe('64\n')
      expect((await guest.output('nproc')).trim()).toBe('2')
      expect(await guest.powerOff()).toEqual({ reason: 'poweroff', status: 0 })
    },
    TEST_MS,
  )
})

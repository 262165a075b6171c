/**
 * Debian's U-Boot for QEMU's virt board: its prompt, its view of the board, and a file from a FAT disk.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { type InputRecord, Machine } from '../../devices/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import { need } from '../tools/debian.ts'
import { Scratch } from './files.ts'

const FIRMWARE = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
const TEST_MS = 120_000

describe.skipIf(!need('u-boot-qemu', 'mtools', 'dosfstools'))('U-Boot', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  const spec = (changes: Partial<MachineSpec> = {}): MachineSpec => ({
    boot: { firmware: FIRMWARE },
    ...changes,
  })

  async function prompt(machine: Machine): Promise<void> {
    await machine.expect('Hit any key to stop autoboot', { timeoutMs: TEST_MS })
    machine.type('\n')
    await machine.expect('\n=> ')
  }

  /** What a command prints, without its echo. */
  async function command(machine: Machine, line: string): Promise<string> {
    machine.type(`${line}\n`)
    const { before } = await machine.expect('\n=> ')
    return before.slice(before.indexOf('\n') + 1).replaceAll('\r', '')
  }

  test(
    'shows the board, and reads a file from a virtio disk',
    async () => {
      const text = 'A file that the host has put on a FAT disk\n'
      const disk = scratch.fatDisk('fat.img', { 'GREETING.TXT': text })
      await using machine = await Machine.create(
        spec({ memory: '1G', disks: [{ file: disk }], networks: [{ type: 'none' }] }),
      )
      await prompt(machine)

      const info = await command(machine, 'bdinfo')
      expect(info).toContain('-> start    = 0x0000000040000000\n-> size     = 0x0000000040000000\n')
      expect(info).toContain('flashsize   = 0x0000000004000000')

      const tree = await command(machine, 'dm tree')
      for (const driver of [
        'serial_pl01x',
        'rtc-pl031',
        'qfw_mmio',
        'cfi_flash',
        'psci-sysreset',
      ]) {
        expect(tree).toContain(driver)
      }
      expect(tree.match(/virtio-mmio /g)).toHaveLength(32)
      expect(tree).toContain('virtio-blk#31')
      expect(tree).toContain('virtio-rng#')

      expect(await command(machine, 'virtio info')).toContain('Capacity: 8.0 MB')
      expect(await command(machine, 'fatls virtio 0')).toContain(`${text.length}   GREETING.TXT`)
      expect(await command(machine, 'load virtio 0 0x42000000 greeting.txt')).toContain(
        `${text.length} bytes read`,
      )
      const dump = await command(machine, 'md.b 0x42000000 10')
      expect(dump).toStartWith('42000000: 41 20 66 69 6c 65 20 74')
      // The file is where the guest says it is.
      const memory = machine.readMemory(0x4200_0000, text.length)
      expect(new TextDecoder().decode(memory)).toBe(text)
      expect(await command(machine, 'load virtio 0 0x42000000 absent.txt')).toContain(
        'Failed to load',
      )
      // Nothing is mapped there: a data abort, of which U-Boot tells and then resets.
      machine.type('md 0x3f000000\n')
      await machine.expect('"Synchronous Abort" handler')
      await prompt(machine)
      machine.type('poweroff\n')
      expect(await machine.run({ timeoutMs: TEST_MS })).toEqual({ reason: 'poweroff', status: 0 })
    },
    TEST_MS,
  )

  test(
    'keeps its environment in flash over a restart, if the flash has a file',
    async () => {
      const vars = scratch.path('vars.img')
      const boot = { firmware: FIRMWARE, vars }
      {
        await using machine = await Machine.create(spec({ boot }))
        await prompt(machine)
        await command(machine, 'setenv kept it-is')
        expect(await command(machine, 'saveenv')).toContain('OK')
      }
      await using machine = await Machine.create(spec({ boot }))
      await prompt(machine)
      expect(machine.console.text).not.toContain('bad CRC')
      expect(await command(machine, 'printenv kept')).toContain('kept=it-is')
    },
    TEST_MS,
  )

  test(
    'a realtime run is repeated, instruction for instruction, from its input log',
    async () => {
      const inputs: InputRecord[] = []
      const realtime = spec({ clock: 'realtime', rtc: 1_700_000_000 })
      await using first = await Machine.create(realtime, { onInput: (input) => inputs.push(input) })
      await prompt(first)
      const output = await command(first, 'date')
      await using second = await Machine.create(spec({ rtc: 1_700_000_000 }))
      second.replay(inputs)
      await second.run({ instructions: first.instructions, timeoutMs: TEST_MS })
      expect(second.console.text).toBe(first.console.text)
      expect(second.console.text).toContain(output.trim().split('\n')[0]!)
      expect(second.timeNs).toBe(first.timeNs)
      expect(await second.ramDigest()).toBe(await first.ramDigest())
    },
    TEST_MS,
  )

  test('a firmware that is larger than its flash bank is refused, with both sizes', async () => {
    const firmware = scratch.disk('large.bin', 65)
    const failed = await Machine.create(spec({ boot: { firmware } })).catch((error) => error)
    expect(failed).toBeInstanceOf(Error)
    expect(failed.message).toContain('large.bin')
    expect(failed.message).toMatch(/64 MiB|67108864/)
  })
})

import { describe, expect, test } from 'bun:test'
import type { BootConfig } from '../config.ts'
import { FdtNode, readFdt, writeFdt } from '../fdt.ts'
import {
  FW_CFG_CMDLINE_DATA,
  FW_CFG_INITRD_SIZE,
  FW_CFG_KERNEL_DATA,
  FW_CFG_KERNEL_SIZE,
} from '../fw-cfg.ts'
import { parseSpec } from '../spec.ts'
import { elf } from './elf.fixture.ts'
import { BootError } from './error.ts'
import { planBoot } from './plan.ts'

const RAM = 0x4000_0000
const MIB = 2 ** 20

function image(size: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(64)
  const view = new DataView(file.buffer)
  view.setBigUint64(16, BigInt(size), true)
  view.setUint32(56, 0x644d_5241, true)
  return file
}

/** An ELF file with two segments that fill most of RAM, in the same place. */
function overlapping(): Uint8Array<ArrayBuffer> {
  const one = elf({ pa: RAM, bss: 400 * MIB, patch: [[56, 2]] })
  const two = new Uint8Array(one.length + 56)
  two.set(one)
  // The headers make room for a second one; the code moves on.
  two.copyWithin(176, 120, one.length)
  two.copyWithin(120, 64, 120)
  return two
}

const files: Record<string, Uint8Array<ArrayBuffer>> = {
  image: image(MIB),
  packed: Bun.gzipSync(image(MIB)),
  huge: image(600 * MIB),
  raw: new Uint8Array(16).fill(1),
  elf: elf({ pa: RAM + 16 * MIB }),
  'elf-low': elf({ pa: RAM }),
  'elf-outside': elf({ pa: 0x1000 }),
  'elf-end': elf({ pa: RAM + 512 * MIB - 8, bss: 100 }),
  'elf-overlap': overlapping(),
  initrd: new Uint8Array(3 * MIB + 5).fill(2),
  'huge-initrd': new Uint8Array(400 * MIB),
  firmware: new Uint8Array(64).fill(3),
  noise: new Uint8Array(100).fill(9),
}

function plan(boot: BootConfig, more: object = {}) {
  const config = parseSpec({ boot, ...more })
  return planBoot({
    config,
    board: { ...config, memoryBytes: config.memory },
    read: async (path) => {
      const file = files[path]
      if (!file) throw new Error(`Cannot read "${path}"`)
      return file
    },
    seed: new Uint8Array(40).fill(5),
  })
}

/** Where everything goes, without the device tree's content. */
async function places(boot: BootConfig, more: object = {}) {
  const { pc, x0, loads } = await plan(boot, more)
  return { pc, x0, loads: loads.map(({ pa }) => pa) }
}

async function tree(boot: BootConfig, more: object = {}) {
  const { loads } = await plan(boot, more)
  return readFdt(loads.at(-1)!.data).root
}

describe('planBoot puts things where QEMU does', () => {
  test('an Image without initrd', async () => {
    expect(await places({ kernel: 'image' })).toEqual({
      pc: RAM + 2 * MIB,
      x0: RAM + 128 * MIB,
      loads: [RAM + 2 * MIB, RAM + 128 * MIB],
    })
  })

  test('an Image with initrd, packed or not', async () => {
    for (const kernel of ['image', 'packed']) {
      expect(await places({ kernel, initrd: 'initrd' })).toEqual({
        pc: RAM + 2 * MIB,
        x0: RAM + 132 * MIB,
        loads: [RAM + 2 * MIB, RAM + 128 * MIB, RAM + 132 * MIB],
      })
    }
  })

  test('an initrd in little memory', async () => {
    const { loads } = await places({ kernel: 'image', initrd: 'initrd' }, { memory: '128M' })
    expect(loads[1]).toBe(RAM + 64 * MIB)
  })

  test('raw code', async () => {
    expect((await places({ kernel: 'raw' })).pc).toBe(RAM + 0x8_0000)
  })

  test('an ELF file, with the device tree at the start of RAM', async () => {
    expect(await places({ kernel: 'elf' })).toEqual({
      pc: RAM + 16 * MIB,
      x0: RAM,
      loads: [RAM + 16 * MIB, RAM],
    })
  })

  test('an ELF file that takes the start of RAM does without a device tree', async () => {
    expect(await places({ kernel: 'elf-low' })).toEqual({ pc: RAM, x0: 0, loads: [RAM] })
  })

  test('firmware, which starts at 0 and finds kernel and initrd in fw_cfg', async () => {
    const boot = { firmware: 'firmware', kernel: 'packed', initrd: 'initrd', cmdline: 'a b' }
    const { pc, x0, loads, firmware, items } = await plan(boot)
    expect({ pc, x0 }).toEqual({ pc: 0, x0: 0 })
    expect(loads.map(({ pa }) => pa)).toEqual([RAM])
    expect(firmware).toEqual(files['firmware']!)
    expect(items.get(FW_CFG_KERNEL_DATA)).toEqual(files['image']!)
    expect([...items.get(FW_CFG_KERNEL_SIZE)!]).toEqual([64, 0, 0, 0])
    expect([...items.get(FW_CFG_INITRD_SIZE)!]).toEqual([5, 0, 0x30, 0])
    expect(new TextDecoder().decode(items.get(FW_CFG_CMDLINE_DATA)!)).toBe('a b\0')
  })
})

describe('the device tree', () => {
  test('says command line, initrd and memory', async () => {
    const root = await tree({ kernel: 'image', initrd: 'initrd', cmdline: 'console=ttyAMA0' })
    const chosen = root.child('chosen')
    expect(chosen?.text('bootargs')).toBe('console=ttyAMA0')
    expect(chosen?.cells('linux,initrd-start')).toEqual([RAM + 128 * MIB])
    expect(chosen?.cells('linux,initrd-end')).toEqual([RAM + 131 * MIB + 5])
    expect(root.child('memory@40000000')?.cells('reg')).toEqual([0, RAM, 0, 512 * MIB])
  })

  test('may come from the user; memory and boot arguments are put into it', async () => {
    const own = new FdtNode('', { model: 'mine' })
    own.add(new FdtNode('memory@0', { reg: [0, 0, 0, 1] }))
    own.add(new FdtNode('chosen', { bootargs: 'old', keep: 'me' }))
    files['dtb'] = writeFdt({ root: own, reservations: [], bootCpu: 0 }).slice()
    const root = await tree({ kernel: 'image', dtb: 'dtb', cmdline: 'new' }, { memory: '3G' })
    expect(root.text('model')).toBe('mine')
    expect(root.children.map(({ name }) => name)).toEqual(['chosen', 'memory@40000000'])
    expect(root.child('chosen')?.text('bootargs')).toBe('new')
    expect(root.child('chosen')?.text('keep')).toBe('me')
    expect(root.child('memory@40000000')?.cells('reg')?.at(-1)).toBe(3 * 2 ** 30)
  })
})

describe('planBoot refuses', () => {
  test.each([
    ['a kernel larger than RAM', { kernel: 'huge' }, 'needs 629145600 bytes'],
    ['an initrd larger than RAM', { kernel: 'image', initrd: 'huge-initrd' }, 'there is room for'],
    ['an ELF file outside of RAM', { kernel: 'elf-outside' }, 'it loads to 0x1000'],
    ['an ELF file that reaches beyond RAM', { kernel: 'elf-end' }, 'RAM is 0x40000000'],
    ['an ELF file whose segments overlap', { kernel: 'elf-overlap' }, 'RAM has 536870912'],
    ['a device tree that is none', { kernel: 'image', dtb: 'noise' }, 'Cannot use "noise"'],
  ])('%s', async (_, boot, problem) => {
    await expect(plan(boot)).rejects.toThrow(BootError)
    await expect(plan(boot)).rejects.toThrow(problem)
  })

  test('a file that cannot be read, saying which', async () => {
    await expect(plan({ kernel: 'absent' })).rejects.toThrow('Cannot read "absent"')
  })
})

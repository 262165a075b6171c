import { describe, expect, test } from 'bun:test'
import { FdtNode, readFdt, writeFdt } from '../../devices/fdt.ts'
import { Firmware, type FirmwareOptions, fakeImage } from './testing/firmware.ts'

const IMAGE = '\\kenix\\Image'
const LINE = '\\kenix\\cmdline.txt'
const LOAD_ERROR = 0x8000_0000_0000_0001n
const MIB = 1n << 20n

const text = (value: string) => new TextEncoder().encode(value)

/** A device tree like a machine's, with or without /chosen and a command line in it. */
function deviceTree(chosen?: Record<string, string>): Uint8Array {
  const root = new FdtNode('', { compatible: 'linux,dummy-virt', '#address-cells': [2] })
  root.add(new FdtNode('memory@40000000', { device_type: 'memory', reg: [0, 0x40000000, 0, 1] }))
  if (chosen) {
    const node = root.add(new FdtNode('chosen', { 'stdout-path': '/pl011', ...chosen }))
    node.add(new FdtNode('framebuffer', { bootargs: 'of another node' }))
  }
  root.add(new FdtNode('cpus', { bootargs: 'not this one' }))
  return writeFdt({ root, reservations: [{ address: 0x4800_0000n, bytes: 0x1000n }], bootCpu: 0 })
}

async function boot(options: FirmwareOptions) {
  const firmware = new Firmware({ deviceTree: deviceTree({}), ...options })
  const outcome = await firmware.start()
  return { firmware, outcome }
}

/** The device tree that the kernel got. */
function given(firmware: Firmware, address: bigint) {
  const length = new DataView(firmware.bytes(address, 8).buffer).getUint32(4)
  return readFdt(firmware.bytes(address, length))
}

describe('the loader', () => {
  test('enters the kernel, all of it in place, zeros behind it, and written back from the caches', async () => {
    const image = fakeImage({ textOffset: 0x80000n })
    const { firmware, outcome } = await boot({ files: { [IMAGE]: image } })
    const { entry, deviceTree: tree } = outcome.entered!
    expect(entry % (2n * MIB)).toBe(0x80000n)
    expect(firmware.bytes(entry, image.length)).toEqual(image)
    expect(firmware.bytes(entry + BigInt(image.length), 100_000)).toEqual(new Uint8Array(100_000))
    expect(tree % 8n).toBe(0n)
    const holds = (address: bigint, bytes: number) =>
      firmware.cleaned.some(({ from, to }) => from <= address && to >= address + BigInt(bytes))
    expect(holds(entry, 200_000)).toBeTrue()
    expect(holds(tree, 100)).toBeTrue()
    expect(holds(0x8_0000_1000n, 0x50)).toBeTrue()
    expect(firmware.console).toMatch(/^Kenix: kernel at 0x\w+, device tree at 0x\w+\r\n$/)
  })

  test('takes a kernel in many small reads', async () => {
    const image = fakeImage()
    const { firmware, outcome } = await boot({ files: { [IMAGE]: image }, readLimit: 777 })
    expect(firmware.bytes(outcome.entered!.entry, image.length)).toEqual(image)
  })

  test('takes a kernel whose header says no size', async () => {
    const image = fakeImage({ imageSize: 0n })
    const { firmware, outcome } = await boot({ files: { [IMAGE]: image } })
    expect(firmware.bytes(outcome.entered!.entry, image.length)).toEqual(image)
  })

  test('reads the memory map again when the firmware refuses to leave boot services', async () => {
    const { firmware, outcome } = await boot({ files: { [IMAGE]: fakeImage() }, refusals: 3 })
    expect(outcome.entered).toBeDefined()
    expect(firmware.exitAttempts).toBe(4)
  })

  test('resets the machine when the firmware refuses for good', async () => {
    const { outcome } = await boot({ files: { [IMAGE]: fakeImage() }, refusals: 1000 })
    expect(outcome).toEqual({ reset: { kind: 0n, status: LOAD_ERROR } })
  })
})

describe('the device tree', () => {
  test('stays as it is without a command line', async () => {
    const before = deviceTree({ bootargs: 'quiet' })
    const { firmware, outcome } = await boot({
      files: { [IMAGE]: fakeImage() },
      deviceTree: before,
    })
    expect(given(firmware, outcome.entered!.deviceTree)).toEqual(readFdt(before))
  })

  const cases: [string, Uint8Array][] = [
    ['in place of the old one', deviceTree({ bootargs: 'a longer old command line' })],
    ['in /chosen without one', deviceTree({})],
    ['in a new /chosen', deviceTree()],
  ]
  test.each(cases)('gets the command line %s, and nothing else', async (_, before) => {
    const { firmware, outcome } = await boot({
      files: { [IMAGE]: fakeImage(), [LINE]: text('init=bin/ktest\r\n-- all \n') },
      deviceTree: before,
    })
    const after = given(firmware, outcome.entered!.deviceTree)
    const expected = readFdt(before)
    const chosen =
      expected.root.children.find(({ name }) => name === 'chosen') ??
      expected.root.add(new FdtNode('chosen'))
    chosen.set('bootargs', 'init=bin/ktest  -- all')
    const plain = (node: FdtNode): unknown => ({
      name: node.name,
      properties: Object.fromEntries(
        [...node.properties].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
      ),
      children: node.children.map(plain),
    })
    expect(plain(after.root)).toEqual(plain(expected.root))
    expect(after.reservations).toEqual(expected.reservations)
  })

  test('may have an empty command line', async () => {
    const { firmware, outcome } = await boot({
      files: { [IMAGE]: fakeImage(), [LINE]: text('\n') },
      deviceTree: deviceTree({ bootargs: 'old' }),
    })
    const { root } = given(firmware, outcome.entered!.deviceTree)
    const chosen = root.children.find(({ name }) => name === 'chosen')!
    expect(chosen.properties.get('bootargs')).toEqual(new Uint8Array(1))
  })
})

describe('the loader says what is wrong, gives everything back, and returns to the firmware', () => {
  const damaged = (change: (view: DataView) => void) => {
    const tree = deviceTree({})
    change(new DataView(tree.buffer))
    return tree
  }
  const structAt = new DataView(deviceTree({}).buffer).getUint32(8)
  const files = { [IMAGE]: fakeImage() }
  const cases: [string, FirmwareOptions, RegExp][] = [
    ['no file system', { diskless: true }, /Cannot open the volume.*EFI status 3\r\nPut it/],
    ['no kernel', { files: {} }, /Cannot open \\kenix\\Image on the volume .*it is not there/],
    ['a kernel of no size', { files: { [IMAGE]: new Uint8Array(10) } }, /64 bytes to 256 MiB/],
    ['no Image', { files: { [IMAGE]: fakeImage({ magic: 1 }) } }, /is no arm64 Image/],
    [
      'a text offset too far',
      { files: { [IMAGE]: fakeImage({ textOffset: 2n * MIB }) } },
      /0x200000/,
    ],
    ['an image too large', { files: { [IMAGE]: fakeImage({ imageSize: 1n << 40n }) } }, /beyond/],
    ['too little memory', { files, pages: 100 }, /Cannot get 200704 bytes of memory/],
    ['no memory at all', { files, pages: 0 }, /Cannot get 4096 bytes of memory/],
    ['binary command line', { files: { ...files, [LINE]: text('a\0b') } }, /cmdline\.txt: it must/],
    ['a long command line', { files: { ...files, [LINE]: text('x'.repeat(2048)) } }, /2047 bytes/],
    ['no device tree', { files, deviceTree: undefined }, /no device tree.*acpi=off/],
    ['a tree that is none', { files, deviceTree: new Uint8Array(100) }, /tree: it is damaged/],
    [
      'a tree without end',
      { files, deviceTree: damaged((view) => view.setUint32(36, structAt % 100)) },
      /damaged/,
    ],
    [
      'a struct block outside',
      { files, deviceTree: damaged((view) => view.setUint32(8, 0xfffffff0)) },
      /damaged/,
    ],
    [
      'strings outside',
      { files, deviceTree: damaged((view) => view.setUint32(32, 0xffffff00)) },
      /damaged/,
    ],
    [
      'reservations outside',
      { files, deviceTree: damaged((view) => view.setUint32(16, 0x7ffffff8)) },
      /damaged/,
    ],
    [
      'a property beyond its block',
      { files, deviceTree: damaged((view) => view.setUint32(structAt + 12, 0xfffffffd)) },
      /damaged/,
    ],
    [
      'an unknown token',
      { files, deviceTree: damaged((view) => view.setUint32(structAt, 77)) },
      /damaged/,
    ],
  ]
  test.each(cases)('%s', async (_, options, message) => {
    const { firmware, outcome } = await boot(options)
    expect(firmware.console).toMatch(message)
    expect(outcome).toEqual({ status: LOAD_ERROR })
    expect(firmware.allocations.size).toBe(0)
    expect(firmware.openFiles).toBe(0)
  })

  test('whatever bytes a tree holds, nothing outside the copy is written', async () => {
    const good = deviceTree({ bootargs: 'old' })
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    for (let round = 0; round < 60; round++) {
      const tree = good.slice()
      for (let n = 0; n <= random(3); n++) tree[random(tree.length)] = random(256)
      const { firmware, outcome } = await boot({
        files: { ...files, [LINE]: text('new') },
        deviceTree: tree,
      })
      if (outcome.entered) {
        const { deviceTree: copy, entry } = outcome.entered
        const length = new DataView(firmware.bytes(copy, 8).buffer).getUint32(4)
        expect(length).toBeLessThanOrEqual(tree.length + 3 + 128)
        expect(firmware.bytes(entry, 1000)).toEqual(fakeImage().subarray(0, 1000))
      } else {
        expect(firmware.console).toContain('Kenix: Cannot')
      }
    }
  }, 60_000)
})

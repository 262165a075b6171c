import { beforeAll, expect, test } from 'bun:test'
import { type Fdt, FdtNode, writeFdt } from '../../devices/fdt.ts'
import { cpio } from '../../test/tools/cpio.ts'
import { type Guest, loadGuest } from '../testing/compile.ts'

let guest: Guest
beforeAll(async () => {
  guest = await loadGuest('testing/guest/init.ts')
}, 60_000)

function put(bytes: Uint8Array): number {
  const at = guest.call('reserve', bytes.length)
  new Uint8Array(guest.memory.buffer).set(bytes, at)
  return at
}

function devices(bytes: Uint8Array, compatible = ''): string[] {
  return guest.text('devices', put(bytes), bytes.length, compatible).split('\n')
}

function tree(build: (root: FdtNode) => void): Uint8Array {
  const root = new FdtNode('', { '#address-cells': [2], '#size-cells': [2] })
  build(root)
  return writeFdt({ root, reservations: [], bootCpu: 0 } as Fdt)
}

const virt = tree((root) => {
  root.add(new FdtNode('chosen', { 'stdout-path': '/pl011@9000000' }))
  for (const slot of [1, 0]) {
    const base = 0x0a00_0000 + slot * 0x200
    root.add(
      new FdtNode(`virtio_mmio@${base.toString(16)}`, {
        compatible: 'virtio,mmio',
        reg: [0, base, 0, 0x200],
        interrupts: [0, 16 + slot, 1],
      }),
    )
  }
  for (const base of [0x0904_0000, 0x0900_0000]) {
    root.add(
      new FdtNode(`pl011@${base.toString(16)}`, {
        compatible: ['arm,pl011', 'arm,primecell'],
        reg: [0, base, 0, 0x1000],
        interrupts: [0, base === 0x0900_0000 ? 1 : 8, 4],
      }),
    )
  }
})

test('devices come with address, size, interrupt and its trigger', () => {
  expect(devices(virt, 'virtio,mmio')).toEqual([
    '/virtio_mmio@a000000 a000000+200 48e',
    '/virtio_mmio@a000200 a000200+200 49e',
    'console /pl011@9000000',
  ])
  expect(devices(virt, 'arm,pl011')[0]).toBe('/pl011@9000000 9000000+1000 33')
})

test('the console may be named by an alias with options', () => {
  const blob = tree((root) => {
    root.add(new FdtNode('aliases', { serial1: '/uart@2' }))
    root.add(new FdtNode('chosen', { 'stdout-path': 'serial1:115200n8' }))
    for (const n of [1, 2]) {
      root.add(new FdtNode(`uart@${n}`, { compatible: 'arm,pl011', reg: [0, n, 0, 1] }))
    }
  })
  expect(devices(blob).at(-1)).toBe('console /uart@2')
})

test('without a named console the first PL011 is taken, disabled ones left out', () => {
  const blob = tree((root) => {
    root.add(
      new FdtNode('uart@1', { compatible: 'arm,pl011', reg: [0, 1, 0, 1], status: 'disabled' }),
    )
    root.add(new FdtNode('uart@2', { compatible: 'arm,pl011', reg: [0, 2, 0, 1], status: 'okay' }))
  })
  expect(devices(blob).at(-1)).toBe('console /uart@2')
})

test('addresses on a bus are translated by its ranges', () => {
  const blob = tree((root) => {
    const ranges = [
      0x7e00_0000, 0, 0xfe00_0000, 0x0180_0000, 0x4000_0000, 0, 0xff80_0000, 0x80_0000,
    ]
    const soc = new FdtNode('soc', { '#address-cells': [1], '#size-cells': [1], ranges })
    soc.add(new FdtNode('serial@7e201000', { compatible: 'arm,pl011', reg: [0x7e20_1000, 0x200] }))
    soc.add(new FdtNode('gic@40041000', { compatible: 'gic', reg: [0x4004_1000, 0x1000] }))
    root.add(soc)
    const hidden = new FdtNode('i2c', { '#address-cells': [1], '#size-cells': [0] })
    hidden.add(new FdtNode('chip@50', { compatible: 'chip', reg: [0x50] }))
    root.add(hidden)
  })
  expect(devices(blob)).toEqual([
    '/soc/serial@7e201000 fe201000+200 -1',
    '/soc/gic@40041000 ff841000+1000 -1',
    'console /soc/serial@7e201000',
  ])
})

test('a broken tree gives fewer devices, never a fault', () => {
  expect(devices(new Uint8Array(8))).toEqual(['console none'])
  expect(devices(new Uint8Array(64).fill(0xff))).toEqual(['console none'])
  let seed = 7
  for (let round = 0; round < 400; round++) {
    const blob = virt.slice()
    for (let i = 0; i < 4; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      blob[(seed >>> 8) % blob.length] = seed >>> 24
    }
    devices(blob)
    devices(blob.subarray(0, seed % blob.length))
  }
})

const FILE = 0o100644
const archive = cpio([
  { name: 'bin', mode: 0o040755 },
  { name: 'bin/init', mode: FILE, data: new TextEncoder().encode('i') },
  { name: 'bin/sh', mode: FILE, data: new TextEncoder().encode('shell!') },
])

test('files are found in the boot archive', () => {
  const at = put(archive)
  expect(guest.text('file', at, archive.length, 'bin/sh')).toBe('shell!')
  expect(guest.text('file', at, archive.length, 'bin/init')).toBe('i')
  expect(guest.text('file', at, archive.length, 'bin/none')).toBe('(none)')
})

test('a broken archive holds no files', () => {
  for (const [offset, value] of [
    [0, 0x31],
    [54, 0x46],
    [94, 0x46],
    [94, 0x7a],
  ] as const) {
    const broken = archive.slice()
    broken[offset] = value
    expect(guest.text('file', put(broken), broken.length, 'bin/sh')).toBe('(none)')
  }
  const at = put(archive)
  expect(guest.text('file', at, 250, 'bin/sh')).toBe('(none)')
})

import { describe, expect, test } from 'bun:test'
import { FW_CFG_KERNEL_DATA, FwCfg } from './fw-cfg.ts'
import { FakeHost, MEMORY_BASE, reader } from './host.fixture.ts'

const SELECTOR = 8
const DMA = 0x10
const swap16 = (value: number) => ((value & 0xff) << 8) | (value >> 8)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function make() {
  const host = new FakeHost()
  const fw = new FwCfg(host, {
    items: new Map([[FW_CFG_KERNEL_DATA, new TextEncoder().encode('kernel')]]),
    files: new Map([
      ['etc/b', Uint8Array.of(1, 2, 3)],
      ['etc/a', Uint8Array.of(9)],
    ]),
  })
  const select = (key: number) => fw.write(SELECTOR, 2, swap16(key))
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => fw.read(0, 1))
  const dma = (control: number, length: number, target: number, at = MEMORY_BASE) => {
    const view = new DataView(new ArrayBuffer(16))
    view.setUint32(0, control)
    view.setUint32(4, length)
    view.setBigUint64(8, BigInt(target))
    host.memory.dmaWrite(at, new Uint8Array(view.buffer))
    const address = new DataView(new ArrayBuffer(8))
    address.setBigUint64(0, BigInt(at))
    fw.write(DMA, 4, address.getUint32(0, true))
    fw.write(DMA + 4, 4, address.getUint32(4, true))
    return new DataView(host.ram.buffer).getUint32(0)
  }
  return { host, fw, select, bytes, dma }
}

describe('FwCfg', () => {
  test('says what it is', () => {
    const { fw, select, bytes } = make()
    select(0)
    expect(text(bytes(4))).toBe('QEMU')
    select(1)
    expect(fw.read(0, 4)).toBe(3)
    const signature = [fw.read(DMA, 4), fw.read(DMA + 4, 4)]
    expect(text(new Uint8Array(Uint32Array.from(signature).buffer))).toBe('QEMU CFG')
  })

  test('gives an item byte by byte in memory order, and zeros after its end', () => {
    const { fw, select } = make()
    select(FW_CFG_KERNEL_DATA)
    expect(fw.read(0, 4)).toBe(0x6e72_656b)
    expect(fw.read(4, 4)).toBe(0x6c65)
    expect(fw.read(0, 1)).toBe(0)
  })

  test('lists files sorted by name', () => {
    const { select, bytes } = make()
    select(0x19)
    const directory = new DataView(bytes(4 + 128).buffer)
    expect(directory.getUint32(0)).toBe(2)
    const names = [0, 1].map((n) => {
      const at = 4 + n * 64
      const name = text(new Uint8Array(directory.buffer, at + 8, 5))
      return [name, directory.getUint32(at), directory.getUint16(at + 4)]
    })
    expect(names).toEqual([
      ['etc/a', 1, 0x20],
      ['etc/b', 3, 0x21],
    ])
    select(0x21)
    expect([...bytes(3)]).toEqual([1, 2, 3])
  })

  test('an item that does not exist reads as zeros', () => {
    const { select, bytes } = make()
    select(0x7fff)
    expect([...bytes(3)]).toEqual([0, 0, 0])
  })

  test('copies by DMA, selecting and skipping on the way', () => {
    const { host, dma } = make()
    const target = MEMORY_BASE + 0x100
    host.ram.fill(0xaa, 0x100, 0x110)
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 4, 3, 0)).toBe(0)
    expect(dma(2, 5, target)).toBe(0)
    expect([...host.ram.subarray(0x100, 0x106)]).toEqual([0x6e, 0x65, 0x6c, 0, 0, 0xaa])
  })

  test.each([
    ['to where there is no memory', 2, 4, 0x1000],
    ['beyond the end of memory', 2, 0x20_0000, MEMORY_BASE],
    ['to an address above 2^53', 2, 4, 2 ** 60],
    ['of a write, which nothing supports', 16, 4, MEMORY_BASE],
  ])('fails DMA %s', (_, control, length, target) => {
    const { dma } = make()
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | control, length, target)).toBe(1)
  })

  test('ignores a command block outside of memory', () => {
    const { fw } = make()
    fw.write(DMA, 4, 0xffff_ffff)
    fw.write(DMA + 4, 4, 0xffff_ffff)
    fw.write(DMA + 4, 4, 0)
    expect(fw.read(0, 1)).toBe(0x51)
  })

  test('a guest that skips for ever does not overflow the position', () => {
    const { fw, dma } = make()
    for (let n = 0; n < 1000; n++) dma(4, 0xffff_ffff, 0)
    const copy = make()
    copy.fw.restore(reader(fw.save()))
    expect(copy.fw.save()).toEqual(fw.save())
  })

  test('refuses a file name that does not fit the directory', () => {
    const files = new Map([['x'.repeat(56), new Uint8Array(1)]])
    expect(() => new FwCfg(new FakeHost(), { items: new Map(), files })).toThrow('at most 55 bytes')
  })
})

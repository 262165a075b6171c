import { describe, expect, test } from 'bun:test'
import { BootError } from './error.ts'
import { gunzip, isGzip, readImage } from './image.ts'

function image(textOffset: number, size: number, flags = 0): Uint8Array {
  const file = new Uint8Array(128)
  const view = new DataView(file.buffer)
  view.setBigUint64(8, BigInt(textOffset), true)
  view.setBigUint64(16, BigInt(size), true)
  view.setBigUint64(24, BigInt(flags), true)
  view.setUint32(56, 0x644d_5241, true)
  return file
}

describe('readImage', () => {
  test.each([
    ['an Image with offset 0, 2 MiB up', image(0, 0x10_0000), 0x20_0000, 0x10_0000],
    ['an Image with an offset', image(0x8_0000, 0x1000), 0x8_0000, 0x1000],
    ['an old Image without size', image(0x1234, 0), 0x8_0000, 128],
    ['raw code', new Uint8Array(12), 0x8_0000, 12],
  ])('places %s', (_, file, offset, bytes) => {
    expect(readImage(file, 'k')).toEqual({ offset, data: file, bytes })
  })

  test.each([
    ['an empty file', new Uint8Array(0), 'it is empty'],
    ['a big-endian kernel', image(0, 0x1000, 1), 'big-endian'],
    ['an absurd offset', image(2 ** 60, 0x1000), 'header asks for'],
    ['an absurd size', image(0, 2 ** 62), 'header asks for'],
  ])('refuses %s', (_, file, problem) => {
    expect(() => readImage(file, 'k')).toThrow(problem)
  })
})

describe('gunzip', () => {
  const packed = Bun.gzipSync(new Uint8Array(100_000).fill(7))

  test('unpacks', async () => {
    expect(isGzip(packed)).toBe(true)
    expect(await gunzip(packed, 'k.gz')).toEqual(new Uint8Array(100_000).fill(7))
  })

  const flipped = packed.slice()
  flipped[20]! ^= 0xff
  const noise = Uint8Array.of(0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)
  test.each([
    ['a truncated file', packed.slice(0, packed.length / 2)],
    ['a damaged file', flipped],
    ['noise', noise],
    ['a header alone', packed.slice(0, 10)],
  ])('refuses %s', async (_, file) => {
    await expect(gunzip(file, 'k.gz')).rejects.toThrow(BootError)
    await expect(gunzip(file, 'k.gz')).rejects.toThrow('Cannot unpack "k.gz"')
  })

  test('stops unpacking what becomes larger than any kernel', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(1 << 20))
    await expect(gunzip(bomb, 'bomb.gz', 1000)).rejects.toThrow('larger than')
  })
})

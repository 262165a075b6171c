import { describe, expect, test } from 'bun:test'
import { MemoryStorage } from './memory.fixture.ts'
import { RawDisk } from './raw.ts'

const filled = (bytes: number) => new MemoryStorage(new Uint8Array(bytes).fill(7))

describe('`RawDisk`', () => {
  test('syncs only what needs it', () => {
    const storage = filled(1024)
    const disk = new RawDisk(storage, false)
    disk.flush()
    expect(storage.syncs).toBe(0)
    disk.write(512, Uint8Array.of(1))
    disk.flush()
    disk.flush()
    expect(storage.syncs).toBe(1)
  })

  test('writes zeros where the storage can not make a hole', () => {
    const storage = filled(512 * 400)
    storage.punch = () => false
    const disk = new RawDisk(storage, false)
    disk.writeZeroes(512, 512 * 398)
    expect(storage.content.subarray(512, 512 * 399).every((byte) => byte === 0)).toBe(true)
    expect([storage.content[511], storage.content[512 * 399]]).toEqual([7, 7])
  })

  test('flushes when it is closed, once', () => {
    const storage = filled(512)
    const disk = new RawDisk(storage, false)
    disk.write(0, Uint8Array.of(1))
    disk.close()
    disk.close()
    expect([storage.syncs, storage.closed]).toEqual([1, true])
  })

  test('gives its storage back even if the last flush fails', () => {
    const storage = filled(512)
    const disk = new RawDisk(storage, false)
    disk.write(0, Uint8Array.of(1))
    storage.failing.add('sync')
    expect(() => disk.close()).toThrow('Cannot sync')
    expect(storage.closed).toBe(true)
  })

  for (const bytes of [1, 511, 513, 1_000_000]) {
    test(`refuses ${bytes} bytes, and says how to extend them`, () => {
      expect(() => new RawDisk(filled(bytes), false)).toThrow(
        `its size, ${bytes} bytes, is not a multiple of 512; extend it with: truncate`,
      )
    })
  }

  test('refuses an empty file, and says how to make a disk', () => {
    expect(() => new RawDisk(filled(0), false)).toThrow('it is empty; make a disk with: truncate')
  })

  test('refuses to change what is read-only', () => {
    const disk = new RawDisk(filled(512), true)
    const message = 'it is opened read-only'
    expect(() => disk.write(0, Uint8Array.of(1))).toThrow(message)
    expect(() => disk.discard(0, 512)).toThrow(message)
    expect(() => disk.writeZeroes(0, 512)).toThrow(message)
  })
})

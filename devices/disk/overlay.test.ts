import { describe, expect, test } from 'bun:test'
import { crc32 } from './crc32.ts'
import { DiskError } from './disk.ts'
import { MemoryStorage } from './memory.fixture.ts'
import { createOverlay, OverlayDisk, type OverlayOptions } from './overlay.ts'
import { chooseClusterBits, PAGE_BYTES } from './overlay-format.ts'
import { RawDisk } from './raw.ts'

const CLUSTER = 4096
const IDENTITY = new Uint8Array(32).fill(3)

function pattern(bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 11 + (i >> 7)) & 0xff)
}

interface Bench {
  base: MemoryStorage
  storage: MemoryStorage
  disk: OverlayDisk
  /** Opens the same files again, as after a crash. */
  again(): OverlayDisk
}

function bench(baseBytes = 10 * CLUSTER + 512, options: OverlayOptions = {}): Bench {
  const base = new MemoryStorage(pattern(baseBytes))
  const storage = new MemoryStorage()
  createOverlay(storage, new RawDisk(base, true), IDENTITY, { clusterBits: 12, ...options })
  const again = () => new OverlayDisk(storage, new RawDisk(base, true), IDENTITY)
  return { base, storage, disk: again(), again }
}

function content(disk: OverlayDisk): Uint8Array {
  const bytes = new Uint8Array(disk.bytes)
  disk.read(0, bytes)
  return bytes
}

/** Rewrites the checksum of the page at `position` after a test changed it. */
function seal(storage: MemoryStorage, position: number): void {
  const page = storage.content.subarray(position, position + PAGE_BYTES)
  const view = new DataView(page.buffer, page.byteOffset)
  if (position === 0) view.setUint32(PAGE_BYTES - 4, crc32(page.subarray(0, PAGE_BYTES - 4)), true)
  else view.setUint32(0, crc32(page.subarray(4)), true)
}

test('`crc32()` is that of zlib', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926)
})

describe('an overlay', () => {
  test('is its base at first, and takes one page', () => {
    const { disk, storage } = bench()
    expect(content(disk)).toEqual(pattern(10 * CLUSTER + 512))
    disk.flush()
    expect(storage.syncs).toBe(0)
  })

  test('behaves as a plain disk under random reads, writes, discards and zeros', () => {
    let seed = 12345
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return Math.floor((seed / 2 ** 32) * limit)
    }
    const b = bench()
    let { disk } = b
    const model = pattern(disk.bytes)
    for (let step = 0; step < 2000; step++) {
      const position = random(disk.bytes)
      const bytes = random(Math.min(3 * CLUSTER, disk.bytes - position))
      const kind = random(10)
      if (kind < 5) {
        const data = new Uint8Array(bytes).fill(random(256))
        disk.write(position, data)
        model.set(data, position)
      } else if (kind < 7) {
        disk.writeZeroes(position, bytes)
        model.fill(0, position, position + bytes)
      } else if (kind < 8) disk.flush()
      else if (kind < 9) {
        const read = new Uint8Array(bytes)
        disk.read(position, read)
        expect(read).toEqual(model.slice(position, position + bytes))
      } else {
        disk.flush()
        disk = b.again()
      }
    }
    expect(content(disk)).toEqual(model)
    // Data clusters are used again: there are never more than the disk has clusters, twice.
    expect(b.storage.bytes).toBeLessThan(disk.bytes * 2 + 8 * CLUSTER)
  })

  test('reads what was discarded as zeros, in whole clusters', () => {
    const { disk } = bench()
    disk.write(0, new Uint8Array(3 * CLUSTER).fill(9))
    disk.discard(100, 2 * CLUSTER)
    const read = content(disk)
    expect(read[0]).toBe(9)
    expect(read[CLUSTER]).toBe(0)
    expect(read[2 * CLUSTER - 1]).toBe(0)
    expect(read[2 * CLUSTER]).toBe(9)
  })

  test('may be larger than its base', () => {
    const { disk } = bench(CLUSTER + 512, { bytes: 4 * CLUSTER })
    expect(disk.bytes).toBe(4 * CLUSTER)
    expect(content(disk)).toEqual(
      Uint8Array.of(...pattern(CLUSTER + 512), ...new Uint8Array(3 * CLUSTER - 512)),
    )
    disk.write(4 * CLUSTER - 1, Uint8Array.of(1))
    expect(content(disk)[CLUSTER + 511]).toBe(pattern(CLUSTER + 512)[CLUSTER + 511])
  })

  test('has clusters of a size that keeps the table short', () => {
    expect(chooseClusterBits(2 ** 30)).toBe(16)
    expect(chooseClusterBits(2 ** 38)).toBe(16)
    expect(chooseClusterBits(2 ** 38 + 512)).toBe(17)
    expect(() => chooseClusterBits(2 ** 44)).toThrow('the largest possible disk has 8 TiB')
  })

  test('refuses ranges beyond its end', () => {
    const { disk } = bench()
    expect(() => disk.read(disk.bytes - 1, new Uint8Array(2))).toThrow(DiskError)
    expect(() => disk.write(disk.bytes, new Uint8Array(1))).toThrow(DiskError)
  })
})

describe('flushing', () => {
  test('what was not flushed is not there, what was is', () => {
    const { disk, again } = bench()
    disk.write(0, Uint8Array.of(1))
    disk.flush()
    disk.write(CLUSTER, Uint8Array.of(2))
    const read = content(again())
    expect(read[0]).toBe(1)
    expect(read[CLUSTER]).toBe(pattern(CLUSTER + 1)[CLUSTER])
  })

  test('a data cluster is not used again before the table forgot it', () => {
    const { disk, again } = bench()
    disk.write(0, new Uint8Array(CLUSTER).fill(1))
    disk.flush()
    disk.discard(0, CLUSTER)
    disk.write(CLUSTER, new Uint8Array(CLUSTER).fill(2))
    // Crash: the table still has cluster 0.
    expect(content(again()).slice(0, CLUSTER)).toEqual(new Uint8Array(CLUSTER).fill(1))
  })

  test('after a failed sync nothing is written any more, and reading goes on', () => {
    const { disk, storage } = bench()
    disk.write(0, Uint8Array.of(1))
    storage.failing.add('sync')
    expect(() => disk.flush()).toThrow('Cannot sync')
    storage.failing.clear()
    expect(() => disk.flush()).toThrow('any more')
    expect(() => disk.write(0, Uint8Array.of(1))).toThrow('any more')
    expect(content(disk)[0]).toBe(1)
    disk.close()
    expect(storage.closed).toBe(true)
  })

  test('a write that found no space leaves the cluster as it was', () => {
    const { disk, storage } = bench()
    storage.failing.add('write')
    expect(() => disk.write(5, Uint8Array.of(1))).toThrow('Cannot write')
    storage.failing.clear()
    expect(content(disk)).toEqual(pattern(disk.bytes))
    disk.write(5, Uint8Array.of(1))
    expect(content(disk)[5]).toBe(1)
  })
})

describe('damaged overlays', () => {
  const refused: [string, string, (storage: MemoryStorage) => void][] = [
    ['is empty', 'truncated', (s) => s.resize(0)],
    ['is half a header', 'truncated', (s) => s.resize(2000)],
    ['is a header alone', 'truncated', (s) => s.resize(PAGE_BYTES)],
    ['lost the end of its table', 'truncated', (s) => s.resize(3 * PAGE_BYTES - 1)],
    ['lost the end of its data', 'truncated, or damaged', (s) => s.resize(s.bytes - 1)],
    ['lost all its data', 'truncated, or damaged', (s) => s.resize(3 * PAGE_BYTES)],
    ['is another file', 'it is none', (s) => s.content.fill(0x41, 0, 8)],
    [
      'is of a later version',
      'version is 2',
      (s) => {
        s.content[8] = 2
      },
    ],
    [
      'has a damaged header',
      'header is damaged',
      (s) => {
        s.content[20]! ^= 1
      },
    ],
    [
      'claims clusters of 2^31',
      'impossible sizes',
      (s) => {
        s.content[12] = 31
        seal(s, 0)
      },
    ],
    [
      'claims clusters of 1 byte',
      'impossible sizes',
      (s) => {
        s.content[12] = 0
        seal(s, 0)
      },
    ],
    [
      'claims a disk of 2^60 bytes',
      'impossible sizes',
      (s) => {
        s.content[23] = 0x10
        seal(s, 0)
      },
    ],
    [
      'claims no disk',
      'impossible sizes',
      (s) => {
        s.content.fill(0, 16, 24)
        seal(s, 0)
      },
    ],
    [
      'claims half a sector',
      'impossible sizes',
      (s) => {
        s.content[16] = 1
        seal(s, 0)
      },
    ],
    [
      'claims a base larger than the disk',
      'impossible sizes',
      (s) => {
        s.content[30] = 1
        seal(s, 0)
      },
    ],
    [
      'is of a smaller base',
      'belongs to a base of',
      (s) => {
        s.content[25]! -= 2
        seal(s, 0)
      },
    ],
    [
      'is of another base',
      'not what it was',
      (s) => {
        s.content[40]! ^= 1
        seal(s, 0)
      },
    ],
    [
      'has two torn copies of a table page',
      'both copies of table page 0',
      (s) => {
        s.content[PAGE_BYTES + 100] = 1
        s.content[2 * PAGE_BYTES + 100] = 1
      },
    ],
    [
      'points far beyond its end',
      'truncated, or damaged',
      (s) => {
        s.content.fill(0xff, PAGE_BYTES + 16, PAGE_BYTES + 20)
        seal(s, PAGE_BYTES)
      },
    ],
    [
      'has two clusters in one place',
      'share the data',
      (s) => {
        s.content.copyWithin(PAGE_BYTES + 20, PAGE_BYTES + 16, PAGE_BYTES + 20)
        seal(s, PAGE_BYTES)
      },
    ],
  ]
  for (const [what, message, damage] of refused) {
    test(`one that ${what} is refused`, () => {
      const { disk, storage, again } = bench()
      disk.write(0, new Uint8Array(2 * CLUSTER).fill(1))
      disk.flush()
      damage(storage)
      expect(again).toThrow(message)
      expect(again).toThrow(DiskError)
    })
  }

  test('random damage is refused or harmless, never more than an error', () => {
    let seed = 99
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return Math.floor((seed / 2 ** 32) * limit)
    }
    let refused = 0
    for (let round = 0; round < 400; round++) {
      const { disk, storage, again } = bench()
      for (let i = 0; i < 4; i++) {
        disk.write(random(8) * CLUSTER, new Uint8Array(100).fill(round))
        disk.flush()
      }
      const tableEnd = 3 * PAGE_BYTES
      for (let i = 0; i <= random(3); i++) {
        const at = random(4)
          ? [0, PAGE_BYTES, 2 * PAGE_BYTES][random(3)]! + random(64)
          : random(tableEnd)
        storage.content[at] = random(256)
      }
      for (const page of [0, PAGE_BYTES, 2 * PAGE_BYTES]) if (random(2)) seal(storage, page)
      if (random(4) === 0) storage.resize(random(storage.bytes))
      try {
        const damaged = again()
        content(damaged)
        damaged.write(random(damaged.bytes - 600), new Uint8Array(600))
        damaged.close()
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(100)
    expect(refused).toBeLessThan(400)
  })

  test('one torn table page is the state of the flush before', () => {
    const { disk, storage, again } = bench()
    disk.write(0, Uint8Array.of(1))
    disk.flush()
    disk.write(CLUSTER, Uint8Array.of(2))
    disk.flush()
    storage.content.fill(0, 2 * PAGE_BYTES + 512, 3 * PAGE_BYTES)
    storage.content[2 * PAGE_BYTES + 600] = 0xff
    const restored = again()
    expect(restored.recoveredPages).toBe(1)
    expect(content(restored)[0]).toBe(1)
    expect(content(restored)[CLUSTER]).toBe(pattern(CLUSTER + 1)[CLUSTER])
    restored.write(CLUSTER, Uint8Array.of(3))
    restored.flush()
    expect([content(again())[0], content(again())[CLUSTER]]).toEqual([1, 3])
    expect(again().recoveredPages).toBe(0)
  })

  test('a page of another place in the table is not taken', () => {
    const { disk, storage, again } = bench(1021 * CLUSTER)
    disk.write(0, Uint8Array.of(1))
    disk.flush()
    storage.content.copyWithin(3 * PAGE_BYTES, PAGE_BYTES, 2 * PAGE_BYTES)
    expect(again().recoveredPages).toBe(1)
  })
})

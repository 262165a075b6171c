import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SECTOR_BYTES } from './disk.ts'
import { MemoryStorage } from './memory.fixture.ts'
import { openDisk } from './open.ts'
import { createOverlay, OverlayDisk } from './overlay.ts'
import { DISK_SECTORS, sectorsOf, stamp } from './overlay-writer.fixture.ts'
import { RawDisk } from './raw.ts'
import type { Storage } from './storage.ts'

const directory = mkdtempSync(join(tmpdir(), 'kenix-crash-'))
afterAll(() => rmSync(directory, { recursive: true }))

class PowerLoss extends Error {}

/** Storage whose power fails at a given operation; then each sector written since the last sync is there, or not. */
class MortalStorage implements Storage {
  readonly name = 'mortal.kov'
  private volatile: Uint8Array
  private pending: { position: number; data: Uint8Array }[] = []

  constructor(
    private durable: Uint8Array,
    private operationsLeft: number,
    private readonly random: () => number,
  ) {
    this.volatile = durable.slice()
  }

  get bytes(): number {
    return this.volatile.length
  }

  read(position: number, into: Uint8Array): void {
    into.set(this.volatile.subarray(position, position + into.length))
  }

  write(position: number, from: Uint8Array): void {
    this.volatile = put(this.volatile, position, from)
    this.pending.push({ position, data: from.slice() })
    this.live()
  }

  sync(): void {
    this.live()
    this.durable = this.volatile.slice()
    this.pending = []
  }

  resize(): void {
    throw new Error('An overlay in use is not resized')
  }

  punch(position: number, bytes: number): boolean {
    this.write(position, new Uint8Array(bytes))
    return true
  }

  close(): void {}

  /** What is found after the power came back. */
  remains(): Uint8Array {
    let content = this.durable
    for (const { position, data } of this.pending) {
      for (let at = 0; at < data.length; at += SECTOR_BYTES) {
        if (this.random() < 0.5) continue
        content = put(content, position + at, data.subarray(at, at + SECTOR_BYTES))
      }
    }
    return content
  }

  private live(): void {
    if (this.operationsLeft-- === 0) throw new PowerLoss()
  }
}

function put(content: Uint8Array, position: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(content.length, position + data.length))
  out.set(content)
  out.set(data, position)
  return out
}

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

test('after a loss of power at any moment each sector is what was flushed, or written later', () => {
  const sectors = 64
  const base = new MemoryStorage(new Uint8Array((sectors / 8) * GROUP_BYTES))
  const identity = new Uint8Array(32)
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    const fresh = new MemoryStorage()
    createOverlay(fresh, new RawDisk(base, true), identity, { clusterBits: 12 })
    let file = fresh.content
    /** By sector: the values it may have, each a stamp; 0 = zeros. */
    let allowed = Array.from({ length: sectors }, () => new Set([0]))
    let next = 1
    // Several lives of one overlay: recovery must leave something that survives the next crash.
    for (let life = 0; life < 3; life++) {
      const storage = new MortalStorage(file, Math.floor(random() * 60), random)
      const disk = new OverlayDisk(storage, new RawDisk(base, true), identity)
      const current = readStamps(disk, sectors)
      for (const [sector, value] of current.entries()) {
        if (!allowed[sector]!.has(value)) {
          throw new Error(`Sector ${sector} holds ${value} in life ${life} of seed ${seed}`)
        }
      }
      allowed = current.map((value) => new Set([value]))
      try {
        for (;;) {
          const sector = Math.floor(random() * sectors)
          const kind = random()
          if (kind < 0.6) {
            const value = next++
            allowed[sector]!.add(value)
            current[sector] = value
            disk.write(positionOf(sector), stampOf(value))
          } else if (kind < 0.8) {
            const first = sector & ~7
            for (let i = first; i < first + 8; i++) {
              allowed[i]!.add(0)
              current[i] = 0
            }
            disk.discard(positionOf(first), 8 * SECTOR_BYTES)
          } else {
            disk.flush()
            allowed = current.map((value) => new Set([value]))
          }
        }
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error
      }
      file = storage.remains()
    }
  }
})

/** Sectors are used in groups of a cluster, so far apart that each has its table entry in a sector of its own. */
const GROUP_BYTES = 128 * 4096

function positionOf(sector: number): number {
  return Math.floor(sector / 8) * GROUP_BYTES + (sector % 8) * SECTOR_BYTES
}

function stampOf(value: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES)
  new Uint32Array(bytes.buffer).fill(value)
  return bytes
}

function readStamps(disk: OverlayDisk, sectors: number): number[] {
  const words = new Uint32Array(SECTOR_BYTES / 4)
  return Array.from({ length: sectors }, (_, sector) => {
    disk.read(positionOf(sector), new Uint8Array(words.buffer))
    const value = words[0]!
    if (words.some((word) => word !== value)) throw new Error(`Sector ${sector} is torn`)
    return value
  })
}

test('what a process flushed is there after `kill -9`, at random moments', async () => {
  const base = join(directory, 'base.img')
  const overlay = join(directory, 'killed.kov')
  writeFileSync(base, new Uint8Array(DISK_SECTORS * SECTOR_BYTES))
  for (let round = 1; round <= 6; round++) {
    const writer = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, 'overlay-writer.fixture.ts'),
        base,
        overlay,
        `${round}`,
      ],
      { stdout: 'pipe', stderr: 'inherit' },
    )
    let output = ''
    const reading = (async () => {
      for await (const chunk of writer.stdout) output += new TextDecoder().decode(chunk)
    })()
    const deadline = Date.now() + 5000
    while (!output.includes('\n') && Date.now() < deadline) await Bun.sleep(2)
    await Bun.sleep(Math.random() * 60)
    writer.kill('SIGKILL')
    await writer.exited
    await reading
    const flushed = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1))
    expect(flushed).toBeGreaterThan(0)
    check(base, overlay, round, flushed)
  }
}, 20_000)

/**
 * The last step that wrote a sector must be in it, or a later one: one may have been flushed and not reported any more,
 * and the next one begun.
 */
function check(base: string, overlay: string, round: number, flushed: number): void {
  const last = new Map<number, number>()
  for (let step = 1; step <= flushed; step++) {
    for (const sector of sectorsOf(step)) last.set(sector, step)
  }
  const disk = openDisk({ file: base, overlay })
  const bytes = new Uint8Array(SECTOR_BYTES)
  for (const [sector, step] of last) {
    disk.read(sector * SECTOR_BYTES, bytes)
    const found = new DataView(bytes.buffer).getUint32(4, true)
    const later = found === flushed + 1 || found === flushed + 2
    if (later && sectorsOf(found).includes(sector)) continue
    expect(bytes, `round ${round}: sector ${sector} of ${flushed} flushed steps`).toEqual(
      stamp(round, step) as Uint8Array<ArrayBuffer>,
    )
  }
  disk.close()
}

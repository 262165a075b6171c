/**
 * A process that writes to an overlay until it is killed, and says what it flushed.
 *
 *     bun overlay-writer.fixture.ts BASE OVERLAY ROUND
 *
 * In step n it stamps some sectors with ROUND and n, flushes, and prints n. The sectors of a
 * step are a function of n (`sectorsOf`), so that the one who killed it knows what must be there.
 */
import { writeSync } from 'node:fs'
import { SECTOR_BYTES } from './disk.ts'
import { openDisk } from './open.ts'

export const DISK_SECTORS = 2048

/** Sectors written in step `step`. */
export function sectorsOf(step: number): number[] {
  return Array.from(
    { length: 8 },
    (_, i) => (Math.imul(step * 8 + i + 1, 0x9e37_79b1) >>> 0) % DISK_SECTORS,
  )
}

/** What such a sector holds then. */
export function stamp(round: number, step: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < SECTOR_BYTES; at += 8) {
    view.setUint32(at, round, true)
    view.setUint32(at + 4, step, true)
  }
  return bytes
}

if (import.meta.main) {
  const [file, overlay, round] = process.argv.slice(2)
  const disk = openDisk({ file: file!, overlay: overlay! })
  for (let step = 1; ; step++) {
    for (const sector of sectorsOf(step))
      disk.write(sector * SECTOR_BYTES, stamp(Number(round), step))
    disk.flush()
    writeSync(1, `${step}\n`)
  }
}

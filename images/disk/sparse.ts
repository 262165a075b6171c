/**
 * Writes disk images as sparse files: what is zero takes no room.
 */
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'

const BLOCK = 64 << 10

/** Writes `data` to `path`, whole or not at all. */
export function writeSparse(path: string, data: Uint8Array): void {
  const temporary = `${path}.${process.pid}`
  const file = openSync(temporary, 'w')
  try {
    ftruncateSync(file, data.length)
    const zero = Buffer.alloc(BLOCK)
    for (let at = 0; at < data.length; at += BLOCK) {
      const block = data.subarray(at, at + BLOCK)
      if (zero.compare(block, 0, block.length, 0, block.length) === 0) continue
      for (let done = 0; done < block.length; ) {
        done += writeSync(file, block, done, block.length - done, at + done)
      }
    }
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

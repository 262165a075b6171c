/**
 * Back end: opens a disk as the command line and `MachineSpec` name it, a raw file with or without an overlay.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Disk, DiskError, SECTOR_BYTES } from './disk.ts'
import { FileStorage } from './file.ts'
import { foreignFormat } from './formats.ts'
import { createOverlay, OverlayDisk } from './overlay.ts'
import { RawDisk } from './raw.ts'

/** A disk in files. */
export interface DiskOptions {
  /** A raw image. With an overlay it is the immutable base. */
  readonly file: string
  /** The guest can't write. */
  readonly readonly?: boolean | undefined
  /** A file for what the guest writes; made if it does not exist. */
  readonly overlay?: string | undefined
  /** `raw`: take the file as raw even if it looks like another format. */
  readonly format?: 'raw' | undefined
  /** Told what a person should know, but need not stop for. */
  readonly onWarning?: (message: string) => void
}

/**
 * Opens a disk.
 * @throws DiskError saying which file can't be used, why, and what can.
 */
export function openDisk(options: DiskOptions): Disk {
  const { file, overlay } = options
  if (overlay === undefined) return openRaw(file, options.readonly ?? false, options.format)
  if (options.readonly) {
    throw new DiskError(
      `Cannot open "${file}" read-only with the overlay "${overlay}": an overlay is there to be ` +
        'written; leave out one of them',
    )
  }
  const base = openRaw(file, true, options.format)
  try {
    return openOverlay(overlay, base, options)
  } catch (error) {
    base.close()
    throw error
  }
}

function openOverlay(path: string, base: Disk, options: DiskOptions): Disk {
  const identity = baseIdentity(base)
  if (!existsSync(path)) {
    FileStorage.create(path, (storage) => createOverlay(storage, base, identity))
  }
  const storage = FileStorage.open(path, false)
  try {
    const disk = new OverlayDisk(storage, base, identity)
    if (disk.recoveredPages > 0) {
      options.onWarning?.(
        `The overlay "${path}" was being written when its machine ended; what was flushed is there`,
      )
    }
    return disk
  } catch (error) {
    storage.close()
    throw error
  }
}

function openRaw(path: string, readonly: boolean, format: 'raw' | undefined): Disk {
  const storage = FileStorage.open(path, readonly)
  try {
    if (format === undefined) checkFormat(storage)
    return new RawDisk(storage, readonly)
  } catch (error) {
    storage.close()
    throw error
  }
}

function checkFormat(storage: FileStorage): void {
  const length = Math.min(SECTOR_BYTES, storage.bytes)
  const first = new Uint8Array(length)
  const last = new Uint8Array(length)
  storage.read(0, first)
  storage.read(storage.bytes - length, last)
  const foreign = foreignFormat(first, last)
  if (!foreign) return
  const advice = foreign.advice.replace('FILE', storage.name)
  throw new DiskError(
    `Cannot use "${storage.name}" as a disk: it is a ${foreign.name} file, not a raw image; ${advice}`,
  )
}

const SAMPLES = 64
const SAMPLE_BYTES = 4096

/**
 * 32 bytes that tell a base from others: SHA-256 over its size and 64 samples of 4 KiB, evenly spread, the first and the
 * last one included. Quick at any size. It notices another image or another version, not a change of single bytes.
 */
function baseIdentity(base: Disk): Uint8Array {
  const hash = createHash('sha256')
  const size = new DataView(new ArrayBuffer(8))
  size.setBigUint64(0, BigInt(base.bytes), true)
  hash.update(new Uint8Array(size.buffer))
  const sample = new Uint8Array(Math.min(SAMPLE_BYTES, base.bytes))
  const span = base.bytes - sample.length
  for (let index = 0; index < SAMPLES; index++) {
    const sector = Math.floor((span * index) / (SAMPLES - 1) / SECTOR_BYTES)
    base.read(sector * SECTOR_BYTES, sample)
    hash.update(sample)
  }
  return new Uint8Array(hash.digest())
}

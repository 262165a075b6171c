/**
 * A disk whose sectors lie in storage one after another, without any format.
 */
import { type Disk, DiskError, SECTOR_BYTES } from './disk.ts'
import type { Storage } from './storage.ts'

const ZEROS = new Uint8Array(0x1_0000)

export class RawDisk implements Disk {
  readonly bytes: number
  private open = true
  private dirty = false

  /** @throws DiskError if the storage is empty or no whole number of sectors. It is then still the caller's. */
  constructor(
    private readonly storage: Storage,
    readonly readonly: boolean,
  ) {
    const { name, bytes } = storage
    if (bytes === 0) {
      throw new DiskError(
        `Cannot use "${name}" as a disk: it is empty; make a disk with: truncate -s 1G FILE`,
      )
    }
    if (bytes % SECTOR_BYTES !== 0) {
      throw new DiskError(
        `Cannot use "${name}" as a disk: its size, ${bytes} bytes, is not a multiple of 512; ` +
          `extend it with: truncate -s %512 FILE`,
      )
    }
    this.bytes = bytes
  }

  read(position: number, into: Uint8Array): void {
    this.storage.read(position, into)
  }

  write(position: number, from: Uint8Array): void {
    this.checkWritable()
    this.dirty = true
    this.storage.write(position, from)
  }

  flush(): void {
    if (!this.dirty) return
    this.storage.sync()
    this.dirty = false
  }

  discard(position: number, bytes: number): void {
    this.checkWritable()
    if (bytes === 0) return
    this.dirty = true
    this.storage.punch(position, bytes)
  }

  writeZeroes(position: number, bytes: number): void {
    this.checkWritable()
    if (bytes === 0) return
    this.dirty = true
    if (this.storage.punch(position, bytes)) return
    for (let at = 0; at < bytes; at += ZEROS.length) {
      this.storage.write(position + at, ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)))
    }
  }

  close(): void {
    if (!this.open) return
    this.open = false
    try {
      this.flush()
    } finally {
      this.storage.close()
    }
  }

  private checkWritable(): void {
    if (this.readonly) {
      throw new DiskError(`Cannot write to "${this.storage.name}": it is opened read-only`)
    }
  }
}

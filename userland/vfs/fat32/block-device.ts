/** What the FAT32 driver asks of a disk. Tests give one over a buffer, the server one that calls blkdev. */

/** Bytes in a sector of a device. Larger logical sectors of a volume are several of these. */
export const SECTOR_BYTES: u32 = 512

/** A disk of 512-byte sectors. Functions return 0 or a negative errno, and have finished when they return. */
export abstract class BlockDevice {
  /** Number of sectors. */
  abstract sectors(): u64
  abstract isReadOnly(): bool
  abstract read(sector: u64, count: u32, buffer: usize): i32
  abstract write(sector: u64, count: u32, buffer: usize): i32
  /** Writes have reached the medium. */
  abstract flush(): i32
  /** It is not used any more. */
  dispose(): void {}
}

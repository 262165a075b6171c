/**
 * What a block device needs from the storage behind it.
 *
 * Everything is synchronous: completions are guest events at fixed guest times, and a host that is slower makes the
 * machine wait (docs/architecture.md, time). Positions and lengths are in bytes; the caller checks them against `bytes`.
 */

/** Bytes of a sector, the unit of a disk's size. */
export const SECTOR_BYTES = 512

/** Storage could not be opened or used. The message tells a person what to do. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/** A disk's content. Every method may throw `DiskError`; the request fails then, not the machine. */
export interface Disk {
  /** Size, a multiple of 512. */
  readonly bytes: number
  readonly readonly: boolean
  /** Fills `into` from `position` on. */
  read(position: number, into: Uint8Array): void
  /** Stores `from`. Lasts only after `flush`. */
  write(position: number, from: Uint8Array): void
  /** Returns when everything written before would survive the host process and the host's power. */
  flush(): void
  /** The content of the range does not matter any more. Reads there give the old content or zeros. */
  discard(position: number, bytes: number): void
  /** Makes the range read as zeros. */
  writeZeroes(position: number, bytes: number): void
  /** Flushes and gives back host resources. A second call does nothing. */
  close(): void
}

/**
 * Bytes that last: a file, or in tests and browsers anything else. Disks are built on this, so that their formats and
 * their order of writes can be tested against every crash without a file system.
 */

/** A resizable run of bytes. Every method may throw `DiskError`. */
export interface Storage {
  /** For messages: a path. */
  readonly name: string
  /** Size in bytes. */
  readonly bytes: number
  /** Fills `into` from `position` on. Fails if the storage ends before. */
  read(position: number, into: Uint8Array): void
  /** Stores `from`, growing the storage if needed. */
  write(position: number, from: Uint8Array): void
  /** Returns when everything written before would survive a loss of power. */
  sync(): void
  /** Makes the storage `bytes` long; what is new reads as zeros. */
  resize(bytes: number): void
  /**
   * Makes a range inside the storage read as zeros and gives its space back.
   * @returns false, changing nothing, if the storage can't.
   */
  punch(position: number, bytes: number): boolean
  close(): void
}

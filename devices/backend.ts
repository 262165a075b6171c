/**
 * What a machine needs of the computer it runs on. `backends/bun.ts` is the one for Bun; a machine in a browser brings
 * another. Nothing else under `devices/` (but the back ends of disks and networks) touches files, sockets or clocks.
 */
import type { DiskConfig, NetworkConfig } from './config.ts'
import type { Disk } from './disk/disk.ts'
import type { NetPort } from './net/port.ts'
import type { FrameTap } from './virtio/net.ts'

/** A file that holds a flash bank. */
export interface FlashFile {
  /** Its content when it was opened. */
  readonly bytes: Uint8Array
  /** Stores a changed part; kept even if the process is killed afterwards. */
  write(offset: number, data: Uint8Array): void
  close(): void
}

/** A file that receives memory. */
export interface SparseWriter {
  write(offset: number, data: Uint8Array): void
  /** Ends it with a length of `bytes`. */
  finish(bytes: number): void
}

export interface Backend {
  /** CPU time of this process in ms. */
  cpuMs(): number
  /** Reads a whole file. Errors name it; a file of more than `limit` bytes is one. */
  readFile(path: string, limit: number): Promise<Uint8Array<ArrayBuffer>>
  /** Opens a flash bank's file of at most `limit` bytes, making it if it does not exist. */
  openFlash(path: string, limit: number): FlashFile
  openDisk(disk: DiskConfig): Disk
  /** Plugs a network in; undefined for one without a link. */
  openNetwork(network: NetworkConfig): NetPort | undefined
  /** Opens a packet capture. */
  openPcap(path: string): { tap: FrameTap; close(): void }
  /** Makes a directory, and files in it. */
  makeDirectory(path: string): Promise<void>
  writeFile(path: string, data: Uint8Array | string): Promise<void>
  writeSparse(path: string): SparseWriter
  /**
   * Puts a file's content over `target`, a page-aligned part of a WebAssembly memory: mapped copy-on-write if the host
   * can do that, else read. The file must have exactly `target.length` bytes.
   * @returns whether it is mapped, so that the file must not change as long as the machine lives.
   */
  loadMemory(path: string, target: Uint8Array): Promise<boolean>
}

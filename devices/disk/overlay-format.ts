/**
 * The bytes of an overlay file: header and table pages. docs/overlay-format.md describes them; this is the only code
 * that knows them.
 */
import { crc32 } from './crc32.ts'
import { DiskError, SECTOR_BYTES } from './disk.ts'

export const OVERLAY_MAGIC = 'KENIXOVL'
const OVERLAY_VERSION = 1

/** Header and table pages have this size and alignment. */
export const PAGE_BYTES = 4096
const IDENTITY_BYTES = 32
/** Table entries a page holds. */
export const PAGE_ENTRIES = 1020
const PAGE_HEADER_BYTES = PAGE_BYTES - 4 * PAGE_ENTRIES

const CLUSTER_BITS_MIN = 12
const CLUSTER_BITS_MAX = 21
const CLUSTER_BITS_DEFAULT = 16
/** The table is kept in memory, four bytes a cluster. */
const CLUSTERS_MAX = 2 ** 22

/** Table entry: the cluster is the base's. */
export const ENTRY_BASE = 0
/** Table entry: the cluster reads as zeros. */
export const ENTRY_ZERO = 1
/** Table entries from here on: the cluster is data cluster `entry - ENTRY_DATA`. */
export const ENTRY_DATA = 2

/** What the header says. */
export interface OverlayHeader {
  readonly clusterBits: number
  /** Size of the disk the guest sees. */
  readonly bytes: number
  readonly baseBytes: number
  /** 32 bytes that tell the base from others. */
  readonly baseIdentity: Uint8Array
}

/** Where things lie in the file, by its header. */
export interface OverlayLayout {
  readonly clusterBytes: number
  readonly clusters: number
  readonly tablePages: number
  /** Position of data cluster 0; the file is never shorter. */
  readonly dataStart: number
}

/** The cluster size for a new overlay: 64 KiB, larger where the table would grow too long. */
export function chooseClusterBits(bytes: number): number {
  let bits = CLUSTER_BITS_DEFAULT
  while (bytes / 2 ** bits > CLUSTERS_MAX) bits += 1
  if (bits > CLUSTER_BITS_MAX) {
    const limit = (CLUSTERS_MAX * 2 ** CLUSTER_BITS_MAX) / 2 ** 40
    throw new DiskError(
      `Cannot make an overlay for ${bytes} bytes: the largest possible disk has ${limit} TiB`,
    )
  }
  return bits
}

export function layoutOf(header: OverlayHeader): OverlayLayout {
  const clusterBytes = 2 ** header.clusterBits
  const clusters = Math.ceil(header.bytes / clusterBytes)
  const tablePages = Math.ceil(clusters / PAGE_ENTRIES)
  const tableEnd = PAGE_BYTES * (1 + 2 * tablePages)
  const dataStart = Math.ceil(tableEnd / clusterBytes) * clusterBytes
  return { clusterBytes, clusters, tablePages, dataStart }
}

/** Position of one of the two copies of a table page. */
export function slotPosition(page: number, slot: number): number {
  return PAGE_BYTES * (1 + 2 * page + slot)
}

export function encodeHeader(header: OverlayHeader): Uint8Array {
  const bytes = new Uint8Array(PAGE_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(OVERLAY_MAGIC))
  view.setUint32(8, OVERLAY_VERSION, true)
  view.setUint32(12, header.clusterBits, true)
  view.setBigUint64(16, BigInt(header.bytes), true)
  view.setBigUint64(24, BigInt(header.baseBytes), true)
  bytes.set(header.baseIdentity, 32)
  view.setUint32(PAGE_BYTES - 4, crc32(bytes.subarray(0, PAGE_BYTES - 4)), true)
  return bytes
}

/**
 * Reads and checks a header.
 * @param name of the file, for messages.
 */
export function decodeHeader(bytes: Uint8Array, name: string): OverlayHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 8))
  if (magic !== OVERLAY_MAGIC) {
    throw new DiskError(
      `Cannot use "${name}" as an overlay: it is none; give a file that does not exist yet to make one`,
    )
  }
  const version = view.getUint32(8, true)
  if (version !== OVERLAY_VERSION) {
    throw new DiskError(
      `Cannot use the overlay "${name}": its format version is ${version}, this build reads ` +
        `${OVERLAY_VERSION}`,
    )
  }
  if (view.getUint32(PAGE_BYTES - 4, true) !== crc32(bytes.subarray(0, PAGE_BYTES - 4))) {
    throw new DiskError(`Cannot use the overlay "${name}": its header is damaged`)
  }
  const header = {
    clusterBits: view.getUint32(12, true),
    bytes: Number(view.getBigUint64(16, true)),
    baseBytes: Number(view.getBigUint64(24, true)),
    baseIdentity: bytes.slice(32, 32 + IDENTITY_BYTES),
  }
  const sizesFit =
    header.clusterBits >= CLUSTER_BITS_MIN &&
    header.clusterBits <= CLUSTER_BITS_MAX &&
    header.bytes > 0 &&
    header.bytes % SECTOR_BYTES === 0 &&
    header.bytes / 2 ** header.clusterBits <= CLUSTERS_MAX &&
    header.baseBytes <= header.bytes
  if (!sizesFit) {
    throw new DiskError(
      `Cannot use the overlay "${name}": its header holds impossible sizes (disk ${header.bytes}, ` +
        `base ${header.baseBytes}, cluster 2^${header.clusterBits})`,
    )
  }
  return header
}

/** Makes a table page. `sequence` grows with every write of the page. */
export function encodePage(page: number, sequence: number, entries: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(PAGE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, page, true)
  view.setBigUint64(8, BigInt(sequence), true)
  for (const [index, entry] of entries.entries()) {
    view.setUint32(PAGE_HEADER_BYTES + 4 * index, entry, true)
  }
  view.setUint32(0, crc32(bytes.subarray(4)), true)
  return bytes
}

/** A copy of a table page as found in the file. */
export type PageCopy =
  | { readonly state: 'unwritten' }
  | { readonly state: 'torn' }
  | { readonly state: 'valid'; readonly sequence: number; readonly entries: Uint32Array }

export function decodePage(bytes: Uint8Array, page: number): PageCopy {
  if (bytes.every((byte) => byte === 0)) return { state: 'unwritten' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sequence = Number(view.getBigUint64(8, true))
  if (
    view.getUint32(0, true) !== crc32(bytes.subarray(4)) ||
    view.getUint32(4, true) !== page ||
    !Number.isSafeInteger(sequence)
  ) {
    return { state: 'torn' }
  }
  const entries = new Uint32Array(PAGE_ENTRIES)
  for (let index = 0; index < PAGE_ENTRIES; index++) {
    entries[index] = view.getUint32(PAGE_HEADER_BYTES + 4 * index, true)
  }
  return { state: 'valid', sequence, entries }
}

/**
 * Reads FAT32 volumes, whoever wrote them, so that what a guest left on its disk can be looked at without further tools.
 *
 * Source: fatgen103. Strict where data would be lost or invented: chains that end early, run in circles, are shared or
 * leave the volume, and folders without end are errors, not guesses.
 */
import {
  ATTRIBUTE,
  BPB,
  DIRECTORY_ENTRY,
  ENTRY,
  ENTRY_MASK,
  FIRST_CLUSTER,
  FIRST_END,
  FREE_ENTRY,
  LAST_ENTRY,
  MIN_CLUSTERS,
  SECTOR,
} from './layout.ts'
import { decodeLong, decodeShort } from './name.ts'
import type { FileTree } from './tree.ts'

/** Folders inside folders; more than any path of 260 characters has. */
const MAX_DEPTH = 128

/**
 * All files of a volume.
 * @throws Error that says what is wrong with the volume.
 */
export function readFat32(bytes: Uint8Array): FileTree {
  const volume = new Volume(bytes)
  const tree = new Map<string, Uint8Array>()
  volume.readFolder(volume.rootCluster, '', 0, tree)
  return tree
}

class Volume {
  readonly #view: DataView
  readonly #clusterBytes: number
  readonly #fatStart: number
  readonly #dataStart: number
  readonly #clusters: number
  readonly rootCluster: number
  /** Clusters seen so far: each belongs to one file only. */
  readonly #used = new Set<number>()

  constructor(readonly bytes: Uint8Array) {
    if (bytes.length < SECTOR)
      throw new Error(`Cannot read FAT32: ${bytes.length} bytes are no disk`)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = view
    const sectorBytes = view.getUint16(BPB.bytesPerSector, true)
    const perCluster = view.getUint8(BPB.sectorsPerCluster)
    const reserved = view.getUint16(BPB.reservedSectors, true)
    const fats = view.getUint8(BPB.fats)
    const fatSectors = view.getUint32(BPB.fatSectors32, true)
    const sectors = view.getUint32(BPB.totalSectors32, true)
    const fits =
      view.getUint16(BPB.signature, true) === 0xaa55 &&
      [512, 1024, 2048, 4096].includes(sectorBytes) &&
      perCluster > 0 &&
      (perCluster & (perCluster - 1)) === 0 &&
      reserved > 0 &&
      fats > 0 &&
      fatSectors > 0 &&
      view.getUint16(BPB.fatSectors16, true) === 0
    if (!fits) throw new Error('Cannot read FAT32: there is no FAT32 boot sector')
    const dataSector = reserved + fats * fatSectors
    this.#clusterBytes = perCluster * sectorBytes
    this.#clusters = Math.floor((sectors - dataSector) / perCluster)
    if (sectors * sectorBytes > bytes.length || this.#clusters < MIN_CLUSTERS) {
      throw new Error(
        `Cannot read FAT32: ${sectors} sectors with ${this.#clusters} clusters in ${bytes.length} bytes`,
      )
    }
    if ((this.#clusters + FIRST_CLUSTER) * 4 > fatSectors * sectorBytes) {
      throw new Error(`Cannot read FAT32: the FAT is too short for ${this.#clusters} clusters`)
    }
    this.#fatStart = reserved * sectorBytes
    this.#dataStart = dataSector * sectorBytes
    this.rootCluster = view.getUint32(BPB.rootCluster, true)
  }

  /** Adds what is in a folder to `tree`. */
  readFolder(cluster: number, prefix: string, depth: number, tree: Map<string, Uint8Array>): void {
    if (depth > MAX_DEPTH) throw new Error(`Cannot read "${prefix}": ${MAX_DEPTH} folders deep`)
    const data = this.#chain(cluster, prefix)
    let long: Uint8Array[] = []
    let empty = true
    for (let at = 0; at < data.length && data[at] !== LAST_ENTRY; at += DIRECTORY_ENTRY) {
      const entry = data.subarray(at, at + DIRECTORY_ENTRY)
      const attributes = entry[ENTRY.attributes]!
      if (entry[0] === FREE_ENTRY) {
        long = []
      } else if ((attributes & 0x3f) === ATTRIBUTE.longName) {
        long.push(entry)
      } else {
        const name = decodeLong(long, entry) ?? decodeShort(entry)
        long = []
        if (attributes & ATTRIBUTE.volumeId || name === '.' || name === '..') continue
        empty = false
        this.#readEntry(entry, `${prefix}${name}`, depth, tree)
      }
    }
    if (empty && prefix !== '') tree.set(prefix, new Uint8Array())
  }

  #readEntry(entry: Uint8Array, path: string, depth: number, tree: Map<string, Uint8Array>): void {
    const view = new DataView(entry.buffer, entry.byteOffset, DIRECTORY_ENTRY)
    const high = view.getUint16(ENTRY.clusterHigh, true)
    const cluster = high * 0x10000 + view.getUint16(ENTRY.clusterLow, true)
    if (view.getUint8(ENTRY.attributes) & ATTRIBUTE.directory) {
      this.readFolder(cluster, `${path}/`, depth + 1, tree)
      return
    }
    if (tree.has(path)) throw new Error(`Cannot read FAT32: "${path}" is there twice`)
    const size = view.getUint32(ENTRY.size, true)
    const data = cluster === 0 ? new Uint8Array() : this.#chain(cluster, path)
    const clusters = Math.ceil(size / this.#clusterBytes)
    if (data.length !== clusters * this.#clusterBytes) {
      throw new Error(
        `Cannot read "${path}": its ${size} bytes need ${clusters} clusters, it has ${data.length / this.#clusterBytes}`,
      )
    }
    tree.set(path, data.slice(0, size))
  }

  /** Bytes of a chain of clusters. */
  #chain(first: number, path: string): Uint8Array {
    const clusters: number[] = []
    for (let cluster = first; cluster < FIRST_END; ) {
      if (cluster < FIRST_CLUSTER || cluster >= this.#clusters + FIRST_CLUSTER) {
        throw new Error(`Cannot read "${path}": there is no cluster ${cluster}`)
      }
      if (this.#used.has(cluster)) {
        throw new Error(`Cannot read "${path}": cluster ${cluster} is used twice`)
      }
      this.#used.add(cluster)
      clusters.push(cluster)
      cluster = this.#view.getUint32(this.#fatStart + cluster * 4, true) & ENTRY_MASK
    }
    const data = new Uint8Array(clusters.length * this.#clusterBytes)
    for (const [index, cluster] of clusters.entries()) {
      const from = this.#dataStart + (cluster - FIRST_CLUSTER) * this.#clusterBytes
      data.set(this.bytes.subarray(from, from + this.#clusterBytes), index * this.#clusterBytes)
    }
    return data
  }
}

/**
 * Makes FAT32 volumes: boot sector with its copy, FSInfo, two FATs, folders with long names. The same input gives the same
 * bytes. Each file's clusters are consecutive.
 *
 * Source: fatgen103. What a volume in use has besides (deleted entries, fragments, bad clusters) is not made.
 */
import {
  ATTRIBUTE,
  BPB,
  DIRECTORY_ENTRY,
  END_OF_CHAIN,
  ENTRY,
  FIRST_CLUSTER,
  FS_INFO,
  MAX_CLUSTERS,
  MIN_CLUSTERS,
  SECTOR,
} from './layout.ts'
import { encodeName, folded, isShort, padded } from './name.ts'
import { type FileTree, type Folder, nested } from './tree.ts'

export interface Fat32Options {
  /** Size of the volume, a multiple of 512. Default: what the files need and at least 33 MiB, the least for FAT32. */
  bytes?: number
  /** Volume label: up to 11 characters, upper case. */
  label?: string
  /** Serial number of the volume. */
  volumeId?: number
  /** Sectors in front of the volume: where its partition starts. */
  hiddenSectors?: number
  /** Time of all files, without time zone. */
  modified?: Date
}

/** Everything that follows from a volume's size. */
interface Geometry {
  sectors: number
  sectorsPerCluster: number
  fatSectors: number
  clusters: number
}

const RESERVED = 32
const FATS = 2
const BACKUP = 6
const MEBIBYTE = 1 << 20
const MIN_BYTES = 33 * MEBIBYTE
const MAX_BYTES = 0xffffffff * SECTOR
const MAX_FILE = 0xffffffff
const DEFAULT_LABEL = 'KENIX'
const DEFAULT_ID = 0x4b454e58
const LABEL = /^[A-Z0-9!#$%&'()@^_`{}~ -]{1,11}$/

/**
 * Makes a volume that holds `tree`.
 * @throws Error if a name does not fit FAT, or the files do not fit the volume.
 */
export function makeFat32(tree: FileTree, options: Fat32Options = {}): Uint8Array<ArrayBuffer> {
  const label = options.label ?? DEFAULT_LABEL
  if (!LABEL.test(label)) {
    throw new Error(`Cannot use the label "${label}": up to 11 upper-case letters, digits, - or _`)
  }
  const root = nested(tree)
  const geometry = geometryOf(options.bytes ?? enough(root))
  const volume = new Volume(geometry, options, label)
  volume.addRoot(root)
  return volume.finish()
}

/** A size in which the files certainly fit, in whole mebibytes. */
function enough(root: Folder): number {
  const cluster = 8 * SECTOR
  const roundUp = (bytes: number, unit: number) => Math.ceil(bytes / unit) * unit
  const folderBytes = (folder: Folder): number => {
    const names = [...folder.files.keys(), ...folder.folders.keys()]
    const entries = names.reduce((sum, name) => sum + 2 + Math.ceil(name.length / 13), 3)
    const files = [...folder.files.values()].reduce(
      (sum, data) => sum + roundUp(data.length, cluster),
      roundUp(entries * DIRECTORY_ENTRY, cluster),
    )
    return [...folder.folders.values()].reduce((sum, child) => sum + folderBytes(child), files)
  }
  // An eighth more, and a mebibyte, hold the FATs and leave room to write.
  return Math.max(MIN_BYTES, roundUp(folderBytes(root) * 1.125 + MEBIBYTE, MEBIBYTE))
}

function geometryOf(bytes: number): Geometry {
  if (bytes % SECTOR !== 0 || bytes < MIN_BYTES || bytes > MAX_BYTES) {
    throw new Error(
      `Cannot make a FAT32 volume of ${bytes} bytes: the size must be a multiple of 512, at least 33 MiB and below 2 TiB`,
    )
  }
  const sectors = bytes / SECTOR
  const sectorsPerCluster = clusterSectors(bytes)
  let fatSectors = 1
  let clusters = 0
  for (;;) {
    clusters = Math.floor((sectors - RESERVED - FATS * fatSectors) / sectorsPerCluster)
    const needed = Math.ceil(((clusters + FIRST_CLUSTER) * 4) / SECTOR)
    if (needed <= fatSectors) break
    fatSectors = needed
  }
  if (clusters < MIN_CLUSTERS || clusters > MAX_CLUSTERS) {
    throw new Error(
      `Cannot make a FAT32 volume of ${bytes} bytes: it would have ${clusters} clusters`,
    )
  }
  return { sectors, sectorsPerCluster, fatSectors, clusters }
}

/** Sectors of a cluster by the volume's size, as in fatgen103's table for FAT32. */
function clusterSectors(bytes: number): number {
  const gibibytes = bytes / 2 ** 30
  if (gibibytes <= 0.26) return 1
  if (gibibytes <= 8) return 8
  if (gibibytes <= 16) return 16
  return gibibytes <= 32 ? 32 : 64
}

/** A volume under construction: FAT and data grow from the front. */
class Volume {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView<ArrayBuffer>
  readonly #clusterBytes: number
  readonly #dataStart: number
  readonly #stamp: { date: number; time: number }
  #next = FIRST_CLUSTER

  constructor(
    readonly geometry: Geometry,
    readonly options: Fat32Options,
    readonly label: string,
  ) {
    this.#bytes = new Uint8Array(geometry.sectors * SECTOR)
    this.#view = new DataView(this.#bytes.buffer)
    this.#clusterBytes = geometry.sectorsPerCluster * SECTOR
    this.#dataStart = (RESERVED + FATS * geometry.fatSectors) * SECTOR
    this.#stamp = stampOf(options.modified ?? new Date('1980-01-01T00:00:00Z'))
    this.#setEntry(0, 0x0ffffff8)
    this.#setEntry(1, END_OF_CHAIN)
  }

  /** Writes the root folder, which must come first: it lies in cluster 2. */
  addRoot(root: Folder): void {
    const label = this.#shortEntry(
      new TextEncoder().encode(this.label.padEnd(11)),
      ATTRIBUTE.volumeId,
      0,
      0,
    )
    this.#addFolder(root, 0, [label])
  }

  /** Writes boot sector and FSInfo with their copies, and the second FAT. */
  finish(): Uint8Array<ArrayBuffer> {
    const { fatSectors, clusters } = this.geometry
    this.#bytes.set(this.#bootSector(), 0)
    const info = new Uint8Array(SECTOR)
    const view = new DataView(info.buffer)
    view.setUint32(FS_INFO.leadSignature, FS_INFO.LEAD, true)
    view.setUint32(FS_INFO.structSignature, FS_INFO.STRUCT, true)
    view.setUint32(FS_INFO.freeCount, clusters + FIRST_CLUSTER - this.#next, true)
    view.setUint32(FS_INFO.nextFree, this.#next, true)
    view.setUint32(FS_INFO.trailSignature, FS_INFO.TRAIL, true)
    this.#bytes.set(info, SECTOR)
    this.#bytes.copyWithin(BACKUP * SECTOR, 0, 2 * SECTOR)
    const fat = RESERVED * SECTOR
    this.#bytes.copyWithin(fat + fatSectors * SECTOR, fat, fat + fatSectors * SECTOR)
    return this.#bytes
  }

  #bootSector(): Uint8Array {
    const { sectors, sectorsPerCluster, fatSectors } = this.geometry
    const sector = new Uint8Array(SECTOR)
    const view = new DataView(sector.buffer)
    const text = (at: number, value: string) => sector.set(new TextEncoder().encode(value), at)
    // A jump over the parameters to nothing: UEFI does not execute it.
    sector.set([0xeb, 0x58, 0x90], BPB.jump)
    text(BPB.oemName, 'KENIX   ')
    view.setUint16(BPB.bytesPerSector, SECTOR, true)
    view.setUint8(BPB.sectorsPerCluster, sectorsPerCluster)
    view.setUint16(BPB.reservedSectors, RESERVED, true)
    view.setUint8(BPB.fats, FATS)
    view.setUint8(BPB.media, 0xf8)
    view.setUint16(BPB.sectorsPerTrack, 63, true)
    view.setUint16(BPB.heads, 255, true)
    view.setUint32(BPB.hiddenSectors, this.options.hiddenSectors ?? 0, true)
    view.setUint32(BPB.totalSectors32, sectors, true)
    view.setUint32(BPB.fatSectors32, fatSectors, true)
    view.setUint32(BPB.rootCluster, FIRST_CLUSTER, true)
    view.setUint16(BPB.fsInfo, 1, true)
    view.setUint16(BPB.backupBootSector, BACKUP, true)
    view.setUint8(BPB.driveNumber, 0x80)
    view.setUint8(BPB.bootSignature, 0x29)
    view.setUint32(BPB.volumeId, this.options.volumeId ?? DEFAULT_ID, true)
    text(BPB.volumeLabel, this.label.padEnd(11))
    text(BPB.fileSystemType, 'FAT32   ')
    view.setUint16(BPB.signature, 0xaa55, true)
    return sector
  }

  /**
   * Writes a folder and all below it. Its clusters are taken before those of its contents, which its entries name.
   * @param parent the parent's cluster, 0 for the root and for folders in it.
   * @param head entries in front; those of `.` and `..` are made here for all but the root.
   * @returns its first cluster.
   */
  #addFolder(folder: Folder, parent: number, head: Uint8Array[]): number {
    const taken = new Set<string>()
    const seen = new Map<string, string>()
    const names = [...folder.folders.keys(), ...folder.files.keys()].sort()
    const encoded = new Map<string, ReturnType<typeof encodeName>>()
    // Names that are 8.3 already come first, so that no alias takes theirs.
    const long = names.filter((name) => !isShort(name))
    for (const name of [...names.filter(isShort), ...long]) {
      const other = seen.get(folded(name))
      if (other !== undefined) {
        throw new Error(`Cannot hold "${other}" and "${name}": FAT does not tell them apart`)
      }
      seen.set(folded(name), name)
      encoded.set(name, encodeName(name, taken))
    }
    const isRoot = head.length > 0
    const count = [...encoded.values()].reduce(
      (sum, { long }) => sum + long.length + 1,
      isRoot ? head.length : 2,
    )
    const cluster = this.#allocate(count * DIRECTORY_ENTRY, 'a folder')
    const entries = isRoot
      ? head
      : [
          this.#shortEntry(padded('.'), ATTRIBUTE.directory, cluster, 0),
          this.#shortEntry(padded('..'), ATTRIBUTE.directory, parent, 0),
        ]
    for (const [name, { short, long }] of [...encoded].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const child = folder.folders.get(name)
      const data = folder.files.get(name)
      const entry = child
        ? this.#shortEntry(
            short,
            ATTRIBUTE.directory,
            this.#addFolder(child, isRoot ? 0 : cluster, []),
            0,
          )
        : this.#shortEntry(short, ATTRIBUTE.archive, this.#addFile(name, data!), data!.length)
      entries.push(...long, entry)
    }
    for (const [index, entry] of entries.entries()) {
      this.#bytes.set(entry, this.#offset(cluster) + index * DIRECTORY_ENTRY)
    }
    return cluster
  }

  #addFile(name: string, data: Uint8Array): number {
    if (data.length > MAX_FILE) {
      throw new Error(`Cannot hold "${name}": ${data.length} bytes are more than 4 GiB`)
    }
    // An empty file has no cluster.
    if (data.length === 0) return 0
    const cluster = this.#allocate(data.length, `"${name}"`)
    this.#bytes.set(data, this.#offset(cluster))
    return cluster
  }

  /** Takes consecutive clusters for `bytes`, chained. */
  #allocate(bytes: number, what: string): number {
    const first = this.#next
    const count = Math.max(1, Math.ceil(bytes / this.#clusterBytes))
    if (first + count > this.geometry.clusters + FIRST_CLUSTER) {
      throw new Error(
        `Cannot fit ${what} of ${bytes} bytes: the volume has ${this.#bytes.length} bytes. Make it larger`,
      )
    }
    for (let cluster = first; cluster < first + count - 1; cluster++) {
      this.#setEntry(cluster, cluster + 1)
    }
    this.#setEntry(first + count - 1, END_OF_CHAIN)
    this.#next += count
    return first
  }

  #shortEntry(name: Uint8Array, attributes: number, cluster: number, size: number): Uint8Array {
    const entry = new Uint8Array(DIRECTORY_ENTRY)
    const view = new DataView(entry.buffer)
    const { date, time } = this.#stamp
    entry.set(name, ENTRY.name)
    view.setUint8(ENTRY.attributes, attributes)
    view.setUint16(ENTRY.createTime, time, true)
    view.setUint16(ENTRY.createDate, date, true)
    view.setUint16(ENTRY.accessDate, date, true)
    view.setUint16(ENTRY.clusterHigh, cluster >>> 16, true)
    view.setUint16(ENTRY.writeTime, time, true)
    view.setUint16(ENTRY.writeDate, date, true)
    view.setUint16(ENTRY.clusterLow, cluster & 0xffff, true)
    view.setUint32(ENTRY.size, size, true)
    return entry
  }

  #offset(cluster: number): number {
    return this.#dataStart + (cluster - FIRST_CLUSTER) * this.#clusterBytes
  }

  #setEntry(cluster: number, value: number): void {
    this.#view.setUint32(RESERVED * SECTOR + cluster * 4, value, true)
  }
}

/** FAT's date and time: from 1980, in steps of two seconds. */
function stampOf(when: Date): { date: number; time: number } {
  const year = Math.min(Math.max(when.getUTCFullYear() - 1980, 0), 127)
  return {
    date: (year << 9) | ((when.getUTCMonth() + 1) << 5) | when.getUTCDate(),
    time: (when.getUTCHours() << 11) | (when.getUTCMinutes() << 5) | (when.getUTCSeconds() >> 1),
  }
}

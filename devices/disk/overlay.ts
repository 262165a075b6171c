/**
 * A writable layer over an immutable base disk. The format is described in docs/overlay-format.md.
 *
 * Invariants that make what the guest flushed survive any crash:
 * - A table entry reaches the file only after the data it points to was synced.
 * - A table page has two copies; the older is overwritten, so a torn write leaves the last synced state.
 * - A data cluster that a table page on disk may still point to is never given to another cluster.
 */
import { type Disk, DiskError } from './disk.ts'
import {
  chooseClusterBits,
  decodeHeader,
  decodePage,
  ENTRY_BASE,
  ENTRY_DATA,
  ENTRY_ZERO,
  encodeHeader,
  encodePage,
  layoutOf,
  type OverlayHeader,
  type OverlayLayout,
  PAGE_BYTES,
  PAGE_ENTRIES,
  slotPosition,
} from './overlay-format.ts'
import type { Storage } from './storage.ts'

/** How to make an overlay. */
export interface OverlayOptions {
  /** Size of the disk the guest sees, not less than the base's; the rest reads as zeros. Default: the base's. */
  readonly bytes?: number
  /** log2 of the cluster size, 12 to 21. Default: 16, more for huge disks. */
  readonly clusterBits?: number
}

/** Writes an empty overlay for `base` into empty storage. The caller syncs it. */
export function createOverlay(
  storage: Storage,
  base: Disk,
  baseIdentity: Uint8Array,
  options: OverlayOptions = {},
): void {
  const bytes = options.bytes ?? base.bytes
  if (bytes < base.bytes || bytes % 512 !== 0) {
    throw new DiskError(
      `Cannot make an overlay of ${bytes} bytes: use a multiple of 512 not less than the base's ` +
        `${base.bytes}`,
    )
  }
  const clusterBits = options.clusterBits ?? chooseClusterBits(bytes)
  const header = { clusterBits, bytes, baseBytes: base.bytes, baseIdentity }
  storage.write(0, encodeHeader(header))
  storage.resize(layoutOf(header).dataStart)
}

export class OverlayDisk implements Disk {
  readonly readonly = false
  readonly bytes: number
  /** Table pages of which one copy was torn by a crash: the state of the last complete flush is used. */
  recoveredPages = 0

  private readonly header: OverlayHeader
  private readonly layout: OverlayLayout
  private readonly table: Uint32Array
  /** By page: which copy is current, and its sequence number; 0 = never written. */
  private readonly currentSlot: Uint8Array
  private readonly sequence: Float64Array
  private readonly dirtyPages = new Set<number>()
  private dataDirty = false
  /** Data clusters that may be used at once, and those that may be after the next flush. */
  private free: number[] = []
  private freedUnsynced: number[] = []
  private dataClusters = 0
  private readonly cluster: Uint8Array
  private broken: string | undefined
  private open = true

  /**
   * Opens an overlay; it then owns storage and base.
   * @param baseIdentity of `base`; must equal the one the overlay was made with.
   * @throws DiskError if the file is damaged, or not of this base. Storage and base are then still the caller's.
   */
  constructor(
    private readonly storage: Storage,
    private readonly base: Disk,
    baseIdentity: Uint8Array,
  ) {
    const { name } = storage
    if (storage.bytes < PAGE_BYTES) throw truncated(name, storage.bytes, PAGE_BYTES)
    const page = new Uint8Array(PAGE_BYTES)
    storage.read(0, page)
    this.header = decodeHeader(page, name)
    this.checkBase(baseIdentity)
    this.bytes = this.header.bytes
    this.layout = layoutOf(this.header)
    if (storage.bytes < this.layout.dataStart) {
      throw truncated(name, storage.bytes, this.layout.dataStart)
    }
    this.table = new Uint32Array(this.layout.clusters)
    this.currentSlot = new Uint8Array(this.layout.tablePages)
    this.sequence = new Float64Array(this.layout.tablePages)
    this.cluster = new Uint8Array(this.layout.clusterBytes)
    for (let index = 0; index < this.layout.tablePages; index++) this.loadPage(index)
    this.findFree()
  }

  read(position: number, into: Uint8Array): void {
    this.eachCluster(position, into.length, (index, offset, at, length) => {
      this.readCluster(index, offset, into.subarray(at, at + length))
    })
  }

  write(position: number, from: Uint8Array): void {
    this.checkUsable()
    this.eachCluster(position, from.length, (index, offset, at, length) => {
      this.writeCluster(index, offset, from.subarray(at, at + length))
    })
  }

  flush(): void {
    this.checkUsable()
    if (!this.dataDirty && this.dirtyPages.size === 0) return
    if (this.dataDirty) this.sync()
    this.dataDirty = false
    if (this.dirtyPages.size > 0) {
      for (const page of this.dirtyPages) this.storePage(page)
      this.sync()
      for (const page of this.dirtyPages) this.adoptPage(page)
      this.dirtyPages.clear()
    }
    for (const data of this.freedUnsynced) {
      this.storage.punch(this.dataPosition(data), this.layout.clusterBytes)
      this.free.push(data)
    }
    this.freedUnsynced = []
  }

  /** Whole clusters become zeros; the rest of the range stays as it is. */
  discard(position: number, bytes: number): void {
    this.checkUsable()
    this.eachCluster(position, bytes, (index, offset, _at, length) => {
      if (this.isWhole(index, offset, length)) this.zeroCluster(index)
    })
  }

  writeZeroes(position: number, bytes: number): void {
    this.checkUsable()
    this.eachCluster(position, bytes, (index, offset, _at, length) => {
      if (this.isWhole(index, offset, length)) this.zeroCluster(index)
      else if (this.table[index] !== ENTRY_ZERO) {
        this.writeCluster(index, offset, new Uint8Array(length))
      }
    })
  }

  close(): void {
    if (!this.open) return
    this.open = false
    try {
      if (this.broken === undefined) this.flush()
    } finally {
      this.storage.close()
      this.base.close()
    }
  }

  private checkBase(identity: Uint8Array): void {
    const { baseBytes, baseIdentity } = this.header
    if (baseBytes !== this.base.bytes) {
      throw new DiskError(
        `Cannot use the overlay "${this.storage.name}": it belongs to a base of ${baseBytes} bytes, ` +
          `this one has ${this.base.bytes}`,
      )
    }
    if (baseIdentity.some((byte, index) => byte !== identity[index])) {
      throw new DiskError(
        `Cannot use the overlay "${this.storage.name}": the base's content is not what it was when ` +
          'the overlay was made; give the original base, or a new overlay',
      )
    }
  }

  private loadPage(page: number): void {
    const copies = [0, 1].map((slot) => {
      const bytes = new Uint8Array(PAGE_BYTES)
      this.storage.read(slotPosition(page, slot), bytes)
      return decodePage(bytes, page)
    })
    let best = -1
    let torn = 0
    for (const [slot, copy] of copies.entries()) {
      if (copy.state === 'torn') torn += 1
      if (copy.state !== 'valid' || copy.sequence <= this.sequence[page]!) continue
      best = slot
      this.sequence[page] = copy.sequence
    }
    if (torn === 2) {
      throw new DiskError(
        `Cannot use the overlay "${this.storage.name}": both copies of table page ${page} are damaged`,
      )
    }
    if (torn === 1) this.recoveredPages += 1
    if (best < 0) {
      // Never completely written. The next write goes over the torn copy, if there is one.
      this.currentSlot[page] = copies[1]!.state === 'torn' ? 0 : 1
      return
    }
    this.currentSlot[page] = best
    const copy = copies[best]!
    if (copy.state !== 'valid') return
    const first = page * PAGE_ENTRIES
    this.table.set(copy.entries.subarray(0, this.layout.clusters - first), first)
  }

  /** Finds which data clusters nothing points to, and refuses a table that can't be true. */
  private findFree(): void {
    const { clusterBytes, dataStart } = this.layout
    const whole = Math.floor((this.storage.bytes - dataStart) / clusterBytes)
    const used = new Uint8Array(whole)
    for (const [index, entry] of this.table.entries()) {
      if (entry < ENTRY_DATA) continue
      const data = entry - ENTRY_DATA
      if (data >= whole) {
        throw new DiskError(
          `Cannot use the overlay "${this.storage.name}": it is truncated, or damaged; cluster ` +
            `${index} lies at byte ${this.dataPosition(data)}, the file ends at ${this.storage.bytes}`,
        )
      }
      if (used[data]) {
        throw new DiskError(
          `Cannot use the overlay "${this.storage.name}": it is damaged; two clusters share the ` +
            `data at byte ${this.dataPosition(data)}`,
        )
      }
      used[data] = 1
    }
    this.dataClusters = whole
    for (let data = whole - 1; data >= 0; data--) if (!used[data]) this.free.push(data)
  }

  /** Calls `visit` with each piece of a range: cluster, offset in it, offset in the range, length. */
  private eachCluster(
    position: number,
    bytes: number,
    visit: (index: number, offset: number, at: number, length: number) => void,
  ): void {
    const { clusterBytes } = this.layout
    if (position + bytes > this.bytes) {
      throw new DiskError(`Cannot use bytes beyond the end of "${this.storage.name}"`)
    }
    for (let at = 0; at < bytes; ) {
      const index = Math.floor((position + at) / clusterBytes)
      const offset = position + at - index * clusterBytes
      const length = Math.min(clusterBytes - offset, bytes - at)
      visit(index, offset, at, length)
      at += length
    }
  }

  /** Whether a piece is all of a cluster, or all that the disk has of its last one. */
  private isWhole(index: number, offset: number, length: number): boolean {
    const { clusterBytes } = this.layout
    const size = Math.min(clusterBytes, this.bytes - index * clusterBytes)
    return offset === 0 && length === size
  }

  private readCluster(index: number, offset: number, into: Uint8Array): void {
    const entry = this.table[index]!
    if (entry >= ENTRY_DATA) {
      this.storage.read(this.dataPosition(entry - ENTRY_DATA) + offset, into)
    } else if (entry === ENTRY_BASE) {
      const position = index * this.layout.clusterBytes + offset
      const inBase = Math.max(0, Math.min(into.length, this.base.bytes - position))
      if (inBase > 0) this.base.read(position, into.subarray(0, inBase))
      into.fill(0, inBase)
    } else into.fill(0)
  }

  private writeCluster(index: number, offset: number, from: Uint8Array): void {
    const entry = this.table[index]!
    if (entry >= ENTRY_DATA) {
      this.dataDirty = true
      this.storage.write(this.dataPosition(entry - ENTRY_DATA) + offset, from)
      return
    }
    // A new cluster is written whole: the file always reaches to the end of its last one.
    if (from.length < this.cluster.length) this.readCluster(index, 0, this.cluster)
    this.cluster.set(from, offset)
    const data = this.allocate()
    this.dataDirty = true
    try {
      this.storage.write(this.dataPosition(data), this.cluster)
    } catch (error) {
      this.free.push(data)
      throw error
    }
    this.setEntry(index, ENTRY_DATA + data)
  }

  private zeroCluster(index: number): void {
    const entry = this.table[index]!
    if (entry === ENTRY_ZERO) return
    if (entry >= ENTRY_DATA) this.freedUnsynced.push(entry - ENTRY_DATA)
    this.setEntry(index, ENTRY_ZERO)
  }

  private allocate(): number {
    return this.free.pop() ?? this.dataClusters++
  }

  private setEntry(index: number, entry: number): void {
    this.table[index] = entry
    this.dirtyPages.add(Math.floor(index / PAGE_ENTRIES))
  }

  /** Writes a table page over its older copy. */
  private storePage(page: number): void {
    const entries = this.table.subarray(page * PAGE_ENTRIES, (page + 1) * PAGE_ENTRIES)
    const bytes = encodePage(page, this.sequence[page]! + 1, entries)
    this.storage.write(slotPosition(page, 1 - this.currentSlot[page]!), bytes)
  }

  private adoptPage(page: number): void {
    this.sequence[page]! += 1
    this.currentSlot[page] = 1 - this.currentSlot[page]!
  }

  /** A failed sync may have thrown away what it could not write, and a second one would not say so: it is final. */
  private sync(): void {
    try {
      this.storage.sync()
    } catch (error) {
      this.broken = error instanceof Error ? error.message : `${error}`
      throw error
    }
  }

  private checkUsable(): void {
    if (this.broken !== undefined) {
      throw new DiskError(`Cannot write to "${this.storage.name}" any more: ${this.broken}`)
    }
  }

  private dataPosition(data: number): number {
    return this.layout.dataStart + data * this.layout.clusterBytes
  }
}

function truncated(name: string, bytes: number, expected: number): DiskError {
  return new DiskError(
    `Cannot use "${name}" as an overlay: it is truncated, ${bytes} bytes of at least ${expected}`,
  )
}

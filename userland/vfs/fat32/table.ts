/**
 * The file allocation table: chains of clusters, free clusters, and the two places that say whether the volume was left
 * in order.
 *
 * Source: fatgen103, sections "FAT Data Structure", "FAT32 FSInfo Sector Structure". A chain is built from its end
 * marker on and hung onto what exists by its owner, last of all; the number of free clusters is a hint that is trusted
 * only on a volume that was left in order.
 */
import { BlockCache } from './block-cache'
import { BS_STATE, BS_STATE_DIRTY, Geometry } from './geometry'

const ENTRY_MASK: u32 = 0x0fff_ffff
/** Marks the last cluster of a chain; all values from 0x0ffffff8 do. */
const END_OF_CHAIN: u32 = 0x0fff_ffff
const FIRST_END: u32 = 0x0fff_fff8
/** What `get` returns when the table cannot be read. */
export const UNREADABLE: u32 = 0xffff_ffff
const UNKNOWN: u32 = 0xffff_ffff

/** Entry 1: set while the volume is in order. */
const CLEAN_SHUTDOWN: u32 = 0x0800_0000

const INFO_LEAD = 0
const INFO_STRUCTURE = 484
const INFO_FREE = 488
const INFO_NEXT = 492
const LEAD_SIGNATURE: u32 = 0x4161_5252
const STRUCTURE_SIGNATURE: u32 = 0x6141_7272

export class AllocationTable {
  /** Length and last cluster of what `allocate` took. */
  allocated: u32 = 0
  last: u32 = 0
  private free: u32 = UNKNOWN
  private next: u32 = 2
  /** The volume says of itself that it is not in order: since we changed it, or since it was mounted. */
  private dirty: bool = false
  private wasDirty: bool = false

  constructor(
    public cache: BlockCache,
    public geometry: Geometry,
  ) {}

  /** Reads state and hints. */
  open(): i32 {
    const boot = this.cache.read(0)
    if (boot === 0) return this.cache.error
    this.wasDirty = (load<u8>(boot, BS_STATE) & BS_STATE_DIRTY) !== 0
    const state = this.raw(1)
    if (state === UNREADABLE) return this.cache.error
    if ((state & CLEAN_SHUTDOWN) === 0) this.wasDirty = true
    if (this.geometry.infoSector === 0) return 0
    const info = this.cache.read(this.geometry.infoSector)
    if (info === 0) return this.cache.error
    if (!isInfo(info)) return 0
    const free = load<u32>(info, INFO_FREE)
    if (!this.wasDirty && free <= this.geometry.clusters) this.free = free
    const next = load<u32>(info, INFO_NEXT)
    if (this.geometry.isCluster(next)) this.next = next
    return 0
  }

  /** The 28 bits that entry `cluster` holds, or UNREADABLE. */
  get(cluster: u32): u32 {
    const value = this.raw(cluster)
    return value === UNREADABLE ? UNREADABLE : value & ENTRY_MASK
  }

  /** Whether `value` ends a chain. */
  isEnd(value: u32): bool {
    return value >= FIRST_END && value !== UNREADABLE
  }

  /** Sets entry `cluster`; the four reserved bits stay. */
  set(cluster: u32, value: u32): i32 {
    const error = this.markDirty()
    if (error < 0) return error
    const sector = this.cache.modify(this.geometry.fatStart + (cluster >> 7))
    if (sector === 0) return this.cache.error
    const at = sector + ((cluster & 127) << 2)
    store<u32>(at, (load<u32>(at) & ~ENTRY_MASK) | value)
    return 0
  }

  /**
   * Takes up to `count` free clusters, as one chain that nothing refers to yet.
   * @returns its first cluster, 0 if none is free, or a negative errno; `allocated` and `last` say the rest
   */
  allocate(count: u32): i64 {
    this.allocated = 0
    this.last = 0
    let first: u32 = 0
    let candidate = this.next
    for (let seen: u32 = 0; seen < this.geometry.clusters && this.allocated < count; seen++) {
      if (!this.geometry.isCluster(candidate)) candidate = 2
      const value = this.get(candidate)
      if (value === UNREADABLE) return this.abandon(first, this.cache.error)
      if (value === 0) {
        let error = this.set(candidate, END_OF_CHAIN)
        if (error === 0 && this.last !== 0) error = this.set(this.last, candidate)
        if (error < 0) return this.abandon(first, error)
        if (first === 0) first = candidate
        this.last = candidate
        this.allocated++
      }
      candidate++
    }
    this.next = candidate
    if (this.free !== UNKNOWN) this.free -= this.allocated <= this.free ? this.allocated : this.free
    return first
  }

  /**
   * Frees the chain from `first`. A chain that runs into itself or into what is free ends there: every entry is
   * cleared once, so this ends on any table.
   */
  release(first: u32): i32 {
    let cluster = first
    while (this.geometry.isCluster(cluster)) {
      const next = this.get(cluster)
      if (next === UNREADABLE) return this.cache.error
      if (next === 0) break
      const error = this.set(cluster, 0)
      if (error < 0) return error
      if (this.free !== UNKNOWN && this.free < this.geometry.clusters) this.free++
      cluster = next
    }
    return 0
  }

  /** Makes `cluster` the last one of its chain. */
  cut(cluster: u32): i32 {
    return this.set(cluster, END_OF_CHAIN)
  }

  /** Number of free clusters, counted if it is not known; negative errno on an error. */
  countFree(): i64 {
    if (this.free !== UNKNOWN) return this.free
    let free: u32 = 0
    for (let i: u32 = 0; i < this.geometry.clusters; i++) {
      const value = this.get(i + 2)
      if (value === UNREADABLE) return this.cache.error
      if (value === 0) free++
    }
    this.free = free
    return free
  }

  /** The volume says from now on that it is in use. Goes to the medium before any other change. */
  markDirty(): i32 {
    if (this.dirty) return 0
    const error = this.writeState(true)
    if (error === 0) this.dirty = true
    return error
  }

  /**
   * Writes the hints and, unless the volume was found out of order or still has clusters of removed files, the mark
   * that it is in order.
   */
  close(leftovers: bool): i32 {
    if (!this.dirty) return this.cache.flush()
    let error = this.writeInfo()
    if (error === 0) error = this.cache.flush()
    if (error < 0 || this.wasDirty || leftovers) return error
    error = this.writeState(false)
    if (error === 0) error = this.cache.flush()
    if (error === 0) this.dirty = false
    return error
  }

  private raw(cluster: u32): u32 {
    const sector = this.cache.read(this.geometry.fatStart + (cluster >> 7))
    if (sector === 0) return UNREADABLE
    const value = load<u32>(sector + ((cluster & 127) << 2))
    // All bits set is an end of chain with its reserved bits set.
    return value === UNREADABLE ? END_OF_CHAIN | CLEAN_SHUTDOWN : value
  }

  private abandon(first: u32, error: i32): i64 {
    if (first !== 0) this.release(first)
    return error
  }

  private writeInfo(): i32 {
    if (this.geometry.infoSector === 0) return 0
    const info = this.cache.modify(this.geometry.infoSector)
    if (info === 0) return this.cache.error
    if (!isInfo(info)) return 0
    store<u32>(info, this.free, INFO_FREE)
    store<u32>(info, this.next, INFO_NEXT)
    return 0
  }

  private writeState(dirty: bool): i32 {
    const boot = this.cache.modify(0)
    if (boot === 0) return this.cache.error
    const state = load<u8>(boot, BS_STATE)
    store<u8>(boot, dirty ? state | BS_STATE_DIRTY : state & ~BS_STATE_DIRTY, BS_STATE)
    const table = this.cache.modify(this.geometry.fatStart)
    if (table === 0) return this.cache.error
    const entry = load<u32>(table, 4)
    store<u32>(table, dirty ? entry & ~CLEAN_SHUTDOWN : entry | CLEAN_SHUTDOWN, 4)
    return 0
  }
}

function isInfo(info: usize): bool {
  return (
    load<u32>(info, INFO_LEAD) === LEAD_SIGNATURE &&
    load<u32>(info, INFO_STRUCTURE) === STRUCTURE_SIGNATURE
  )
}

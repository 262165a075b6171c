/**
 * Directories: finding entries, adding and erasing them.
 *
 * Source: fatgen103, sections "FAT Directory Structure" and "FAT Long Directory Entries". The order of changes is such
 * that a cut leaves at worst long entries without their short one, which everybody ignores and fsck.fat removes: the
 * short entry is written last and erased first. A directory has at most 65,536 entries, so a damaged one ends.
 */
import { EIO, ENOSPC } from '../../libkenix/generated/abi'
import { Chain } from './chain'
import { sameName } from './codepage'
import {
  capitals,
  checksum,
  LongName,
  longEntries,
  numberedShort,
  plainShort,
  SHORT_BYTES,
  shortToText,
  writeLong,
} from './name'
import { AllocationTable } from './table'
import { clearCluster } from './zero'

export const ENTRY_BYTES: u32 = 32
const PER_SECTOR: u32 = 16
/** Directories are limited to 2 MiB by Windows and Linux alike. */
const MOST_ENTRIES: u32 = 0x1_0000
/** Short names tried for a long one. */
const MOST_ATTEMPTS: u32 = 1000

export const ATTR_READ_ONLY: u8 = 0x01
export const ATTR_VOLUME: u8 = 0x08
export const ATTR_DIRECTORY: u8 = 0x10
export const ATTR_ARCHIVE: u8 = 0x20
const ATTR_LONG: u8 = 0x0f
const ATTR_LONG_MASK: u8 = 0x3f

const END: u8 = 0
const ERASED: u8 = 0xe5

export const DIR_ATTR = 11
export const DIR_CREATED = 14
export const DIR_CLUSTER_HIGH = 20
export const DIR_WRITTEN = 22
export const DIR_CLUSTER_LOW = 26
export const DIR_SIZE = 28

/** The first cluster a short entry names. */
export function firstCluster(entry: usize): u32 {
  return (
    ((load<u16>(entry, DIR_CLUSTER_HIGH) as u32) << 16) | (load<u16>(entry, DIR_CLUSTER_LOW) as u32)
  )
}

/** Sets the first cluster of a short entry. */
export function setFirstCluster(entry: usize, cluster: u32): void {
  store<u16>(entry, cluster >> 16, DIR_CLUSTER_HIGH)
  store<u16>(entry, cluster, DIR_CLUSTER_LOW)
}

/** Time of day and date are stored the other way round than as one number they read. */
export function setTimes(entry: usize, time: u32, created: bool): void {
  store<u32>(entry, time, DIR_WRITTEN)
  if (created) store<u32>(entry, time, DIR_CREATED)
}

/** Walks through a directory, and changes it. One object serves all directories of a volume, one at a time. */
export class Directory {
  /** What `next` found. */
  name: string = ''
  shortName: string = ''
  /** Index of its first entry (long or short) and of its short one. */
  start: u32 = 0
  index: u32 = 0
  /** Where the short entry is: sector times 16 plus its number in the sector. */
  place: u64 = 0
  /** A copy of the short entry. */
  readonly raw: usize = heap.alloc(ENTRY_BYTES)

  private readonly long: LongName = new LongName()
  private readonly short: usize = heap.alloc(16)
  private position: u32 = 0
  private error: i32 = 0

  constructor(private readonly table: AllocationTable) {}

  dispose(): void {
    heap.free(this.raw)
    heap.free(this.short)
  }

  /** The next `next` starts at entry `index`. */
  seek(index: u32): void {
    this.position = index
  }

  /** Finds the next file or directory. @returns 1, 0 at the end, or a negative errno */
  next(chain: Chain): i32 {
    this.long.reset()
    let start = this.position
    for (; this.position < MOST_ENTRIES; this.position++) {
      const entry = this.at(chain, this.position)
      if (entry === 0) return this.error
      const lead = load<u8>(entry)
      if (lead === END) return 0
      const attr = load<u8>(entry, DIR_ATTR)
      if (lead === ERASED) {
        this.long.reset()
        start = this.position + 1
      } else if ((attr & ATTR_LONG_MASK) === ATTR_LONG) {
        if (this.long.add(entry)) start = this.position
      } else {
        const name = this.long.take(entry)
        if (name === '') start = this.position
        if ((attr & ATTR_VOLUME) !== 0 || isDots(entry)) {
          start = this.position + 1
          continue
        }
        this.shortName = shortToText(entry)
        this.name = name === '' ? this.shortName : name
        this.start = start
        this.index = this.position++
        memory.copy(this.raw, entry, ENTRY_BYTES)
        return 1
      }
    }
    return -EIO
  }

  /** Finds `name` by its long or short form. @returns 1, 0 if there is none, or a negative errno */
  find(chain: Chain, name: string): i32 {
    this.seek(0)
    let result = this.next(chain)
    while (result > 0 && !sameName(this.name, name) && !sameName(this.shortName, name)) {
      result = this.next(chain)
    }
    return result
  }

  /**
   * Adds an entry for `name`; `raw` holds all but its name. Sets `place`.
   * @returns 0 or a negative errno
   */
  insert(chain: Chain, name: string, raw: usize): i32 {
    const plain = plainShort(name, this.short)
    let error = plain ? 0 : this.chooseShort(chain, name)
    if (error < 0) return error
    const long: u32 = plain ? 0 : longEntries(name)
    const start = this.findRoom(chain, long + 1)
    if (start < 0) return start as i32
    const sum = checksum(this.short)
    for (let i: u32 = 0; i < long; i++) {
      const entry = this.change(chain, (start as u32) + i)
      if (entry === 0) return this.error
      writeLong(entry, name, long - i, sum)
    }
    const entry = this.change(chain, (start as u32) + long)
    if (entry === 0) return this.error
    memory.copy(entry, raw, ENTRY_BYTES)
    memory.copy(entry, this.short, SHORT_BYTES)
    store<u8>(entry, 0, 12)
    error = this.table.cache.writeBack()
    return error
  }

  /** Erases the entries `start` to `index`, as `next` gave them. */
  erase(chain: Chain, start: u32, index: u32): i32 {
    for (let i = index + 1; i > start; i--) {
      const entry = this.change(chain, i - 1)
      if (entry === 0) return this.error
      store<u8>(entry, ERASED)
    }
    return 0
  }

  /** Address of entry `index`; 0 at the end of the chain (`error` is 0 then) or on an error. */
  private at(chain: Chain, index: u32): usize {
    const sector = this.locate(chain, index)
    if (sector === 0) return 0
    const address = this.table.cache.read(sector)
    if (address === 0) {
      this.error = this.table.cache.error
      return 0
    }
    return address + (index % PER_SECTOR) * ENTRY_BYTES
  }

  /** As `at`, to be changed. */
  private change(chain: Chain, index: u32): usize {
    this.error = this.table.markDirty()
    if (this.error < 0) return 0
    const sector = this.locate(chain, index)
    if (sector === 0) {
      if (this.error === 0) this.error = -EIO
      return 0
    }
    const address = this.table.cache.modify(sector)
    if (address === 0) {
      this.error = this.table.cache.error
      return 0
    }
    return address + (index % PER_SECTOR) * ENTRY_BYTES
  }

  /** Sector of entry `index`, and its `place`. */
  private locate(chain: Chain, index: u32): u64 {
    const perCluster = this.table.geometry.clusterBytes / ENTRY_BYTES
    const cluster = chain.at(index / perCluster)
    this.error = chain.error
    if (cluster === 0) return 0
    const sector = this.table.geometry.sectorOf(cluster) + (index % perCluster) / PER_SECTOR
    this.place = sector * PER_SECTOR + (index % PER_SECTOR)
    return sector
  }

  /** Puts a short name that the directory does not have yet into `short`. */
  private chooseShort(chain: Chain, name: string): i32 {
    // A name that is a short one but for its small letters keeps its form, if that is free.
    for (let attempt: u32 = 0; attempt <= MOST_ATTEMPTS; attempt++) {
      if (attempt > 0) numberedShort(name, attempt, this.short)
      else if (!plainShort(capitals(name), this.short)) continue
      const found = this.hasShort(chain)
      if (found <= 0) return found
    }
    return -ENOSPC
  }

  private hasShort(chain: Chain): i32 {
    for (let i: u32 = 0; i < MOST_ENTRIES; i++) {
      const entry = this.at(chain, i)
      if (entry === 0) return this.error
      if (load<u8>(entry) === END) return 0
      if ((load<u8>(entry, DIR_ATTR) & ATTR_LONG_MASK) === ATTR_LONG) continue
      if (memory.compare(entry, this.short, SHORT_BYTES) === 0) return 1
    }
    return -EIO
  }

  /**
   * Index of the first of `count` entries that are free, extending the directory if need be. Entries that lie behind
   * the end mark are marked as the end themselves, as nothing says what they hold.
   */
  private findRoom(chain: Chain, count: u32): i64 {
    let run: u32 = 0
    let i: u32 = 0
    let ended = false
    for (; run < count && i < MOST_ENTRIES; i++) {
      const entry = this.at(chain, i)
      if (entry === 0) {
        if (this.error < 0) return this.error
        const error = this.extend(chain)
        if (error < 0) return error
        // What was added is all zeros.
        ended = false
        i--
        continue
      }
      const lead = load<u8>(entry)
      if (lead === END && !ended) {
        ended = true
        if (this.clearBehind(chain, i, count - run) < 0) return this.error
      }
      run = ended || lead === ERASED || lead === END ? run + 1 : 0
    }
    return run < count ? -ENOSPC : i - count
  }

  /** Marks the entries behind the end mark `end` that `count` new ones will reach, and one more. */
  private clearBehind(chain: Chain, end: u32, count: u32): i32 {
    for (let i = end + count; i > end; i--) {
      const entry = this.at(chain, i)
      if (entry === 0) {
        if (this.error < 0) return this.error
        continue
      }
      if (load<u8>(entry) === END) continue
      const changed = this.change(chain, i)
      if (changed === 0) return this.error
      store<u8>(changed, END)
    }
    return 0
  }

  /** Adds a cluster of zeros. */
  private extend(chain: Chain): i32 {
    const perCluster = this.table.geometry.clusterBytes / ENTRY_BYTES
    if ((chain.index + 1) * perCluster >= MOST_ENTRIES) return -ENOSPC
    const tail = chain.cluster
    const fresh = this.table.allocate(1)
    if (fresh <= 0) return fresh === 0 ? -ENOSPC : (fresh as i32)
    let error = clearCluster(this.table, fresh as u32)
    if (error === 0) error = this.table.set(tail, fresh as u32)
    if (error < 0) this.table.release(fresh as u32)
    return error
  }
}

/** Whether a short entry is `.` or `..`. */
function isDots(entry: usize): bool {
  if (load<u8>(entry) !== 0x2e) return false
  const second = load<u8>(entry, 1)
  return second === 0x20 || (second === 0x2e && load<u8>(entry, 2) === 0x20)
}

/**
 * Sectors of one volume in memory.
 *
 * Order is the point of this file. Changed sectors go to the device in the order in which they were changed: changing
 * the sector changed last once more costs nothing, changing an older one writes all that wait first. So what is on the
 * medium after a cut is always the state after some prefix of the changes, and the rest of the driver orders its changes
 * such that every prefix can be repaired. Runs of data sectors bypass the cache, after what waits has been written.
 *
 * The copies of the file allocation table are made here: a sector in the mirrored range is written to each copy.
 */

import { EIO } from '../../libkenix/generated/abi'
import { BlockDevice, SECTOR_BYTES } from './block-device'

const SETS: i32 = 64
const WAYS: i32 = 4
const LINES: i32 = SETS * WAYS

export class BlockCache {
  /** Negative errno of the last function that returned 0 as an address. */
  error: i32 = 0
  /** Where the volume starts on the device, and its length. */
  start: u64 = 0
  length: u64

  private readonly memory: usize = heap.alloc((LINES as usize) * SECTOR_BYTES)
  private readonly sectorOf: StaticArray<u64> = new StaticArray<u64>(LINES)
  private readonly validity: StaticArray<bool> = new StaticArray<bool>(LINES)
  private readonly changed: StaticArray<bool> = new StaticArray<bool>(LINES)
  private readonly used: StaticArray<u32> = new StaticArray<u32>(LINES)
  /** Changed lines, in the order of the changes. */
  private readonly waiting: StaticArray<i32> = new StaticArray<i32>(LINES)
  private waitingCount: i32 = 0
  private clock: u32 = 0

  private mirrorStart: u64 = 0
  private mirrorLength: u64 = 0
  private mirrorCopies: u32 = 1

  constructor(public device: BlockDevice) {
    this.length = device.sectors()
  }

  /** Writes of `length` sectors from `start` go to `copies` places, one behind the other. */
  mirror(start: u64, length: u64, copies: u32): void {
    this.mirrorStart = start
    this.mirrorLength = length
    this.mirrorCopies = copies
  }

  /** The volume is `length` sectors from `start` of the device; nothing may have been changed yet. */
  restrict(start: u64, length: u64): void {
    this.start = start
    this.length = length
    for (let line = 0; line < LINES; line++) this.validity[line] = false
  }

  /** Gives the memory back; the cache must not be used afterwards. */
  dispose(): void {
    heap.free(this.memory)
  }

  /** Address of the bytes of `sector`, valid until the next call; 0 on an error. */
  read(sector: u64): usize {
    const line = this.load(sector)
    return line < 0 ? 0 : this.address(line)
  }

  /** As `read`; the caller changes the bytes before its next call. */
  modify(sector: u64): usize {
    let line = this.load(sector)
    if (line < 0) return 0
    if (this.changed[line]) {
      if (this.waiting[this.waitingCount - 1] === line) return this.address(line)
      const error = this.writeBack()
      if (error < 0) return this.fail(error)
      line = this.load(sector)
      if (line < 0) return 0
    }
    this.changed[line] = true
    this.waiting[this.waitingCount++] = line
    return this.address(line)
  }

  /** Reads sectors of data into `buffer`. */
  readRun(sector: u64, count: u32, buffer: usize): i32 {
    if (!this.inside(sector, count)) return -EIO
    const error = this.writeBack()
    return error < 0 ? error : this.device.read(this.start + sector, count, buffer)
  }

  /** Writes sectors of data from `buffer`, after all changes made before. */
  writeRun(sector: u64, count: u32, buffer: usize): i32 {
    if (!this.inside(sector, count)) return -EIO
    let error = this.writeBack()
    if (error < 0) return error
    for (let i: u32 = 0; i < count; i++) {
      const line = this.find(sector + i)
      if (line >= 0) this.validity[line] = false
    }
    error = this.device.write(this.start + sector, count, buffer)
    return error
  }

  /** Writes what has changed, in order. What could not be written stays changed. */
  writeBack(): i32 {
    let done = 0
    let error = 0
    while (done < this.waitingCount) {
      const line = this.waiting[done]
      error = this.writeLine(line)
      if (error < 0) break
      this.changed[line] = false
      done++
    }
    if (done > 0) {
      for (let i = done; i < this.waitingCount; i++) this.waiting[i - done] = this.waiting[i]
      this.waitingCount -= done
    }
    return error
  }

  /** Writes what has changed and has the device put it on the medium. */
  flush(): i32 {
    const error = this.writeBack()
    return error < 0 ? error : this.device.flush()
  }

  private fail(error: i32): usize {
    this.error = error
    return 0
  }

  private inside(sector: u64, count: u32): bool {
    return sector < this.length && (count as u64) <= this.length - sector
  }

  private address(line: i32): usize {
    return this.memory + (line as usize) * SECTOR_BYTES
  }

  private find(sector: u64): i32 {
    const first = ((sector % (SETS as u64)) as i32) * WAYS
    for (let line = first; line < first + WAYS; line++) {
      if (this.validity[line] && this.sectorOf[line] === sector) return line
    }
    return -1
  }

  /** Line that holds `sector`, read if need be; -1 on an error. */
  private load(sector: u64): i32 {
    let line = this.find(sector)
    if (line < 0) {
      if (!this.inside(sector, 1)) {
        this.error = -EIO
        return -1
      }
      line = this.victim(sector)
      if (line < 0) return -1
      const error = this.device.read(this.start + sector, 1, this.address(line))
      if (error < 0) {
        this.error = error
        return -1
      }
      this.sectorOf[line] = sector
      this.validity[line] = true
    }
    this.used[line] = ++this.clock
    return line
  }

  /** A line of the set of `sector` that may be overwritten, made invalid. */
  private victim(sector: u64): i32 {
    const first = ((sector % (SETS as u64)) as i32) * WAYS
    let best = -1
    for (let line = first; line < first + WAYS; line++) {
      if (!this.validity[line]) return line
      if (this.changed[line]) continue
      if (best < 0 || this.used[line] < this.used[best]) best = line
    }
    if (best < 0) {
      const error = this.writeBack()
      if (error < 0) {
        this.error = error
        return -1
      }
      best = first
    }
    this.validity[best] = false
    return best
  }

  private writeLine(line: i32): i32 {
    const sector = this.sectorOf[line]
    const mirrored = sector >= this.mirrorStart && sector - this.mirrorStart < this.mirrorLength
    const copies: u32 = mirrored ? this.mirrorCopies : 1
    for (let copy: u32 = 0; copy < copies; copy++) {
      const at = sector + (copy as u64) * this.mirrorLength
      const error = this.device.write(this.start + at, 1, this.address(line))
      if (error < 0) return error
    }
    return 0
  }
}

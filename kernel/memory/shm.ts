/**
 * Shared memory and DMA memory. A region knows its frames by a table of tables (a root frame of 512 words, each the address of
 * a frame of 512 frame addresses), or is one run of frames: DMA memory, and what was there at boot (archive, device tree). It lives
 * as long as handles or mappings of it do. Revoking and destroying make its `GENERATION` grow, with which every handle is
 * compared; what is mapped then ends step by step (`task/work.ts`).
 *
 * DMA memory comes from a pool set aside at boot. When its last handle goes, the device may still be writing it, so it is kept aside
 * until the next holder of the device says that it was reset.
 */
import { MAX_SHMS } from '../abi/generated'
import { GRAVEYARD, REAPER } from '../arch/core'
import { load64, store64 } from '../arch/imports/mem64'
import { releaseDevice } from '../device/device'
import { DMA_MAP, DMA_PAGES, SHM_BYTES, SHMS, STEP_PAGES } from '../param'
import { wakeReaper } from '../task/reaper'
import { PAGES, taskOfToken } from '../task/task'
import { direct, freeFrame, takeTableFrame, takeZeroFrame, unreserve } from './frames'

export const SHM_REFERENCES: usize = 0
export const SHM_MAPS: usize = 4
export const SHM_GENERATION: usize = 8
export const SHM_FLAGS: usize = 12
export const SHM_PAGES: usize = 16
export const SHM_TOUCHED: usize = 20
/** Root frame, or first frame of a run. */
export const SHM_FRAMES: usize = 24
/** Token of the task that made it and pays. */
export const SHM_OWNER: usize = 32
export const SHM_DEVICE: usize = 36
export const SHM_SIZE: usize = 40
export const SHM_NEXT: usize = 48
export const SHM_CURSOR: usize = 52

export const SHM_USED: u32 = 1
export const SHM_CONTIGUOUS: u32 = 2
/** Frames that are never freed. */
export const SHM_STATIC: u32 = 4
export const SHM_DMA: u32 = 8
export const SHM_UNCACHED: u32 = 16
/** DMA memory nobody holds, whose device was not reset yet. */
export const SHM_ASIDE: u32 = 32
/** Its frames are being freed. */
export const SHM_DYING: u32 = 64
/** Destroyed: its frames go although handles are left. */
export const SHM_GONE: u32 = 128
/** Its frames are gone; the record waits for its last handle. */
export const SHM_EMPTY: u32 = 256

let dmaBase: u64 = 0
let dmaPages: u32 = 0
let dmaAside: u32 = 0

export function isUncached(shm: usize): bool {
  return (load<u32>(shm + SHM_FLAGS) & SHM_UNCACHED) != 0
}

/** A free region of a size in bytes, 0 if there is none. */
export function takeShm(size: u64, flags: u32): usize {
  for (let i: usize = 0; i < (MAX_SHMS as usize); i++) {
    const shm = SHMS + i * SHM_BYTES
    if (load<u32>(shm + SHM_FLAGS)) continue
    const generation = load<u32>(shm + SHM_GENERATION) + 1
    memory.fill(shm, 0, SHM_BYTES)
    store<u32>(shm + SHM_GENERATION, generation)
    store<u32>(shm + SHM_FLAGS, flags | SHM_USED)
    store<u32>(shm + SHM_PAGES, ((size + 4095) >> 12) as u32)
    store<u64>(shm + SHM_SIZE, size)
    return shm
  }
  return 0
}

/** Gives a region back that nothing refers to and that has no frames. */
export function dropShm(shm: usize): void {
  store<u32>(shm + SHM_FLAGS, 0)
}

/** The frame of a page, taken now if this is its first touch; 0 if memory is out. */
export function shmFrame(shm: usize, page: u64): u64 {
  const frames = load<u64>(shm + SHM_FRAMES)
  if (load<u32>(shm + SHM_FLAGS) & SHM_CONTIGUOUS) return frames + (page << 12)
  let root = frames
  if (!root) {
    root = takeTableFrame()
    if (!root) return 0
    store<u64>(shm + SHM_FRAMES, root)
  }
  const tableAt = direct(root) + ((page >> 9) << 3)
  let table = load64(tableAt)
  if (!table) {
    table = takeTableFrame()
    if (!table) return 0
    store64(tableAt, table)
  }
  const at = direct(table) + ((page & 511) << 3)
  let frame = load64(at)
  if (frame) return frame
  frame = takeZeroFrame()
  if (!frame) return 0
  store64(at, frame)
  store<u32>(shm + SHM_TOUCHED, load<u32>(shm + SHM_TOUCHED) + 1)
  unreserve(1)
  return frame
}

/** One mapping or handle less: the last one ends the region. */
export function releaseShm(shm: usize, counter: usize): void {
  store<u32>(shm + counter, load<u32>(shm + counter) - 1)
  if (load<u32>(shm + SHM_MAPS)) return
  const flags = load<u32>(shm + SHM_FLAGS)
  const references = load<u32>(shm + SHM_REFERENCES)
  if (references && !(flags & SHM_GONE)) return
  if (flags & SHM_EMPTY) {
    if (!references) dropShm(shm)
    return
  }
  if (flags & (SHM_STATIC | SHM_DYING | SHM_ASIDE)) return
  if (flags & SHM_DMA) {
    store<u32>(shm + SHM_FLAGS, flags | SHM_ASIDE)
    dmaAside += load<u32>(shm + SHM_PAGES)
    return
  }
  store<u32>(shm + SHM_FLAGS, flags | SHM_DYING)
  store<u32>(shm + SHM_NEXT, load<u32>(GRAVEYARD))
  store<u32>(GRAVEYARD, shm as u32)
  wakeReaper(load<u32>(REAPER))
}

/** Frees some frames of a region; true when it is gone. */
export function buryShm(shm: usize): bool {
  const pages = load<u32>(shm + SHM_PAGES)
  const root = load<u64>(shm + SHM_FRAMES)
  let page = load<u32>(shm + SHM_CURSOR)
  let budget = STEP_PAGES << 4
  while (root && page < pages && budget-- > 0) {
    const table = load64(direct(root) + (((page as u64) >> 9) << 3))
    if (!table) {
      page = (page | 511) + 1
      continue
    }
    const frame = load64(direct(table) + (((page as u64) & 511) << 3))
    if (frame) freeFrame(frame)
    page++
    if ((page & 511) == 0 || page == pages) freeFrame(table)
  }
  store<u32>(shm + SHM_CURSOR, page)
  if (root && page < pages) return false
  if (root) freeFrame(root)
  unreserve((pages - load<u32>(shm + SHM_TOUCHED)) as u64)
  const owner = taskOfToken(load<u32>(shm + SHM_OWNER))
  if (owner) store<u64>(owner + PAGES, load<u64>(owner + PAGES) - (pages as u64))
  if (load<u32>(shm + SHM_REFERENCES)) store<u32>(shm + SHM_FLAGS, SHM_USED | SHM_GONE | SHM_EMPTY)
  else dropShm(shm)
  return true
}

/** Names the pool, contiguous frames taken at boot. */
export function initDma(base: u64, pages: u32): void {
  dmaBase = base
  dmaPages = pages
  dmaAside = 0
  memory.fill(DMA_MAP, 0, DMA_PAGES >> 3)
}

function dmaTaken(page: u32): bool {
  return ((load<u8>(DMA_MAP + (page >> 3)) >> ((page & 7) as u8)) & 1) != 0
}

function markDma(page: u32, count: u32, taken: bool): void {
  for (let i = page; i < page + count; i++) {
    const at = DMA_MAP + (i >> 3)
    const bit: u8 = 1 << ((i & 7) as u8)
    store<u8>(at, taken ? load<u8>(at) | bit : load<u8>(at) & ~bit)
  }
}

/** Takes `count` pages in a row from the pool, 0 if there are none. First fit. */
export function takeDma(count: u32): u64 {
  let run: u32 = 0
  for (let page: u32 = 0; page < dmaPages; page++) {
    if ((page & 7) == 0 && load<u8>(DMA_MAP + (page >> 3)) == 0xff) {
      run = 0
      page += 7
      continue
    }
    run = dmaTaken(page) ? 0 : run + 1
    if (run < count) continue
    const start = page + 1 - count
    markDma(start, count, true)
    return dmaBase + ((start as u64) << 12)
  }
  return 0
}

/** The device was reset: what its former holders had may be used again. Returns the pages that became free. */
export function freeDmaOf(device: usize): u32 {
  let freed: u32 = 0
  for (let i: usize = 0; i < (MAX_SHMS as usize); i++) {
    const shm = SHMS + i * SHM_BYTES
    if (!(load<u32>(shm + SHM_FLAGS) & SHM_ASIDE)) continue
    if ((load<u32>(shm + SHM_DEVICE) as usize) != device) continue
    const pages = load<u32>(shm + SHM_PAGES)
    markDma(((load<u64>(shm + SHM_FRAMES) - dmaBase) >> 12) as u32, pages, false)
    dmaAside -= pages
    freed += pages
    dropShm(shm)
    releaseDevice(device)
  }
  return freed
}

/** Gives back pool pages that no device has seen. */
export function returnDma(base: u64, count: u32): void {
  markDma(((base - dmaBase) >> 12) as u32, count, false)
}

/** Pages kept aside until their device is reset. */
export function pagesAside(): u32 {
  return dmaAside
}

/** Regions in use. */
export function shmCount(): u32 {
  let count: u32 = 0
  for (let i: usize = 0; i < (MAX_SHMS as usize); i++) {
    if (load<u32>(SHMS + i * SHM_BYTES + SHM_FLAGS)) count++
  }
  return count
}

/**
 * Contents of files.
 *
 * A cut leaves at worst clusters that belong to nobody, or a chain that is longer than its file: clusters are chained
 * before they are hung onto the file, and the size is written last when a file grows and first when it shrinks.
 */
import { EFBIG, EIO, ENOSPC } from '../../libkenix/generated/abi'
import { SECTOR_BYTES } from './block-device'
import { FatNode } from './node'
import { FatVolume } from './volume'
import { ZERO_BYTES, zeros } from './zero'

/** A file is shorter than 4 GiB. */
const MOST_BYTES: u64 = 0xffff_ffff
/** Sectors asked of the device at once. */
const MOST_SECTORS: u32 = 1024

/** As FileSystem.read. */
export function readFile(
  volume: FatVolume,
  node: FatNode,
  offset: u64,
  buffer: usize,
  length: u32,
): i32 {
  if (offset >= node.size) return 0
  const count = min(length as u64, min(node.size - offset, i32.MAX_VALUE as u64)) as u32
  return transfer(volume, node, offset, buffer, count, false)
}

/** As FileSystem.write. */
export function writeFile(
  volume: FatVolume,
  node: FatNode,
  offset: u64,
  buffer: usize,
  length: u32,
): i32 {
  if (length === 0) return 0
  if (offset >= MOST_BYTES) return -EFBIG
  let count = min(length as u64, min(MOST_BYTES - offset, i32.MAX_VALUE as u64)) as u32
  const had = reserve(volume, node, offset + count)
  let error: i32 = had < 0 ? (had as i32) : 0
  let written = 0
  if (error === 0) {
    const room = (had as u64) * volume.geometry.clusterBytes
    if (room <= offset) error = -ENOSPC
    else if (room - offset < count) count = (room - offset) as u32
  }
  if (error === 0 && offset > node.size) error = clear(volume, node, node.size, offset)
  if (error === 0) {
    written = transfer(volume, node, offset, buffer, count, true)
    if (written < 0) error = written
  }
  if (error < 0) {
    trim(volume, node)
    return error
  }
  if (offset + written > node.size) node.size = offset + written
  error = volume.writeEntry(node)
  if (error === 0) error = volume.cache.writeBack()
  return error < 0 ? error : written
}

/** As FileSystem.truncate. */
export function truncateFile(volume: FatVolume, node: FatNode, size: u64): i32 {
  if (size > MOST_BYTES) return -EFBIG
  if (size > node.size) {
    const had = reserve(volume, node, size)
    let error: i32 = had < 0 ? (had as i32) : 0
    if (error === 0 && (had as u64) * volume.geometry.clusterBytes < size) error = -ENOSPC
    if (error === 0) error = clear(volume, node, node.size, size)
    if (error < 0) {
      trim(volume, node)
      return error
    }
  }
  node.size = size
  let error: i32 = 0
  if (size === 0) {
    const first = node.chain.first
    node.chain.reset(0)
    error = volume.writeEntry(node)
    if (error === 0) error = volume.table.release(first)
  } else {
    error = volume.writeEntry(node)
    if (error === 0) error = trim(volume, node)
  }
  return error < 0 ? error : volume.cache.writeBack()
}

/**
 * Gives the file clusters for `size` bytes, or as many as there are.
 * @returns how many it has then, or a negative errno
 */
function reserve(volume: FatVolume, node: FatNode, size: u64): i64 {
  const bytes = volume.geometry.clusterBytes
  const needed = ((size + bytes - 1) / bytes) as u32
  if (needed === 0) return 0
  const table = volume.table
  if (node.chain.first === 0) {
    const first = table.allocate(needed)
    if (first <= 0) return first === 0 ? -ENOSPC : first
    node.chain.reset(first as u32)
    return table.allocated
  }
  if (node.chain.at(needed - 1) !== 0) return needed
  if (node.chain.error < 0) return node.chain.error
  const tail = node.chain.cluster
  const had = node.chain.index + 1
  const first = table.allocate(needed - had)
  if (first < 0) return first
  if (first === 0) return had
  const error = table.set(tail, first as u32)
  if (error < 0) {
    table.release(first as u32)
    return error
  }
  return had + table.allocated
}

/** Frees the clusters behind the end of the file. */
function trim(volume: FatVolume, node: FatNode): i32 {
  if (node.chain.first === 0) return 0
  const bytes = volume.geometry.clusterBytes
  const keep = ((node.size + bytes - 1) / bytes) as u32
  const table = volume.table
  if (keep === 0) {
    // The entry on the medium does not have this chain: it gets one together with a size.
    const first = node.chain.first
    node.chain.reset(0)
    const error = table.release(first)
    return error < 0 ? error : volume.cache.writeBack()
  }
  const last = node.chain.at(keep - 1)
  if (last === 0) return node.chain.error < 0 ? node.chain.error : -EIO
  const next = table.get(last)
  if (!volume.geometry.isCluster(next)) return 0
  const error = table.cut(last)
  return error < 0 ? error : table.release(next)
}

/** Writes zeros from `from` to `to`; the clusters are there. */
function clear(volume: FatVolume, node: FatNode, from: u64, to: u64): i32 {
  while (from < to) {
    // Up to a page boundary first, then whole pages.
    const count = min((ZERO_BYTES as u64) - (from % ZERO_BYTES), to - from) as u32
    const done = transfer(volume, node, from, zeros(), count, true)
    if (done < 0) return done
    from += count
  }
  return 0
}

/** Moves `length` bytes, all of which lie in clusters of the file. Whole sectors go past the cache. */
function transfer(
  volume: FatVolume,
  node: FatNode,
  offset: u64,
  buffer: usize,
  length: u32,
  write: bool,
): i32 {
  const bytes = volume.geometry.clusterBytes
  const cache = volume.cache
  if (write) {
    const error = volume.table.markDirty()
    if (error < 0) return error
  }
  let done: u32 = 0
  while (done < length) {
    let index = (offset / bytes) as u32
    const within = (offset % bytes) as u32
    let cluster = node.chain.at(index)
    if (cluster === 0) return node.chain.error < 0 ? node.chain.error : -EIO
    const sector = volume.geometry.sectorOf(cluster) + within / SECTOR_BYTES
    const inSector = within % SECTOR_BYTES
    const rest = length - done
    let count: u32 = 0
    if (inSector === 0 && rest >= SECTOR_BYTES) {
      const wanted = min(rest / SECTOR_BYTES, MOST_SECTORS)
      let run = (bytes - within) / SECTOR_BYTES
      while (run < wanted) {
        const next = node.chain.at(++index)
        if (next !== cluster + 1) break
        cluster = next
        run += volume.geometry.sectorsPerCluster
      }
      run = min(run, wanted)
      const error = write
        ? cache.writeRun(sector, run, buffer + done)
        : cache.readRun(sector, run, buffer + done)
      if (error < 0) return error
      count = run * SECTOR_BYTES
    } else {
      count = min(rest, SECTOR_BYTES - inSector)
      const address = write ? cache.modify(sector) : cache.read(sector)
      if (address === 0) return cache.error
      if (write) memory.copy(address + inSector, buffer + done, count)
      else memory.copy(buffer + done, address + inSector, count)
    }
    done += count
    offset += count
  }
  return done
}

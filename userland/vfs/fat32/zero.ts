/** A page of zeros, and clusters filled with them. */
import { SECTOR_BYTES } from './block-device'
import { AllocationTable } from './table'

export const ZERO_BYTES: u32 = 4096
const page = memory.data(4096, 16)

/** Address of `ZERO_BYTES` zeros. */
export function zeros(): usize {
  return page
}

/** Writes zeros to all of `cluster`. */
export function clearCluster(table: AllocationTable, cluster: u32): i32 {
  const sector = table.geometry.sectorOf(cluster)
  const count = table.geometry.sectorsPerCluster
  const step = ZERO_BYTES / SECTOR_BYTES
  for (let i: u32 = 0; i < count; i += step) {
    const error = table.cache.writeRun(sector + i, min(step, count - i), page)
    if (error < 0) return error
  }
  return 0
}

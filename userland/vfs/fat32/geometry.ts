/**
 * Where things are on a FAT32 volume: the BIOS parameter block, checked.
 *
 * Source: Microsoft, "FAT: General Overview of On-Disk Format" 1.03 (fatgen103), sections "Boot Sector and BPB" and
 * "FAT32 Structure". All positions are in device sectors of 512 bytes from the start of the volume. As Linux does, a
 * volume is FAT32 if it has no 16-bit FAT size, however few clusters it has. FAT12 and FAT16 are not supported.
 */
import { EINVAL, EIO } from '../../libkenix/generated/abi'
import { SECTOR_BYTES } from './block-device'

const BPB_BYTES_PER_SECTOR = 11
const BPB_SECTORS_PER_CLUSTER = 13
const BPB_RESERVED_SECTORS = 14
const BPB_FATS = 16
const BPB_ROOT_ENTRIES = 17
const BPB_TOTAL_SECTORS_16 = 19
const BPB_FAT_SIZE_16 = 22
const BPB_TOTAL_SECTORS_32 = 32
const BPB_FAT_SIZE_32 = 36
const BPB_EXT_FLAGS = 40
const BPB_FS_VERSION = 42
const BPB_ROOT_CLUSTER = 44
const BPB_FS_INFO = 48
/** Bit 0 of this byte of the boot sector says that the volume was not unmounted. */
export const BS_STATE = 65
export const BS_STATE_DIRTY: u8 = 1
const BS_SIGNATURE = 510

/** ExtFlags: only the FAT of the low four bits is in use. */
const EXT_NO_MIRRORING: u32 = 0x80
const NO_SECTOR: u32 = 0xffff

/** Most clusters of a FAT32 volume: 0x0ffffff7 is the mark of a bad one. */
const MOST_CLUSTERS: u64 = 0x0fff_fff5

export class Geometry {
  sectorsPerCluster: u32 = 0
  clusterBytes: u32 = 0
  /** First sector of the FAT that is read, its length, and how many copies are written. */
  fatStart: u64 = 0
  fatSectors: u64 = 0
  fatCopies: u32 = 1
  /** Sector of cluster 2. */
  dataStart: u64 = 0
  /** Number of clusters; the last one is `clusters + 1`. */
  clusters: u32 = 0
  rootCluster: u32 = 0
  /** Sector of the FSInfo structure, 0 if there is none. */
  infoSector: u64 = 0
  sectors: u64 = 0

  /**
   * Reads the boot sector at `boot` of a volume that may have up to `available` sectors.
   * @returns 0, -EINVAL if this is no FAT32 volume, -EIO if it is one with impossible numbers
   */
  parse(boot: usize, available: u64): i32 {
    if (load<u16>(boot, BS_SIGNATURE) !== 0xaa55) return -EINVAL
    const bytesPerSector: u32 = load<u16>(boot, BPB_BYTES_PER_SECTOR)
    if (bytesPerSector < 512 || bytesPerSector > 4096 || !powerOfTwo(bytesPerSector)) return -EINVAL
    const perCluster: u32 = load<u8>(boot, BPB_SECTORS_PER_CLUSTER)
    const copies: u32 = load<u8>(boot, BPB_FATS)
    const fatSize: u64 = load<u32>(boot, BPB_FAT_SIZE_32)
    if (!powerOfTwo(perCluster) || copies === 0) return -EINVAL
    if (load<u16>(boot, BPB_FAT_SIZE_16) !== 0 || load<u16>(boot, BPB_ROOT_ENTRIES) !== 0) {
      return -EINVAL
    }
    if (fatSize === 0) return -EINVAL

    const unit: u64 = bytesPerSector / SECTOR_BYTES
    const reserved: u64 = load<u16>(boot, BPB_RESERVED_SECTORS)
    // The standard wants 0 in the short field; mkfs.fat uses it for small volumes all the same.
    const short: u64 = load<u16>(boot, BPB_TOTAL_SECTORS_16)
    const total: u64 = short !== 0 ? short : (load<u32>(boot, BPB_TOTAL_SECTORS_32) as u64)
    if (load<u16>(boot, BPB_FS_VERSION) !== 0 || copies > 4 || reserved === 0) return -EIO
    if (total * unit > available) return -EIO
    this.sectorsPerCluster = perCluster * (unit as u32)
    this.clusterBytes = this.sectorsPerCluster * SECTOR_BYTES
    if (this.clusterBytes > 0x1_0000) return -EIO
    this.sectors = total * unit
    this.fatSectors = fatSize * unit
    this.dataStart = (reserved + fatSize * copies) * unit
    if (this.dataStart >= this.sectors) return -EIO

    let clusters = (this.sectors - this.dataStart) / this.sectorsPerCluster
    if (clusters === 0 || clusters > MOST_CLUSTERS) return -EIO
    // Entries beyond the end of the table do not exist, whatever the size of the volume says.
    const entries = this.fatSectors * (SECTOR_BYTES / 4)
    if (entries <= 2) return -EIO
    if (clusters > entries - 2) clusters = entries - 2
    this.clusters = clusters as u32

    const flags: u32 = load<u16>(boot, BPB_EXT_FLAGS)
    const active: u64 = flags & EXT_NO_MIRRORING ? flags & 0xf : 0
    if (active >= copies) return -EIO
    this.fatStart = reserved * unit + active * this.fatSectors
    this.fatCopies = flags & EXT_NO_MIRRORING ? 1 : copies

    this.rootCluster = load<u32>(boot, BPB_ROOT_CLUSTER)
    if (!this.isCluster(this.rootCluster)) return -EIO
    const info: u32 = load<u16>(boot, BPB_FS_INFO)
    this.infoSector = info === 0 || info === NO_SECTOR || info >= reserved ? 0 : info * unit
    return 0
  }

  isCluster(cluster: u32): bool {
    return cluster >= 2 && cluster - 2 < this.clusters
  }

  /** First sector of a cluster. */
  sectorOf(cluster: u32): u64 {
    return this.dataStart + ((cluster - 2) as u64) * this.sectorsPerCluster
  }
}

function powerOfTwo(value: u32): bool {
  return value !== 0 && (value & (value - 1)) === 0
}

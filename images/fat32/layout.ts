/**
 * The FAT32 volume: where its structures lie and what their fields are called.
 *
 * Source: Microsoft, "FAT: General Overview of On-Disk Format" (fatgen103), sections "Boot Sector and BPB", "FAT Data
 * Structure" and "FAT Directory Structure". FAT12 and FAT16 are not made or read.
 */

export const SECTOR = 512
export const DIRECTORY_ENTRY = 32
/** Bits of a FAT entry that count; the upper four are reserved. */
export const ENTRY_MASK = 0x0fffffff
export const END_OF_CHAIN = 0x0fffffff
/** From here on an entry ends a chain. */
export const FIRST_END = 0x0ffffff8
/** Fewer clusters make a volume FAT16, whatever else it says. */
export const MIN_CLUSTERS = 65525
export const MAX_CLUSTERS = 0x0ffffff5
/** Number of the first data cluster. */
export const FIRST_CLUSTER = 2

/** Offsets in the boot sector. */
export const BPB = {
  jump: 0,
  oemName: 3,
  bytesPerSector: 11,
  sectorsPerCluster: 13,
  reservedSectors: 14,
  fats: 16,
  rootEntries: 17,
  totalSectors16: 19,
  media: 21,
  fatSectors16: 22,
  sectorsPerTrack: 24,
  heads: 26,
  hiddenSectors: 28,
  totalSectors32: 32,
  fatSectors32: 36,
  extendedFlags: 40,
  version: 42,
  rootCluster: 44,
  fsInfo: 48,
  backupBootSector: 50,
  driveNumber: 64,
  bootSignature: 66,
  volumeId: 67,
  volumeLabel: 71,
  fileSystemType: 82,
  signature: 510,
} as const

/** Offsets in the FSInfo sector, and its signatures. */
export const FS_INFO = {
  leadSignature: 0,
  structSignature: 484,
  freeCount: 488,
  nextFree: 492,
  trailSignature: 508,
  LEAD: 0x41615252,
  STRUCT: 0x61417272,
  TRAIL: 0xaa550000,
} as const

/** Offsets in a directory entry. */
export const ENTRY = {
  name: 0,
  attributes: 11,
  createTime: 14,
  createDate: 16,
  accessDate: 18,
  clusterHigh: 20,
  writeTime: 22,
  writeDate: 24,
  clusterLow: 26,
  size: 28,
} as const

/** First byte of a directory entry: free, and free with all behind it. */
export const FREE_ENTRY = 0xe5
export const LAST_ENTRY = 0x00

export const ATTRIBUTE = {
  readOnly: 0x01,
  hidden: 0x02,
  system: 0x04,
  volumeId: 0x08,
  directory: 0x10,
  archive: 0x20,
  /** All of the first four: an entry of a long name. */
  longName: 0x0f,
} as const

/**
 * Where the FAT volume of a disk is: all of the disk, a partition of an MBR, or one of a GPT.
 *
 * Source: fatgen103 for the first; UEFI 2.10, sections 5.2 "LBA 0 Format" and 5.3 "GUID Partition Table (GPT) Disk
 * Layout" for the others. The first partition that holds a FAT boot sector is taken. Not here: extended partitions,
 * the backup GPT, checksums (a wrong entry leads to no volume or to one whose numbers are checked anyway).
 */
import { EINVAL } from '../../libkenix/generated/abi'
import { BlockCache } from './block-cache'

const MBR_TABLE: usize = 446
const MBR_ENTRY: usize = 16
const TYPE_FAT32: u8 = 0x0b
const TYPE_FAT32_LBA: u8 = 0x0c
const TYPE_EFI_SYSTEM: u8 = 0xef
const TYPE_GPT: u8 = 0xee

/** "EFI PART" */
const GPT_SIGNATURE: u64 = 0x5452_4150_2049_4645
const MOST_GPT_ENTRIES: u32 = 128

/** Points `cache` at the volume. @returns 0, -EINVAL if there is none, or -EIO */
export function findPartition(cache: BlockCache): i32 {
  let boot = cache.read(0)
  if (boot === 0) return cache.error
  if (load<u16>(boot, 510) !== 0xaa55) return -EINVAL
  if (isFat(boot)) return 0
  for (let i: usize = 0; i < 4; i++) {
    boot = cache.read(0)
    if (boot === 0) return cache.error
    const entry = boot + MBR_TABLE + i * MBR_ENTRY
    const type = load<u8>(entry, 4)
    if (type === TYPE_GPT) return findInGpt(cache)
    if (type !== TYPE_FAT32 && type !== TYPE_FAT32_LBA && type !== TYPE_EFI_SYSTEM) continue
    const start: u64 = load<u32>(entry, 8)
    if (choose(cache, start, load<u32>(entry, 12))) return 0
  }
  return -EINVAL
}

function findInGpt(cache: BlockCache): i32 {
  const header = cache.read(1)
  if (header === 0) return cache.error
  if (load<u64>(header) !== GPT_SIGNATURE) return -EINVAL
  const table = load<u64>(header, 72)
  const count = min(load<u32>(header, 80), MOST_GPT_ENTRIES)
  const size: u64 = load<u32>(header, 84)
  if (size < 128 || size > 512 || 512 % size !== 0 || table >= cache.length) return -EINVAL
  for (let i: u64 = 0; i < count; i++) {
    const sector = cache.read(table + (i * size) / 512)
    if (sector === 0) return cache.error
    const entry = sector + (((i * size) % 512) as usize)
    if ((load<u64>(entry) | load<u64>(entry, 8)) === 0) continue
    const first = load<u64>(entry, 32)
    const last = load<u64>(entry, 40)
    if (last >= first && choose(cache, first, last - first + 1)) return 0
  }
  return -EINVAL
}

/** Takes the partition if it lies on the disk and holds a FAT volume. */
function choose(cache: BlockCache, start: u64, length: u64): bool {
  if (length === 0 || start === 0 || start >= cache.length || length > cache.length - start) {
    return false
  }
  const boot = cache.read(start)
  if (boot === 0 || load<u16>(boot, 510) !== 0xaa55 || !isFat(boot)) return false
  cache.restrict(start, length)
  return true
}

/** Whether a sector with the signature is the boot sector of a FAT volume: a jump, and fields an MBR has code in. */
function isFat(boot: usize): bool {
  const jump = load<u8>(boot)
  if (jump !== 0xeb && jump !== 0xe9) return false
  const bytes: u32 = load<u16>(boot, 11)
  const perCluster: u32 = load<u8>(boot, 13)
  const fats = load<u8>(boot, 16)
  return (
    bytes >= 512 &&
    bytes <= 4096 &&
    (bytes & (bytes - 1)) === 0 &&
    perCluster !== 0 &&
    (perCluster & (perCluster - 1)) === 0 &&
    fats !== 0 &&
    fats <= 4
  )
}

/**
 * Recognises files that are no raw disks by what they begin or end with, to refuse them with advice: taken as raw, a
 * guest would see garbage, or destroy the image.
 *
 * Sources: the formats' published headers (QEMU's docs/interop for qcow2 and qed; Microsoft's for VHD and VHDX; VMware's
 * for VMDK; file(1)'s magic for the rest).
 */
import { OVERLAY_MAGIC } from './overlay-format.ts'

interface Format {
  readonly name: string
  readonly magic: string
  readonly offset: number
  /** The magic is in the last sector. */
  readonly atEnd?: boolean
  readonly advice: string
}

const CONVERT = 'convert it with: qemu-img convert -O raw FILE disk.img'

const FORMATS: readonly Format[] = [
  { name: 'qcow2', magic: 'QFI\xfb', offset: 0, advice: CONVERT },
  { name: 'qed', magic: 'QED\0', offset: 0, advice: CONVERT },
  { name: 'vmdk', magic: 'KDMV', offset: 0, advice: CONVERT },
  { name: 'vmdk', magic: 'COWD', offset: 0, advice: CONVERT },
  { name: 'vmdk', magic: '# Disk DescriptorFile', offset: 0, advice: CONVERT },
  { name: 'vhdx', magic: 'vhdxfile', offset: 0, advice: CONVERT },
  { name: 'vhd', magic: 'conectix', offset: 0, advice: CONVERT },
  { name: 'vhd', magic: 'conectix', offset: 0, atEnd: true, advice: CONVERT },
  { name: 'vdi', magic: '\x7f\x10\xda\xbe', offset: 64, advice: CONVERT },
  { name: 'parallels', magic: 'WithoutFreeSpace', offset: 0, advice: CONVERT },
  { name: 'parallels', magic: 'WithouFreSpacExt', offset: 0, advice: CONVERT },
  { name: 'dmg', magic: 'koly', offset: 0, atEnd: true, advice: CONVERT },
  { name: 'gzip', magic: '\x1f\x8b\x08', offset: 0, advice: 'unpack it with: gunzip FILE' },
  { name: 'xz', magic: '\xfd7zXZ\0', offset: 0, advice: 'unpack it with: unxz FILE' },
  { name: 'zstd', magic: '\x28\xb5\x2f\xfd', offset: 0, advice: 'unpack it with: unzstd FILE' },
  { name: 'bzip2', magic: 'BZh', offset: 0, advice: 'unpack it with: bunzip2 FILE' },
  { name: 'zip', magic: 'PK\x03\x04', offset: 0, advice: 'unpack it with: unzip FILE' },
  {
    name: 'Kenix overlay',
    magic: OVERLAY_MAGIC,
    offset: 0,
    advice: 'give its base as the disk, and this file as the overlay',
  },
]

/**
 * Says what a file is, if it is no raw disk.
 * @param first its first 512 bytes, or all of it. @param last its last 512 bytes.
 */
export function foreignFormat(
  first: Uint8Array,
  last: Uint8Array,
): { name: string; advice: string } | undefined {
  return FORMATS.find(({ magic, offset, atEnd }) => {
    const bytes = atEnd ? last : first
    return [...magic].every((char, index) => bytes[offset + index] === char.charCodeAt(0))
  })
}

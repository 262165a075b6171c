/**
 * The disk from which UEFI firmware starts Kenix: a GPT with an EFI system partition, on it the loader where firmware
 * looks for it (UEFI 2.10, section 3.5.1.1 "Removable Media Boot Behavior") and what the loader loads.
 */
import { type FileTree, makeFat32 } from '../fat32/index.ts'
import { FIRST_PARTITION_SECTOR, makeGptDisk, PARTITION_TYPE } from './gpt.ts'

export interface SystemDiskOptions {
  /** The loader, a PE32+ application. */
  loader: Uint8Array
  /** The kernel, a Linux `Image`. */
  image: Uint8Array
  /** The kernel's command line; without it the loader leaves that of the device tree alone. */
  cmdline?: string | undefined
  /** Further files. */
  files?: FileTree
}

/** Where the loader and what it reads are, on the system partition. */
export const SYSTEM_FILES = {
  loader: 'EFI/BOOT/BOOTAA64.EFI',
  image: 'kenix/Image',
  cmdline: 'kenix/cmdline.txt',
} as const

/** Makes the disk. */
export function makeSystemDisk(options: SystemDiskOptions): Uint8Array<ArrayBuffer> {
  const tree = new Map([
    [SYSTEM_FILES.loader, options.loader],
    [SYSTEM_FILES.image, options.image],
    ...(options.files ?? []),
  ])
  if (options.cmdline !== undefined) {
    tree.set(SYSTEM_FILES.cmdline, new TextEncoder().encode(`${options.cmdline}\n`))
  }
  const data = makeFat32(tree, { label: 'KENIX', hiddenSectors: FIRST_PARTITION_SECTOR })
  return makeGptDisk([{ type: PARTITION_TYPE.efiSystem, name: 'Kenix', data }])
}

/**
 * The disk that Kenix's user finds files on and leaves files on: one FAT32 volume without a partition table.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileTree, makeFat32, treeOf } from '../fat32/index.ts'
import { writeSparse } from './sparse.ts'

/** Where the disk of `bun run create-disk` is. */
export const DATA_DISK = join(import.meta.dir, '../../.cache/kenix/disk.img')

export const DATA_DISK_BYTES = 64 << 20

const FILES = treeOf({
  'README.TXT': `This is Kenix's disk, a FAT32 volume. What you write here stays.

On the host, mtools reads and writes it while Kenix does not run:
  mdir -i .cache/kenix/disk.img
  mcopy -i .cache/kenix/disk.img ::README.TXT -
`,
  'HELLO.TXT': 'Hello from the host\n',
  'A file with a long name.text': 'FAT32 keeps names like this beside short ones.\n',
  'scripts/hello.sh': 'echo Hello from a script\n',
})

/** The disk's bytes. */
export function makeDataDisk(
  files: FileTree = FILES,
  bytes: number = DATA_DISK_BYTES,
): Uint8Array<ArrayBuffer> {
  return makeFat32(files, { bytes, label: 'KENIX DISK' })
}

/** Makes the disk of `bun run create-disk` unless it is there. Returns its path. */
export function ensureDataDisk(path: string = DATA_DISK): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    writeSparse(path, makeDataDisk())
  }
  return path
}

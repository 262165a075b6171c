/** `kenix create-disk`: a FAT32 disk image with some files, for Kenix or any other guest. */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { DATA_DISK, DATA_DISK_BYTES, makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { treeOfFolder } from '../../images/fat32/index.ts'
import { type Command, type Option, parseOptions, UsageError } from './options.ts'

const MEBIBYTE = 1 << 20
const MIN_MEBIBYTES = 33
const MAX_MEBIBYTES = 2048

const OPTIONS: readonly Option[] = [
  { name: 'out', value: 'FILE', help: 'where to write it (default .cache/kenix/disk.img)' },
  { name: 'size', value: 'MIB', help: 'its size in mebibytes, 33 to 2048 (default 64)' },
  { name: 'from', value: 'FOLDER', help: 'what to put on it, instead of some examples' },
  { name: 'force', help: 'replace a disk that is there, and all that is on it' },
]

/** The command `create-disk`. */
export const createDisk: Command = {
  summary: 'Make a FAT32 disk image with some files, for Kenix or any other guest.',
  options: OPTIONS,
  notes: 'bun kenix run --kenix and bun run run use the default one. mtools reads and writes it.',
  async run(args) {
    const values = parseOptions(args, OPTIONS)
    const file = resolve(values.get('out') ?? DATA_DISK)
    const size = values.integer('size', MIN_MEBIBYTES, MAX_MEBIBYTES)
    const from = values.get('from')
    const shown = relative(process.cwd(), file)
    if (from !== undefined && !statSync(from, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`Cannot use --from "${from}": it must be a folder`)
    }
    if (existsSync(file) && !values.has('force')) {
      throw new Error(`There is a disk at ${shown}. --force makes a new one in its place`)
    }
    mkdirSync(dirname(file), { recursive: true })
    const bytes = size === undefined ? DATA_DISK_BYTES : size * MEBIBYTE
    const files = from === undefined ? undefined : treeOfFolder(from)
    writeSparse(file, makeDataDisk(files, bytes))
    process.stdout.write(`${shown}: FAT32, ${bytes / MEBIBYTE} MiB\n`)
    return 0
  },
}

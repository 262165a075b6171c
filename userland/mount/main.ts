/**
 * `mount`: the mounted file systems. `mount [-r] [-t fat32] SERVICE DIRECTORY`: mounts the disk of a service ("blkdev") of
 * init; `mount -t ramfs DIRECTORY`: an empty file system in memory. -r: read-only; -q: a disk without a volume is no error.
 */
import {
  absolutePath,
  args,
  attach,
  call,
  callLending,
  columns,
  fail,
  humanSize,
  LEND_READ,
  LEND_WRITE,
  lend,
  makeDirectory,
  misuse,
  parseOptions,
  print,
  replyWord,
  statPath,
  take,
} from '../libkenix'
import { INIT_LOOKUP, SLOT_INIT, SLOT_VFS, VFS_MOUNT, VFS_MOUNTS } from '../libkenix/generated/abi'

const USAGE = 'mount [-rq] [-t fat32] SERVICE DIRECTORY | mount -t ramfs DIRECTORY'
const PATH_BYTES = 1024

function typeName(type: i64): string {
  if (type === 0) return 'ramfs'
  if (type === 1) return 'fat32'
  return type === 2 ? 'archive' : 'devices'
}

function list(): i32 {
  const path = new ArrayBuffer(PATH_BYTES)
  const p = changetype<usize>(path)
  const rows: Array<Array<string>> = [['DIRECTORY', 'TYPE', 'SIZE', 'FREE', '']]
  for (let index = 0; ; index++) {
    lend(p, PATH_BYTES, LEND_WRITE)
    const length = call(SLOT_VFS, VFS_MOUNTS, index) as i32
    if (length < 0) return fail('cannot list mounts', length)
    if (length === 0) break
    const name = String.UTF8.decodeUnsafe(p, min(length, PATH_BYTES))
    const flags = (replyWord(3) & 1) !== 0 ? 'read-only' : ''
    rows.push([
      name,
      typeName(replyWord(0)),
      humanSize(replyWord(1)),
      humanSize(replyWord(2)),
      flags,
    ])
  }
  print(columns(rows, '  >>'))
  return 0
}

function mount(type: i32, service: string, directory: string, readOnly: bool, quiet: bool): i32 {
  let handle = -1
  if (service !== '') {
    const name = String.UTF8.encode(service)
    const p = changetype<usize>(name)
    const length = name.byteLength
    const found = callLending(SLOT_INIT, INIT_LOOKUP, p, length, LEND_READ, 0, length)
    if (found < 0) return fail(`service "${service}"`, found)
    handle = take()
    if (handle < 0) return fail(`service "${service}"`, handle)
  }
  if (!statPath(directory).exists) {
    const made = makeDirectory(directory)
    if (made < 0) return fail(directory, made)
  }
  const path = String.UTF8.encode(absolutePath(directory))
  const flags = readOnly ? 1 : 0
  if (handle >= 0) attach(handle)
  lend(changetype<usize>(path), path.byteLength, LEND_READ)
  const error = call(SLOT_VFS, VFS_MOUNT, type, path.byteLength, flags)
  if (error >= 0) return 0
  return quiet ? 0 : fail(`cannot mount at ${directory}`, error)
}

export function main(): i32 {
  const options = parseOptions(args(), 'rqt:')
  if (options.error !== '') return misuse(options.error, USAGE)
  const words = options.operands
  if (words.length === 0) return list()
  const type = options.value('t', 'fat32')
  const readOnly = options.has('r')
  if (type === 'ramfs' && words.length === 1) return mount(0, '', words[0], readOnly, false)
  if (type !== 'fat32' || words.length !== 2) return misuse('', USAGE)
  return mount(1, words[0], words[1], readOnly, options.has('q'))
}

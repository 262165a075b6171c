/** `df [-h]`: room on the mounted file systems, in KiB or as a person reads it. */
import {
  args,
  call,
  columns,
  fail,
  humanSize,
  LEND_WRITE,
  lend,
  misuse,
  parseOptions,
  print,
  replyWord,
} from '../libkenix'
import { SLOT_VFS, VFS_MOUNTS } from '../libkenix/generated/abi'

const PATH_BYTES = 1024

export function main(): i32 {
  const options = parseOptions(args(), 'h')
  if (options.error !== '' || options.operands.length > 0) return misuse(options.error, 'df [-h]')
  const path = new ArrayBuffer(PATH_BYTES)
  const p = changetype<usize>(path)
  const rows: Array<Array<string>> = [['DIRECTORY', 'SIZE', 'USED', 'FREE', 'USE']]
  for (let index = 0; ; index++) {
    lend(p, PATH_BYTES, LEND_WRITE)
    const length = call(SLOT_VFS, VFS_MOUNTS, index) as i32
    if (length < 0) return fail('cannot list mounts', length)
    if (length === 0) break
    const all = replyWord(1)
    const free = replyWord(2)
    const used = all - free
    const share = all > 0 ? `${(used * 100 + all - 1) / all}%` : '-'
    const row = [String.UTF8.decodeUnsafe(p, min(length, PATH_BYTES))]
    const sizes = [all, used, free]
    for (let i = 0; i < 3; i++) {
      row.push(options.has('h') ? humanSize(sizes[i]) : ((sizes[i] + 1023) / 1024).toString())
    }
    row.push(share)
    rows.push(row)
  }
  print(columns(rows, ' >>>>'))
  return 0
}

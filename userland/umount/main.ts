/** `umount DIRECTORY...`: writes file systems to their disks, and takes them out of the tree. */
import { absolutePath, args, callLending, fail, LEND_READ, misuse } from '../libkenix'
import { SLOT_VFS, VFS_UMOUNT } from '../libkenix/generated/abi'

export function main(): i32 {
  const words = args()
  if (words.length === 0) return misuse('', 'umount DIRECTORY...')
  let status = 0
  for (let i = 0; i < words.length; i++) {
    const path = String.UTF8.encode(absolutePath(words[i]))
    const p = changetype<usize>(path)
    const length = path.byteLength
    const error = callLending(SLOT_VFS, VFS_UMOUNT, p, length, LEND_READ, 0, length)
    if (error < 0) status = fail(words[i], error)
  }
  return status
}

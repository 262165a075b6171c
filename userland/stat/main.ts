/** `stat FILE...`: type, size, time and number of files. */
import { absolutePath, args, fail, fromUnix, misuse, printLine, statPath } from '../libkenix'
import { TYPE_DEVICE, TYPE_DIRECTORY } from '../libkenix/generated/abi'

export function main(): i32 {
  const words = args()
  if (words.length === 0) return misuse('', 'stat FILE...')
  let status = 0
  for (let i = 0; i < words.length; i++) {
    const found = statPath(words[i])
    if (!found.exists) {
      status = fail(words[i], found.error)
      continue
    }
    let type = found.type === TYPE_DEVICE ? 'device' : 'file'
    if (found.type === TYPE_DIRECTORY) type = 'directory'
    printLine(`${absolutePath(words[i])}`)
    printLine(`  ${type}, ${found.size} bytes, number ${found.id}`)
    printLine(`  changed ${fromUnix(found.time).toString()}`)
  }
  return status
}

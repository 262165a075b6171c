/** vfs: the file server. It needs its endpoint (slot 59); the boot archive (62) and a disk (36) are mounted if they are there. */
import { errorText } from '../libkenix/errors'
import { writeError } from '../libkenix/stdio'
import { mountRoot } from './mounting'
import { prepare, serve } from './server'

export function main(): i32 {
  mountRoot()
  prepare()
  writeError(`vfs: cannot receive: ${errorText(serve() as i32)}\n`)
  return 1
}

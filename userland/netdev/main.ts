/** netdev: serves the virtio network device in slot 57. init starts one for each device. */
import { errorText } from '../libkenix/errors'
import { writeError } from '../libkenix/stdio'
import { open, refuse, serve } from './server'

export function main(): i32 {
  const error = open()
  if (error < 0) {
    writeError(`netdev: cannot start the device: ${errorText(error)}\n`)
    refuse(error)
  }
  writeError(`netdev: cannot receive: ${errorText(serve() as i32)}\n`)
  return 1
}

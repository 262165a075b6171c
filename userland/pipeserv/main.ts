/** pipeserv: pipes in a server. It needs nothing but its endpoint (slot 59). */
import { errorText } from '../libkenix/errors'
import { writeError } from '../libkenix/stdio'
import { open, serve } from './server'

export function main(): i32 {
  open()
  writeError(`pipeserv: cannot receive: ${errorText(serve() as i32)}\n`)
  return 1
}

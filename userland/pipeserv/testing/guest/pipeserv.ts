/** pipeserv for its tests: it serves until nothing is there to receive. */
import { serve } from '../../server'

export { open } from '../../server'

export function run(): i32 {
  return serve() as i32
}

export function allocate(bytes: i32): usize {
  return heap.alloc(bytes)
}

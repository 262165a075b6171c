/** vfs for its tests: it serves until nothing is there to receive. */
import { mountRoot } from '../../mounting'
import { prepare, serve } from '../../server'

export function open(): i32 {
  mountRoot()
  prepare()
  return 0
}

export function run(): i32 {
  return serve() as i32
}

export function allocate(bytes: i32): usize {
  return heap.alloc(bytes)
}

/** Bytes of memory the server has. */
export function memoryBytes(): i32 {
  return memory.size() << 16
}

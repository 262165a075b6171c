/** Exports init's readers of device trees and archives to their tests; blobs are put into memory that `reserve` gives. */
import { fileAddress, fileBytes, findFile } from '../../init/archive'
import { DeviceTree } from '../../init/device-tree'

export function reserve(bytes: i32): usize {
  return heap.alloc(bytes)
}

/** Devices as lines "PATH COMPATIBLE BASE+SIZE INTERRUPT[e]", and the console's path. */
export function devices(start: usize, bytes: i32, compatible: string): string {
  const tree = new DeviceTree(start, bytes)
  const list = compatible === '' ? tree.devices : tree.all(compatible)
  let text = ''
  for (let i = 0; i < list.length; i++) {
    const d = list[i]
    text += `${d.path} ${d.base.toString(16)}+${d.size.toString(16)} ${d.interrupt}${d.edge ? 'e' : ''}\n`
  }
  const console = tree.console()
  return `${text}console ${console === null ? 'none' : console.path}`
}

/** A file's text, or "(none)". */
export function file(start: usize, bytes: i32, path: string): string {
  if (!findFile(start, bytes, path)) return '(none)'
  return String.UTF8.decodeUnsafe(fileAddress, fileBytes)
}

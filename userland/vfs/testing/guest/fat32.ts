/** The FAT32 driver for its tests: a disk that the host gives, and the volume's functions with names as strings. */

import { TYPE_DIRECTORY } from '../../../libkenix/generated/abi'
import { BlockDevice } from '../../fat32/block-device'
import { FatVolume } from '../../fat32/volume'
import { Entry, Node, Space } from '../../filesystem'
import { disk_flush, disk_read, disk_sectors, disk_write } from './disk'

class HostDisk extends BlockDevice {
  override sectors(): u64 {
    return disk_sectors()
  }
  override isReadOnly(): bool {
    return false
  }
  override read(sector: u64, count: u32, buffer: usize): i32 {
    return disk_read(sector as f64, count, buffer)
  }
  override write(sector: u64, count: u32, buffer: usize): i32 {
    return disk_write(sector as f64, count, buffer)
  }
  override flush(): i32 {
    return disk_flush()
  }
}

let volume: FatVolume | null = null
const files: Array<Node | null> = []
const entry = new Entry()
const space = new Space()

export function mount(readOnly: i32): i32 {
  const fresh = new FatVolume(new HostDisk(), readOnly !== 0)
  volume = fresh
  const error = fresh.open()
  if (error < 0) {
    fresh.dispose()
    volume = null
  }
  return error
}

export function setTime(seconds: f64): void {
  volume!.now = seconds as i64
}

/** The directory a path names, counted; null after setting the volume's error. */
function walk(path: string): Node | null {
  const fs = volume!
  let node = fs.acquire(fs.root())
  const parts = path.split('/')
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '') continue
    const next = fs.lookup(node, parts[i])
    fs.release(node)
    if (next === null) return null
    node = next
  }
  return node
}

function parentOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at < 0 ? '' : path.substring(0, at)
}

function nameOf(path: string): string {
  return path.substring(path.lastIndexOf('/') + 1)
}

/** A number for the open file or directory, or a negative errno. */
export function open(path: string, type: i32, create: i32): i32 {
  const fs = volume!
  let node: Node | null = null
  if (create !== 0) {
    const parent = walk(parentOf(path))
    if (parent === null) return fs.error
    node = fs.create(parent, nameOf(path), type)
    fs.release(parent)
  } else {
    node = walk(path)
  }
  if (node === null) return fs.error
  const file: Node = node
  for (let i = 0; i < files.length; i++) {
    if (files[i] === null) {
      files[i] = file
      return i
    }
  }
  files.push(file)
  return files.length - 1
}

export function close(file: i32): void {
  volume!.release(files[file]!)
  files[file] = null
}

export function size(file: i32): f64 {
  return files[file]!.size as f64
}

export function isDirectory(file: i32): i32 {
  return files[file]!.type === TYPE_DIRECTORY ? 1 : 0
}

export function modified(file: i32): f64 {
  return files[file]!.modified as f64
}

export function read(file: i32, offset: f64, buffer: usize, length: u32): i32 {
  return volume!.read(files[file]!, offset as u64, buffer, length)
}

export function write(file: i32, offset: f64, buffer: usize, length: u32): i32 {
  return volume!.write(files[file]!, offset as u64, buffer, length)
}

export function truncate(file: i32, bytes: f64): i32 {
  return volume!.truncate(files[file]!, bytes as u64)
}

export function remove(path: string, directory: i32): i32 {
  const parent = walk(parentOf(path))
  if (parent === null) return volume!.error
  const error = volume!.remove(parent, nameOf(path), directory !== 0)
  volume!.release(parent)
  return error
}

export function rename(from: string, to: string): i32 {
  const a = walk(parentOf(from))
  if (a === null) return volume!.error
  const b = walk(parentOf(to))
  let error = volume!.error
  if (b !== null) {
    error = volume!.rename(a, nameOf(from), b, nameOf(to))
    volume!.release(b)
  }
  volume!.release(a)
  return error
}

/** The entries of a directory as lines "d|f SIZE NAME", or "error N". */
export function list(path: string): string {
  const node = walk(path)
  if (node === null) return `error ${volume!.error.toString()}`
  let text = ''
  let position: u64 = 0
  for (;;) {
    const found = volume!.entry(node, position, entry)
    if (found < 0) text = `error ${found.toString()}`
    if (found <= 0) break
    text += `${entry.type === TYPE_DIRECTORY ? 'd' : 'f'} ${entry.size.toString()} ${entry.name}\n`
    position = entry.next
  }
  volume!.release(node)
  return text
}

export function sync(): i32 {
  return volume!.sync()
}

export function freeBytes(): f64 {
  const error = volume!.space(space)
  return error < 0 ? (error as f64) : (space.free as f64)
}

export function allocate(bytes: u32): usize {
  return heap.alloc(bytes)
}

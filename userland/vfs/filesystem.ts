/**
 * What the file server asks of every file system it mounts, and the node: a file or directory in use.
 *
 * Names are UTF-16 strings of one path component, never empty, `.` or `..`, and without `/`. Functions that return a
 * node return null after setting `error`; the others return a negative errno. A node is counted: `lookup`, `create` and
 * `acquire` add one, `release` takes one, and a node that was removed while in use keeps its contents until the last
 * release, as POSIX asks.
 */
import { EIO, EROFS, TYPE_DIRECTORY, TYPE_FILE } from '../libkenix/generated/abi'

/** A file or directory in use. Two lookups of one file give the same node. */
export class Node {
  /** How many open files, mounts and children hold it. */
  references: i32 = 0
  /** Bytes in a file; 0 for directories. */
  size: u64 = 0
  type: i32 = TYPE_FILE
  /** Seconds since 1970 of the last change of the contents. */
  modified: i64 = 0
  /** The directory it was found in; null for a root. Counted. */
  parent: Node | null = null
  /** Its name was removed: nothing finds it any more. */
  removed: bool = false
  /** Number of the file in its file system. */
  number: u64 = 0
  writable: bool = true

  constructor(public fs: FileSystem) {}

  isDirectory(): bool {
    return this.type === TYPE_DIRECTORY
  }
}

/** An entry of a directory, filled in by `FileSystem.entry`. */
export class Entry {
  name: string = ''
  type: i32 = TYPE_FILE
  size: u64 = 0
  modified: i64 = 0
  /** Position of the entry that follows. */
  next: u64 = 0
}

/** What there is room for, in bytes. */
export class Space {
  total: u64 = 0
  free: u64 = 0
}

let instances: u64 = 0

/** A file system. This base is one that cannot be written to: those that can override what changes it. */
export abstract class FileSystem {
  /** Negative errno of the last function that returned null. */
  error: i32 = 0
  /** Tells file systems apart. */
  readonly instance: u64 = ++instances
  readOnly: bool = true
  /** Seconds since 1970, set by the server before each request. */
  now: i64 = 0

  /** Name of the kind of file system, as `mount` shows it. */
  abstract typeName(): string
  abstract root(): Node
  abstract lookup(directory: Node, name: string): Node | null
  /** Bytes read into `buffer`, less than `length` at the end of the file only. */
  abstract read(node: Node, offset: u64, buffer: usize, length: u32): i32
  /** 1 and the entry at `position` (0 is the first), or 0 behind the last one. `.` and `..` are not listed. */
  abstract entry(directory: Node, position: u64, entry: Entry): i32

  /** Makes a file or directory that does not exist yet. */
  create(_directory: Node, _name: string, _type: i32): Node | null {
    this.error = -EROFS
    return null
  }

  /** Bytes written; less than `length` only when there is no more room. */
  write(_node: Node, _offset: u64, _buffer: usize, _length: u32): i32 {
    return -EROFS
  }

  /** Cuts a file, or extends it with zeros. */
  truncate(_node: Node, _size: u64): i32 {
    return -EROFS
  }

  /** Sets the time of the last change. */
  setTime(_node: Node, _seconds: i64): i32 {
    return -EROFS
  }

  /** Removes a file (`directory` false) or an empty directory. */
  remove(_parent: Node, _name: string, _directory: bool): i32 {
    return -EROFS
  }

  /** Moves an entry, replacing a file or an empty directory of the new name. */
  rename(_from: Node, _name: string, _to: Node, _newName: string): i32 {
    return -EROFS
  }

  /** Everything written so far survives a loss of power once this returns 0. */
  sync(): i32 {
    return 0
  }

  /** Called once, after `sync`, when nothing of it is in use any more. */
  unmount(): i32 {
    return this.sync()
  }

  /** Frees what is not collected; it is not used afterwards. */
  dispose(): void {}

  space(_space: Space): i32 {
    return 0
  }

  acquire(node: Node): Node {
    node.references++
    return node
  }

  /** Takes one reference; whoever held the last one calls `forget` through this. */
  release(node: Node): void {
    let current: Node | null = node
    while (current !== null) {
      const last: Node = current
      if (--last.references > 0) return
      const parent: Node | null = last.parent
      last.parent = null
      last.fs.forget(last)
      current = parent
    }
  }

  /** The node is in use no more. */
  forget(_node: Node): void {}

  protected fail(error: i32): Node | null {
    this.error = error < 0 ? error : -EIO
    return null
  }
}

/** Whether `node` is `ancestor` or lies below it. */
export function isWithin(node: Node, ancestor: Node): bool {
  let current: Node | null = node
  while (current !== null) {
    if (current === ancestor) return true
    current = current.parent
  }
  return false
}

/**
 * An archive as a read-only file system: cpio in the `newc` form, which holds the programs the system starts with.
 *
 * Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. The archive stays where it is; its tree is
 * made once. An archive that breaks off, or names that lead nowhere, end the tree there. Not here: links (a hard link
 * is a file without contents), devices, modes.
 */
import { EISDIR, ENOENT, ENOTDIR, TYPE_DIRECTORY, TYPE_FILE } from '../libkenix/generated/abi'
import { copyBytes } from '../servers/mapped-memory'
import { Entry, FileSystem, Node, Space } from './filesystem'

const HEADER_BYTES: u64 = 110
/** "070701" without, "070702" with checksums: read as two words. */
const MAGIC: u32 = 0x3730_3730
const MAGIC_NEWC: u16 = 0x3130
const MAGIC_CRC: u16 = 0x3230

const FIELD_MODE: usize = 14
const FIELD_TIME: usize = 46
const FIELD_SIZE: usize = 54
const FIELD_NAME_BYTES: usize = 94

const MODE_TYPE: u32 = 0xf000
const MODE_DIRECTORY: u32 = 0x4000
const MODE_FILE: u32 = 0x8000

const MOST_NODES: u64 = 65_536

class ArchiveNode extends Node {
  /** Address of the contents. */
  data: usize = 0
  names: Array<string> = []
  nodes: Array<ArchiveNode> = []

  find(name: string): ArchiveNode | null {
    const index = this.names.indexOf(name)
    return index < 0 ? null : this.nodes[index]
  }
}

/** The archive in `bytes` bytes at `address`, which must stay there unchanged. */
export class ArchiveFileSystem extends FileSystem {
  private topNode: ArchiveNode | null = null
  private serial: u64 = 0

  constructor(
    private readonly address: usize,
    private readonly bytes: u64,
    /** The bytes are from the heap, and freed with it. */
    private readonly owned: bool,
  ) {
    super()
    const top = new ArchiveNode(this)
    top.type = TYPE_DIRECTORY
    top.references = 1
    this.topNode = top
    let at: u64 = 0
    while (at < bytes && this.serial < MOST_NODES) {
      at = this.take(at)
      if (at === 0) break
    }
  }

  override typeName(): string {
    return 'archive'
  }

  override root(): Node {
    return this.top()
  }

  private top(): ArchiveNode {
    return this.topNode!
  }

  /** Whether anything was found in it. */
  isEmpty(): bool {
    return this.top().nodes.length === 0
  }

  override lookup(parent: Node, name: string): Node | null {
    if (!parent.isDirectory()) return this.fail(-ENOTDIR)
    const node = (parent as ArchiveNode).find(name)
    return node === null ? this.fail(-ENOENT) : this.acquire(node)
  }

  override read(node: Node, offset: u64, buffer: usize, length: u32): i32 {
    if (node.isDirectory()) return -EISDIR
    if (offset >= node.size) return 0
    const count = min(length as u64, min(node.size - offset, i32.MAX_VALUE as u64)) as u32
    copyBytes(buffer, (node as ArchiveNode).data + (offset as usize), count)
    return count
  }

  override entry(parent: Node, position: u64, entry: Entry): i32 {
    if (!parent.isDirectory()) return -ENOTDIR
    const directory = parent as ArchiveNode
    if (position >= (directory.nodes.length as u64)) return 0
    const node = directory.nodes[position as i32]
    entry.name = directory.names[position as i32]
    entry.type = node.type
    entry.size = node.size
    entry.modified = node.modified
    entry.next = position + 1
    return 1
  }

  override dispose(): void {
    if (this.owned) heap.free(this.address)
  }

  override space(space: Space): i32 {
    space.total = this.bytes
    space.free = 0
    return 0
  }

  // Nodes live as long as the archive, with their parents: the tree is not taken apart when nobody uses a part of it.
  override release(node: Node): void {
    node.references--
  }

  /** Takes the entry at offset `at`. @returns the offset of the next one, 0 at the end */
  private take(at: u64): u64 {
    if (HEADER_BYTES > this.bytes - at) return 0
    const header = this.address + (at as usize)
    if (load<u32>(header) !== MAGIC) return 0
    const kind = load<u16>(header, 4)
    if (kind !== MAGIC_NEWC && kind !== MAGIC_CRC) return 0
    const nameBytes = field(header, FIELD_NAME_BYTES)
    const size = field(header, FIELD_SIZE)
    const start = align(at + HEADER_BYTES + nameBytes)
    if (nameBytes < 1 || nameBytes > 4096 || start > this.bytes || size > this.bytes - start)
      return 0
    const name = String.UTF8.decodeUnsafe(
      header + (HEADER_BYTES as usize),
      (nameBytes - 1) as usize,
    )
    if (name === 'TRAILER!!!') return 0
    const type = (field(header, FIELD_MODE) as u32) & MODE_TYPE
    if (type === MODE_FILE || type === MODE_DIRECTORY) {
      const node = this.make(name, type === MODE_DIRECTORY)
      if (node !== null) {
        node.modified = field(header, FIELD_TIME)
        if (type === MODE_FILE && !node.isDirectory()) {
          node.size = size
          node.data = this.address + (start as usize)
        }
      }
    }
    return align(start + size)
  }

  /** The node of a path, made with the directories above it; null if the path leads through a file. */
  private make(path: string, directory: bool): ArchiveNode | null {
    const parts = path.split('/')
    let node = this.top()
    for (let i = 0; i < parts.length; i++) {
      const name = parts[i]
      if (name === '' || name === '.') continue
      if (name === '..' || !node.isDirectory()) return null
      let next = node.find(name)
      if (next === null) {
        next = new ArchiveNode(this)
        next.type = directory || i + 1 < parts.length ? TYPE_DIRECTORY : TYPE_FILE
        next.number = ++this.serial
        next.parent = node
        next.writable = false
        node.names.push(name)
        node.nodes.push(next)
      }
      node = next
    }
    return node === this.topNode ? null : node
  }
}

/** A field of eight hexadecimal digits; other characters count as 0. */
function field(header: usize, offset: usize): u64 {
  let value: u64 = 0
  for (let i: usize = 0; i < 8; i++) {
    const digit = load<u8>(header + offset + i)
    let number: u64 = 0
    if (digit >= 0x30 && digit <= 0x39) number = digit - 0x30
    else if ((digit | 0x20) >= 0x61 && (digit | 0x20) <= 0x66) number = (digit | 0x20) - 0x57
    value = (value << 4) | number
  }
  return value
}

function align(at: u64): u64 {
  return (at + 3) & ~(3 as u64)
}

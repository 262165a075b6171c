/** /dev: files that are made up when they are read. `null` is empty; `zero` and `full` never end, and `full` takes nothing. */
import { ENOENT, ENOSPC, ENOTDIR, TYPE_DEVICE, TYPE_DIRECTORY } from '../libkenix/generated/abi'
import { Entry, FileSystem, Node } from './filesystem'

const NAMES = ['full', 'null', 'zero']
const FULL: u64 = 1
const ZERO: u64 = 3

export class DeviceFileSystem extends FileSystem {
  private topNode: Node | null = null
  private readonly nodes: Array<Node> = []

  constructor() {
    super()
    const top = new Node(this)
    top.type = TYPE_DIRECTORY
    this.topNode = top
    // Its files can be written to; it itself does not change.
    this.readOnly = false
    for (let i = 0; i < NAMES.length; i++) {
      const node = new Node(this)
      node.type = TYPE_DEVICE
      node.number = i + 1
      node.parent = top
      this.nodes.push(node)
    }
  }

  override typeName(): string {
    return 'devices'
  }

  override root(): Node {
    return this.top()
  }

  private top(): Node {
    return this.topNode!
  }

  override lookup(parent: Node, name: string): Node | null {
    if (parent !== this.topNode) return this.fail(-ENOTDIR)
    const index = NAMES.indexOf(name)
    return index < 0 ? this.fail(-ENOENT) : this.acquire(this.nodes[index])
  }

  override read(node: Node, _offset: u64, buffer: usize, length: u32): i32 {
    if (node.number !== ZERO && node.number !== FULL) return 0
    memory.fill(buffer, 0, length)
    return length
  }

  override write(node: Node, _offset: u64, _buffer: usize, length: u32): i32 {
    return node.number === FULL ? -ENOSPC : (length as i32)
  }

  override truncate(_node: Node, _size: u64): i32 {
    return 0
  }

  override entry(parent: Node, position: u64, entry: Entry): i32 {
    if (parent !== this.topNode) return -ENOTDIR
    if (position >= (NAMES.length as u64)) return 0
    entry.name = NAMES[position as i32]
    entry.type = TYPE_DEVICE
    entry.size = 0
    entry.modified = 0
    entry.next = position + 1
    return 1
  }

  // The few nodes are there for good.
  override release(node: Node): void {
    node.references--
  }
}

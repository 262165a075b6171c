/**
 * Files in memory: a tree that is gone when the machine is switched off.
 *
 * Contents are pages of 4 KiB; a page that was never written is a hole that reads as zeros. Everything counts towards one
 * limit, so that clients get ENOSPC before the server runs out of memory. Not here: links, owners, permissions.
 */
import {
  EEXIST,
  EFBIG,
  EINVAL,
  EISDIR,
  ENAMETOOLONG,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  TYPE_DIRECTORY,
} from '../libkenix/generated/abi'
import { Entry, FileSystem, isWithin, Node, Space } from './filesystem'

const PAGE: u32 = 4096
/** What a node costs beside its pages, and a page beside its bytes: generous estimates. */
const NODE_COST: u64 = 1024
const PAGE_COST: u64 = 4096 + 32
/** Bounds the table of pages of a file that is almost all hole. */
const MOST_BYTES: u64 = 1 << 32
const MOST_NAME: i32 = 255

class RamNode extends Node {
  /** Addresses of pages, 0 for a hole. */
  pages: Array<usize> = []
  /** Entries of a directory: positions stay what they are while others come and go. */
  entries: Map<string, RamNode> = new Map<string, RamNode>()
  order: Array<RamNode | null> = []
  /** Positions in `order` that are free. */
  holes: Array<i32> = []
  name: string = ''
  place: i32 = 0
}

/** A file system of at most `limit` bytes. */
export class RamFileSystem extends FileSystem {
  private topNode: RamNode | null = null
  private used: u64 = 0
  private serial: u64 = 0

  constructor(private readonly limit: u64) {
    super()
    const top = new RamNode(this)
    top.type = TYPE_DIRECTORY
    top.references = 1
    this.topNode = top
    this.readOnly = false
  }

  override typeName(): string {
    return 'ramfs'
  }

  override root(): Node {
    return this.top()
  }

  private top(): RamNode {
    return this.topNode!
  }

  override lookup(parent: Node, name: string): Node | null {
    if (!parent.isDirectory()) return this.fail(-ENOTDIR)
    const directory = parent as RamNode
    if (!directory.entries.has(name)) return this.fail(-ENOENT)
    return this.acquire(directory.entries.get(name))
  }

  override create(parent: Node, name: string, type: i32): Node | null {
    if (!parent.isDirectory()) return this.fail(-ENOTDIR)
    const directory = parent as RamNode
    if (directory.entries.has(name)) return this.fail(-EEXIST)
    if (directory.removed) return this.fail(-ENOENT)
    if (String.UTF8.byteLength(name) > MOST_NAME) return this.fail(-ENAMETOOLONG)
    if (!this.charge(NODE_COST)) return this.fail(-ENOSPC)
    const node = new RamNode(this)
    node.type = type
    node.number = ++this.serial
    node.modified = this.now
    // The name itself is a reference: the node lives while it has one.
    node.references = 1
    this.enter(directory, name, node)
    return this.acquire(node)
  }

  override read(node: Node, offset: u64, buffer: usize, length: u32): i32 {
    if (node.isDirectory()) return -EISDIR
    if (offset >= node.size) return 0
    const file = node as RamNode
    const count = min(length as u64, min(node.size - offset, i32.MAX_VALUE as u64)) as u32
    for (let done: u32 = 0; done < count; ) {
      const at = offset + done
      const within = (at % PAGE) as u32
      const piece = min(count - done, PAGE - within)
      const page = file.pages[(at / PAGE) as i32]
      if (page === 0) memory.fill(buffer + done, 0, piece)
      else memory.copy(buffer + done, page + within, piece)
      done += piece
    }
    return count
  }

  override write(node: Node, offset: u64, buffer: usize, length: u32): i32 {
    if (node.isDirectory()) return -EISDIR
    if (length === 0) return 0
    if (offset >= MOST_BYTES) return -EFBIG
    const count = min(length as u64, min(MOST_BYTES - offset, i32.MAX_VALUE as u64)) as u32
    const file = node as RamNode
    let done: u32 = 0
    while (done < count) {
      const at = offset + done
      const index = (at / PAGE) as i32
      const within = (at % PAGE) as u32
      const piece = min(count - done, PAGE - within)
      const page = this.pageOf(file, index)
      if (page === 0) break
      memory.copy(page + within, buffer + done, piece)
      done += piece
    }
    if (done === 0) return -ENOSPC
    node.size = max(node.size, offset + done)
    node.modified = this.now
    return done
  }

  override truncate(node: Node, size: u64): i32 {
    if (node.isDirectory()) return -EISDIR
    if (size > MOST_BYTES) return -EFBIG
    const file = node as RamNode
    const keep = ((size + PAGE - 1) / PAGE) as i32
    if (size > node.size) {
      if (!this.extend(file, keep)) return -ENOSPC
    } else {
      this.dropPages(file, keep)
      const within = (size % PAGE) as u32
      const last = within > 0 ? file.pages[keep - 1] : 0
      // What lies behind the end reads as zeros when the file grows again.
      if (last !== 0) memory.fill(last + within, 0, PAGE - within)
    }
    node.size = size
    node.modified = this.now
    return 0
  }

  override setTime(node: Node, seconds: i64): i32 {
    node.modified = seconds
    return 0
  }

  override remove(parent: Node, name: string, directory: bool): i32 {
    const found = this.lookup(parent, name)
    if (found === null) return this.error
    const node = found as RamNode
    let error = 0
    if (node.isDirectory() !== directory) error = directory ? -ENOTDIR : -EISDIR
    else if (node.entries.size > 0) error = -ENOTEMPTY
    else this.unlink(parent as RamNode, node)
    this.release(node)
    return error
  }

  override rename(from: Node, name: string, to: Node, newName: string): i32 {
    const found = this.lookup(from, name)
    if (found === null) return this.error
    const source = found as RamNode
    let target: RamNode | null = null
    let error = 0
    if (!to.isDirectory()) error = -ENOTDIR
    else if (to.removed) error = -ENOENT
    else if (String.UTF8.byteLength(newName) > MOST_NAME) error = -ENAMETOOLONG
    else if (source.isDirectory() && isWithin(to, source)) error = -EINVAL
    else if ((to as RamNode).entries.has(newName)) target = (to as RamNode).entries.get(newName)
    if (target === source) {
      this.release(source)
      return 0
    }
    if (error === 0 && target !== null) error = checkReplace(source, target)
    if (error === 0) {
      if (target !== null) this.unlink(to as RamNode, target)
      this.leave(from as RamNode, source)
      this.enter(to as RamNode, newName, source)
    }
    this.release(source)
    return error
  }

  override entry(parent: Node, position: u64, entry: Entry): i32 {
    if (!parent.isDirectory()) return -ENOTDIR
    const order = (parent as RamNode).order
    for (let i = position; i < (order.length as u64); i++) {
      const node = order[i as i32]
      if (node === null) continue
      entry.name = node.name
      entry.type = node.type
      entry.size = node.size
      entry.modified = node.modified
      entry.next = i + 1
      return 1
    }
    return 0
  }

  override space(space: Space): i32 {
    space.total = this.limit
    space.free = this.limit - this.used
    return 0
  }

  override forget(node: Node): void {
    this.dropPages(node as RamNode, 0)
    this.used -= NODE_COST
  }

  private charge(cost: u64): bool {
    if (cost > this.limit - this.used) return false
    this.used += cost
    return true
  }

  /** Page `index` of a file, made if it is a hole; 0 if there is no room. */
  private pageOf(file: RamNode, index: i32): usize {
    if (!this.extend(file, index + 1)) return 0
    let page = file.pages[index]
    if (page === 0) {
      if (!this.charge(PAGE_COST)) return 0
      page = heap.alloc(PAGE)
      memory.fill(page, 0, PAGE)
      file.pages[index] = page
    }
    return page
  }

  /** Gives the table of pages `count` entries. */
  private extend(file: RamNode, count: i32): bool {
    const more = count - file.pages.length
    if (more <= 0) return true
    if (!this.charge((more as u64) * 8)) return false
    for (let i = 0; i < more; i++) file.pages.push(0)
    return true
  }

  private dropPages(file: RamNode, keep: i32): void {
    const pages = file.pages
    while (pages.length > keep) {
      const page = pages.pop()
      this.used -= 8
      if (page === 0) continue
      heap.free(page)
      this.used -= PAGE_COST
    }
  }

  private enter(directory: RamNode, name: string, node: RamNode): void {
    node.name = name
    node.parent = this.acquire(directory)
    if (directory.holes.length > 0) {
      node.place = directory.holes.pop()
      directory.order[node.place] = node
    } else {
      node.place = directory.order.length
      directory.order.push(node)
    }
    directory.entries.set(name, node)
    directory.modified = this.now
  }

  private leave(directory: RamNode, node: RamNode): void {
    directory.entries.delete(node.name)
    directory.order[node.place] = null
    directory.holes.push(node.place)
    directory.modified = this.now
    node.parent = null
    this.release(directory)
  }

  /** Takes the name of `node` away; its contents go with its last reference. */
  private unlink(directory: RamNode, node: RamNode): void {
    this.leave(directory, node)
    node.removed = true
    this.release(node)
  }
}

function checkReplace(source: RamNode, target: RamNode): i32 {
  if (source.isDirectory() !== target.isDirectory()) {
    return target.isDirectory() ? -EISDIR : -ENOTDIR
  }
  return target.entries.size > 0 ? -ENOTEMPTY : 0
}

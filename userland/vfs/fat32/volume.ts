/**
 * A FAT32 volume as a file system: read and write, long names, directories.
 *
 * Source: Microsoft, "FAT: General Overview of On-Disk Format" 1.03. Every change is on the device when the function
 * that makes it returns; `sync` also has the device flush, and marks the volume as in order. Between any two sector
 * writes the volume is one that fsck.fat repairs without loss to anything but what was being changed. Numbers found on
 * the volume are never trusted: what is impossible is -EIO. Not here: FAT12, FAT16, exFAT, owners and permissions
 * (there are none on FAT), growing a volume.
 */
import {
  EEXIST,
  EINVAL,
  EIO,
  EISDIR,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  EROFS,
  TYPE_DIRECTORY,
  TYPE_FILE,
} from '../../libkenix/generated/abi'
import { Entry, FileSystem, isWithin, Node, Space } from '../filesystem'
import { BlockCache } from './block-cache'
import { BlockDevice } from './block-device'
import {
  ATTR_ARCHIVE,
  ATTR_DIRECTORY,
  ATTR_READ_ONLY,
  DIR_ATTR,
  DIR_SIZE,
  DIR_WRITTEN,
  Directory,
  ENTRY_BYTES,
  firstCluster,
  setFirstCluster,
  setTimes,
} from './directory'
import { readFile, truncateFile, writeFile } from './file'
import { Geometry } from './geometry'
import { checkName } from './name'
import { FatNode } from './node'
import { findPartition } from './partition'
import { AllocationTable } from './table'
import { fromFatTime, toFatTime } from './time'
import { clearCluster } from './zero'

export class FatVolume extends FileSystem {
  readonly geometry: Geometry
  readonly cache: BlockCache
  readonly table: AllocationTable
  private readonly directory: Directory
  private rootNode: FatNode | null = null
  /** Nodes in use, by the place of their entry. */
  private readonly nodes: Map<u64, FatNode> = new Map<u64, FatNode>()
  /** Removed files and directories that are still in use. */
  private leftovers: i32 = 0
  private readonly raw: usize = heap.alloc(ENTRY_BYTES)

  constructor(device: BlockDevice, readOnly: bool) {
    super()
    const cache = new BlockCache(device)
    const geometry = new Geometry()
    const table = new AllocationTable(cache, geometry)
    this.geometry = geometry
    this.cache = cache
    this.table = table
    this.directory = new Directory(table)
    this.readOnly = readOnly || device.isReadOnly()
  }

  /** Reads what describes the volume. @returns 0, -EINVAL if the disk holds no FAT32 volume, or -EIO */
  open(): i32 {
    let error = findPartition(this.cache)
    if (error < 0) return error
    const boot = this.cache.read(0)
    if (boot === 0) return this.cache.error
    error = this.geometry.parse(boot, this.cache.length)
    if (error < 0) return error
    this.cache.length = this.geometry.sectors
    this.cache.mirror(this.geometry.fatStart, this.geometry.fatSectors, this.geometry.fatCopies)
    error = this.table.open()
    if (error < 0) return error
    const root = new FatNode(this, this.geometry.rootCluster, 0)
    root.references = 1
    this.rootNode = root
    return 0
  }

  override dispose(): void {
    this.cache.device.dispose()
    this.cache.dispose()
    this.directory.dispose()
    heap.free(this.raw)
  }

  override typeName(): string {
    return 'fat32'
  }

  override root(): Node {
    return this.rootNode!
  }

  override lookup(parent: Node, name: string): Node | null {
    const found = this.find(parent, name)
    if (found <= 0) return this.fail(found === 0 ? -ENOENT : found)
    return this.nodeOf(parent)
  }

  override create(parent: Node, name: string, type: i32): Node | null {
    const error = this.checkNew(parent, name)
    if (error < 0) return this.fail(error)
    memory.fill(this.raw, 0, ENTRY_BYTES)
    setTimes(this.raw, toFatTime(this.now), true)
    if (type === TYPE_DIRECTORY) return this.createDirectory(parent as FatNode, name)
    store<u8>(this.raw, ATTR_ARCHIVE, DIR_ATTR)
    return this.insert(parent as FatNode, name)
  }

  override read(node: Node, offset: u64, buffer: usize, length: u32): i32 {
    if (node.isDirectory()) return -EISDIR
    return readFile(this, node as FatNode, offset, buffer, length)
  }

  override write(node: Node, offset: u64, buffer: usize, length: u32): i32 {
    if (node.isDirectory()) return -EISDIR
    if (this.readOnly) return -EROFS
    node.modified = this.now
    return writeFile(this, node as FatNode, offset, buffer, length)
  }

  override truncate(node: Node, size: u64): i32 {
    if (node.isDirectory()) return -EISDIR
    if (this.readOnly) return -EROFS
    node.modified = this.now
    return truncateFile(this, node as FatNode, size)
  }

  override setTime(node: Node, seconds: i64): i32 {
    if (this.readOnly) return -EROFS
    const fat = node as FatNode
    node.modified = seconds
    if (fat.place === 0) return 0
    const error = this.writeEntry(fat)
    return error < 0 ? error : this.cache.writeBack()
  }

  override entry(parent: Node, position: u64, entry: Entry): i32 {
    if (!parent.isDirectory()) return -ENOTDIR
    if (parent.removed || position >= 0x1_0000) return 0
    this.directory.seek(position as u32)
    const found = this.directory.next((parent as FatNode).chain)
    if (found <= 0) return found
    const raw = this.directory.raw
    const open = this.opened()
    entry.name = this.directory.name
    entry.type = load<u8>(raw, DIR_ATTR) & ATTR_DIRECTORY ? TYPE_DIRECTORY : TYPE_FILE
    entry.size = entry.type === TYPE_DIRECTORY ? 0 : load<u32>(raw, DIR_SIZE)
    entry.modified = open !== null ? open.modified : fromFatTime(load<u32>(raw, DIR_WRITTEN))
    entry.next = (this.directory.index + 1) as u64
    return 1
  }

  override remove(parent: Node, name: string, directory: bool): i32 {
    if (this.readOnly) return -EROFS
    const node = this.lookup(parent, name)
    if (node === null) return this.error
    let error = 0
    if (node.isDirectory() !== directory) error = directory ? -ENOTDIR : -EISDIR
    else if (directory) error = this.checkEmpty(node as FatNode)
    if (error === 0) error = this.eraseEntry(parent as FatNode, name)
    if (error === 0) error = this.cache.writeBack()
    if (error === 0) this.orphan(node as FatNode)
    this.release(node)
    return error
  }

  override rename(from: Node, name: string, to: Node, newName: string): i32 {
    if (this.readOnly) return -EROFS
    const source = this.lookup(from, name)
    if (source === null) return this.error
    const target = this.lookup(to, newName)
    let error: i32 = target === null && this.error !== -ENOENT ? this.error : 0
    if (error === 0 && source.isDirectory() && isWithin(to, source)) error = -EINVAL
    if (error === 0) {
      if (target === null || target === source) {
        // The same file under a name that differs in case only, or by its short name, is renamed like any other.
        if (!(from === to && name === newName)) {
          error = this.move(from as FatNode, name, to as FatNode, newName, source as FatNode)
        }
      } else {
        error = this.checkReplace(source as FatNode, target as FatNode)
        if (error === 0) {
          error = this.replace(
            from as FatNode,
            name,
            to as FatNode,
            source as FatNode,
            target as FatNode,
          )
        }
      }
    }
    if (error === 0) error = this.cache.writeBack()
    if (target !== null) this.release(target)
    this.release(source)
    return error
  }

  override sync(): i32 {
    return this.readOnly ? 0 : this.table.close(this.leftovers > 0)
  }

  override space(space: Space): i32 {
    const free = this.table.countFree()
    if (free < 0) return free as i32
    space.total = (this.geometry.clusters as u64) * this.geometry.clusterBytes
    space.free = (free as u64) * this.geometry.clusterBytes
    return 0
  }

  override forget(node: Node): void {
    const fat = node as FatNode
    if (!fat.removed) {
      this.nodes.delete(fat.place)
      return
    }
    this.leftovers--
    // An error leaves clusters that belong to nobody, on a volume that says that it is not in order.
    if (this.table.release(fat.chain.first) === 0) this.cache.writeBack()
  }

  /** Writes size, first cluster and time of `node` into its directory entry. */
  writeEntry(node: FatNode): i32 {
    if (node.removed) return 0
    const directory = node.isDirectory()
    const entry = this.entryAt(node.place)
    if (entry === 0) return this.error
    setFirstCluster(entry, node.chain.first)
    store<u32>(entry, node.size as u32, DIR_SIZE)
    setTimes(entry, toFatTime(node.modified), false)
    if (!directory) store<u8>(entry, load<u8>(entry, DIR_ATTR) | ATTR_ARCHIVE, DIR_ATTR)
    return 0
  }

  /** Address of the short entry at `place`, to be changed; 0 on an error. */
  private entryAt(place: u64): usize {
    this.error = this.table.markDirty()
    if (this.error < 0) return 0
    const sector = this.cache.modify(place >> 4)
    if (sector === 0) {
      this.error = this.cache.error
      return 0
    }
    return sector + ((place & 15) as usize) * ENTRY_BYTES
  }

  /** Has `directory` find `name`. @returns 1, 0 if there is none, or a negative errno */
  private find(parent: Node, name: string): i32 {
    if (!parent.isDirectory()) return -ENOTDIR
    return parent.removed ? 0 : this.directory.find((parent as FatNode).chain, name)
  }

  /** The node in use whose entry `directory` found, if there is one. */
  private opened(): FatNode | null {
    const place = this.directory.place
    return this.nodes.has(place) ? this.nodes.get(place) : null
  }

  /** The node of the entry that `directory` found, counted. */
  private nodeOf(parent: Node): Node | null {
    const place = this.directory.place
    const open = this.opened()
    if (open !== null) return this.acquire(open)
    const raw = this.directory.raw
    const attr = load<u8>(raw, DIR_ATTR)
    const node = new FatNode(this, firstCluster(raw), place)
    if (attr & ATTR_DIRECTORY) {
      node.type = TYPE_DIRECTORY
      if (!this.geometry.isCluster(node.chain.first)) return this.fail(-EIO)
    } else {
      node.size = load<u32>(raw, DIR_SIZE)
      const first = node.chain.first
      if (!this.geometry.isCluster(first) && (first !== 0 || node.size !== 0))
        return this.fail(-EIO)
    }
    node.writable = (attr & ATTR_READ_ONLY) === 0
    node.modified = fromFatTime(load<u32>(raw, DIR_WRITTEN))
    node.parent = this.acquire(parent)
    node.number = place
    this.nodes.set(place, node)
    return this.acquire(node)
  }

  /** 0 if `name` may be made in `parent`. */
  private checkNew(parent: Node, name: string): i32 {
    if (this.readOnly) return -EROFS
    const error = checkName(name)
    if (error < 0) return error
    const found = this.find(parent, name)
    if (found < 0) return found
    if (parent.removed) return -ENOENT
    return found === 0 ? 0 : -EEXIST
  }

  /** Adds `raw` as `name`. */
  private insert(parent: FatNode, name: string): Node | null {
    const error = this.directory.insert(parent.chain, name, this.raw)
    if (error < 0) return this.fail(error)
    memory.copy(this.directory.raw, this.raw, ENTRY_BYTES)
    return this.nodeOf(parent)
  }

  private createDirectory(parent: FatNode, name: string): Node | null {
    const fresh = this.table.allocate(1)
    if (fresh <= 0) return this.fail(fresh === 0 ? -ENOSPC : (fresh as i32))
    const cluster = fresh as u32
    store<u8>(this.raw, ATTR_DIRECTORY, DIR_ATTR)
    setFirstCluster(this.raw, cluster)
    let error = clearCluster(this.table, cluster)
    if (error === 0) error = this.writeDots(cluster, parent)
    let node: Node | null = null
    if (error === 0) {
      node = this.insert(parent, name)
      error = this.error
    }
    if (node === null) {
      this.table.release(cluster)
      this.cache.writeBack()
      return this.fail(error)
    }
    return node
  }

  /** Writes `.` and `..` into the first cluster of a new directory. */
  private writeDots(cluster: u32, parent: FatNode): i32 {
    const sector = this.cache.modify(this.geometry.sectorOf(cluster))
    if (sector === 0) return this.cache.error
    for (let i: u32 = 0; i < 2; i++) {
      const entry = sector + i * ENTRY_BYTES
      memory.copy(entry, this.raw, ENTRY_BYTES)
      memory.fill(entry, 0x20, 11)
      memory.fill(entry, 0x2e, i + 1)
      setFirstCluster(entry, i === 0 ? cluster : this.parentCluster(parent))
    }
    return this.cache.writeBack()
  }

  /** What `..` holds: the root is written as 0. */
  private parentCluster(parent: FatNode): u32 {
    return parent === this.rootNode ? 0 : parent.chain.first
  }

  private checkEmpty(node: FatNode): i32 {
    this.directory.seek(0)
    const found = this.directory.next(node.chain)
    return found > 0 ? -ENOTEMPTY : found
  }

  private eraseEntry(parent: FatNode, name: string): i32 {
    const found = this.directory.find(parent.chain, name)
    if (found <= 0) return found === 0 ? -ENOENT : found
    return this.directory.erase(parent.chain, this.directory.start, this.directory.index)
  }

  /** `node` has no name any more: its clusters are freed when it is in use no more. */
  private orphan(node: FatNode): void {
    node.removed = true
    this.nodes.delete(node.place)
    this.leftovers++
  }

  private checkReplace(source: FatNode, target: FatNode): i32 {
    if (source.isDirectory()) {
      return target.isDirectory() ? this.checkEmpty(target) : -ENOTDIR
    }
    return target.isDirectory() ? -EISDIR : 0
  }

  /** Gives `source` a new entry, then erases the old one: for a moment there are two, never none. */
  private move(from: FatNode, name: string, to: FatNode, newName: string, source: FatNode): i32 {
    let error = checkName(newName)
    if (error === 0 && to.removed) error = -ENOENT
    if (error < 0) return error
    const old = this.directory.find(from.chain, name)
    if (old <= 0) return old === 0 ? -ENOENT : old
    const start = this.directory.start
    const index = this.directory.index
    memory.copy(this.raw, this.directory.raw, ENTRY_BYTES)
    error = this.directory.insert(to.chain, newName, this.raw)
    if (error < 0) return error
    const place = this.directory.place
    error = this.directory.erase(from.chain, start, index)
    if (error === 0) error = this.adopt(source, to)
    if (error < 0) return error
    this.relocate(source, place)
    return 0
  }

  /** Has the entry of `target` describe `source`, in one write, then erases the old entry. */
  private replace(from: FatNode, name: string, to: FatNode, source: FatNode, target: FatNode): i32 {
    const place = target.place
    const old = this.directory.find(from.chain, name)
    if (old <= 0) return old === 0 ? -ENOENT : old
    const start = this.directory.start
    const index = this.directory.index
    memory.copy(this.raw, this.directory.raw, ENTRY_BYTES)
    const entry = this.entryAt(place)
    if (entry === 0) return this.error
    memory.copy(entry + DIR_ATTR, this.raw + DIR_ATTR, ENTRY_BYTES - DIR_ATTR)
    // The bits that give a short name small letters belong to the name.
    store<u8>(entry, 0, DIR_ATTR + 1)
    let error = this.directory.erase(from.chain, start, index)
    if (error === 0) error = this.adopt(source, to)
    if (error < 0) return error
    this.orphan(target)
    this.relocate(source, place)
    return 0
  }

  /** `to` becomes the parent of `source`, in memory and, for a directory, in its `..`. */
  private adopt(source: FatNode, to: FatNode): i32 {
    const parent = source.parent
    if (parent === to) return 0
    if (source.isDirectory()) {
      const sector = this.cache.modify(this.geometry.sectorOf(source.chain.first))
      if (sector === 0) return this.cache.error
      const dots = sector + ENTRY_BYTES
      if (load<u16>(dots) === 0x2e2e) setFirstCluster(dots, this.parentCluster(to))
    }
    source.parent = this.acquire(to)
    if (parent !== null) this.release(parent)
    return 0
  }

  private relocate(node: FatNode, place: u64): void {
    this.nodes.delete(node.place)
    node.place = place
    this.nodes.set(place, node)
  }
}

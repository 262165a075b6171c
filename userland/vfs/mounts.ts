/**
 * The one tree that clients see: file systems mounted over directories, and the walk along a path.
 *
 * A place in the tree is a node and the mount it was reached through, since one file system may be mounted twice. `..`
 * leaves a mount at its root. There are no symbolic links, so a walk ends with its path.
 */
import { EBUSY, EINVAL, ENAMETOOLONG, ENOENT, ENOTDIR } from '../libkenix/generated/abi'
import { resolvePath } from '../libkenix/text/path'
import { FileSystem, Node } from './filesystem'

/** UTF-16 units in a path, and mounts. */
const MOST_PATH: i32 = 4096
const MOST_MOUNTS: i32 = 64

export class Mount {
  /** Open files reached through it. */
  users: i32 = 0

  constructor(
    readonly path: string,
    readonly fs: FileSystem,
    readonly root: Node,
    /** What it was mounted on; null for the first one. */
    readonly parent: Mount | null,
    readonly covered: Node | null,
    /** Number of its type in message MOUNT. */
    readonly type: i32,
  ) {}
}

/** A place in the tree; its node is counted. */
export class Place {
  constructor(
    readonly mount: Mount,
    readonly node: Node,
  ) {}

  release(): void {
    this.mount.fs.release(this.node)
  }
}

/** All mounts, and the walks through them. */
export class MountTable {
  /** Negative errno of the last function that returned null. */
  error: i32 = 0
  /** The last part of the path given to `parent`; empty for the root, `.` and `..`. */
  name: string = ''
  readonly mounts: Array<Mount> = []

  /** Mounts `node` of `fs` over the directory `path`; the first mount is the root. @returns 0 or a negative errno */
  add(path: string, fs: FileSystem, node: Node, type: i32): i32 {
    if (this.mounts.length === 0) {
      this.mounts.push(new Mount('/', fs, fs.acquire(node), null, null, type))
      return 0
    }
    const place = this.resolve(path)
    if (place === null) return this.error
    let error = 0
    if (this.mounts.length >= MOST_MOUNTS || place.node === place.mount.root) error = -EBUSY
    else if (!place.node.isDirectory()) error = -ENOTDIR
    if (error < 0) {
      place.release()
      return error
    }
    const clean = resolvePath('/', path)
    // The place keeps its count: the covered directory is in use while something is mounted on it.
    this.mounts.push(new Mount(clean, fs, fs.acquire(node), place.mount, place.node, type))
    place.mount.users++
    return 0
  }

  /** Undoes the mount whose root `path` is. @returns it, or null after setting `error` */
  remove(path: string): Mount | null {
    const place = this.resolve(path)
    if (place === null) return null
    const mount = place.mount
    const isRoot = place.node === mount.root
    place.release()
    if (!isRoot) return this.refuse(-EINVAL)
    const parent = mount.parent
    if (parent === null || mount.users > 0) return this.refuse(-EBUSY)
    this.mounts.splice(this.mounts.indexOf(mount), 1)
    parent.users--
    parent.fs.release(mount.covered!)
    mount.fs.release(mount.root)
    return mount
  }

  /** Whether another mount shows the same file system. */
  isMounted(fs: FileSystem): bool {
    for (let i = 0; i < this.mounts.length; i++) if (this.mounts[i].fs === fs) return true
    return false
  }

  /** Whether something is mounted on `node`. */
  isCovered(node: Node): bool {
    for (let i = 0; i < this.mounts.length; i++) if (this.mounts[i].covered === node) return true
    return false
  }

  /** The place an absolute path names, or null after setting `error`. */
  resolve(path: string): Place | null {
    if (!this.check(path)) return null
    const names = parts(path)
    const place = this.walk(names, names.length)
    if (place === null || !path.endsWith('/') || place.node.isDirectory()) return place
    place.release()
    this.error = -ENOTDIR
    return null
  }

  /** The directory that holds what `path` names; the name itself is in `name`. Null after setting `error`. */
  parent(path: string): Place | null {
    if (!this.check(path)) return null
    const names = parts(path)
    const last = names.length - 1
    this.name = last < 0 || names[last] === '.' || names[last] === '..' ? '' : names[last]
    const place = this.walk(names, max(last, 0))
    if (place === null || place.node.isDirectory()) return place
    place.release()
    this.error = -ENOTDIR
    return null
  }

  private check(path: string): bool {
    this.error = path.length > MOST_PATH ? -ENAMETOOLONG : path === '' ? -ENOENT : -EINVAL
    return path.length <= MOST_PATH && path.startsWith('/')
  }

  private refuse(error: i32): Mount | null {
    this.error = error
    return null
  }

  private walk(names: Array<string>, count: i32): Place | null {
    let mount = this.mounts[0]
    let node = mount.fs.acquire(mount.root)
    for (let i = 0; i < count; i++) {
      const name = names[i]
      if (!node.isDirectory()) return this.stop(mount, node, -ENOTDIR)
      if (name === '.') continue
      if (name === '..') {
        // At the root of a mount the way up is that of the directory it covers.
        while (node === mount.root && mount.parent !== null) {
          const covered = mount.covered!
          mount.fs.release(node)
          mount = mount.parent!
          node = mount.fs.acquire(covered)
        }
        const parent = node.parent
        if (node === mount.root || parent === null) continue
        mount.fs.acquire(parent)
        mount.fs.release(node)
        node = parent
        continue
      }
      const next = mount.fs.lookup(node, name)
      if (next === null) return this.stop(mount, node, mount.fs.error)
      mount.fs.release(node)
      node = next
      let over = this.over(mount, node)
      while (over !== null) {
        mount.fs.release(node)
        mount = over
        node = mount.fs.acquire(mount.root)
        over = this.over(mount, node)
      }
    }
    return new Place(mount, node)
  }

  private stop(mount: Mount, node: Node, error: i32): Place | null {
    mount.fs.release(node)
    this.error = error
    return null
  }

  /** What is mounted on `node`, seen through `mount`. */
  private over(mount: Mount, node: Node): Mount | null {
    for (let i = 0; i < this.mounts.length; i++) {
      const other = this.mounts[i]
      if (other.parent === mount && other.covered === node) return other
    }
    return null
  }
}

/** The parts of a path, without empty ones. */
function parts(path: string): Array<string> {
  const all = path.split('/')
  const result: string[] = []
  for (let i = 0; i < all.length; i++) if (all[i] !== '') result.push(all[i])
  return result
}

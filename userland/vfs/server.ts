/** The file server: files by path (docs/ipc-protocols.md, tags 100-118). Open files are served by `streams.ts`. */
import {
  ATTACH_MOVE,
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  EROFS,
  EXDEV,
  OPEN_APPEND,
  OPEN_CREATE,
  OPEN_DIRECTORY,
  OPEN_EXCLUSIVE,
  OPEN_READ,
  OPEN_TRUNCATE,
  OPEN_WRITE,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_SELF,
  TYPE_DIRECTORY,
  TYPE_FILE,
  VFS_ATTACH_SHM,
  VFS_CLOSE,
  VFS_MKDIR,
  VFS_MOUNT,
  VFS_MOUNTS,
  VFS_OPEN,
  VFS_READ,
  VFS_READ_SHM,
  VFS_READDIR,
  VFS_RENAME,
  VFS_STAT,
  VFS_SYNC,
  VFS_TRUNCATE,
  VFS_UMOUNT,
  VFS_UNLINK,
  VFS_UTIME,
  VFS_WRITE,
  VFS_WRITE_SHM,
} from '../libkenix/generated/abi'
import { close } from '../libkenix/handle'
import { attach, callerPid, Message, mint, replyTo } from '../libkenix/ipc'
import { Answer, LATER, Server } from '../libkenix/server'
import { attachShared } from '../servers/client-memory'
import { Entry, FileSystem, Node } from './filesystem'
import { changed, IDLE, isIdle } from './idle'
import { listMount, mountMessage, syncAll, unmountMessage } from './mounting'
import { Place } from './mounts'
import { OpenFile } from './open-files'
import {
  files,
  isShort,
  lentPath,
  mounts,
  numberedOf,
  pathOf,
  readTo,
  requestError,
  stamp,
  writeFrom,
} from './requests'
import { describe, giveEntry, serveStreams } from './streams'

const OPEN_ALL: i32 =
  OPEN_READ |
  OPEN_WRITE |
  OPEN_CREATE |
  OPEN_EXCLUSIVE |
  OPEN_TRUNCATE |
  OPEN_APPEND |
  OPEN_DIRECTORY

/** Kinds of what UNLINK may remove. */
const UNLINK_FILE: i64 = 0
const UNLINK_DIRECTORY: i64 = 1
const UNLINK_EITHER: i64 = 2

const server = new Server()
const entry = new Entry()
const inlineBytes = memory.data(32, 8)

/** Prepares the server; `mounting.ts` has mounted the root before. */
export function prepare(): void {
  server.on(VFS_OPEN, open)
  server.on(VFS_CLOSE, closeNumber)
  server.on(VFS_READ, readInline)
  server.on(VFS_WRITE, writeLent)
  server.on(VFS_STAT, stat)
  server.on(VFS_MKDIR, makeDirectory)
  server.on(VFS_READDIR, readDirectory)
  server.on(VFS_UNLINK, unlink)
  server.on(VFS_RENAME, rename)
  server.on(VFS_READ_SHM, readShared)
  server.on(VFS_WRITE_SHM, writeShared)
  server.on(VFS_ATTACH_SHM, attachMemory)
  server.on(VFS_SYNC, sync)
  server.on(VFS_MOUNT, mountMessage)
  server.on(VFS_UMOUNT, unmountMessage)
  server.on(VFS_MOUNTS, listMount)
  server.on(VFS_TRUNCATE, truncate)
  server.on(VFS_UTIME, setTime)
  serveStreams(server)
  server.onNotification(IDLE, idle)
}

/** Serves for ever; the errno if nothing can be received. */
export function serve(): i64 {
  return server.run()
}

function idle(_bits: i64): void {
  if (isIdle()) syncAll()
}

function open(message: Message, answer: Answer): i64 {
  const path = pathOf(message)
  if (path === null) return requestError
  if (isShort(message)) return openNumber(message, path, answer)
  const flags = message.d2 as i32
  if (message.d2 !== (flags as i64) || flags & ~OPEN_ALL) return -EINVAL
  const access = flags & (OPEN_READ | OPEN_WRITE)
  const place = openPlace(path, access === 0 ? flags | OPEN_READ : flags)
  if (place === null) return mounts.error
  const badge = files.newBadge()
  let rights = RIGHT_SEND | RIGHT_TRANSFER
  if (access !== OPEN_WRITE) rights |= RIGHT_READ
  if (access & OPEN_WRITE) rights |= RIGHT_WRITE
  const handle = mint(SLOT_SELF, badge, rights)
  if (handle < 0) {
    place.release()
    return handle
  }
  files.addSession(badge, new OpenFile(place, flags, 0))
  attach(handle, rights, ATTACH_MOVE)
  replyTo(message.sender, 0, place.node.size, place.node.type)
  // Gone with the reply; if the client is gone instead, this is the last handle, and the session ends with it.
  close(handle)
  return LATER
}

/** The short form: to read, by number. */
function openNumber(message: Message, path: string, answer: Answer): i64 {
  const owner = callerPid(message.sender)
  if (owner < 0) return owner
  const checked = files.checkNumber(owner)
  if (checked < 0) return checked
  const place = openPlace(path, OPEN_READ)
  if (place === null) return mounts.error
  answer.d0 = place.node.size
  answer.d1 = place.node.type
  return files.addNumber(new OpenFile(place, OPEN_READ, owner))
}

/** Opens or makes what `path` names; null after setting the error of `mounts`. */
function openPlace(path: string, flags: i32): Place | null {
  let place = mounts.resolve(path)
  const missing = place === null && mounts.error === -ENOENT
  if (missing && flags & OPEN_CREATE && !path.endsWith('/')) {
    changed()
    return create(path, TYPE_FILE)
  }
  if (place === null) return null
  const node = place.node
  let error: i32 = 0
  if (flags & OPEN_CREATE && flags & OPEN_EXCLUSIVE) error = -EEXIST
  else if (flags & OPEN_DIRECTORY && !node.isDirectory()) error = -ENOTDIR
  else if (flags & (OPEN_WRITE | OPEN_TRUNCATE)) error = checkWritable(place.mount.fs, node)
  if (error === 0 && flags & OPEN_TRUNCATE && node.size > 0) {
    changed()
    error = stamp(place.mount.fs).truncate(node, 0)
  }
  if (error === 0) return place
  place.release()
  mounts.error = error
  return null
}

function checkWritable(fs: FileSystem, node: Node): i32 {
  if (node.isDirectory()) return -EISDIR
  if (fs.readOnly) return -EROFS
  return node.writable ? 0 : -EACCES
}

/** Makes a file or directory; null after setting the error of `mounts`. */
function create(path: string, type: i32): Place | null {
  const parent = mounts.parent(path)
  if (parent === null) return null
  const fs = stamp(parent.mount.fs)
  let node: Node | null = null
  mounts.error = -EEXIST
  if (mounts.name !== '') {
    node = fs.create(parent.node, mounts.name, type)
    mounts.error = fs.error
  }
  parent.release()
  return node === null ? null : new Place(parent.mount, node)
}

function closeNumber(message: Message, _answer: Answer): i64 {
  if (numberedOf(message, message.d0) === null) return requestError
  files.closeNumber(message.d0 as i32)
  return 0
}

function readInline(message: Message, answer: Answer): i64 {
  const file = numberedOf(message, message.d0)
  if (file === null) return requestError
  if (message.d1 < 0) return -EINVAL
  if (file.node.isDirectory()) return -EISDIR
  memory.fill(inlineBytes, 0, 32)
  const most = min(message.d1, 32) as u32
  const count = file.mount.fs.read(file.node, file.position, inlineBytes, most)
  if (count < 0) return count
  file.position += count
  answer.d0 = load<i64>(inlineBytes)
  answer.d1 = load<i64>(inlineBytes, 8)
  answer.d2 = load<i64>(inlineBytes, 16)
  answer.d3 = load<i64>(inlineBytes, 24)
  return count
}

function writeLent(message: Message, _answer: Answer): i64 {
  const file = numberedOf(message, message.d0)
  if (file === null) return requestError
  return advance(file, writeFrom(file, file.position, message.sender, 0, 0, message.d1))
}

function readShared(message: Message, _answer: Answer): i64 {
  const file = numberedOf(message, message.d0)
  if (file === null) return requestError
  if (message.d1 === 0) return -EINVAL
  const count = readTo(file, file.position, message.sender, message.d1, message.d2, message.d3)
  return advance(file, count)
}

function writeShared(message: Message, _answer: Answer): i64 {
  const file = numberedOf(message, message.d0)
  if (file === null) return requestError
  if (message.d1 === 0) return -EINVAL
  const count = writeFrom(file, file.position, message.sender, message.d1, message.d2, message.d3)
  return advance(file, count)
}

function advance(file: OpenFile, count: i64): i64 {
  if (count > 0) file.position += count
  return count
}

function attachMemory(message: Message, _answer: Answer): i64 {
  return attachShared(message)
}

function stat(message: Message, answer: Answer): i64 {
  const path = pathOf(message)
  if (path === null) return requestError
  const place = mounts.resolve(path)
  if (place === null) return mounts.error
  describe(place.mount, place.node, answer)
  place.release()
  return 0
}

function makeDirectory(message: Message, _answer: Answer): i64 {
  const path = pathOf(message)
  if (path === null) return requestError
  changed()
  const place = create(path, TYPE_DIRECTORY)
  if (place === null) return mounts.error
  place.release()
  return 0
}

function readDirectory(message: Message, answer: Answer): i64 {
  const path = lentPath(message, 0, message.d1)
  if (path === null) return requestError
  if (message.d2 < 0) return -EINVAL
  const place = mounts.resolve(path)
  if (place === null) return mounts.error
  const fs = place.mount.fs
  let found: i64 = place.node.isDirectory() ? 1 : -ENOTDIR
  entry.next = 0
  for (let i: i64 = 0; found > 0 && i <= message.d2; i++) {
    found = fs.entry(place.node, entry.next, entry)
  }
  place.release()
  return found > 0 ? giveEntry(message, entry, answer) : found
}

function unlink(message: Message, _answer: Answer): i64 {
  const path = pathOf(message)
  if (path === null) return requestError
  const kind = isShort(message) ? UNLINK_FILE : message.d2
  if (kind < UNLINK_FILE || kind > UNLINK_EITHER) return -EINVAL
  const parent = mounts.parent(path)
  if (parent === null) return mounts.error
  changed()
  const error = unlinkIn(parent, mounts.name, kind, path.endsWith('/'))
  parent.release()
  return error
}

function unlinkIn(parent: Place, name: string, kind: i64, slash: bool): i64 {
  if (name === '') return -EBUSY
  const fs = stamp(parent.mount.fs)
  const node = fs.lookup(parent.node, name)
  if (node === null) return fs.error
  const covered = mounts.isCovered(node)
  const directory = kind === UNLINK_DIRECTORY || (kind === UNLINK_EITHER && node.isDirectory())
  const wrong = slash && !node.isDirectory()
  fs.release(node)
  if (covered) return -EBUSY
  return wrong ? -ENOTDIR : fs.remove(parent.node, name, directory)
}

function rename(message: Message, _answer: Answer): i64 {
  const from = lentPath(message, 0, message.d1)
  if (from === null) return requestError
  const to = lentPath(message, message.d1, message.d2)
  if (to === null) return requestError
  const source = mounts.parent(from)
  if (source === null) return mounts.error
  const name = mounts.name
  const target = mounts.parent(to)
  if (target === null) {
    source.release()
    return mounts.error
  }
  changed()
  const error = renameIn(source, name, target, mounts.name)
  source.release()
  target.release()
  return error
}

function renameIn(source: Place, name: string, target: Place, newName: string): i64 {
  if (name === '' || newName === '') return -EBUSY
  const fs = source.mount.fs
  if (fs !== target.mount.fs) return -EXDEV
  if (isCoveredIn(source, name) || isCoveredIn(target, newName)) return -EBUSY
  return stamp(fs).rename(source.node, name, target.node, newName)
}

function isCoveredIn(parent: Place, name: string): bool {
  const fs = parent.mount.fs
  const node = fs.lookup(parent.node, name)
  if (node === null) return false
  const covered = mounts.isCovered(node)
  fs.release(node)
  return covered
}

function truncate(message: Message, _answer: Answer): i64 {
  const path = lentPath(message, 0, message.d1)
  if (path === null) return requestError
  if (message.d2 < 0) return -EINVAL
  const place = mounts.resolve(path)
  if (place === null) return mounts.error
  changed()
  const fs = stamp(place.mount.fs)
  let error = checkWritable(fs, place.node)
  if (error === 0) error = fs.truncate(place.node, message.d2)
  place.release()
  return error
}

function setTime(message: Message, _answer: Answer): i64 {
  const path = lentPath(message, 0, message.d1)
  if (path === null) return requestError
  const place = mounts.resolve(path)
  if (place === null) return mounts.error
  changed()
  const error = stamp(place.mount.fs).setTime(place.node, message.d2)
  place.release()
  return error
}

function sync(_message: Message, _answer: Answer): i64 {
  return syncAll()
}

/**
 * What is mounted: the tree the system starts with, and the messages MOUNT, UMOUNT, MOUNTS and SYNC.
 *
 * A file system whose disk never answers would stop this server. So a disk must be one that init gave to this server, in
 * a well-known slot, or be mounted by init itself; others are refused with EACCES. An archive is copied when it is
 * mounted, since whoever gave it can take it away.
 */
import {
  EACCES,
  EINVAL,
  ENOMEM,
  ERANGE,
  KIND_ENDPOINT,
  KIND_SHM,
  PAGE_BYTES,
  SLOT_BLKDEV,
  SLOT_BOOT_ARCHIVE,
  SLOT_DYNAMIC,
  SLOT_SELF,
  SLOT_WELL_KNOWN,
  SYS_HANDLE_INFO,
  SYS_SYSINFO,
  SYSINFO_MEMORY,
  TYPE_DIRECTORY,
} from '../libkenix/generated/abi'
import { close, kindOf, objectOf } from '../libkenix/handle'
import { callerPid, Message, take, writeLease } from '../libkenix/ipc'
import { Answer } from '../libkenix/server'
import { result, syscallMany } from '../libkenix/syscall'
import { copyShared } from '../servers/client-memory'
import { mapLow } from '../servers/mapped-memory'
import { ArchiveFileSystem } from './archive'
import { BlockClient } from './block-client'
import { DeviceFileSystem } from './devices'
import { FatVolume } from './fat32/volume'
import { FileSystem, Space } from './filesystem'
import { RamFileSystem } from './ramfs'
import { lentPath, mounts, pathOf, requestError, stamp } from './requests'

/** Types in messages MOUNT and MOUNTS. */
const TYPE_RAMFS: i32 = 0
const TYPE_FAT32: i32 = 1
const TYPE_ARCHIVE: i32 = 2
const TYPE_DEVICES: i32 = 3

const FLAG_READ_ONLY: i64 = 1

/** Process id of init. */
const INIT_PID: i64 = 1
/** Limits of file systems in memory: half of what is free for the root, and for later ones. */
const LEAST_RAM: u64 = 1 << 20
const MORE_RAM: u64 = 16 << 20
const MOST_ARCHIVE: i64 = 64 << 20

const space = new Space()

/** Mounts root, boot archive, devices, and the first disk if it holds a volume. */
export function mountRoot(): void {
  const root = new RamFileSystem(max(freeMemory() / 2, LEAST_RAM))
  mounts.add('/', root, root.root(), TYPE_RAMFS)
  makeDirectories(root, ['boot', 'bin', 'dev', 'mnt', 'tmp'])
  const devices = new DeviceFileSystem()
  mounts.add('/dev', devices, devices.root(), TYPE_DEVICES)
  mountBootArchive()
  if (kindOf(SLOT_BLKDEV) === KIND_ENDPOINT) mountDisk('/mnt', SLOT_BLKDEV, false, false)
}

function makeDirectories(fs: FileSystem, names: Array<string>): void {
  stamp(fs)
  for (let i = 0; i < names.length; i++) {
    const node = fs.create(fs.root(), names[i], TYPE_DIRECTORY)
    if (node !== null) fs.release(node)
  }
}

/** The archive at /boot, and its programs at /bin. */
function mountBootArchive(): void {
  if (syscallMany(SYS_HANDLE_INFO, SLOT_BOOT_ARCHIVE) !== KIND_SHM) return
  const bytes = result(2)
  const address = mapLow(SLOT_BOOT_ARCHIVE)
  if (address < 0) return
  const archive = new ArchiveFileSystem(address as usize, bytes, false)
  mounts.add('/boot', archive, archive.root(), TYPE_ARCHIVE)
  const programs = archive.lookup(archive.root(), 'bin')
  if (programs === null) return
  mounts.add('/bin', archive, programs, TYPE_ARCHIVE)
  archive.release(programs)
}

/** Mounts the FAT32 volume of a disk. @returns 0 or a negative errno */
function mountDisk(path: string, endpoint: i32, readOnly: bool, owned: bool): i32 {
  const disk = new BlockClient(endpoint, owned)
  const asked = disk.open()
  if (asked < 0) {
    disk.dispose()
    return asked
  }
  const volume = new FatVolume(disk, readOnly)
  let error = volume.open()
  if (error === 0) error = mounts.add(path, volume, volume.root(), TYPE_FAT32)
  if (error < 0) volume.dispose()
  return error
}

function freeMemory(): u64 {
  const total = syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  return total < 0 ? 0 : (result(2) as u64) * PAGE_BYTES
}

/** Message MOUNT. */
export function mountMessage(message: Message, _answer: Answer): i64 {
  const handle = take()
  const owner = callerPid(message.sender)
  const path = lentPath(message, 0, message.d1)
  let error: i64 = path === null ? requestError : -EINVAL
  if (path !== null && (message.d2 & ~FLAG_READ_ONLY) === 0) {
    const readOnly = (message.d2 & FLAG_READ_ONLY) !== 0
    const type = message.d0
    if (type === TYPE_RAMFS) error = mountRam(path)
    else if (type === TYPE_ARCHIVE) error = mountArchive(path, handle)
    else if (type === TYPE_FAT32) {
      error = -EINVAL
      if (kindOf(handle) === KIND_ENDPOINT) {
        error = -EACCES
        if (owner === INIT_PID || isKnown(handle)) {
          error = mountDisk(path, handle, readOnly, true)
          // The volume closes the handle from now on, also when it could not be mounted.
          return error
        }
      }
    }
  }
  if (handle >= 0) close(handle)
  return error
}

/** Whether init gave this server the same endpoint. */
function isKnown(handle: i32): bool {
  const object = objectOf(handle)
  for (let slot = SLOT_WELL_KNOWN; slot < SLOT_DYNAMIC; slot++) {
    if (kindOf(slot) === KIND_ENDPOINT && objectOf(slot) === object) return slot !== SLOT_SELF
  }
  return false
}

function mountRam(path: string): i64 {
  const fs = new RamFileSystem(min(MORE_RAM, freeMemory() / 2))
  return mounts.add(path, fs, fs.root(), TYPE_RAMFS)
}

function mountArchive(path: string, handle: i32): i64 {
  if (syscallMany(SYS_HANDLE_INFO, handle) !== KIND_SHM) return -EINVAL
  const bytes = result(2)
  if (bytes > MOST_ARCHIVE || (bytes as u64) * 2 > freeMemory()) return -ENOMEM
  const copy = heap.alloc(bytes as usize)
  let error = copyShared(handle, copy, bytes as u32)
  if (error >= 0) {
    const archive = new ArchiveFileSystem(copy, bytes, true)
    error = archive.isEmpty() ? -EINVAL : mounts.add(path, archive, archive.root(), TYPE_ARCHIVE)
  }
  if (error < 0) heap.free(copy)
  return error
}

/** Message UMOUNT. */
export function unmountMessage(message: Message, _answer: Answer): i64 {
  const path = pathOf(message)
  if (path === null) return requestError
  const mount = mounts.remove(path)
  if (mount === null) return mounts.error
  if (mounts.isMounted(mount.fs)) return 0
  const error = mount.fs.unmount()
  mount.fs.dispose()
  return error
}

/** Message MOUNTS. */
export function listMount(message: Message, answer: Answer): i64 {
  const index = message.d0
  if (index < 0 || index >= mounts.mounts.length) return 0
  const mount = mounts.mounts[index as i32]
  const path = String.UTF8.encode(mount.path)
  const written = writeLease(message.sender, 0, changetype<usize>(path), path.byteLength)
  if (written < 0) return written
  if (written < path.byteLength) return -ERANGE
  space.total = 0
  space.free = 0
  const error = mount.fs.space(space)
  if (error < 0) return error
  answer.d0 = mount.type
  answer.d1 = space.total
  answer.d2 = space.free
  answer.d3 = mount.fs.readOnly ? FLAG_READ_ONLY : 0
  return path.byteLength
}

/** Syncs all file systems; the first error, or 0. */
export function syncAll(): i64 {
  let error: i64 = 0
  for (let i = 0; i < mounts.mounts.length; i++) {
    const result = mounts.mounts[i].fs.sync()
    if (result < 0 && error === 0) error = result
  }
  return error
}

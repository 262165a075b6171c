/**
 * Memory of clients that a server reads and writes: lent for one call, or shared and known by a number.
 *
 * A client may take shared memory away at any time, and a server that touches it then would fault. So a server never
 * touches it: it has the kernel copy, through a pipe of its own, and a copy that fails is the client's error. Regions
 * belong to the process that gave them; those of processes that ended are forgotten when room is needed.
 */
import {
  EINVAL,
  EIO,
  ENFILE,
  ENOENT,
  KIND_SHM,
  STATE_DEAD,
  SYS_CLOSE,
  SYS_HANDLE_INFO,
  SYS_PIPE,
  SYS_READ,
  SYS_SHMMAP,
  SYS_SHMUNMAP,
  SYS_TASKINFO,
  SYS_WRITE,
  TASKINFO_BLOCK_PID,
  TASKINFO_BLOCK_STATE,
  TASKINFO_BYTES,
} from '../libkenix/generated/abi'
import { callerPid, Message, readLease, take, writeLease } from '../libkenix/ipc'
import { result, syscall, syscallMany } from '../libkenix/syscall'

/** Regions a server keeps, and those one process may give. */
const REGIONS: i32 = 32
const PER_CLIENT: i32 = 4
const PIPE_BYTES: u32 = 4096

class Region {
  handle: i32 = -1
  owner: i64 = 0
  address: u64 = 0
  bytes: u64 = 0
}

const regions = new StaticArray<Region>(REGIONS)
for (let i = 0; i < REGIONS; i++) regions[i] = new Region()
const info = heap.alloc(TASKINFO_BYTES)

let reader: i32 = -1
let writer: i32 = -1

/** Takes the shared memory that came with `message`. @returns its number, from 1, or a negative errno */
export function attachShared(message: Message): i64 {
  const owner = callerPid(message.sender)
  if (owner < 0) return owner
  const handle = take()
  if (handle < 0) return handle === -ENOENT ? -EINVAL : handle
  const kind = syscallMany(SYS_HANDLE_INFO, handle) as i32
  const bytes = result(2)
  let place = kind === KIND_SHM ? findPlace(owner) : -EINVAL
  if (place >= 0) {
    const address = syscall(SYS_SHMMAP, handle, 0, 0)
    if (address >= 0) {
      const region = regions[place]
      region.handle = handle
      region.owner = owner
      region.address = address
      region.bytes = bytes
      return place + 1
    }
    place = address as i32
  }
  syscall(SYS_CLOSE, handle)
  return place
}

/** Copies from `buffer` to a client: into region `id` at `offset`, or for id 0 into what it has lent. */
export function copyToClient(sender: i64, id: i64, offset: u64, buffer: usize, length: u32): i64 {
  if (id === 0) return copied(writeLease(sender, offset, buffer, length), length)
  const region = regionOf(sender, id, offset, length)
  if (region === null) return -EINVAL
  return copy(buffer, region.address + offset, length)
}

/** Copies to `buffer` from a client; as `copyToClient`. @returns `length` or a negative errno */
export function copyFromClient(sender: i64, id: i64, offset: u64, buffer: usize, length: u32): i64 {
  if (id === 0) return copied(readLease(sender, offset, buffer, length), length)
  const region = regionOf(sender, id, offset, length)
  if (region === null) return -EINVAL
  return copy(region.address + offset, buffer, length)
}

/** 0 if region `id` belongs to the sender and has these bytes (id 0: lent memory, checked when it is used). */
export function checkClient(sender: i64, id: i64, offset: u64, length: u32): i64 {
  return id === 0 || regionOf(sender, id, offset, length) !== null ? 0 : -EINVAL
}

/** A lease that is shorter than the client said. */
function copied(count: i64, length: u32): i64 {
  return count >= 0 && count < (length as i64) ? -EINVAL : count
}

function regionOf(sender: i64, id: i64, offset: u64, length: u32): Region | null {
  if (id < 1 || id > REGIONS) return null
  const region = regions[(id as i32) - 1]
  if (region.handle < 0 || region.owner !== callerPid(sender)) return null
  return offset <= region.bytes && (length as u64) <= region.bytes - offset ? region : null
}

function findPlace(owner: i64): i32 {
  let place = freePlace(owner)
  if (place !== -1) return place
  for (let i = 0; i < REGIONS; i++) {
    if (regions[i].handle >= 0 && !isAlive(regions[i].owner)) drop(regions[i])
  }
  place = freePlace(owner)
  return place === -1 ? -ENFILE : place
}

/** A free place; -1 if there is none, or a negative errno if the owner has enough. */
function freePlace(owner: i64): i32 {
  let place = -1
  let owned = 0
  for (let i = 0; i < REGIONS; i++) {
    if (regions[i].handle < 0) place = i
    else if (regions[i].owner === owner) owned++
  }
  return owned < PER_CLIENT ? place : -ENFILE
}

/** Whether a process has not ended. */
export function isAlive(pid: i64): bool {
  let index = syscall(SYS_TASKINFO, 0, info)
  while (index >= 0) {
    if (load<i64>(info, TASKINFO_BLOCK_PID) === pid) {
      return load<i32>(info, TASKINFO_BLOCK_STATE) !== STATE_DEAD
    }
    index = syscall(SYS_TASKINFO, index + 1, info)
  }
  return false
}

function drop(region: Region): void {
  syscall(SYS_SHMUNMAP, region.handle)
  syscall(SYS_CLOSE, region.handle)
  region.handle = -1
}

/** Copies the first `length` bytes of shared memory to `buffer`. @returns `length` or a negative errno */
export function copyShared(handle: i32, buffer: usize, length: u32): i64 {
  const address = syscall(SYS_SHMMAP, handle, 0, 0)
  if (address < 0) return address
  const copied = copy(address, buffer, length)
  syscall(SYS_SHMUNMAP, handle)
  return copied
}

/** Copies memory that may not be there, with the kernel's checked copies. */
function copy(from: u64, to: u64, length: u32): i64 {
  let done: u32 = 0
  while (done < length) {
    const count = min(length - done, PIPE_BYTES)
    if (reader < 0) {
      const opened = syscallMany(SYS_PIPE)
      if (opened < 0) return opened
      reader = opened as i32
      writer = result(1) as i32
    }
    let moved = syscall(SYS_WRITE, writer, from + done, count)
    if (moved === count) moved = syscall(SYS_READ, reader, to + done, count)
    if (moved !== count) {
      // What is still in the pipe must not reach anybody else.
      syscall(SYS_CLOSE, reader)
      syscall(SYS_CLOSE, writer)
      reader = -1
      return moved < 0 ? moved : -EIO
    }
    done += count
  }
  return length
}

/** Spawn blocks with whatever one may want to write into them (docs/syscalls.md, "Spawn block"). */
import {
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_HANDLE_COUNT,
  SPAWN_BLOCK_HANDLES,
  SPAWN_BLOCK_PRIORITY,
  SPAWN_BYTES,
  SPAWN_HANDLE_BLOCK_FLAGS,
  SPAWN_HANDLE_BLOCK_HANDLE,
  SPAWN_HANDLE_BLOCK_RIGHTS,
  SPAWN_HANDLE_BYTES,
  SYS_SPAWN,
} from '../libkenix/generated/abi'
import { syscallMany } from '../libkenix/syscall'
import { Elf } from './elf'

const MOST: i32 = 70

export class Block {
  readonly bytes: StaticArray<u8> = new StaticArray<u8>(SPAWN_BYTES)
  readonly entries: StaticArray<u8> = new StaticArray<u8>(MOST * SPAWN_HANDLE_BYTES)
  private count: i32 = 0

  constructor() {
    this.set(SPAWN_BLOCK_FAULT_ENDPOINT, -1).set(SPAWN_BLOCK_PRIORITY, -1)
    this.set(SPAWN_BLOCK_HANDLES, changetype<usize>(this.entries))
  }

  get address(): usize {
    return changetype<usize>(this.bytes)
  }

  /** Writes a field. */
  set(field: i32, value: i64): Block {
    store<i64>(this.address + field, value)
    return this
  }

  /** Adds a handle to install. */
  install(slot: i32, handle: i32, rights: i32, flags: i32 = 0): Block {
    const at = changetype<usize>(this.entries) + this.count * SPAWN_HANDLE_BYTES
    store<i32>(at, slot)
    store<i32>(at + SPAWN_HANDLE_BLOCK_HANDLE, handle)
    store<i32>(at + SPAWN_HANDLE_BLOCK_RIGHTS, rights)
    store<i32>(at + SPAWN_HANDLE_BLOCK_FLAGS, flags)
    this.count++
    return this.set(SPAWN_BLOCK_HANDLE_COUNT, this.count)
  }

  /** Tries to start a program; its handle or a negative errno. */
  spawn(elf: Elf): i64 {
    return syscallMany(SYS_SPAWN, elf.address, elf.bytes, this.address)
  }
}

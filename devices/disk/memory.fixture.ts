/** Storage in an array, for tests: it can fail on demand. */
import { DiskError } from './disk.ts'
import type { Storage } from './storage.ts'

export class MemoryStorage implements Storage {
  readonly name = 'memory.img'
  content: Uint8Array
  closed = false
  syncs = 0
  /** Operations that fail with a `DiskError` from now on. */
  readonly failing = new Set<'read' | 'write' | 'sync'>()

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.content = content
  }

  get bytes(): number {
    return this.content.length
  }

  read(position: number, into: Uint8Array): void {
    this.check('read')
    if (position + into.length > this.bytes) throw new DiskError('Cannot read beyond the end')
    into.set(this.content.subarray(position, position + into.length))
  }

  write(position: number, from: Uint8Array): void {
    this.check('write')
    if (position + from.length > this.bytes) this.resize(position + from.length)
    this.content.set(from, position)
  }

  sync(): void {
    this.check('sync')
    this.syncs += 1
  }

  resize(bytes: number): void {
    const content = new Uint8Array(bytes)
    content.set(this.content.subarray(0, bytes))
    this.content = content
  }

  punch(position: number, bytes: number): boolean {
    this.content.fill(0, position, position + bytes)
    return true
  }

  close(): void {
    this.closed = true
  }

  private check(operation: 'read' | 'write' | 'sync'): void {
    if (this.failing.has(operation))
      throw new DiskError(`Cannot ${operation} "memory.img": a test says so`)
  }
}

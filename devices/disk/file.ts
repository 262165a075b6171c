/**
 * Back end: storage in a file, locked while it is open, so that two machines never write to the same disk.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DiskError } from './disk.ts'
import { lockFile, punchHole } from './libc.ts'
import type { Storage } from './storage.ts'

/** A regular file, held open. */
export class FileStorage implements Storage {
  private length: number
  private open = true

  private constructor(
    readonly name: string,
    private readonly fd: number,
    length: number,
  ) {
    this.length = length
  }

  /**
   * Opens an existing file. Readers share it; a writer has it alone.
   * @throws DiskError saying what is wrong with it.
   */
  static open(path: string, readonly: boolean): FileStorage {
    const fd = attempt(`open "${path}"`, () => openSync(path, readonly ? 'r' : 'r+'))
    try {
      const stat = attempt(`examine "${path}"`, () => fstatSync(fd))
      if (!stat.isFile())
        throw new DiskError(`Cannot use "${path}" as a disk: it is no regular file`)
      if (!lockFile(fd, !readonly)) {
        throw new DiskError(
          `Cannot open "${path}": another machine uses it` +
            (readonly
              ? ', and may write to it; stop that machine first'
              : '; stop that machine first, or give each an overlay'),
        )
      }
      return new FileStorage(path, fd, stat.size)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /**
   * Makes a file, all or nothing: `fill` writes it under another name, and it appears at `path` when it is complete. If
   * someone else made one there meanwhile, that one stays.
   */
  static create(path: string, fill: (storage: Storage) => void): void {
    const temporary = `${path}.new-${randomUUID()}`
    const fd = attempt(`create "${path}"`, () => openSync(temporary, 'wx+', 0o600))
    const storage = new FileStorage(path, fd, 0)
    try {
      fill(storage)
      storage.sync()
      storage.close()
      attempt(`create "${path}"`, () => publish(temporary, path))
    } finally {
      storage.close()
      rmSync(temporary, { force: true })
    }
    syncDirectory(dirname(path))
  }

  get bytes(): number {
    return this.length
  }

  read(position: number, into: Uint8Array): void {
    let done = 0
    while (done < into.length) {
      const count = attempt(`read "${this.name}"`, () =>
        readSync(this.fd, into, done, into.length - done, position + done),
      )
      if (count === 0) {
        throw new DiskError(
          `Cannot read "${this.name}" at byte ${position + done}: the file ends there; ` +
            'something shortened it while it was in use',
        )
      }
      done += count
    }
  }

  write(position: number, from: Uint8Array): void {
    let done = 0
    while (done < from.length) {
      done += attempt(`write "${this.name}"`, () =>
        writeSync(this.fd, from, done, from.length - done, position + done),
      )
    }
    this.length = Math.max(this.length, position + from.length)
  }

  sync(): void {
    attempt(`flush "${this.name}"`, () => fdatasyncSync(this.fd))
  }

  resize(bytes: number): void {
    attempt(`resize "${this.name}" to ${bytes} bytes`, () => ftruncateSync(this.fd, bytes))
    this.length = bytes
  }

  punch(position: number, bytes: number): boolean {
    return punchHole(this.fd, position, bytes)
  }

  close(): void {
    if (!this.open) return
    this.open = false
    closeSync(this.fd)
  }
}

/** Gives a complete file its name, unless the name is taken. */
function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Makes a new name in a directory last. */
function syncDirectory(path: string): void {
  const fd = attempt(`open "${path}"`, () => openSync(path, 'r'))
  try {
    attempt(`flush "${path}"`, () => fsyncSync(fd))
  } finally {
    closeSync(fd)
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied; open it read-only, or change its permissions',
  EROFS: 'its file system is read-only; open it read-only, or with an overlay elsewhere',
  EISDIR: 'it is a directory; give a file',
  ENOSPC: "the host's file system is full",
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large for its file system',
  EIO: 'the host reports a hardware error',
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const reason = (code && ADVICE[code]) ?? (error instanceof Error ? error.message : `${error}`)
    throw new DiskError(`Cannot ${what}: ${reason}`)
  }
}

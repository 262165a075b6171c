/**
 * The back end for Bun: files, disks, networks, and memory mapped copy-on-write.
 *
 * Mapping puts a snapshot's file over the pages of a WebAssembly memory by mmap(MAP_FIXED | MAP_PRIVATE): 512 MiB in
 * 0.03 ms instead of seconds. It relies on guest RAM being page-aligned and sharing its pages with nothing.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import type { Backend, FlashFile, SparseWriter } from '../backend.ts'
import type { DiskConfig } from '../config.ts'
import { openDisk } from '../disk/open.ts'
import { openNetwork, openPcap } from '../net/open.ts'
import { mapFile } from './mmap.ts'

const READ_CHUNK = 16 << 20

/** Says in a sentence why a file could not be used. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

export interface BunBackendOptions {
  /** Hubs are shared with all processes that use this directory; without it they end at this process. */
  readonly sharedHubs?: string
  /** Told what a person should know, but need not stop for. Default: standard error. */
  readonly onWarning?: (message: string) => void
}

/** Makes a back end. */
export function createBunBackend(options: BunBackendOptions = {}): Backend {
  const onWarning = options.onWarning ?? ((message) => process.stderr.write(`${message}\n`))
  return {
    ...files,
    openDisk: (disk: DiskConfig) => openDisk({ ...disk, onWarning }),
    openNetwork: (network) => openNetwork(network, { sharedHubs: options.sharedHubs, onWarning }),
    openPcap: (path) => openPcap(path, onWarning),
  }
}

const files = {
  cpuMs() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },

  async readFile(path: string, limit: number) {
    return explain(`read "${path}"`, () => {
      const fd = openSync(path, 'r')
      try {
        return readAll(fd, path, limit)
      } finally {
        closeSync(fd)
      }
    })
  },

  openFlash(path: string, limit: number) {
    return explain(`open the variables file "${path}"`, () => openFlash(path, limit))
  },

  async makeDirectory(path: string) {
    await mkdir(path, { recursive: true })
  },

  async writeFile(path: string, data: Uint8Array | string) {
    const partial = `${path}.${process.pid}.partial`
    await writeFile(partial, data)
    await rename(partial, path)
  },

  writeSparse(path: string) {
    return explain(`write "${path}"`, () => writeSparse(path))
  },

  async loadMemory(path: string, target: Uint8Array) {
    return explain(`read the memory file "${path}"`, () => loadMemory(path, target))
  },
}

function readAll(fd: number, path: string, limit: number): Uint8Array<ArrayBuffer> {
  const status = fstatSync(fd)
  if (status.isDirectory()) throw new FileError(`Cannot read "${path}": it is a directory`)
  if (status.size > limit) {
    throw new FileError(`Cannot read "${path}": ${status.size} bytes are more than ${limit}`)
  }
  const bytes = new Uint8Array(status.size)
  readFully(fd, bytes, path)
  return bytes
}

function readFully(fd: number, target: Uint8Array, path: string): void {
  for (let at = 0; at < target.length; ) {
    const got = readSync(fd, target, at, Math.min(READ_CHUNK, target.length - at), at)
    if (got === 0) throw new FileError(`Cannot read "${path}": it ends after ${at} bytes`)
    at += got
  }
}

function openFlash(path: string, limit: number): FlashFile {
  const fd = openSync(path, existsSync(path) ? 'r+' : 'w+')
  try {
    const bytes = readAll(fd, path, limit)
    return {
      bytes,
      write(offset, data) {
        writeSync(fd, data, 0, data.length, offset)
      },
      close: () => closeSync(fd),
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function writeSparse(path: string): SparseWriter {
  // A machine may have the old file mapped: it must stay as it is, so the new one takes its name at the end.
  const partial = `${path}.${process.pid}.partial`
  const fd = openSync(partial, 'w')
  return {
    write(offset, data) {
      writeSync(fd, data, 0, data.length, offset)
    },
    finish(bytes) {
      ftruncateSync(fd, bytes)
      closeSync(fd)
      renameSync(partial, path)
    },
  }
}

function loadMemory(path: string, target: Uint8Array): boolean {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    if (size !== target.length) {
      throw new FileError(`Cannot use "${path}": it has ${size} bytes instead of ${target.length}`)
    }
    if (mapFile(fd, target)) return true
    readFully(fd, target, path)
    return false
  } finally {
    closeSync(fd)
  }
}

/** Turns an error of the operating system into one that says what was attempted. */
function explain<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof FileError || !(error instanceof Error)) throw error
    throw new FileError(`Cannot ${what}: ${error.message}`, { cause: error })
  }
}

/** Host side of the FAT32 tests: volumes made by mkfs.fat and mtools, a disk with faults, and fsck.fat. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileGuest, type Guest, instantiateGuest } from '../../testing/compile.ts'

const SECTOR = 512
const wasm = compileGuest('vfs/testing/guest/fat32.ts')
/** Bytes the guest can be given or give back in one call. */
const BUFFER = 0x10_0000

/** A disk in an array that keeps a log of its writes, and can fail. */
export class FakeDisk {
  /** Every sector written, in order. */
  readonly writes: { sector: number; bytes: Uint8Array }[] = []
  reads = 0
  flushes = 0
  log = false
  /** Requests that still succeed. */
  failAfter = Infinity

  constructor(readonly bytes: Uint8Array) {}

  /** -EIO when the disk has failed. */
  request(): number {
    if (this.failAfter <= 0) return -5
    this.failAfter--
    return 0
  }

  write(sector: number, data: Uint8Array): void {
    if (this.log) {
      for (let i = 0; i < data.length; i += SECTOR) {
        this.writes.push({ sector: sector + i / SECTOR, bytes: data.slice(i, i + SECTOR) })
      }
    }
    this.bytes.set(data, sector * SECTOR)
  }
}

/** A mounted volume. Functions return what the driver does: 0, a count, or a negative errno. */
export class Volume {
  private constructor(
    readonly guest: Guest,
    readonly disk: FakeDisk,
    readonly buffer: number,
  ) {}

  /** Starts a driver on `bytes`; see `mounted` for whether it took the volume. */
  static async mount(bytes: Uint8Array, readOnly = false): Promise<Volume> {
    const volume = await Volume.start(bytes)
    const error = volume.guest.call('mount', readOnly ? 1 : 0)
    if (error !== 0) throw new Error(`Cannot mount the volume: error ${error}`)
    return volume
  }

  /** A driver that has mounted nothing yet. */
  static async start(bytes: Uint8Array): Promise<Volume> {
    const disk = new FakeDisk(bytes)
    let memory: WebAssembly.Memory
    const view = (at: number, count: number) => new Uint8Array(memory.buffer, at, count * SECTOR)
    const inside = (sector: number, count: number) =>
      Number.isInteger(sector) && sector >= 0 && (sector + count) * SECTOR <= bytes.length
    const guest = await instantiateGuest(await wasm, {
      disk: {
        disk_sectors: () => bytes.length / SECTOR,
        disk_read(sector: number, count: number, at: number) {
          disk.reads++
          if (!inside(sector, count)) throw new Error(`Reads sector ${sector} + ${count}`)
          const error = disk.request()
          if (error === 0) {
            view(at, count).set(bytes.subarray(sector * SECTOR, (sector + count) * SECTOR))
          }
          return error
        },
        disk_write(sector: number, count: number, at: number) {
          if (!inside(sector, count)) throw new Error(`Writes sector ${sector} + ${count}`)
          const error = disk.request()
          if (error === 0) disk.write(sector, view(at, count))
          return error
        },
        disk_flush() {
          disk.flushes++
          return disk.request()
        },
      },
    })
    memory = guest.memory
    return new Volume(guest, disk, guest.call('allocate', BUFFER))
  }

  open(path: string): number {
    return this.guest.call('open', path, 0, 0)
  }

  create(path: string): number {
    return this.guest.call('open', path, 0, 1)
  }

  mkdir(path: string): number {
    const file = this.guest.call('open', path, 1, 1)
    if (file >= 0) this.close(file)
    return Math.min(file, 0)
  }

  close(file: number): void {
    this.guest.call('close', file)
  }

  size(file: number): number {
    return this.guest.call('size', file)
  }

  read(file: number, offset: number, length: number): Uint8Array | number {
    const count = this.guest.call('read', file, offset, this.buffer, length)
    return count < 0 ? count : new Uint8Array(this.guest.memory.buffer, this.buffer, count).slice()
  }

  write(file: number, offset: number, data: Uint8Array): number {
    new Uint8Array(this.guest.memory.buffer, this.buffer, data.length).set(data)
    return this.guest.call('write', file, offset, this.buffer, data.length)
  }

  truncate(file: number, size: number): number {
    return this.guest.call('truncate', file, size)
  }

  unlink(path: string): number {
    return this.guest.call('remove', path, 0)
  }

  rmdir(path: string): number {
    return this.guest.call('remove', path, 1)
  }

  rename(from: string, to: string): number {
    return this.guest.call('rename', from, to)
  }

  /** Sorted lines "f SIZE NAME" or "d 0 NAME". */
  list(path: string): string[] {
    return this.guest.text('list', path).split('\n').filter(Boolean).sort()
  }

  sync(): number {
    return this.guest.call('sync')
  }

  /** All of a file, or the errno. */
  contents(path: string): Uint8Array | number {
    const file = this.open(path)
    if (file < 0) return file
    const parts: Uint8Array[] = []
    for (let at = 0; ; ) {
      const part = this.read(file, at, BUFFER)
      if (typeof part === 'number') {
        this.close(file)
        return part
      }
      if (part.length === 0) break
      parts.push(part)
      at += part.length
    }
    this.close(file)
    return Buffer.concat(parts)
  }

  /** Makes or replaces a file. */
  put(path: string, data: Uint8Array | string): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    let file = this.open(path)
    if (file < 0) file = this.create(path)
    if (file < 0) throw new Error(`Cannot make "${path}": error ${file}`)
    this.truncate(file, 0)
    for (let at = 0; at < bytes.length; at += BUFFER) {
      const part = bytes.subarray(at, at + BUFFER)
      const written = this.write(file, at, part)
      if (written !== part.length) throw new Error(`Cannot write "${path}": ${written}`)
    }
    this.close(file)
  }
}

/** Runs a program on an image in a file, and returns the image as it is afterwards. */
export function onImage(
  bytes: Uint8Array,
  ...command: string[]
): { bytes: Uint8Array; output: string; code: number; stdout: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'fat32-'))
  try {
    const image = join(folder, 'image')
    writeFileSync(image, bytes)
    const result = Bun.spawnSync(
      command.map((word) => word.replace('IMAGE', image)),
      { stdin: null, env: { ...process.env, MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' } },
    )
    return {
      bytes: new Uint8Array(readFileSync(image)),
      output: `${result.stdout.toString()}${result.stderr.toString()}`,
      stdout: result.stdout,
      code: result.exitCode,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** An empty volume of `sectors`, with `options` for mkfs.fat. */
export function makeVolume(sectors: number, ...options: string[]): Uint8Array {
  const made = onImage(
    new Uint8Array(sectors * SECTOR),
    ...['mkfs.fat', '-F', '32', '-i', '12345678', ...options, 'IMAGE'],
  )
  if (made.code !== 0) throw new Error(made.output)
  return made.bytes
}

/** What fsck.fat finds wrong, or '' if nothing. */
export function fsck(bytes: Uint8Array): string {
  const { output, code } = onImage(bytes, 'fsck.fat', '-n', 'IMAGE')
  return code === 0 ? '' : output
}

/**
 * The output of one console as a log with byte offsets: offset 0 is the first byte the console ever wrote, and an
 * offset never changes its meaning. The last `capacity` bytes are kept in memory and, in files named after the offset
 * they start at, on disk, so that the log survives the server.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const SEGMENT = /^(.+)\.(\d{16})\.log$/

export class ConsoleLog {
  readonly #ring: Uint8Array
  #start = 0
  #end = 0
  #segmentStart = 0
  #fd: number | undefined

  /**
   * @param directory where segments are kept; without it the log lives in memory only.
   * @param port the console's name, the first part of the segments' names.
   */
  constructor(
    readonly directory: string | undefined,
    readonly port: string,
    readonly capacity = 1 << 20,
  ) {
    this.#ring = new Uint8Array(capacity)
    if (directory) this.#load(directory)
  }

  /** Offset of the oldest byte that is kept. */
  get start(): number {
    return this.#start
  }

  /** Offset after the newest byte. */
  get end(): number {
    return this.#end
  }

  /** Appends console output. A full disk costs the copy on disk, never the guest or the viewers. */
  append(bytes: Uint8Array): void {
    this.#remember(bytes)
    try {
      this.#persist(bytes)
    } catch {
      this.close()
    }
  }

  /** Up to `max` bytes from offset `from`, which must lie within `start` and `end`. */
  read(from: number, max: number): Uint8Array {
    const length = Math.min(max, this.#end - from)
    const at = from % this.capacity
    const first = Math.min(length, this.capacity - at)
    const out = new Uint8Array(length)
    out.set(this.#ring.subarray(at, at + first))
    out.set(this.#ring.subarray(0, length - first), first)
    return out
  }

  /** Closes the segment's file; the next append opens a new one. */
  close(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }

  #remember(bytes: Uint8Array): void {
    const kept = bytes.length > this.capacity ? bytes.subarray(bytes.length - this.capacity) : bytes
    this.#end += bytes.length
    this.#start = Math.max(this.#start, this.#end - this.capacity)
    const at = (this.#end - kept.length) % this.capacity
    const first = Math.min(kept.length, this.capacity - at)
    this.#ring.set(kept.subarray(0, first), at)
    this.#ring.set(kept.subarray(first), 0)
  }

  #persist(bytes: Uint8Array): void {
    if (!this.directory || bytes.length === 0) return
    const before = this.#end - bytes.length
    if (this.#fd !== undefined && before - this.#segmentStart >= this.capacity) {
      this.close()
      for (const old of segments(this.directory, this.port)) {
        if (old.start < this.#segmentStart) rmSync(old.path, { force: true })
      }
    }
    if (this.#fd === undefined) {
      this.#segmentStart = before
      mkdirSync(this.directory, { recursive: true })
      const name = `${this.port}.${String(before).padStart(16, '0')}.log`
      this.#fd = openSync(join(this.directory, name), 'w')
    }
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
  }

  /** Reads the segments back. What precedes a hole (a segment that was lost) is not kept. */
  #load(directory: string): void {
    for (const { start, path } of segments(directory, this.port)) {
      if (start !== this.#end) {
        this.#start = start
        this.#end = start
      }
      this.#remember(readFileSync(path))
    }
  }
}

function segments(directory: string, port: string): { start: number; path: string }[] {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    return []
  }
  return names
    .map((name) => SEGMENT.exec(name))
    .filter((match) => match?.[1] === port)
    .map((match) => ({ start: Number(match![2]), path: join(directory, match![0]) }))
    .sort((a, b) => a.start - b.start)
}

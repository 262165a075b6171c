/**
 * The image store: immutable files with a name, a size and a SHA-256 digest. An upload is written to a file of its own
 * and becomes visible, whole, by one database insert; what a crash leaves behind is removed at the next start.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HostError } from './errors.ts'
import type { StateDirectory } from './state-directory.ts'

/** What an image may be called. No slash, no leading dot: a name is never a path. */
export const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

export interface Image {
  name: string
  size: number
  /** Lower-case hexadecimal. */
  sha256: string
  created: string
}

interface ImageRow extends Image {
  file: string
}

export interface PutOptions {
  /** What Content-Length promised. */
  size?: number | undefined
  /** The digest the sender expects, lower-case hexadecimal. */
  sha256?: string | undefined
}

export class ImageStore {
  constructor(
    readonly state: StateDirectory,
    readonly maxBytes = 64 * 2 ** 30,
  ) {}

  /** Removes files that belong to no image: uploads that a crash ended. */
  async removeLeftovers(): Promise<void> {
    const rows = this.state.database.query<{ file: string }, []>('select file from images').all()
    const known = new Set(rows.map((row) => row.file))
    for (const file of await readdir(this.state.images)) {
      if (!known.has(file)) await rm(join(this.state.images, file), { force: true })
    }
  }

  list(): Image[] {
    return this.state.database
      .query<ImageRow, []>('select * from images order by name')
      .all()
      .map(withoutFile)
  }

  /** @throws HostError `not-found`. */
  get(name: string): Image {
    return withoutFile(this.#row(name))
  }

  /** Where the image's bytes are. @throws HostError `not-found`. */
  path(name: string): string {
    return join(this.state.images, this.#row(name).file)
  }

  /** Names of the instances that use an image. */
  users(name: string): string[] {
    return this.state.database
      .query<{ instance: string }, [string]>('select instance from uses where image = ?')
      .all(name)
      .map((row) => row.instance)
  }

  /**
   * Stores `body` as `name`, all or nothing. Sending again what is already there changes nothing.
   * @throws HostError `exists` if the name holds other bytes, `incomplete-upload`, `digest-mismatch`, `too-large`,
   *   `no-space`.
   */
  async put(
    name: string,
    body: ReadableStream<Uint8Array>,
    options: PutOptions = {},
  ): Promise<{ image: Image; created: boolean }> {
    if (options.size !== undefined && options.size > this.maxBytes) throw this.#tooLarge(name)
    const file = randomUUID()
    const path = join(this.state.images, file)
    let kept = false
    try {
      const { size, sha256 } = await this.#receive(name, body, path, options)
      // From here to the insert nothing is awaited, so of two that race for a name one sees the other.
      const existing = this.#find(name)
      if (existing) {
        if (existing.sha256 === sha256) return { image: withoutFile(existing), created: false }
        throw new HostError(
          'exists',
          `Cannot change image "${name}": images are immutable, and this one has the SHA-256 digest ${existing.sha256}. Delete it first, or use another name`,
          { sha256: existing.sha256 },
        )
      }
      const image = { name, size, sha256, created: new Date().toISOString() }
      this.state.database.run(
        'insert into images (name, size, sha256, file, created) values (?, ?, ?, ?, ?)',
        [name, size, sha256, file, image.created],
      )
      kept = true
      return { image, created: true }
    } finally {
      if (!kept) await rm(path, { force: true })
    }
  }

  /** @throws HostError `not-found`, or `in-use` while an instance refers to it. */
  async delete(name: string): Promise<void> {
    const row = this.#row(name)
    const users = this.users(name)
    if (users.length > 0) {
      throw new HostError(
        'in-use',
        `Cannot delete image "${name}": ${users.length} instance(s) use it. Delete those first`,
        { instances: users },
      )
    }
    this.state.database.run('delete from images where name = ?', [name])
    await rm(join(this.state.images, row.file), { force: true })
  }

  async #receive(
    name: string,
    body: ReadableStream<Uint8Array>,
    path: string,
    options: PutOptions,
  ): Promise<{ size: number; sha256: string }> {
    const hash = new Bun.CryptoHasher('sha256')
    let size = 0
    const file = await open(path, 'wx', 0o600)
    try {
      for await (const chunk of chunks(body, name)) {
        size += chunk.length
        if (size > this.maxBytes) throw this.#tooLarge(name)
        hash.update(chunk)
        await writeAll(file, chunk, name)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (options.size !== undefined && size !== options.size) {
      throw new HostError(
        'incomplete-upload',
        `Cannot store image "${name}": ${size} of ${options.size} bytes arrived. Send it again`,
      )
    }
    const sha256 = hash.digest('hex')
    if (options.sha256 !== undefined && sha256 !== options.sha256) {
      throw new HostError(
        'digest-mismatch',
        `Cannot store image "${name}": its SHA-256 digest is ${sha256}, but ${options.sha256} was expected. Send it again`,
        { sha256 },
      )
    }
    return { size, sha256 }
  }

  #find(name: string): ImageRow | null {
    return this.state.database
      .query<ImageRow, [string]>('select * from images where name = ?')
      .get(name)
  }

  #row(name: string): ImageRow {
    const row = this.#find(name)
    if (!row) {
      throw new HostError(
        'not-found',
        `There is no image "${name}". GET /v1/images lists them; PUT /v1/images/${encodeURIComponent(name)} makes it`,
      )
    }
    return row
  }

  #tooLarge(name: string): HostError {
    return new HostError(
      'too-large',
      `Cannot store image "${name}": an image may have at most ${this.maxBytes} bytes`,
    )
  }
}

/** The body's chunks; a connection that breaks is an incomplete upload. */
async function* chunks(body: ReadableStream<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new HostError(
          'incomplete-upload',
          `Cannot store image "${name}": the upload broke off (${String(error)}). Send it again`,
        )
      })
      if (done) return
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, name: string): Promise<void> {
  try {
    for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') throw error
    throw new HostError(
      'no-space',
      `Cannot store image "${name}": the state directory's disk is full. Delete images or instances, or use --state DIR on a larger disk`,
    )
  }
}

function withoutFile({ name, size, sha256, created }: ImageRow): Image {
  return { name, size, sha256, created }
}

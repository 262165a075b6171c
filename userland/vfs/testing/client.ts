/** A client of the file server under test, with the calls of libkenix, and what the server is given at start. */
import { FakeKernel, type Obj, type Reply } from '../../servers/testing/kernel.fixture.ts'
import { compileGuest } from '../../testing/compile.ts'

const wasm = compileGuest('vfs/testing/guest/vfs.ts')
const encode = (text: string) => new TextEncoder().encode(text)

export const OPEN = {
  READ: 1,
  WRITE: 2,
  CREATE: 4,
  EXCLUSIVE: 8,
  TRUNCATE: 16,
  APPEND: 32,
  DIRECTORY: 64,
}

/** A disk server over an array; `faults` holds errors that the next requests end with. */
export function diskServer(bytes: Uint8Array, faults: number[] = []): Obj & { requests: number[] } {
  const requests: number[] = []
  return {
    kind: 'endpoint',
    bytes: 777,
    requests,
    answer(tag, words, lease) {
      requests.push(tag)
      const fault = faults.shift()
      if (fault) return { tag: fault }
      const [sector, count] = words.map(Number) as [number, number]
      const part = bytes.subarray(sector * 512, (sector + count) * 512)
      if (tag === 202) return { tag: 0, words: [BigInt(bytes.length / 512), 512n, 2n, 0n] }
      if (tag === 200) lease.bytes.set(part)
      if (tag === 201) part.set(lease.bytes)
      return { tag: tag === 204 ? 0 : count * 512 }
    },
  }
}

/** A cpio archive (newc); a null is a directory. */
export function archive(entries: Record<string, string | null>): Uint8Array {
  const parts: Uint8Array[] = []
  const pad = (bytes: Uint8Array) => {
    const padded = new Uint8Array((bytes.length + 3) & ~3)
    padded.set(bytes)
    parts.push(padded)
  }
  for (const [name, text] of [...Object.entries(entries), ['TRAILER!!!', ''] as const]) {
    const data = encode(text ?? '')
    const fields = [1, text === null ? 0x41ed : 0x81ed, 0, 0, 1, 1_700_000_000, data.length]
    const rest = [0, 0, 0, 0, encode(name).length + 1, 0]
    const hex = [...fields, ...rest].map((value) => value.toString(16).padStart(8, '0')).join('')
    pad(encode(`070701${hex}${name}\0`))
    pad(data)
  }
  return Buffer.concat(parts)
}

/** A started server and one client. */
export class Client {
  readonly kernel = new FakeKernel()
  pid = 2

  /** Starts a server with a boot archive and, if given, a disk. */
  static async start(disk?: Obj): Promise<Client> {
    const client = new Client()
    const { handles } = client.kernel
    const content = archive({
      bin: null,
      'bin/hello': 'ELF hello',
      'etc/motd': 'welcome',
      '/bin/sh': 'ELF sh',
    })
    handles.set(62, { kind: 'shm', bytes: content.length, content })
    if (disk) handles.set(36, disk)
    await client.kernel.start(await wasm)
    return client
  }

  /** A message with a lent path: length in d1. */
  path(tag: number, path: string | Uint8Array, d2: number | bigint = 0): Reply {
    const lease = typeof path === 'string' ? encode(path) : path
    return this.kernel.call(tag, { words: [0, lease.length, d2], lease, access: 1, pid: this.pid })
  }

  /** A session, or the errno. */
  open(path: string, flags = OPEN.READ): Obj | number {
    const { tag, handle } = this.path(100, path, flags)
    return tag < 0 ? tag : handle!
  }

  /** A session that must be there. */
  must(path: string, flags = OPEN.READ): Obj {
    const session = this.open(path, flags)
    if (typeof session === 'number') throw new Error(`Cannot open "${path}": ${session}`)
    return session
  }

  /** A message of the stream protocol. */
  stream(session: Obj, tag: number, words: (number | bigint)[] = [], lease?: Uint8Array): Reply {
    const badge = session.badge!
    return this.kernel.call(tag, { words, badge, pid: this.pid, ...(lease ? { lease } : {}) })
  }

  read(session: Obj, length = 4096): string | number {
    const lease = new Uint8Array(length)
    const { tag } = this.stream(session, 600, [length], lease)
    return tag < 0 ? tag : new TextDecoder().decode(lease.subarray(0, tag))
  }

  write(session: Obj, data: string | Uint8Array): number {
    const lease = typeof data === 'string' ? encode(data) : data
    return this.stream(session, 601, [lease.length], lease).tag
  }

  close(session: Obj): void {
    this.kernel.closeSession(session)
  }

  /** All of a file, or the errno. */
  text(path: string): string | number {
    const session = this.open(path)
    if (typeof session === 'number') return session
    let text = ''
    for (;;) {
      const part = this.read(session, 100_000)
      if (typeof part === 'number' || part === '') {
        this.close(session)
        return typeof part === 'number' ? part : text
      }
      text += part
    }
  }

  put(path: string, text: string): number {
    const session = this.open(path, OPEN.WRITE | OPEN.CREATE | OPEN.TRUNCATE)
    if (typeof session === 'number') return session
    const written = this.write(session, text)
    this.close(session)
    return written
  }

  /** Sorted names, directories with a slash, devices with a star; or the errno. */
  list(path: string): string[] | number {
    const session = this.open(path, OPEN.DIRECTORY)
    if (typeof session === 'number') return session
    const names: string[] = []
    for (;;) {
      const lease = new Uint8Array(1024)
      const { tag, words } = this.stream(session, 607, [], lease)
      if (tag <= 0) {
        this.close(session)
        return tag < 0 ? tag : names.sort()
      }
      names.push(`${new TextDecoder().decode(lease.subarray(0, tag))}${['', '/', '*'][words[1]!]}`)
    }
  }

  mkdir(path: string): number {
    return this.path(105, path).tag
  }

  unlink(path: string, kind = 0): number {
    return this.path(107, path, kind).tag
  }

  rename(from: string, to: string): number {
    const lease = encode(from + to)
    const words = [0, encode(from).length, encode(to).length]
    return this.kernel.call(108, { words, lease, pid: this.pid }).tag
  }

  mount(path: string, type: number, handle?: Obj, flags = 0): number {
    const lease = encode(path)
    const words = [type, lease.length, flags]
    return this.kernel.call(114, { words, lease, pid: this.pid, ...(handle ? { handle } : {}) }).tag
  }
}

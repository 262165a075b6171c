import { expect, setDefaultTimeout, test } from 'bun:test'
import { need } from '../../test/tools/debian.ts'
import { archive, Client, diskServer, OPEN } from './testing/client.ts'
import { fsck, makeVolume } from './testing/fat32.ts'

// The first test also waits for the compiler.
setDefaultTimeout(60_000)

const tools = need('dosfstools')
const [EPERM, ENOENT, EIO, EBADF, EACCES, EBUSY, EEXIST] = [-1, -2, -5, -9, -13, -16, -17]
const [EXDEV, ENOTDIR, EISDIR, EINVAL, ENFILE, EFBIG] = [-18, -20, -21, -22, -23, -27]
const [ENOSPC, EROFS, ERANGE, ENAMETOOLONG, ENOSYS, ENOTEMPTY] = [-28, -30, -34, -36, -38, -39]
const [EOWNERDEAD, EFAULT] = [-130, -14]

test('the tree at start has programs, devices and room for files', async () => {
  const client = await Client.start()
  expect(client.list('/')).toEqual(['bin/', 'boot/', 'dev/', 'mnt/', 'tmp/'])
  expect(client.list('/bin')).toEqual(['hello', 'sh'])
  expect(client.list('/boot')).toEqual(['bin/', 'etc/'])
  expect(client.text('/bin/hello')).toBe('ELF hello')
  expect(client.text('/boot/etc/motd')).toBe('welcome')
  expect(client.list('/dev')).toEqual(['full*', 'null*', 'zero*'])
  const mounts = Array.from({ length: 5 }, (_, i) => {
    const lease = new Uint8Array(256)
    const { tag, words } = client.kernel.call(116, { words: [i], lease })
    return [new TextDecoder().decode(lease.subarray(0, tag)), words[0], words[3]]
  })
  expect(mounts).toEqual([
    ['/', 0, 0],
    ['/dev', 3, 0],
    ['/boot', 2, 1],
    ['/bin', 2, 1],
    ['', 0, 0],
  ])
})

test('paths are walked with . and .., through mounts and back', async () => {
  const client = await Client.start()
  client.put('/tmp/file', 'x')
  for (const path of [
    '/tmp/file',
    '//tmp///file',
    '/./tmp/./file',
    '/bin/../tmp/file',
    '/boot/bin/../../tmp/file',
    '/../../tmp/file',
    '/dev/../dev/../tmp/file',
  ]) {
    expect(client.text(path)).toBe('x')
  }
  expect(client.text('/none/../tmp/file')).toBe(ENOENT)
  expect(client.text('/tmp/file/../file')).toBe(ENOTDIR)
  expect(client.text('/tmp/file/')).toBe(ENOTDIR)
  expect(client.text('/tmp/file/x')).toBe(ENOTDIR)
  expect(client.text('tmp/file')).toBe(EINVAL)
  expect(client.text('')).toBe(EINVAL)
  expect(client.text(`/${'x'.repeat(5000)}`)).toBe(ENAMETOOLONG)
  expect(client.list('/tmp/..')).toEqual(client.list('/'))
})

test('files are written, read, extended, cut and appended to', async () => {
  const client = await Client.start()
  const file = client.must('/tmp/f', OPEN.READ | OPEN.WRITE | OPEN.CREATE)
  expect(client.write(file, 'hello world')).toBe(11)
  expect(client.read(file)).toBe('')
  expect(client.stream(file, 603, [6, 0]).tag).toBe(6)
  expect(client.read(file, 3)).toBe('wor')
  expect(client.stream(file, 603, [-2, 1]).tag).toBe(7)
  expect(client.read(file, 100)).toBe('orld')
  expect(client.stream(file, 603, [9000, 2]).tag).toBe(9011)
  expect(client.write(file, 'far')).toBe(3)
  const text = client.text('/tmp/f') as string
  expect(text.length).toBe(9014)
  expect(text.replaceAll('\0', '')).toBe('hello worldfar')
  expect(client.stream(file, 605, [5]).tag).toBe(0)
  expect(client.stream(file, 605, [8]).tag).toBe(0)
  expect(client.text('/tmp/f')).toBe('hello\0\0\0')
  const append = client.must('/tmp/f', OPEN.WRITE | OPEN.APPEND)
  expect(client.write(append, '!')).toBe(1)
  expect(client.write(file, '?')).toBe(1)
  expect(client.write(append, '!')).toBe(1)
  expect(client.stream(file, 604).words.slice(0, 2)).toEqual([9016, 0])
  const lease = new Uint8Array(4)
  expect(client.stream(file, 608, [4, 1], lease).tag).toBe(4)
  expect(new TextDecoder().decode(lease)).toBe('ello')
  expect(client.stream(file, 609, [4, 0], new TextEncoder().encode('HELL')).tag).toBe(4)
  expect((client.text('/tmp/f') as string).slice(0, 5)).toBe('HELLo')
  expect(client.path(117, '/tmp/f', 4).tag).toBe(0)
  expect(client.text('/tmp/f')).toBe('HELL')
  expect(client.path(118, '/tmp/f', 86400).tag).toBe(0)
  expect(client.path(104, '/tmp/f').words.slice(0, 3)).toEqual([4, 0, 86400])
})

test('OPEN heeds its flags', async () => {
  const client = await Client.start()
  expect(client.open('/tmp/a')).toBe(ENOENT)
  expect(client.open('/tmp/none/a', OPEN.WRITE | OPEN.CREATE)).toBe(ENOENT)
  client.put('/tmp/a', 'text')
  expect(client.open('/tmp/a', OPEN.WRITE | OPEN.CREATE | OPEN.EXCLUSIVE)).toBe(EEXIST)
  expect(client.open('/tmp/a', OPEN.DIRECTORY)).toBe(ENOTDIR)
  expect(client.open('/tmp', OPEN.WRITE)).toBe(EISDIR)
  expect(client.open('/bin/hello', OPEN.WRITE)).toBe(EROFS)
  expect(client.open('/bin/new', OPEN.WRITE | OPEN.CREATE)).toBe(EROFS)
  expect(client.open('/tmp/a', 128)).toBe(EINVAL)
  expect(client.path(100, '/tmp/a', 2n ** 40n).tag).toBe(EINVAL)
  const reader = client.must('/tmp/a')
  expect(client.write(reader, 'x')).toBe(EPERM)
  expect(client.stream(reader, 605, [0]).tag).toBe(EPERM)
  expect(client.read(client.must('/tmp'))).toBe(EISDIR)
  client.must('/tmp/a', OPEN.WRITE | OPEN.TRUNCATE)
  expect(client.text('/tmp/a')).toBe('')
})

test('directories are made, listed, renamed and removed', async () => {
  const client = await Client.start()
  expect(client.mkdir('/tmp/d')).toBe(0)
  expect(client.mkdir('/tmp/d')).toBe(EEXIST)
  expect(client.mkdir('/')).toBe(EEXIST)
  expect(client.mkdir('/tmp/none/d')).toBe(ENOENT)
  expect(client.mkdir('/bin/d')).toBe(EROFS)
  client.put('/tmp/d/ü', 'x')
  expect(client.list('/tmp/d')).toEqual(['ü'])
  expect(client.unlink('/tmp/d')).toBe(EISDIR)
  expect(client.unlink('/tmp/d', 1)).toBe(ENOTEMPTY)
  expect(client.unlink('/tmp/d/ü', 1)).toBe(ENOTDIR)
  expect(client.unlink('/tmp/d/ü/')).toBe(ENOTDIR)
  expect(client.unlink('/tmp/d/ü', 3)).toBe(EINVAL)
  expect(client.rename('/tmp/d', '/tmp/d/below')).toBe(EINVAL)
  expect(client.rename('/tmp/d', '/tmp/e')).toBe(0)
  expect(client.text('/tmp/e/ü')).toBe('x')
  expect(client.rename('/tmp/e/ü', '/top')).toBe(0)
  expect(client.rename('/top', '/bin/top')).toBe(EXDEV)
  expect(client.unlink('/tmp/e', 2)).toBe(0)
  expect(client.unlink('/top', 2)).toBe(0)
  expect(client.list('/tmp')).toEqual([])
  expect(client.unlink('/..')).toBe(EBUSY)
  expect(client.unlink('/dev', 1)).toBe(EBUSY)
  expect(client.rename('/dev', '/tmp/dev')).toBe(EBUSY)
  expect(client.rename('/tmp', '/dev')).toBe(EBUSY)
  // By index and path, as the seed's programs ask.
  const names = [0, 1, 2, 3, 4, 5].map((i) => {
    const lease = new Uint8Array(256)
    lease.set(new TextEncoder().encode('/'))
    const { tag } = client.kernel.call(106, { words: [0, 1, i], lease })
    return new TextDecoder().decode(lease.subarray(0, tag))
  })
  expect(names).toEqual(['boot', 'bin', 'dev', 'mnt', 'tmp', ''])
  expect(client.path(106, '/', -1).tag).toBe(EINVAL)
})

test('a directory can change while it is read', async () => {
  const client = await Client.start()
  for (let i = 0; i < 20; i++) client.put(`/tmp/${i}`, 'x')
  const session = client.must('/tmp', OPEN.DIRECTORY)
  const seen: string[] = []
  for (;;) {
    const lease = new Uint8Array(256)
    const { tag } = client.stream(session, 607, [], lease)
    if (tag <= 0) break
    const name = new TextDecoder().decode(lease.subarray(0, tag))
    seen.push(name)
    expect(client.unlink(`/tmp/${name}`)).toBe(0)
  }
  expect(seen.length).toBe(20)
  expect(client.stream(session, 603, [0, 0]).tag).toBe(0)
  expect(client.stream(session, 607, [], new Uint8Array(256)).tag).toBe(0)
  client.put('/tmp/a long name', 'x')
  expect(client.stream(session, 607, [], new Uint8Array(5)).tag).toBe(ERANGE)
})

test('the short form of the protocol works as the original had it', async () => {
  const client = await Client.start()
  client.put('/tmp/f', 'a text of more than thirty-two bytes, so it takes two')
  const words = (path: string) => {
    const bytes = new Uint8Array(32)
    bytes[0] = path.length
    bytes.set(new TextEncoder().encode(path), 1)
    return [...new BigInt64Array(bytes.buffer)]
  }
  const opened = client.kernel.call(100, { words: words('/tmp/f') })
  expect(opened.tag).toBeGreaterThan(0)
  expect(opened.words.slice(0, 2)).toEqual([53, 0])
  const inline = client.kernel.call(102, { words: [opened.tag, 32] })
  expect(inline.tag).toBe(32)
  expect(client.kernel.call(102, { words: [opened.tag, 100] }).tag).toBe(21)
  expect(client.kernel.call(104, { words: words('/tmp/f') }).words[0]).toBe(53)
  expect(client.kernel.call(103, { words: [opened.tag, 1], lease: new Uint8Array(1) }).tag).toBe(
    EPERM,
  )
  const shm = client.kernel.share(4096)
  const id = client.kernel.call(112, { handle: shm }).tag
  const again = client.kernel.call(100, { words: words('/tmp/f') }).tag
  expect(client.kernel.call(110, { words: [again, id, 100, 4] }).tag).toBe(4)
  expect(client.kernel.memory.slice(shm.address + 100, shm.address + 104)).toEqual(
    new TextEncoder().encode('a te'),
  )
  expect(client.kernel.call(110, { words: [again, id, 4090, 10] }).tag).toBe(EINVAL)
  shm.revoked = true
  expect(client.kernel.call(110, { words: [again, id, 0, 10] }).tag).toBe(EFAULT)
  // A number belongs to the process that opened it.
  expect(client.kernel.call(102, { words: [again, 1], pid: 3 }).tag).toBe(EBADF)
  expect(client.kernel.call(101, { words: [again], pid: 3 }).tag).toBe(EBADF)
  expect(client.kernel.call(101, { words: [again] }).tag).toBe(0)
  expect(client.kernel.call(101, { words: [again] }).tag).toBe(EBADF)
  expect(client.kernel.call(105, { words: words('/tmp/short') }).tag).toBe(0)
  expect(client.kernel.call(100, { words: [0xff] }).tag).toBe(ENAMETOOLONG)
})

test('clients have any process id, and what they leave open is closed', async () => {
  const client = await Client.start()
  client.put('/tmp/f', 'x')
  const words = [
    ...new BigInt64Array(
      Uint8Array.from([6, ...Buffer.from('/tmp/f'), ...Array(25).fill(0)]).buffer,
    ),
  ]
  client.kernel.pids = Array.from({ length: 500 }, (_, i) => 1_000_000 + i)
  for (const pid of client.kernel.pids) {
    expect(client.kernel.call(100, { words, pid }).tag).toBeGreaterThan(0)
  }
  const greedy = Array.from(
    { length: 100 },
    () => client.kernel.call(100, { words, pid: 1_000_000 }).tag,
  )
  expect(greedy.filter((tag) => tag > 0).length).toBe(63)
  expect(greedy.at(-1)).toBe(ENFILE)
  // All but one end: their numbers are closed, and the file can go away with the last one.
  client.kernel.pids = [1_000_001]
  for (let i = 0; i < 60; i++)
    expect(client.kernel.call(100, { words, pid: 1_000_001 }).tag).toBeGreaterThan(0)
})

test('a session ends with its last handle, and a removed file with its last session', async () => {
  const client = await Client.start()
  const free = () => client.kernel.call(116, { words: [0], lease: new Uint8Array(256) }).words[2]!
  const before = free()
  client.put('/tmp/f', 'y'.repeat(100_000))
  const a = client.must('/tmp/f')
  const b = client.must('/tmp/f')
  expect(client.unlink('/tmp/f')).toBe(0)
  expect(client.read(a, 5)).toBe('yyyyy')
  client.close(a)
  expect(client.read(a)).toBe(EBADF)
  expect(free()).toBeLessThan(before - 100_000)
  client.close(b)
  expect(free()).toBe(before)
  // A client that dies before it gets its handle leaves nothing open.
  client.put('/tmp/g', 'z')
  const lease = new TextEncoder().encode('/tmp/g')
  client.kernel.pids.push(77)
  const { handles } = client.kernel
  const count = handles.size
  const waiting = client.kernel.dying(100, { words: [0, 6, 1], lease, pid: 77 })
  expect(waiting.reply).toBeUndefined()
  expect(handles.size).toBe(count)
  expect(client.unlink('/tmp/g')).toBe(0)
  expect(free()).toBe(before)
})

test('messages that lie are refused', async () => {
  const client = await Client.start()
  client.put('/tmp/f', 'secret')
  const session = client.must('/tmp/f')
  const { kernel } = client
  for (let tag = 600; tag <= 609; tag++) {
    if (tag === 602) continue
    expect(kernel.call(tag, { words: [1, 0], badge: 12345, lease: new Uint8Array(8) }).tag).toBe(
      EBADF,
    )
    expect(kernel.call(tag, { words: [1, 0], lease: new Uint8Array(8) }).tag).toBe(EBADF)
  }
  // Only the kernel says that a session was closed, and it wants no reply.
  expect(kernel.call(602, { badge: session.badge! }).tag).toBe(EPERM)
  kernel.send(602, { badge: 99_999, silent: true })
  expect(client.read(session)).toBe('secret')
  expect(client.stream(session, 600, [-1], new Uint8Array(8)).tag).toBe(EINVAL)
  expect(client.stream(session, 600, [2n ** 62n], new Uint8Array(8)).tag).toBe(0)
  client.stream(session, 603, [0, 0])
  expect(client.stream(session, 600, [100]).tag).toBe(EPERM)
  expect(client.stream(session, 600, [6], new Uint8Array(3)).tag).toBe(EINVAL)
  expect(client.stream(session, 603, [-1, 0]).tag).toBe(EINVAL)
  expect(client.stream(session, 603, [2n ** 63n - 1n, 2]).tag).toBe(EINVAL)
  expect(client.stream(session, 603, [0, 3]).tag).toBe(EINVAL)
  expect(client.stream(session, 608, [1, -5], new Uint8Array(8)).tag).toBe(EINVAL)
  expect(client.stream(session, 607, [], new Uint8Array(8)).tag).toBe(ENOTDIR)
  expect(client.path(100, new Uint8Array([0x2f, 0xff, 0xfe])).tag).toBe(EINVAL)
  expect(client.path(100, new Uint8Array([0x2f, 0x61, 0x00, 0x62])).tag).toBe(EINVAL)
  expect(kernel.call(100, { words: [0, 10, 1], lease: new Uint8Array(5) }).tag).toBe(EINVAL)
  expect(kernel.call(100, { words: [0, -1, 1], lease: new Uint8Array(5) }).tag).toBe(EINVAL)
  expect(kernel.call(100, { words: [0, 2n ** 62n, 1], lease: new Uint8Array(5) }).tag).toBe(
    ENAMETOOLONG,
  )
  expect(kernel.call(100, { words: [0, 5, 1] }).tag).toBe(EPERM)
  expect(kernel.call(108, { words: [0, 5, -5], lease: new Uint8Array(5).fill(0x2f) }).tag).toBe(
    EINVAL,
  )
  expect(kernel.call(102, { words: [-1, 5] }).tag).toBe(EBADF)
  expect(kernel.call(102, { words: [2n ** 40n, 5] }).tag).toBe(EBADF)
  expect(kernel.call(113).tag).toBe(0)
  expect(kernel.call(119).tag).toBe(ENOSYS)
  const writer = client.must('/tmp/f', OPEN.WRITE)
  expect(client.stream(writer, 609, [1, 2n ** 63n - 1n], new Uint8Array(8)).tag).toBe(EFBIG)
  expect(client.stream(writer, 605, [2n ** 62n]).tag).toBe(EFBIG)
})

test('files in memory leave the server its own', async () => {
  const client = await Client.start()
  client.kernel.freePages = 0
  expect(client.mkdir('/tmp/m')).toBe(0)
  expect(client.mount('/tmp/m', 0)).toBe(0)
  expect(client.put('/tmp/m/f', 'x')).toBe(ENOSPC)
  client.kernel.freePages = 100
  expect(client.path(115, '/tmp/m').tag).toBe(0)
  expect(client.mount('/tmp/m', 0)).toBe(0)
  const file = client.must('/tmp/m/f', OPEN.WRITE | OPEN.CREATE)
  let written = 0
  for (;;) {
    const count = client.write(file, new Uint8Array(65536))
    if (count < 0) {
      expect(count).toBe(ENOSPC)
      break
    }
    written += count
  }
  expect(written).toBeGreaterThan(150_000)
  expect(written).toBeLessThan(50 * 4096)
  expect(client.stream(file, 605, [2n ** 32n]).tag).toBe(ENOSPC)
  expect(client.stream(file, 605, [0]).tag).toBe(0)
  expect(client.write(file, new Uint8Array(65536))).toBe(65536)
})

test('/dev answers as such files do', async () => {
  const client = await Client.start()
  expect(client.text('/dev/null')).toBe('')
  const zero = client.must('/dev/zero', OPEN.READ | OPEN.WRITE)
  expect(client.read(zero, 3)).toBe('\0\0\0')
  expect(client.write(zero, 'abc')).toBe(3)
  expect(client.put('/dev/null', 'gone')).toBe(4)
  expect(client.put('/dev/full', 'x')).toBe(ENOSPC)
  expect(client.path(104, '/dev/null').words[1]).toBe(2)
  expect(client.open('/dev/new', OPEN.WRITE | OPEN.CREATE)).toBe(EROFS)
  expect(client.unlink('/dev/null')).toBe(EROFS)
})

test('mounts are made, refused and undone', async () => {
  const client = await Client.start()
  const { kernel } = client
  client.mkdir('/tmp/m')
  client.put('/tmp/file', 'x')
  expect(client.mount('/tmp/none', 0)).toBe(ENOENT)
  expect(client.mount('/tmp/file', 0)).toBe(ENOTDIR)
  expect(client.mount('/', 0)).toBe(EBUSY)
  expect(client.mount('/tmp/m', 9)).toBe(EINVAL)
  expect(client.mount('/tmp/m', 0, undefined, 2)).toBe(EINVAL)
  expect(client.mount('/tmp/m', 1)).toBe(EINVAL)
  expect(client.mount('/tmp/m', 1, { kind: 'pipe' })).toBe(EINVAL)
  // A disk that nobody vouches for might never answer.
  expect(client.mount('/tmp/m', 1, diskServer(new Uint8Array(512)))).toBe(EACCES)
  const handles = kernel.handles.size
  client.pid = 1
  expect(client.mount('/tmp/m', 1, diskServer(new Uint8Array(65536)))).toBe(EINVAL)
  expect(client.mount('/tmp/m', 1, diskServer(new Uint8Array(65536), [EIO]))).toBe(EIO)
  expect(kernel.handles.size).toBe(handles)

  const content = archive({ 'a/b': 'archived' })
  const shm = kernel.share(content.length)
  kernel.memory.set(content, shm.address)
  expect(client.mount('/tmp/m', 2, shm)).toBe(0)
  shm.revoked = true
  expect(client.text('/tmp/m/a/b')).toBe('archived')
  expect(client.mount('/tmp/m', 0)).toBe(EBUSY)
  const session = client.must('/tmp/m/a/b')
  expect(client.path(115, '/tmp/m').tag).toBe(EBUSY)
  client.close(session)
  expect(client.path(115, '/tmp/m/a').tag).toBe(EINVAL)
  expect(client.unlink('/tmp/m', 1)).toBe(EBUSY)
  expect(client.path(115, '/tmp/m').tag).toBe(0)
  expect(client.list('/tmp/m')).toEqual([])
  expect(client.unlink('/tmp/m', 1)).toBe(0)
  expect(client.path(115, '/').tag).toBe(EBUSY)
  expect(client.path(115, '/tmp').tag).toBe(EINVAL)
  // The pipe through which shared memory was copied stays.
  expect(kernel.handles.size).toBe(handles + 2)
})

test('archives that break off, or lie, end there', async () => {
  const client = await Client.start()
  client.pid = 1
  client.mkdir('/tmp/m')
  const whole = archive({ a: 'first', 'b/c': 'second', '../up': 'x', 'a/below': 'y', d: 'last' })
  const cases: Uint8Array[] = []
  for (let length = 0; length < whole.length; length += 7) cases.push(whole.slice(0, length))
  for (let at = 0; at < 220; at += 3) {
    const broken = whole.slice()
    broken[at] = 0x66
    cases.push(broken)
  }
  for (const bytes of cases) {
    const shm = client.kernel.share(bytes.length + 1)
    client.kernel.memory.set(bytes, shm.address)
    const error = client.mount('/tmp/m', 2, shm)
    expect([0, EINVAL]).toContain(error)
    if (error < 0) continue
    for (const name of client.list('/tmp/m') as string[]) client.text(`/tmp/m/${name}`)
    expect(client.path(115, '/tmp/m').tag).toBe(0)
  }
})

test.skipIf(!tools)('a FAT32 disk is mounted, written, and in order a while later', async () => {
  const bytes = makeVolume(8192)
  const client = await Client.start(diskServer(bytes))
  expect(client.list('/mnt')).toEqual([])
  expect(client.mkdir('/mnt/A directory')).toBe(0)
  expect(client.put('/mnt/A directory/file.txt', 'x'.repeat(70_000))).toBe(70_000)
  expect(client.text('/mnt/a DIRECTORY/FILE.TXT')).toBe('x'.repeat(70_000))
  expect(client.path(118, '/mnt/A directory/file.txt', 1_000_000_000).tag).toBe(0)
  expect(client.path(104, '/mnt/A directory/file.txt').words[2]).toBe(1_000_000_000)
  expect(client.rename('/mnt/A directory', '/tmp/d')).toBe(EXDEV)
  expect(client.rename('/mnt/A directory/file.txt', '/mnt/top')).toBe(0)
  expect(fsck(bytes)).toContain('Dirty bit')
  client.kernel.fireTimer()
  expect(fsck(bytes)).toBe('')
  expect(client.unlink('/mnt/top')).toBe(0)
  expect(client.path(115, '/mnt').tag).toBe(0)
  expect(fsck(bytes)).toBe('')
  expect(client.list('/mnt')).toEqual([])
})

test.skipIf(!tools)(
  'a disk server that dies costs one retry; one that fails, an error',
  async () => {
    const faults: number[] = []
    const bytes = makeVolume(8192)
    const client = await Client.start(diskServer(bytes, faults))
    for (let i = 0; i < 12; i++) {
      for (let before = 0; before < i; before++) faults.push(0)
      faults.push(EOWNERDEAD)
      expect(client.put(`/mnt/file ${i}`, 'data'.repeat(1000))).toBe(4000)
      faults.length = 0
    }
    for (let i = 0; i < 12; i++) expect(client.text(`/mnt/file ${i}`)).toBe('data'.repeat(1000))
    faults.push(EOWNERDEAD, EOWNERDEAD)
    expect(client.put('/mnt/file 0', 'x')).toBe(EIO)
    faults.length = 0
    expect(client.put('/mnt/file 0', 'x')).toBe(1)
    expect(client.kernel.call(113).tag).toBe(0)
    expect(fsck(bytes)).toBe('')
  },
)

test.skipIf(!tools)('ten thousand opens and writes take no more memory in the end', async () => {
  const client = await Client.start(diskServer(makeVolume(8192)))
  const round = (i: number) => {
    client.put(`/tmp/f${i % 7}`, 'x'.repeat(i % 5000))
    client.text(`/mnt/f${i % 5}`)
    client.put(`/mnt/f${i % 5}`, 'y'.repeat(i % 700))
    client.unlink(`/tmp/f${(i + 3) % 7}`)
    client.list('/mnt')
  }
  for (let i = 0; i < 300; i++) round(i)
  const bytes = client.kernel.guest.call('memoryBytes')
  for (let i = 0; i < 1500; i++) round(i)
  expect(client.kernel.guest.call('memoryBytes')).toBeLessThanOrEqual(bytes + 131_072)
})

import { expect, setDefaultTimeout, test } from 'bun:test'
import { need } from '../../../test/tools/debian.ts'
import { fsck, makeVolume, onImage, Volume } from '../testing/fat32.ts'

// The first test of a process also waits for the compiler.
setDefaultTimeout(60_000)

const tools = need('dosfstools', 'mtools')
/** Sectors of a volume that mtools, too, takes for FAT32: it goes by the number of clusters. */
const BIG = 67_000
const text = (data: Uint8Array | number) =>
  typeof data === 'number' ? data : new TextDecoder().decode(data)
const pattern = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed * 13) & 255)

test.skipIf(!tools)('files written by mtools are read', async () => {
  let image = makeVolume(BIG, '-s', '1')
  const put = (name: string, data: Uint8Array) => {
    const script = `base64 -d | mcopy -i IMAGE - '::${name}'`
    const result = onImage(image, 'sh', '-c', `echo ${data.toBase64()} | ${script}`)
    expect(result.output).toBe('')
    image = result.bytes
  }
  image = onImage(image, 'mmd', '-i', 'IMAGE', '::/dir').bytes
  put('/HELLO.TXT', new TextEncoder().encode('hello'))
  put('/dir/A long name with spaces.text', pattern(70_000))
  put('/lower.txt', new TextEncoder().encode('lower'))
  const volume = await Volume.mount(image)
  expect(volume.list('/')).toEqual(['d 0 dir', 'f 5 HELLO.TXT', 'f 5 lower.txt'])
  expect(volume.list('/dir')).toEqual(['f 70000 A long name with spaces.text'])
  expect(text(volume.contents('/hello.txt'))).toBe('hello')
  expect(volume.contents('/DIR/a long NAME with spaces.TEXT')).toEqual(Buffer.from(pattern(70_000)))
  expect(volume.contents('/dir/ALONGN~1.TEX')).toEqual(Buffer.from(pattern(70_000)))
  expect(volume.contents('/nothing')).toBe(-2)
  expect(volume.contents('/hello.txt/x')).toBe(-20)
})

test.skipIf(!tools)('what is written is read by mtools and found right by fsck.fat', async () => {
  const volume = await Volume.mount(makeVolume(BIG, '-s', '1'))
  volume.guest.call('setTime', Date.UTC(2026, 10, 22, 20, 8, 30) / 1000)
  expect(volume.mkdir('/sub')).toBe(0)
  expect(volume.mkdir('/sub/Übergrößenträger')).toBe(0)
  volume.put('/sub/Übergrößenträger/Кириллица и 日本語 🎉.txt', 'unicode')
  volume.put('/PLAIN.TXT', 'plain')
  volume.put('/two.dots.tar.gz', pattern(5000))
  volume.put('/empty', '')
  expect(volume.sync()).toBe(0)
  const image = volume.disk.bytes
  expect(fsck(image)).toBe('')
  const mtype = (path: string) => onImage(image, 'mtype', '-i', 'IMAGE', `::${path}`).stdout
  expect(mtype('/PLAIN.TXT').toString()).toBe('plain')
  expect(new Uint8Array(mtype('/two.dots.tar.gz'))).toEqual(pattern(5000))
  const listing = onImage(image, 'mdir', '-i', 'IMAGE', '-a', '::/').output
  expect(listing).toContain('PLAIN    TXT         5 2026-11-22  20:08')
  expect(listing).toContain('two.dots.tar.gz')
  expect(listing).toMatch(/EMPTY {6}\s+0 /)
  const again = await Volume.mount(image)
  expect(again.list('/sub/Übergrößenträger')).toEqual(['f 7 Кириллица и 日本語 🎉.txt'])
  expect(text(again.contents('/SUB/üBERGRÖßENträger/кириллица и 日本語 🎉.TXT'))).toBe('unicode')
  const file = again.open('/PLAIN.TXT')
  expect(again.guest.call('modified', file)).toBe(Date.UTC(2026, 10, 22, 20, 8, 30) / 1000)
})

test.skipIf(!tools)('writes at any offset, holes and truncation keep contents', async () => {
  for (const options of [
    ['-s', '1'],
    ['-s', '8'],
    ['-S', '4096', '-s', '1'],
    ['-f', '1'],
  ]) {
    const volume = await Volume.mount(makeVolume(16384, ...options))
    const file = volume.create('/f')
    const model = new Uint8Array(100_000)
    let size = 0
    const write = (offset: number, data: Uint8Array) => {
      expect(volume.write(file, offset, data)).toBe(data.length)
      model.set(data, offset)
      size = Math.max(size, offset + data.length)
    }
    write(0, pattern(10))
    write(10, pattern(600, 2))
    write(5000, pattern(1, 3))
    write(512, pattern(4096, 4))
    write(60_000, pattern(9000, 5))
    const whole = () => expect(volume.contents('/f')).toEqual(Buffer.from(model.subarray(0, size)))
    whole()
    const truncate = (to: number) => {
      expect(volume.truncate(file, to)).toBe(0)
      model.fill(0, to)
      size = to
    }
    truncate(4097)
    whole()
    truncate(40_000)
    whole()
    truncate(512)
    truncate(0)
    whole()
    truncate(1)
    write(90_000, pattern(3, 6))
    whole()
    expect(volume.read(file, 90_003, 100)).toEqual(new Uint8Array())
    expect(volume.read(file, 5e9, 100)).toEqual(new Uint8Array())
    volume.close(file)
    expect(volume.sync()).toBe(0)
    expect(fsck(volume.disk.bytes)).toBe('')
  }
})

test.skipIf(!tools)(
  'directories grow, shrink no more than needed, and hold similar names',
  async () => {
    const volume = await Volume.mount(makeVolume(16384, '-s', '1'))
    expect(volume.mkdir('/d')).toBe(0)
    const names = Array.from({ length: 120 }, (_, i) => `similar name number ${i}.text`)
    for (const name of names) volume.put(`/d/${name}`, name)
    expect(volume.list('/d')).toEqual(names.map((name) => `f ${name.length} ${name}`).sort())
    for (const name of names) expect(text(volume.contents(`/d/${name}`))).toBe(name)
    expect(volume.rmdir('/d')).toBe(-39)
    expect(volume.unlink('/d')).toBe(-21)
    expect(volume.rmdir(`/d/${names[0]}`)).toBe(-20)
    volume.sync()
    expect(fsck(volume.disk.bytes)).toBe('')
    for (const name of names) expect(volume.unlink(`/d/${name}`)).toBe(0)
    expect(volume.list('/d')).toEqual([])
    expect(volume.rmdir('/d')).toBe(0)
    expect(volume.list('/')).toEqual([])
    volume.sync()
    expect(fsck(volume.disk.bytes)).toBe('')
  },
)

test.skipIf(!tools)('renaming moves, replaces, changes case, and keeps what is open', async () => {
  const volume = await Volume.mount(makeVolume(8192, '-s', '1'))
  volume.put('/a', 'contents of a')
  volume.put('/b', 'contents of b')
  volume.mkdir('/x')
  volume.mkdir('/y')
  volume.put('/x/inner', 'inner')
  const open = volume.open('/b')
  expect(volume.rename('/a', '/b')).toBe(0)
  expect(text(volume.contents('/b'))).toBe('contents of a')
  expect(text(volume.read(open, 0, 100))).toBe('contents of b')
  expect(volume.write(open, 0, pattern(2000))).toBe(2000)
  volume.close(open)
  expect(volume.contents('/a')).toBe(-2)
  expect(volume.rename('/b', '/B with a long name')).toBe(0)
  expect(volume.rename('/B with a long name', '/b WITH a long name')).toBe(0)
  expect(volume.rename('/x', '/y/moved')).toBe(0)
  expect(text(volume.contents('/y/moved/inner'))).toBe('inner')
  expect(volume.rename('/y', '/y/moved/below')).toBe(-22)
  expect(volume.rename('/y/moved', '/b with a long name')).toBe(-20)
  expect(volume.rename('/b with a long name', '/y/moved')).toBe(-21)
  volume.mkdir('/empty')
  expect(volume.rename('/empty', '/y/moved')).toBe(-39)
  expect(volume.rename('/y/moved', '/empty')).toBe(0)
  expect(text(volume.contents('/empty/inner'))).toBe('inner')
  expect(volume.rename('/none', '/empty')).toBe(-2)
  const file = volume.open('/empty/inner')
  expect(volume.rename('/empty/inner', '/top')).toBe(0)
  expect(volume.write(file, 5, pattern(700))).toBe(700)
  volume.close(file)
  expect(volume.list('/')).toEqual(['d 0 empty', 'd 0 y', 'f 13 b WITH a long name', 'f 705 top'])
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
})

test.skipIf(!tools)('a removed file stays until it is closed, then its space is free', async () => {
  const volume = await Volume.mount(makeVolume(8192, '-s', '1'))
  const before = volume.guest.call('freeBytes')
  volume.put('/f', pattern(10_000))
  const file = volume.open('/f')
  expect(volume.unlink('/f')).toBe(0)
  expect(volume.contents('/f')).toBe(-2)
  volume.put('/f', 'another')
  expect(volume.read(file, 0, 10_000)).toEqual(pattern(10_000))
  expect(volume.write(file, 10_000, pattern(5000))).toBe(5000)
  expect(text(volume.contents('/f'))).toBe('another')
  volume.close(file)
  expect(volume.unlink('/f')).toBe(0)
  expect(volume.guest.call('freeBytes')).toBe(before)
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
})

test.skipIf(!tools)('a full volume gives ENOSPC and stays whole', async () => {
  const volume = await Volume.mount(makeVolume(2048, '-s', '1'))
  const free = volume.guest.call('freeBytes')
  const file = volume.create('/f')
  expect(volume.truncate(file, free + 1)).toBe(-28)
  expect(volume.size(file)).toBe(0)
  expect(volume.guest.call('freeBytes')).toBe(free)
  expect(volume.write(file, 0, pattern(free - 100))).toBe(free - 100)
  expect(volume.write(file, free - 100, pattern(1000))).toBe(100)
  expect(volume.write(file, free, pattern(1000))).toBe(-28)
  expect(
    volume.create('/a name that needs another cluster of entries, as it is long'),
  ).toBeGreaterThanOrEqual(0)
  expect(volume.mkdir('/d')).toBe(-28)
  for (let i = 0, full = false; !full; i++) full = volume.create(`/file ${i}`) === -28
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
  volume.close(file)
  expect(volume.unlink('/f')).toBe(0)
  expect(volume.mkdir('/d')).toBe(0)
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
})

test.skipIf(!tools)('names that FAT cannot hold are refused', async () => {
  const volume = await Volume.mount(makeVolume(4096))
  for (const name of [
    'a:b',
    'a*',
    '?',
    'a"',
    'a|b',
    'a\\b',
    '<',
    'end.',
    'end ',
    'tab\t',
    '\ud800x',
  ]) {
    expect(volume.create(`/${name}`)).toBe(-22)
  }
  expect(volume.create(`/${'x'.repeat(256)}`)).toBe(-36)
  const longest = 'y'.repeat(255)
  expect(volume.create(`/${longest}`)).toBe(0)
  expect(volume.create(`/${longest.toUpperCase()}`)).toBe(-17)
  expect(volume.create('/.profile')).toBe(1)
  expect(volume.create('/a+b,c;d=[e]')).toBe(2)
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
  expect(volume.list('/')).toEqual(['f 0 .profile', 'f 0 a+b,c;d=[e]', `f 0 ${longest}`])
})

test.skipIf(!tools)('the volume says that it is in use until it is synchronised', async () => {
  const volume = await Volume.mount(makeVolume(4096))
  expect(fsck(volume.disk.bytes)).toBe('')
  volume.put('/f', 'x')
  expect(fsck(volume.disk.bytes)).toContain('Dirty bit is set')
  volume.sync()
  expect(fsck(volume.disk.bytes)).toBe('')
  expect(volume.disk.flushes).toBeGreaterThan(0)
  const clean = volume.disk.bytes.slice()
  volume.contents('/f')
  volume.list('/')
  volume.sync()
  expect(volume.disk.bytes).toEqual(clean)
})

test.skipIf(!tools)('a volume mounted read-only is never written', async () => {
  const first = await Volume.mount(makeVolume(4096))
  first.put('/f', 'x')
  const volume = await Volume.mount(first.disk.bytes, true)
  volume.disk.log = true
  const file = volume.open('/f')
  expect(volume.write(file, 0, pattern(1))).toBe(-30)
  expect(volume.truncate(file, 0)).toBe(-30)
  expect(volume.create('/g')).toBe(-30)
  expect(volume.mkdir('/g')).toBe(-30)
  expect(volume.unlink('/f')).toBe(-30)
  expect(volume.rename('/f', '/g')).toBe(-30)
  expect(volume.sync()).toBe(0)
  expect(volume.disk.writes).toEqual([])
})

test.skipIf(!tools)('a disk that fails gives EIO and serves again when it is back', async () => {
  const volume = await Volume.mount(makeVolume(8192, '-s', '1'))
  volume.put('/kept', pattern(5000))
  for (let after = 0; after < 40; after++) {
    const file = volume.create(`/file ${after}`)
    volume.disk.failAfter = after
    const results = [
      volume.write(file, 0, pattern(3000)),
      volume.truncate(file, 700),
      volume.rename(`/file ${after}`, `/renamed ${after}`),
      volume.mkdir(`/directory ${after}`),
      volume.unlink(`/renamed ${after}`),
    ]
    for (const result of results) if (result < 0) expect([-5, -2]).toContain(result)
    volume.disk.failAfter = Infinity
    volume.close(file)
    expect(volume.contents('/kept')).toEqual(Buffer.from(pattern(5000)))
  }
  expect(volume.sync()).toBe(0)
})

test.skipIf(!tools)('partitions of an MBR and of a GPT are found', async () => {
  const inner = makeVolume(4096)
  const disk = new Uint8Array((4096 + 2048 + 64) * 512)
  disk.set(inner, 2048 * 512)
  const view = new DataView(disk.buffer)
  view.setUint16(510, 0xaa55, true)
  view.setUint8(446 + 4, 0x0c)
  view.setUint32(446 + 8, 2048, true)
  view.setUint32(446 + 12, 4096, true)
  const mbr = await Volume.mount(disk.slice())
  mbr.put('/f', 'mbr')
  mbr.sync()
  expect(fsck(mbr.disk.bytes.subarray(2048 * 512, (2048 + 4096) * 512))).toBe('')
  view.setUint8(446 + 4, 0xee)
  disk.set(new TextEncoder().encode('EFI PART'), 512)
  view.setUint32(512 + 72, 2, true)
  view.setUint32(512 + 80, 128, true)
  view.setUint32(512 + 84, 128, true)
  view.setUint8(1024 + 128, 0x28)
  view.setUint32(1024 + 128 + 32, 2048, true)
  view.setUint32(1024 + 128 + 40, 2048 + 4095, true)
  const gpt = await Volume.mount(disk.slice())
  gpt.put('/f', 'gpt')
  expect(text(gpt.contents('/f'))).toBe('gpt')
  view.setUint32(1024 + 128 + 40, 0xffff_ffff, true)
  expect((await Volume.start(disk)).guest.call('mount', 0)).toBe(-22)
})

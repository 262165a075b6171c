import { expect, setDefaultTimeout, test } from 'bun:test'
import { need } from '../../../test/tools/debian.ts'
import { random } from '../../testing/random.ts'
import { fsck, makeVolume, onImage, Volume } from '../testing/fat32.ts'

// The first test of a process also waits for the compiler.
setDefaultTimeout(60_000)

const tools = need('dosfstools')

/** What `fsck.fat -a` makes of a volume that was cut. */
function repaired(bytes: Uint8Array): Uint8Array {
  // A second run removes what the first one has emptied.
  for (let runs = 0; runs < 3; runs++) {
    const result = onImage(bytes, 'fsck.fat', '-a', 'IMAGE')
    if (result.code > 1) throw new Error(result.output)
    bytes = result.bytes
    if (fsck(bytes) === '') return bytes
  }
  throw new Error(`Cannot repair the volume: ${fsck(bytes)}`)
}

/** Does `change` on a volume; returns it as it was, and after each sector that was written. */
async function cuts(
  prepare: (volume: Volume) => void,
  change: (volume: Volume) => void,
): Promise<Uint8Array[]> {
  const volume = await Volume.mount(makeVolume(1024, '-s', '1'))
  prepare(volume)
  expect(volume.sync()).toBe(0)
  const states = [volume.disk.bytes.slice()]
  volume.disk.log = true
  change(volume)
  expect(volume.sync()).toBe(0)
  for (const { sector, bytes } of volume.disk.writes) {
    const state = states.at(-1)!.slice()
    state.set(bytes, sector * 512)
    states.push(state)
  }
  expect(states.at(-1)).toEqual(volume.disk.bytes.slice())
  return states
}

const LONG = `${'a name so long that its entries fill more than one sector of the directory, '.repeat(3)}end`
const body = (name: string, length = 3000) =>
  Uint8Array.from({ length }, (_, i) => (name.charCodeAt(i % name.length) + i) & 255)

const CHANGES: Record<string, (volume: Volume) => void> = {
  'creating a file with a long name': (v) => v.close(v.create(`/d/${LONG}`)),
  'writing a new file': (v) => v.put('/d/new', body('new')),
  'appending to a file': (v) => {
    const file = v.open('/d/old')
    v.write(file, 3000, body('more', 4000))
    v.close(file)
  },
  'cutting a file': (v) => {
    const file = v.open('/d/old')
    v.truncate(file, 700)
    v.truncate(file, 0)
    v.close(file)
  },
  'removing a file': (v) => v.unlink('/d/old'),
  'making a directory': (v) => v.mkdir('/d/made directory'),
  'removing a directory': (v) => v.rmdir('/d/empty'),
  'renaming a file': (v) => v.rename('/d/old', `/${LONG}`),
  'renaming over a file': (v) => v.rename('/d/old', '/d/other'),
  'moving a directory': (v) => v.rename('/d/sub', '/moved'),
}

for (const [title, change] of Object.entries(CHANGES)) {
  test.skipIf(!tools)(`a cut at any sector while ${title} leaves all other files`, async () => {
    const states = await cuts((volume) => {
      volume.put('/kept', body('kept'))
      volume.mkdir('/d')
      volume.put('/d/kept', body('kept too'))
      volume.put('/d/old', body('old'))
      volume.put('/d/other', body('other', 600))
      volume.mkdir('/d/empty')
      volume.mkdir('/d/sub')
      volume.put('/d/sub/inner', body('inner'))
    }, change)
    expect(states.length).toBeGreaterThan(2)
    for (const state of states) {
      const volume = await Volume.mount(repaired(state), true)
      expect(volume.contents('/kept')).toEqual(Buffer.from(body('kept')))
      expect(volume.contents('/d/kept')).toEqual(Buffer.from(body('kept too')))
      // What is renamed is there under one name at least.
      if (title.startsWith('renaming')) {
        const names = ['/d/old', `/${LONG}`, '/d/other']
        const found = names.map((name) => volume.contents(name))
        expect(
          found.some((data) => typeof data !== 'number' && Buffer.from(body('old')).equals(data)),
        ).toBe(true)
      }
      if (title.startsWith('moving')) {
        const found = ['/d/sub/inner', '/moved/inner'].map((name) => volume.contents(name))
        expect(
          found.some((data) => typeof data !== 'number' && Buffer.from(body('inner')).equals(data)),
        ).toBe(true)
      }
    }
  })
}

/** A volume with a file of several clusters and a directory, and a view of it to break. */
async function victim(): Promise<{ bytes: Uint8Array; view: DataView; fat: number; data: number }> {
  const volume = await Volume.mount(makeVolume(2048, '-s', '1'))
  volume.put('/FILE', body('file', 5000))
  volume.mkdir('/DIR')
  volume.put('/DIR/INNER', body('inner'))
  volume.sync()
  const bytes = volume.disk.bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const fat = view.getUint16(14, true) * 512
  const data = fat + view.getUint32(36, true) * 512 * 2
  return { bytes, view, fat, data }
}

test.skipIf(!tools)('chains that loop, leave the volume or end early give EIO', async () => {
  const values = [3, 4, 5, 0, 1, 0x0fff_fff7, 0x0fff_ffff, 2, 0x0fff_fff0, 100_000]
  for (const value of values) {
    const { bytes, view, fat } = await victim()
    // FILE starts at cluster 3.
    view.setUint32(fat + 5 * 4, value, true)
    // A file of almost 4 GiB may not take 8 million steps.
    const root = view.getUint16(14, true) * 512 + view.getUint32(36, true) * 512 * 2
    view.setUint32(root + 28, 0xffff_ff00, true)
    const volume = await Volume.mount(bytes)
    const file = volume.open('/FILE')
    expect(file).toBe(0)
    expect(volume.read(file, 0xffff_0000, 100)).toBe(-5)
    const start = performance.now()
    expect(volume.contents('/FILE')).toBe(-5)
    expect(performance.now() - start).toBeLessThan(1000)
    expect([-5, 0]).toContain(volume.truncate(file, 100))
    volume.close(file)
    expect([-5, 0]).toContain(volume.unlink('/FILE'))
  }
})

test.skipIf(!tools)('directories that loop, or lie outside the volume, give EIO', async () => {
  const loop = await victim()
  // The root directory is cluster 2: full of erased entries and its own successor.
  loop.view.setUint32(loop.fat + 2 * 4, 2, true)
  for (let i = 0; i < 512; i += 32) loop.bytes[loop.data + i] = 0xe5
  const volume = await Volume.mount(loop.bytes)
  expect(volume.list('/')).toEqual(['error -5'])
  expect(volume.open('/FILE')).toBe(-5)
  expect(volume.create('/new')).toBe(-5)
  expect(volume.mkdir('/new')).toBe(-5)

  for (const first of [0, 1, 0xffff_ffff, 50_000]) {
    const { bytes, view, data } = await victim()
    for (const entry of [data, data + 32]) {
      view.setUint16(entry + 20, first >>> 16, true)
      view.setUint16(entry + 26, first & 0xffff, true)
    }
    const other = await Volume.mount(bytes)
    expect(other.contents('/FILE')).toBe(-5)
    expect(other.contents('/DIR/INNER')).toBe(-5)
    expect(other.list('/DIR')).toEqual(['error -5'])
    expect(other.unlink('/FILE')).toBe(-5)
  }
})

test.skipIf(!tools)('a directory that contains itself ends with the path', async () => {
  const { bytes, view, data } = await victim()
  view.setUint16(data + 32 + 26, 2, true)
  const volume = await Volume.mount(bytes)
  const path = '/DIR'.repeat(100)
  expect(volume.contents(`${path}/FILE`)).toEqual(Buffer.from(body('file', 5000)))
})

test.skipIf(!tools)('a boot sector with impossible numbers is refused', async () => {
  const { bytes } = await victim()
  const fields: [offset: number, size: 1 | 2 | 4, ...values: number[]][] = [
    [11, 2, 0, 1, 513, 8192, 0xffff],
    [13, 1, 0, 3, 255],
    [14, 2, 0, 0xffff],
    [16, 1, 0, 5, 255],
    [17, 2, 512],
    [19, 2, 0xffff, 40],
    [22, 2, 1],
    [32, 4, 0xffff_ffff],
    [36, 4, 0, 0xffff_ffff, 0x7fff_ffff],
    [40, 2, 0x8f],
    [42, 2, 1],
    [44, 4, 0, 1, 0xffff_ffff, 100_000],
    [510, 2, 0],
  ]
  for (const [offset, size, ...values] of fields) {
    for (const value of values) {
      const broken = bytes.slice()
      const view = new DataView(broken.buffer)
      if (offset === 32) view.setUint16(19, 0, true)
      if (size === 1) view.setUint8(offset, value)
      if (size === 2) view.setUint16(offset, value, true)
      if (size === 4) view.setUint32(offset, value, true)
      const volume = await Volume.start(broken)
      const error = volume.guest.call('mount', 0)
      if (error !== -5 && error !== -22) throw new Error(`Mounts with ${value} at ${offset}`)
    }
  }
  for (const length of [512, 1024]) {
    const volume = await Volume.start(new Uint8Array(length))
    expect(volume.guest.call('mount', 0)).toBe(-22)
  }
})

test.skipIf(!tools)(
  'random damage never crashes, hangs or reaches outside the volume',
  async () => {
    const base = await victim()
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed)
      const bytes = base.bytes.slice()
      const areas = [0, base.fat, base.data, base.data + 512 * 12]
      for (let i = 0; i < 30; i++) {
        const area = areas[next() % 4]!
        bytes[area + (next() % 512)] = next()
      }
      if (seed % 3 !== 0) bytes.set(base.bytes.subarray(0, 512))
      const volume = await Volume.start(bytes)
      if (volume.guest.call('mount', 0) !== 0) continue
      for (const path of ['/', '/DIR']) volume.list(path)
      for (const path of ['/FILE', '/DIR/INNER', '/DIR/INNER/X']) {
        const file = volume.open(path)
        if (file < 0) continue
        volume.read(file, 0, 6000)
        volume.write(file, next() % 8000, body('x', next() % 5000))
        volume.truncate(file, next() % 8000)
        volume.close(file)
      }
      const file = volume.create('/DIR/a new file')
      if (file >= 0) {
        volume.write(file, 0, body('new'))
        volume.close(file)
      }
      volume.rename('/FILE', '/DIR/moved')
      volume.rename('/DIR', '/DIR2')
      volume.unlink('/DIR2/INNER')
      volume.mkdir('/x')
      volume.rmdir('/DIR2')
      volume.guest.call('freeBytes')
      volume.sync()
    }
  },
)

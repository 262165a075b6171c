import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { makeFat32, readFat32, treeOf, treeOfFolder } from './index.ts'
import { BPB, SECTOR } from './layout.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kenix-fat32-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const MIB = 1 << 20
const TREE = treeOf({
  'README.TXT': 'upper-case 8.3\n',
  'readme-of-the-folder.text': 'long\n',
  'readme-of-the-other-folder.text': 'a second alias\n',
  'EMPTY.BIN': '',
  'EFI/BOOT/BOOTAA64.EFI': new Uint8Array(70_000).map((_, n) => n * 7),
  'kenix/Image': new Uint8Array(1_500_000).map((_, n) => n >> 8),
  'kenix/cmdline.txt': 'init=sh',
  'übergröße/日本語 €.txt': 'any script\n',
  '.hidden': 'dot in front\n',
  'a.b.c.d': 'dots\n',
  'x y.z': 'spaces\n',
  '13 letters!!!': 'a long name that fills its entry\n',
  'empty folder/': '',
  'deep/er/and/deep/er/file': 'down there\n',
})

function run(...command: string[]): { status: number; text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    stderr: 'pipe',
    env: { ...process.env, MTOOLS_SKIP_CHECK: '0', LC_ALL: 'C.UTF-8' },
  })
  return { status: exitCode, text: stdout.toString() + stderr.toString() }
}

/** A copy of a volume with some bytes changed. */
function damaged(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = makeFat32(treeOf({ 'A.TXT': 'x'.repeat(2000), 'B.TXT': 'y' }))
  change(new DataView(bytes.buffer), bytes)
  return bytes
}

const fatEntry = (cluster: number) => 32 * SECTOR + cluster * 4

describe('makeFat32() and readFat32()', () => {
  test('give back what went in, names of any script and empty folders included', () => {
    const read = readFat32(makeFat32(TREE))
    expect([...read.keys()].sort()).toEqual([...TREE.keys()].sort())
    for (const [path, data] of TREE) expect(Buffer.from(read.get(path)!).equals(data)).toBeTrue()
  })

  test('hold more files than one cluster of folder has room for', () => {
    const many = treeOf(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, n) => [`folder/file number ${n}`, `${n}\n`]),
      ),
    )
    expect(readFat32(makeFat32(many))).toEqual(
      new Map([...many].sort(([a], [b]) => (a < b ? -1 : 1))),
    )
  })

  test('make the same bytes of the same files', () => {
    expect(Bun.hash(makeFat32(TREE))).toBe(Bun.hash(makeFat32(TREE)))
  })

  test('choose clusters that keep large volumes FAT32', () => {
    const volume = makeFat32(treeOf({ A: 'a' }), { bytes: 300 * MIB })
    expect(new DataView(volume.buffer).getUint8(BPB.sectorsPerCluster)).toBe(8)
    expect([...readFat32(volume).keys()]).toEqual(['A'])
  })

  test('take a folder of the host', () => {
    const folder = join(scratch, 'folder')
    mkdirSync(join(folder, 'sub/empty'), { recursive: true })
    writeFileSync(join(folder, 'sub/file'), 'text')
    expect(treeOfFolder(folder)).toEqual(
      new Map([
        ['sub/empty/', new Uint8Array()],
        ['sub/file', Buffer.from('text')],
      ]),
    )
  })
})

describe('makeFat32() refuses', () => {
  const refused: [string, Parameters<typeof makeFat32>, RegExp][] = [
    ['names of one letter case apart', [treeOf({ Note: 'a', NOTE: 'b' })], /does not tell them/],
    ['characters that FAT lacks', [treeOf({ 'a:b': '' })], /FAT allows none/],
    ['a dot at the end', [treeOf({ 'a.': '' })], /ends in a dot/],
    ['names beyond 255 units', [treeOf({ ['x'.repeat(256)]: '' })], /longer than 255/],
    ['paths that leave the volume', [treeOf({ '../a': '' })], /parts must be names/],
    ['paths from the root', [treeOf({ '/a': '' })], /parts must be names/],
    ['a file that is a folder, too', [treeOf({ a: '', 'a/b': '' })], /a file and a folder/],
    ['contents without a name', [treeOf({ 'a/': 'text' })], /names no file/],
    ['volumes too small for FAT32', [treeOf({}), { bytes: 16 * MIB }], /at least 33 MiB/],
    ['half sectors', [treeOf({}), { bytes: 40 * MIB + 1 }], /multiple of 512/],
    ['a label in lower case', [treeOf({}), { label: 'disk' }], /upper-case/],
    [
      'files larger than the volume',
      [new Map([['A', new Uint8Array(34 * MIB)]]), { bytes: 33 * MIB }],
      /Make it larger/,
    ],
  ]
  test.each(refused)('%s', (_, args, message) => {
    expect(() => makeFat32(...args)).toThrow(message)
  })
})

describe('readFat32() refuses', () => {
  const refused: [string, (view: DataView, bytes: Uint8Array) => void, RegExp][] = [
    ['a disk without a boot sector', (_, bytes) => bytes.fill(0, 0, 512), /no FAT32 boot sector/],
    ['clusters of no size', (view) => view.setUint8(BPB.sectorsPerCluster, 0), /no FAT32 boot/],
    [
      'more sectors than the disk has',
      (view) => view.setUint32(BPB.totalSectors32, 1e6, true),
      /1000000 sectors/,
    ],
    ['a FAT too short', (view) => view.setUint32(BPB.fatSectors32, 1, true), /FAT is too short/],
    ['a chain in a circle', (view) => view.setUint32(fatEntry(3), 3, true), /used twice/],
    ['a chain out of the volume', (view) => view.setUint32(fatEntry(3), 1e6, true), /no cluster/],
    ['a chain cut short', (view) => view.setUint32(fatEntry(3), 0x0fffffff, true), /need 4 clust/],
    ['a chain into another file', (view) => view.setUint32(fatEntry(6), 7, true), /need 4|twice/],
    ['a root that is nowhere', (view) => view.setUint32(BPB.rootCluster, 0, true), /no cluster 0/],
  ]
  test.each(refused)('%s', (_, change, message) => {
    expect(() => readFat32(damaged(change))).toThrow(message)
  })

  test('no bytes at all', () => {
    expect(() => readFat32(new Uint8Array())).toThrow('0 bytes are no disk')
  })

  test('nothing but with an Error, whatever a boot sector or folder holds', () => {
    const good = makeFat32(TREE)
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    const root = new DataView(good.buffer).getUint32(BPB.fatSectors32, true) * 2 + 32
    const places = [0, 32 * SECTOR, root * SECTOR]
    for (let round = 0; round < 150; round++) {
      const changed: [number, number][] = []
      for (let n = 0; n < 4; n++) {
        const at = places[random(places.length)]! + random(SECTOR)
        changed.push([at, good[at]!])
        good[at] = random(256)
      }
      try {
        readFat32(good)
      } catch (error) {
        expect((error as Error).message).toStartWith('Cannot read')
      }
      for (const [at, byte] of changed.reverse()) good[at] = byte
    }
  })
})

describe.skipIf(!need('dosfstools', 'mtools'))('with the tools of Debian', () => {
  const image = join(scratch, 'volume.img')

  test('fsck.fat finds nothing to say about a new volume', () => {
    for (const bytes of [33 * MIB, 64 * MIB, 300 * MIB]) {
      writeFileSync(image, makeFat32(TREE, { bytes }))
      const { status, text } = run('fsck.fat', '-n', '-v', image)
      expect(text).not.toMatch(/differ|wrong|invalid|Reclaim|[Bb]ad|orphan/)
      expect(status).toBe(0)
    }
  })

  test('mtools reads every file, long names included', () => {
    writeFileSync(image, makeFat32(TREE))
    for (const [path, data] of TREE) {
      if (path.endsWith('/')) continue
      const out = join(scratch, 'out')
      rmSync(out, { force: true })
      expect(run('mcopy', '-i', image, `::${path}`, out)).toEqual({ status: 0, text: '' })
      expect(readFileSync(out).equals(data)).toBeTrue()
    }
    const { text } = run('mdir', '-/', '-i', image)
    expect(text).toContain('README   TXT')
    expect(text).toMatch(/READM\w+~1 TEX .*readme-of-the-folder\.text/)
  })

  test('what mkfs.fat and mtools made and changed is read', () => {
    writeFileSync(image, '')
    expect(run('truncate', '-s', '64M', image).status).toBe(0)
    expect(run('mkfs.fat', '-F', '32', image).status).toBe(0)
    const file = join(scratch, 'to copy')
    writeFileSync(file, 'text\n')
    run('mmd', '-i', image, '::dir', '::dir/gone')
    run('mcopy', '-i', image, file, '::dir/A rather long name.text')
    run('mcopy', '-i', image, file, '::lower.txt')
    run('mren', '-i', image, '::lower.txt', '::other.txt')
    run('mcopy', '-i', image, file, '::UPPER.TXT')
    run('mrd', '-i', image, '::dir/gone')
    expect(readFat32(readFileSync(image))).toEqual(
      new Map([
        ['dir/A rather long name.text', new TextEncoder().encode('text\n')],
        ['other.txt', new TextEncoder().encode('text\n')],
        ['UPPER.TXT', new TextEncoder().encode('text\n')],
      ]),
    )
  })
})

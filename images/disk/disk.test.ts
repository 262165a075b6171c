import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFat32, treeOf } from '../fat32/index.ts'
import { makeGptDisk, PARTITION_TYPE, readGpt } from './gpt.ts'
import { writeSparse } from './sparse.ts'
import { makeSystemDisk } from './system-partition.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kenix-disk-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const bytes = (...values: number[]) => new Uint8Array(values)
const small = () =>
  makeGptDisk([
    { type: PARTITION_TYPE.efiSystem, name: 'First', data: new Uint8Array(5000).fill(1) },
    { type: PARTITION_TYPE.basicData, name: 'Zweite €', data: bytes(2, 2) },
  ])

describe('makeGptDisk() and readGpt()', () => {
  test('give back partitions with type, name and contents, aligned to a mebibyte', () => {
    const partitions = readGpt(small())
    expect(partitions.map(({ type, name, firstSector }) => [type, name, firstSector])).toEqual([
      [PARTITION_TYPE.efiSystem, 'First', 2048],
      [PARTITION_TYPE.basicData, 'Zweite €', 4096],
    ])
    expect(partitions[0]!.data).toEqual(new Uint8Array(5120).map((_, at) => (at < 5000 ? 1 : 0)))
    expect(partitions[1]!.data.subarray(0, 3)).toEqual(bytes(2, 2, 0))
  })

  test('tell disks and partitions apart by their identifiers', () => {
    const ids = readGpt(small()).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })

  const refused: [string, (disk: Uint8Array) => void, RegExp][] = [
    ['no MBR', (disk) => disk.fill(0, 0, 512), /no protective MBR/],
    ['no header', (disk) => disk.fill(0, 512, 1024), /sector 1 is none/],
    ['a changed header', (disk) => disk.fill(9, 560, 561), /sector 1 has a wrong CRC/],
    ['a changed table', (disk) => disk.fill(9, 1100, 1101), /a table with a wrong CRC/],
    ['a damaged copy', (disk) => disk.fill(9, disk.length - 512), /is none/],
    ['a size of no header', (disk) => disk.fill(0xff, 512 + 12, 512 + 16), /has 4294967295 bytes/],
  ]
  test.each(refused)('readGpt() refuses %s', (_, change, message) => {
    const disk = small()
    change(disk)
    expect(() => readGpt(disk)).toThrow(message)
  })

  test('readGpt() refuses what is too small for a table', () => {
    expect(() => readGpt(new Uint8Array(512))).toThrow('512 bytes are no disk')
  })

  test('makeGptDisk() refuses long names and GUIDs that are none', () => {
    const data = bytes(1)
    expect(() => makeGptDisk([{ type: 'efi', name: 'x', data }])).toThrow('as a GUID')
    const name = 'x'.repeat(37)
    expect(() => makeGptDisk([{ type: PARTITION_TYPE.basicData, name, data }])).toThrow(
      '36 letters',
    )
  })
})

test('makeSystemDisk() puts the loader where UEFI firmware looks, and the kernel beside it', () => {
  const disk = makeSystemDisk({
    loader: bytes(1, 2),
    image: bytes(3),
    cmdline: 'init=bin/ktest',
    files: treeOf({ 'notes/a.txt': 'a' }),
  })
  const [partition] = readGpt(disk)
  expect(partition!.type).toBe(PARTITION_TYPE.efiSystem)
  expect(readFat32(partition!.data)).toEqual(
    new Map([
      ['EFI/BOOT/BOOTAA64.EFI', bytes(1, 2)],
      ['kenix/Image', bytes(3)],
      ['kenix/cmdline.txt', new TextEncoder().encode('init=bin/ktest\n')],
      ['notes/a.txt', new TextEncoder().encode('a')],
    ]),
  )
})

test('writeSparse() writes the same bytes in fewer blocks', () => {
  const path = join(scratch, 'sparse')
  const data = new Uint8Array((16 << 20) + 100)
  data.set([1, 2, 3], 5 << 20)
  data[data.length - 1] = 9
  writeSparse(path, data)
  expect(readFileSync(path).equals(data)).toBeTrue()
  expect(statSync(path).blocks * 512).toBeLessThan(1 << 20)
})

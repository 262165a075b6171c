import { afterAll, describe, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiskError } from './disk.ts'
import { openDisk } from './open.ts'

const directory = mkdtempSync(join(tmpdir(), 'kenix-disk-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
function file(content: Uint8Array | string = ''): string {
  const path = join(directory, `disk-${files++}.img`)
  writeFileSync(path, content)
  return path
}

function pattern(bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 5 + (i >> 9)) & 0xff)
}

function sector(first: string): Uint8Array {
  const bytes = new Uint8Array(1024)
  for (let i = 0; i < first.length; i++) bytes[i] = first.charCodeAt(i)
  return bytes
}

describe('raw files', () => {
  test('are read and written in place', () => {
    const path = file(pattern(4096))
    const disk = openDisk({ file: path })
    const read = new Uint8Array(1000)
    disk.read(100, read)
    expect(read).toEqual(pattern(4096).slice(100, 1100))
    disk.write(2048, Uint8Array.of(1, 2, 3))
    disk.close()
    expect([...readFileSync(path).subarray(2047, 2052)]).toEqual([
      pattern(4096)[2047]!,
      1,
      2,
      3,
      pattern(4096)[2051]!,
    ])
  })

  test('give space back where zeros are written', () => {
    const path = file(pattern(1 << 20))
    const disk = openDisk({ file: path })
    disk.writeZeroes(0, 1 << 20)
    const read = new Uint8Array(4096).fill(1)
    disk.read(8192, read)
    expect(read).toEqual(new Uint8Array(4096))
    disk.close()
    expect(statSync(path).size).toBe(1 << 20)
  })

  test('are written by one machine at a time', () => {
    const path = file(pattern(512))
    const writer = openDisk({ file: path })
    expect(() => openDisk({ file: path })).toThrow('another machine uses it; stop that machine')
    expect(() => openDisk({ file: path, readonly: true })).toThrow('may write to it')
    writer.close()
    const readers = [1, 2].map(() => openDisk({ file: path, readonly: true }))
    expect(() => openDisk({ file: path })).toThrow('another machine uses it')
    for (const reader of readers) reader.close()
    openDisk({ file: path }).close()
  })

  test('that shrink while in use give an error, not old data', () => {
    const path = file(pattern(8192))
    const disk = openDisk({ file: path })
    truncateSync(path, 4096)
    expect(() => disk.read(2048, new Uint8Array(4096))).toThrow('the file ends there')
    disk.close()
  })
})

describe('files that are no raw disks', () => {
  const foreign: [string, Uint8Array, RegExp][] = [
    ['qcow2', sector('QFI\xfb\0\0\0\x03'), /qcow2.*qemu-img convert -O raw/],
    ['qed', sector('QED\0'), /qed.*qemu-img convert/],
    ['sparse VMDK', sector('KDMV'), /vmdk.*qemu-img convert/],
    ['VMDK descriptor', sector('# Disk DescriptorFile\n'), /vmdk.*qemu-img convert/],
    ['VHDX', sector('vhdxfile'), /vhdx.*qemu-img convert/],
    ['dynamic VHD', sector('conectix'), /vhd.*qemu-img convert/],
    [
      'fixed VHD',
      Uint8Array.of(...new Uint8Array(512), ...sector('conectix').subarray(0, 512)),
      /vhd/,
    ],
    [
      'VDI',
      sector(`${'<<< Oracle VM VirtualBox Disk Image >>>\n'.padEnd(64, '\0')}\x7f\x10\xda\xbe`),
      /vdi/,
    ],
    ['gzip', sector('\x1f\x8b\x08\0'), /gzip.*gunzip/],
    ['xz', sector('\xfd7zXZ\0'), /xz.*unxz/],
    ['zstd', sector('\x28\xb5\x2f\xfd'), /zstd.*unzstd/],
    ['short gzip', sector('\x1f\x8b\x08\0').subarray(0, 100), /gzip.*gunzip/],
    ['overlay', sector('KENIXOVL'), /give its base as the disk/],
  ]
  for (const [what, content, message] of foreign) {
    test(`a ${what} file is refused with advice, and not touched`, () => {
      const path = file(content)
      expect(() => openDisk({ file: path })).toThrow(message)
      expect(() => openDisk({ file: path })).toThrow(DiskError)
      expect(() => openDisk({ file: path, overlay: `${path}.kov` })).toThrow(message)
      expect(existsSync(`${path}.kov`)).toBe(false)
      expect(readFileSync(path).equals(content)).toBe(true)
    })
  }

  test('a file may be taken as raw all the same', () => {
    openDisk({ file: file(sector('QFI\xfb')), format: 'raw' }).close()
  })

  test('a directory, and a file that is not there', () => {
    mkdirSync(join(directory, 'folder'))
    expect(() => openDisk({ file: join(directory, 'folder'), readonly: true })).toThrow(
      'it is no regular file',
    )
    expect(() => openDisk({ file: join(directory, 'none') })).toThrow('there is no such file')
    expect(() => openDisk({ file: '/dev/zero' })).toThrow('it is no regular file')
  })
})

describe('overlays in files', () => {
  test('keep what was written, and leave the base as it is', () => {
    const base = file(pattern(1 << 20))
    const overlay = `${base}.kov`
    const first = openDisk({ file: base, overlay })
    first.write(70_000, new Uint8Array(5000).fill(0xee))
    first.close()
    const again = openDisk({ file: base, overlay })
    const read = new Uint8Array(1 << 20)
    again.read(0, read)
    expect(read).toEqual(pattern(1 << 20).fill(0xee, 70_000, 75_000))
    again.close()
    expect(readFileSync(base).equals(pattern(1 << 20))).toBe(true)
  })

  test('share a base', () => {
    const base = file(pattern(1024))
    const disks = ['a', 'b'].map((name) => openDisk({ file: base, overlay: `${base}.${name}` }))
    disks[0]!.write(0, Uint8Array.of(1))
    disks[1]!.write(0, Uint8Array.of(2))
    const read = disks.map((disk) => {
      const byte = new Uint8Array(1)
      disk.read(0, byte)
      return byte[0]
    })
    expect(read).toEqual([1, 2])
    for (const disk of disks) disk.close()
  })

  test('belong to one machine at a time', () => {
    const base = file(pattern(1024))
    const disk = openDisk({ file: base, overlay: `${base}.kov` })
    expect(() => openDisk({ file: base, overlay: `${base}.kov` })).toThrow(
      'another machine uses it',
    )
    disk.close()
  })

  test('leave the base free when they can not be opened', () => {
    const base = file(pattern(1024))
    writeFileSync(`${base}.kov`, 'no overlay')
    expect(() => openDisk({ file: base, overlay: `${base}.kov` })).toThrow('truncated')
    openDisk({ file: base }).close()
  })

  test('are refused over a base that changed, or another one', () => {
    const base = file(pattern(1 << 16))
    openDisk({ file: base, overlay: `${base}.kov` }).close()
    writeFileSync(base, pattern(1 << 16).fill(1, 0, 512))
    expect(() => openDisk({ file: base, overlay: `${base}.kov` })).toThrow('not what it was')
    writeFileSync(base, pattern(1 << 17))
    expect(() => openDisk({ file: base, overlay: `${base}.kov` })).toThrow(
      'it belongs to a base of 65536 bytes, this one has 131072',
    )
  })

  test('are made whole or not at all', () => {
    const base = file(pattern(1024))
    expect(() => openDisk({ file: base, overlay: join(directory, 'none', 'x.kov') })).toThrow(
      'there is no such file',
    )
    expect(() => openDisk({ file: base, readonly: true, overlay: `${base}.kov` })).toThrow(
      'leave out one of them',
    )
    expect(existsSync(`${base}.kov`)).toBe(false)
  })
})

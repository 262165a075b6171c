import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { writeArchive } from './archive.ts'

const cpio = need('cpio')
const bytes = (text: string) => new TextEncoder().encode(text)

describe('writeArchive()', () => {
  test.skipIf(!cpio)('makes what cpio takes apart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'archive-'))
    try {
      const archive = writeArchive([
        { name: 'bin/sh', bytes: bytes('program'), executable: true },
        { name: 'etc/rc/start', bytes: bytes('') },
        { name: 'odd', bytes: bytes('12345') },
      ])
      const { exitCode } = Bun.spawnSync(['cpio', '-i', '-d', '--quiet'], {
        cwd: folder,
        stdin: archive,
      })
      expect(exitCode).toBe(0)
      expect(readFileSync(join(folder, 'bin/sh'), 'utf8')).toBe('program')
      expect(statSync(join(folder, 'bin/sh')).mode & 0o777).toBe(0o755)
      expect(readFileSync(join(folder, 'etc/rc/start'), 'utf8')).toBe('')
      expect(readFileSync(join(folder, 'odd'), 'utf8')).toBe('12345')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('ends with the trailer and lays contents at multiples of 4', () => {
    const archive = writeArchive([{ name: 'a', bytes: bytes('xyz') }])
    expect(archive.length % 4).toBe(0)
    const text = new TextDecoder().decode(archive)
    expect(text).toStartWith('070701')
    expect(text.indexOf('xyz') % 4).toBe(0)
    expect(text).toContain('TRAILER!!!')
  })

  test('gives equal archives for equal files', () => {
    const files = [{ name: 'bin/a', bytes: bytes('1') }]
    expect(writeArchive(files)).toEqual(writeArchive(files))
  })

  test.each(['/bin/a', 'bin//a', '', 'bin/', 'a\0b'])('refuses the name "%s"', (name) => {
    expect(() => writeArchive([{ name, bytes: bytes('') }])).toThrow('Cannot put')
  })
})

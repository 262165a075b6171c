/**
 * Files of the boot tests: a folder that goes away with the tests, and disk images made with the host's tools.
 */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { host } from './linux.ts'

/** A folder for one test file. */
export class Scratch implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'kenix-boot-'))

  /** Path of a file in it. */
  path(name: string): string {
    return join(this.directory, name)
  }

  /** Writes a file. Returns its path. */
  write(name: string, data: string | Uint8Array): string {
    writeFileSync(this.path(name), data)
    return this.path(name)
  }

  /** Makes an empty disk. Returns its path. */
  disk(name: string, mebibytes: number): string {
    const path = this.write(name, '')
    truncateSync(path, mebibytes << 20)
    return path
  }

  /** Makes a disk with a FAT file system that holds `files`. Returns its path. */
  fatDisk(name: string, files: Readonly<Record<string, string>>): string {
    const path = this.disk(name, 8)
    host(['mkfs.vfat', '-n', 'KENIX', path])
    for (const [file, text] of Object.entries(files)) {
      host(['mcopy', '-i', path, this.write('to-copy', text), `::${file}`])
    }
    return path
  }

  /** Makes a disk with an empty ext4 file system. Returns its path. */
  ext4Disk(name: string, mebibytes: number): string {
    const path = this.disk(name, mebibytes)
    host(['mke2fs', '-q', '-t', 'ext4', '-F', path])
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

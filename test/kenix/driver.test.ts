/**
 * The block driver is killed while a program writes and reads a file: its client's call is repeated by the file server, the
 * program notices nothing, and the file is whole. Memory that the device could still reach is kept aside until the next driver
 * has reset it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { readFat32, treeOf } from '../../images/fat32/index.ts'
import { Scratch } from '../boot/files.ts'
import { need } from '../tools/debian.ts'
import { MACHINES } from './machines.ts'
import { programInC } from './program-in-c.ts'
import { BUILD_MS, kenix, Session } from './session.ts'

const TEST_MS = 240_000
const KINDS = MACHINES.filter((kind) => kind === 'ours' || need('qemu-system-arm'))
const KILLS = 2

describe.skipIf(!need('gcc-aarch64-linux-gnu', 'dosfstools'))('the block driver', () => {
  const scratch = new Scratch()
  beforeAll(kenix, BUILD_MS)
  afterAll(() => scratch[Symbol.dispose]())

  test.each(KINDS)(
    'may be killed in the middle of a write and of a read (%s)',
    async (kind) => {
      const file = scratch.path(`${kind}.img`)
      const content = new Uint8Array(3_000_000).map((_, at) => (at * 31) ^ (at >> 9))
      const files = treeOf({ content, figures: programInC('figures') })
      writeSparse(file, makeDataDisk(files, 64 << 20))
      await using shell = await Session.start(kind, { disks: [{ file }] })
      const restarts = async () => {
        const text = await shell.output('services')
        return Number(/^blkdev +\d+ +(\d+) +runs$/m.exec(text)![1])
      }
      const kills = 'sleep 0.02; services restart blkdev; '.repeat(KILLS)
      await shell.output('cp /mnt/content /tmp/content')
      await shell.output('/mnt/figures')
      const job = (line: string) => shell.output(`(${line}; echo "ended $?") & ${kills} wait`)

      expect(await job('cp /tmp/content /mnt/written')).toContain('ended 0')
      const first = await restarts()
      expect(first).toBe(KILLS)
      expect(await job('cmp /mnt/written /tmp/content')).toContain('ended 0')
      expect(await restarts()).toBe(2 * KILLS)

      expect(await shell.output('/mnt/figures')).toMatch(/ aside=0 /)
      await shell.output('sync')
      await shell.shutdown()
      const check = Bun.spawnSync(['fsck.fat', '-n', file])
      expect(check.stdout.toString()).not.toMatch(/[Dd]iffer|[Ww]rong|Dirty/)
      expect(Buffer.from(readFat32(readFileSync(file)).get('written')!).equals(content)).toBeTrue()
    },
    TEST_MS,
  )
})

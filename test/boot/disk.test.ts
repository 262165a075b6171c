/**
 * ext4 on virtio disks under Debian's Linux: what the guest wrote is on the host, clean after a power-off, recoverable
 * after `kill -9`; an overlay's base and a read-only disk stay as they are.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { openDisk } from '../../devices/disk/open.ts'
import { need } from '../tools/debian.ts'
import { busyboxInitramfs, debianKernel, haveGuests } from '../tools/guests.ts'
import { ConsoleProcess } from './console-process.ts'
import { Scratch } from './files.ts'
import { ALL_MODULES, host, LinuxGuest, linuxSpec } from './linux.ts'

const TEST_MS = 240_000
/** Linux counts virtio-mmio devices from the other end than command lines do, so disks go by their serial numbers. */
const BY_SERIAL = 'cd /dev; for d in vd*; do ln -s $d $(cat /sys/block/$d/serial); done; cd /'
const DISK_MIB = 32

describe.skipIf(!haveGuests() || !need('e2fsprogs'))('disks under Linux', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  const sha256 = (path: string) =>
    new Bun.CryptoHasher('sha256').update(readFileSync(path)).digest('hex')
  const catFile = (image: string, path: string) => host(['debugfs', '-R', `cat ${path}`, image])
  const checkClean = (image: string) =>
    expect(host(['e2fsck', '-f', '-n', image])).not.toMatch(/WARNING|recovering journal/)

  /** Writes the disk that base and overlay make together into one raw file. Returns its path. */
  function flattened(file: string, overlay: string): string {
    const disk = openDisk({ file, overlay })
    const bytes = new Uint8Array(disk.bytes)
    disk.read(0, bytes)
    disk.close()
    return scratch.write('flattened.img', bytes)
  }

  test(
    'a file system is mounted, written, powered off and found clean; overlay and read-only disk protect theirs',
    async () => {
      const [plain, base, fixed] = ['plain', 'base', 'fixed'].map((name) =>
        scratch.ext4Disk(`${name}.img`, DISK_MIB),
      ) as [string, string, string]
      const overlay = scratch.path('base.overlay')
      const before = [base, fixed].map(sha256)
      const spec = linuxSpec(
        { disks: [{ file: plain }, { file: base, overlay }, { file: fixed, readonly: true }] },
        { modules: ALL_MODULES, append: 'quiet' },
      )
      {
        await using guest = await LinuxGuest.boot(spec)
        await guest.output(BY_SERIAL)
        expect(await guest.output('cat /sys/block/vd[abc]/size')).toBe(
          `${DISK_MIB * 2048}\n`.repeat(3),
        )
        for (const [disk, folder] of [
          ['disk0', 'a'],
          ['disk1', 'b'],
        ]) {
          await guest.output(`mkdir /tmp/${folder}; mount -t ext4 /dev/${disk} /tmp/${folder}`)
          await guest.output(
            `cd /tmp/${folder}; echo "written to ${disk}" >note; dd if=/dev/urandom of=big bs=1M count=2 2>/dev/null; sha256sum big >sums; cd /`,
          )
        }
        // BusyBox mounts what refuses to be written read-only.
        await guest.output('mkdir /tmp/c; mount -t ext4 /dev/disk2 /tmp/c')
        expect((await guest.command('echo x 2>&1 >/tmp/c/note')).status).not.toBe(0)
        expect((await guest.command('echo x 2>&1 >/dev/disk2')).status).not.toBe(0)
        expect(await guest.output('sync; fstrim /tmp/a; fstrim /tmp/b; umount /tmp/[abc]')).toBe('')
        // Read again from the disk, by a mount that has nothing in its cache.
        expect(
          await guest.output('mount -t ext4 /dev/disk0 /tmp/a; cd /tmp/a; sha256sum -c sums; cd /'),
        ).toBe('big: OK\n')
        await guest.output('umount /tmp/a')
        expect((await guest.powerOff()).reason).toBe('poweroff')
      }
      checkClean(plain)
      expect(catFile(plain, '/note')).toContain('written to disk0\n')
      expect([base, fixed].map(sha256)).toEqual(before)
      const merged = flattened(base, overlay)
      checkClean(merged)
      expect(catFile(merged, '/note')).toContain('written to disk1\n')
      const big = scratch.path('big')
      host(['debugfs', '-R', `dump /big ${big}`, merged])
      expect(catFile(merged, '/sums')).toContain(sha256(big))
      expect(catFile(base, '/note')).toContain('File not found')
    },
    TEST_MS,
  )

  test(
    'what was synced survives kill -9 of the process, on a raw disk and in an overlay',
    async () => {
      const raw = scratch.ext4Disk('killed.img', DISK_MIB)
      const base = scratch.ext4Disk('killed-base.img', DISK_MIB)
      const overlay = scratch.path('killed.overlay')
      const commands = `${BY_SERIAL}; mkdir /a /b
mount -t ext4 /dev/disk0 /a && mount -t ext4 /dev/disk1 /b
echo "synced to a" >/a/note; echo "synced to b" >/b/note; sync; echo "ALL-SYNCED"
while true; do date >>/a/busy; date >>/b/busy; done`
      const initrd = busyboxInitramfs({ modules: ALL_MODULES, commands })
      await using kenix = new ConsoleProcess([
        'run',
        ...['--kernel', debianKernel(), '--initrd', initrd, '--append', 'console=ttyAMA0 quiet'],
        ...['--disk', raw, '--disk', `${base},overlay=${overlay}`],
      ])
      await kenix.until(/ALL-SYNCED\r\n/)
      await Bun.sleep(300)
      kenix.kill('SIGKILL')
      await kenix.exited
      const images = [raw, flattened(base, overlay)]
      for (const [index, image] of images.entries()) {
        // The journal is replayed (status 1: corrected), and then nothing is left to correct.
        host(['e2fsck', '-f', '-p', image], [0, 1])
        checkClean(image)
        expect(catFile(image, '/note')).toContain(`synced to ${'ab'[index]}\n`)
      }
    },
    TEST_MS,
  )
})

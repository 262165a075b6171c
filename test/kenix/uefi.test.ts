/**
 * Kenix as firmware starts it: Debian's UEFI firmware, our loader from an EFI system partition, the kernel from there, from EL1
 * and EL2, on our machine and on QEMU.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { makeSystemDisk } from '../../images/disk/system-partition.ts'
import { fetchAavmf } from '../../images/firmware/aavmf.ts'
import { Scratch } from '../boot/files.ts'
import { need } from '../tools/debian.ts'
import { MACHINES } from './machines.ts'
import { BUILD_MS, kenix, Session } from './session.ts'

const TEST_MS = 240_000

describe.skipIf(!need('qemu-system-arm', 'qemu-efi-aarch64'))('Kenix by UEFI', () => {
  const scratch = new Scratch()
  beforeAll(kenix, BUILD_MS)
  afterAll(() => scratch[Symbol.dispose]())

  for (const kind of MACHINES) {
    for (const el2 of [false, true]) {
      test(
        `boots on ${kind} from EL${el2 ? 2 : 1}, and uses its disk`,
        async () => {
          const { code, vars } = await fetchAavmf()
          const path = (name: string) => scratch.path(`${kind}-${el2}-${name}`)
          copyFileSync(vars, path('vars'))
          const { loader, image } = await kenix()
          writeSparse(path('system'), makeSystemDisk({ loader, image }))
          writeSparse(path('disk'), makeDataDisk())
          await using shell = await Session.start(kind, {
            el2,
            firmware: { code, vars: path('vars') },
            disks: [{ file: path('system'), readonly: true }, { file: path('disk') }],
          })
          expect(await shell.output('cat /mnt/HELLO.TXT')).toBe('Hello from the host\n')
          await shell.shutdown()
        },
        TEST_MS,
      )
    }
  }
})

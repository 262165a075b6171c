/**
 * What one types at Kenix's console, on our machine and on QEMU: the same image, the same keys, the same bytes back.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { readFat32, treeOf } from '../../images/fat32/index.ts'
import { Scratch } from '../boot/files.ts'
import { need } from '../tools/debian.ts'
import { MACHINES, type MachineKind, OurGuest, type Setup } from './machines.ts'
import { programInC } from './program-in-c.ts'
import { BUILD_MS, imageFile, kenix, Session } from './session.ts'

const TEST_MS = 240_000
const haveQemu = need('qemu-system-arm')
const KINDS = MACHINES.filter((kind) => kind === 'ours' || haveQemu)

const scratch = new Scratch()
beforeAll(kenix, BUILD_MS)
afterAll(() => scratch[Symbol.dispose]())

/** A disk of its own for a test. */
function disk(name: string, files: Record<string, string | Uint8Array>): string {
  const path = scratch.path(`${name}.img`)
  writeSparse(path, makeDataDisk(treeOf(files), 40 << 20))
  return path
}

async function session(kind: MachineKind, setup: Setup = {}): Promise<Session> {
  return Session.start(kind, { networks: 1, ...setup })
}

describe('power on', () => {
  test('the first byte is on the UART long before a tenth of a second is over', async () => {
    await using guest = await OurGuest.start({ kernel: await imageFile() })
    await guest.expect(/[\s\S]/)
    // An interpreter that is alone on a processor executes ten times as many in that time.
    expect(guest.machine.instructions).toBeLessThan(1_000_000)
  })
})

describe('a typed session', () => {
  /** Keys as a person presses them, an Enter behind each. */
  const LINES = [
    'echo hello',
    "echo 'two  spaces' and $((6 * 7))",
    'ls /',
    'ls /mnt',
    'cat /mnt/HELLO.TXT',
    'cat "/mnt/A file with a long name.text"',
    'cat /nothing',
    'no-such-program',
    'false; echo $?',
    'echo three short lines | wc',
    'for x in c a b; do echo $x; done | sort',
    'hello',
    'echo to a file > /tmp-file; cat < /tmp-file; rm /tmp-file; ls /',
    'x=5; while [ $x -gt 0 ]; do echo -n $x; x=$((x - 1)); done; echo',
    'sleep 0.2 & wait; echo waited',
    // Corrected with arrows and backspace, then from the history, then given up.
    'ecoh mistake\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7fh\x1b[C',
    '\x1b[A\x1b[A',
    'never run\x15echo instead',
    'sh /mnt/scripts/hello.sh',
  ]

  /** All that the console shows from the first prompt on. */
  async function transcript(kind: MachineKind): Promise<string> {
    const path = scratch.path(`${kind}-transcript.img`)
    writeSparse(path, makeDataDisk())
    await using session_ = await session(kind, { disks: [{ file: path }] })
    const begin = session_.guest.text.length
    for (const line of LINES) {
      session_.guest.type(`${line}\r`)
      await session_.prompt()
    }
    return session_.guest.text.slice(begin)
  }

  test.skipIf(!haveQemu)(
    'gives the same transcript on our machine and on QEMU',
    async () => {
      const [ours, qemu] = [await transcript('ours'), await transcript('qemu')]
      expect(ours).toBe(qemu)
      expect(ours).toContain('Hello from the host')
      expect(ours).toContain('two  spaces and 42')
      expect(ours).toContain('instead')
    },
    TEST_MS,
  )
})

describe.each(KINDS)('files on FAT32 (%s)', (kind) => {
  test.skipIf(!need('dosfstools', 'mtools'))(
    'go from the host to Kenix and back',
    async () => {
      const lines = Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join('')
      const file = disk(`${kind}-exchange`, { 'from host.txt': lines, 'folder/inner': 'inner\n' })
      {
        await using shell = await session(kind, { disks: [{ file }] })
        expect(await shell.output('wc "/mnt/from host.txt"')).toContain('2000')
        expect(await shell.output('cat /mnt/folder/inner')).toBe('inner\n')
        await shell.output('echo Written by Kenix > "/mnt/A long name of Kenix.text"')
        await shell.output('cp "/mnt/from host.txt" /mnt/COPY.TXT')
        await shell.output('mkdir /mnt/new; mv /mnt/folder/inner /mnt/new/moved; rmdir /mnt/folder')
        await shell.output('rm "/mnt/from host.txt"')
        await shell.output('sync')
        await shell.shutdown()
      }
      const check = Bun.spawnSync(['fsck.fat', '-n', file])
      expect(check.stdout.toString()).not.toMatch(/[Dd]iffer|[Ww]rong|Dirty/)
      expect(check.exitCode).toBe(0)
      const tree = readFat32(readFileSync(file))
      expect([...tree.keys()].sort()).toEqual([
        'A long name of Kenix.text',
        'COPY.TXT',
        'new/moved',
      ])
      expect(Buffer.from(tree.get('COPY.TXT')!).toString()).toBe(lines)
      const copied = Bun.spawnSync(['mtype', '-i', file, '::A long name of Kenix.text'])
      expect(copied.stdout.toString()).toBe('Written by Kenix\n')
    },
    TEST_MS,
  )
})

describe.each(KINDS)('a program in C (%s)', (kind) => {
  test.skipIf(!need('gcc-aarch64-linux-gnu'))(
    'finds every system call as the page of system calls promises',
    async () => {
      const file = disk(`${kind}-c`, { program: programInC('syscalls') })
      await using shell = await session(kind, { disks: [{ file }] })
      const text = await shell.command('/mnt/program one "two words"; echo "[$?]"')
      expect(text).not.toContain('expected')
      expect(text).toStartWith('argument /mnt/program\nargument one\nargument two words\n')
      expect(text).toContain('child: from its parent, ok\n')
      expect(text).toEndWith('0 failures\n[7]\n')
    },
    TEST_MS,
  )
})

/**
 * `kenix run` with real software: a session typed through pipes, what `--stats` says, and exit statuses.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { assemble } from '../../jit/isa/assemble.ts'
import { need } from '../tools/debian.ts'
import { busyboxInitramfs, debianKernel, haveGuests } from '../tools/guests.ts'
import { ConsoleProcess } from './console-process.ts'
import { Scratch } from './files.ts'

const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
const TEST_MS = 240_000

describe('kenix run', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  const statistics = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

  test.skipIf(!haveGuests())(
    'boots Linux to a shell one can type in, outlives the end of its input, and ends with 0',
    async () => {
      const stats = scratch.path('linux.json')
      await using kenix = new ConsoleProcess([
        'run',
        ...['--kernel', debianKernel(), '--initrd', busyboxInitramfs(), '--cpus', '4'],
        ...['--append', 'console=ttyAMA0', '--stats', stats],
      ])
      await kenix.until(/KENIX-GUEST-READY[\s\S]*\/ # /)
      kenix.type('uname -srm\n')
      await kenix.until(/\nLinux 6\.1\S* aarch64\r\n/)
      kenix.type('echo $((6 * 7)); date +%Y\n')
      // The real-time clock shows the host's time.
      await kenix.until(new RegExp(`\\n42\\r\\n${new Date().getUTCFullYear()}\\r\\n`))
      // Without echo, what comes back comes from cat, which must be running when it is interrupted.
      kenix.type('stty -echo; echo WAIT""ING; cat\n')
      await kenix.until(/WAITING\r\n/)
      kenix.type('typed\n')
      await kenix.until(/typed\r\n/)
      kenix.type('\x03')
      await kenix.until(/\/ # /)
      kenix.type('echo "status $?"\n')
      await kenix.until(/status 130\r\n/)
      kenix.type('sleep 1; nproc; poweroff -f\n')
      kenix.child.stdin.end()
      await kenix.until(/ 4\r\n[\s\S]*Power down/)
      expect(await kenix.exited).toBe(0)
      const numbers = statistics(stats)
      expect(numbers).toMatchObject({ exit: 'poweroff', status: 0 })
      expect(numbers.instructions).toBeGreaterThan(500e6)
      expect(numbers.instructions).toBeLessThan(3000e6)
      expect(numbers.exceptions).toBeGreaterThan(1000)
      expect(numbers.wallMs).toBeGreaterThan(0)
      expect(numbers.cpuMs).toBeGreaterThan(0)
      expect(numbers.mips).toBeCloseTo(numbers.instructions / numbers.wallMs / 1000, 0)
    },
    TEST_MS,
  )

  test.skipIf(!need('u-boot-qemu'))(
    'runs U-Boot: its reset boots again, or ends the machine if it shall not; a timeout ends with 124',
    async () => {
      const stats = scratch.path('u-boot.json')
      await using kenix = new ConsoleProcess(['run', '--firmware', U_BOOT, '--no-reboot'])
      await kenix.until(/Hit any key/)
      kenix.type('\n')
      await kenix.until(/=> /)
      kenix.type('version\n')
      await kenix.until(/U-Boot 20\d\d\./)
      kenix.type('reset\n')
      expect(await kenix.exited).toBe(0)

      await using again = new ConsoleProcess([
        'run',
        ...['--firmware', U_BOOT, '--timeout', '4', '--stats', stats],
      ])
      await again.until(/Hit any key/)
      again.type('\n')
      await again.until(/=> /)
      again.type('reset\n')
      await again.until(/resetting[\s\S]*U-Boot 20\d\d\./)
      again.child.stdin.end()
      expect(await again.exited).toBe(124)
      expect(statistics(stats)).toMatchObject({ exit: 'timeout', status: 124 })
    },
    TEST_MS,
  )

  /** Calls SYS_EXIT, reason ADP_Stopped_ApplicationExit, with a status. */
  const exiting = (status: number) =>
    guest('mov w0, #0x18', 'adr x1, #12', 'hlt #0xf000', 'b #0', ['0x20026', status])

  test.each([0, 1, 7, 200])(
    'ends with the status %i that a guest gives to semihosting',
    async (status) => {
      const kernel = scratch.write(`exit-${status}`, exiting(status))
      await using kenix = new ConsoleProcess(['run', '--kernel', kernel, '--semihosting'])
      expect(await kenix.exited).toBe(status)
    },
    TEST_MS,
  )

  test(
    'without --semihosting the same guest has no such way out',
    async () => {
      const kernel = scratch.write('no-exit', exiting(7))
      const args = ['run', '--kernel', kernel, '--timeout', '0.5']
      await using kenix = new ConsoleProcess(args)
      expect(await kenix.exited).toBe(124)
    },
    TEST_MS,
  )

  test.each([
    ['a machine that waits with all interrupts masked', 3, ['--kernel', 'HALTED']],
    ['a kernel that does not exist', 1, ['--kernel', '/absent/Image']],
    ['an option that does not exist', 2, ['--kernel', 'HALTED', '--turbo']],
    ['a memory size that makes no sense', 2, ['--kernel', 'HALTED', '--memory', '1T']],
  ] as const)(
    '%s ends with %i',
    async (_, status, args) => {
      const kernel = scratch.write('halted', guest('msr daifset, #15', 'wfi', 'b #-4'))
      const stats = scratch.path(`ended-${status}.json`)
      const all = args.map((arg) => (arg === 'HALTED' ? kernel : arg))
      await using kenix = new ConsoleProcess(['run', ...all, '--stats', stats])
      expect(await kenix.exited).toBe(status)
      const errors = await kenix.child.stderr.text()
      if (status === 3) expect(statistics(stats)).toMatchObject({ exit: 'halted', status })
      else {
        expect(existsSync(stats)).toBeFalse()
        expect(errors).not.toBe('')
        expect(errors).not.toContain('    at ')
      }
    },
    TEST_MS,
  )
})

/** Raw code: instructions, then 64-bit words. */
function guest(...lines: readonly (string | readonly (string | number)[])[]): Uint8Array {
  const words = lines.flatMap((line) =>
    typeof line === 'string' ? [assemble(line)] : line.flatMap((value) => [Number(value), 0]),
  )
  const code = new Uint8Array(words.length * 4)
  const view = new DataView(code.buffer)
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true)
  return code
}

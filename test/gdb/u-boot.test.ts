/**
 * Debugging U-Boot with GDB: through the library, and through `kenix run`.
 */
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveGdb } from '../../devices/gdb/index.ts'
import { Machine } from '../../devices/index.ts'
import { need } from '../tools/debian.ts'
import { Gdb } from './gdb.ts'

const FIRMWARE = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
/** Offset of `relocaddr` in U-Boot's global data, which X18 points at. */
const RELOCADDR = 0x70
const UNMAPPED = '0x7000000000'
const TEST_MS = 120_000

async function atPrompt(): Promise<Machine> {
  const machine = await Machine.create({ boot: { firmware: FIRMWARE } })
  await machine.expect('Hit any key')
  machine.type(' ')
  await machine.expect('=> ')
  return machine
}

describe.skipIf(!need('gdb-multiarch', 'u-boot-qemu'))('GDB on U-Boot', () => {
  test(
    'stops, steps, changes memory, and catches a fault in relocated code',
    async () => {
      await using machine = await atPrompt()
      const server = serveGdb(machine, { port: 0 })
      const running = machine.run()
      await using gdb = await Gdb.attach(server.port)

      // It polls the serial port, in code that it moved to the end of RAM.
      const base = await gdb.value(`*(unsigned long *)($x18 + ${RELOCADDR})`)
      expect(base).toBeGreaterThan(0x5f00_0000n)
      const first = readFileSync(FIRMWARE).readUInt32LE(0)
      expect(await gdb.value(`*(unsigned int *)${base}`)).toBe(BigInt(first))
      const pc = await gdb.value('$pc')
      expect(pc).toBeGreaterThan(base)

      // A breakpoint in the polling loop is reached again and again.
      await gdb.command(`break *${pc}`)
      for (let n = 0; n < 2; n++) {
        const before = machine.instructions
        expect(await gdb.command('continue')).toContain('Breakpoint 1')
        expect(await gdb.value('$pc')).toBe(pc)
        expect(machine.instructions).toBeGreaterThan(before)
      }
      await gdb.command('delete')

      // Steps are instructions: those that GDB shows follow one another.
      for (let n = 0; n < 5; n++) {
        const { instructions } = machine
        await gdb.command('stepi')
        expect(machine.instructions).toBe(instructions + 1)
      }

      // What GDB writes is what the guest reads.
      await gdb.command('set {int}0x50000000 = 0x12345678')

      // The vector of exceptions without a change of level.
      await gdb.command('hbreak *($VBAR_EL1 + 0x200)')
      machine.type(`md.l 50000000 1; md.l ${UNMAPPED} 1\n`)
      expect(await gdb.command('continue')).toContain('Breakpoint 2')
      expect(machine.console.text).toContain('50000000: 12345678')
      expect(await gdb.value('$ESR_EL1 >> 26')).toBe(0x25n)
      expect(await gdb.value('$FAR_EL1')).toBe(BigInt(UNMAPPED))
      expect(await gdb.value('$ELR_EL1')).toBeGreaterThan(base)
      expect(await gdb.command('x/i $ELR_EL1')).toContain('ldr')

      // Without the debugger, the guest goes on as it would have.
      await gdb.command('delete')
      await gdb.command('detach')
      await machine.pause()
      await running
      await machine.expect('"Synchronous Abort" handler')
      server.close()
    },
    TEST_MS,
  )

  test(
    'is interrupted by Ctrl-C, and seen to end',
    async () => {
      await using machine = await atPrompt()
      const server = serveGdb(machine, { port: 0 })
      const running = machine.run()
      await using gdb = await Gdb.attach(server.port)
      const stopped = gdb.command('continue')
      await Bun.sleep(300)
      gdb.interrupt()
      expect(await stopped).toContain('SIGINT')
      expect(await gdb.command('info threads')).toMatch(/\* 1 .*vCPU 0: EL1, runs/)

      machine.type('poweroff\n')
      expect(await gdb.command('continue')).toContain('exited normally')
      expect(await running).toEqual({ reason: 'poweroff', status: 0 })
      server.close()
    },
    TEST_MS,
  )

  test(
    'runs from the first instruction on under kenix run, and ends it',
    async () => {
      const cli = join(import.meta.dir, '../../api/cli/bootstrap.ts')
      const options = ['--gdb', '0', '--gdb-wait', '--timeout', '100', '--firmware', FIRMWARE]
      const kenix = Bun.spawn(['bun', cli, 'run', ...options], { stdout: 'pipe', stderr: 'pipe' })
      const output = new Response(kenix.stdout).text()
      await using gdb = await Gdb.attach(await portOf(kenix.stderr))
      expect(await gdb.value('$pc')).toBe(0n)
      await gdb.command('stepi')
      expect(await gdb.value('$pc')).toBe(0x28n)
      expect(await gdb.command('p $cpsr')).toContain('[ SP EL=1 F I A D ]')
      expect(await gdb.command('monitor info time')).toContain('1 instructions')
      await gdb.command('kill')
      expect(await kenix.exited).toBe(0)
      expect(await output).toBe('')
    },
    TEST_MS,
  )
})

/** The port that `kenix run` says its stub is at. */
async function portOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  let text = ''
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    const match = /target remote 127\.0\.0\.1:(\d+)\r?\n/.exec(text)
    if (match) return Number(match[1])
  }
  throw new Error(`kenix run ended:\n${text}`)
}

/**
 * Debugging Debian's Linux with GDB, on two vCPUs: up to where the kernel has both, which takes a few seconds.
 */
import { describe, expect, test } from 'bun:test'
import { serveGdb } from '../../devices/gdb/index.ts'
import { Machine } from '../../devices/index.ts'
import { need } from '../tools/debian.ts'
import { debianKernel, haveGuests } from '../tools/guests.ts'
import { Gdb } from './gdb.ts'

const TEST_MS = 180_000
/** The kernel's half of the address space. */
const UPPER_HALF = 0xffff_0000_0000_0000n

describe.skipIf(!need('gdb-multiarch') || !haveGuests())('GDB on Linux', () => {
  test(
    'sees both vCPUs, stops one at an interrupt, and reads memory through the kernel’s tables',
    async () => {
      await using machine = await Machine.create({
        cpus: 2,
        boot: { kernel: debianKernel(), cmdline: 'nokaslr earlycon console=ttyAMA0' },
      })
      await machine.expect('Brought up 1 node, 2 CPUs', { timeoutMs: 60_000 })
      const server = serveGdb(machine, { port: 0 })
      const running = machine.run()
      await using gdb = await Gdb.attach(server.port)

      const threads = await gdb.command('info threads')
      expect(threads).toContain('vCPU 0: EL1')
      expect(threads).toContain('vCPU 1: EL1')

      // The vector of interrupts taken from the kernel itself.
      const vectors = await gdb.value('$VBAR_EL1')
      expect(vectors).toBeGreaterThan(UPPER_HALF)
      await gdb.command(`hbreak *${vectors + 0x280n}`)
      for (let n = 0; n < 3; n++) {
        const stop = await gdb.command('continue')
        expect(stop).toContain('Breakpoint 1')
        expect(await gdb.value('$pc')).toBe(vectors + 0x280n)
        expect(await gdb.value('$ELR_EL1')).toBeGreaterThan(UPPER_HALF)
      }

      // Memory at the kernel's addresses is what its tables say: the code there follows the vector.
      const instruction = await gdb.value(`*(unsigned int *)$pc`)
      await gdb.command('stepi')
      expect(await gdb.value('$pc')).toBe(vectors + 0x284n)
      expect(await gdb.value(`*(unsigned int *)${vectors + 0x280n}`)).toBe(instruction)
      expect(await gdb.command('x/wx 0x10')).toContain('Cannot access memory')

      // Each thread has its own stack and registers, and steps alone.
      await gdb.command('delete')
      const stepped = await gdb.value('$_thread')
      const other = 3n - stepped
      await gdb.command(`thread ${other}`)
      const [pc, sp] = [await gdb.value('$pc'), await gdb.value('$sp')]
      await gdb.command(`thread ${stepped}`)
      expect(await gdb.value('$sp')).not.toBe(sp)
      for (let n = 0; n < 3; n++) await gdb.command('stepi')
      await gdb.command(`thread ${other}`)
      expect(await gdb.value('$pc')).toBe(pc)

      await gdb.command('detach')
      await machine.pause()
      await running
      await machine.expect('NET: Registered PF_NETLINK', { timeoutMs: 60_000 })
      server.close()
    },
    TEST_MS,
  )
})

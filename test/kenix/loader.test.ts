/**
 * The UEFI loader under Debian's firmware, on our machine and on QEMU, from EL1 and EL2: a kernel of a few instructions tells
 * what state it was entered in, and sends the device tree that it got. Nothing of Kenix's kernel is needed for this.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { readFdt } from '../../devices/fdt.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { makeSystemDisk, type SystemDiskOptions } from '../../images/disk/system-partition.ts'
import { fetchAavmf } from '../../images/firmware/aavmf.ts'
import { buildLoader } from '../../images/kenix/loader.ts'
import { Assembler } from '../../jit/isa/assembler.ts'
import { Scratch } from '../boot/files.ts'
import { need } from '../tools/debian.ts'
import { boot, type Guest, MACHINES, type Setup } from './machines.ts'

const TEST_MS = 200_000
const FIRMWARE_MS = 120_000

const IMAGE_BYTES = 3 << 20

/** An `Image` that sends letters and digits as its facts demand, then the device tree in hexadecimal, and powers off. */
function telltale(): Uint8Array {
  const asm = new Assembler()
  asm.text(`
  image:
    b start
    nop
    .quad 0
    .quad ${IMAGE_BYTES}
    .quad 0xa
    .quad 0
    .quad 0
    .quad 0
    .word 0x644d5241
    .word 0
  start:
    mov x20, x0
    orr x21, x1, x2
    orr x21, x21, x3
    mrs x22, daif
    mov x19, #0x9000000
    mov w0, #10
    strb w0, [x19]
    mov w0, #69
    strb w0, [x19]
    mrs x23, CurrentEL
    lsr x23, x23, #2
    add w0, w23, #48
    strb w0, [x19]
    // MMU and data cache are off.
    mrs x24, sctlr_el1
    cmp x23, #2
    b.ne one
    mrs x24, sctlr_el2
  one:
    mov x0, #5
    and x24, x24, x0
    cmp x24, #0
    cset w0, eq
    add w0, w0, #48
    strb w0, [x19]
    cmp x21, #0
    cset w0, eq
    add w0, w0, #48
    strb w0, [x19]
    cmp x22, #0x3c0
    cset w0, eq
    add w0, w0, #48
    strb w0, [x19]
    // At a multiple of 2 MiB.
    adr x5, image
    and x6, x5, #0x1fffff
    cmp x6, #0
    cset w0, eq
    add w0, w0, #48
    strb w0, [x19]
    // What the file does not hold is zero.
    mov x6, #${IMAGE_BYTES}
    add x6, x5, x6
    adr x7, end
    mov x8, #0
  sum:
    ldr x9, [x7], #8
    orr x8, x8, x9
    cmp x7, x6
    b.lo sum
    cmp x8, #0
    cset w0, eq
    add w0, w0, #48
    strb w0, [x19]
    mov w0, #58
    strb w0, [x19]
    ldr w1, [x20, #4]
    rev w1, w1
    add x1, x20, x1
  send:
    ldrb w2, [x20], #1
    lsr w0, w2, #4
    bl digit
    and w0, w2, #15
    bl digit
    cmp x20, x1
    b.lo send
    mov w0, #10
    strb w0, [x19]
    mov w0, #8
    movk w0, #0x8400, lsl #16
    cmp x23, #2
    b.eq secure
    hvc #0
  secure:
    smc #0
    b secure
  digit:
    add w4, w0, #48
    cmp w0, #10
    b.lo ready
    add w4, w4, #39
  ready:
    ldr w3, [x19, #0x18]
    tbnz w3, #5, ready
    strb w4, [x19]
    ret
  `)
  asm.align(8).label('end')
  return asm.finish()
}

describe.skipIf(!need('qemu-system-arm', 'qemu-efi-aarch64'))('the UEFI loader', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  /** Boots a disk with the loader on it. */
  async function start(
    kind: (typeof MACHINES)[number],
    disk: Partial<SystemDiskOptions>,
    more: Setup = {},
  ): Promise<Guest> {
    const { code, vars } = await fetchAavmf()
    const name = `${kind}-${crypto.randomUUID()}`
    const own = scratch.path(`${name}.vars`)
    copyFileSync(vars, own)
    const file = scratch.path(`${name}.img`)
    const loader = await buildLoader()
    writeSparse(file, makeSystemDisk({ loader, image: telltale(), ...disk }))
    const disks = [{ file, readonly: true }]
    return boot(kind, { firmware: { code, vars: own }, disks, ...more })
  }

  for (const kind of MACHINES) {
    for (const el2 of [false, true]) {
      test(
        `enters a kernel as Linux's boot protocol says, on ${kind} from EL${el2 ? 2 : 1}`,
        async () => {
          await using guest = await start(kind, { cmdline: 'init=bin/ktest -- all' }, { el2 })
          const [, state] = await guest.expect(/\nE(\d+):/, FIRMWARE_MS)
          expect(state).toBe(el2 ? '211111' : '111111')
          await guest.expect(/[0-9a-f]\n/)
          const [, hex] = /\nE\d+:([0-9a-f]+)\n/.exec(guest.text)!
          const { root } = readFdt(Buffer.from(hex!, 'hex'))
          expect(root.child('chosen')!.text('bootargs')).toBe('init=bin/ktest -- all')
          expect(root.text('compatible')).toBe('linux,dummy-virt')
          expect(root.child('memory@40000000')!.cells('reg')).toEqual([
            0,
            0x4000_0000,
            0,
            256 << 20,
          ])
          expect(guest.text).toMatch(/Kenix: kernel at 0x\w+, device tree at 0x\w+\r\n/)
          await guest.ended()
        },
        TEST_MS,
      )
    }
  }

  test(
    'says what is wrong with what it shall load, and leaves the machine to the firmware',
    async () => {
      const image = new TextEncoder().encode('This is no kernel. '.repeat(10))
      await using guest = await start('qemu', { image })
      await guest.expect(/Kenix: Cannot use \\kenix\\Image: it is no arm64 Image/, FIRMWARE_MS)
      await guest.expect(/Shell>|UEFI Interactive Shell/, FIRMWARE_MS)
    },
    TEST_MS,
  )
})

/** Address spaces as a guest sees them: non-global pages belong to their ASID, in either half of the address space. */
import { expect, test } from 'bun:test'
import { Assembler } from '../isa/assembler.ts'
import { RAM_BASE } from './assembly/layout.ts'
import { loadCore } from './index.ts'

const BASE = 0x4000_0000n
const BYTES = 16 << 20

/**
 * Two pairs of tables map one address to different 2 MiB blocks, non-global, with ASIDs 1 and 2. x10 to x13 take what
 * is read there under ASID 1, 2, 1 and 2, with no TLB maintenance in between.
 */
const program = (va: string, ttbr: string) => `
    adr x0, identity
    movz x1, #0x701
    movk x1, #0x4000, lsl #16
    str x1, [x0, #8]
    adr x2, first
    adr x3, firstLevel2
    orr x4, x3, #3
    str x4, [x2]
    str x1, [x2, #8]
    movz x1, #0xf01
    movk x1, #0x4020, lsl #16
    str x1, [x3]
    adr x5, second
    adr x6, secondLevel2
    orr x4, x6, #3
    str x4, [x5]
    movz x1, #0x701
    movk x1, #0x4000, lsl #16
    str x1, [x5, #8]
    movz x1, #0xf01
    movk x1, #0x4040, lsl #16
    str x1, [x6]
    movz x1, #0x4020, lsl #16
    mov x4, #0x11
    str x4, [x1]
    movz x1, #0x4040, lsl #16
    mov x4, #0x22
    str x4, [x1]
    orr x2, x2, #0x1000000000000
    orr x5, x5, #0x2000000000000
    msr ttbr0_el1, x0
    msr ttbr1_el1, x0
    movz x1, #0xff
    msr mair_el1, x1
    movz x1, #0x19
    movk x1, #${ttbr === 'ttbr1_el1' ? '0x8059' : '0x8019'}, lsl #16
    movk x1, #2, lsl #32
    msr tcr_el1, x1
    msr ${ttbr}, x2
    mrs x1, sctlr_el1
    orr x1, x1, #1
    msr sctlr_el1, x1
    isb
    ${va}
    ldr x10, [x9]
    msr ${ttbr}, x5
    isb
    ldr x11, [x9]
    msr ${ttbr}, x2
    isb
    ldr x12, [x9]
    msr ${ttbr}, x5
    isb
    ldr x13, [x9]
end:
    b end
`

for (const [half, va, ttbr] of [
  ['lower', 'mov x9, #0', 'ttbr0_el1'],
  ['upper', 'movn x9, #0x7f, lsl #32\n movk x9, #0, lsl #16\n movk x9, #0', 'ttbr1_el1'],
] as const) {
  test(`a non-global page of the ${half} half is seen under its ASID alone`, async () => {
    const asm = new Assembler(BASE).text(program(va, ttbr))
    for (const label of ['identity', 'first', 'firstLevel2', 'second', 'secondLevel2']) {
      asm.align(4096).label(label)
      asm.bytes(new Uint8Array(8))
    }
    const core = await loadCore({
      ramBytes: BYTES,
      cpus: 1,
      model: 'cortex-a57',
      el2: false,
      gicv3: false,
      conduit: 'none',
      semihosting: false,
    })
    core.setRegions([{ pa: Number(BASE), bytes: BYTES, linear: RAM_BASE, read: true, write: true }])
    core.dmaWrite(Number(BASE), asm.finish())
    core.reset(0, 1, BASE)
    core.run(0, 200)
    expect(core.exceptions).toBe(0)
    expect([10, 11, 12, 13].map((n) => core.getX(0, n))).toEqual([0x11n, 0x22n, 0x11n, 0x22n])
  })
}

import { describe, expect, test } from 'bun:test'
import { Guest, RAM } from './guest.fixture.ts'

const PAGE = 4096

describe('loads and stores across pages', () => {
  /** Pages 32 and 33 in memory in the other order, page 34 missing. */
  async function crossing(text: string): Promise<Guest> {
    const guest = await Guest.make('hlt #0xf000')
    const mmu = guest.mapPages({ 32: 41, 33: 40, 34: undefined })
    guest.load(
      `adr x1, vectors
      msr vbar_el1, x1
      movz x0, #0x30, lsl #16
      msr cpacr_el1, x0
      ${mmu}
      movz x20, #0x4002, lsl #16
      add x21, x20, #0x1000
      ${text}
      hlt #0xf000
      .balign 2048
      vectors: .space 0x200
      mrs x10, esr_el1
      mrs x11, far_el1
      hlt #0xf000`,
      RAM,
    )
    for (let i = 0; i < 4; i++) {
      guest.write64(RAM + 42 * PAGE - 32 + 8 * i, 0x1111_1111_1111_1111n * BigInt(i + 1))
      guest.write64(RAM + 40 * PAGE + 8 * i, 0x1111_1111_1111_1111n * BigInt(i + 5))
    }
    return guest.run()
  }

  test('take each part from its own page', async () => {
    const guest = await crossing(`
      ldur x2, [x21, #-4]
      ldurh w3, [x21, #-1]
      ldp x4, x5, [x21, #-8]
      ldur q0, [x21, #-8]
      fmov x6, d0
      mov x7, v0.d[1]
      ldursw x8, [x21, #-2]`)
    expect(guest.x(2)).toBe(0x5555_5555_4444_4444n)
    expect(guest.x(3)).toBe(0x5544n)
    expect([guest.x(4), guest.x(5)]).toEqual([0x4444_4444_4444_4444n, 0x5555_5555_5555_5555n])
    expect([guest.x(6), guest.x(7)]).toEqual([0x4444_4444_4444_4444n, 0x5555_5555_5555_5555n])
    expect(guest.x(8)).toBe(0x5555_4444n)
  })

  test('put each part into its own page', async () => {
    const guest = await crossing(`
      movz x2, #0xbbaa
      movk x2, #0xddcc, lsl #16
      stur w2, [x21, #-1]`)
    expect(guest.read64(RAM + 42 * PAGE - 8)).toBe(0xaa44_4444_4444_4444n)
    expect(guest.read64(RAM + 40 * PAGE)).toBe(0x5555_5555_55dd_ccbbn)
  })

  test('fault on the missing page, with its address, and write nothing', async () => {
    const guest = await crossing(`
      add x21, x21, #0x1000
      mov x2, #-1
      stur x2, [x21, #-4]`)
    expect(guest.x(10)).toBe(0x9600_0047n)
    expect(guest.x(11)).toBe(BigInt(RAM + 34 * PAGE))
    expect(guest.read64(RAM + 41 * PAGE - 8)).toBe(0n)
  })

  test('leave the base as it was when a load with writeback faults', async () => {
    const guest = await crossing(`
      add x21, x21, #0xff8
      ldp x2, x3, [x21], #16`)
    expect(guest.x(10)).toBe(0x9600_0007n)
    expect(guest.x(21)).toBe(BigInt(RAM + 34 * PAGE - 8))
  })
})

/** Runs `text` with the MMU on and page 34 missing; X10 and X11 then have syndrome and address of what it raised. */
async function faulting(text: string, sctlr = 0): Promise<Guest> {
  const guest = await Guest.make('hlt #0xf000')
  const mmu = guest.mapPages({ 34: undefined })
  guest.load(
    `adr x1, vectors
    msr vbar_el1, x1
    movz x0, #0x30, lsl #16
    msr cpacr_el1, x0
    ${mmu}
    orr x0, x0, #${sctlr || 1}
    msr sctlr_el1, x0
    isb
    mov x10, #0
    movz x20, #0x4002, lsl #16
    movz x22, #0x4002, lsl #16
    movk x22, #0x2000
    ${text}
    hlt #0xf000
    .balign 2048
    vectors: .space 0x200
    mrs x10, esr_el1
    mrs x11, far_el1
    hlt #0xf000`,
    RAM,
  )
  return guest.run()
}

const ALIGNMENT = 0x9600_0021n
const ALIGNMENT_STORE = 0x9600_0061n
/** SCTLR_EL1.A */
const A = 2

describe('alignment', () => {
  const cases: readonly (readonly [text: string, sctlr: number, esr: bigint])[] = [
    ['ldr x2, [x20, #4]', 0, 0n],
    ['ldr x2, [x20, #4]', A, ALIGNMENT],
    ['stur w2, [x20, #2]', A, ALIGNMENT_STORE],
    ['ldurh w2, [x20, #2]', A, 0n],
    ['ldp w2, w3, [x20, #4]', A, 0n],
    ['ldur q0, [x20, #8]', A, ALIGNMENT],
    ['add x1, x20, #1\nldapr w2, [x1]', 0, ALIGNMENT],
    ['add x1, x20, #1\nldar w2, [x1]', 0, ALIGNMENT],
    ['add x1, x20, #1\nstlrh w2, [x1]', 0, ALIGNMENT_STORE],
    ['add x1, x20, #8\nldxp x2, x3, [x1]', 0, ALIGNMENT],
    ['add x1, x20, #2\nldadd w2, w3, [x1]', 0, ALIGNMENT],
    // Lanes, not registers, are what LD1 and ST1 must find aligned.
    ['add x1, x20, #4\nld1 {v0.4s}, [x1]', A, 0n],
    ['add x1, x20, #4\nst1 {v0.4s}, [x1]', A, 0n],
    ['add x1, x20, #1\nld1 {v0.16b}, [x1]', A, 0n],
    ['add x1, x20, #4\nld1 {v0.2d}, [x1]', A, ALIGNMENT],
    ['add x1, x20, #2\nst4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x1]', A, ALIGNMENT_STORE],
    // SCTLR_EL1.A comes before translation, the type of memory after it.
    ['ldr x2, [x22, #4]', A, ALIGNMENT],
    ['ldr x2, [x22, #4]', 0, 0x9600_0007n],
    ['ldur x2, [x22, #-1]', A, ALIGNMENT],
  ]
  for (const [text, sctlr, esr] of cases) {
    const outcome = esr === 0n ? 'allows' : `gives ESR ${esr.toString(16)} for`
    test(`${outcome} ${text.replace('\n', '; ')}${sctlr ? ', if SCTLR.A is set' : ''}`, async () => {
      expect((await faulting(text, sctlr)).x(10)).toBe(esr)
    })
  }

  test('is checked everywhere while the MMU is off: all memory is Device memory', async () => {
    const guest = await Guest.make(`
      adr x1, vectors
      msr vbar_el1, x1
      movz x20, #0x4002, lsl #16
      ldr x2, [x20, #4]
      hlt #0xf000
      .balign 2048
      vectors: .space 0x200
      mrs x10, esr_el1
      hlt #0xf000`)
    expect(guest.run().x(10)).toBe(ALIGNMENT)
  })
})

describe('DC ZVA', () => {
  test('zeros the 64 bytes around its address', async () => {
    const guest = await faulting(`
      mov x2, #-1
      stp x2, x2, [x20, #-16]
      stp x2, x2, [x20]
      stp x2, x2, [x20, #48]
      stp x2, x2, [x20, #64]
      add x1, x20, #37
      dc zva, x1
      ldr x3, [x20]
      ldr x4, [x20, #56]
      ldr x5, [x20, #-8]
      ldr x6, [x20, #64]`)
    expect([3, 4].map((n) => guest.x(n))).toEqual([0n, 0n])
    expect([5, 6].map((n) => guest.x(n) + 1n)).toEqual([1n << 64n, 1n << 64n])
  })

  test('faults with the address it was given, not that of the block', async () => {
    const guest = await faulting('add x1, x22, #37\ndc zva, x1')
    expect(guest.x(10)).toBe(0x9600_0047n)
    expect(guest.x(11)).toBe(BigInt(RAM + 34 * PAGE + 37))
  })
})

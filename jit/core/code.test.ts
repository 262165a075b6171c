import { describe, expect, test } from 'bun:test'
import { assemble } from '../isa/assemble.ts'
import { Guest, RAM } from './guest.fixture.ts'

const ADD_100 = assemble('add x0, x0, #100')
const PAGE = 4096

/** Two instructions that load a 32-bit value. */
function li(register: string, value: number): string {
  return `movz ${register}, #${value & 0xffff}
    movk ${register}, #${value >>> 16}, lsl #16`
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** The same number of instructions of one kind. */
function repeat(count: number, line: string): string {
  return Array<string>(count).fill(line).join('\n')
}

/** Calls four instructions, stores over them from X1 on with W2 or its copies in X4, and calls them again. */
function patching(store: string): string {
  return `
    movz x1, #0x30, lsl #16
    msr cpacr_el1, x1
    isb
    ${li('x2', ADD_100)}
    orr x4, x2, x2, lsl #32
    orr x5, x4, x4
    bl target
    adr x1, target
    ${store}
    bl target
    hlt #0xf000
    .balign 64
    target: add x0, x0, #1
    add x0, x0, #1
    add x0, x0, #1
    add x0, x0, #1
    ret
  `
}

describe('code that changes', () => {
  test('is executed as it stands when its turn comes, without any maintenance', async () => {
    const guest = await Guest.make(`
      adr x1, patched
      ${li('x2', ADD_100)}
      mov x3, #3
      patched: add x0, x0, #1
      str w2, [x1]
      subs x3, x3, #1
      b.ne patched
      hlt #0xf000
    `)
    expect(guest.run().x(0)).toBe(201n)
  })

  test('may be the next instruction', async () => {
    const guest = await Guest.make(`
      adr x1, patched
      ${li('x2', ADD_100)}
      str w2, [x1]
      patched: add x0, x0, #1
      hlt #0xf000
    `)
    expect(guest.run().x(0)).toBe(100n)
    expect(guest.restart(RAM).run().x(0)).toBe(200n)
  })

  // Each with the number of instructions it replaces.
  const stores: readonly (readonly [name: string, store: string, replaced: number])[] = [
    ['STR of a word', 'str w2, [x1]', 1],
    ['STRH of both halves', 'strh w2, [x1]\nlsr w3, w2, #16\nstrh w3, [x1, #2]', 1],
    [
      'STRB of the bytes that differ',
      'lsr w3, w2, #8\nstrb w3, [x1, #1]\nlsr w3, w2, #16\nstrb w3, [x1, #2]',
      1,
    ],
    ['STR of a doubleword', 'str x4, [x1, #8]', 2],
    ['STR with writeback', 'str w2, [x1, #4]!', 1],
    ['STUR', 'stur w2, [x1, #4]', 1],
    ['STR with a register offset', 'mov x6, #1\nstr w2, [x1, x6, lsl #2]', 1],
    ['STTR', 'sttr w2, [x1]', 1],
    ['STP of words', 'stp w2, w4, [x1]', 2],
    ['STP of doublewords', 'stp x4, x5, [x1]', 4],
    ['STR of a vector', 'dup v0.4s, w2\nstr q0, [x1]', 4],
    ['STP of vectors', 'dup v0.2s, w2\nstp d0, d0, [x1]', 4],
    ['ST1', 'dup v0.4s, w2\nst1 {v0.4s}, [x1]', 4],
    ['ST1 of a lane', 'dup v0.4s, w2\nst1 {v0.s}[2], [x1]', 1],
    [
      'ST4',
      'dup v0.4s, w2\nmov v1.16b, v0.16b\nmov v2.16b, v0.16b\nmov v3.16b, v0.16b\nst4 {v0.s, v1.s, v2.s, v3.s}[0], [x1]',
      4,
    ],
    ['STLR', 'stlr w2, [x1]', 1],
    ['STXR', 'ldxr w6, [x1]\nstxr w7, w2, [x1]', 1],
    ['STXP', 'ldxp x6, x7, [x1]\nstxp w8, x4, x5, [x1]', 4],
    ['SWP', 'swp w2, w6, [x1]', 1],
    ['LDADD', 'ldr w6, [x1]\nsub w6, w2, w6\nldadd w6, w7, [x1]', 1],
    ['CAS', 'ldr w6, [x1]\ncas w6, w2, [x1]', 1],
    ['CASP', 'ldp x6, x7, [x1]\ncasp x6, x7, x4, x5, [x1]', 4],
  ]
  for (const [name, store, replaced] of stores) {
    test(`is seen after ${name}`, async () => {
      const guest = await Guest.make(patching(store))
      expect(guest.run().x(0)).toBe(BigInt(4 + 4 - replaced + 100 * replaced))
    })
  }

  test('is seen after DC ZVA: zeros are UNDEFINED', async () => {
    const guest = await Guest.make(`
      adr x1, vectors
      msr vbar_el1, x1
      mov x0, #0
      bl target
      adr x1, target
      dc zva, x1
      bl target
      .balign 64
      target: add x0, x0, #1
      ret
      .balign 2048
      vectors: .space 0x200
      mrs x10, esr_el1
      hlt #0xf000
    `)
    const mmu = guest.mapPages({})
    guest.load(`${mmu}\nbr x20`, RAM + 3 * PAGE)
    guest.core.setX(0, 20, BigInt(RAM))
    guest.core.setPc(0, BigInt(RAM + 3 * PAGE))
    guest.run()
    expect(guest.x(0)).toBe(1n)
    expect(guest.x(10)).toBe(0x0200_0000n)
  })

  test('is seen after a device wrote it', async () => {
    const guest = await Guest.make('add x0, x0, #1\nhlt #0xf000')
    guest.run()
    guest.load('add x0, x0, #100', RAM)
    expect(guest.restart(RAM).run().x(0)).toBe(101n)
    guest.core.dmaView(RAM, 4)!.set(new Uint8Array(Uint32Array.of(ADD_100 + 0x400).buffer))
    guest.core.setX(0, 0, 0n)
    expect(guest.restart(RAM).run().x(0)).toBe(101n)
  })

  test('is seen through another mapping of its page, written before it was first executed, too', async () => {
    const guest = await Guest.make('hlt #0xf000')
    // Page 256 shows what is at page 32; the code runs at 32 and is written at 256.
    const mmu = guest.mapPages({ 256: 32 })
    guest.load(
      `${mmu}
      mov x0, #0
      ${li('x1', RAM + 256 * PAGE)}
      ${li('x2', ADD_100)}
      ${li('x3', RAM + 32 * PAGE)}
      str xzr, [x1, #64]
      blr x3
      str w2, [x1]
      blr x3
      hlt #0xf000`,
      RAM,
    )
    guest.load('add x0, x0, #1\nret', RAM + 32 * PAGE)
    expect(guest.run().x(0)).toBe(101n)
  })

  test('is seen after a store across a page border, on both pages', async () => {
    // X1 is the border: the last instruction of one page and the first of the next are one doubleword.
    const guest = await Guest.make('hlt #0xf000')
    const mmu = guest.mapPages({})
    guest.load(
      `${mmu}
      mov x0, #0
      ${li('x1', RAM + 33 * PAGE)}
      ${li('x2', ADD_100)}
      orr x2, x2, x2, lsl #32
      sub x3, x1, #4
      blr x3
      stur x2, [x1, #-4]
      blr x3
      hlt #0xf000`,
      RAM,
    )
    guest.load('add x0, x0, #1\nadd x0, x0, #1\nret', RAM + 33 * PAGE - 4)
    expect(guest.run().x(0)).toBe(202n)
  })

  test('goes on beside data on its page', async () => {
    const guest = await Guest.make(`
      adr x1, data
      mov x3, #1000
      again: ldr x2, [x1]
      add x2, x2, #3
      str x2, [x1]
      subs x3, x3, #1
      b.ne again
      hlt #0xf000
      .balign 8
      data: .quad 0
    `)
    expect(guest.run().x(2)).toBe(3000n)
  })
})

describe('predecoded pages', () => {
  test('may be more than there is room for', async () => {
    const pages = 8500
    const guest = await Guest.make('hlt #0xf000', { ramBytes: 36 * 0x10_0000 })
    for (let i = 0; i < pages; i++)
      guest.load(`add x0, x0, #1\nb ${hex(RAM + (i + 1) * PAGE)}`, RAM + i * PAGE)
    guest.load('hlt #0xf000', RAM + pages * PAGE)
    expect(guest.restart(RAM).run().x(0)).toBe(BigInt(pages))
    // The pages that were dropped come back.
    expect(guest.restart(RAM).run().x(0)).toBe(BigInt(2 * pages))
  })
})

describe('branches', () => {
  const end = RAM + 8 * PAGE

  test('execution runs from one page into the next', async () => {
    const guest = await Guest.make(`${repeat(2500, 'add x0, x0, #1')}\nhlt #0xf000`)
    expect(guest.run().x(0)).toBe(2500n)
  })

  // Each from an address to a label, both ways, near page borders and at the limits of the encoding.
  const jumps: readonly (readonly [branch: string, reach: number])[] = [
    ['b', 0x200_0000],
    ['bl', 0x200_0000],
    ['b.eq', 0xf_f000],
    ['cbz x1,', 0xf_f000],
    ['cbz w1,', 0xf_f000],
    ['cbnz x2,', 0xf_f000],
    ['cbnz w2,', 0xf_f000],
    ['tbz x1, #40,', 0x7000],
    ['tbnz x2, #0,', 0x7000],
  ]
  for (const [branch, reach] of jumps) {
    test(`${branch.replace(/,$/, '')} reaches other pages, forwards and backwards`, async () => {
      const guest = await Guest.make('hlt #0xf000', { ramBytes: 0x500_0000 })
      for (const distance of [PAGE - 4, PAGE, PAGE + 4, reach, reach + 4]) {
        const at = end - 4 + 0x210_0000
        guest.load(`${branch} ${hex(at + distance)}\nmov x0, #1\nhlt #0xf000`, at)
        guest.load(`${branch} ${hex(at - 8)}\nmov x0, #2\nhlt #0xf000`, at + distance)
        guest.load('mov x0, #3\nhlt #0xf000', at - 8)
        guest.core.setX(0, 0, 0n)
        guest.core.setX(0, 1, 0n)
        guest.core.setX(0, 2, 1n)
        guest.core.setFlags(0, 0x4000_0000)
        expect(guest.restart(at).run().x(0)).toBe(3n)
        if (branch === 'bl') expect(guest.x(30)).toBe(BigInt(at + distance + 4))
      }
    })
  }

  test('ADR and ADRP count from their own page', async () => {
    const at = RAM + 5 * PAGE - 8
    const guest = await Guest.make(
      `adr x1, ${hex(at)}
adrp x2, ${hex(at)}
adr x3, ${hex(at - PAGE + 8)}
adrp x4, ${hex(at + 8)}
hlt #0xf000`,
      { at },
    )
    guest.run()
    expect([1, 2, 3, 4].map((n) => Number(guest.x(n)) - RAM)).toEqual([
      5 * PAGE - 8,
      4 * PAGE,
      4 * PAGE,
      5 * PAGE,
    ])
  })
})

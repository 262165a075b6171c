import { describe, expect, test } from 'bun:test'
import { EXIT_BUDGET, LINE_IRQ } from './assembly/layout.ts'
import { Guest, MMIO } from './guest.fixture.ts'

/** Everything a slice boundary could disturb: loops, calls, faults, exceptions, devices, exclusives, FP, counters. */
const MIXTURE = `
    adr x1, vectors
    msr vbar_el1, x1
    movz x1, #0x30, lsl #16
    msr cpacr_el1, x1
    isb
    movz x19, #0x4020, lsl #16
    movz x20, #${MMIO >>> 16}, lsl #16
    mov x21, #40
    mov x0, #0
    fmov d0, #1.0
    loop: bl work
    svc #5
    str w21, [x20, #4]
    ldr w3, [x20, #8]
    add x0, x0, x3
    mrs x4, cntvct_el0
    str x4, [x19], #8
    fadd d1, d1, d0
    again: ldaxr x5, [x19]
    add x5, x5, #1
    stlxr w6, x5, [x19]
    cbnz w6, again
    udf #0
    ldr x7, [x19, #1]
    subs x21, x21, #1
    b.ne loop
    hlt #0xf000
    work: mov x8, #9
    inner: madd x0, x0, x8, x21
    ror x0, x0, #7
    subs x8, x8, #1
    b.hi inner
    ret
    .balign 2048
    vectors: .space 0x200
    mrs x10, esr_el1
    add x0, x0, x10
    mrs x11, elr_el1
    eor x0, x0, x11
    lsr x12, x10, #26
    cmp x12, #0x15
    b.eq back
    add x11, x11, #4
    msr elr_el1, x11
    back: eret
  `

async function mixture(slice: number) {
  const guest = await Guest.make(MIXTURE)
  guest.run(slice)
  const { core, mmio } = guest
  return {
    count: core.count,
    retired: core.retired(0),
    exceptions: core.exceptions,
    registers: Array.from({ length: 31 }, (_, n) => guest.x(n)),
    pstate: core.pstate(0),
    memory: Bun.hash(core.ram),
    mmio,
  }
}

describe('run()', () => {
  for (const slice of [1, 2, 3, 7, 64, 1000]) {
    test(`ends in the same state and count in slices of ${slice} as at once`, async () => {
      expect(await mixture(slice)).toEqual(await mixture(1_000_000))
    })
  }

  test('executes as many instructions as it may, and no more', async () => {
    const guest = await Guest.make('again: add x0, x0, #1\nb again')
    let count = 0
    for (const budget of [1, 1, 2, 5, 1000, 99_999]) {
      expect(guest.core.run(0, budget)).toBe(EXIT_BUDGET)
      count += budget
      expect(guest.core.count).toBe(count)
      expect(guest.x(0)).toBe(BigInt(Math.ceil(count / 2)))
    }
  })

  test('counts every instruction, the one that faults and the first of a page included', async () => {
    const nops = 'nop\n'.repeat(1500)
    const guest = await Guest.make(`${nops}hlt #0xf000`)
    guest.run()
    expect(guest.core.count).toBe(1501)
  })

  test('shows devices the count at which they are accessed', async () => {
    const guest = await Guest.make(`
      movz x1, #${MMIO >>> 16}, lsl #16
      str w0, [x1]
      nop
      ldr w0, [x1]
      hlt #0xf000`)
    guest.run()
    expect(guest.mmio.map(({ write, count }) => [write, count])).toEqual([
      [true, 2],
      [false, 4],
    ])
  })

  test('never ends a slice without progress, even if the vectors cannot be fetched', async () => {
    const guest = await Guest.make('movz x0, #0x5000, lsl #16\nmsr vbar_el1, x0\nudf #0')
    for (let i = 0; i < 100; i++) {
      const before = guest.core.count
      guest.core.run(0, 10)
      expect(guest.core.count - before).toBe(10)
    }
  })
})

/** Counts up until an interrupt comes, whose handler keeps where it came from. */
const INTERRUPTED = `
    adr x1, vectors
    msr vbar_el1, x1
    msr daifclr, #2
    mov x0, #0
    loop: add x0, x0, #1
    add x0, x0, #1
    add x0, x0, #1
    b loop
    .balign 2048
    vectors: .space 0x280
    mrs x10, elr_el1
    hlt #0xf000
  `

describe('an interrupt', () => {
  for (const slice of [1, 2, 3, 5, 64, 10_000]) {
    test(`that is raised at a count comes at that count, in slices of ${slice}`, async () => {
      const guest = await Guest.make(INTERRUPTED)
      for (let left = 1001; left > 0; left -= slice) guest.core.run(0, Math.min(left, slice))
      expect(guest.core.count).toBe(1001)
      guest.core.setLine(0, LINE_IRQ, true)
      guest.run(slice)
      // Four instructions of setup, then 997: 249 rounds and the first instruction of the next.
      expect(guest.x(0)).toBe(748n)
      expect(guest.core.count).toBe(1003)
    })
  }

  for (const slice of [1, 3, 17, 500]) {
    test(`of a timer comes at the count of its time, in slices of ${slice} and shorter`, async () => {
      const guest = await Guest.make(`
        mov x2, #100
        msr cntv_tval_el0, x2
        mov x2, #1
        msr cntv_ctl_el0, x2
        ${INTERRUPTED}`)
      const { core } = guest
      core.host = {
        ...core.host,
        timerLine: (_cpu, _timer, level) => core.setLine(0, LINE_IRQ, level),
      }
      core.setTime(0, 0, 8)
      // As a machine does: no slice goes past what is due.
      while (!guest.halted) {
        core.timersDue()
        const due = Math.ceil((core.nextTimerNs() - core.timeNs) / 8)
        core.run(0, Math.max(1, Math.min(slice, due)))
        expect(core.count).toBeLessThan(2000)
      }
      // The counter has 16 ns a tick: it is written in tick 1 (16 ns) and fires at tick 101, after 202 instructions.
      expect(core.count).toBe(204)
    })
  }

  test('unmasked by an instruction comes before the next', async () => {
    const guest = await Guest.make(`
      adr x1, vectors
      msr vbar_el1, x1
      add x0, x0, #1
      msr daifclr, #2
      add x0, x0, #1
      .balign 2048
      vectors: .space 0x280
      hlt #0xf000`)
    guest.core.setLine(0, LINE_IRQ, true)
    expect(guest.run().x(0)).toBe(1n)
  })
})

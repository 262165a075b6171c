import { describe, expect, test } from 'bun:test'
import { LINE_FIQ, LINE_IRQ, LINE_VFIQ, LINE_VIRQ } from '../../jit/core/assembly/layout.ts'
import { reader } from '../host.fixture.ts'
import { Gicv3 } from './gicv3.ts'
import {
  ICC_BPR1,
  ICC_CTLR,
  ICC_DIR,
  ICC_EOIR1,
  ICC_HPPIR1,
  ICC_IAR0,
  ICC_IAR1,
  ICC_IGRPEN0,
  ICC_IGRPEN1,
  ICC_PMR,
  ICC_RPR,
  ICC_SGI1R,
  ICH_EISR,
  ICH_ELRSR,
  ICH_HCR,
  ICH_LR0,
  ICH_MISR,
  ICH_VMCR,
  ICH_VTR,
} from './sysregs.ts'

const CTLR = 0x0
const IGROUPR = 0x80
const ISENABLER = 0x100
const IPRIORITYR = 0x400
const IROUTER = 0x6000
const SGI = 0x1_0000
const STRIDE = 0x2_0000
const SPURIOUS = 1023

function make(cpus = 2, el2 = false) {
  const levels = new Map<string, boolean>()
  const guest = { groups: 0 }
  const gic = new Gicv3(
    cpus,
    {
      setLine: (cpu, line, level) => levels.set(`${cpu}:${line}`, level),
      virtualGroups: () => guest.groups,
    },
    el2,
  )
  const d = (offset: number, value: number) => gic.distributor.write(offset, 4, value)
  const r = (cpu: number, offset: number, value: number) =>
    gic.redistributors.write(cpu * STRIDE + offset, 4, value)
  const set = (enc: number, low: number, high = 0, cpu = 0) =>
    gic.writeSystemRegister(cpu, enc, low, high)
  const get = (enc: number, cpu = 0) => gic.readSystemRegister(cpu, enc)
  const line = (line: number, cpu = 0) => levels.get(`${cpu}:${line}`) === true
  /** What an operating system does at its start: everything in group 1. */
  const start = () => {
    d(CTLR, 2)
    for (let n = 4; n < 36; n += 4) d(IGROUPR + n, 0xffff_ffff)
    for (let cpu = 0; cpu < cpus; cpu++) {
      r(cpu, SGI + IGROUPR, 0xffff_ffff)
      r(cpu, SGI + ISENABLER, 0xffff_ffff)
      set(ICC_PMR, 0xf0, 0, cpu)
      set(ICC_IGRPEN1, 1, 0, cpu)
    }
  }
  const enable = (n: number, priority: number, target = 0) => {
    const id = 32 + n
    gic.distributor.write(IPRIORITYR + id, 1, priority)
    d(IROUTER + 8 * id, target)
    d(IROUTER + 8 * id + 4, 0)
    d(ISENABLER + 4 * (id >> 5), 1 << (id & 31))
  }
  return { gic, guest, d, r, set, get, line, start, enable }
}

describe('Gicv3', () => {
  test('identifies distributor and redistributors', () => {
    const { gic } = make()
    expect(gic.distributor.read(0xffe8, 4)).toBe(0x3b)
    expect(gic.distributor.read(4, 4) & 31).toBe(8)
    expect(gic.distributor.read(0, 4)).toBe(0x50)
    expect(gic.redistributors.read(8, 4)).toBe(0)
    expect(gic.redistributors.read(STRIDE + 8, 4)).toBe((1 << 8) | (1 << 4))
    expect(gic.redistributors.read(STRIDE + 12, 4)).toBe(1)
    expect(gic.redistributors.read(STRIDE + 0xffe8, 4)).toBe(0x3b)
  })

  test('a redistributor wakes up as it is told to', () => {
    const { gic, r } = make()
    expect(gic.redistributors.read(0x14, 4)).toBe(6)
    r(0, 0x14, 0)
    expect(gic.redistributors.read(0x14, 4)).toBe(0)
    expect(gic.redistributors.read(STRIDE + 0x14, 4)).toBe(6)
  })

  test('an SPI goes to the vCPU of its route', () => {
    const { gic, set, get, line, start, enable } = make()
    start()
    enable(1, 0xa0, 1)
    gic.spi(1).set(true)
    expect([line(LINE_IRQ, 0), line(LINE_IRQ, 1)]).toEqual([false, true])
    expect(get(ICC_HPPIR1, 1)).toBe(33)
    expect(get(ICC_IAR1, 1)).toBe(33)
    expect(get(ICC_RPR, 1)).toBe(0xa0)
    gic.spi(1).set(false)
    set(ICC_EOIR1, 33, 0, 1)
    expect(get(ICC_RPR, 1)).toBe(0xff)
    expect(get(ICC_IAR1, 1)).toBe(SPURIOUS)
  })

  test('a route to nowhere is kept and delivers nothing', () => {
    const { gic, d, line, start, enable } = make()
    start()
    enable(1, 0xa0, 0x0102)
    gic.spi(1).set(true)
    expect(line(LINE_IRQ, 0)).toBe(false)
    expect(gic.distributor.read(IROUTER + 8 * 33, 4)).toBe(0x0102)
    d(IROUTER + 8 * 33 + 4, 7)
    expect(gic.distributor.read(IROUTER + 8 * 33 + 4, 4)).toBe(7)
    d(IROUTER + 8 * 33, 0)
    expect(line(LINE_IRQ, 0)).toBe(false)
    d(IROUTER + 8 * 33 + 4, 0)
    expect(line(LINE_IRQ, 0)).toBe(true)
  })

  test('preemption goes by priority; the mask keeps five bits', () => {
    const { gic, set, get, line, start, enable } = make(1)
    start()
    set(ICC_PMR, 0xff)
    expect(get(ICC_PMR)).toBe(0xf8)
    enable(1, 0x80)
    enable(2, 0x40)
    gic.spi(1).set(true)
    expect(get(ICC_IAR1)).toBe(33)
    gic.spi(2).set(true)
    expect(line(LINE_IRQ)).toBe(true)
    expect(get(ICC_IAR1)).toBe(34)
    expect(get(ICC_BPR1)).toBe(3)
  })

  test('SGIs go to the target list, or to everyone else', () => {
    const { set, get, line, start } = make(4)
    start()
    set(ICC_SGI1R, (5 << 24) | 0b1001, 0, 1)
    expect([0, 1, 2, 3].map((cpu) => line(LINE_IRQ, cpu))).toEqual([true, false, false, true])
    expect(get(ICC_IAR1, 3)).toBe(5)
    set(ICC_SGI1R, 6 << 24, 1 << 8, 1)
    expect(line(LINE_IRQ, 2)).toBe(true)
    expect(line(LINE_IRQ, 1)).toBe(false)
  })

  test('SGIs to other clusters reach nobody', () => {
    const { set, line, start } = make(2)
    start()
    set(ICC_SGI1R, (5 << 24) | (1 << 16) | 3)
    set(ICC_SGI1R, (5 << 24) | 3, 1 << 16)
    expect([line(LINE_IRQ, 0), line(LINE_IRQ, 1)]).toEqual([false, false])
  })

  test('group 0 is FIQ and is not acknowledged as group 1', () => {
    const { gic, d, set, get, line } = make(1)
    d(CTLR, 3)
    set(ICC_PMR, 0xf0)
    set(ICC_IGRPEN0, 1)
    set(ICC_IGRPEN1, 1)
    gic.distributor.write(IPRIORITYR + 33, 1, 0xa0)
    d(ISENABLER + 4, 2)
    gic.spi(1).set(true)
    expect([line(LINE_IRQ), line(LINE_FIQ)]).toEqual([false, true])
    expect(get(ICC_IAR1)).toBe(SPURIOUS)
    expect(get(ICC_IAR0)).toBe(33)
  })

  test('with EOImode, DIR deactivates', () => {
    const { gic, set, get, line, start, enable } = make(1)
    start()
    set(ICC_CTLR, 2)
    enable(1, 0xa0)
    gic.spi(1).set(true)
    get(ICC_IAR1)
    set(ICC_EOIR1, 33)
    expect(line(LINE_IRQ)).toBe(false)
    set(ICC_DIR, 33)
    expect(line(LINE_IRQ)).toBe(true)
  })

  test('an unknown system register does not exist', () => {
    const { set, get } = make()
    expect(get(0xffff)).toBeUndefined()
    expect(set(0xffff, 0)).toBe(false)
    expect(get(ICH_VTR)).toBeUndefined()
  })

  test('absurd accesses do nothing', () => {
    const { gic } = make(2, true)
    for (let offset = 0; offset < 2 * STRIDE; offset += 4) {
      gic.redistributors.read(offset, 4)
      gic.redistributors.write(offset, 4, 0xffff_ffff)
      if (offset < 0x1_0000) {
        gic.distributor.read(offset, 4)
        gic.distributor.write(offset, 4, 0xffff_ffff)
        gic.distributor.write(offset, 1, 0xff)
      }
    }
    gic.distributor.reset()
    expect(gic.distributor.save()).toEqual(make(2, true).gic.distributor.save())
  })

  test('a restored one signals what the saved one did', () => {
    const first = make(2, true)
    first.start()
    first.enable(1, 0xa0, 1)
    first.gic.spi(1).set(true)
    const second = make(2, true)
    second.gic.distributor.restore(reader(first.gic.distributor.save()))
    expect(second.line(LINE_IRQ, 1)).toBe(true)
    expect(second.gic.distributor.save()).toEqual(first.gic.distributor.save())
  })
})

describe('virtual CPU interface', () => {
  const PENDING = 1 << 30
  const HARDWARE = 1 << 29
  const GROUP1 = 1 << 28
  const priority = (value: number) => value << 16
  const MAINTENANCE = 25

  function guestRuns() {
    const made = make(1, true)
    const { set, guest } = made
    made.start()
    set(ICH_HCR, 1)
    // Both groups enabled, all priorities pass.
    set(ICH_VMCR, 3 | (0xff << 24))
    guest.groups = 3
    return made
  }

  test('a list register interrupts the guest, which acknowledges and ends it', () => {
    const { set, get, line, gic } = guestRuns()
    set(ICH_LR0, 40, PENDING | GROUP1 | priority(0xa0))
    expect(line(LINE_VIRQ)).toBe(true)
    expect(get(ICC_IAR1)).toBe(40)
    expect(line(LINE_VIRQ)).toBe(false)
    get(ICH_LR0)
    expect(gic.high >>> 30).toBe(2)
    set(ICC_EOIR1, 40)
    get(ICH_LR0)
    expect(gic.high >>> 30).toBe(0)
    expect(get(ICH_ELRSR)).toBe(15)
  })

  test('ending a hardware interrupt deactivates the physical one', () => {
    const { gic, guest, set, get, line, enable } = guestRuns()
    guest.groups = 0
    set(ICC_CTLR, 2)
    enable(1, 0xa0)
    gic.spi(1).set(true)
    expect(get(ICC_IAR1)).toBe(33)
    set(ICC_EOIR1, 33)
    set(ICH_LR0, 40, PENDING | HARDWARE | GROUP1 | priority(0xa0) | 33)
    guest.groups = 3
    expect(line(LINE_IRQ)).toBe(false)
    expect(get(ICC_IAR1)).toBe(40)
    set(ICC_EOIR1, 40)
    expect(line(LINE_IRQ)).toBe(true)
  })

  test('asks the hypervisor for maintenance', () => {
    const { gic, set, get, line } = guestRuns()
    const pending = () => (gic.state.pending(0) >>> MAINTENANCE) & 1
    // EOI maintenance of a software interrupt.
    set(ICH_LR0, 40, PENDING | GROUP1 | priority(0xa0) | (1 << 9))
    get(ICC_IAR1)
    set(ICC_EOIR1, 40)
    expect([get(ICH_EISR), get(ICH_MISR), pending()]).toEqual([1, 1, 1])
    expect(get(ICH_ELRSR)).toBe(14)
    set(ICH_LR0, 0, 0)
    expect(pending()).toBe(0)
    // Underflow.
    set(ICH_HCR, 3)
    expect([get(ICH_MISR), pending()]).toEqual([2, 1])
    set(ICH_HCR, 1)
    expect(pending()).toBe(0)
    expect(line(LINE_VIRQ)).toBe(false)
  })

  test('counts ends of interrupts that are in no list register', () => {
    const { set, get } = guestRuns()
    set(ICC_EOIR1, 77)
    expect(get(ICH_HCR)! >>> 27).toBe(1)
  })

  test('the guest changes its own view only', () => {
    const { guest, set, get } = guestRuns()
    set(ICC_PMR, 0x50)
    expect(get(ICC_PMR)).toBe(0x50)
    set(ICC_IGRPEN1, 0)
    expect(get(ICH_VMCR)! & 3).toBe(1)
    guest.groups = 0
    expect(get(ICC_PMR)).toBe(0xf0)
    expect(get(ICC_IGRPEN1)).toBe(1)
  })

  test('group 0 of the guest is a virtual FIQ', () => {
    const { set, get, line } = guestRuns()
    set(ICH_LR0, 40, PENDING | priority(0xa0))
    expect([line(LINE_VIRQ), line(LINE_VFIQ)]).toEqual([false, true])
    expect(get(ICC_IAR1)).toBe(SPURIOUS)
    expect(get(ICC_IAR0)).toBe(40)
  })

  test('a hypervisor that switches the interface off silences it', () => {
    const { set, line } = guestRuns()
    set(ICH_LR0, 40, PENDING | GROUP1 | priority(0xa0))
    set(ICH_HCR, 0)
    expect(line(LINE_VIRQ)).toBe(false)
  })
})

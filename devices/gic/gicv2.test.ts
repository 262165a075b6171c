import { describe, expect, test } from 'bun:test'
import { LINE_FIQ, LINE_IRQ } from '../../jit/core/assembly/layout.ts'
import { reader } from '../host.fixture.ts'
import { Gicv2 } from './gicv2.ts'

const CTLR = 0x000
const TYPER = 0x004
const IGROUPR = 0x080
const ISENABLER = 0x100
const ICENABLER = 0x180
const ISPENDR = 0x200
const ICPENDR = 0x280
const ISACTIVER = 0x300
const IPRIORITYR = 0x400
const ITARGETSR = 0x800
const ICFGR = 0xc00
const SGIR = 0xf00

const C_CTLR = 0x00
const PMR = 0x04
const BPR = 0x08
const IAR = 0x0c
const EOIR = 0x10
const RPR = 0x14
const HPPIR = 0x18
const AIAR = 0x20
const AEOIR = 0x24
const DIR = 0x1000
const EOI_MODE = 1 << 9
const SPURIOUS = 1023

function make(cpus = 2) {
  const levels = new Map<string, boolean>()
  const gic = new Gicv2(cpus, {
    setLine: (cpu, line, level) => levels.set(`${cpu}:${line}`, level),
  })
  const d = (offset: number, value: number, cpu = 0) => gic.write(offset, 4, value, cpu)
  const c = (offset: number, value: number, cpu = 0) =>
    gic.cpuInterface.write(offset, 4, value, cpu)
  const read = (offset: number, cpu = 0) => gic.read(offset, 4, cpu)
  const take = (offset = IAR, cpu = 0) => gic.cpuInterface.read(offset, 4, cpu)
  const irq = (cpu = 0) => levels.get(`${cpu}:${LINE_IRQ}`) === true
  const fiq = (cpu = 0) => levels.get(`${cpu}:${LINE_FIQ}`) === true
  /** What an operating system does at its start. */
  const start = () => {
    d(CTLR, 1)
    for (let cpu = 0; cpu < cpus; cpu++) {
      c(C_CTLR, 1, cpu)
      c(PMR, 0xf0, cpu)
    }
  }
  /** Enables SPI `n` for a vCPU, level-sensitive, with a priority. */
  const enable = (n: number, priority = 0xa0, target = 1) => {
    const id = 32 + n
    gic.write(IPRIORITYR + id, 1, priority, 0)
    gic.write(ITARGETSR + id, 1, target, 0)
    d(ISENABLER + 4 * (id >> 5), 1 << (id & 31))
  }
  return { gic, d, c, read, take, irq, fiq, start, enable }
}

describe('Gicv2', () => {
  test('says how many interrupts and CPUs it has', () => {
    expect(make(4).read(TYPER)).toBe(8 | (3 << 5))
  })

  test('signals a level-sensitive interrupt as long as its line is high', () => {
    const { gic, take, c, irq, start, enable } = make()
    start()
    enable(1)
    gic.spi(1).set(true)
    expect(irq()).toBe(true)
    expect(take()).toBe(33)
    expect(irq()).toBe(false)
    c(EOIR, 33)
    expect(irq()).toBe(true)
    expect(take()).toBe(33)
    gic.spi(1).set(false)
    c(EOIR, 33)
    expect(irq()).toBe(false)
    expect(take()).toBe(SPURIOUS)
  })

  test('an edge is kept until it is acknowledged, and a new one while active comes after', () => {
    const { gic, take, d, c, irq, start, enable } = make()
    start()
    enable(1)
    d(ICFGR + 8, 2 << 2)
    gic.spi(1).set(true)
    gic.spi(1).set(false)
    expect(take()).toBe(33)
    gic.spi(1).set(true)
    expect(irq()).toBe(false)
    c(EOIR, 33)
    expect(take()).toBe(33)
    c(EOIR, 33)
    expect(irq()).toBe(false)
  })

  test('delivers to targets only, and to one that acknowledges first', () => {
    const { gic, take, irq, start, enable } = make()
    start()
    enable(1, 0xa0, 3)
    enable(2, 0xb0, 2)
    gic.spi(1).set(true)
    gic.spi(2).set(true)
    expect([irq(0), irq(1)]).toEqual([true, true])
    expect(take(IAR, 1)).toBe(33)
    expect(irq(0)).toBe(false)
    expect(take(IAR, 0)).toBe(SPURIOUS)
  })

  test('takes the highest priority first, then the lowest id', () => {
    const { gic, take, c, start, enable } = make()
    start()
    for (const [n, priority] of [
      [5, 0xa0],
      [4, 0xa0],
      [9, 0x80],
    ] as const) {
      enable(n, priority)
      gic.spi(n).set(true)
    }
    const order = []
    for (let n = 0; n < 3; n++) {
      const id = take()
      order.push(id)
      gic.spi(id - 32).set(false)
      c(EOIR, id)
    }
    expect(order).toEqual([41, 36, 37])
  })

  test('a higher priority preempts, an equal or masked one waits', () => {
    const { gic, take, c, irq, start, enable } = make()
    start()
    enable(1, 0x80)
    enable(2, 0x80)
    enable(3, 0x40)
    enable(4, 0xf0)
    gic.spi(4).set(true)
    expect(irq()).toBe(false)
    gic.spi(1).set(true)
    take()
    expect(gic.cpuInterface.read(RPR, 4, 0)).toBe(0x80)
    gic.spi(2).set(true)
    expect(irq()).toBe(false)
    gic.spi(3).set(true)
    expect(irq()).toBe(true)
    expect(take()).toBe(35)
    gic.spi(3).set(false)
    c(EOIR, 35)
    expect(gic.cpuInterface.read(RPR, 4, 0)).toBe(0x80)
  })

  test('the binary point decides what preempts', () => {
    const { gic, take, c, irq, start, enable } = make()
    start()
    c(BPR, 6)
    enable(1, 0x60)
    enable(2, 0x20)
    gic.spi(1).set(true)
    take()
    gic.spi(2).set(true)
    // Both are in the group 0x00 to 0x7f.
    expect(irq()).toBe(false)
  })

  test('SGIs carry their sender, one by one', () => {
    const { d, c, take, irq, start } = make(4)
    start()
    d(SGIR, (0b1010 << 16) | 5, 2)
    d(SGIR, (0b1010 << 16) | 5, 3)
    expect([0, 1, 2, 3].map((cpu) => irq(cpu))).toEqual([false, true, false, true])
    expect(take(HPPIR, 1)).toBe(5 | (2 << 10))
    expect(take(IAR, 1)).toBe(5 | (2 << 10))
    c(EOIR, 5 | (2 << 10), 1)
    expect(take(IAR, 1)).toBe(5 | (3 << 10))
    c(EOIR, 5, 1)
    expect(take(IAR, 1)).toBe(SPURIOUS)
  })

  test('SGIs go to all others or to the sender by the filter', () => {
    const { d, irq, start } = make(3)
    start()
    d(SGIR, (1 << 24) | 1, 1)
    expect([irq(0), irq(1), irq(2)]).toEqual([true, false, true])
    d(SGIR, (2 << 24) | 1, 1)
    expect(irq(1)).toBe(true)
  })

  test('PPIs are banked', () => {
    const { gic, d, take, irq, start } = make()
    start()
    d(ISENABLER, 1 << 27, 1)
    gic.ppi(0, 11).set(true)
    gic.ppi(1, 11).set(true)
    expect([irq(0), irq(1)]).toEqual([false, true])
    expect(take(IAR, 1)).toBe(27)
  })

  test('with EOImode, end of interrupt only drops the priority; DIR deactivates', () => {
    const { gic, take, c, irq, read, start, enable } = make()
    start()
    c(C_CTLR, 1 | EOI_MODE)
    enable(1)
    gic.spi(1).set(true)
    take()
    c(EOIR, 33)
    expect(irq()).toBe(false)
    expect(read(ISACTIVER + 4)).toBe(2)
    c(DIR, 33)
    expect(irq()).toBe(true)
  })

  test('group 0 is FIQ if asked for; group 1 has its own registers', () => {
    const { gic, d, c, take, irq, fiq, start, enable } = make()
    start()
    d(CTLR, 3)
    c(C_CTLR, 3 | (1 << 3))
    enable(1)
    enable(2, 0x80)
    d(IGROUPR + 4, 1 << 2)
    gic.spi(1).set(true)
    expect([irq(), fiq()]).toEqual([false, true])
    gic.spi(2).set(true)
    expect([irq(), fiq()]).toEqual([true, false])
    expect(take(IAR)).toBe(1022)
    expect(take(AIAR)).toBe(34)
    c(AEOIR, 34)
  })

  test('bytes and words reach the same registers', () => {
    const { gic, d, read } = make()
    d(IPRIORITYR + 32, 0x1122_3344)
    expect(gic.read(IPRIORITYR + 33, 1, 0)).toBe(0x33)
    gic.write(IPRIORITYR + 34, 2, 0xaabb, 0)
    expect(read(IPRIORITYR + 32)).toBe(0xaabb_3344)
    gic.write(ITARGETSR + 40, 1, 0xff, 0)
    expect(read(ITARGETSR + 40)).toBe(3)
    expect(read(ITARGETSR, 1)).toBe(0x0202_0202)
  })

  test('with one CPU, targets read zero and every interrupt reaches it', () => {
    const { gic, read, irq, start, enable } = make(1)
    start()
    enable(1, 0xa0, 0)
    expect(read(ITARGETSR + 32)).toBe(0)
    gic.spi(1).set(true)
    expect(irq()).toBe(true)
  })

  test('pending and enable bits can be set and cleared by the guest', () => {
    const { d, read, irq, start, enable } = make()
    start()
    enable(1)
    d(ISPENDR + 4, 2)
    expect(irq()).toBe(true)
    d(ICPENDR + 4, 2)
    expect(irq()).toBe(false)
    d(ISPENDR + 4, 2)
    d(ICENABLER + 4, 2)
    expect(irq()).toBe(false)
    expect(read(ISPENDR + 4)).toBe(2)
    // SGIs stay enabled.
    d(ICENABLER, 0xffff_ffff)
    expect(read(ISENABLER)).toBe(0xffff)
  })

  test('knows whether anything could still interrupt', () => {
    const { gic, start, enable } = make()
    expect(gic.canInterrupt()).toBe(false)
    start()
    expect(gic.canInterrupt()).toBe(false)
    enable(1)
    expect(gic.canInterrupt()).toBe(true)
  })

  test('absurd accesses do nothing', () => {
    const { gic } = make()
    for (let offset = 0; offset < 0x1_0000; offset += 4) {
      gic.read(offset, 4, 1)
      gic.write(offset, 4, 0xffff_ffff, 1)
      gic.cpuInterface.read(offset, 4, 1)
      gic.cpuInterface.write(offset, 4, 0xffff_ffff, 1)
      gic.cpuInterface.write(offset, 1, 0xff, 1)
    }
    gic.reset()
    expect(gic.save()).toEqual(make().gic.save())
  })

  test('a restored one signals what the saved one did', () => {
    const first = make()
    first.start()
    first.enable(1)
    first.gic.spi(1).set(true)
    const second = make()
    second.gic.restore(reader(first.gic.save()))
    expect(second.irq()).toBe(true)
    expect(second.take()).toBe(33)
    const broken = { ...first.gic.save(), targets: new Uint8Array(3) }
    expect(() => second.gic.restore(reader(broken))).toThrow('288 bytes')
  })
})

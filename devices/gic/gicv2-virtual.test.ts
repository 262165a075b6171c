import { expect, test } from 'bun:test'
import { LINE_VIRQ } from '../../jit/core/assembly/layout.ts'
import { reader } from '../host.fixture.ts'
import { Gicv2 } from './gicv2.ts'
import { Gicv2Virtual } from './gicv2-virtual.ts'

const GICH_HCR = 0x00
const GICH_VTR = 0x04
const GICH_VMCR = 0x08
const GICH_ELRSR0 = 0x30
const GICH_LR0 = 0x100
const GICV_PMR = 0x04
const GICV_IAR = 0x0c
const GICV_EOIR = 0x10
const PENDING = 1 << 28
const PRIORITY = 0x14 << 23

function make() {
  const levels = new Map<string, boolean>()
  const lines = {
    setLine: (cpu: number, line: number, level: boolean) => levels.set(`${cpu}:${line}`, level),
  }
  const gic = new Gicv2(2, lines)
  const virtual = new Gicv2Virtual(gic, lines)
  const h = (offset: number, value: number, cpu = 0) => virtual.write(offset, 4, value, cpu)
  const v = (offset: number, cpu = 0) => virtual.cpuInterface.read(offset, 4, cpu)
  const virq = (cpu = 0) => levels.get(`${cpu}:${LINE_VIRQ}`) === true
  const start = (cpu = 0) => {
    h(GICH_HCR, 1, cpu)
    h(GICH_VMCR, 1 | (0xf8 << 24), cpu)
  }
  return { gic, virtual, h, v, virq, start }
}

test('a list register interrupts the guest of its own vCPU', () => {
  const { virtual, h, v, virq, start } = make()
  start(1)
  h(GICH_LR0, PENDING | PRIORITY | 40, 1)
  expect([virq(0), virq(1)]).toEqual([false, true])
  expect(v(GICV_IAR, 1)).toBe(40)
  expect(v(GICV_IAR, 1)).toBe(1023)
  virtual.cpuInterface.write(GICV_EOIR, 4, 40, 1)
  expect(virtual.read(GICH_ELRSR0, 4, 1)).toBe(15)
})

test('an SGI carries its sender', () => {
  const { h, v, start } = make()
  start()
  h(GICH_LR0, PENDING | PRIORITY | (3 << 10) | 5)
  expect(v(GICV_IAR)).toBe(5 | (3 << 10))
})

test('the guest changes the mask that the hypervisor sees', () => {
  const { virtual, h, virq, start } = make()
  start()
  h(GICH_LR0, PENDING | PRIORITY | 40)
  virtual.cpuInterface.write(GICV_PMR, 4, 0x80, 0)
  expect(virq()).toBe(false)
  expect(virtual.read(GICH_VMCR, 4, 0) >>> 24).toBe(0x80)
})

test('list registers read as they were written', () => {
  const { virtual, h } = make()
  const value = (PENDING | PRIORITY | (33 << 10) | 40 | (1 << 31)) >>> 0
  h(GICH_LR0 + 12, value)
  expect(virtual.read(GICH_LR0 + 12, 4, 0)).toBe(value)
  expect(virtual.read(GICH_VTR, 4, 0) & 63).toBe(3)
})

test('absurd accesses do nothing, and state is restored', () => {
  const { virtual } = make()
  for (let offset = 0; offset < 0x2000; offset += 4) {
    virtual.write(offset, 4, 0xffff_ffff, 0)
    virtual.read(offset, 4, 0)
    virtual.cpuInterface.write(offset, 4, 0xffff_ffff, 0)
    virtual.cpuInterface.read(offset, 4, 0)
  }
  const second = make()
  second.virtual.restore(reader(virtual.save()))
  expect(second.virtual.save()).toEqual(virtual.save())
})

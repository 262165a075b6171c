import { expect, test } from 'bun:test'
import { FakeHost, FakeLine, reader } from './host.fixture.ts'
import { Pl031 } from './pl031.ts'

const DR = 0x00
const MR = 0x04
const LR = 0x08
const IMSC = 0x10
const MIS = 0x18
const ICR = 0x1c
const START = 1_735_689_600
const SECOND = 1e9

function make() {
  const host = new FakeHost()
  const irq = new FakeLine()
  return { host, irq, rtc: new Pl031(host, irq, START) }
}

test('the clock counts guest seconds from its start', () => {
  const { host, rtc } = make()
  expect(rtc.read(DR, 4)).toBe(START)
  host.pass(2.5 * SECOND)
  expect(rtc.read(DR, 4)).toBe(START + 2)
  expect(rtc.read(0xfe0, 4)).toBe(0x31)
})

test('a guest can set it, and a reset keeps the time', () => {
  const { host, rtc } = make()
  host.pass(10 * SECOND)
  rtc.write(LR, 4, 1000)
  host.pass(5 * SECOND)
  rtc.reset()
  expect(rtc.read(DR, 4)).toBe(1005)
})

test('a match raises the interrupt when its second begins', () => {
  const { host, irq, rtc } = make()
  rtc.write(IMSC, 4, 1)
  host.pass(0.5 * SECOND)
  rtc.write(MR, 4, START + 3)
  host.pass(2.4 * SECOND)
  expect(irq.level).toBe(false)
  host.pass(0.1 * SECOND)
  expect(irq.level).toBe(true)
  rtc.write(ICR, 4, 1)
  expect(irq.level).toBe(false)
})

test('a match with the present second raises the interrupt at once', () => {
  const { rtc } = make()
  rtc.write(MR, 4, START)
  expect(rtc.read(MIS, 4)).toBe(0)
  rtc.write(IMSC, 4, 1)
  expect(rtc.read(MIS, 4)).toBe(1)
})

test('a restored one keeps time and alarm', () => {
  const first = make()
  first.rtc.write(IMSC, 4, 1)
  first.rtc.write(LR, 4, 50)
  first.rtc.write(MR, 4, 52)
  const second = make()
  second.rtc.restore(reader(first.rtc.save()))
  second.host.pass(2 * SECOND)
  expect(second.rtc.read(DR, 4)).toBe(52)
  expect(second.irq.level).toBe(true)
})

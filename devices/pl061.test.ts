import { expect, test } from 'bun:test'
import { FakeHost, FakeLine, reader } from './host.fixture.ts'
import { Pl061 } from './pl061.ts'

const ALL = 0x3fc
const DIR = 0x400
const IS = 0x404
const IBE = 0x408
const IEV = 0x40c
const IE = 0x410
const RIS = 0x414
const IC = 0x41c
const PIN = 1 << 3
const PRESS = new Uint8Array(1)

function make() {
  const host = new FakeHost()
  const irq = new FakeLine()
  return { host, irq, gpio: new Pl061(host, irq, 3) }
}

test('address bits mask the pins of an access, and only outputs can be written', () => {
  const { gpio } = make()
  gpio.write(DIR, 4, 0xf0)
  gpio.write(ALL, 4, 0xff)
  expect(gpio.read(ALL, 4)).toBe(0xf0)
  gpio.write(0x10 << 2, 4, 0)
  expect(gpio.read(ALL, 1)).toBe(0xe0)
  expect(gpio.read(0x20 << 2, 4)).toBe(0x20)
})

test('the button holds its pin high for a while', () => {
  const { host, gpio } = make()
  gpio.button.post(PRESS)
  expect(gpio.read(ALL, 4)).toBe(PIN)
  host.pass(100e6)
  expect(gpio.read(ALL, 4)).toBe(0)
})

test('a rising edge interrupts once, until it is cleared', () => {
  const { host, irq, gpio } = make()
  gpio.write(IEV, 4, PIN)
  gpio.write(IE, 4, PIN)
  gpio.button.post(PRESS)
  expect(irq.level).toBe(true)
  gpio.write(IC, 4, PIN)
  expect(irq.level).toBe(false)
  host.pass(100e6)
  expect(irq.level).toBe(false)
})

test('both edges interrupt if both are asked for, as gpio-keys does', () => {
  const { host, irq, gpio } = make()
  gpio.write(IBE, 4, PIN)
  gpio.write(IE, 4, PIN)
  gpio.button.post(PRESS)
  gpio.write(IC, 4, PIN)
  host.pass(100e6)
  expect(irq.level).toBe(true)
})

test('a level interrupt follows the pin and cannot be cleared', () => {
  const { host, irq, gpio } = make()
  gpio.write(IS, 4, PIN)
  gpio.write(IEV, 4, PIN)
  gpio.write(IE, 4, PIN)
  gpio.button.post(PRESS)
  gpio.write(IC, 4, PIN)
  expect(irq.level).toBe(true)
  expect(gpio.read(RIS, 4)).toBe(PIN)
  host.pass(100e6)
  expect(irq.level).toBe(false)
})

test('a press that was saved ends in the restored one, too', () => {
  const first = make()
  first.gpio.button.post(PRESS)
  const second = make()
  second.gpio.restore(reader(first.gpio.save()))
  expect(second.gpio.read(ALL, 4)).toBe(PIN)
  second.host.pass(100e6)
  expect(second.gpio.read(ALL, 4)).toBe(0)
})

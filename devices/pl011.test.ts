import { describe, expect, test } from 'bun:test'
import { FakeHost, FakeLine, reader } from './host.fixture.ts'
import { Pl011 } from './pl011.ts'

const DR = 0x00
const FR = 0x18
const LCR_H = 0x2c
const CR = 0x30
const IFLS = 0x34
const IMSC = 0x38
const RIS = 0x3c
const MIS = 0x40
const ICR = 0x44

const RXFE = 1 << 4
const RXFF = 1 << 6
const RX = 1 << 4
const TX = 1 << 5
const RT = 1 << 6
const FIFOS = 1 << 4

function make() {
  const host = new FakeHost()
  const irq = new FakeLine()
  const output: number[] = []
  const uart = new Pl011(host, 'console', irq, (byte) => output.push(byte))
  const type = (text: string) => uart.input.post(new TextEncoder().encode(text))
  return { host, irq, output, uart, type }
}

describe('Pl011', () => {
  test('sends what is written to DR, by any width, without having been enabled', () => {
    const { uart, output } = make()
    uart.write(DR, 1, 0x41)
    uart.write(DR, 2, 0x142)
    uart.write(DR, 4, 0x43)
    expect(output).toEqual([0x41, 0x42, 0x43])
  })

  test('identifies itself, as the AMBA bus of Linux wants it', () => {
    const { uart } = make()
    const ids = [0, 4, 8, 12, 16, 20, 24, 28].map((n) => uart.read(0xfe0 + n, 4))
    expect(ids).toEqual([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1])
  })

  test('receives one character without FIFOs, and the next when it was read', () => {
    const { uart, type } = make()
    expect(uart.read(FR, 4) & (RXFE | RXFF)).toBe(RXFE)
    type('ab')
    expect(uart.read(FR, 4) & (RXFE | RXFF)).toBe(RXFF)
    expect(uart.read(DR, 4)).toBe(0x61)
    expect(uart.read(DR, 2)).toBe(0x62)
    expect(uart.read(FR, 4) & RXFE).toBe(RXFE)
    expect(uart.read(DR, 4)).toBe(0)
  })

  test('a paste longer than the FIFO arrives whole', () => {
    const { uart, type } = make()
    uart.write(LCR_H, 4, FIFOS)
    const text = 'x'.repeat(5000)
    type(text)
    let received = ''
    while (!(uart.read(FR, 4) & RXFE)) received += String.fromCharCode(uart.read(DR, 4))
    expect(received).toBe(text)
  })

  test('raises the receive interrupt at the trigger level, and drops it below', () => {
    const { uart, irq, type } = make()
    uart.write(LCR_H, 4, FIFOS)
    uart.write(IFLS, 4, 0)
    uart.write(IMSC, 4, RX)
    type('a')
    expect(irq.level).toBe(false)
    type('b')
    expect(irq.level).toBe(true)
    uart.read(DR, 4)
    expect(irq.level).toBe(false)
  })

  test('raises the receive timeout for what stays below the trigger level', () => {
    const { host, uart, irq, type } = make()
    uart.write(LCR_H, 4, FIFOS)
    uart.write(IMSC, 4, RT)
    type('a')
    expect(irq.level).toBe(false)
    host.pass(300_000)
    expect(irq.level).toBe(true)
    expect(uart.read(MIS, 4)).toBe(RT)
    // Cleared while the character is still there: it comes again.
    uart.write(ICR, 4, RT)
    expect(irq.level).toBe(false)
    host.pass(300_000)
    expect(irq.level).toBe(true)
    uart.read(DR, 4)
    expect(irq.level).toBe(false)
  })

  test('raises the transmit interrupt after a write, until it is cleared', () => {
    const { uart, irq } = make()
    uart.write(IMSC, 4, TX)
    expect(irq.level).toBe(false)
    uart.write(DR, 4, 0x41)
    expect(irq.level).toBe(true)
    uart.write(ICR, 4, TX)
    expect(irq.level).toBe(false)
    expect(uart.read(RIS, 4)).toBe(0)
  })

  test('loops back in loopback mode', () => {
    const { uart, output } = make()
    uart.write(CR, 4, 0x381)
    uart.write(DR, 4, 0x41)
    expect(output).toEqual([])
    expect(uart.read(DR, 4)).toBe(0x41)
  })

  test('loses in loopback mode what the FIFO has no room for', () => {
    const { uart } = make()
    uart.write(LCR_H, 4, FIFOS)
    uart.write(CR, 4, 0x381)
    for (let n = 0; n < 100; n++) uart.write(DR, 4, n)
    const received: number[] = []
    while (!(uart.read(FR, 4) & RXFE)) received.push(uart.read(DR, 4))
    expect(received).toEqual(Array.from({ length: 16 }, (_, n) => n))
  })

  test('a reset keeps what was typed and not read', () => {
    const { uart, type } = make()
    type('abc')
    uart.read(DR, 4)
    uart.reset()
    expect(uart.read(DR, 4)).toBe(0x63)
  })

  test('a restored one continues as the saved one: registers, FIFO, timeout, interrupt', () => {
    const first = make()
    first.uart.write(LCR_H, 4, FIFOS)
    first.uart.write(IMSC, 4, RT)
    first.type('y'.repeat(20))
    const second = make()
    second.uart.restore(reader(first.uart.save()))
    expect(second.uart.save()).toEqual(first.uart.save())
    expect(second.irq.level).toBe(false)
    second.host.pass(300_000)
    expect(second.irq.level).toBe(true)
    expect(() => second.uart.restore(reader({ ...first.uart.save(), fifo: null }))).toThrow('fifo')
  })
})

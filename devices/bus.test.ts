import { describe, expect, test } from 'bun:test'
import { Bus } from './bus.ts'
import type { AccessSize, Device } from './device.ts'

class Recorder implements Device {
  readonly log: string[] = []
  constructor(readonly kind: string) {}
  read(offset: number, size: AccessSize, cpu: number): number {
    this.log.push(`r${size}@${offset.toString(16)} cpu${cpu}`)
    return -1
  }
  write(offset: number, size: AccessSize, value: number): void {
    this.log.push(`w${size}@${offset.toString(16)}=${value.toString(16)}`)
  }
  reset() {}
  save = () => ({ version: 1 })
  restore() {}
}

function make() {
  const a = new Recorder('a')
  const b = new Recorder('b')
  const bus = new Bus([
    { base: 0x2000, bytes: 0x18, device: b },
    { base: 0x1000, bytes: 0x1000, device: a },
  ])
  return { a, b, bus }
}

describe('Bus', () => {
  test('finds the device of an address, whatever the order of ranges', () => {
    const { a, b, bus } = make()
    expect(bus.read(3, 0x1004, 4)).toBe(0xffff_ffff)
    bus.write(0, 0x2008, 2, 0x1_2345, 0)
    bus.read(0, 0x1000, 1)
    expect(a.log).toEqual(['r4@4 cpu3', 'r1@0 cpu0'])
    expect(b.log).toEqual(['w2@8=2345'])
  })

  test('cuts what a device returns to the width of the access', () => {
    const { bus } = make()
    expect(bus.read(0, 0x1000, 1)).toBe(0xff)
    expect(bus.read(0, 0x1000, 2)).toBe(0xffff)
  })

  test('splits accesses of 8 bytes, low half first', () => {
    const { b, bus } = make()
    bus.write(0, 0x2010, 8, 0x1111_2222, 0x3333_4444)
    expect(bus.read(0, 0x2010, 8)).toBe(0xffff_ffff)
    expect(bus.high).toBe(0xffff_ffff)
    expect(b.log).toEqual(['w4@10=11112222', 'w4@14=33334444', 'r4@10 cpu0', 'r4@14 cpu0'])
  })

  test.each([
    ['below all ranges', 0xfff, 1],
    ['above all ranges', 0x2018, 1],
    ['beyond the end of a window', 0x2014, 8],
    ['not aligned', 0x1002, 4],
    ['far away', 2 ** 52, 4],
  ] as const)('fails an access that is %s', (_, pa, size) => {
    const { bus } = make()
    expect(bus.read(0, pa, size)).toBeUndefined()
    expect(bus.write(0, pa, size, 0, 0)).toBe(false)
  })

  test('refuses ranges that overlap, naming both', () => {
    const device = new Recorder('uart')
    const ranges = [
      { base: 0x1000, bytes: 0x1000, device },
      { base: 0x1ff8, bytes: 0x1000, device: new Recorder('rtc') },
    ]
    expect(() => new Bus(ranges)).toThrow('Cannot place "rtc" at 0x1ff8: "uart" reaches to 0x2000')
  })
})

import { expect, test } from 'bun:test'
import { EventQueue } from './events.ts'
import { FakeHost, reader } from './host.fixture.ts'

test('timers fire by time, and at the same time in the order in which they were armed', () => {
  const host = new FakeHost()
  const log: string[] = []
  const a = host.events.timer(() => log.push('a'))
  const b = host.events.timer(() => log.push('b'))
  const c = host.events.timer(() => log.push('c'))
  b.arm(10)
  a.arm(10)
  c.arm(5)
  expect(host.events.nextNs).toBe(5)
  host.pass(10)
  expect(log).toEqual(['c', 'b', 'a'])
  expect(host.events.nextNs).toBe(Infinity)
})

test('a timer that arms itself for the past fires once a call, and does not starve others', () => {
  const host = new FakeHost()
  let fired = 0
  let other = 0
  const greedy = host.events.timer(() => {
    fired++
    greedy.arm(0)
  })
  const late = host.events.timer(() => other++)
  greedy.arm(0)
  late.arm(1)
  host.nowNs = 2
  expect(host.events.runDue()).toBe(true)
  expect({ fired, other }).toEqual({ fired: 1, other: 1 })
})

test('a disarmed timer does not fire, and a new deadline replaces the old one', () => {
  const host = new FakeHost()
  let fired = 0
  const timer = host.events.timer(() => fired++)
  timer.arm(5)
  timer.disarm()
  host.pass(10)
  expect(fired).toBe(0)
  timer.arm(20)
  timer.arm(100)
  host.pass(50)
  expect(fired).toBe(0)
  expect(timer.deadlineNs).toBe(100)
})

test('every change is reported, so that a running slice can be planned anew', () => {
  let changes = 0
  const events = new EventQueue({ nowNs: 0 }, () => changes++)
  const timer = events.timer(() => {})
  timer.arm(1)
  timer.disarm()
  expect(changes).toBe(2)
})

test('a restored queue fires in the order of the saved one', () => {
  const make = () => {
    const host = new FakeHost()
    const log: string[] = []
    const timers = ['a', 'b'].map((name) => host.events.timer(() => log.push(name)))
    return { host, log, timers }
  }
  const first = make()
  first.timers[1]!.arm(7)
  first.timers[0]!.arm(7)
  const second = make()
  second.host.events.restore(reader(first.host.events.save()))
  for (const n of [0, 1]) second.timers[n]!.restore(reader(first.timers[n]!.save()))
  second.host.pass(7)
  expect(second.log).toEqual(['b', 'a'])
})

test('a timer refuses NaN, which would never be due', () => {
  const timer = new FakeHost().events.timer(() => {})
  expect(() => timer.arm(Number.NaN)).toThrow('NaN')
})

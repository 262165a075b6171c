import { describe, expect, test } from 'bun:test'
import {
  EXIT_BUDGET,
  EXIT_HOST,
  EXIT_WFE,
  EXIT_WFI,
  WAIT_NONE,
  WAIT_OFF,
  WAIT_WFE,
  WAIT_WFI,
} from '../jit/core/assembly/layout.ts'
import { reader } from './host.fixture.ts'
import { QUANTUM, Scheduler } from './scheduler.ts'

function make(...wait: number[]) {
  const interrupts = new Set<number>()
  const core = {
    waitState: (cpu: number) => wait[cpu]!,
    wake: (cpu: number) => {
      if (!interrupts.has(cpu) || wait[cpu] === WAIT_OFF) return false
      wait[cpu] = WAIT_NONE
      return true
    },
    nudge: (cpu: number) => {
      if (wait[cpu] === WAIT_WFE) wait[cpu] = WAIT_NONE
    },
  }
  return { scheduler: new Scheduler(core, wait.length), wait, interrupts }
}

describe('Scheduler', () => {
  test('gives every vCPU its quantum in turn', () => {
    const { scheduler } = make(WAIT_NONE, WAIT_NONE)
    const order = []
    for (let n = 0; n < 3; n++) {
      order.push(scheduler.next())
      expect(scheduler.quantum).toBe(QUANTUM)
      scheduler.ended(QUANTUM, EXIT_BUDGET)
    }
    expect(order).toEqual([0, 1, 0])
  })

  test('a quantum that was cut short is continued', () => {
    const { scheduler } = make(WAIT_NONE, WAIT_NONE)
    scheduler.next()
    expect(scheduler.quantum).toBe(QUANTUM)
    scheduler.ended(100, EXIT_HOST)
    expect(scheduler.next()).toBe(0)
    expect(scheduler.quantum).toBe(QUANTUM - 100)
  })

  test('a vCPU that is alone has no quantum, and its history does not count', () => {
    const { scheduler, wait } = make(WAIT_NONE, WAIT_OFF)
    scheduler.next()
    expect(scheduler.quantum).toBe(Infinity)
    scheduler.ended(123_456, EXIT_BUDGET)
    wait[1] = WAIT_NONE
    expect(scheduler.next()).toBe(0)
    expect(scheduler.quantum).toBe(QUANTUM)
  })

  test('skips those that wait, unless an interrupt wakes them', () => {
    const { scheduler, interrupts } = make(WAIT_WFI, WAIT_NONE)
    expect(scheduler.next()).toBe(1)
    interrupts.add(0)
    scheduler.ended(QUANTUM, EXIT_BUDGET)
    expect(scheduler.next()).toBe(0)
  })

  test('says so if all wait', () => {
    const { scheduler } = make(WAIT_WFI, WAIT_WFE, WAIT_OFF)
    expect(scheduler.next()).toBeUndefined()
    expect(scheduler.anyWaitsForEvent).toBe(true)
  })

  test('what one does may end the WFE of another', () => {
    const { scheduler, wait } = make(WAIT_NONE, WAIT_WFE)
    scheduler.next()
    expect(scheduler.quantum).toBe(QUANTUM)
    wait[0] = WAIT_WFI
    scheduler.ended(500, EXIT_WFI)
    expect(scheduler.next()).toBe(1)
  })

  test('two that only look for each other do not keep each other awake', () => {
    const { scheduler, wait } = make(WAIT_NONE, WAIT_WFE)
    scheduler.next()
    wait[0] = WAIT_WFE
    scheduler.ended(4, EXIT_WFE)
    expect(scheduler.next()).toBeUndefined()
  })

  test('a restored one goes on where the saved one was', () => {
    const first = make(WAIT_NONE, WAIT_NONE)
    first.scheduler.next()
    first.scheduler.quantum
    first.scheduler.ended(QUANTUM, EXIT_BUDGET)
    first.scheduler.next()
    first.scheduler.quantum
    first.scheduler.ended(7, EXIT_HOST)
    const second = make(WAIT_NONE, WAIT_NONE)
    second.scheduler.restore(reader(first.scheduler.save()))
    expect(second.scheduler.next()).toBe(1)
    expect(second.scheduler.quantum).toBe(QUANTUM - 7)
    expect(() => second.scheduler.restore(reader({ version: 1, current: 2, left: 1 }))).toThrow()
  })
})

import { describe, expect, test } from 'bun:test'
import { EscapeFilter } from './escape.ts'

function record(): { filter: EscapeFilter; events: string[] } {
  const events: string[] = []
  const filter = new EscapeFilter({
    type: (bytes) => events.push(`type ${Buffer.from(bytes).toString('latin1')}`),
    quit: () => events.push('quit'),
    help: () => events.push('help'),
  })
  return { filter, events }
}

describe('EscapeFilter', () => {
  test.each([
    ['plain', ['type plain']],
    ['\x03\x04\x1b[A', ['type \x03\x04\x1b[A']],
    ['a\x01xb', ['type a', 'quit']],
    ['\x01X', ['quit']],
    ['a\x01hb', ['help', 'type ab']],
    ['\x01?', ['help']],
    ['\x01\x01', ['type \x01']],
    ['\x01\x01x', ['type \x01x']],
  ])('%j gives %j', (typed, expected) => {
    const { filter, events } = record()
    filter.push(Buffer.from(typed, 'latin1'))
    expect(events).toEqual(expected)
  })

  test('the two keys may come apart', () => {
    const { filter, events } = record()
    for (const part of ['a\x01', 'x']) filter.push(Buffer.from(part))
    expect(events).toEqual(['type a', 'quit'])
  })
})

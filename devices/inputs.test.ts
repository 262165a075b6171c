import { expect, test } from 'bun:test'
import { reader } from './host.fixture.ts'
import { type InputRecord, Inputs } from './inputs.ts'

function make() {
  let posts = 0
  const inputs = new Inputs(() => posts++)
  const log: InputRecord[] = []
  const got: string[] = []
  inputs.onRecord = (record) => log.push(record)
  const open = (name: string) =>
    inputs.open(name, (data) => got.push(`${name}:${[...data].join(',')}`))
  return { inputs, log, got, open, posts: () => posts }
}

test('what is posted waits for an instruction boundary, and is stamped there', () => {
  const { inputs, log, got, open, posts } = make()
  const port = open('a')
  const data = Uint8Array.of(1, 2)
  port.post(data)
  data[0] = 9
  expect({ got, posts: posts(), pending: inputs.pending }).toEqual({
    got: [],
    posts: 1,
    pending: true,
  })
  inputs.deliver(77)
  expect(got).toEqual(['a:1,2'])
  expect(log).toEqual([{ count: 77, port: 'a', data: Uint8Array.of(1, 2) }])
})

test('what is posted while delivering comes in the same turn, after the rest', () => {
  const { inputs, got, open } = make()
  const b = open('b')
  const a = inputs.open('a', () => b.post(Uint8Array.of(3)))
  a.post(new Uint8Array(1))
  b.post(Uint8Array.of(1))
  inputs.deliver(0)
  expect(got).toEqual(['b:1', 'b:3'])
})

test('ports have different names', () => {
  const { open } = make()
  open('a')
  expect(() => open('a')).toThrow('"a" is open already')
})

test('records are replayed at their counts, in order', () => {
  const { inputs, got, open } = make()
  open('a')
  const clocks: number[] = []
  inputs.replay([
    { count: 20, port: 'a', data: Uint8Array.of(2) },
    { count: 10, port: 'a', data: Uint8Array.of(1) },
    { count: 15, baseNs: 5, nsPerInsn: 2 },
  ])
  expect(inputs.nextReplay).toBe(10)
  inputs.deliverReplay(9, () => {})
  expect(got).toEqual([])
  inputs.deliverReplay(15, (base) => clocks.push(base))
  expect(got).toEqual(['a:1'])
  expect(clocks).toEqual([5])
  expect(inputs.nextReplay).toBe(20)
})

test('a log of another machine is refused', () => {
  const record = { count: 0, port: 'usb', data: new Uint8Array(1) }
  expect(() => make().inputs.replay([record])).toThrow('no such port')
})

test('what waits is saved and restored', () => {
  const first = make()
  first.open('a').post(Uint8Array.of(5))
  const second = make()
  second.open('a')
  second.inputs.restore(reader(first.inputs.save()))
  second.inputs.deliver(0)
  expect(second.got).toEqual(['a:5'])
})

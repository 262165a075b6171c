import { expect, test } from 'bun:test'
import { type StateObject, StateReader } from './state.ts'

const read = (state: StateObject) => new StateReader(state, 'devices.x')

test.each<[string, (r: StateReader) => unknown, StateObject, string]>([
  ['a missing field', (r) => r.flag('a'), {}, '"a" is missing'],
  ['an inherited name', (r) => r.string('toString'), {}, '"toString" is missing'],
  ['a string for a number', (r) => r.unsigned('a', 8), { a: '1' }, 'an integer from 0 to 255'],
  ['a number out of range', (r) => r.unsigned('a', 8), { a: 256 }, 'an integer from 0 to 255'],
  ['a fraction', (r) => r.count('a'), { a: 0.5 }, 'an integer'],
  ['a negative number', (r) => r.count('a'), { a: -1 }, 'an integer'],
  ['infinity', (r) => r.number('a'), { a: Infinity }, 'a number'],
  ['a number for a flag', (r) => r.flag('a'), { a: 1 }, 'true or false'],
  ['a list for bytes', (r) => r.bytes('a', 1), { a: [1] }, 'bytes'],
  ['too few bytes', (r) => r.bytes('a', 2), { a: new Uint8Array(1) }, '2 bytes'],
  ['too many bytes', (r) => r.bytes('a', undefined, 1), { a: new Uint8Array(2) }, 'at most 1'],
  ['a list of the wrong length', (r) => r.unsignedList('a', 8, 2), { a: [1] }, '2 numbers'],
  ['a list of strings', (r) => r.unsignedList('a', 8), { a: ['1'] }, 'unsigned 8-bit'],
  ['a huge list', (r) => r.list('a', 1), { a: [1, 2] }, 'a list of at most 1'],
  ['a list for an object', (r) => r.object('a'), { a: [] }, 'an object'],
  ['a null for an object', (r) => r.object('a'), { a: null }, 'an object'],
  ['numbers for objects', (r) => r.objects('a'), { a: [1] }, 'a list of objects'],
  ['another version', (r) => r.version(1), { version: 2 }, 'version is 2, this build reads 1'],
])('a reader refuses %s, saying where', (_, use, state, problem) => {
  expect(() => use(read(state))).toThrow(problem)
  expect(() => use(read(state))).toThrow('devices.x')
})

test('bytes that are read do not change with the state', () => {
  const a = new Uint8Array(2)
  const bytes = read({ a }).bytes('a')
  a[0] = 1
  expect(bytes[0]).toBe(0)
})

test('nested objects name their path', () => {
  const nested = read({ a: [{ b: { c: 1 } }] })
  expect(() => nested.objects('a')[0]!.object('b').flag('c')).toThrow('devices.x.a[0].b')
})

import { beforeEach, expect, test } from 'bun:test'
import { compileGuest, type Guest, instantiateGuest } from '../testing/compile.ts'

const wasm = compileGuest('testing/guest/terminal.ts')
let guest: Guest
beforeEach(async () => {
  guest = await instantiateGuest(await wasm)
}, 60_000)

const LINES = 0
const RAW = 1
const SILENT = 2
const EINTR = -4

const read = (reader: number, length = 100, edits = 0) =>
  guest.call('read', BigInt(reader), length, edits)
const type = (text: string) => guest.call('receive', text)
const write = (text: string) => guest.call('write', text)
const got = () => guest.text('got')
const sent = () => guest.text('sent')

test('a line reaches its reader when it is complete', () => {
  read(1)
  type('hi')
  expect(got()).toBe('')
  type('\r')
  expect(got()).toBe('1:hi\n;')
  expect(sent()).toBe('hi\r\n')
})

test('a newline is sent as CR LF', () => {
  write('a\nb\n')
  expect(sent()).toBe('a\r\nb\r\n')
})

test('what is typed ahead is echoed where it is read', () => {
  type('one\rtwo\r')
  expect(sent()).toBe('')
  write('$ ')
  read(1)
  expect(got()).toBe('1:one\n;')
  expect(sent()).toBe('$ one\r\n')
  read(2)
  expect(got()).toBe('2:two\n;')
})

test('a line longer than was asked for is read in parts', () => {
  type('abcd\r')
  read(1, 2)
  read(2, 2)
  read(3, 100)
  expect(got()).toBe('1:ab;2:cd;3:\n;')
})

test('several readers are served in their order', () => {
  read(1)
  read(2)
  type('a\rb\r')
  expect(got()).toBe('1:a\n;2:b\n;')
})

test('a reader that has ended does not swallow a line', () => {
  read(1)
  type('part')
  guest.call('end', 1n)
  sent()
  write('$ ')
  read(2)
  expect(sent()).toEndWith('$ ')
  type('whole\r')
  expect(got()).toBe('2:whole\n;')
})

test('a reader that ends unseen passes the line on', () => {
  read(1)
  read(2)
  guest.call('end', 1n)
  type('line\r')
  expect(got()).toBe('2:line\n;')
})

test('Control-D is the end of input for one reader', () => {
  read(1)
  type('\x04')
  expect(got()).toBe('1=0;')
})

test('Control-C interrupts what runs, and drops what was typed ahead', () => {
  type('ls\r\x03')
  expect(got()).toBe('interrupt;')
  expect(sent()).toBe('^C\r\n')
  read(1)
  expect(got()).toBe('')
})

test('Control-C at an edited line is for its reader alone', () => {
  read(1, 100, 1)
  type('abc\x03')
  expect(got()).toBe(`1=${EINTR};`)
  expect(sent()).toBe('abc^C\r\n')
})

test('Control-C at another line interrupts the foreground, too', () => {
  read(1)
  type('abc\x03')
  expect(got()).toBe(`1=${EINTR};interrupt;`)
})

test('output in between leaves the line being typed intact', () => {
  write('$ ')
  read(1, 100, 1)
  type('ec')
  sent()
  write('news\n')
  expect(sent()).toBe('\r\x1b[Knews\r\n\r$ ec\x1b[K')
  write('half')
  expect(sent()).toBe('\r\x1b[Khalf\r\n\r$ ec\x1b[K')
  type('ho\r')
  expect(got()).toBe('1:echo\n;')
})

test('raw mode passes every byte as it comes, without echo', () => {
  expect(guest.call('setMode', RAW)).toBe(LINES)
  read(1)
  type('\x03')
  read(2, 2)
  type('a')
  type('bcd')
  read(3)
  expect(got()).toBe('1:\x03;2:a;3:bcd;')
  expect(sent()).toBe('')
})

test('an edited line ends raw mode, which a dead program may have left', () => {
  guest.call('setMode', RAW)
  read(1, 100, 1)
  type('ls\r')
  expect(got()).toBe('1:ls\n;')
  expect(guest.call('setMode', LINES)).toBe(LINES)
})

test('a silent line is edited but not shown', () => {
  write('Password: ')
  guest.call('setMode', SILENT)
  sent()
  read(1)
  type('sex\x7fcret\r')
  expect(got()).toBe('1:secret\n;')
  expect(sent()).toBe('\r\n')
})

test('history belongs to edited lines', () => {
  read(1, 100, 1)
  type('first\r')
  read(2)
  type('data\r')
  read(3, 100, 1)
  type('\x1b[A\r')
  expect(got()).toBe('1:first\n;2:data\n;3:first\n;')
})

test('typing without end is answered by the bell', () => {
  type('x'.repeat(5000))
  expect(sent()).toEndWith('\x07')
  read(1, 100_000)
  type('\r')
  expect(got().length).toBeLessThan(1100)
})

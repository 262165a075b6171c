import { beforeEach, expect, test } from 'bun:test'
import { compileGuest, type Guest, instantiateGuest } from '../testing/compile.ts'

const wasm = compileGuest('testing/guest/line-editor.ts')
let guest: Guest
beforeEach(async () => {
  guest = await instantiateGuest(await wasm)
}, 60_000)

const MORE = 0
const LINE = 1
const END_OF_FILE = 2
const INTERRUPT = 3

/** Escape sequences and characters. */
const PIECES = new RegExp(`${'\x1b'}\\[\\d*[KDHJ]|[\\s\\S]`, 'g')

/** The row a terminal of 80 columns shows after `bytes`, and where its cursor stands. */
function row(bytes: string): [string, number] {
  let cells = ''
  let at = 0
  for (const [piece] of bytes.matchAll(PIECES)) {
    if (piece === '\r') at = 0
    else if (piece === '\b') at--
    else if (piece === '\x1b[K') cells = cells.slice(0, at)
    else if (piece.endsWith('D') && piece.startsWith('\x1b')) at -= Number(piece.slice(2, -1))
    else if (piece.startsWith('\x1b')) [cells, at] = ['', 0]
    else {
      cells = cells.slice(0, at) + piece + cells.slice(at + 1)
      at++
    }
  }
  expect(cells.length).toBeLessThan(80)
  return [cells.trimEnd(), at]
}

/** Types `keys` at a prompt "> " and says what is seen and what the line holds. */
function type(keys: string): { row: string; cursor: number; line: string; result: number } {
  guest.call('start', '> ', 1)
  const result = guest.call('feed', keys)
  // A line that was drawn again shows on the row it was drawn on.
  const bytes = `> ${guest.text('written')}`
  const drawn = bytes.lastIndexOf('\r> ')
  const [text, cursor] = row(drawn < 0 ? bytes : bytes.slice(drawn))
  return { row: text, cursor, line: guest.text('line'), result }
}

test('a typed line is echoed as typed', () => {
  guest.call('start', '$ ', 1)
  expect(guest.call('feed', 'echo hi')).toBe(MORE)
  expect(guest.text('written')).toBe('echo hi')
  expect(guest.call('feed', '\r')).toBe(LINE)
  expect(guest.text('written')).toBe('\r\n')
  expect(guest.text('line')).toBe('echo hi')
})

test('keys move the cursor and edit where it stands', () => {
  const cases: [keys: string, line: string, cursor: number][] = [
    ['ac\x1b[Db', 'abc', 4],
    ['ac\x1bODb', 'abc', 4],
    ['abc\x01X', 'Xabc', 3],
    ['abc\x1b[HX\x1b[FY', 'XabcY', 7],
    ['abc\x1b[1~X\x1b[4~Y', 'XabcY', 7],
    ['abc\x7f', 'ab', 4],
    ['abc\b\b', 'a', 3],
    ['abc\x02\x02\x7f', 'bc', 2],
    ['abc\x01\x1b[3~', 'bc', 2],
    ['abc\x01\x04', 'bc', 2],
    ['one two\x1bbX', 'one Xtwo', 7],
    ['one two\x01\x1b[1;5CX', 'oneX two', 6],
    ['one two \x17', 'one ', 6],
    ['one two\x15', '', 2],
    ['one two\x1bb\x0b', 'one ', 6],
    ['one two\x1bb\x0b\x01\x19', 'twoone ', 5],
    ['one two\x01\x1bd', ' two', 2],
    ['a\x1b[99zb', 'ab', 4],
    ['a\x00\x1fb', 'ab', 4],
    ['\x7f\x1b[D\x1b[3~\x15\x0b\x17', '', 2],
  ]
  for (const [keys, line, cursor] of cases) {
    const row = `> ${line}`.trimEnd()
    expect({ keys, ...type(keys) }).toEqual({ keys, row, cursor, line, result: MORE })
  }
})

test('a character of several bytes is one step of the cursor and one deletion', () => {
  guest.call('start', '', 0)
  guest.call('feed', 'a\xc3\xa4b\x1b[D\x1b[D')
  guest.text('written')
  guest.call('feed', '\x1b[3~')
  expect(guest.text('line')).toBe('ab')
  guest.call('feed', '\xe2\x82\xac\x7f')
  expect(guest.text('line')).toBe('ab')
})

test('a line longer than the row is echoed as typed, and scrolls once it is edited', () => {
  const long = 'x'.repeat(70) + 'y'.repeat(70)
  guest.call('start', '> ', 1)
  guest.call('feed', long)
  expect(guest.text('written')).toBe(long)
  const home = type(`${long}\x01`)
  expect(home).toMatchObject({ line: long, cursor: 2 })
  const ends = type(`${long}\x01\x05`)
  expect(ends.line).toBe(long)
  expect(ends.row.endsWith('y'.repeat(70))).toBe(true)
  expect(type(`${long}\x01\x05z`).row.endsWith(`${'y'.repeat(70)}z`)).toBe(true)
})

test('the arrows bring back former lines, and the line that was being typed', () => {
  type('first\r')
  type('second\r')
  type('second\r')
  expect(type('dra\x1b[A').line).toBe('second')
  expect(type('\x1b[A\x1b[A').line).toBe('first')
  expect(type('\x1b[A\x1b[A\x1b[A').line).toBe('first')
  expect(type('dra\x1b[A\x1b[Bft').line).toBe('draft')
  expect(type('\x1b[B').line).toBe('')
  expect(type('\x10\x10\x0e!\r').line).toBe('second!')
})

test('without history, the arrows do nothing and the line is not kept', () => {
  type('known\r')
  guest.call('start', '', 0)
  guest.call('feed', '\x1b[Asecret\r')
  expect(guest.text('line')).toBe('secret')
  expect(type('\x1b[A').line).toBe('known')
})

test('Control-C and Control-D end the line, the latter only if it is empty', () => {
  expect(type('abc\x03')).toMatchObject({ result: INTERRUPT })
  expect(type('\x04')).toMatchObject({ result: END_OF_FILE })
  expect(type('a\x04')).toMatchObject({ result: MORE, line: 'a' })
})

test('CR, LF and CR LF are one end of line each', () => {
  expect(type('a\r').result).toBe(LINE)
  expect(type('\nb\n').result).toBe(LINE)
  expect(guest.text('line')).toBe('b')
  expect(type('\n').result).toBe(LINE)
})

test('Enter in the middle of a line takes the whole line', () => {
  expect(type('abc\x1b[D\x1b[D\r')).toMatchObject({ line: 'abc', result: LINE })
})

test('Control-L clears the screen and draws the line again', () => {
  expect(type('abc\x02\x0c')).toMatchObject({ row: '> abc', cursor: 4 })
})

test('output in between hides the line and shows it again', () => {
  guest.call('start', '> ', 1)
  guest.call('feed', 'ab\x1b[D')
  guest.text('written')
  guest.call('hide')
  expect(guest.text('written')).toBe('\r\x1b[K')
  guest.call('show')
  expect(row(guest.text('written'))).toEqual(['> ab', 3])
})

test('an endless line is refused by the bell, not by growing', () => {
  guest.call('start', '', 0)
  guest.call('feed', 'x'.repeat(1100))
  expect(guest.text('line').length).toBe(1024)
  expect(guest.text('written')).toEndWith('\x07')
})

test('rubbish never throws', () => {
  let seed = 1
  for (let round = 0; round < 300; round++) {
    let keys = ''
    for (let i = 0; i < 60; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      const pick = (seed >>> 16) % 40
      keys += pick < 8 ? '\x1b[' : String.fromCharCode((seed >>> 8) & 0xff)
    }
    guest.call('start', '> ', 1)
    guest.call('feed', keys)
  }
})

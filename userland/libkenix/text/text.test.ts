import { beforeAll, expect, test } from 'bun:test'
import { type Guest, loadGuest } from '../../testing/compile.ts'

let guest: Guest
beforeAll(async () => {
  guest = await loadGuest('testing/guest/text.ts')
}, 60_000)

test('matches() knows stars, question marks, brackets and escapes', () => {
  const yes: [string, string][] = [
    ['*', ''],
    ['a*c', 'abbc'],
    ['*.ts', 'x.ts'],
    ['a*b*c', 'aXbYbZc'],
    ['?', 'x'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[]]', ']'],
    ['[a-]', '-'],
    ['\\*', '*'],
    ['[\\]]', ']'],
    ['[', '['],
  ]
  for (const [pattern, text] of yes) {
    expect([pattern, text, guest.call('matches', pattern, text)]).toEqual([pattern, text, 1])
  }
})

test('matches() refuses what does not match as a whole', () => {
  const no: [string, string][] = [
    ['', 'a'],
    ['a', ''],
    ['a*c', 'abbd'],
    ['?', ''],
    ['[a-c]', 'd'],
    ['[!a-c]', 'b'],
    ['\\*', 'x'],
    ['*a', 'ab'],
  ]
  for (const [pattern, text] of no) {
    expect([pattern, text, guest.call('matches', pattern, text)]).toEqual([pattern, text, 0])
  }
})

test('matches() takes no exponential time', () => {
  const start = performance.now()
  expect(guest.call('matches', `${'*a'.repeat(50)}b`, 'a'.repeat(2000))).toBe(0)
  expect(performance.now() - start).toBeLessThan(500)
})

test('matchesName() wants a leading dot to be written', () => {
  expect(guest.call('matchesName', '*', '.hidden')).toBe(0)
  expect(guest.call('matchesName', '.*', '.hidden')).toBe(1)
  expect(guest.call('matchesName', '', '.')).toBe(0)
})

test('unescapePattern() undoes escapePattern(), which leaves no pattern', () => {
  const text = 'a*b?[c]\\d'
  const escaped = guest.text('escapePattern', text)
  expect(guest.call('isPattern', escaped)).toBe(0)
  expect(guest.text('unescapePattern', escaped)).toBe(text)
  expect(guest.call('isPattern', 'a[b')).toBe(0)
  expect(guest.call('isPattern', 'a[b]')).toBe(1)
})

test('resolvePath() resolves dots and never leaves the root', () => {
  const cases: [string, string, string][] = [
    ['/', 'a', '/a'],
    ['/a/b', '../c', '/a/c'],
    ['/a', '/b//./c/', '/b/c'],
    ['/', '../../..', '/'],
    ['/a', '', '/a'],
    ['/a', '.', '/a'],
  ]
  for (const [directory, path, result] of cases) {
    expect(guest.text('resolvePath', directory, path)).toBe(result)
  }
})

test('baseName() and directoryName() split a path', () => {
  const cases: [string, string, string][] = [
    ['/a/b/c', 'c', '/a/b'],
    ['/a/b/', 'b', '/a'],
    ['c', 'c', '.'],
    ['/c', 'c', '/'],
    ['/', '/', '/'],
  ]
  for (const [path, base, directory] of cases) {
    expect([guest.text('baseName', path), guest.text('directoryName', path)]).toEqual([
      base,
      directory,
    ])
  }
})

test('parseInteger() accepts whole integers only', () => {
  const none = -(2n ** 63n)
  const cases: [string, bigint][] = [
    ['0', 0n],
    ['-12', -12n],
    ['+7', 7n],
    ['0x1F', 31n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', none],
    ['', none],
    ['-', none],
    ['0x', none],
    ['12a', none],
    [' 1', none],
  ]
  for (const [text, value] of cases) {
    expect([text, guest.call('parseInteger', text) as unknown as bigint]).toEqual([text, value])
  }
})

test('hex(), humanSize() and duration() write numbers for people', () => {
  expect(guest.text('hex', 0xdeadbeefn, 16)).toBe('00000000deadbeef')
  expect(guest.text('hex', -1n, 1)).toBe('ffffffffffffffff')
  const sizes: [bigint, string][] = [
    [0n, '0'],
    [1023n, '1023'],
    [1024n, '1.0K'],
    [1536n, '1.5K'],
    [10240n, '10K'],
    [1048575n, '1024K'],
    [1048576n, '1.0M'],
    [64n << 30n, '64G'],
  ]
  for (const [bytes, text] of sizes) expect(guest.text('humanSize', bytes)).toBe(text)
  expect(guest.text('duration', 7n)).toBe('00:00:07')
  expect(guest.text('duration', 86400n + 3661n)).toBe('1 day, 01:01:01')
})

test('dates agree with those of JavaScript, far into past and future', () => {
  for (const s of [
    0, -1, 951782400, 951868799, 1795384111, 4102444800, -62135596800, 253402300799,
  ]) {
    const iso = new Date(s * 1000).toISOString()
    const [text, long, back] = guest.text('date', BigInt(s)).split('|')
    expect(text).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 19)}`)
    const day = new Date(s * 1000).toUTCString().slice(0, 3)
    expect(long!.slice(0, 3)).toBe(day)
    expect(back).toBe(String(s))
  }
})

test('columns() aligns cells and leaves no spaces at line ends', () => {
  expect(guest.text('table', 'a,1,x\nbbb,100,y', '<>')).toBe('a     1 x\nbbb 100 y\n')
})

test('parseOptions() reads joined letters, values, long names and --', () => {
  expect(guest.text('options', '-la file -- -x', 'la', '')).toBe('|l a|file -x')
  expect(guest.text('options', '-n5 a', 'n:', '')).toBe('|n=5|a')
  expect(guest.text('options', '-n 5 -', 'n:', '')).toBe('|n=5|-')
  expect(guest.text('options', '--all -a', 'a', 'all=a')).toBe('|a*2|')
})

test('parseOptions() says what it does not understand', () => {
  expect(guest.text('options', '-lz', 'la', '')).toStartWith('unknown option "-z"')
  expect(guest.text('options', '--what', 'la', 'all=a')).toStartWith('unknown option "--what"')
  expect(guest.text('options', '-n', 'n:', '')).toStartWith('option "-n" needs a value')
  expect(guest.text('options', '-:', 'n:', '')).toStartWith('unknown option "-:"')
})

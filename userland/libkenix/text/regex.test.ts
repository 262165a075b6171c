import { beforeAll, expect, test } from 'bun:test'
import { type Guest, loadGuest } from '../../testing/compile.ts'

let guest: Guest
beforeAll(async () => {
  guest = await loadGuest('testing/guest/regex.ts')
}, 60_000)

const search = (expression: string, text: string, ignoreCase = 0) =>
  guest.text('search', expression, text, ignoreCase)

/** Random expressions of what both engines know, and texts over few letters. */
function* samples(count: number): Generator<[string, string]> {
  let seed = 20261122
  const random = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (seed >>> 8) % n
  }
  const part = (depth: number): string => {
    const kind = random(depth > 0 ? 8 : 4)
    if (kind === 0) return 'a'
    if (kind === 1) return 'b'
    if (kind === 2) return ['.', '[ab]', '[^a]', '[a-c]'][random(4)]!
    if (kind === 3) return ['^', '$', 'c', '\\.'][random(4)]!
    if (kind === 4) return `(${part(depth - 1)}|${part(depth - 1)})`
    const atom = `(${part(depth - 1)}${part(depth - 1)})`
    return kind === 5 ? `${atom}*` : kind === 6 ? `${atom}+` : `${atom}?`
  }
  for (let i = 0; i < count; i++) {
    const expression = part(3) + part(3)
    const text = Array.from({ length: random(8) }, () => 'abc.'[random(4)]).join('')
    yield [expression, text]
  }
}

test('expressions match as those of JavaScript do', () => {
  for (const [expression, text] of samples(3000)) {
    const expected = new RegExp(expression).test(text) ? 'yes' : 'no'
    expect([expression, text, search(expression, text)]).toEqual([expression, text, expected])
  }
})

test('alternatives, escapes and letter case', () => {
  expect(search('a|b|cd', 'xcdx')).toBe('yes')
  expect(search('(a|b)+c', 'abac')).toBe('yes')
  expect(search('a\\tb', 'a\tb')).toBe('yes')
  expect(search('a\\.b', 'axb')).toBe('no')
  expect(search('[]x]', ']')).toBe('yes')
  expect(search('[a\\]]', ']')).toBe('yes')
  expect(search('HeLLo', 'say hello', 1)).toBe('yes')
  expect(search('[A-Z]x', 'ax', 1)).toBe('yes')
  expect(search('hello', 'HELLO')).toBe('no')
  expect(search('', '')).toBe('yes')
})

test('what is no expression is named', () => {
  expect(search('(', '')).toBe('error: "(" without ")"')
  expect(search(')', '')).toBe('error: ")" without "("')
  expect(search('[a', '')).toBe('error: "[" without "]"')
  expect(search('*a', '')).toBe('error: nothing before "*" to repeat')
  expect(search('a\\', '')).toBe('error: a backslash at the end')
  expect(search('('.repeat(100), '')).toContain('nested too deep')
  expect(search('a'.repeat(2000), '')).toContain('longer than')
})

test('no expression takes exponential time', () => {
  const start = performance.now()
  expect(search(`${'a?'.repeat(25)}${'a'.repeat(25)}`, 'a'.repeat(25))).toBe('yes')
  expect(search('(a*)*b', 'a'.repeat(2000))).toBe('no')
  expect(performance.now() - start).toBeLessThan(2000)
})

/**
 * Dispersed code: a C program of many small functions, all different, called in an order that has nothing to do with
 * where they lie. What it measures is not any loop but how much code is warm at a time.
 */

/** Numbers below `limit`, the same in every build (a linear congruential generator). */
function* numbers(seed: number): Generator<(limit: number) => number, never> {
  let state = seed
  const next = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  for (;;) yield next
}

/** Calls a function holds: compilers take more than linear time for longer ones. */
const GROUP = 100

/**
 * Source of a program with `count` functions of about 16 instructions and a branch that depends on data.
 * Follows guests/work.h; a unit of work calls each function once.
 */
export function dispersedSource(count: number): string {
  const random = numbers(count).next().value
  const functions = Array.from({ length: count }, (_, n) => {
    const [a, b, c] = [1 + random(62), 1 + random(62), 1 + random(4000)]
    const odd = (1 + random(30000)) * 2 + 1
    return [
      `static NOINLINE u64 f${n}(u64 x, u64 y) {`,
      `  x = (x ^ (y >> ${a})) * ${odd}u + ${c}u;`,
      // The empty asm keeps the branch from becoming a conditional select.
      `  if (x & ${1 << random(12)}u) { x ^= y << ${b}; __asm__("" : "+r"(x)); }`,
      `  else x += (y ^ ${random(60000)}u) >> ${1 + random(20)};`,
      `  y += x ^ (x >> ${b});`,
      `  return (x << ${a} | x >> ${64 - a}) - (y & ${random(4095)}u);`,
      '}',
    ].join('\n')
  })
  const order = Array.from({ length: count }, (_, n) => n)
  for (let n = count - 1; n > 0; n--) {
    const other = random(n + 1)
    const moved = order[n]!
    order[n] = order[other]!
    order[other] = moved
  }
  const calls = order.map((n, place) => `  x = f${n}(x, ${place}u + unit);`)
  const groups = Array.from({ length: Math.ceil(count / GROUP) }, (_, n) => n)
  return [
    '#include "work.h"',
    'void prepare(void) {}',
    ...functions,
    ...groups.flatMap((n) => [
      `static NOINLINE u64 group${n}(u64 x, u64 unit) {`,
      ...calls.slice(n * GROUP, (n + 1) * GROUP),
      '  return x;',
      '}',
    ]),
    'u64 work(u64 units) {',
    '  u64 x = 1;',
    '  for (u64 unit = 0; unit < units; unit++) {',
    ...groups.map((n) => `    x = group${n}(x, unit);`),
    '  }',
    '  return mix(0, x);',
    '}',
    '',
  ].join('\n')
}

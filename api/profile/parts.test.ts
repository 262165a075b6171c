import { expect, test } from 'bun:test'
import { type Frame, guestAddress, type Part, partOf } from './parts.ts'

function wasm(name: string): Frame {
  return { name: `.wasm-function[${name}]`, category: 'OMG' }
}

function script(sourceURL: string, name = 'f'): Frame {
  return { name, category: 'FTL', sourceURL: `/somewhere/${sourceURL}` }
}

const LOOP = script('devices/run-loop.ts')
const RUN = script('jit/core/core.ts', 'run')
const INTERPRET = wasm('assembly/generated/interpreter/interpret')
const GUEST = wasm('guest@ffff800008012340')

test.each<[Part, Frame[]]>([
  ['interpreter', [INTERPRET, RUN, LOOP]],
  ['interpreter', [wasm('assembly/fp/arithmetic/add'), INTERPRET, RUN, LOOP]],
  ['interpreter', [wasm('assembly/state/setNZCV'), INTERPRET, RUN, LOOP]],
  ['translated code', [GUEST, wasm('assembly/translated/enter'), INTERPRET, RUN, LOOP]],
  ['single instructions for translated code', [wasm('assembly/slow/slowAt'), GUEST, INTERPRET]],
  ['TLB misses', [wasm('assembly/mmu/walk'), GUEST, INTERPRET, RUN]],
  ['exceptions', [wasm('assembly/exception/take'), INTERPRET, RUN]],
  ['predecoding', [wasm('assembly/predecode/predecode'), INTERPRET, RUN]],
  ['system instructions', [wasm('assembly/sysreg-write/write'), INTERPRET, RUN]],
  ['devices', [script('devices/pl011.ts'), RUN, INTERPRET, RUN, LOOP]],
  ['translating', [{ name: 'Module', category: 'Host' }, script('jit/translate/translator.ts')]],
  ['translating', [script('jit/isa/tree.ts'), script('jit/translate/rows.ts'), INTERPRET]],
  ['run loop', [RUN, LOOP]],
  ['run loop', [script('devices/scheduler.ts'), LOOP]],
  ['other', [{ name: '(unknown)', category: 'Unknown Frame' }]],
])('a stack is told to be in: %s', (part, frames) => {
  expect(partOf(frames)).toBe(part)
})

test('translated code tells its address', () => {
  expect(guestAddress(GUEST)).toBe(0xffff_8000_0801_2340n)
  expect(guestAddress(INTERPRET)).toBeUndefined()
  expect(guestAddress({ name: 'guest@1', category: 'FTL' })).toBeUndefined()
})

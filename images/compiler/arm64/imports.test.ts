/** Imported functions as instructions: what is emitted, seen by the disassembler, and what is refused. */

import { describe, expect, test } from 'bun:test'
import { Assembler } from '../../../jit/isa/assembler.ts'
import { disassemble } from '../../../jit/isa/disassemble.ts'
import { compile } from '../compile.ts'
import { access, type Code, constant, END, local, ModuleBuilder, op } from '../testing/builder.ts'
import type { ValueType } from '../wasm/module.ts'

type Signature = readonly [readonly ValueType[], readonly ValueType[]]

/** The instructions of a function that passes its parameters on to imports, given how it calls them. */
function compiled(
  imports: Record<string, Signature>,
  [params, results]: Signature,
  code: (call: (name: string) => number[]) => Code,
  options: Parameters<typeof compile>[2] = {},
): string[] {
  const builder = new ModuleBuilder()
  const indices: Record<string, number> = {}
  for (const [name, [takes, gives]] of Object.entries(imports)) {
    const [module = '', field = ''] = name.split('.')
    indices[name] = builder.import(module, field, takes, gives)
  }
  const body = code((name) => [0x10, indices[name]!])
  builder.export('f', builder.func(params, results, ['i64'], ...body))
  const asm = new Assembler()
  asm.define('routine', 0n)
  compile(builder.bytes(), asm, options)
  const bytes = asm.finish()
  return [...new Uint32Array(bytes.buffer, 0, bytes.length / 4)].map((item) =>
    disassemble(item).replace('\t', ' '),
  )
}

/** One call with the function's own parameters as arguments. */
function passing(name: string, signature: Signature): string[] {
  const args = signature[0].map((_, i) => local.get(i))
  return compiled({ [name]: signature }, signature, (call) => [...args, call(name)])
}

const READ: Signature = [[], ['i64']]
const WRITE: Signature = [['i64'], []]
const NONE: Signature = [[], []]

describe('imported functions', () => {
  test.each<[string, Signature, string[]]>([
    ['mrs.esr_el1', READ, ['mrs x0, esr_el1']],
    ['mrs.cntpct_el0', READ, ['mrs x0, cntpct_el0']],
    ['mrs.daif', READ, ['mrs x0, daif']],
    ['msr.ttbr0_el1', WRITE, ['msr ttbr0_el1, x0']],
    ['sys.dsb_ishst', NONE, ['dsb ishst']],
    ['sys.dmb_ishld', NONE, ['dmb ishld']],
    ['sys.isb', NONE, ['isb']],
    ['sys.wfi', NONE, ['wfi']],
    ['sys.sevl', NONE, ['sevl']],
    ['sys.tlbi_vmalle1is', NONE, ['tlbi vmalle1is']],
    ['sys.tlbi_vaae1is', WRITE, ['tlbi vaae1is, x0']],
    ['sys.dc_civac', WRITE, ['dc civac, x0']],
    ['sys.ic_ialluis', NONE, ['ic ialluis']],
    ['sys.ic_ivau', WRITE, ['ic ivau, x0']],
    ['sys.at_s1e0r', WRITE, ['at s1e0r, x0']],
    ['mem64.load8', [['i64'], ['i32']], ['ldrb w0, [x0]']],
    ['mem64.load64', [['i64'], ['i64']], ['ldr x0, [x0]']],
    ['mem64.store16', [['i64', 'i32'], []], ['strh w1, [x0]']],
    ['mem64.store64', [['i64', 'i64'], []], ['str x1, [x0]']],
    ['mem64.ldaxr64', [['i64'], ['i64']], ['ldaxr x0, [x0]']],
    ['mem64.ldar32', [['i64'], ['i32']], ['ldar w0, [x0]']],
    ['mem64.stlr64', [['i64', 'i64'], []], ['stlr x1, [x0]']],
    ['mem64.ldtrb', [['i64'], ['i32']], ['ldtrb w0, [x0]']],
    ['mem64.sttr64', [['i64', 'i64'], []], ['sttr x1, [x0]']],
  ])('makes %s one instruction', (name, signature, expected) => {
    expect(passing(name, signature)).toEqual([...expected, 'ret'])
  })

  test('gives the status of an exclusive store a register of its own', () => {
    const [store] = passing('mem64.stlxr32', [['i64', 'i32'], ['i32']])
    expect(store).toMatch(/^stlxr w(\d+), w1, \[x0\]$/)
    expect(store).not.toStartWith('stlxr w0')
    expect(store).not.toStartWith('stlxr w1')
  })

  test('makes a loop of an atomic exchange', () => {
    const code = passing('atomic.cas32', [['i32', 'i32', 'i32'], ['i32']])
    expect(code.filter((text) => /^(ldaxr|stlxr|cbnz|b\.ne)/.test(text))).toHaveLength(4)
  })

  test('takes what is added to an address into the access', () => {
    const signature: Signature = [['i64'], ['i64']]
    const code = compiled({ 'mem64.load64': signature }, signature, (call) => [
      local.get(0),
      constant('i64', 16n),
      op('i64.add'),
      call('mem64.load64'),
    ])
    expect(code).toEqual(['ldr x0, [x0, #16]', 'ret'])
  })

  test('neither merges nor drops nor reorders accesses', () => {
    const load: Signature = [['i64'], ['i64']]
    const store: Signature = [['i64', 'i64'], []]
    const code = compiled(
      { 'mem64.load64': load, 'mem64.store64': store, 'sys.dsb_sy': NONE },
      [['i64'], ['i64']],
      (call) => [
        [...local.get(0), ...call('mem64.load64'), 0x1a],
        [...local.get(0), ...constant('i64', 0n), ...call('mem64.store64')],
        call('sys.dsb_sy'),
        [...constant('i32', 64n), ...access('i32.load'), 0x1a],
        [...local.get(0), ...constant('i64', 0n), ...call('mem64.store64')],
        [...local.get(0), ...call('mem64.load64')],
      ],
    )
    expect(code.map((text) => text.split(' ')[0])).toEqual([
      'ldr',
      'str',
      'dsb',
      'ldr',
      'str',
      'ldr',
      'ret',
    ])
  })

  test('reads a system register again in every turn of a loop', () => {
    // do { n = n - isr_el1 } while (n)
    const code = compiled({ 'mrs.isr_el1': READ }, [['i64'], []], (call) => [
      [0x03, 0x40],
      [...local.get(0), ...call('mrs.isr_el1'), ...op('i64.sub'), ...local.tee(0)],
      [...op('i64.eqz'), 0x45, 0x0d, 0, END],
    ])
    expect(code).toEqual([
      'mrs x8, isr_el1',
      'sub x0, x0, x8',
      'cbnz x0, 0xfffffffffffffff8',
      'ret',
    ])
  })

  test('passes a system call its number in x8', () => {
    const types: ValueType[] = ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64']
    const code = passing('svc.call', [types, ['i64']])
    expect(code).toContain('mov x8, x0')
    expect(code.indexOf('svc #0x0')).toBeGreaterThan(code.indexOf('mov x8, x0'))
  })

  test('writes all results of a system call to memory', () => {
    const types: ValueType[] = ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i32']
    const code = passing('svc.call6', [types, []])
    expect(code.filter((text) => /^stp .*\[x16/.test(text))).toHaveLength(3)
  })

  test('calls through a pointer', () => {
    const code = passing('fn64.call1', [['i64', 'i64'], ['i64']])
    expect(code.some((text) => text.startsWith('blr'))).toBe(true)
  })

  test('calls routines in assembly by their labels', () => {
    const signature: Signature = [['i64'], ['i64']]
    const code = compiled(
      { 'asm.routine': signature },
      signature,
      (call) => [local.get(0), call('asm.routine')],
      { labelOf: ({ module, name }) => (module === 'asm' ? name : undefined) },
    )
    expect(code.some((text) => text.startsWith('bl '))).toBe(true)
  })

  test('takes a constant into daifset and brk', () => {
    const signature: Signature = [['i32'], []]
    const code = compiled({ 'sys.daifset': signature, 'sys.brk': signature }, NONE, (call) => [
      [...constant('i32', 2n), ...call('sys.daifset')],
      [...constant('i32', 7n), ...call('sys.brk')],
    ])
    expect(code).toEqual(['msr daifset, #0x2', 'brk #0x7', 'ret'])
  })

  test.each<[string, string, Signature]>([
    ['a system register there is not', 'mrs.esr_el9', READ],
    ['a system register in capitals', 'mrs.ESR_EL1', READ],
    ['an instruction there is not', 'sys.dsb_all', NONE],
    ['a module there is not', 'console.log', NONE],
    ['a member of all objects', 'atomic.constructor', NONE],
    ['a routine that nobody gives', 'asm.routine', NONE],
  ])('refuses %s, by its name', (_, name, signature) => {
    expect(() => passing(name, signature)).toThrow(`Cannot compile the import "${name}"`)
  })

  test('refuses another type, naming that which is right', () => {
    expect(() => passing('mem64.load8', [['i32'], ['i32']])).toThrow('its type is [i64] -> [i32]')
  })

  test('refuses a variable where the instruction holds a number', () => {
    expect(() => passing('sys.daifset', [['i32'], []])).toThrow(
      'its argument must be a constant from 0 to 15',
    )
  })
})

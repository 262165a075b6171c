/**
 * Imported functions that are instructions: system registers, barriers, cache and TLB maintenance, accesses at absolute
 * addresses, exclusives. WebAssembly names a function by module and name, and so does this table; DDI 0487 says what each
 * instruction does.
 *
 * A call of one is a call to the passes: never merged, moved or dropped, and in order with all other calls and accesses. What
 * branches (system calls, calls through pointers) is in `select-import.ts`.
 */

import { assemble } from '../../../jit/isa/assemble.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { w, wzr, x, xzr } from '../../../jit/isa/registers.ts'
import { systemOperationByName } from '../../../jit/isa/system-operations.ts'
import { systemRegisterEncoding } from '../../../jit/isa/system-registers.ts'
import type { ValueType } from '../wasm/module.ts'
import { MEMORY } from './convention.ts'
import type { Output } from './output.ts'

/** An imported function that becomes instructions in place of its call. */
export interface Inline {
  readonly kind: 'inline'
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
  /** Its only argument is part of the instruction, a number up to this. */
  readonly limit?: number
  /** Bytes that are accessed at the first argument, whose constant parts may become part of the instruction. */
  readonly access?: number
  /** The result is written before all arguments were read. */
  readonly early?: boolean
  /**
   * Emits it. Registers are those of the result, if there is one, and of the arguments; `address` is what `access` asked for,
   * `constant` what `limit` did.
   */
  readonly emit: (
    out: Output,
    registers: readonly number[],
    address: a64.Address,
    constant: number,
  ) => void
}

type Emission = (out: Output, registers: readonly number[]) => void

function inline(
  params: readonly ValueType[],
  results: readonly ValueType[],
  emit: Emission,
  early = false,
): Inline {
  return { kind: 'inline', params, results, emit, early }
}

const word = (emitted: number): Inline => inline([], [], (out) => out.emit(emitted))

/** An instruction with its number in the low bits of `limit`. */
function immediate(limit: number, make: (value: number) => number): Inline {
  return {
    kind: 'inline',
    params: ['i32'],
    results: [],
    limit,
    emit: (out, _registers, _address, value) => out.emit(make(value)),
  }
}

const HINTS = ['nop', 'yield', 'wfe', 'wfi', 'sev', 'sevl'] as const
const BARRIERS = /^(dsb|dmb)_((?:osh|nsh|ish)(?:ld|st)?|ld|st|sy)$/

function system(name: string): Inline | undefined {
  const hint = HINTS.find((one) => one === name)
  if (hint) return word(a64.hint(hint))
  if (name === 'isb') return word(a64.isb())
  if (name === 'brk') return immediate(0xffff, a64.brk)
  if (name === 'daifset' || name === 'daifclr') {
    return immediate(15, (value) => assemble(`msr ${name}, #${value}`))
  }
  const [, kind, option] = BARRIERS.exec(name) ?? []
  if (kind) return word(assemble(`${kind} ${option}`))
  const operation = systemOperationByName(name.replace('_', ' '))
  if (!operation) return undefined
  if (!operation.operand) return word(assemble(operation.name))
  const base = assemble(`${operation.name}, x0`)
  return inline(['i64'], [], (out, [n]) => out.emit(base | n!))
}

/** Data registers; 31 is zero. */
const w0 = (n: number) => (n === 31 ? wzr : w(n))
const x0 = (n: number) => (n === 31 ? xzr : x(n))

/** Plain accesses, whose address may have an offset. */
const PLAIN: Record<string, Omit<Inline, 'kind'>> = {
  load8: load('i32', 1, (t, address) => a64.ldrb(w(t), address)),
  load16: load('i32', 2, (t, address) => a64.ldrh(w(t), address)),
  load32: load('i32', 4, (t, address) => a64.ldr(w(t), address)),
  load64: load('i64', 8, (t, address) => a64.ldr(x(t), address)),
  store8: store('i32', 1, (t, address) => a64.strb(w0(t), address)),
  store16: store('i32', 2, (t, address) => a64.strh(w0(t), address)),
  store32: store('i32', 4, (t, address) => a64.str(w0(t), address)),
  store64: store('i64', 8, (t, address) => a64.str(x0(t), address)),
}

function load(
  type: 'i32' | 'i64',
  access: number,
  make: (t: number, address: a64.Address) => number,
): Omit<Inline, 'kind'> {
  const emit: Inline['emit'] = (out, [t], address) => out.emit(make(t!, address))
  return { params: ['i64'], results: [type], access, emit }
}

function store(
  type: 'i32' | 'i64',
  access: number,
  make: (t: number, address: a64.Address) => number,
): Omit<Inline, 'kind'> {
  const emit: Inline['emit'] = (out, [t], address) => out.emit(make(t!, address))
  return { params: ['i64', type], results: [], access, emit }
}

/** Accesses with the rights of EL0, and their words on register 0. */
const UNPRIVILEGED: Record<string, readonly ['i32' | 'i64', boolean, string]> = {
  ldtrb: ['i32', true, 'ldtrb w0, [x0]'],
  ldtr64: ['i64', true, 'ldtr x0, [x0]'],
  sttrb: ['i32', false, 'sttrb w0, [x0]'],
  sttr64: ['i64', false, 'sttr x0, [x0]'],
}

function absolute(name: string): Inline | undefined {
  const plain = PLAIN[name]
  if (plain) return { kind: 'inline', ...plain }
  const unprivileged = UNPRIVILEGED[name]
  if (unprivileged) {
    const [type, loads, text] = unprivileged
    const base = assemble(text)
    return loads
      ? inline(['i64'], [type], (out, [t, n]) => out.emit(base | (n! << 5) | t!))
      : inline(['i64', type], [], (out, [n, t]) => out.emit(base | (n! << 5) | t!))
  }
  const [, operation, bits] = /^(ldaxr|stlxr|ldar|stlr)(32|64)$/.exec(name) ?? []
  if (!operation) return undefined
  const size = bits === '64' ? 8 : 4
  const type = bits === '64' ? 'i64' : 'i32'
  const data = bits === '64' ? x : w
  if (operation === 'stlxr') {
    const emit: Emission = (out, [s, n, t]) => out.emit(a64.stlxr(size, w(s!), data(t!), x(n!)))
    return inline(['i64', type], ['i32'], emit, true)
  }
  if (operation === 'stlr') {
    return inline(['i64', type], [], (out, [n, t]) => out.emit(a64.stlr(size, data(t!), x(n!))))
  }
  const make = operation === 'ldar' ? a64.ldar : a64.ldaxr
  return inline(['i64'], [type], (out, [t, n]) => out.emit(make(size, data(t!), x(n!))))
}

/** X16 = the address of an index. */
function atIndex(out: Output, n: number): typeof base {
  out.emit(a64.add(base, x(MEMORY), a64.extended(w(n), 'uxtw')))
  return base
}
const base = x(16)
const status = w(17)

/** A loop of exclusives: gives what was there, and stores what `next` puts into a register, unless that goes to `done`. */
function exclusive(
  next: (out: Output, found: number, args: readonly number[], done: number) => number,
): Emission {
  return (out, [t, n, ...args]) => {
    atIndex(out, n!)
    const again = out.asm.newLabel()
    const done = out.asm.newLabel()
    out.asm.label(again)
    out.emit(a64.ldaxr(4, w(t!), base))
    const stored = next(out, t!, args, done)
    out.emit(a64.stlxr(4, status, w(stored), base))
    out.asm.cbnz(status, again).label(done)
  }
}

/** Words of linear memory that others change at the same time. Those of one step give what was there before. */
const ATOMIC: Record<string, Inline> = {
  ldaxr32: inline(['i32'], ['i32'], (out, [t, n]) =>
    out.emit(a64.ldaxr(4, w(t!), atIndex(out, n!))),
  ),
  stlxr32: inline(
    ['i32', 'i32'],
    ['i32'],
    (out, [s, n, t]) => out.emit(a64.stlxr(4, w(s!), w(t!), atIndex(out, n!))),
    true,
  ),
  swap32: inline(
    ['i32', 'i32'],
    ['i32'],
    exclusive((_out, _found, [value]) => value!),
    true,
  ),
  add32: inline(
    ['i32', 'i32'],
    ['i32'],
    exclusive((out, found, [value]) => {
      out.emit(a64.add(w(18), w(found), w(value!)))
      return 18
    }),
    true,
  ),
  cas32: inline(
    ['i32', 'i32', 'i32'],
    ['i32'],
    exclusive((out, found, [expected, value], done) => {
      out.emit(a64.cmp(w(found), w(expected!)))
      out.asm.bCond('ne', done)
      return value!
    }),
    true,
  ),
}

const isRegister = (name: string): boolean =>
  name === name.toLowerCase() && systemRegisterEncoding(name) !== undefined

/** The instructions of an imported function, or undefined if there is none of this module and name. */
export function inlineImport(module: string, name: string): Inline | undefined {
  switch (module) {
    case 'mrs':
      if (!isRegister(name)) return undefined
      return inline([], ['i64'], (out, [t]) => out.emit(a64.mrs(x(t!), name)))
    case 'msr':
      if (!isRegister(name)) return undefined
      return inline(['i64'], [], (out, [n]) => out.emit(a64.msr(name, x(n!))))
    case 'sys':
      return system(name)
    case 'mem64':
      return absolute(name)
    case 'atomic':
      return Object.hasOwn(ATOMIC, name) ? ATOMIC[name] : undefined
    default:
      return undefined
  }
}

/** Selection of integer operations. */

import { assemble } from '../../../jit/isa/assemble.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { d, inverted, w, x } from '../../../jit/isa/registers.ts'
import type { Type, Value } from '../ssa.ts'
import { combination, comparison, type Flags, flagsOf, isComparison } from './condition.ts'
import {
  arithmeticOperand,
  isShiftable,
  logicalOperand,
  shiftedOperand,
  widthOf,
} from './operand.ts'
import { constantOf, general, type Selector, signedOf } from './selector.ts'

/** Selects an integer operation; false if it is none. */
export function selectInteger(selector: Selector, value: Value): boolean {
  const flags = isComparison(value) ? comparison(selector, value) : combination(selector, value)
  if (flags) {
    selectFlag(selector, value, flags)
    return true
  }
  const [prefix, name = ''] = value.op.split('.')
  if (prefix !== 'i32' && prefix !== 'i64') return false
  const select = TABLE[name]
  select?.(selector, value, name)
  return select !== undefined
}

type Select = (selector: Selector, value: Value, name: string) => unknown

function selectFlag(selector: Selector, value: Value, flags: Flags): void {
  selector.put([selector.registerOf(value)], flags.uses, (out, [target, ...rest]) => {
    flags.emit(out, rest)
    out.emit(a64.cset(w(target!), flags.code))
  })
}

/** Puts an instruction of one operand. */
function one(selector: Selector, value: Value, word: (type: Type, t: number, n: number) => number) {
  const type = value.type!
  const use = selector.use(value.args[0]!)
  selector.put([selector.registerOf(value)], [use], (out, [t, n]) => out.emit(word(type, t!, n!)))
}

/** Puts an instruction of two registers. */
function two(
  selector: Selector,
  value: Value,
  instruction: typeof a64.sdiv,
  [a, b] = value.args as [Value, Value],
) {
  const type = value.type!
  selector.put([selector.registerOf(value)], [selector.use(a), selector.use(b)], (out, [t, n, m]) =>
    out.emit(instruction(general(type, t!), general(type, n!), general(type, m!))),
  )
}

const add: Select = (selector, value) => {
  const [first, second] = value.args as [Value, Value]
  for (const [a, b] of [
    [first, second],
    [second, first],
  ] as const) {
    if (/^i(32|64)\.mul$/.test(b.op) && selector.absorbs(b))
      return multiplyAdd(selector, value, a, b)
  }
  // In loops constants are in registers, made before.
  const inRegister = second.op !== 'const' || selector.block.loop !== undefined
  const exchange = inRegister && isShiftable(selector, first)
  sum(selector, value, exchange ? second : first, exchange ? first : second, true)
}

const sub: Select = (selector, value) => {
  const [a, b] = value.args as [Value, Value]
  if (/^i(32|64)\.mul$/.test(b.op) && selector.absorbs(b)) return multiplyAdd(selector, value, a, b)
  if (constantOf(a) === 0n) return negate(selector, value, b)
  sum(selector, value, a, b, false)
}

function negate(selector: Selector, value: Value, b: Value) {
  const type = value.type!
  const operand = shiftedOperand(selector, b, false)
  selector.put([selector.registerOf(value)], operand.uses, (out, [t, ...rest]) =>
    out.emit(a64.neg(general(type, t!), operand.make(rest))),
  )
}

function sum(selector: Selector, value: Value, a: Value, b: Value, adds: boolean): void {
  const type = value.type!
  const operand = arithmeticOperand(selector, b)
  const instruction = adds !== operand.negated ? a64.add : a64.sub
  const uses = [selector.use(a), ...operand.uses]
  selector.put([selector.registerOf(value)], uses, (out, [t, n, ...rest]) =>
    out.emit(instruction(general(type, t!), general(type, n!), operand.make(rest))),
  )
}

/** addend + or - a product. */
function multiplyAdd(selector: Selector, value: Value, addend: Value, product: Value): void {
  const type = value.type!
  const uses = [...product.args, addend].map((arg) => selector.use(arg))
  const instruction = value.op.endsWith('add') ? a64.madd : a64.msub
  selector.put([selector.registerOf(value)], uses, (out, [t, n, m, a]) =>
    out.emit(
      instruction(general(type, t!), general(type, n!), general(type, m!), general(type, a!)),
    ),
  )
}

const mul: Select = (selector, value) => {
  const [a, b] = value.args as [Value, Value]
  const match = /^i64\.extend_i32_([su])$/.exec(a.op)
  if (!match || a.op !== b.op || !selector.absorbs(a) || !selector.absorbs(b)) {
    return two(selector, value, a64.mul)
  }
  const instruction = match[1] === 's' ? a64.smaddl : a64.umaddl
  const uses = [a, b].map(({ args }) => selector.use(args[0]!))
  selector.put([selector.registerOf(value)], uses, (out, [t, n, m]) =>
    out.emit(instruction(x(t!), w(n!), w(m!))),
  )
}

/** The length of a mask of low ones, or undefined. */
function maskLength(bits: bigint | undefined): number | undefined {
  if (!bits || (bits & (bits + 1n)) !== 0n) return undefined
  return bits.toString(2).length
}

const and: Select = (selector, value) => {
  const [a, b] = value.args as [Value, Value]
  const type = value.type!
  const length = maskLength(constantOf(b))
  const shift = a.op.endsWith('.shr_u') && selector.absorbs(a) ? constantOf(a.args[1]!) : undefined
  if (length === undefined || shift === undefined) return logical(selector, value, 'and')
  const bits = widthOf(type)
  const from = Number(shift % BigInt(bits))
  const width = Math.min(length, bits - from)
  const use = selector.use(a.args[0]!)
  selector.put([selector.registerOf(value)], [use], (out, [t, n]) =>
    out.emit(a64.ubfx(general(type, t!), general(type, n!), from, width)),
  )
}

const LOGICAL = { and: a64.and, or: a64.orr, xor: a64.eor } as const
const INVERTING = { and: a64.bic, or: a64.orn, xor: a64.eon } as const

function isNot(value: Value): boolean {
  return (
    /\.xor$/.test(value.op) && value.args[1]!.op === 'const' && signedOf(value.args[1]!) === -1n
  )
}

function logical(selector: Selector, value: Value, name: keyof typeof LOGICAL) {
  const type = value.type!
  const [first, second] = value.args as [Value, Value]
  const target = selector.registerOf(value)
  if (isNot(value)) {
    const operand = shiftedOperand(selector, first, true)
    return selector.put([target], operand.uses, (out, [t, ...rest]) =>
      out.emit(a64.mvn(general(type, t!), operand.make(rest))),
    )
  }
  for (const [a, b] of [
    [first, second],
    [second, first],
  ] as const) {
    if (!isNot(b) || !selector.absorbs(b)) continue
    const operand = shiftedOperand(selector, b.args[0]!, true)
    const uses = [selector.use(a), ...operand.uses]
    return selector.put([target], uses, (out, [t, n, ...rest]) =>
      out.emit(INVERTING[name](general(type, t!), general(type, n!), operand.make(rest))),
    )
  }
  // In loops constants are in registers, made before.
  const inRegister = second.op !== 'const' || selector.block.loop !== undefined
  const exchange = inRegister && (isShiftable(selector, first) || isRotation(selector, first))
  const [a, b] = exchange ? [second, first] : [first, second]
  const operand = logicalOperand(selector, b)
  const uses = [selector.use(a), ...operand.uses]
  selector.put([target], uses, (out, [t, n, ...rest]) =>
    out.emit(LOGICAL[name](general(type, t!), general(type, n!), operand.make(rest))),
  )
}

function isRotation(selector: Selector, value: Value): boolean {
  const rotates = value.op.endsWith('.rotr') && constantOf(value.args[1]!) !== undefined
  return rotates && selector.absorbs(value)
}

const SHIFTS = { shl: a64.lsl, shr_u: a64.lsr, shr_s: a64.asr, rotr: a64.ror } as const

/** Shifts by a constant, with the shift or mask they may complete to a bit field. */
const shift: Select = (selector, value, name) => {
  const [a, b] = value.args as [Value, Value]
  const type = value.type!
  const instruction = SHIFTS[name as keyof typeof SHIFTS]
  const by = constantOf(b)
  if (by === undefined) return two(selector, value, instruction)
  const amount = Number(by % BigInt(widthOf(type)))
  if (bitField(selector, value, name, amount)) return
  const use = selector.use(a)
  selector.put([selector.registerOf(value)], [use], (out, [t, n]) =>
    out.emit(instruction(general(type, t!), general(type, n!), amount)),
  )
}

/** (a << b) >> amount takes a field; (a & mask) << amount places one. */
function bitField(selector: Selector, value: Value, name: string, amount: number): boolean {
  const [a] = value.args as [Value]
  const type = value.type!
  const bits = widthOf(type)
  if (!selector.absorbs(a)) return false
  const second = constantOf(a.args[1] ?? a)
  if (second === undefined) return false
  const put = (instruction: typeof a64.ubfm, immr: number, imms: number) => {
    const use = selector.use(a.args[0]!)
    selector.put([selector.registerOf(value)], [use], (out, [t, n]) =>
      out.emit(instruction(general(type, t!), general(type, n!), immr, imms)),
    )
    return true
  }
  if (/^shr_[su]$/.test(name) && a.op.endsWith('.shl')) {
    const left = Number(second % BigInt(bits))
    const instruction = name === 'shr_s' ? a64.sbfm : a64.ubfm
    return put(instruction, (amount - left + bits) % bits, bits - 1 - left)
  }
  const length = name === 'shl' && a.op.endsWith('.and') ? maskLength(second) : undefined
  if (length === undefined) return false
  return put(a64.ubfm, (bits - amount) % bits, Math.min(length, bits - amount) - 1)
}

/** A rotation to the left is one to the right by the opposite amount. */
const rotl: Select = (selector, value) => {
  const [a, b] = value.args as [Value, Value]
  const type = value.type!
  const by = constantOf(b)
  const use = selector.use(a)
  const target = selector.registerOf(value)
  if (by !== undefined) {
    const amount = Number(BigInt.asUintN(type === 'i64' ? 6 : 5, -by))
    return selector.put([target], [use], (out, [t, n]) =>
      out.emit(a64.ror(general(type, t!), general(type, n!), amount)),
    )
  }
  selector.put([target], [use, selector.use(b)], (out, [t, n, m]) => {
    out.emit(a64.neg(general(type, 16), general(type, m!)))
    out.emit(a64.ror(general(type, t!), general(type, n!), general(type, 16)))
  })
}

/** Division and remainder: the machine gives 0 for a division by 0 and wraps; WebAssembly traps. */
const divide: Select = (selector, value, name) => {
  const [a, b] = value.args as [Value, Value]
  const type = value.type!
  const divisor = b.op === 'const' ? signedOf(b) : undefined
  const checksZero = divisor === undefined || divisor === 0n
  const checksOverflow = name === 'div_s' && (divisor === undefined || divisor === -1n)
  const isRemainder = name.startsWith('rem')
  const instruction = name.endsWith('s') ? a64.sdiv : a64.udiv
  const emits = (t: number, n: number, m: number) => {
    const [target, left, right] = [t, n, m].map((number) => general(type, number))
    if (!isRemainder) return [instruction(target!, left!, right!)]
    const quotient = general(type, 16)
    return [instruction(quotient, left!, right!), a64.msub(target!, quotient, right!, left!)]
  }
  const uses = [selector.use(a), selector.use(b)]
  selector.put([selector.registerOf(value)], uses, (out, [t, n, m]) => {
    if (checksZero) out.branchZero(general(type, m!), true, out.trap('divide'))
    if (checksOverflow) {
      // Only the smallest number less 1 overflows, and only for it and -1 the second comparison gives V.
      out.emit(a64.cmn(general(type, m!), 1), a64.ccmp(general(type, n!), 1, 0, 'eq'))
      out.branch('vs', out.trap('overflow'))
    }
    out.emit(...emits(t!, n!, m!))
  })
}

const ctz: Select = (selector, value) => {
  const type = value.type!
  selector.put([selector.registerOf(value)], [selector.use(value.args[0]!)], (out, [t, n]) => {
    const target = general(type, t!)
    out.emit(a64.rbit(target, general(type, n!)), a64.clz(target, target))
  })
}

const COUNT = assemble('cnt v31.8b, v31.8b')
const SUM = assemble('addv b31, v31.8b')

const popcnt: Select = (selector, value) => {
  const type = value.type!
  selector.put([selector.registerOf(value)], [selector.use(value.args[0]!)], (out, [t, n]) => {
    if (type === 'i64') out.emit(a64.fmov(d(31), x(n!)))
    else out.emit(a64.fmov({ bits: 32, number: 31 }, w(n!)))
    out.emit(COUNT, SUM, a64.fmov(w(t!), { bits: 32, number: 31 }))
  })
}

/** True if the instruction that makes the word clears the upper half of its register. */
function clearsUpper({ op, imm }: Value): boolean {
  if (op === 'load') return imm.access!.type === 'i32'
  return /^i32\./.test(op) && op !== 'i32.wrap_i64'
}

const extendUnsigned: Select = (selector, value) => {
  const [arg] = value.args as [Value]
  if (clearsUpper(arg)) {
    selector.move([selector.registerOf(value)], [selector.use(arg)])
    return
  }
  one(selector, value, (_, t, n) => a64.mov(w(t), w(n)))
}

const wrap: Select = (selector, value) => {
  selector.move([selector.registerOf(value)], [selector.use(value.args[0]!)])
}

const TABLE: Record<string, Select> = {
  add,
  sub,
  mul,
  and,
  or: (selector, value) => logical(selector, value, 'or'),
  xor: (selector, value) => logical(selector, value, 'xor'),
  shl: shift,
  shr_u: shift,
  shr_s: shift,
  rotr: shift,
  rotl,
  div_s: divide,
  div_u: divide,
  rem_s: divide,
  rem_u: divide,
  clz: (selector, value) =>
    one(selector, value, (type, t, n) => a64.clz(general(type, t), general(type, n))),
  ctz,
  popcnt,
  wrap_i64: wrap,
  extend_i32_u: extendUnsigned,
  extend_i32_s: (selector, value) => one(selector, value, (_, t, n) => a64.sxtw(x(t), x(n))),
  extend8_s: (selector, value) =>
    one(selector, value, (type, t, n) => a64.sxtb(general(type, t), general(type, n))),
  extend16_s: (selector, value) =>
    one(selector, value, (type, t, n) => a64.sxth(general(type, t), general(type, n))),
  extend32_s: (selector, value) => one(selector, value, (_, t, n) => a64.sxtw(x(t), x(n))),
}

/** Selects a choice between two integers. */
export function selectChoice(selector: Selector, value: Value) {
  const type = value.type!
  const [yes, no, condition] = value.args as [Value, Value, Value]
  const flags = flagsOf(selector, condition)
  const target = selector.registerOf(value)
  const count = flags.uses.length
  if (constantOf(yes) === 1n && constantOf(no) === 0n) {
    return selector.put([target], flags.uses, (out, [t, ...rest]) => {
      flags.emit(out, rest)
      out.emit(a64.cset(general(type, t!), flags.code))
    })
  }
  const increments = (value: Value) =>
    value.op.endsWith('.add') && constantOf(value.args[1]!) === 1n && selector.absorbs(value)
  const exchanged = increments(yes) && !increments(no)
  const [first, second] = exchanged ? [no, yes] : [yes, no]
  const code = exchanged ? inverted(flags.code) : flags.code
  const adds = increments(second)
  const read = (arg: Value) => (constantOf(arg) === 0n ? [] : [selector.use(arg)])
  const left = read(first)
  const right = adds ? [selector.use(second.args[0]!)] : read(second)
  const instruction = adds ? a64.csinc : a64.csel
  selector.put([target], [...flags.uses, ...left, ...right], (out, [t, ...rest]) => {
    flags.emit(out, rest)
    const n = left.length ? rest[count]! : 31
    const m = right.length ? rest[count + left.length]! : 31
    out.emit(instruction(general(type, t!), general(type, n), general(type, m), code))
  })
}

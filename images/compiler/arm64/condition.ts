/** Comparisons as flags and branches: compare-and-branch, test-bit-and-branch, conditional compare of what is already there. */

import * as a64 from '../../../jit/isa/instructions.ts'
import { type Condition, inverted } from '../../../jit/isa/registers.ts'
import type { Reg } from '../mir.ts'
import type { Value } from '../ssa.ts'
import { arithmeticOperand, isShiftable, logicalOperand } from './operand.ts'
import type { Output } from './output.ts'
import { constantOf, general, type Selector, scalar } from './selector.ts'

type Code = Exclude<Condition, 'al'>

/** Flags after `emit` satisfy `code` if the value is not zero. */
export interface Flags {
  readonly uses: Reg[]
  readonly emit: (out: Output, registers: readonly number[]) => void
  readonly code: Code
}

const INTEGER: Record<string, Code> = {
  eq: 'eq',
  ne: 'ne',
  lt_s: 'lt',
  lt_u: 'lo',
  gt_s: 'gt',
  gt_u: 'hi',
  le_s: 'le',
  le_u: 'ls',
  ge_s: 'ge',
  ge_u: 'hs',
}

/** With the operands exchanged. */
const SWAPPED: Partial<Record<Code, Code>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  lo: 'hi',
  gt: 'lt',
  hi: 'lo',
  le: 'ge',
  ls: 'hs',
  ge: 'le',
  hs: 'ls',
}

/** False if one operand is not a number, but for `ne`. */
const FLOAT: Record<string, Code> = { eq: 'eq', ne: 'ne', lt: 'mi', gt: 'gt', le: 'ls', ge: 'ge' }

/** True if the value is a comparison that leaves its result in the flags. */
export function isComparison({ op }: Value): boolean {
  return /^[if](32|64)\.(eqz|eq|ne|[lg][te](_[su])?)$/.test(op)
}

/** Flags of a comparison. */
export function comparison(selector: Selector, value: Value): Flags {
  const [prefix = '', name = ''] = value.op.split('.')
  const [a, b] = value.args as [Value, Value]
  if (name === 'eqz') return zero(selector, a)
  if (prefix[0] === 'f') {
    return {
      uses: [selector.use(a), selector.use(b)],
      emit: (out, [n, m]) => out.emit(a64.fcmp(scalar(a.type!, n!), scalar(a.type!, m!))),
      code: FLOAT[name]!,
    }
  }
  const code = INTEGER[name]!
  if (a.op === 'const' || (isShiftable(selector, a) && b.op !== 'const')) {
    return compared(selector, b, a, SWAPPED[code]!)
  }
  return compared(selector, a, b, code)
}

function compared(selector: Selector, a: Value, b: Value, code: Code): Flags {
  const type = a.type!
  if (constantOf(b) === 0n && (code === 'eq' || code === 'ne')) {
    const flags = zero(selector, a)
    return { ...flags, code }
  }
  const operand = arithmeticOperand(selector, b)
  const compare = operand.negated ? a64.cmn : a64.cmp
  return {
    uses: [selector.use(a), ...operand.uses],
    emit: (out, [n, ...rest]) => out.emit(compare(general(type, n!), operand.make(rest))),
    code,
  }
}

/** Flags of a comparison with zero: `eq` if it is; the `and` it may be costs nothing. */
function zero(selector: Selector, value: Value): Flags {
  const type = value.type!
  if (/^i(32|64)\.and$/.test(value.op) && selector.absorbs(value)) {
    const operand = logicalOperand(selector, value.args[1]!)
    return {
      uses: [selector.use(value.args[0]!), ...operand.uses],
      emit: (out, [n, ...rest]) => out.emit(a64.tst(general(type, n!), operand.make(rest))),
      code: 'eq',
    }
  }
  if (/^i(32|64)\.(add|sub)$/.test(value.op) && selector.absorbs(value)) {
    return sum(selector, value)
  }
  return {
    uses: [selector.use(value)],
    emit: (out, [n]) => out.emit(a64.cmp(general(type, n!), 0)),
    code: 'eq',
  }
}

/** a + b is zero if a and -b are equal. */
function sum(selector: Selector, value: Value): Flags {
  const [a, b] = value.args as [Value, Value]
  const operand = arithmeticOperand(selector, b)
  const adds = value.op.endsWith('add') !== operand.negated
  const compare = adds ? a64.cmn : a64.cmp
  return {
    uses: [selector.use(a), ...operand.uses],
    emit: (out, [n, ...rest]) => out.emit(compare(general(value.type!, n!), operand.make(rest))),
    code: 'eq',
  }
}

/** Flags of `and` or `or` of comparisons as a value of its own. */
export function combination(selector: Selector, value: Value): Flags | undefined {
  return isCombined(selector, value) ? combined(selector, value) : undefined
}

/** NZCV that satisfies a condition. */
const SATISFYING: Partial<Record<Code, number>> = {
  eq: 4,
  ne: 0,
  lt: 8,
  ge: 0,
  gt: 0,
  le: 4,
  lo: 0,
  hs: 2,
  hi: 2,
  ls: 0,
}

const MAX_COMPARED = 31n

/** True for integer comparisons that the current instruction may make by a conditional compare. */
function isConditional(selector: Selector, value: Value): boolean {
  return isComparison(value) && value.args[0]!.type![0] === 'i' && selector.absorbs(value)
}

function isPart(selector: Selector, value: Value): boolean {
  return selector.absorbs(value) && (isComparison(value) || isCombined(selector, value))
}

/** True for `and` and `or` of comparisons that nobody else needs: one compares if the others leave it open. */
export function isCombined(selector: Selector, { op, args }: Value): boolean {
  if (op !== 'i32.and' && op !== 'i32.or') return false
  const [a, b] = args as [Value, Value]
  if (isConditional(selector, b) && isPart(selector, a)) return true
  return isConditional(selector, a) && isPart(selector, b)
}

/** Flags of combined comparisons. */
function combined(selector: Selector, { op, args }: Value): Flags {
  const [a, b] = args as [Value, Value]
  const [head, tail] = isConditional(selector, b) ? [a, b] : [b, a]
  const first = isComparison(head) ? comparison(selector, head) : combined(selector, head)
  const [left, right] = tail.args as [Value, Value | undefined]
  const name = tail.op.split('.')[1]!
  const exchange = left.op === 'const' && right !== undefined
  const code = name === 'eqz' ? 'eq' : exchange ? SWAPPED[INTEGER[name]!]! : INTEGER[name]!
  const [compared, other] = exchange ? [right, left] : [left, right]
  const number = other ? constantOf(other) : 0n
  const inline = number !== undefined && number <= MAX_COMPARED
  const uses = [selector.use(compared!), ...(inline ? [] : [selector.use(other!)])]
  const either = op === 'i32.or'
  const type = compared!.type!
  const count = first.uses.length
  return {
    uses: [...first.uses, ...uses],
    code,
    emit: (out, registers) => {
      first.emit(out, registers.slice(0, count))
      const [n, m] = registers.slice(count)
      const operand = inline ? Number(number) : general(type, m!)
      const decided = SATISFYING[either ? code : inverted(code)]!
      const open = either ? inverted(first.code) : first.code
      out.emit(a64.ccmp(general(type, n!), operand, decided, open))
    },
  }
}

/** Flags of any value as a condition. */
export function flagsOf(selector: Selector, value: Value): Flags {
  if (selector.absorbs(value) && isCombined(selector, value)) return combined(selector, value)
  if (isComparison(value) && selector.absorbs(value)) {
    const [inner] = value.args as [Value]
    if (value.op === 'i32.eqz' && isComparison(inner) && selector.absorbs(inner)) {
      const flags = comparison(selector, inner)
      return { ...flags, code: inverted(flags.code) }
    }
    if (value.op === 'i32.eqz' && selector.absorbs(inner) && isCombined(selector, inner)) {
      const flags = combined(selector, inner)
      return { ...flags, code: inverted(flags.code) }
    }
    return comparison(selector, value)
  }
  const flags = zero(selector, value)
  return { ...flags, code: inverted(flags.code) }
}

/** A branch that is taken if a condition holds, or, `invert`, if it does not. */
export interface Branch {
  readonly uses: Reg[]
  readonly emit: (out: Output, registers: readonly number[], label: number, invert: boolean) => void
}

/** A branch on any value. */
export function branchOn(selector: Selector, value: Value): Branch {
  if (isComparison(value) && selector.absorbs(value)) {
    const special = zeroBranch(selector, value)
    if (special) return special
    return branchFlags(flagsOf(selector, value))
  }
  if (selector.absorbs(value) && isCombined(selector, value))
    return branchFlags(combined(selector, value))
  return branchZero(selector, value, false)
}

function branchFlags(flags: Flags): Branch {
  return {
    uses: flags.uses,
    emit: (out, registers, label, invert) => {
      flags.emit(out, registers)
      out.branch(invert ? inverted(flags.code) : flags.code, label)
    },
  }
}

/** Branches on comparisons with zero that need no flags. */
function zeroBranch(selector: Selector, value: Value): Branch | undefined {
  const [a, b] = value.args as [Value, Value]
  if (/^i(32|64)\.eqz$/.test(value.op)) {
    if (selector.absorbs(a) && (isComparison(a) || isCombined(selector, a))) {
      const inner = branchOn(selector, a)
      return {
        uses: inner.uses,
        emit: (out, registers, label, invert) => inner.emit(out, registers, label, !invert),
      }
    }
    return branchZero(selector, a, true)
  }
  if (!b || constantOf(b) !== 0n) return undefined
  if (/^i(32|64)\.(lt|ge)_s$/.test(value.op)) {
    return bitBranch(selector.use(a), a, a.type === 'i64' ? 63 : 31, value.op.includes('ge'))
  }
  return /^i(32|64)\.ne$/.test(value.op) ? branchZero(selector, a, false) : undefined
}

/** Taken if the value is zero (`whenZero`), or if it is not. */
function branchZero(selector: Selector, value: Value, whenZero: boolean): Branch {
  const type = value.type!
  if (/^i(32|64)\.and$/.test(value.op) && selector.absorbs(value)) {
    const mask = constantOf(value.args[1]!)
    if (mask && (mask & (mask - 1n)) === 0n) {
      const bit = mask.toString(2).length - 1
      return bitBranch(selector.use(value.args[0]!), value, bit, whenZero)
    }
    const flags = zero(selector, value)
    return {
      uses: flags.uses,
      emit: (out, registers, label, invert) => {
        flags.emit(out, registers)
        out.branch(whenZero === invert ? 'ne' : 'eq', label)
      },
    }
  }
  return {
    uses: [selector.use(value)],
    emit: (out, [n], label, invert) =>
      out.branchZero(general(type, n!), whenZero !== invert, label),
  }
}

/** Taken if a bit is zero (`whenZero`), or if it is one. */
function bitBranch(reg: Reg, { type }: Value, bit: number, whenZero: boolean): Branch {
  return {
    uses: [reg],
    emit: (out, [n], label, invert) =>
      out.branchBit(general(type!, n!), bit, whenZero !== invert, label),
  }
}

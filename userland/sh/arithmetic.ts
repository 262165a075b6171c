/**
 * `$((expression))`: 64-bit signed integers with the operators of C (POSIX.1-2017, Shell & Utilities, 2.6.4), assignments
 * and `?:` included. Overflow wraps. `++` and `--` are not known.
 */
import { NO_INTEGER, parseInteger } from '../libkenix/text/format'
import { nameLength } from './parser'

/** Where names in an expression get their values. */
export abstract class Names {
  /** The value of a variable, or null if it is not set. */
  abstract variable(name: string): string | null
  abstract assign(name: string, value: string): void
}

const MAX_DEPTH: i32 = 100

/** Stands for a plain `=` among the operators. */
const ASSIGN: i32 = 100

/** Binary operators: their index is what `apply` knows them by. */
enum Op {
  Or,
  And,
  Equal,
  NotEqual,
  AtMost,
  AtLeast,
  Left,
  Right,
  BitOr,
  BitXor,
  BitAnd,
  Less,
  More,
  Plus,
  Minus,
  Times,
  Divide,
  Modulo,
}

/** How tightly they bind. */
const PRECEDENCE: StaticArray<i32> = [1, 2, 6, 6, 7, 7, 8, 8, 3, 4, 5, 7, 7, 9, 9, 10, 10, 10]

/** The operator that begins with `c`, which `next` follows; -1 if there is none. */
function operatorOf(c: i32, next: i32): i32 {
  switch (c) {
    case 0x7c: // |
      return next === c ? Op.Or : Op.BitOr
    case 0x26: // &
      return next === c ? Op.And : Op.BitAnd
    case 0x3d: // =
      return next === c ? Op.Equal : -1
    case 0x21: // !
      return next === 0x3d ? Op.NotEqual : -1
    case 0x3c: // <
      if (next === c) return Op.Left
      return next === 0x3d ? Op.AtMost : Op.Less
    case 0x3e: // >
      if (next === c) return Op.Right
      return next === 0x3d ? Op.AtLeast : Op.More
    case 0x5e: // ^
      return Op.BitXor
    case 0x2b: // +
      return Op.Plus
    case 0x2d: // -
      return Op.Minus
    case 0x2a: // *
      return Op.Times
    case 0x2f: // /
      return Op.Divide
    case 0x25: // %
      return Op.Modulo
  }
  return -1
}

/** Evaluates one expression. `error` says what is wrong with it, and is empty if nothing is. */
export class Arithmetic {
  error: string = ''
  private at: i32 = 0
  private depth: i32 = 0
  /** Above 0 in the part of `&&`, `||` and `?:` that is not evaluated. */
  private skipped: i32 = 0

  constructor(
    private readonly text: string,
    private readonly names: Names,
  ) {}

  /** The value of the whole text; 0 if it is empty. */
  evaluate(): i64 {
    this.blanks()
    if (this.at === this.text.length) return 0
    const value = this.assignment()
    if (this.error === '' && this.at < this.text.length) {
      this.fail(`unexpected "${this.text.substring(this.at)}"`)
    }
    return value
  }

  private fail(message: string): i64 {
    if (this.error === '') this.error = message
    return 0
  }

  private blanks(): void {
    while (this.at < this.text.length && this.text.charCodeAt(this.at) <= 0x20) this.at++
  }

  private accept(c: i32): bool {
    if (this.peek(0) !== c) return false
    this.at++
    this.blanks()
    return true
  }

  private assignment(): i64 {
    if (++this.depth > MAX_DEPTH) this.fail('the expression is nested too deep')
    const value = this.error === '' ? this.assignmentOrValue() : 0
    this.depth--
    return value
  }

  private assignmentOrValue(): i64 {
    const start = this.at
    const length = nameLength(this.text, start)
    if (length > 0) {
      const name = this.text.substr(start, length)
      this.at += length
      this.blanks()
      const operator = this.assignmentOperator()
      if (operator >= 0) {
        const right = this.assignment()
        const value = operator === ASSIGN ? right : this.apply(operator, this.value(name), right)
        if (this.error === '' && this.skipped === 0) this.names.assign(name, value.toString())
        return value
      }
      this.at = start
    }
    return this.conditional()
  }

  /** The operator before `=`, ASSIGN for a plain `=`, -1 if there is no assignment. */
  private assignmentOperator(): i32 {
    const c = this.peek(0)
    if (c === 0x3d) return this.peek(1) !== 0x3d && this.accept(c) ? ASSIGN : -1
    if (this.peek(1) !== 0x3d) return -1
    const op = operatorOf(c, 0)
    // `<=`, `>=` and `!=` compare.
    if (op < 0 || op === Op.Less || op === Op.More) return -1
    this.at += 2
    this.blanks()
    return op
  }

  private conditional(): i64 {
    const condition = this.binary(1)
    if (!this.accept(0x3f)) return condition
    if (condition === 0) this.skipped++
    const yes = this.assignment()
    if (condition === 0) this.skipped--
    if (!this.accept(0x3a)) return this.fail('"?" without ":"')
    if (condition !== 0) this.skipped++
    const no = this.assignment()
    if (condition !== 0) this.skipped--
    return condition !== 0 ? yes : no
  }

  private binary(least: i32): i64 {
    let left = this.unary()
    while (this.error === '') {
      const op = this.operator()
      if (op < 0 || PRECEDENCE[op] < least) return left
      this.at += op <= Op.Right ? 2 : 1
      this.blanks()
      const decided = (op === Op.Or && left !== 0) || (op === Op.And && left === 0)
      if (decided) this.skipped++
      const right = this.binary(PRECEDENCE[op] + 1)
      if (decided) this.skipped--
      left = this.apply(op, left, right)
    }
    return left
  }

  /** Character `offset` behind where we are, or 0. */
  private peek(offset: i32): i32 {
    const at = this.at + offset
    return at < this.text.length ? this.text.charCodeAt(at) : 0
  }

  private operator(): i32 {
    return operatorOf(this.peek(0), this.peek(1))
  }

  private unary(): i64 {
    if (++this.depth > MAX_DEPTH) this.fail('the expression is nested too deep')
    let value: i64 = 0
    if (this.error === '') {
      if (this.accept(0x2d)) value = -this.unary()
      else if (this.accept(0x2b)) value = this.unary()
      else if (this.accept(0x21)) value = this.unary() === 0 ? 1 : 0
      else if (this.accept(0x7e)) value = ~this.unary()
      else if (this.accept(0x28)) {
        value = this.assignment()
        if (!this.accept(0x29)) this.fail('")" is missing')
      } else value = this.primary()
    }
    this.depth--
    return value
  }

  private primary(): i64 {
    const start = this.at
    const length = nameLength(this.text, start)
    if (length > 0) {
      this.at += length
      this.blanks()
      return this.value(this.text.substr(start, length))
    }
    while (this.at < this.text.length && isAlphanumeric(this.text.charCodeAt(this.at))) this.at++
    if (this.at === start) {
      const rest = this.text.substring(start)
      return this.fail(
        rest === '' ? 'a value is missing at the end' : `a value is missing at "${rest}"`,
      )
    }
    const value = this.number(this.text.substring(start, this.at))
    this.blanks()
    return value
  }

  private number(text: string): i64 {
    const value = parseInteger(text)
    return value === NO_INTEGER ? this.fail(`"${text}" is no integer`) : value
  }

  private value(name: string): i64 {
    const text = this.names.variable(name)
    if (text === null || text.trim() === '') return 0
    return this.number(text.trim())
  }

  private apply(op: i32, a: i64, b: i64): i64 {
    switch (op) {
      case Op.Or:
        return a !== 0 || b !== 0 ? 1 : 0
      case Op.And:
        return a !== 0 && b !== 0 ? 1 : 0
      case Op.Equal:
        return a === b ? 1 : 0
      case Op.NotEqual:
        return a !== b ? 1 : 0
      case Op.AtMost:
        return a <= b ? 1 : 0
      case Op.AtLeast:
        return a >= b ? 1 : 0
      case Op.Left:
        return a << (b & 63)
      case Op.Right:
        return a >> (b & 63)
      case Op.BitOr:
        return a | b
      case Op.BitXor:
        return a ^ b
      case Op.BitAnd:
        return a & b
      case Op.Less:
        return a < b ? 1 : 0
      case Op.More:
        return a > b ? 1 : 0
      case Op.Plus:
        return a + b
      case Op.Minus:
        return a - b
      case Op.Times:
        return a * b
    }
    if (this.skipped > 0) return 0
    if (b === 0) return this.fail('division by zero')
    // The one quotient that does not fit; the processor's answer, without a trap.
    if (b === -1) return op === Op.Divide ? 0 - a : 0
    return op === Op.Divide ? a / b : a % b
  }
}

function isAlphanumeric(c: i32): bool {
  return (c >= 0x30 && c <= 0x39) || ((c | 32) >= 0x61 && (c | 32) <= 0x7a)
}

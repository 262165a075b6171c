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

/** Binary operators, two characters first, with how tightly they bind. */
const OPERATORS: StaticArray<string> = [
  '||',
  '&&',
  '==',
  '!=',
  '<=',
  '>=',
  '<<',
  '>>',
  '|',
  '^',
  '&',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
]
const PRECEDENCE: StaticArray<i32> = [1, 2, 6, 6, 7, 7, 8, 8, 3, 4, 5, 7, 7, 9, 9, 10, 10, 10]

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

  private accept(token: string): bool {
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
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
        const value =
          operator === 0 ? right : this.apply(this.opOf(operator), this.value(name), right)
        if (this.error === '' && this.skipped === 0) this.names.assign(name, value.toString())
        return value
      }
      this.at = start
    }
    return this.conditional()
  }

  /** Code of the character before `=`, 0 for a plain `=`, -1 if there is no assignment. */
  private assignmentOperator(): i32 {
    const c = this.at < this.text.length ? this.text.charCodeAt(this.at) : 0
    const after = this.at + 1 < this.text.length ? this.text.charCodeAt(this.at + 1) : 0
    if (c === 0x3d && after !== 0x3d) {
      this.accept('=')
      return 0
    }
    if (after !== 0x3d || '+-*/%&|^'.indexOf(String.fromCharCode(c)) < 0) return -1
    this.at += 2
    this.blanks()
    return c
  }

  private opOf(code: i32): i32 {
    return OPERATORS.indexOf(String.fromCharCode(code))
  }

  private conditional(): i64 {
    const condition = this.binary(1)
    if (!this.accept('?')) return condition
    if (condition === 0) this.skipped++
    const yes = this.assignment()
    if (condition === 0) this.skipped--
    if (!this.accept(':')) return this.fail('"?" without ":"')
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
      this.at += OPERATORS[op].length
      this.blanks()
      const decided = (op === 0 && left !== 0) || (op === 1 && left === 0)
      if (decided) this.skipped++
      const right = this.binary(PRECEDENCE[op] + 1)
      if (decided) this.skipped--
      left = this.apply(op, left, right)
    }
    return left
  }

  private operator(): i32 {
    for (let op = 0; op < OPERATORS.length; op++) {
      if (this.text.startsWith(OPERATORS[op], this.at)) return op
    }
    return -1
  }

  private unary(): i64 {
    if (++this.depth > MAX_DEPTH) this.fail('the expression is nested too deep')
    let value: i64 = 0
    if (this.error === '') {
      if (this.accept('-')) value = -this.unary()
      else if (this.accept('+')) value = this.unary()
      else if (this.accept('!')) value = this.unary() === 0 ? 1 : 0
      else if (this.accept('~')) value = ~this.unary()
      else if (this.accept('(')) {
        value = this.assignment()
        if (!this.accept(')')) this.fail('")" is missing')
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
      case 0:
        return a !== 0 || b !== 0 ? 1 : 0
      case 1:
        return a !== 0 && b !== 0 ? 1 : 0
      case 2:
        return a === b ? 1 : 0
      case 3:
        return a !== b ? 1 : 0
      case 4:
        return a <= b ? 1 : 0
      case 5:
        return a >= b ? 1 : 0
      case 6:
        return a << (b & 63)
      case 7:
        return a >> (b & 63)
      case 8:
        return a | b
      case 9:
        return a ^ b
      case 10:
        return a & b
      case 11:
        return a < b ? 1 : 0
      case 12:
        return a > b ? 1 : 0
      case 13:
        return a + b
      case 14:
        return a - b
      case 15:
        return a * b
    }
    if (this.skipped > 0) return 0
    if (b === 0) return this.fail('division by zero')
    // The one quotient that does not fit; the processor's answer, without a trap.
    if (b === -1) return op === 16 ? 0 - a : 0
    return op === 16 ? a / b : a % b
  }
}

function isAlphanumeric(c: i32): bool {
  return (c >= 0x30 && c <= 0x39) || ((c | 32) >= 0x61 && (c | 32) <= 0x7a)
}

/**
 * `test EXPRESSION` and `[ EXPRESSION ]` (POSIX.1-2017, Shell & Utilities, test): files, strings, integers, `!`, `-a`, `-o`
 * and parentheses.
 */
import { NO_INTEGER, parseInteger } from '../libkenix/text/format'
import { System } from './system'

const MAX_DEPTH: i32 = 100

export class Condition {
  /** What is wrong with the expression, or empty. */
  error: string = ''
  private at: i32 = 0
  private depth: i32 = 0

  constructor(
    private readonly words: Array<string>,
    private readonly system: System,
  ) {}

  evaluate(): bool {
    if (this.words.length === 0) return false
    const value = this.or()
    if (this.error === '' && this.at < this.words.length) {
      this.error = `unexpected "${this.words[this.at]}"`
    }
    return value
  }

  private get left(): i32 {
    return this.words.length - this.at
  }

  private or(): bool {
    let value = this.and()
    while (this.error === '' && this.left > 0 && this.words[this.at] === '-o') {
      this.at++
      const right = this.and()
      value = value || right
    }
    return value
  }

  private and(): bool {
    let value = this.not()
    while (this.error === '' && this.left > 0 && this.words[this.at] === '-a') {
      this.at++
      const right = this.not()
      value = value && right
    }
    return value
  }

  private not(): bool {
    let negated = false
    while (this.left > 1 && this.words[this.at] === '!' && !this.isBinary(this.at + 1)) {
      negated = !negated
      this.at++
    }
    const value = this.primary()
    return negated ? !value : value
  }

  private isBinary(at: i32): bool {
    if (at + 1 >= this.words.length || this.words[at].length === 0) return false
    const first = this.words[at].charCodeAt(0)
    if (first !== 0x2d && first !== 0x3d && first !== 0x21) return false
    switch (this.words[at]) {
      case '=':
      case '==':
      case '!=':
      case '-eq':
      case '-ne':
      case '-lt':
      case '-le':
      case '-gt':
      case '-ge':
        return true
    }
    return false
  }

  private primary(): bool {
    if (this.left === 0) {
      this.error = 'an operand is missing'
      return false
    }
    const word = this.words[this.at]
    if (this.isBinary(this.at + 1)) {
      this.at += 3
      return this.compare(word, this.words[this.at - 2], this.words[this.at - 1])
    }
    if (word === '(' && this.left > 1) return this.parentheses()
    if (word.length === 2 && word.startsWith('-') && this.left > 1) {
      this.at += 2
      return this.unary(word, this.words[this.at - 1])
    }
    this.at++
    return word !== ''
  }

  private parentheses(): bool {
    this.at++
    if (++this.depth > MAX_DEPTH) {
      this.error = 'nested too deep'
      return false
    }
    const value = this.or()
    this.depth--
    if (this.error === '' && (this.left === 0 || this.words[this.at] !== ')')) {
      this.error = '")" is missing'
    }
    this.at++
    return value
  }

  private unary(operator: string, operand: string): bool {
    switch (operator.charCodeAt(1)) {
      case 0x6e: // -n
        return operand !== ''
      case 0x7a: // -z
        return operand === ''
      case 0x65: // -e
        return this.system.kindOf(operand) !== 0
      case 0x66: // -f
      case 0x72: // -r
      case 0x77: // -w
      case 0x78: // -x
        return this.system.kindOf(operand) === 1
      case 0x64: // -d
        return this.system.kindOf(operand) === 2
      case 0x73: // -s
        return this.system.kindOf(operand) !== 0 && this.system.sizeOf(operand) > 0
    }
    this.error = `unknown operator "${operator}"`
    return false
  }

  private compare(left: string, operator: string, right: string): bool {
    if (operator === '=' || operator === '==') return left === right
    if (operator === '!=') return left !== right
    const a = this.integer(left)
    const b = this.integer(right)
    switch (operator) {
      case '-eq':
        return a === b
      case '-ne':
        return a !== b
      case '-lt':
        return a < b
      case '-le':
        return a <= b
      case '-gt':
        return a > b
    }
    return a >= b
  }

  private integer(text: string): i64 {
    const value = parseInteger(text.trim())
    if (value === NO_INTEGER && this.error === '') this.error = `"${text}" is no integer`
    return value
  }
}

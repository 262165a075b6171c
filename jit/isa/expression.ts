/**
 * The expressions in the table's columns: constraints, alias conditions, scale factors.
 *
 * Integers, field names, calls of the functions the evaluator is given, and C's operators with C's precedence. Values
 * are small unsigned numbers; a comparison is 1 or 0. An empty text is the constant 1. Expressions are parsed, not
 * handed to the JavaScript engine, because the decoder generator prints them in another language.
 */

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly op: string
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

/** Field values of one instruction word by name. */
export type Fields = Record<string, number>

/** Functions an expression may call. */
export type Functions = Readonly<Record<string, (...args: number[]) => number>>

/** Loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*'],
]

const TOKEN =
  /\s*(0x[0-9a-fA-F]+|0b[01]+|\d+|[A-Za-z_]\w*|\|\||&&|==|!=|<=|>=|<<|>>|[<>|&+\-*!(),])/y

function tokenize(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new Error(`Cannot parse expression "${text}" at column ${at + 1}`)
    tokens.push(match[1]!)
  }
  return tokens
}

/**
 * Parses an expression.
 *
 * @param text the expression, or empty for the constant 1
 * @returns its tree
 * @throws Error naming the text and what was found where something else was expected
 */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text)
  if (tokens.length === 0) return { kind: 'number', value: 1 }
  let at = 0
  const fail = (wanted: string): never => {
    throw new Error(
      `Cannot parse expression "${text}": expected ${wanted}, found "${tokens[at] ?? 'the end'}"`,
    )
  }
  const expect = (token: string): void => {
    if (tokens[at] !== token) fail(`"${token}"`)
    at++
  }
  const primary = (): Expression => {
    const token = tokens[at] ?? fail('a value')
    at++
    if (token === '(') {
      const inner = level(0)
      expect(')')
      return inner
    }
    if (token === '!') return { kind: 'not', operand: primary() }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) }
    if (!/^[A-Za-z_]/.test(token)) {
      at--
      fail('a value')
    }
    if (tokens[at] !== '(') return { kind: 'field', name: token }
    at++
    const args = [level(0)]
    while (tokens[at] === ',') {
      at++
      args.push(level(0))
    }
    expect(')')
    return { kind: 'call', name: token, args }
  }
  const level = (n: number): Expression => {
    const ops = LEVELS[n]
    if (!ops) return primary()
    let left = level(n + 1)
    while (ops.includes(tokens[at] ?? '')) {
      const op = tokens[at++]!
      left = { kind: 'binary', op, left, right: level(n + 1) }
    }
    return left
  }
  const result = level(0)
  if (at !== tokens.length) fail('the end')
  return result
}

const OPERATORS: Record<string, (a: number, b: number) => number> = {
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
}

/**
 * Makes a function that computes an expression.
 *
 * @param expression a parsed expression
 * @param functions what it may call
 * @returns the value for given fields; a name that is no field is an Error
 */
export function compileExpression(
  expression: Expression,
  functions: Functions = {},
): (fields: Fields) => number {
  switch (expression.kind) {
    case 'number': {
      const { value } = expression
      return () => value
    }
    case 'field': {
      const { name } = expression
      return (fields) => {
        const value = fields[name]
        if (value === undefined) throw new Error(`Expression names "${name}", which is no field`)
        return value
      }
    }
    case 'not': {
      const operand = compileExpression(expression.operand, functions)
      return (fields) => Number(operand(fields) === 0)
    }
    case 'call': {
      const callee = functions[expression.name]
      if (!callee) throw new Error(`Expression calls "${expression.name}", which is no function`)
      const args = expression.args.map((arg) => compileExpression(arg, functions))
      return (fields) => callee(...args.map((arg) => arg(fields)))
    }
    case 'binary': {
      const left = compileExpression(expression.left, functions)
      const right = compileExpression(expression.right, functions)
      if (expression.op === '&&') return (fields) => Number(left(fields) && right(fields))
      if (expression.op === '||') {
        return (fields) => Number(left(fields) !== 0 || right(fields) !== 0)
      }
      const operator = OPERATORS[expression.op]!
      return (fields) => operator(left(fields), right(fields))
    }
  }
}

/**
 * Prints an expression in the syntax that TypeScript and AssemblyScript share.
 *
 * @param expression a parsed expression without calls
 * @param field how to print the value of a field
 */
export function printExpression(expression: Expression, field: (name: string) => string): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value)
    case 'field':
      return field(expression.name)
    case 'not':
      return `!(${printExpression(expression.operand, field)})`
    case 'call':
      throw new Error(`Cannot print a call of "${expression.name}": constraints use fields only`)
    case 'binary': {
      const left = printExpression(expression.left, field)
      const right = printExpression(expression.right, field)
      return `(${left} ${expression.op} ${right})`
    }
  }
}

/** Names of the fields an expression reads. */
export function fieldNames(expression: Expression): Set<string> {
  switch (expression.kind) {
    case 'number':
      return new Set()
    case 'field':
      return new Set([expression.name])
    case 'not':
      return fieldNames(expression.operand)
    case 'call':
      return new Set(expression.args.flatMap((arg) => [...fieldNames(arg)]))
    case 'binary':
      return new Set([...fieldNames(expression.left), ...fieldNames(expression.right)])
  }
}

/**
 * Simplification of one integer value whose arguments are simplified already: constants, identities, chains of constants,
 * inverted comparisons. Floating point is left as it is: its rules have too many exceptions for what they bring.
 */

import type { Immediate, Type, Value } from './ssa.ts'

/** Makes a new value where the simplified one would have been. */
export type Emit = (op: string, type: Type | undefined, args: Value[], imm?: Immediate) => Value

type Binary = (a: bigint, b: bigint, bits: number) => bigint | undefined

const signed = (value: bigint, bits: number): bigint => BigInt.asIntN(bits, value)
const flag = (condition: boolean): bigint => (condition ? 1n : 0n)

/** Arguments come unsigned; undefined for what traps. */
const BINARY: Record<string, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div_u: (a, b) => (b === 0n ? undefined : a / b),
  rem_u: (a, b) => (b === 0n ? undefined : a % b),
  div_s: (a, b, bits) => {
    const [x, y] = [signed(a, bits), signed(b, bits)]
    return y === 0n || (y === -1n && x === -(1n << BigInt(bits - 1))) ? undefined : x / y
  },
  rem_s: (a, b, bits) => (b === 0n ? undefined : signed(a, bits) % signed(b, bits)),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, bits) => a << (b % BigInt(bits)),
  shr_u: (a, b, bits) => a >> (b % BigInt(bits)),
  shr_s: (a, b, bits) => signed(a, bits) >> (b % BigInt(bits)),
  rotl: (a, b, bits) => {
    const by = b % BigInt(bits)
    return (a << by) | (a >> (BigInt(bits) - by))
  },
  rotr: (a, b, bits) => {
    const by = b % BigInt(bits)
    return (a >> by) | (a << (BigInt(bits) - by))
  },
  eq: (a, b) => flag(a === b),
  ne: (a, b) => flag(a !== b),
  lt_u: (a, b) => flag(a < b),
  gt_u: (a, b) => flag(a > b),
  le_u: (a, b) => flag(a <= b),
  ge_u: (a, b) => flag(a >= b),
  lt_s: (a, b, bits) => flag(signed(a, bits) < signed(b, bits)),
  gt_s: (a, b, bits) => flag(signed(a, bits) > signed(b, bits)),
  le_s: (a, b, bits) => flag(signed(a, bits) <= signed(b, bits)),
  ge_s: (a, b, bits) => flag(signed(a, bits) >= signed(b, bits)),
}

const UNARY: Record<string, (a: bigint, bits: number) => bigint> = {
  eqz: (a) => flag(a === 0n),
  wrap_i64: (a) => a,
  extend_i32_u: (a) => a,
  extend_i32_s: (a) => signed(a, 32),
  extend8_s: (a) => signed(a, 8),
  extend16_s: (a) => signed(a, 16),
  extend32_s: (a) => signed(a, 32),
  clz: (a, bits) => BigInt(bits - (a === 0n ? 0 : a.toString(2).length)),
  ctz: (a, bits) => BigInt(a === 0n ? bits : /0*$/.exec(a.toString(2))![0].length),
  popcnt: (a) => BigInt(a.toString(2).replaceAll('0', '').length),
}

const COMMUTATIVE = new Set(['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne'])

const OPPOSITE: Record<string, string> = {
  eq: 'ne',
  ne: 'eq',
  lt_s: 'ge_s',
  ge_s: 'lt_s',
  gt_s: 'le_s',
  le_s: 'gt_s',
  lt_u: 'ge_u',
  ge_u: 'lt_u',
  gt_u: 'le_u',
  le_u: 'gt_u',
}

const constantOf = (value: Value | undefined): bigint | undefined =>
  value?.op === 'const' ? value.imm.bits : undefined

/**
 * A simpler value that is equal, or undefined.
 *
 * @param emit makes the values that are needed
 */
export function fold(value: Value, emit: Emit): Value | undefined {
  if (value.op === 'select') return foldSelect(value)
  const match = /^i(32|64)\.(\w+)$/.exec(value.op)
  if (!match) return undefined
  const bits = Number(match[1])
  const name = match[2]!
  if (value.args.length === 1) return foldUnary(value, name, bits, emit)
  return value.args.length === 2 ? foldBinary(value, name, bits, emit) : undefined
}

function foldSelect({ args }: Value): Value | undefined {
  const [first, second, condition] = args
  if (first === second) return first
  const known = constantOf(condition)
  if (known === undefined) return undefined
  return known === 0n ? second : first
}

function constant(emit: Emit, type: Type, bits: bigint): Value {
  return emit('const', type, [], { bits: BigInt.asUintN(type === 'i32' ? 32 : 64, bits) })
}

function foldUnary(value: Value, name: string, bits: number, emit: Emit): Value | undefined {
  const [arg] = value.args
  const known = constantOf(arg)
  const compute = UNARY[name]
  if (known !== undefined && compute) return constant(emit, value.type!, compute(known, bits))
  if (name === 'eqz') {
    const [prefix, comparison = ''] = arg!.op.split('.')
    const opposite = OPPOSITE[comparison]
    if (opposite && /^i(32|64)$/.test(prefix!))
      return emit(`${prefix}.${opposite}`, 'i32', arg!.args)
  }
  if (name === 'extend_i32_s' && isNotNegative(arg!)) {
    return emit('i64.extend_i32_u', 'i64', [arg!])
  }
  if (name === 'wrap_i64' && /^i64\.extend_i32_[su]$/.test(arg!.op)) return arg!.args[0]
  return undefined
}

/** True for words whose sign is known to be clear. */
function isNotNegative(value: Value): boolean {
  const { op, args, imm } = value
  const known = constantOf(args[1])
  if (op === 'load') return /32\.load(8|16)_u$/.test(imm.access!.name)
  if (op === 'i32.and') return known !== undefined && known < 1n << 31n
  return op === 'i32.shr_u' ? known !== undefined && known % 32n !== 0n : isFlag(value)
}

function foldBinary(value: Value, name: string, bits: number, emit: Emit): Value | undefined {
  const compute = BINARY[name]
  if (!compute) return undefined
  const [a, b] = value.args as [Value, Value]
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) {
    const result = compute(x, y, bits)
    return result === undefined ? undefined : constant(emit, value.type!, result)
  }
  if (x !== undefined && COMMUTATIVE.has(name)) return emit(value.op, value.type, [b, a])
  return y === undefined ? rotation(value, name, bits, emit) : withConstant(value, name, bits, emit)
}

/** Both ends of a value shifted past each other, joined: a rotation. */
function rotation(value: Value, name: string, bits: number, emit: Emit): Value | undefined {
  if (name !== 'or' && name !== 'xor' && name !== 'add') return undefined
  const [a, b] = value.args as [Value, Value]
  const [left, right] = a.op.endsWith('.shl') ? [a, b] : [b, a]
  if (left.op !== `i${bits}.shl` || right.op !== `i${bits}.shr_u`) return undefined
  if (left.args[0] !== right.args[0]) return undefined
  const up = constantOf(left.args[1])
  const down = constantOf(right.args[1])
  if (up === undefined || down === undefined || up + down !== BigInt(bits)) return undefined
  return emit(`i${bits}.rotr`, value.type, [right.args[0]!, right.args[1]!])
}

/** The right argument is a constant, the left one is not. */
function withConstant(value: Value, name: string, bits: number, emit: Emit): Value | undefined {
  const [a, b] = value.args as [Value, Value]
  const y = b.imm.bits!
  const type = value.type!
  const ones = (1n << BigInt(bits)) - 1n
  const by = y % BigInt(bits)
  switch (name) {
    case 'sub':
      return emit(`i${bits}.add`, type, [a, constant(emit, type, -y)])
    case 'add':
    case 'xor':
    case 'or':
      if (y === 0n) return a
      break
    case 'and':
      if (y === 0n) return b
      if (y === ones) return a
      break
    case 'shl':
    case 'shr_s':
    case 'shr_u':
    case 'rotl':
    case 'rotr':
      return by === 0n ? a : undefined
    case 'mul':
    case 'div_u':
    case 'rem_u':
      return powerOfTwo(value, name, bits, emit)
    case 'eq':
      return y === 0n ? emit(`i${bits}.eqz`, 'i32', [a]) : undefined
    case 'ne':
      return y === 0n && type === 'i32' && isFlag(a) ? a : undefined
    default:
      return undefined
  }
  return chain(value, name, emit)
}

/** True for values that are 0 or 1. */
function isFlag({ op }: Value): boolean {
  return (
    /\.(eqz|eq|ne|[lg][te](_[su])?|any_true|all_true)$/.test(op) && !/x\d+\.(eq|ne|[lg])/.test(op)
  )
}

/** (a op c) op d is a op (c op d). */
function chain(value: Value, name: string, emit: Emit): Value | undefined {
  const [a, b] = value.args as [Value, Value]
  const inner = a.op === value.op ? constantOf(a.args[1]) : undefined
  if (inner === undefined) return undefined
  const joined = BINARY[name]!(inner, b.imm.bits!, 0)!
  return emit(value.op, value.type, [a.args[0]!, constant(emit, value.type!, joined)])
}

function powerOfTwo(value: Value, name: string, bits: number, emit: Emit): Value | undefined {
  const [a, b] = value.args as [Value, Value]
  const y = b.imm.bits!
  const type = value.type!
  if (name === 'mul' && y === 0n) return b
  if (y === 0n || (y & (y - 1n)) !== 0n) return undefined
  const exponent = constant(emit, type, BigInt(y.toString(2).length - 1))
  if (name === 'mul') return emit(`i${bits}.shl`, type, [a, exponent])
  if (name === 'div_u') return emit(`i${bits}.shr_u`, type, [a, exponent])
  return emit(`i${bits}.and`, type, [a, constant(emit, type, y - 1n)])
}

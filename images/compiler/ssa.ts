/**
 * The intermediate representation: blocks of values in static single assignment form.
 *
 * A value's `op` is the name of a WebAssembly instruction where there is one (`i32.add`), so that it means what the core
 * specification says; the others are listed at `Value`. References are of type i64: 0 is null.
 */

import type { FunctionType, ValueType } from './wasm/module.ts'
import type { Access } from './wasm/opcodes.ts'

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

export function typeOf(type: ValueType): Type {
  return type === 'funcref' || type === 'externref' ? 'i64' : type
}

/** Immediates of a value, each used by the operations named. */
export interface Immediate {
  /** const */
  readonly bits?: bigint
  /** param, call, result, global.*, table.*, ref.func, memory.init, lanes; offset of load and store */
  readonly index?: number
  /** table.copy, table.init; lane of load and store */
  readonly second?: number
  readonly access?: Access
  readonly type?: FunctionType
  /** shuffle */
  readonly lanes?: readonly number[]
}

/**
 * A computation.
 *
 * Beyond WebAssembly's: `param`, `const`, `phi` (one argument for each predecessor), `result` (number `index` of a call),
 * `addr` (address of an i32 index in linear memory, type i64), `load` and `store` (first argument an i32 index, or an
 * `addr`), `select` (value if true, value if false, condition), `shuffle`.
 */
export class Value {
  /** Set when another value replaces this one. */
  forward: Value | undefined
  /** How many arguments and terminators name it; counted by `countUses`. */
  uses = 0

  constructor(
    readonly id: number,
    public op: string,
    public type: Type | undefined,
    public args: Value[],
    public imm: Immediate,
    public block: Block,
    /** Where it comes from, an offset in the module. */
    readonly at: number,
  ) {}
}

export type Terminator =
  | { kind: 'jump'; args: Value[]; targets: Block[] }
  /** args[0] not zero: targets[0], else targets[1] */
  | { kind: 'branch'; args: Value[]; targets: Block[] }
  /** targets[args[0]], the last one if there is none */
  | { kind: 'switch'; args: Value[]; targets: Block[] }
  | { kind: 'return'; args: Value[]; targets: Block[] }
  | { kind: 'unreachable'; args: Value[]; targets: Block[] }

export class Block {
  values: Value[] = []
  terminator: Terminator = { kind: 'unreachable', args: [], targets: [] }
  /** Offset of the terminator in the module. */
  at = 0
  /** Without repetition, in the order of the arguments of phis. */
  predecessors: Block[] = []

  constructor(
    readonly id: number,
    /** The innermost loop it belongs to. */
    readonly loop: Loop | undefined,
  ) {}
}

export interface Loop {
  readonly header: Block
  readonly parent: Loop | undefined
  readonly depth: number
  /** The block that enters the loop; it has no other successor. */
  readonly preheader: Block
}

/** A function. Blocks are in the order of the text; every block can be reached. */
export interface Graph {
  readonly name: string
  /** Offset of its first instruction in the module. */
  readonly at: number
  readonly type: FunctionType
  blocks: Block[]
  /** Ids of values are below this. */
  valueCount: number
  blockCount: number
}

/** The value that stands for `value` after replacements. */
export function resolve(value: Value): Value {
  let last = value
  while (last.forward) last = last.forward
  for (let next = value; next.forward && next.forward !== last; ) {
    const following = next.forward
    next.forward = last
    next = following
  }
  return last
}

/** Applies all replacements. */
export function applyForwards(graph: Graph): void {
  for (const block of graph.blocks) {
    block.values = block.values.filter((value) => !value.forward)
    for (const value of block.values) value.args = value.args.map(resolve)
    block.terminator.args = block.terminator.args.map(resolve)
  }
}

/** Signed divisions, unsigned ones and remainders: they trap unless the divisor is a suitable constant. */
const DIVISION = /^i(32|64)\.(div|rem)_[su]$/
const TRAPPING_CONVERSION = /^i(32|64)\.trunc_f/

const IMPURE = new Set([
  'call',
  'call_indirect',
  'load',
  'store',
  'global.set',
  'memory.grow',
  'memory.fill',
  'memory.copy',
  'memory.init',
  'data.drop',
  'elem.drop',
  'table.set',
  'table.get',
  'table.grow',
  'table.fill',
  'table.copy',
  'table.init',
])

/** Reads of state that others change. */
const STATEFUL = new Set(['global.get', 'memory.size', 'table.size', 'result', 'phi', 'param'])

/** True if the division cannot trap. */
function safeDivision({ op, args }: Value): boolean {
  const bits = args[1]!.op === 'const' ? args[1]!.imm.bits! : 0n
  if (bits === 0n) return false
  return !op.endsWith('div_s') || BigInt.asIntN(op.startsWith('i32') ? 32 : 64, bits) !== -1n
}

/** True if the value must be computed even if nobody uses it. */
export function hasEffect(value: Value): boolean {
  if (IMPURE.has(value.op) || TRAPPING_CONVERSION.test(value.op)) return true
  return DIVISION.test(value.op) && !safeDivision(value)
}

/** True if an equal value that dominates it may stand in. */
export function isCommon({ op }: Value): boolean {
  return !IMPURE.has(op) && !STATEFUL.has(op)
}

export function countUses(graph: Graph): void {
  for (const block of graph.blocks) for (const value of block.values) value.uses = 0
  for (const block of graph.blocks) {
    for (const value of block.values) for (const arg of value.args) arg.uses++
    for (const arg of block.terminator.args) arg.uses++
  }
}

/**
 * WebAssembly to SSA: structured control becomes blocks; locals and results of blocks become values and phis, by the method
 * of Braun et al. 2013 ("Simple and Efficient Construction of Static Single Assignment Form").
 *
 * Requires a valid module. Code that cannot be reached is left out.
 */

import { fold } from './fold.ts'
import {
  Block,
  type Graph,
  type Immediate,
  type Loop,
  resolve,
  type Terminator,
  type Type,
  typeOf,
  Value,
} from './ssa.ts'
import { type Instruction, readInstruction } from './wasm/instruction.ts'
import { type FunctionType, type Module, typeOfFunction, type ValueType } from './wasm/module.ts'
import { readLocals } from './wasm/parse.ts'
import { Reader } from './wasm/reader.ts'

interface Frame {
  readonly op: 'function' | 'block' | 'loop' | 'if'
  readonly type: FunctionType
  /** Where a branch to it goes; undefined for the function's: that returns. */
  readonly target: Block | undefined
  /** What a branch hands over. */
  readonly phis: Value[]
  readonly height: number
  /** The else part of an `if` that had none yet, and its parameters. */
  otherwise: Block | undefined
  readonly params: Value[]
}

/** Builds the graph of function `index`. */
export function build(module: Module, index: number): Graph {
  return new Builder(module, index).run()
}

/** Offsets up to this are part of loads and stores whose address is computed once for all. */
const SHARED_OFFSET = 4095

/** Offsets below this fit an access of any size but bytes and vectors; from the other on, pages take more than an addition. */
const NEAR = 0x2000
const FAR = 0x100_0000
const PAGE = 0x1000

class Builder {
  readonly #module: Module
  readonly #type: FunctionType
  readonly #reader: Reader
  readonly #locals: Type[]
  readonly #stack: Value[] = []
  readonly #frames: Frame[] = []
  readonly #blocks: Block[] = []
  /** Definitions of locals, by block. */
  readonly #definitions: (Value | undefined)[][] = []
  /** Phis of loop headers whose back edges are not all known, by block. */
  readonly #incomplete = new Map<Block, [local: number, phi: Value][]>()
  readonly #name: string
  readonly #start: number
  #current: Block | undefined
  #loop: Loop | undefined
  #values = 0
  #blockCount = 0
  #at = 0

  constructor(module: Module, index: number) {
    this.#module = module
    this.#type = typeOfFunction(module, index)
    const { start, end } = module.bodies[index - module.importedFunctions]!
    this.#reader = new Reader(module.bytes, start, end)
    this.#name = module.names.get(index) ?? `function ${index}`
    this.#locals = [...this.#type.params, ...readLocals(this.#reader)].map(typeOf)
    this.#at = this.#reader.at
    this.#start = this.#at
  }

  run(): Graph {
    const entry = this.#newBlock()
    this.#open(entry)
    for (const [i, type] of this.#locals.entries()) {
      const isParam = i < this.#type.params.length
      const value = isParam ? this.#emit('param', type, [], { index: i }) : this.#constant(type, 0n)
      this.#define(entry, i, value)
    }
    this.#push('function', this.#type, undefined, [], undefined)
    while (this.#frames.length > 0)
      this.#instruction(readInstruction(this.#reader, this.#module.types))
    return this.#finish()
  }

  #finish(): Graph {
    return {
      name: this.#name,
      at: this.#start,
      type: this.#type,
      blocks: this.#blocks,
      valueCount: this.#values,
      blockCount: this.#blockCount,
    }
  }

  #newBlock(loop = this.#loop): Block {
    const block = new Block(this.#blockCount++, loop)
    this.#definitions[block.id] = []
    return block
  }

  /** Makes a block the one that is filled; it takes its place in the order now. */
  #open(block: Block): void {
    this.#blocks.push(block)
    this.#current = block
  }

  #close(terminator: Terminator): void {
    const block = this.#current!
    block.terminator = terminator
    block.at = this.#at
    for (const target of terminator.targets) {
      if (!target.predecessors.includes(block)) target.predecessors.push(block)
    }
    this.#current = undefined
  }

  #jump(target: Block): void {
    this.#close({ kind: 'jump', args: [], targets: [target] })
  }

  #raw(op: string, type: Type | undefined, args: Value[], imm: Immediate, block: Block): Value {
    return new Value(this.#values++, op, type, args, imm, block, this.#at)
  }

  #emit(op: string, type: Type | undefined, args: Value[], imm: Immediate = {}): Value {
    const block = this.#current!
    const value = this.#raw(op, type, args.map(resolve), imm, block)
    const simpler = fold(value, (o, t, a, i = {}) => this.#emit(o, t, a, i))
    if (simpler) return simpler
    block.values.push(value)
    return value
  }

  #constant(type: Type, bits: bigint): Value {
    return this.#emit('const', type, [], { bits })
  }

  #phi(block: Block, type: Type): Value {
    const phi = this.#raw('phi', type, [], {}, block)
    block.values.unshift(phi)
    return phi
  }

  #define(block: Block, local: number, value: Value): void {
    this.#definitions[block.id]![local] = value
  }

  /** The value of a local at the end of a block as far as it is filled. */
  #read(block: Block, local: number): Value {
    const passed: Block[] = []
    let at = block
    let value = this.#definitions[at.id]![local]
    while (!value && at.predecessors.length === 1 && !this.#incomplete.has(at)) {
      passed.push(at)
      at = at.predecessors[0]!
      value = this.#definitions[at.id]![local]
    }
    value ??= this.#readAtJoin(at, local)
    value = resolve(value)
    for (const one of passed) this.#define(one, local, value)
    return value
  }

  #readAtJoin(block: Block, local: number): Value {
    const phi = this.#phi(block, this.#locals[local]!)
    this.#define(block, local, phi)
    const waiting = this.#incomplete.get(block)
    if (waiting) {
      waiting.push([local, phi])
      return phi
    }
    phi.args = block.predecessors.map((predecessor) => this.#read(predecessor, local))
    return simplifyPhi(phi)
  }

  /** All predecessors of a loop header are known: completes its phis. */
  #seal(header: Block): void {
    const waiting = this.#incomplete.get(header)!
    this.#incomplete.delete(header)
    for (const [local, phi] of waiting) {
      phi.args = header.predecessors.map((predecessor) => this.#read(predecessor, local))
    }
    for (const [, phi] of waiting) simplifyPhi(phi)
  }

  #push(
    op: Frame['op'],
    type: FunctionType,
    target: Block | undefined,
    params: Value[],
    otherwise: Block | undefined,
  ): void {
    const carried = op === 'loop' ? type.params : type.results
    const phis = target ? carried.map((item) => this.#phi(target, typeOf(item))).reverse() : []
    this.#frames.push({
      op,
      type,
      target,
      phis: phis.reverse(),
      height: this.#stack.length,
      otherwise,
      params,
    })
  }

  #pop(): Value {
    return resolve(this.#stack.pop()!)
  }

  #popMany(count: number): Value[] {
    return count === 0 ? [] : this.#stack.splice(-count).map(resolve)
  }

  /** Hands `values` over to a label; the edge must follow at once. */
  #handOver(frame: Frame, values: readonly Value[]): void {
    for (const [i, phi] of frame.phis.entries()) phi.args.push(values[i]!)
  }

  #frame(depth: number): Frame {
    return this.#frames.at(-1 - depth)!
  }

  #arity({ op, type }: Frame): number {
    return (op === 'loop' ? type.params : type.results).length
  }

  #branch(depth: number) {
    const frame = this.#frame(depth)
    const values = this.#popMany(this.#arity(frame))
    if (!frame.target) return this.#return(values)
    this.#handOver(frame, values)
    this.#jump(frame.target)
  }

  #return(values: Value[]) {
    this.#close({ kind: 'return', args: values, targets: [] })
  }

  #top(count: number): Value[] {
    return count === 0 ? [] : this.#stack.slice(-count).map(resolve)
  }

  /** Where a conditional branch to a label goes: the label, or a block that returns. */
  #target(depth: number): { block: Block; returns: boolean } {
    const frame = this.#frame(depth)
    if (frame.target) {
      this.#handOver(frame, this.#top(this.#arity(frame)))
      return { block: frame.target, returns: false }
    }
    return { block: this.#newBlock(), returns: true }
  }

  #fillReturn(block: Block): void {
    this.#open(block)
    this.#return(this.#top(this.#type.results.length))
  }

  #branchIf(depth: number): void {
    const condition = this.#pop()
    const { block, returns } = this.#target(depth)
    const next = this.#newBlock()
    this.#close({ kind: 'branch', args: [condition], targets: [block, next] })
    if (returns) this.#fillReturn(block)
    this.#open(next)
  }

  #branchTable(depths: readonly number[]) {
    const selector = this.#pop()
    if (depths.every((depth) => depth === depths[0])) return this.#branch(depths[0]!)
    const targets = new Map<number, { block: Block; returns: boolean }>()
    for (const depth of depths) {
      const known = this.#frame(depth).target
        ? [...targets].find(([other]) => this.#frame(other) === this.#frame(depth))?.[1]
        : [...targets.values()].find(({ returns }) => returns)
      targets.set(depth, known ?? this.#target(depth))
    }
    const blocks = depths.map((depth) => targets.get(depth)!.block)
    this.#close({ kind: 'switch', args: [selector], targets: blocks })
    const returning = [...targets.values()].find(({ returns }) => returns)
    if (returning) {
      this.#fillReturn(returning.block)
    }
  }

  #enterLoop(type: FunctionType, params: Value[]) {
    const preheader = this.#current!
    const header: Block = new Block(this.#blockCount++, undefined)
    this.#definitions[header.id] = []
    const parent = this.#loop
    const loop = { header, parent, depth: (parent?.depth ?? 0) + 1, preheader }
    Object.assign(header, { loop })
    this.#push('loop', type, header, params, undefined)
    this.#handOver(this.#frame(0), params)
    this.#jump(header)
    this.#incomplete.set(header, [])
    this.#loop = loop
    this.#open(header)
    this.#stack.push(...this.#frame(0).phis)
  }

  #enter(item: Extract<Instruction, { op: 'block' | 'loop' | 'if' }>) {
    const { type } = item
    const condition = item.op === 'if' ? this.#pop() : undefined
    const params = this.#popMany(type.params.length)
    if (item.op === 'loop') return this.#enterLoop(type, params)
    const end = this.#newBlock()
    if (!condition) {
      this.#push('block', type, end, params, undefined)
    } else {
      const then = this.#newBlock()
      const otherwise = this.#newBlock()
      this.#push('if', type, end, params, otherwise)
      this.#close({ kind: 'branch', args: [condition], targets: [then, otherwise] })
      this.#open(then)
    }
    this.#stack.push(...params)
  }

  /** Leaves the part of a block that is open, handing its results over. */
  #fallThrough(frame: Frame) {
    if (!this.#current) return
    const values = this.#popMany(frame.type.results.length)
    if (!frame.target) return this.#return(values)
    this.#handOver(frame, values)
    this.#jump(frame.target)
  }

  #else() {
    const frame = this.#frame(0)
    this.#fallThrough(frame)
    this.#stack.length = frame.height
    this.#open(frame.otherwise!)
    frame.otherwise = undefined
    this.#stack.push(...frame.params)
  }

  #end() {
    const frame = this.#frame(0)
    if (frame.op === 'loop') return this.#endLoop(frame)
    if (frame.otherwise) this.#else()
    this.#fallThrough(frame)
    this.#frames.pop()
    this.#stack.length = frame.height
    if (!frame.target) return
    if (frame.target.predecessors.length === 0) return
    this.#open(frame.target)
    for (const phi of frame.phis) this.#stack.push(simplifyPhi(phi))
  }

  #endLoop(frame: Frame) {
    const { header, parent } = this.#loop!
    this.#seal(header)
    for (const phi of frame.phis) simplifyPhi(phi)
    this.#frames.pop()
    this.#loop = parent
    if (!this.#current) {
      this.#stack.length = frame.height
      return
    }
    const results = this.#popMany(frame.type.results.length)
    this.#stack.length = frame.height
    const next = this.#newBlock()
    this.#jump(next)
    this.#open(next)
    this.#stack.push(...results)
  }

  /** How deep code that cannot be reached is nested. */
  #skipped = 0

  #instruction(item: Instruction) {
    this.#at = item.at
    if (!this.#current) return this.#skip(item)
    switch (item.op) {
      case 'operation': {
        const { name, params, result, lanes } = item.operation
        const args = this.#popMany(params.length)
        const imm = lanes ? { index: item.lane } : {}
        return void this.#stack.push(this.#emit(name, typeOf(result), args, imm))
      }
      case 'const':
        return void this.#stack.push(this.#constant(typeOf(item.type), item.bits))
      case 'local.get':
        return void this.#stack.push(this.#read(this.#current, item.index))
      case 'local.set':
        return this.#define(this.#current, item.index, this.#pop())
      case 'local.tee':
        return this.#define(this.#current, item.index, resolve(this.#stack.at(-1)!))
      case 'access':
        return this.#access(item)
      case 'block':
      case 'loop':
      case 'if':
        return this.#enter(item)
      case 'else':
        return this.#else()
      case 'end':
        return this.#end()
      case 'br':
        return this.#branch(item.index)
      case 'br_if':
        return this.#branchIf(item.index)
      case 'br_table':
        return this.#branchTable(item.depths)
      case 'return':
        return this.#return(this.#popMany(this.#type.results.length))
      case 'unreachable':
        return this.#close({ kind: 'unreachable', args: [], targets: [] })
      case 'nop':
        return
      case 'drop':
        return void this.#pop()
      case 'call':
        return this.#call('call', typeOfFunction(this.#module, item.index), [], {
          index: item.index,
        })
      case 'call_indirect': {
        const type = this.#module.types[item.index]!
        return this.#call('call_indirect', type, [this.#pop()], { index: item.second, type })
      }
      case 'select': {
        const [first, second, condition] = this.#popMany(3)
        const value = this.#emit('select', first!.type, [first!, second!, condition!])
        return void this.#stack.push(value)
      }
      case 'shuffle':
        return void this.#stack.push(
          this.#emit('shuffle', 'v128', this.#popMany(2), { lanes: item.lanes }),
        )
      case 'ref.null':
        return void this.#stack.push(this.#constant('i64', 0n))
      case 'ref.is_null':
        return void this.#stack.push(this.#emit('i64.eqz', 'i32', [this.#pop()]))
      default:
        return this.#state(item)
    }
  }

  /** Code that cannot be reached only matters for the ends and elses that belong to code that can. */
  #skip(item: Instruction) {
    if (item.op === 'block' || item.op === 'loop' || item.op === 'if') this.#skipped++
    else if (item.op === 'end' && this.#skipped > 0) this.#skipped--
    else if (this.#skipped === 0) {
      if (item.op === 'end') this.#end()
      if (item.op === 'else') this.#else()
    }
  }

  #call(op: string, type: FunctionType, extra: Value[], imm: Immediate): void {
    const args = [...extra, ...this.#popMany(type.params.length)]
    const call = this.#emit(op, undefined, args, { ...imm, type })
    for (const [i, result] of type.results.entries()) {
      this.#stack.push(this.#emit('result', typeOf(result), [call], { index: i }))
    }
  }

  /** Address and offset of an access: what is constant is joined, larger offsets are left to the selection. */
  #address(index: Value, offset: number): { address: Value; index: number } {
    if (index.op === 'const') return this.#constantAddress(index, offset)
    if (offset === 0) return { address: index, index: offset }
    if (offset > SHARED_OFFSET) {
      const base = this.#emit('addr', 'i64', [index])
      const far = this.#constant('i64', BigInt(offset))
      return { address: this.#emit('i64.add', 'i64', [base, far]), index: 0 }
    }
    return { address: this.#emit('addr', 'i64', [index]), index: offset }
  }

  /** Constant addresses beyond the reach of an offset share the address of their page. */
  #constantAddress(index: Value, offset: number): { address: Value; index: number } {
    const place = Number(index.imm.bits!) + offset
    if (place < NEAR || place >= FAR) return { address: index, index: offset }
    const page = this.#constant('i32', BigInt(place - (place % PAGE)))
    return { address: this.#emit('addr', 'i64', [page]), index: place % PAGE }
  }

  #access({ access, offset, lane }: Extract<Instruction, { op: 'access' }>): void {
    const data = access.store || access.lanes ? [this.#pop()] : []
    const { address, index } = this.#address(this.#pop(), offset)
    const type = access.store ? undefined : typeOf(access.type)
    const op = access.store ? 'store' : 'load'
    const value = this.#emit(op, type, [address, ...data], { access, index, second: lane })
    if (type) this.#stack.push(value)
  }

  /** Globals, tables, bulk memory. */
  #state(item: Instruction) {
    const { op } = item
    const second = 'second' in item ? item.second : 0
    const imm = { index: 'index' in item ? item.index : 0, second }
    const operands = OPERANDS[op]!
    const args = this.#popMany(operands.takes)
    const gives: ValueType | undefined =
      operands.gives === 'global' ? this.#module.globals[imm.index]!.type : operands.gives
    const value = this.#emit(op, gives && typeOf(gives), args, imm)
    if (gives) this.#stack.push(value)
  }
}

/** How many operands instructions on state take, and what they give. */
const OPERANDS: Record<string, { takes: number; gives?: ValueType | 'global' }> = {
  'global.get': { takes: 0, gives: 'global' },
  'global.set': { takes: 1 },
  'memory.size': { takes: 0, gives: 'i32' },
  'memory.grow': { takes: 1, gives: 'i32' },
  'memory.fill': { takes: 3 },
  'memory.copy': { takes: 3 },
  'memory.init': { takes: 3 },
  'data.drop': { takes: 0 },
  'elem.drop': { takes: 0 },
  'table.get': { takes: 1, gives: 'funcref' },
  'table.set': { takes: 2 },
  'table.size': { takes: 0, gives: 'i32' },
  'table.grow': { takes: 2, gives: 'i32' },
  'table.fill': { takes: 3 },
  'table.copy': { takes: 3 },
  'table.init': { takes: 3 },
  'ref.func': { takes: 0, gives: 'funcref' },
}

/** A phi of one value and itself is that value. */
export function simplifyPhi(phi: Value): Value {
  if (phi.forward) return resolve(phi)
  let only: Value | undefined
  for (const arg of phi.args) {
    const value = resolve(arg)
    if (value === phi || value === only) continue
    if (only) return phi
    only = value
  }
  if (only) phi.forward = only
  return only ?? phi
}

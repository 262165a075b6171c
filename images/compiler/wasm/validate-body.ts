/** Validates one function body: the operand stack and the control stack of the specification's algorithm. */

import { type Instruction, readInstruction } from './instruction.ts'
import type { ValueType } from './module.ts'
import { type FunctionType, isReference, type Module, typeName, typeOfFunction } from './module.ts'
import { readLocals } from './parse.ts'
import type { Reader } from './reader.ts'

/** A value's type; `any` is what unreachable code pops. */
type Operand = ValueType | 'any'

interface Frame {
  readonly op: 'function' | 'block' | 'loop' | 'if' | 'else'
  readonly type: FunctionType
  readonly height: number
  unreachable: boolean
}

/** Checks a body instruction by instruction. */
export class BodyValidator {
  readonly #locals: ValueType[]
  readonly #type: FunctionType
  readonly #stack: Operand[] = []
  readonly #frames: Frame[] = []
  #at = 0

  constructor(
    readonly module: Module,
    index: number,
    readonly reader: Reader,
  ) {
    this.#type = typeOfFunction(module, index)
    this.#locals = [...this.#type.params, ...readLocals(reader)]
  }

  run(): void {
    this.#enter('function', this.#type)
    while (this.#frames.length > 0) {
      const instruction = readInstruction(this.reader, this.module.types)
      this.#at = instruction.at
      this.#check(instruction)
    }
    if (!this.reader.done) this.reader.fail('Instructions follow the end of the function')
  }

  #fail(message: string): never {
    return this.reader.fail(message, this.#at)
  }

  #need<T>(list: readonly T[], index: number, what: string): T {
    return list[index] ?? this.#fail(`There is no ${what} ${index}: there are ${list.length}`)
  }

  #push(...types: readonly Operand[]): void {
    this.#stack.push(...types)
  }

  #pop(expected?: Operand): Operand {
    const frame = this.#frames.at(-1)!
    if (this.#stack.length === frame.height) {
      if (frame.unreachable) return 'any'
      this.#fail(`A value${expected ? ` of type ${expected}` : ''} is missing on the stack`)
    }
    const actual = this.#stack.pop()!
    if (expected !== undefined && expected !== 'any' && actual !== 'any' && actual !== expected) {
      this.#fail(`A value of type ${expected} is needed, ${actual} is on the stack`)
    }
    return actual
  }

  #popAll(types: readonly Operand[]): void {
    for (let i = types.length - 1; i >= 0; i--) this.#pop(types[i])
  }

  #enter(op: Frame['op'], type: FunctionType): void {
    this.#frames.push({ op, type, height: this.#stack.length, unreachable: false })
    if (op !== 'function') this.#push(...type.params)
  }

  #leave(): Frame {
    const frame = this.#frames.at(-1)!
    this.#popAll(frame.type.results)
    if (this.#stack.length !== frame.height) {
      this.#fail(`${this.#stack.length - frame.height} values too many at the end of a block`)
    }
    return this.#frames.pop()!
  }

  #unreachable(): void {
    const frame = this.#frames.at(-1)!
    this.#stack.length = frame.height
    frame.unreachable = true
  }

  #label(depth: number): readonly ValueType[] {
    if (depth >= this.#frames.length) {
      this.#fail(`A branch leaves ${depth} blocks, there are ${this.#frames.length}`)
    }
    const { op, type } = this.#frames.at(-1 - depth)!
    return op === 'loop' ? type.params : type.results
  }

  #call({ params, results }: FunctionType): void {
    this.#popAll(params)
    this.#push(...results)
  }

  #signature(params: readonly Operand[], ...results: readonly Operand[]): void {
    this.#popAll(params)
    this.#push(...results)
  }

  #memory(): void {
    if (this.module.memories.length === 0) this.#fail('The module has no memory')
  }

  #table(index: number): 'funcref' | 'externref' {
    return this.#need(this.module.tables, index, 'table').element
  }

  #dataSegment(index: number): void {
    const { dataCount } = this.module
    if (dataCount === undefined) this.#fail('The module has no data count section')
    if (index >= dataCount) this.#fail(`There is no data segment ${index}`)
  }

  #check(item: Instruction) {
    switch (item.op) {
      case 'operation':
        if (item.operation.lanes && item.lane >= item.operation.lanes) {
          this.#fail(`There is no lane ${item.lane} in ${item.operation.name}`)
        }
        return this.#signature(item.operation.params, item.operation.result)
      case 'const':
        return this.#push(item.type)
      case 'shuffle':
        if (item.lanes.some((lane) => lane > 31)) this.#fail('A shuffle has lanes 0 to 31')
        return this.#signature(['v128', 'v128'], 'v128')
      case 'access':
        return this.#access(item)
      case 'local.get':
        return this.#push(this.#need(this.#locals, item.index, 'local'))
      case 'local.set':
        return void this.#pop(this.#need(this.#locals, item.index, 'local'))
      case 'local.tee': {
        const type = this.#need(this.#locals, item.index, 'local')
        return this.#signature([type], type)
      }
      case 'global.get':
        return this.#push(this.#need(this.module.globals, item.index, 'global').type)
      case 'global.set': {
        const { type, mutable } = this.#need(this.module.globals, item.index, 'global')
        if (!mutable) this.#fail(`Global ${item.index} is constant`)
        return void this.#pop(type)
      }
      case 'nop':
        return
      case 'drop':
        return void this.#pop()
      case 'select':
        return this.#select(item.type)
      case 'ref.null':
        return this.#push(item.type)
      case 'ref.is_null': {
        const type = this.#pop()
        if (type !== 'any' && !isReference(type)) this.#fail(`${type} is no reference type`)
        return this.#push('i32')
      }
      case 'ref.func':
        this.#need(this.module.functions, item.index, 'function')
        if (!this.module.references.has(item.index)) {
          this.#fail(
            `Function ${item.index} is referred to, but not declared in a segment or export`,
          )
        }
        return this.#push('funcref')
      default:
        return this.#isControl(item) ? undefined : this.#bulk(item)
    }
  }

  #access({ access, align, lane }: Extract<Instruction, { op: 'access' }>) {
    this.#memory()
    if (2 ** align > access.bytes) {
      this.#fail(`Alignment 2^${align} is larger than the ${access.bytes} bytes of ${access.name}`)
    }
    if (access.lanes) {
      if (lane >= access.lanes) this.#fail(`There is no lane ${lane} in ${access.name}`)
      this.#popAll(['i32', 'v128'])
      if (!access.store) this.#push('v128')
      return
    }
    if (access.store) this.#popAll(['i32', access.type])
    else this.#signature(['i32'], access.type)
  }

  #select(type: ValueType | undefined) {
    this.#pop('i32')
    if (type) return this.#signature([type, type], type)
    const second = this.#pop()
    const first = this.#pop()
    for (const operand of [first, second]) {
      if (operand !== 'any' && isReference(operand)) {
        this.#fail('A select of references must name its type')
      }
    }
    if (first !== second && first !== 'any' && second !== 'any') {
      this.#fail(`A select has values of two types, ${first} and ${second}`)
    }
    this.#push(first === 'any' ? second : first)
  }

  /** Checks control instructions; false for others. */
  #isControl(item: Instruction): boolean {
    switch (item.op) {
      case 'unreachable':
        this.#unreachable()
        return true
      case 'block':
      case 'loop':
      case 'if':
        if (item.op === 'if') this.#pop('i32')
        this.#popAll(item.type.params)
        this.#enter(item.op, item.type)
        return true
      case 'else': {
        const { op, type } = this.#leave()
        if (op !== 'if') this.#fail('An else has no if')
        this.#enter('else', type)
        return true
      }
      case 'end': {
        const { op, type } = this.#leave()
        if (op === 'if' && type.params.join() !== type.results.join()) {
          this.#fail(`An if of type ${typeName(type)} has no else`)
        }
        this.#push(...type.results)
        return true
      }
      case 'br':
        this.#popAll(this.#label(item.index))
        this.#unreachable()
        return true
      case 'br_if': {
        this.#pop('i32')
        const types = this.#label(item.index)
        this.#signature(types, ...types)
        return true
      }
      case 'br_table':
        this.#branchTable(item.depths)
        return true
      case 'return':
        this.#popAll(this.#type.results)
        this.#unreachable()
        return true
      case 'call':
        this.#need(this.module.functions, item.index, 'function')
        this.#call(typeOfFunction(this.module, item.index))
        return true
      case 'call_indirect':
        if (this.#table(item.second) !== 'funcref') this.#fail('Only a table of funcref is called')
        this.#pop('i32')
        this.#call(this.#need(this.module.types, item.index, 'type'))
        return true
      default:
        return false
    }
  }

  #branchTable(depths: readonly number[]): void {
    this.#pop('i32')
    const arity = this.#label(depths.at(-1)!).length
    for (const depth of depths) {
      const types = this.#label(depth)
      if (types.length !== arity)
        this.#fail('The labels of a br_table take different numbers of values')
      const popped = types.map((_, i) => this.#pop(types[arity - 1 - i]))
      this.#push(...popped.reverse())
    }
    this.#popAll(this.#label(depths.at(-1)!))
    this.#unreachable()
  }

  #bulk(item: Instruction) {
    switch (item.op) {
      case 'memory.size':
        this.#memory()
        return this.#push('i32')
      case 'memory.grow':
        this.#memory()
        return this.#signature(['i32'], 'i32')
      case 'memory.init':
        this.#dataSegment(item.index)
        this.#memory()
        return this.#popAll(['i32', 'i32', 'i32'])
      case 'data.drop':
        return this.#dataSegment(item.index)
      case 'memory.copy':
      case 'memory.fill':
        this.#memory()
        return this.#popAll(['i32', 'i32', 'i32'])
      case 'elem.drop':
        return void this.#need(this.module.elements, item.index, 'element segment')
      case 'table.init': {
        const { type } = this.#need(this.module.elements, item.index, 'element segment')
        const table = this.#table(item.second)
        if (type !== table) this.#fail(`Elements of type ${type} do not fit a table of ${table}`)
        return this.#popAll(['i32', 'i32', 'i32'])
      }
      case 'table.copy': {
        const [to, from] = [this.#table(item.index), this.#table(item.second)]
        if (to !== from) this.#fail(`A table of ${from} cannot be copied to one of ${to}`)
        return this.#popAll(['i32', 'i32', 'i32'])
      }
      case 'table.get':
        return this.#signature(['i32'], this.#table(item.index))
      case 'table.set':
        return this.#popAll(['i32', this.#table(item.index)])
      case 'table.size':
        this.#table(item.index)
        return this.#push('i32')
      case 'table.grow':
        return this.#signature([this.#table(item.index), 'i32'], 'i32')
      case 'table.fill':
        return this.#popAll(['i32', this.#table(item.index), 'i32'])
      default:
        return this.#fail(`${item.op} is not checked`)
    }
  }
}

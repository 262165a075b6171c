/**
 * Random modules, valid by construction, from a seed: integers, floats, vectors, memory, control, calls, traps.
 *
 * NaNs that arithmetic makes are replaced by one NaN at once, since engines may choose theirs. Loops count down, calls only
 * go to functions before, so that every program ends.
 */

import type { ValueType } from '../wasm/module.ts'
import { ACCESSES, type Access, OPERATIONS, type Operation } from '../wasm/opcodes.ts'
import { access, constant, END, local, ModuleBuilder, op, unsigned } from './builder.ts'

const TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'v128']

/** Values at the edges of types. */
const EDGES = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
  63n,
  64n,
  127n,
  128n,
  255n,
  256n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 32n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
  0x3f80_0000n,
  0x7f80_0000n,
  0x4f00_0000n,
  0xcf00_0000n,
  0x3ff0_0000_0000_0000n,
  0x41e0_0000_0000_0000n,
  0xc1e0_0000_0020_0000n,
  0x7ff0_0000_0000_0000n,
  0x43e0_0000_0000_0000n,
]

const NAN: Partial<Record<ValueType, bigint>> = { f32: 0x7fc0_0000n, f64: 0x7ff8n << 48n }

const TRAPPING = /\.(div|rem)_[su]$|\.trunc_f/
const MAKES_NAN =
  /^f(32|64)(x\d)?\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote|promote)/

const BITS: Record<string, bigint> = { i32: 32n, i64: 64n, f32: 32n, f64: 64n, v128: 128n }

interface Function {
  readonly index: number
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

const operationsOf = (type: ValueType): Operation[] =>
  [...OPERATIONS.values()].filter(({ result }) => result === type)
const OPERATIONS_BY_TYPE = new Map(TYPES.map((type) => [type, operationsOf(type)]))
const LOADS = new Map(
  TYPES.map((type) => [type, [...ACCESSES.values()].filter((a) => !a.store && a.type === type)]),
)
const STORES: readonly Access[] = [...ACCESSES.values()].filter((a) => a.store)

/** A module and the exports to call, which take nothing and give i64s. */
export function randomModule(seed: number): { bytes: Uint8Array; calls: string[] } {
  return new Random(seed, 0).module()
}

/** Where programs of Kenix have memory. */
const PROGRAM_BASE = 0x10000
/** Where a program prepares what it writes: random accesses do not reach as far. */
const TEXT_BASE = PROGRAM_BASE + 60000
const END_TEXT = 'end\n'

/**
 * A module with a `main` that calls them all and writes each result as 16 hexadecimal digits on a line, at last "end", by the
 * import `svc.call` and the system call 64 (write). It does not touch the first 64 KiB of its memory, which is exported.
 */
export function randomProgram(seed: number): Uint8Array {
  return new Random(seed, PROGRAM_BASE).program()
}

class Random {
  #state: number
  readonly #builder = new ModuleBuilder()
  readonly #functions: Function[] = []
  /** Functions without arguments that give a number of i64s. */
  readonly #callers: { readonly name: string; readonly index: number; readonly count: number }[] =
    []
  readonly #globals: ValueType[] = []
  #locals: ValueType[] = []
  /** Locals that count loops and must not be set otherwise. */
  readonly #counters = new Set<number>()
  /** Locals that hold a NaN of the engine's choice. */
  readonly #hidden = new Set<number>()
  #budget = 0

  constructor(
    seed: number,
    /** Addresses are from here on. */
    readonly base: number,
  ) {
    this.#state = (seed * 2654435761 + 12345) >>> 0
    if (base > 0) this.#builder.memory = { min: 2, max: 5 }
  }

  program(): Uint8Array {
    const types = Array.from({ length: 7 }, (): ValueType => 'i64')
    const call = this.#builder.import('svc', 'call', types, ['i64'])
    const write = (at: number, length: number) => [
      ...[64, 1, at, length, 0, 0, 0].flatMap((value) => constant('i64', BigInt(value))),
      ...[0x10, call, 0x1a],
    ]
    const print = this.#printer(write(TEXT_BASE, 17))
    this.#builder.data(TEXT_BASE + 32, [...new TextEncoder().encode(END_TEXT)])
    this.#fill()
    const results: ValueType[] = []
    const body = this.#callers.flatMap(({ index, count }) => {
      const first = results.length
      for (let i = 0; i < count; i++) results.push('i64')
      const places = Array.from({ length: count }, (_, i) => first + i)
      return [
        ...[0x10, ...unsigned(index)],
        ...places.flatMap((_, i) => local.set(places[count - 1 - i]!)),
        ...places.flatMap((place) => [...local.get(place), 0x10, ...unsigned(print)]),
      ]
    })
    const end = write(TEXT_BASE + 32, END_TEXT.length)
    const main = this.#builder.func([], ['i32'], results, body, end, constant('i32', 0n))
    this.#builder.export('main', main)
    this.#builder.memoryName = 'memory'
    return this.#builder.bytes()
  }

  /** A function that writes an i64 as a line of hexadecimal digits. */
  #printer(write: readonly number[]): number {
    const [value, at, digit] = [0, 1, 2]
    const add = (number: number) => [...constant('i32', BigInt(number)), ...op('i32.add')]
    return this.#builder.func(
      ['i64'],
      [],
      ['i32', 'i32'],
      [...constant('i32', BigInt(TEXT_BASE + 16)), ...local.tee(at)],
      [...constant('i32', 10n), ...access('i32.store8')],
      [0x03, 0x40],
      [...local.get(at), ...add(-1), ...local.set(at)],
      [...local.get(value), ...op('i32.wrap_i64'), ...constant('i32', 15n), ...op('i32.and')],
      [...local.set(digit), ...local.get(at)],
      [...local.get(digit), ...add(48), ...local.get(digit), ...add(87)],
      [...local.get(digit), ...constant('i32', 10n), ...op('i32.lt_u'), 0x1b],
      access('i32.store8'),
      [...local.get(value), ...constant('i64', 4n), ...op('i64.shr_u'), ...local.set(value)],
      [...local.get(at), ...constant('i32', BigInt(TEXT_BASE)), ...op('i32.gt_u'), 0x0d, 0, END],
      write,
    )
  }

  module(): { bytes: Uint8Array; calls: string[] } {
    this.#fill()
    const calls: string[] = []
    for (const { name } of this.#callers) calls.push(name, 'sum')
    return { bytes: this.#builder.bytes(), calls }
  }

  /** Adds everything but what calls it. */
  #fill(): void {
    for (const type of TYPES) {
      this.#builder.global(type, this.#bits(type))
      this.#globals.push(type)
    }
    this.#builder.data(
      this.base + 64,
      Array.from({ length: 64 }, () => this.#below(256)),
    )
    const sum = this.#checksum()
    this.#builder.export('sum', sum)
    for (let i = 0; i < 6; i++) {
      const fn = this.#function()
      this.#functions.push(fn)
      this.#builder.element(fn.index)
      for (let k = 0; k < 2; k++) {
        const name = `f${i}_${k}`
        const caller = this.#caller(fn)
        this.#builder.export(name, caller.index)
        this.#callers.push({ name, ...caller })
      }
    }
    if (this.base > 0) this.#callers.push({ name: 'sum', index: sum, count: 1 })
  }

  #below(limit: number): number {
    // xorshift32
    let x = this.#state || 1
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state % limit
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }

  #bits(type: ValueType): bigint {
    const width = BITS[type]!
    let bits = this.#chance(60) ? this.#pick(EDGES) : 0n
    if (this.#chance(50))
      for (let i = 0; i < 8; i++) bits ^= BigInt(this.#below(65536)) << BigInt(16 * i)
    if (type === 'f64' && this.#chance(40)) {
      bits = new BigUint64Array(new Float64Array([this.#below(2000) - 1000.5]).buffer)[0]!
    }
    if (type === 'f32' && this.#chance(40)) {
      bits = BigInt(new Uint32Array(new Float32Array([this.#below(2000) - 1000.5]).buffer)[0]!)
    }
    return BigInt.asUintN(Number(width), bits)
  }

  /** Rotates and adds all of memory. */
  #checksum(): number {
    const [at, sum] = [0, 1]
    return this.#builder.func(
      [],
      ['i64'],
      ['i32', 'i64'],
      constant('i32', BigInt(this.base)),
      local.set(at),
      [0x03, 0x40],
      local.get(sum),
      constant('i64', 7n),
      op('i64.rotl'),
      local.get(at),
      access('i64.load'),
      op('i64.add'),
      local.set(sum),
      local.get(at),
      constant('i32', 8n),
      op('i32.add'),
      local.tee(at),
      [0x3f, 0],
      constant('i32', 16n),
      op('i32.shl'),
      op('i32.lt_u'),
      [0x0d, 0, END],
      local.get(sum),
    )
  }

  /** A function that calls with constants and gives the results as i64s, a number of them at least. */
  #caller({ index, params, results }: Function): { index: number; count: number } {
    const args = params.flatMap((type) => constant(type, this.#bits(type)))
    const locals = [...results]
    const sets = results.flatMap((_, i) => local.set(results.length - 1 - i))
    const gives = results.flatMap((type, i) => this.#asI64(type, local.get(i)))
    const count = results.reduce((sum, type) => sum + (type === 'v128' ? 2 : 1), 1)
    const types = Array.from({ length: count }, (): ValueType => 'i64')
    const code = [args, [0x10, ...unsigned(index)], sets, gives, constant('i64', 1n)]
    return { index: this.#builder.func([], types, locals, ...code), count }
  }

  #asI64(type: ValueType, value: number[]): number[] {
    switch (type) {
      case 'i32':
        return [...value, ...op('i64.extend_i32_u')]
      case 'f32':
        return [...value, ...op('i32.reinterpret_f32'), ...op('i64.extend_i32_s')]
      case 'f64':
        return [...value, ...op('i64.reinterpret_f64')]
      case 'v128':
        return [...value, ...op('i64x2.extract_lane', 0), ...value, ...op('i64x2.extract_lane', 1)]
      default:
        return value
    }
  }

  #function(): Function {
    const types = (most: number) =>
      Array.from({ length: this.#below(most + 1) }, () => this.#pick(TYPES))
    const params = types(this.#chance(20) ? 14 : 5)
    const results = types(this.#chance(20) ? 12 : 3)
    this.#locals = [...params, ...types(8), ...TYPES]
    this.#counters.clear()
    this.#hidden.clear()
    this.#budget = 150
    const code: number[] = []
    for (let i = 0; i < 4 + this.#below(8); i++) code.push(...this.#statement(4))
    for (const type of results) code.push(...this.#value(type, 4))
    const declared = this.#locals.slice(params.length)
    const index = this.#builder.func(params, results, declared, code)
    return { index, params, results }
  }

  #localOf(type: ValueType, settable: boolean): number | undefined {
    const fitting = [...this.#locals.keys()].filter(
      (i) =>
        this.#locals[i] === type && !this.#hidden.has(i) && !(settable && this.#counters.has(i)),
    )
    return fitting.length ? this.#pick(fitting) : undefined
  }

  #statement(depth: number): number[] {
    if (this.#budget-- < 0 || depth === 0) return []
    switch (this.#below(10)) {
      case 0:
      case 1:
      case 2: {
        const type = this.#pick(TYPES)
        const target = this.#localOf(type, true)
        return target === undefined ? [] : [...this.#value(type, depth), ...local.set(target)]
      }
      case 3:
      case 4:
        return this.#store(depth)
      case 5:
        return this.#loop(depth)
      case 6: {
        const condition = this.#value('i32', depth - 1)
        const then = this.#body(depth)
        const otherwise = this.#chance(50) ? [0x05, ...this.#body(depth)] : []
        return [...condition, 0x04, 0x40, ...then, ...otherwise, END]
      }
      case 7:
        return this.#switch(depth)
      case 8: {
        const global = this.#below(this.#globals.length)
        return [...this.#value(this.#globals[global]!, depth), 0x24, global]
      }
      default:
        return this.#bulk(depth)
    }
  }

  #body(depth: number): number[] {
    const code = Array.from({ length: 1 + this.#below(3) }, () => this.#statement(depth - 1)).flat()
    return code
  }

  #loop(depth: number): number[] {
    const counter = this.#locals.push('i32') - 1
    this.#counters.add(counter)
    const start = [...constant('i32', BigInt(1 + this.#below(5))), ...local.set(counter)]
    const body = this.#body(depth)
    const next = [
      ...local.get(counter),
      ...constant('i32', 1n),
      ...op('i32.sub'),
      ...local.tee(counter),
    ]
    return [...start, 0x03, 0x40, ...body, ...next, 0x0d, 0, END]
  }

  /** Nested blocks, one of which is left by a table. */
  #switch(depth: number): number[] {
    const cases = 1 + this.#below(6)
    const index = this.#value('i32', depth - 1)
    const table = [
      0x0e,
      ...unsigned(cases - 1),
      ...Array.from({ length: cases }, () => this.#below(cases)),
    ]
    let code = [...index, ...constant('i32', 7n), ...op('i32.and'), ...table]
    for (let i = 0; i < cases; i++) code = [0x02, 0x40, ...code, END, ...this.#statement(depth - 2)]
    return code
  }

  #bulk(depth: number): number[] {
    const place = () => this.#within(this.#value('i32', depth - 2), 0x7fffn)
    switch (this.#below(4)) {
      case 0:
        return [
          ...place(),
          ...this.#value('i32', depth - 2),
          ...constant('i32', BigInt(this.#below(40))),
          0xfc,
          11,
          0,
        ]
      case 1:
        return [...place(), ...place(), ...constant('i32', BigInt(this.#below(40))), 0xfc, 10, 0, 0]
      case 2:
        return [
          ...constant('i32', this.#chance(50) ? 1n : 0n),
          0x40,
          0,
          ...local.set(this.#localOf('i32', true)!),
        ]
      default:
        return this.#chance(4) ? [...this.#value('i32', depth - 1), 0x04, 0x40, 0x00, END] : []
    }
  }

  #index(depth: number): number[] {
    const value = this.#value('i32', depth - 1)
    const whole = this.#chance(3)
    return this.base === 0 && whole ? value : this.#within(value, 0x7ff0n)
  }

  /** An address of which these bits vary. */
  #within(value: number[], mask: bigint): number[] {
    const index = [...value, ...constant('i32', mask), ...op('i32.and')]
    if (this.base === 0) return index
    return [...index, ...constant('i32', BigInt(this.base)), ...op('i32.or')]
  }

  #offset(): number {
    return this.#chance(50) ? 0 : this.#below(this.#chance(80) ? 300 : 9000)
  }

  #store(depth: number): number[] {
    const item = this.#pick(STORES)
    const lane = item.lanes ? [this.#below(item.lanes)] : []
    return [
      ...this.#index(depth),
      ...this.#value(item.type, depth - 1),
      ...access(item.name, this.#offset(), ...lane),
    ]
  }

  /** One NaN instead of the one the engine chose. */
  #canonical(type: ValueType, name: string, code: number[]): number[] {
    if (!MAKES_NAN.test(name)) return code
    const temp = this.#locals.push(type) - 1
    this.#hidden.add(temp)
    const same = [...local.get(temp), ...local.get(temp)]
    if (type !== 'v128') {
      return [
        ...code,
        ...local.tee(temp),
        ...constant(type, NAN[type]!),
        ...same,
        ...op(`${type}.eq`),
        0x1b,
      ]
    }
    const lanes = name.slice(0, 5)
    const nan =
      lanes === 'f32x4' ? NAN.f32! * 0x1_00000001_00000001_00000001n : NAN.f64! * ((1n << 64n) + 1n)
    return [
      ...code,
      ...local.tee(temp),
      ...constant('v128', nan),
      ...same,
      ...op(`${lanes}.eq`),
      ...op('v128.bitselect'),
    ]
  }

  /** Code that leaves a value of a type. */
  #value(type: ValueType, depth: number): number[] {
    if (this.#budget-- < 0 || depth <= 0) return this.#leaf(type)
    switch (this.#below(14)) {
      case 0:
        return this.#leaf(type)
      case 1:
        return [
          ...this.#value(type, depth - 1),
          ...this.#value(type, depth - 1),
          ...this.#value('i32', depth - 1),
          0x1c,
          1,
          TYPE_CODE[type]!,
        ]
      case 2: {
        const condition = this.#value('i32', depth - 1)
        const arms = [...this.#value(type, depth - 1), 0x05, ...this.#value(type, depth - 1)]
        return [...condition, 0x04, TYPE_CODE[type]!, ...arms, END]
      }
      case 3:
        return this.#block(type, depth)
      case 4: {
        const item = this.#pick(LOADS.get(type)!)
        const vector = item.lanes ? this.#value('v128', depth - 1) : []
        const lane = item.lanes ? [this.#below(item.lanes)] : []
        return [...this.#index(depth), ...vector, ...access(item.name, this.#offset(), ...lane)]
      }
      case 5:
        return this.#call(type, depth)
      case 6: {
        const target = this.#localOf(type, true)
        const value = this.#value(type, depth - 1)
        return target === undefined ? value : [...value, ...local.tee(target)]
      }
      default: {
        const operations = OPERATIONS_BY_TYPE.get(type)!
        const item = this.#pick(operations)
        if (TRAPPING.test(item.name) && !this.#chance(15)) return this.#value(type, depth - 1)
        const args = item.params.flatMap((param) => this.#value(param, depth - 1))
        const lane = item.lanes ? [this.#below(item.lanes)] : []
        return this.#canonical(type, item.name, [...args, ...op(item.name, ...lane)])
      }
    }
  }

  #block(type: ValueType, depth: number): number[] {
    const first = this.#value(type, depth - 1)
    const leave = this.#chance(70) ? [...this.#value('i32', depth - 1), 0x0d, 0] : []
    return [0x02, TYPE_CODE[type]!, ...first, ...leave, END]
  }

  /** A call of a function before, direct or through the table, whose last result is of the type. */
  #call(type: ValueType, depth: number): number[] {
    const fitting = this.#functions.filter(({ results }) => results.at(-1) === type)
    if (fitting.length === 0) return this.#leaf(type)
    const { index, params, results } = this.#pick(fitting)
    const args = params.flatMap((param) => this.#value(param, depth - 2))
    const target = this.#locals.push(type) - 1
    this.#counters.add(target)
    const rest = results.slice(1).flatMap(() => [0x1a])
    const take = [...local.set(target), ...rest, ...local.get(target)]
    if (this.#chance(50)) return [...args, 0x10, ...unsigned(index), ...take]
    const place = this.#functions.findIndex((fn) => fn.index === index)
    const entry = this.#chance(97) ? place : this.#below(10)
    return [
      ...args,
      ...constant('i32', BigInt(entry)),
      0x11,
      ...unsigned(this.#builder.type(params, results)),
      0,
      ...take,
    ]
  }

  #leaf(type: ValueType): number[] {
    const known = this.#localOf(type, false)
    if (known !== undefined && this.#chance(60)) return local.get(known)
    if (this.#chance(20)) return [0x23, this.#globals.indexOf(type)]
    return constant(type, this.#bits(type))
  }
}

const TYPE_CODE: Partial<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
}

/** Builds small modules in the binary format, for tests: functions are lists of bytes, given by the names of instructions. */

import type { FunctionType, ValueType } from '../wasm/module.ts'
import { ACCESSES, OPERATIONS } from '../wasm/opcodes.ts'

export type Code = readonly (number | readonly number[])[]

const TYPE_CODES: Record<ValueType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
}

export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest % 128) | (rest > 127 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return bytes
}

export function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn)
    const last = rest >> 6n === 0n || rest >> 6n === -1n
    bytes.push(last ? low : low | 128)
    if (last) return bytes
  }
}

function littleEndian(bits: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn))
}

/** A constant by its bits. */
export function constant(type: ValueType, bits: bigint): number[] {
  switch (type) {
    case 'i32':
      return [0x41, ...signed(BigInt.asIntN(32, bits))]
    case 'i64':
      return [0x42, ...signed(BigInt.asIntN(64, bits))]
    case 'f32':
      return [0x43, ...littleEndian(bits, 4)]
    case 'f64':
      return [0x44, ...littleEndian(bits, 8)]
    case 'v128':
      return [0xfd, 12, ...littleEndian(bits, 16)]
    default:
      return [0xd0, TYPE_CODES[type]]
  }
}

function opcode(code: number): number[] {
  return code > 0xff ? [code >> 16, ...unsigned(code & 0xffff)] : [code]
}

const codes = new Map<string, number>()
for (const [code, { name }] of [...OPERATIONS, ...ACCESSES]) codes.set(name, code)

function string(text: string): number[] {
  const bytes = new TextEncoder().encode(text)
  return [...unsigned(bytes.length), ...bytes]
}

/** An operation, or a load or store, by its name; immediates follow. */
export function op(name: string, ...immediates: number[]): number[] {
  const code = codes.get(name)
  if (code === undefined) throw new Error(`There is no instruction "${name}"`)
  return [...opcode(code), ...immediates]
}

/** A load or store at an offset, without a promise on alignment. */
export function access(name: string, offset = 0, ...lane: number[]): number[] {
  return op(name, 0, ...unsigned(offset), ...lane)
}

export const local = {
  get: (index: number): number[] => [0x20, ...unsigned(index)],
  set: (index: number): number[] => [0x21, ...unsigned(index)],
  tee: (index: number): number[] => [0x22, ...unsigned(index)],
}

export const END = 0x0b

interface Defined {
  readonly type: number
  readonly locals: readonly ValueType[]
  readonly code: readonly number[]
}

/** Collects what a module consists of; one memory and one table. */
export class ModuleBuilder {
  readonly #types: FunctionType[] = []
  readonly #functions: Defined[] = []
  readonly #exports: [string, number][] = []
  readonly #imports: { readonly module: string; readonly name: string; readonly type: number }[] =
    []
  readonly #globals: [ValueType, bigint][] = []
  readonly #elements: number[] = []
  readonly #data: [number, readonly number[]][] = []
  memory: { min: number; max: number } | undefined = { min: 1, max: 4 }
  /** Under which memory is exported. */
  memoryName: string | undefined
  start: number | undefined

  type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params}:${results}`
    const known = this.#types.findIndex((type) => `${type.params}:${type.results}` === key)
    return known >= 0 ? known : this.#types.push({ params, results }) - 1
  }

  /** Adds a function; its code lacks the last `end`. */
  func(
    params: readonly ValueType[],
    results: readonly ValueType[],
    locals: readonly ValueType[],
    ...code: Code
  ): number {
    const type = this.type(params, results)
    const place = this.#functions.push({ type, locals, code: [...code.flat(), END] }) - 1
    return this.#imports.length + place
  }

  /** Adds an imported function; all of them come before functions are added. */
  import(
    module: string,
    name: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
  ): number {
    return this.#imports.push({ module, name, type: this.type(params, results) }) - 1
  }

  export(name: string, index: number): void {
    this.#exports.push([name, index])
  }

  global(type: ValueType, bits: bigint): number {
    return this.#globals.push([type, bits]) - 1
  }

  /** Appends a function to the table. */
  element(index: number): void {
    this.#elements.push(index)
  }

  data(offset: number, bytes: readonly number[]): void {
    this.#data.push([offset, bytes])
  }

  bytes(): Uint8Array {
    const vector = (items: readonly (readonly number[])[]) => [
      ...unsigned(items.length),
      ...items.flat(),
    ]
    const types = (list: readonly ValueType[]) => vector(list.map((type) => [TYPE_CODES[type]]))
    const sections: [number, number[]][] = [
      [
        1,
        vector(
          this.#types.map(({ params, results }) => [0x60, ...types(params), ...types(results)]),
        ),
      ],
      [
        2,
        vector(
          this.#imports.map(({ module, name, type }) => [
            ...string(module),
            ...string(name),
            0,
            ...unsigned(type),
          ]),
        ),
      ],
      [3, vector(this.#functions.map(({ type }) => unsigned(type)))],
      [4, vector(this.#elements.length ? [[0x70, 0, ...unsigned(this.#elements.length + 2)]] : [])],
      [5, vector(this.memory ? [[1, this.memory.min, this.memory.max]] : [])],
      [
        6,
        vector(
          this.#globals.map(([type, bits]) => [TYPE_CODES[type], 1, ...constant(type, bits), END]),
        ),
      ],
      [
        7,
        vector([
          ...this.#exports.map(([name, index]) => [...string(name), 0, ...unsigned(index)]),
          ...(this.memoryName === undefined ? [] : [[...string(this.memoryName), 2, 0]]),
        ]),
      ],
      [8, this.start === undefined ? [0] : unsigned(this.start)],
      [
        9,
        vector(
          this.#elements.length
            ? [[0, ...constant('i32', 0n), END, ...vector(this.#elements.map(unsigned))]]
            : [],
        ),
      ],
      [
        10,
        vector(
          this.#functions.map(({ locals, code }) => {
            const body = [...vector(locals.map((type) => [1, TYPE_CODES[type]])), ...code]
            return [...unsigned(body.length), ...body]
          }),
        ),
      ],
      [
        11,
        vector(
          this.#data.map(([offset, bytes]) => [
            0,
            ...constant('i32', BigInt(offset)),
            END,
            ...unsigned(bytes.length),
            ...bytes,
          ]),
        ),
      ],
    ]
    const used = sections.filter(([id, bytes]) =>
      id === 8 ? this.start !== undefined : bytes[0] !== 0,
    )
    const body = used.flatMap(([id, bytes]) => [id, ...unsigned(bytes.length), ...bytes])
    return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...body])
  }
}

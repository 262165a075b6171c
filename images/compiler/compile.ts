/**
 * A module to machine code, one pass a line: read, validate, then for each function SSA, optimisation, selection,
 * allocation, emission.
 */

import type { Assembler, Label } from '../../jit/isa/assembler.ts'
import { allocate } from './allocate.ts'
import { type Layout, layoutOf } from './arm64/layout.ts'
import { Output, type Site } from './arm64/output.ts'
import { select } from './arm64/select.ts'
import type { Callees } from './arm64/select-call.ts'
import { bindImports } from './arm64/select-import.ts'
import { build } from './build.ts'
import { emitFunction } from './emit.ts'
import { optimise } from './optimise.ts'
import type { Graph } from './ssa.ts'
import type { FunctionType, Import, Module } from './wasm/module.ts'
import { typeName, typeOfFunction } from './wasm/module.ts'
import { parse } from './wasm/parse.ts'
import { validate } from './wasm/validate.ts'

/** A compiled function: name, address and size in bytes. */
export interface FunctionSymbol {
  readonly name: string
  readonly address: bigint
  readonly size: number
}

export interface Compiled {
  readonly module: Module
  readonly layout: Layout
  readonly symbols: readonly FunctionSymbol[]
  /** Addresses to offsets in the module, ascending. */
  readonly lines: readonly Site[]
  /** The number of a type, by which indirect calls check it. */
  readonly typeNumber: (type: FunctionType) => number
}

/** The label of a function's code. */
export function functionLabel(index: number): Label {
  return `function:${index}`
}

/** The label of a function's record: 4 bytes number of its type, 4 bytes 0, 8 bytes address of its code. */
export function recordLabel(index: number): Label {
  return `record:${index}`
}

export interface CompileOptions {
  /** Refuses, by an error, valid modules that the caller has no use for. */
  readonly check?: (module: Module) => void
  /** The label that an imported function is; those without become instructions, by module and name. */
  readonly labelOf?: (item: Import, module: Module) => Label | undefined
  /** Sees each function before instructions are selected, to judge what it does. */
  readonly inspect?: (graph: Graph) => void
}

/**
 * Compiles all functions of a module; the routines of the runtime are left to be defined by the caller.
 *
 * @throws ModuleError for a module that is malformed or invalid, Error for what the options forbid or imports that nothing is
 *   known of
 */
export function compile(
  bytes: Uint8Array,
  asm: Assembler,
  { check, labelOf = () => undefined, inspect }: CompileOptions = {},
): Compiled {
  const module = parse(bytes)
  validate(module)
  check?.(module)
  const imports = bindImports(module, labelOf)
  const layout = layoutOf(module)
  const numbers = new Map<string, number>()
  const typeNumber = (type: FunctionType): number => {
    const key = typeName(type)
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
  const callees: Callees = { layout, functionLabel, recordLabel, typeNumber, imports }
  const out = new Output(asm)
  const symbols: FunctionSymbol[] = []
  for (let index = module.importedFunctions; index < module.functions.length; index++) {
    const address = asm.pc
    const graph = build(module, index)
    optimise(graph)
    inspect?.(graph)
    const fn = select(graph, callees)
    const allocation = allocate(fn)
    emitFunction(out, fn, allocation, functionLabel(index))
    symbols.push({ name: graph.name, address, size: Number(asm.pc - address) })
  }
  return { module, layout, symbols, lines: out.lines, typeNumber }
}

/** The records of all functions that are not imported, to be placed in data. */
export function emitRecords(asm: Assembler, { module, typeNumber }: Compiled): void {
  asm.align(16)
  for (let index = module.importedFunctions; index < module.functions.length; index++) {
    asm.label(recordLabel(index))
    asm.word(BigInt(typeNumber(typeOfFunction(module, index)))).word(0n)
    asm.quad(functionLabel(index))
  }
}

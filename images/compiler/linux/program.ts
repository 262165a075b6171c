/**
 * A module without imports to a static Linux program for AArch64: code, runtime, data, laid out for `elf.ts`.
 *
 * Linear memory is a reservation of 8 GiB and a guard behind it, so that no access needs a check: what is out of bounds
 * faults, and the handler of the signal makes a trap of it. The program calls exports (`start.ts`, `call.ts`).
 */

import { Assembler } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { fp, lr, q, sp, w, x, xzr } from '../../../jit/isa/registers.ts'
import { areaOf, placesOf } from '../arm64/convention.ts'
import { MAX_TABLE } from '../arm64/layout.ts'
import { register } from '../arm64/select-memory.ts'
import { TRAPS } from '../arm64/traps.ts'
import { type Compiled, compile, emitRecords, functionLabel } from '../compile.ts'
import { debugSections } from '../object/dwarf.ts'
import { writeElf } from '../object/elf.ts'
import { emitContext, emitSegments } from '../runtime/context.ts'
import { helpers } from '../runtime/helpers.ts'
import type { SourceMap } from '../source-map.ts'
import { typeOf } from '../ssa.ts'
import type { Constant, FunctionType, Module, ValueType } from '../wasm/module.ts'
import { typeName, typeOfFunction } from '../wasm/module.ts'
import { CALL } from './call.ts'
import {
  GROW,
  GUARD,
  INPUT,
  OUTPUT,
  RESERVATION,
  SIGNAL_STACK,
  STACK,
  START,
  TOKENS,
  VARIABLES_SIZE,
} from './start.ts'

/** Where the program is loaded, and the boundary between what is executed and what is written: a page of any size. */
const BASE = 0x400000n
const HEADERS = 0x1000n
const PAGE = 0x10000

/** Tables may not begin larger than in browsers. */
const MAX_INITIAL_TABLE = 10_000_000

const LETTERS: Record<ValueType, string> = {
  i32: 'i',
  i64: 'I',
  f32: 'f',
  f64: 'd',
  v128: 'v',
  externref: 'r',
  funcref: 'F',
}

const letters = (types: readonly ValueType[]): string => types.map((t) => LETTERS[t]).join('')

/** Refuses what a program that stands alone cannot have. */
function check(module: Module): void {
  const [first] = module.imports
  if (first) {
    throw new Error(
      `Cannot make a program of a module with imports: it imports "${first.module}.${first.name}"`,
    )
  }
  for (const { min } of module.tables) {
    if (min > MAX_INITIAL_TABLE) {
      throw new Error(`Cannot make a table of ${min} elements: ${MAX_INITIAL_TABLE} are the most`)
    }
  }
}

/**
 * Compiles a module to the bytes of an executable.
 *
 * @param map where the module's code comes from, for line tables
 * @throws ModuleError for a module that is not valid, Error for one with imports
 */
export function linuxProgram(bytes: Uint8Array, map?: SourceMap): Uint8Array {
  const asm = new Assembler(BASE + HEADERS)
  const textStart = asm.pc
  const compiled = compile(bytes, asm, { check })
  const runtime = asm.pc
  asm
    .text(START)
    .text(CALL)
    .text(GROW)
    .text(helpers({ general: false, checked: true }))
  emitThunks(asm, compiled.module)
  emitInstantiate(asm, compiled)
  emitConstants(asm)
  const symbols = [
    ...compiled.symbols,
    { name: '_runtime', address: runtime, size: Number(asm.pc - runtime) },
  ]
  emitReadOnly(asm, compiled)
  asm.align(PAGE)
  const dataStart = asm.pc
  emitData(asm, compiled)
  const bssSize = reserve(asm, compiled.module)
  const image = asm.finish()
  const textSize = Number(dataStart - textStart)
  const [text, data] = [image.subarray(0, textSize), image.subarray(textSize)]
  return writeElf({
    entry: asm.addressOf('_start'),
    pageSize: BigInt(PAGE),
    stack: 0n,
    segments: [
      { name: '.text', flags: 'rx', address: textStart, bytes: text, size: BigInt(textSize) },
      {
        name: '.data',
        flags: 'rw',
        address: dataStart,
        bytes: data,
        size: BigInt(data.length + bssSize),
      },
    ],
    symbols,
    sections: map ? debugSections(compiled.lines, runtime, map) : [],
  })
}

/** Names places behind the data, which the program's loader clears. */
function reserve(asm: Assembler, module: Module): number {
  let size = 0
  const place = (name: string, bytes: number) => {
    size = Math.ceil(size / 16) * 16
    asm.define(name, asm.pc + BigInt(size))
    size += bytes
  }
  const cells = module.types.map(({ params, results }) => Math.max(params.length, results.length))
  place('variables', VARIABLES_SIZE)
  place('cells', 16 * Math.max(1, ...cells))
  place('tokens', 16 * TOKENS)
  place('input', INPUT)
  place('input_limit', 0)
  place('output', OUTPUT)
  place('signal_stack_memory', SIGNAL_STACK)
  return size
}

/** Code that calls a function of a type with arguments from cells of 16 bytes (X0), and leaves its results there. */
function emitThunks(asm: Assembler, module: Module): void {
  const done = new Set<string>()
  for (const { kind, index } of module.exports) {
    if (kind !== 'func') continue
    const type = typeOfFunction(module, index)
    if (done.has(typeName(type))) continue
    done.add(typeName(type))
    asm.label(`thunk:${typeName(type)}`)
    emitThunk(asm, type)
  }
}

function emitThunk(asm: Assembler, { params, results }: FunctionType): void {
  const from = placesOf(params.map(typeOf))
  const to = placesOf(results.map(typeOf))
  const area = Math.max(areaOf(from), areaOf(to))
  const cells = x(19)
  asm.emit(a64.stp(fp, lr, a64.preIndexed(sp, -32)), a64.str(cells, a64.at(sp, 16)))
  asm.emit(a64.mov(fp, sp), a64.mov(cells, x(0)), a64.mov(x(17), x(1)))
  asm.emit(...a64.loadConstant(x(16), BigInt(area)))
  asm.emit(a64.sub(sp, sp, a64.extended(x(16), 'uxtx')))
  for (const [i, place] of from.entries()) {
    if ('register' in place) {
      asm.emit(a64.ldr(register(typeOf(params[i]!), place.register & 31), a64.at(cells, 16 * i)))
    } else {
      asm.emit(a64.ldr(q(16), a64.at(cells, 16 * i)), a64.str(q(16), a64.at(sp, 16 * place.cell)))
    }
  }
  asm.emit(a64.blr(x(17)))
  for (const [i, place] of to.entries()) {
    if ('register' in place) {
      asm.emit(a64.str(register(typeOf(results[i]!), place.register & 31), a64.at(cells, 16 * i)))
    } else {
      asm.emit(a64.ldr(q(16), a64.at(sp, 16 * place.cell)), a64.str(q(16), a64.at(cells, 16 * i)))
    }
  }
  asm.emit(a64.mov(sp, fp), a64.ldr(cells, a64.at(sp, 16)))
  asm.emit(a64.ldp(fp, lr, a64.postIndexed(sp, 32)), a64.ret())
}

/** Maps tables, applies active segments in order, runs the start function (core specification 2.0, section 4.5.4). */
function emitInstantiate(asm: Assembler, { module, layout }: Compiled): void {
  const load = (number: number, value: number | bigint) =>
    asm.emit(...a64.loadConstant(x(number), BigInt(value)))
  const apply = (offset: Constant, size: number, places: number[], helper: string) => {
    load(0, offset.kind === 'number' ? offset.bits : 0n)
    load(1, 0)
    load(2, size)
    for (const [i, place] of places.entries()) load(3 + i, place)
    asm.bl(helper)
  }
  const drop = (place: number) => {
    load(16, place + 8)
    asm.emit(a64.str(xzr, a64.indexed(x(27), x(16))))
  }
  asm.label('instantiate')
  asm.emit(a64.stp(fp, lr, a64.preIndexed(sp, -16)), a64.mov(fp, sp))
  for (const offset of layout.tables) {
    load(1, MAX_TABLE * 8)
    asm.emit(a64.movz(w(2), 3)).bl('map')
    load(16, offset)
    asm.emit(a64.str(x(0), a64.indexed(x(27), x(16))))
  }
  for (const [i, { mode, table, offset, items }] of module.elements.entries()) {
    const segment = layout.elements[i]!
    if (mode === 'active') {
      apply(offset!, items.length, [layout.tables[table]!, segment], 'table_init')
    }
    if (mode !== 'passive') drop(segment)
  }
  for (const [i, { mode, offset, bytes }] of module.data.entries()) {
    if (mode !== 'active') continue
    apply(offset!, bytes.length, [layout.data[i]!], 'memory_init')
    drop(layout.data[i]!)
  }
  if (module.start !== undefined) asm.bl(functionLabel(module.start))
  asm.emit(a64.ldp(fp, lr, a64.postIndexed(sp, 16)), a64.ret())
}

/** Addresses and numbers that the assembly loads. */
function emitConstants(asm: Assembler): void {
  const numbers: Record<string, bigint> = {
    reservation: RESERVATION,
    stack_size: STACK,
    guard_size: GUARD,
    stack_and_guard: STACK + GUARD,
    output_size: BigInt(OUTPUT),
    null_word: 0x6c6c756en,
  }
  const addresses: Record<string, string> = {
    variables_address: 'variables',
    context_address: 'context',
    cells_address: 'cells',
    tokens_address: 'tokens',
    input_address: 'input',
    input_end: 'input_limit',
    output_address: 'output',
    signal_stack_address: 'signal_stack',
    action_address: 'action',
    default_address: 'default_action',
    texts_address: 'texts',
    trapped_address: 'trapped',
    exports_address: 'exports',
    exports_end: 'exports_limit',
  }
  asm.align(8)
  for (const [name, value] of Object.entries(numbers)) asm.label(name).quad(value)
  for (const [name, label] of Object.entries(addresses)) asm.label(name).quad(label)
  asm.text(`
trap_text: .asciz "trap: "
hexadecimal_text: .asciz "0x"
null_text: .asciz "null"
function_text: .asciz "function"
unknown_text: .asciz "error: there is no exported function of that name"
count_text: .asciz "error: the export takes another number of arguments"
value_text: .asciz "error: an argument is no number of its type: integers are decimal, others hexadecimal"
usage_text: .asciz "usage: PROGRAM EXPORT ARGUMENT... or PROGRAM - for calls on standard input\\n"
too_many_text: .asciz "Cannot take more than 1023 arguments\\n"
too_long_text: .asciz "Cannot read a line of more than 65535 bytes\\n"
no_memory_text: .asciz "Cannot reserve 8 GiB of addresses for linear memory: is a limit set (ulimit -v)?\\n"
`)
  asm.align(8)
}

/** Texts of traps, exports, segments. */
function emitReadOnly(asm: Assembler, compiled: Compiled): void {
  const { module } = compiled
  const text = (label: string, value: string) =>
    asm.label(label).bytes(new TextEncoder().encode(value)).bytes([0])
  for (const [name, trap] of Object.entries(TRAPS)) text(`text:${name}`, trap.text)
  for (const [i, { name, kind, index }] of module.exports.entries()) {
    if (kind !== 'func') continue
    const { params, results } = typeOfFunction(module, index)
    text(`export:${i}`, name)
    text(`params:${i}`, letters(params))
    text(`results:${i}`, letters(results))
  }
  asm.align(8).label('texts')
  for (const name of Object.keys(TRAPS)) asm.quad(`text:${name}`)
  asm.label('exports')
  for (const [i, { name, kind, index }] of module.exports.entries()) {
    if (kind !== 'func') continue
    const type = typeOfFunction(module, index)
    asm.quad(`export:${i}`).quad(BigInt(new TextEncoder().encode(name).length))
    asm.quad(`params:${i}`).quad(`results:${i}`)
    asm.quad(`thunk:${typeName(type)}`).quad(functionLabel(index))
  }
  asm.label('exports_limit')
  emitSegments(asm, compiled, false)
}

/** What is written: the context with its first contents, records of functions, what signals need. */
function emitData(asm: Assembler, compiled: Compiled): void {
  emitContext(asm, compiled, { elements: () => 0n, growing: true, applied: false })
  emitRecords(asm, compiled)
  // struct sigaction: handler, flags SA_SIGINFO | SA_ONSTACK, no restorer, no mask; stack_t: address, flags, size.
  asm.label('action').quad('handler').quad(0x0800_0004n).quad(0n).quad(0n)
  asm.label('default_action').quad(0n).quad(0n).quad(0n).quad(0n)
  asm.label('signal_stack').quad('signal_stack_memory').quad(0n).quad(BigInt(SIGNAL_STACK))
  asm.align(16)
}

/**
 * A module to a Kenix program, memory model `zero`: linear memory is the address space from 0 to 4 GiB itself, of which the
 * first 64 KiB are never mapped; code, constants and the context lie at 8 GiB, out of reach of any index and offset.
 *
 * The kernel gives a stack and the address of the start block in X0. The program calls the module's start function, then its
 * exports `kenixStart(block: u64)`, if there is one, `main(): i32` and `kenixExit(code: i32)`; without the last the system call
 * EXIT ends it. An export `abort` takes the place of the import `env.abort`.
 */

import { Assembler } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { fp, lr, w, x, xzr } from '../../../jit/isa/registers.ts'
import { CONTEXT, MEMORY } from '../arm64/convention.ts'
import { TRAPS } from '../arm64/traps.ts'
import { type Compiled, compile, emitRecords, functionLabel } from '../compile.ts'
import { debugSections } from '../object/dwarf.ts'
import { writeElf } from '../object/elf.ts'
import { symbolTable } from '../object/symbols.ts'
import { emitContext, emitSegments } from '../runtime/context.ts'
import { helpers } from '../runtime/helpers.ts'
import type { SourceMap } from '../source-map.ts'
import { type Module, typeName, typeOfFunction } from '../wasm/module.ts'
import { emitTables, memoryContents, PAGE } from './memory.ts'

/** Where code lies: behind the largest index and offset. */
export const TEXT = 0x2_0000_0000n

/** Linear memory begins here: what lies below is never mapped, so that null faults. */
export const MEMORY_BASE = 0x10000

/**
 * The table of functions and lines, `object/symbols.ts`: always here, so that the kernel finds it when the program faults, without
 * knowing of files.
 */
export const SYMBOLS = 0x2_8000_0000n

/** Bytes of stack a program asks for. */
export const STACK = 256n << 10n

export interface KenixOptions {
  /** Numbers of system calls: EXIT ends the task with X0, BRK moves the end of memory to X0 and gives where it is then. */
  readonly calls: { readonly exit: number; readonly brk: number }
  /** Where the module's code comes from. */
  readonly map?: SourceMap
}

/** Refuses what the model cannot hold. */
function check(module: Module): void {
  const [memory] = module.memories
  for (const { mode, offset } of module.data) {
    if (mode !== 'active' || offset?.kind !== 'number' || offset.bits >= MEMORY_BASE) continue
    throw new Error(
      `Cannot make a Kenix program: data begins at ${offset.bits}, below 64 KiB: use asc --memoryBase ${MEMORY_BASE}`,
    )
  }
  if (memory && memory.min === 0) throw new Error('Cannot make a Kenix program without memory')
  const main = exported(module, 'main', ['[] -> [i32]', '[] -> []'])
  if (main === undefined) {
    throw new Error('Cannot make a Kenix program: it must export "main(): i32"')
  }
}

/** The index of an exported function of one of these types; undefined if there is none of the name. */
function exported(module: Module, name: string, types: readonly string[]): number | undefined {
  const found = module.exports.find((item) => item.kind === 'func' && item.name === name)
  if (!found) return undefined
  const type = typeName(typeOfFunction(module, found.index))
  if (types.includes(type)) return found.index
  throw new Error(`Cannot call the export "${name}" of type ${type}: its type must be ${types[0]}`)
}

/** From the kernel's entry to the system call that ends the task. */
function emitStart(asm: Assembler, module: Module, exit: number): void {
  const call = (index: number | undefined) => {
    if (index !== undefined) asm.bl(functionLabel(index))
  }
  const begin = exported(module, 'kenixStart', ['[i64] -> []'])
  const main = exported(module, 'main', ['[] -> [i32]', '[] -> []'])!
  asm.label('_start').adrp(x(CONTEXT), 'context').addLow(x(CONTEXT), x(CONTEXT), 'context')
  asm.emit(a64.mov(x(MEMORY), xzr), a64.mov(fp, xzr), a64.mov(lr, xzr), a64.mov(x(19), x(0)))
  call(module.start)
  if (begin !== undefined) asm.emit(a64.mov(x(0), x(19)))
  call(begin)
  call(main)
  const gives = typeOfFunction(module, main).results.length > 0
  asm.emit(gives ? a64.mov(w(19), w(0)) : a64.movz(w(19), 0), a64.mov(w(0), w(19)))
  call(exported(module, 'kenixExit', ['[i32] -> []']))
  asm.emit(a64.sxtw(x(0), x(19)), ...a64.loadConstant(x(8), BigInt(exit)), a64.svc(0))
  asm.emit(a64.brk(TRAPS.unreachable.code))
}

/** Growth of memory by a system call. */
const growth = (call: number): string => `
memory_grow:
  ldr w9, [x27]
  ldr w10, [x27, #4]
  add x11, x9, w0, uxtw
  cmp x11, x10
  b.hi grow_failed
  cbz w0, grown
  lsl x0, x11, #16
  stp x9, x0, [sp, #-16]!
  mov x8, #${call}
  svc #0
  ldp x9, x11, [sp], #16
  cmp x0, x11
  b.ne grow_failed
  lsr x11, x11, #16
  str w11, [x27]
grown:
  mov w0, w9
  ret
grow_failed:
  mov w0, #-1
  ret
`

/**
 * Compiles a module to a Kenix program.
 *
 * @returns a static ELF64 executable with symbols, and with line tables if there is a source map
 * @throws ModuleError for a module that is not valid, Error for one that cannot be a program
 */
export function kenixProgram(bytes: Uint8Array, { calls, map }: KenixOptions): Uint8Array {
  const asm = new Assembler(TEXT)
  const compiled: Compiled = compile(bytes, asm, {
    check,
    labelOf: ({ module, name }, { exports }) => {
      if (module !== 'env' || name !== 'abort') return undefined
      const found = exports.find((item) => item.kind === 'func' && item.name === 'abort')
      return found && functionLabel(found.index)
    },
  })
  const runtime = asm.pc
  emitStart(asm, compiled.module, calls.exit)
  asm.text(growth(calls.brk)).text(helpers({ general: false, checked: false }))
  const textEnd = asm.pc
  asm.align(PAGE)
  const constants = asm.pc
  emitRecords(asm, compiled)
  emitSegments(asm, compiled, true)
  asm.align(PAGE)
  const variables = asm.pc
  emitContext(asm, compiled, { elements: (i) => `table:${i}`, growing: false, applied: true })
  emitTables(asm, compiled.module)
  const end = asm.pc
  const image = asm.finish()
  const part = (from: bigint, to: bigint) => image.subarray(Number(from - TEXT), Number(to - TEXT))
  const symbols = [
    ...compiled.symbols,
    { name: '_start', address: runtime, size: Number(textEnd - runtime) },
  ]
  const memory = memoryContents(compiled.module, MEMORY_BASE)
  const segments = [
    { name: '.data', flags: 'rw', address: BigInt(MEMORY_BASE), ...memory },
    { name: '.text', flags: 'rx', address: TEXT, ...whole(part(TEXT, textEnd)) },
    { name: '.rodata', flags: 'r', address: constants, ...whole(part(constants, variables)) },
    { name: '.context', flags: 'rw', address: variables, ...whole(part(variables, end)) },
    {
      name: '.kenix.symbols',
      flags: 'r',
      address: SYMBOLS,
      ...whole(symbolTable(TEXT, symbols, compiled.lines, map)),
    },
  ] as const
  return writeElf({
    entry: asm.addressOf('_start'),
    pageSize: BigInt(PAGE),
    stack: STACK,
    segments: segments.filter(({ size }) => size > 0n),
    symbols,
    sections: map ? debugSections(compiled.lines, runtime, map) : [],
  })
}

function whole(bytes: Uint8Array): { bytes: Uint8Array; size: bigint } {
  return { bytes, size: BigInt(bytes.length) }
}

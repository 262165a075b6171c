/**
 * A module to a UEFI application, memory model `image`: linear memory is part of the image, at an address known by its distance
 * from the code, in X28. The firmware calls the entry with the image's handle and the system table; the entry calls the module's
 * start function and the export `efiMain(handle: u64, table: u64): u64`, whose result is the status.
 *
 * Memory cannot grow. X18, which belongs to the platform, is written only by functions whose frames exceed 32 KiB and by
 * `atomic.add32`.
 */

import { Assembler } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { fp, lr, sp, x } from '../../../jit/isa/registers.ts'
import { CONTEXT, MEMORY } from '../arm64/convention.ts'
import { type Compiled, compile, emitRecords, functionLabel } from '../compile.ts'
import { SECTION_ALIGNMENT, writePe } from '../object/pe.ts'
import { emitContext, emitSegments } from '../runtime/context.ts'
import { helpers } from '../runtime/helpers.ts'
import { type Module, typeName, typeOfFunction } from '../wasm/module.ts'
import { emitTables, memoryContents } from './memory.ts'

export interface EfiOptions {
  /** Puts the routines in assembly that the module imports from `asm`. */
  readonly assembly?: (asm: Assembler) => void
}

const MAIN_TYPE = '[i64 i64] -> [i64]'

function mainOf(module: Module): number {
  const found = module.exports.find(({ kind, name }) => kind === 'func' && name === 'efiMain')
  const type = found && typeName(typeOfFunction(module, found.index))
  if (found && type === MAIN_TYPE) return found.index
  throw new Error(
    `Cannot make a UEFI application: it must export "efiMain(handle: u64, table: u64): u64"${type ? `, not ${type}` : ''}`,
  )
}

/** Keeps what AAPCS64 says a function must, and calls. */
function emitEntry(asm: Assembler, module: Module): void {
  const main = functionLabel(mainOf(module))
  asm.label('_start').emit(a64.stp(fp, lr, a64.preIndexed(sp, -48)), a64.mov(fp, sp))
  asm.emit(a64.stp(x(CONTEXT), x(MEMORY), a64.at(sp, 16)), a64.stp(x(0), x(1), a64.at(sp, 32)))
  asm.adrp(x(CONTEXT), 'context').addLow(x(CONTEXT), x(CONTEXT), 'context')
  asm.adrp(x(MEMORY), 'memory_start').addLow(x(MEMORY), x(MEMORY), 'memory_start')
  if (module.start !== undefined) asm.bl(functionLabel(module.start))
  asm.emit(a64.ldp(x(0), x(1), a64.at(sp, 32))).bl(main)
  asm.emit(a64.ldp(x(CONTEXT), x(MEMORY), a64.at(sp, 16)))
  asm.emit(a64.ldp(fp, lr, a64.postIndexed(sp, 48)), a64.ret())
  asm.text('memory_grow:\n  mov w0, #-1\n  ret')
}

/** Everything, as it is if the image begins at `base`. */
function emitImage(bytes: Uint8Array, base: bigint, { assembly }: EfiOptions) {
  const asm = new Assembler(base + BigInt(SECTION_ALIGNMENT))
  const compiled: Compiled = compile(bytes, asm, {
    labelOf: ({ module, name }) => (module === 'asm' ? name : undefined),
  })
  emitEntry(asm, compiled.module)
  asm.text(helpers({ general: true, checked: true }))
  assembly?.(asm)
  asm.label('text_end').align(SECTION_ALIGNMENT).label('rodata_start')
  emitRecords(asm, compiled)
  emitSegments(asm, compiled, true)
  asm.label('rodata_end').align(SECTION_ALIGNMENT).label('data_start')
  emitContext(asm, compiled, { elements: (i) => `table:${i}`, growing: false, applied: true })
  emitTables(asm, compiled.module)
  const memory = memoryContents(compiled.module, 0)
  asm.align(SECTION_ALIGNMENT).label('memory_start').bytes(memory.bytes).label('data_end')
  const at = (label: string) => Number(asm.addressOf(label) - base)
  return { image: asm.finish(), at, memorySize: Number(memory.size) }
}

/** Where two images that differ in their address only hold addresses. */
function differences(one: Uint8Array, other: Uint8Array, distance: bigint): number[] {
  const [a, b] = [one, other].map(({ buffer, byteOffset, length }) => {
    return new DataView(buffer, byteOffset, length)
  }) as [DataView, DataView]
  const places: number[] = []
  for (let at = 0; at + 8 <= one.length; at += 8) {
    const moved = b.getBigUint64(at, true) - a.getBigUint64(at, true)
    if (moved === 0n) continue
    if (moved !== distance) throw new Error(`Cannot relocate what lies at 0x${at.toString(16)}`)
    places.push(at + SECTION_ALIGNMENT)
  }
  return places
}

const DISTANCE = 1n << 32n

/**
 * Compiles a module to a UEFI application.
 *
 * @throws ModuleError for a module that is not valid, Error for one without `efiMain`
 */
export function efiApplication(bytes: Uint8Array, options: EfiOptions = {}): Uint8Array {
  const { image, at, memorySize } = emitImage(bytes, 0n, options)
  const moved = emitImage(bytes, DISTANCE, options)
  const part = (from: string, to: string) =>
    image.subarray(at(from) - SECTION_ALIGNMENT, at(to) - SECTION_ALIGNMENT)
  const text = image.subarray(0, at('text_end') - SECTION_ALIGNMENT)
  const rodata = part('rodata_start', 'rodata_end')
  const data = part('data_start', 'data_end')
  const dataSize = at('memory_start') - at('data_start') + memorySize
  const section = (name: string, flags: 'r' | 'rw' | 'rx', rva: number, contents: Uint8Array) => ({
    name,
    flags,
    rva,
    bytes: contents,
    size: contents.length,
  })
  return writePe({
    entry: at('_start'),
    sections: [
      section('.text', 'rx' as const, SECTION_ALIGNMENT, text),
      section('.rodata', 'r' as const, at('rodata_start'), rodata),
      { ...section('.data', 'rw' as const, at('data_start'), data), size: dataSize },
    ].filter(({ size }) => size > 0),
    relocations: differences(image, moved.image, DISTANCE),
  })
}

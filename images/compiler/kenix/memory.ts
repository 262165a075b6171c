/** Memory and tables as they are when a program starts: active segments are applied here, not by the program. */

import type { Assembler } from '../../../jit/isa/assembler.ts'
import { recordLabel } from '../compile.ts'
import type { Constant, Module } from '../wasm/module.ts'

export const PAGE = 4096

const numberOf = (offset: Constant | undefined): number =>
  offset?.kind === 'number' ? Number(offset.bits) : 0

/**
 * What linear memory holds from `base` on, and how large it is from there.
 *
 * @throws Error for a data segment that lies outside
 */
export function memoryContents(module: Module, base: number): { bytes: Uint8Array; size: bigint } {
  const limit = (module.memories[0]?.min ?? 0) * 65536
  let end = base
  for (const { mode, offset, bytes } of module.data) {
    if (mode !== 'active') continue
    const last = numberOf(offset) + bytes.length
    if (last > limit) {
      throw new Error(`Cannot place data up to ${last}: memory ends at ${limit}`)
    }
    end = Math.max(end, last)
  }
  const contents = new Uint8Array(end - base)
  for (const { mode, offset, bytes } of module.data) {
    if (mode === 'active') contents.set(bytes, numberOf(offset) - base)
  }
  return { bytes: contents, size: BigInt(Math.max(limit - base, 0)) }
}

/**
 * Puts the elements of each table at `table:NUMBER`.
 *
 * @throws Error for an element segment that lies outside
 */
export function emitTables(asm: Assembler, module: Module): void {
  asm.align(8)
  for (const [table, { min }] of module.tables.entries()) {
    const elements: (Constant | undefined)[] = Array.from({ length: min })
    for (const { mode, table: of, offset, items } of module.elements) {
      if (mode !== 'active' || of !== table) continue
      for (const [i, item] of items.entries()) {
        const at = numberOf(offset) + i
        if (at >= min) throw new Error(`Cannot place an element at ${at}: the table ends at ${min}`)
        elements[at] = item
      }
    }
    asm.label(`table:${table}`)
    for (const item of elements) asm.quad(item?.kind === 'function' ? recordLabel(item.index) : 0n)
  }
}

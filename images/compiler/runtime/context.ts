/**
 * The context with its first contents (`arm64/layout.ts`), and what it points to, as data for the assembler.
 *
 * Where the elements of tables are is the caller's choice; what active segments have placed already is passed as dropped.
 */

import type { Assembler, Label } from '../../../jit/isa/assembler.ts'
import { MAX_TABLE } from '../arm64/layout.ts'
import { type Compiled, recordLabel } from '../compile.ts'

export interface Contents {
  /** The address of a table's elements. */
  readonly elements: (table: number) => Label | bigint
  /** Tables may grow. */
  readonly growing: boolean
  /** Active segments were applied before the program starts. */
  readonly applied: boolean
}

/** Puts the context at label `context`. */
export function emitContext(
  asm: Assembler,
  { module, layout }: Compiled,
  { elements, growing, applied }: Contents,
): void {
  asm.align(16).label('context')
  const start = asm.pc
  const to = (offset: number) => {
    asm.bytes(new Uint8Array(offset - Number(asm.pc - start)))
  }
  const [memory] = module.memories
  asm.word(BigInt(memory?.min ?? 0)).word(BigInt(Math.min(memory?.max ?? 65536, 65536)))
  for (const [i, { type, init }] of module.globals.entries()) {
    to(layout.globals[i]!)
    if (init?.kind === 'function') asm.quad(recordLabel(init.index))
    const bits = init?.kind === 'number' ? init.bits : 0n
    if (init?.kind !== 'function') asm.quad(bits & 0xffff_ffff_ffff_ffffn)
    if (type === 'v128') asm.quad(bits >> 64n)
  }
  for (const [i, { min, max }] of module.tables.entries()) {
    to(layout.tables[i]!)
    asm.quad(elements(i))
    asm.word(BigInt(min)).word(BigInt(growing ? Math.min(max ?? MAX_TABLE, MAX_TABLE) : min))
  }
  const segment = (label: string, mode: string, size: number) => {
    const dropped = applied && mode !== 'passive'
    asm.quad(dropped ? 0n : label).quad(dropped ? 0n : BigInt(size))
  }
  for (const [i, { mode, bytes }] of module.data.entries()) {
    to(layout.data[i]!)
    segment(`data:${i}`, mode, bytes.length)
  }
  for (const [i, { mode, items }] of module.elements.entries()) {
    to(layout.elements[i]!)
    segment(`elements:${i}`, mode, items.length)
  }
  to(layout.size)
}

/** Puts the contents of segments: all, or those only that are not applied before the program starts. */
export function emitSegments(asm: Assembler, { module }: Compiled, applied: boolean): void {
  const wanted = (mode: string) => !applied || mode === 'passive'
  for (const [i, { mode, bytes }] of module.data.entries()) {
    if (wanted(mode)) asm.label(`data:${i}`).bytes(bytes)
  }
  asm.align(8)
  for (const [i, { mode, items }] of module.elements.entries()) {
    if (!wanted(mode)) continue
    asm.label(`elements:${i}`)
    for (const item of items) asm.quad(item.kind === 'function' ? recordLabel(item.index) : 0n)
  }
}

/**
 * The context: what belongs to the one instance of a module, at fixed offsets from the context register.
 *
 * memory pages (4 bytes), memory's maximum (4 bytes), then for each table its elements' address (8 bytes), size and maximum
 * (4 bytes each); for each data segment and each element segment its address (8 bytes) and size (8 bytes, 0 once it is
 * dropped); for each global 8 bytes, or 16 if it is a vector.
 */

import type { Module } from '../wasm/module.ts'

export interface Layout {
  readonly pages: number
  readonly maximum: number
  readonly tables: readonly number[]
  readonly data: readonly number[]
  readonly elements: readonly number[]
  readonly globals: readonly number[]
  readonly size: number
}

/** Tables may grow to this many elements. */
export const MAX_TABLE = 1 << 24

export function layoutOf(module: Module): Layout {
  let at = 8
  const take = (size: number): number => {
    at = Math.ceil(at / size) * size
    at += size
    return at - size
  }
  return {
    pages: 0,
    maximum: 4,
    globals: module.globals.map(({ type }) => take(type === 'v128' ? 16 : 8)),
    tables: module.tables.map(() => take(16)),
    data: module.data.map(() => take(16)),
    elements: module.elements.map(() => take(16)),
    size: take(16),
  }
}

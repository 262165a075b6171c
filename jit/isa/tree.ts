/**
 * A decision tree over the bits of an instruction word, built from the table's masks.
 *
 * Each inner node looks at a run of adjacent bits; a leaf lists the few rows that may match. Rows whose fields cover a
 * looked-at bit go to several branches. The tree does not depend on the order of rows, which are disjoint.
 */

import type { Row } from './rows.ts'

export type Tree = Leaf | Branch

export interface Leaf {
  readonly kind: 'leaf'
  readonly rows: readonly Row[]
}

export interface Branch {
  readonly kind: 'branch'
  readonly shift: number
  readonly width: number
  /** 2 ** width entries; equal subtrees are the same object. */
  readonly children: readonly Tree[]
  /** Leaf entries below, a measure of the code it becomes. */
  readonly size: number
}

const MAX_WIDTH = 6
/** A leaf may hold this many rows before another look at the bits pays. */
const LEAF_ROWS = 2

function split(rows: readonly Row[], shift: number, width: number): Row[][] {
  const buckets: Row[][] = Array.from({ length: 2 ** width }, () => [])
  const window = 2 ** width - 1
  for (const row of rows) {
    const mask = (row.mask >>> shift) & window
    const value = (row.value >>> shift) & window
    for (let i = 0; i <= window; i++) {
      if ((i & mask) === value) buckets[i]!.push(row)
    }
  }
  return buckets
}

const counts = new Int32Array(2 ** MAX_WIDTH)
const hashes = new Int32Array(2 ** MAX_WIDTH)

/**
 * What a look at these bits leaves: expected rows for a word that belongs to some row, times a price for rows that are
 * doubled. Branches of the same rows count once; they are told apart by a hash, so the price is an estimate.
 */
function cost(rows: readonly Row[], shift: number, width: number): number {
  const window = 2 ** width - 1
  counts.fill(0)
  hashes.fill(0)
  for (const row of rows) {
    const mask = (row.mask >>> shift) & window
    const value = (row.value >>> shift) & window
    const hash = Math.imul(row.index, 0x9e3779b1)
    const free = window & ~mask
    let bits = 0
    do {
      counts[value | bits]! += 1
      hashes[value | bits]! ^= hash
      bits = (bits - free) & free
    } while (bits !== 0)
  }
  const seen = new Set<number>()
  let total = 0
  let squares = 0
  for (let i = 0; i <= window; i++) {
    const count = counts[i]!
    if (count === 0 || seen.has(hashes[i]!)) continue
    seen.add(hashes[i]!)
    total += count
    squares += count * count
  }
  return (squares / total) * Math.sqrt(total / rows.length)
}

/** Builds the tree for some rows. */
export function buildTree(rows: readonly Row[]): Tree {
  const made = new Map<string, Tree>()
  const build = (subset: readonly Row[]): Tree => {
    const key = subset.map((row) => row.index).join()
    const known = made.get(key)
    if (known) return known
    const tree = make(subset)
    made.set(key, tree)
    return tree
  }
  const make = (subset: readonly Row[]): Tree => {
    if (subset.length <= LEAF_ROWS) return { kind: 'leaf', rows: subset }
    let best = { score: subset.length * 0.95, shift: -1, width: 0 }
    for (let width = 1; width <= MAX_WIDTH; width++) {
      for (let shift = 0; shift + width <= 32; shift++) {
        const score = cost(subset, shift, width)
        if (score < best.score) best = { score, shift, width }
      }
    }
    if (best.shift < 0) return { kind: 'leaf', rows: subset }
    const children = split(subset, best.shift, best.width).map(build)
    const size = [...new Set(children)].reduce(
      (sum, child) => sum + (child.kind === 'leaf' ? child.rows.length : child.size),
      0,
    )
    return { kind: 'branch', shift: best.shift, width: best.width, children, size }
  }
  return build(rows)
}

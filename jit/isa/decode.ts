/** Which row of the table an instruction word belongs to. */

import { type Row, rows } from './rows.ts'
import { buildTree, type Tree } from './tree.ts'

/** Built on first use: a program that only runs machines never needs it. */
let root: Tree | undefined

/**
 * Finds the row of an instruction.
 *
 * @param word an instruction, as a 32-bit number of either sign
 * @returns its row, or undefined if the table calls the word unallocated
 */
export function decode(word: number): Row | undefined {
  root ??= buildTree(rows)
  let node = root
  while (node.kind === 'branch') {
    node = node.children[(word >>> node.shift) & (2 ** node.width - 1)]!
  }
  for (const row of node.rows) {
    if (row.matches(word)) return row
  }
  return undefined
}

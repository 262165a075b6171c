/**
 * The table as the core's decoder: the source of an AssemblyScript module.
 *
 * The decision tree becomes data that a short loop walks, not nested switches: that is a dozen loads a word, and the
 * code stays small, where an optimiser that inlines nested functions into one would make JavaScriptCore refuse it.
 * Only constraints are code, one case for each that differs.
 */

import { printExpression } from './expression.ts'
import { type Row, rows } from './rows.ts'
import { buildTree, type Tree } from './tree.ts'

/** In the tree's entries: bit 15 marks a branch, bit 14 a list of rows; the rest is an offset, or a row. */
const BRANCH = 0x8000
const LIST = 0x4000

interface FlatTree {
  readonly entries: readonly number[]
  readonly lists: readonly number[]
  readonly root: number
}

/** Lays the tree out: a branch is shift | width << 8, then its children; a list ends with 0. */
function flatten(tree: Tree): FlatTree {
  const entries: number[] = []
  const lists: number[] = []
  const placed = new Map<Tree, number>()
  const place = (node: Tree): number => {
    const known = placed.get(node)
    if (known !== undefined) return known
    let reference: number
    if (node.kind === 'branch') {
      const at = entries.length
      entries.push(node.shift | (node.width << 8), ...node.children.map(() => 0))
      node.children.forEach((child, i) => {
        entries[at + 1 + i] = place(child)
      })
      reference = BRANCH | at
    } else if (node.rows.length > 1) {
      reference = LIST | lists.length
      lists.push(...node.rows.map((row) => row.index), 0)
    } else {
      reference = node.rows[0]?.index ?? 0
    }
    placed.set(node, reference)
    return reference
  }
  const root = place(tree)
  if (entries.length > BRANCH || lists.length > LIST || rows.length >= LIST) {
    throw new Error(`The decision tree has ${entries.length} entries, more than its format holds`)
  }
  return { entries, lists, root }
}

function printConstraint(row: Row): string {
  const { constraint } = row
  if (!constraint) return ''
  return printExpression(constraint, (name) => {
    const field = row.fields.find((candidate) => candidate.name === name)
    if (!field) throw new Error(`The constraint of ${row.id} names "${name}", which is no field`)
    return `((w >> ${field.shift}) & ${2 ** field.width - 1})`
  })
}

function data(name: string, type: string, values: readonly number[]): string {
  const lines: string[] = []
  for (let i = 0; i < values.length; i += 16) lines.push(`  ${values.slice(i, i + 16).join(', ')},`)
  return `const ${name}: usize = memory.data<${type}>([\n${lines.join('\n')}\n])\n`
}

/** Distinct names in order of first appearance, and the number of each. */
function number(names: readonly string[]): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size)
  return numbers
}

/**
 * The source of the core's decoder.
 *
 * It exports `R_<id>` (row numbers), `ROWS` (the largest), `F_<FEATURE>` and `G_<GROUP>` (numbers from 0), and the
 * functions `decodeRow(w)` (0 = unallocated), `rowFeature(row)` and `rowGroup(row)`. The same table always gives the
 * same text.
 */
export function generateDecoder(): string {
  const tree = flatten(buildTree(rows))
  const features = number(rows.map((row) => row.feature))
  const groups = number(rows.map((row) => row.group))
  const constraints = number(['', ...rows.map(printConstraint)])
  const constant = (prefix: string) => (entry: [string, number]) =>
    `export const ${prefix}_${entry[0].toUpperCase()}: u32 = ${entry[1]}`
  const cases = [...constraints]
    .filter(([text]) => text !== '')
    .map(([text, n]) => `    case ${n}:\n      return ${text}`)
  return `/** The A64 decoder. Made from the table in jit/isa by jit/isa/generate.ts; do not edit. */

${rows.map((row) => `export const R_${row.id}: u32 = ${row.index}`).join('\n')}
export const ROWS: u32 = ${rows.length}

${[...features].map(constant('F')).join('\n')}

${[...groups].map(constant('G')).join('\n')}

/** Branches: shift | width << 8, then 1 << width references. */
${data('TREE', 'u16', tree.entries)}
/** Rows to try in turn, each list ending with 0. */
${data('LISTS', 'u16', tree.lists)}
${data('MASKS', 'u32', [0, ...rows.map((row) => row.mask)])}
${data('VALUES', 'u32', [1, ...rows.map((row) => row.value)])}
${data('CONSTRAINTS', 'u8', [0, ...rows.map((row) => constraints.get(printConstraint(row))!)])}
${data('FEATURES', 'u8', [0, ...rows.map((row) => features.get(row.feature)!)])}
${data('GROUPS', 'u8', [0, ...rows.map((row) => groups.get(row.group)!)])}
function holds(constraint: u32, w: u32): bool {
  switch (constraint) {
${cases.join('\n')}
  }
  return true
}

/** The fixed bits are compared even below many branches: the tree looks at what tells rows apart, not at all bits. */
function matches(row: u32, w: u32): bool {
  if ((w & load<u32>(MASKS + (row << 2))) != load<u32>(VALUES + (row << 2))) return false
  const constraint: u32 = load<u8>(CONSTRAINTS + row)
  return constraint == 0 || holds(constraint, w)
}

/** The row of an instruction word, 0 if it is unallocated. */
export function decodeRow(w: u32): u32 {
  let reference: u32 = ${tree.root}
  while (reference & ${BRANCH}) {
    const branch: usize = TREE + ((reference & ${BRANCH - 1}) << 1)
    const bits: u32 = load<u16>(branch)
    const child: u32 = (w >> (bits & 31)) & ((1 << (bits >> 8)) - 1)
    reference = load<u16>(branch + (child << 1), 2)
  }
  if (!(reference & ${LIST})) return matches(reference, w) ? reference : 0
  let list: usize = LISTS + ((reference & ${LIST - 1}) << 1)
  let row: u32 = load<u16>(list)
  while (row != 0 && !matches(row, w)) {
    list += 2
    row = load<u16>(list)
  }
  return row
}

/** F_* of a row. */
export function rowFeature(row: u32): u32 {
  return load<u8>(FEATURES + row)
}

/** G_* of a row. */
export function rowGroup(row: u32): u32 {
  return load<u8>(GROUPS + row)
}
`
}

/**
 * The table's rows by number and name, as the core numbers them (1-based, in the table's order), without the patterns being
 * parsed: for who decodes with the core's decoder and only needs to know what a row is.
 */
import { specs } from './table/index.ts'
import type { Group, RowSpec } from './table/row.ts'

const numbers = new Map(specs.map(({ id }, i) => [id, i + 1]))

/** The row of a number; undefined for 0, which is "unallocated". */
export function specOf(row: number): RowSpec | undefined {
  return specs[row - 1]
}

/** The number of a row. @throws Error if the table has none of that name */
export function numberOf(id: string): number {
  const number = numbers.get(id)
  if (number === undefined) throw new Error(`The A64 table has no row "${id}"`)
  return number
}

/** The group of a row. @throws Error if the table has none of that name */
export function groupOf(id: string): Group {
  return specs[numberOf(id) - 1]!.group
}

/**
 * What kernel code may not do: use registers of SIMD&FP, which belong to the task that was interrupted, have a heap, or call
 * through a table, whose targets nobody can bound. Judged after optimisation, so code that is never reached does not count.
 */

import { isFloat } from '../mir.ts'
import type { Graph, Value } from '../ssa.ts'

const FORBIDDEN: Record<string, string> = {
  'memory.grow': 'makes memory grow, as a heap does',
  call_indirect: 'calls through a table',
  'table.grow': 'makes a table grow',
}

function fault({ op, type, args }: Value): string | undefined {
  const known = FORBIDDEN[op]
  if (known) return known
  if (op.endsWith('.popcnt')) return `uses ${op}, which needs floating-point registers`
  const isFloating = [type, ...args.map((arg) => arg.type)].some((one) => one && isFloat(one))
  if (!isFloating) return undefined
  return `uses ${op === 'param' ? 'a parameter' : op} of floating-point type`
}

/** What is wrong with a function of the kernel, one line each with its name; nothing if it may be there. */
export function faultsOf({ name, blocks }: Graph): string[] {
  const faults = new Set<string>()
  if (name.startsWith('~lib/rt/')) faults.add('belongs to the heap')
  for (const { values } of blocks) {
    for (const value of values) {
      const found = fault(value)
      if (found) faults.add(found)
    }
  }
  return [...faults].map((text) => `${name}: ${text}`)
}

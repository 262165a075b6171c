/**
 * How each row of the table is translated: by a lowering, by one step of the interpreter within translated code, or not at
 * all, because it may change what translated code relies on (translation, exception level, masks, waiting).
 */
import { groupOf } from '../isa/numbers.ts'
import { byCoreRows } from './lower-by-core.ts'
import { crypto } from './lower-crypto.ts'
import { fp } from './lower-fp.ts'
import { fpConvert } from './lower-fp-convert.ts'
import { fpMemory } from './lower-fp-memory.ts'
import { integer, type Lower } from './lower-integer.ts'
import { memory } from './lower-memory.ts'
import { simdInteger } from './lower-simd.ts'
import { simdCopy } from './lower-simd-copy.ts'
import { simdFp } from './lower-simd-fp.ts'
import { simdShift } from './lower-simd-shift.ts'
import { isUsual, system } from './lower-system.ts'

const lowerings = new Map<string, Lower>(
  Object.entries({
    ...byCoreRows,
    ...integer,
    ...memory,
    ...system,
    ...fp,
    ...fpConvert,
    ...fpMemory,
    ...simdInteger,
    ...simdShift,
    ...simdCopy,
    ...simdFp,
    ...crypto,
  }),
)

/** The lowering of an instruction that `classify` calls inline. @throws Error if there is none */
export function loweringOf(row: string): Lower {
  const lowering = lowerings.get(row)
  if (!lowering) throw new Error(`No lowering for "${row}"`)
  return lowering
}

/** Groups whose instructions change nothing but registers and memory, or leave by an exception. */
const STEPS: ReadonlySet<string> = new Set(['int', 'ldst', 'fpldst', 'fp', 'simd', 'crypto'])

export function classify(row: string, word: number): 'inline' | 'step' | 'leave' {
  if (row === '') return 'leave'
  if (row in system ? isUsual(row, word) : lowerings.has(row)) return 'inline'
  if (row === 'MRS') return 'step'
  return STEPS.has(groupOf(row)) ? 'step' : 'leave'
}

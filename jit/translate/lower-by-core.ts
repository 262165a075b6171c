/**
 * The rows of floating point, vectors and cryptography that no other file lowers: the core executes them on the registers they
 * name, which is much cheaper than leaving the region or bringing all state to memory.
 *
 * Not here: what reads or sets NZCV in half precision, and FJCVTZS.
 */
import { numberOf } from '../isa/numbers.ts'
import { specs } from '../isa/table/index.ts'
import type { RowSpec } from '../isa/table/row.ts'
import type { Lower } from './lower-integer.ts'
import { executeByCore, Ra, Rd, Rm, Rn, useVectors } from './vectors.ts'

const GROUPS: ReadonlySet<string> = new Set(['fp', 'simd', 'crypto'])
/** NZCV. */
const FLAGS = /^(FCMPE?_|FCCMPE?_|FCSEL_|FJCVTZS)/
const TO_GENERAL = /^(FCVT.[SU]_s(_fix)?(_h)?$|FMOV_to_gp)/
const FROM_GENERAL = /^([SU]CVTF_s(_fix)?(_h)?$|FMOV_from_gp)/

/** Vector registers that the fields of a row may name; Rm of 4 bits may have M (bit 20) as its fifth. */
function vectorOperands(row: RowSpec): (w: number) => number[] {
  const m = /\bRm:(\d)/.exec(row.pattern)?.[1]
  const a = /\bRa:5/.test(row.pattern)
  return (w) => {
    const list = [Rd(w)]
    if (!FROM_GENERAL.test(row.id)) list.push(Rn(w))
    if (m) list.push(Rm(w))
    if (m === '4') list.push(Rm(w) & 15)
    if (a) list.push(Ra(w))
    return list
  }
}

function byCore(row: RowSpec): Lower {
  const operands = vectorOperands(row)
  const number = numberOf(row.id)
  if (TO_GENERAL.test(row.id)) {
    return (b, w) => {
      useVectors(b, [Rn(w)])
      executeByCore(b, number, w, { v: [Rn(w)], to: Rd(w), general: true })
    }
  }
  const general = FROM_GENERAL.test(row.id)
  return (b, w) => {
    const v = operands(w)
    useVectors(b, v)
    executeByCore(b, number, w, { v, x: general ? [Rn(w)] : [], to: Rd(w) })
  }
}

/** Lowerings by row id; tables with lowerings of their own take precedence. */
export const byCoreRows: Readonly<Record<string, Lower>> = Object.fromEntries(
  specs
    .filter(({ id, group }) => GROUPS.has(group) && !FLAGS.test(id))
    .map((row) => [row.id, byCore(row)]),
)

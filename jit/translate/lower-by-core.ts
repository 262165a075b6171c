/**
 * The rows of floating point, vectors and cryptography that no other file lowers: the core executes them on the registers they
 * name, which is much cheaper than leaving the region or bringing all state to memory.
 *
 * Not here: what reads or sets NZCV in half precision, and FJCVTZS.
 */
import { type Row, rows } from '../isa/rows.ts'
import type { Lower } from './lower-integer.ts'
import { executeByCore, Ra, Rd, Rm, Rn, useVectors } from './vectors.ts'

const GROUPS: ReadonlySet<string> = new Set(['fp', 'simd', 'crypto'])
/** NZCV. */
const FLAGS = /^(FCMPE?_|FCCMPE?_|FCSEL_|FJCVTZS)/
const TO_GENERAL = /^(FCVT.[SU]_s(_fix)?(_h)?$|FMOV_to_gp)/
const FROM_GENERAL = /^([SU]CVTF_s(_fix)?(_h)?$|FMOV_from_gp)/

/** Vector registers that the fields of a row may name; Rm of 4 bits may have M (bit 20) as its fifth. */
function vectorOperands(row: Row): (w: number) => number[] {
  const named = (name: string) => row.fields.find((field) => field.name === name)
  const m = named('Rm')
  const a = named('Ra')
  return (w) => {
    const list = [Rd(w)]
    if (!FROM_GENERAL.test(row.id)) list.push(Rn(w))
    if (m) list.push(Rm(w))
    if (m?.width === 4) list.push(Rm(w) & 15)
    if (a) list.push(Ra(w))
    return list
  }
}

function byCore(row: Row): Lower {
  const operands = vectorOperands(row)
  if (TO_GENERAL.test(row.id)) {
    return (b, w) => {
      useVectors(b, [Rn(w)])
      executeByCore(b, row.index, w, { v: [Rn(w)], to: Rd(w), general: true })
    }
  }
  const general = FROM_GENERAL.test(row.id)
  return (b, w) => {
    const v = operands(w)
    useVectors(b, v)
    executeByCore(b, row.index, w, { v, x: general ? [Rn(w)] : [], to: Rd(w) })
  }
}

/** Lowerings by row id; tables with lowerings of their own take precedence. */
export const byCoreRows: Readonly<Record<string, Lower>> = Object.fromEntries(
  rows
    .filter(({ id, group }) => GROUPS.has(group) && !FLAGS.test(id))
    .map((row) => [row.id, byCore(row)]),
)

/**
 * Conversions between integers and floating point, between precisions, and rounding to integral values: scalar forms, one
 * lowering a row of jit/isa's table. Arm ARM C7.2.
 *
 * As in lower-fp.ts the host converts, and the core where that does not prove Arm's result. Ties away from zero and fixed
 * point are the core's.
 */
import { numberOf } from '../isa/numbers.ts'
import {
  CALL_FLOAT_CONVERT,
  CALL_FLOAT_ROUND,
  CALL_FLOAT_TO_INTEGER,
  CALL_INTEGER_TO_FLOAT,
  CPU,
} from './frame.ts'
import {
  float,
  formatOf,
  fromBits,
  isDouble,
  isNumber,
  orExact,
  scalar,
  scalarBits,
  setScalar,
} from './lower-fp.ts'
import type { Lower } from './lower-integer.ts'
import type { Lowering } from './lowering.ts'
import {
  executeByCore,
  F64,
  I64,
  inexactMask,
  isProved,
  loadLimits,
  Rd,
  Rn,
  useVectors,
} from './vectors.ts'
import { MISC_PREFIX, type Opcode } from './wasm.ts'

const FCVT = numberOf('FCVT_s')
const SINGLE = 2
const DOUBLE = 3
/** i64.trunc_sat_f64_s and _u, after the prefix. */
const TRUNC_SAT_S = 6
const TRUNC_SAT_U = 7

/** Rounding modes, as fp/format.ts numbers them, and the host's instruction. */
const ROUNDINGS = {
  N: { mode: 0, name: 'nearest' },
  P: { mode: 1, name: 'ceil' },
  M: { mode: 2, name: 'floor' },
  Z: { mode: 3, name: 'trunc' },
  A: { mode: 4, name: undefined },
} as const
type Rounding = keyof typeof ROUNDINGS

const isWideInteger = (w: number) => w >>> 31 === 1

// ---- between precisions, and to integral values ------------------------------------------------------------------

const convert: Lower = (b, w) => {
  const from = (w >>> 22) & 3
  const to = (w >>> 15) & 3
  const { code } = b
  if (from > 1 || to > 1) {
    // Half precision: from it, to it, or both.
    b.usesFp = true
    useVectors(b, [Rn(w), Rd(w)])
    executeByCore(b, FCVT, w, { v: [Rn(w), Rd(w)], to: Rd(w) })
    return
  }
  const exact = () => {
    code.get(CPU)
    scalarBits(b, from === 1, Rn(w))
    code
      .i32(from === 1 ? DOUBLE : SINGLE)
      .i32(to === 1 ? DOUBLE : SINGLE)
      .call(CALL_FLOAT_CONVERT)
  }
  scalar(b, from === 1, Rn(w))
  code.op(to === 1 ? 'f64_promote_f32' : 'f32_demote_f64')
  orExact(b, to === 1, () => (to === 1 ? isNumber(b, true) : isProved(b, false, false)), exact)
  setScalar(b, to === 1, Rd(w))
}

function callRound(b: Lowering, w: number, mode: number, raises: boolean): void {
  const wide = isDouble(w)
  b.code.get(CPU)
  scalarBits(b, wide, Rn(w))
  b.code
    .i32(formatOf(wide))
    .i32(mode)
    .i32(raises ? 1 : 0)
    .call(CALL_FLOAT_ROUND)
}

/** FRINT; `raises` (FRINTX) Inexact. */
function roundIntegral(rounding: Rounding, raises: boolean): Lower {
  const { mode, name } = ROUNDINGS[rounding]
  return (b, w) => {
    const wide = isDouble(w)
    b.usesFp = true
    if (!name) {
      callRound(b, w, mode, raises)
      fromBits(b, wide)
      setScalar(b, wide, Rd(w))
      return
    }
    scalar(b, wide, Rn(w))
    b.code.op(float(wide, name))
    orExact(
      b,
      wide,
      () => {
        if (!raises) isNumber(b, wide)
        else {
          scalar(b, wide, Rn(w))
          b.code.op(float(wide, 'eq'))
        }
      },
      () => callRound(b, w, mode, raises),
    )
    setScalar(b, wide, Rd(w))
  }
}

// ---- from integers -----------------------------------------------------------------------------------------------

/** Pushes Rn as a 64-bit integer. */
function integerSource(b: Lowering, w: number, isUnsigned: boolean): void {
  if (isWideInteger(w)) b.x(Rn(w))
  else {
    b.w(Rn(w))
    b.code.op(isUnsigned ? 'i64_extend_i32_u' : 'i64_extend_i32_s')
  }
}

function fromInteger(isUnsigned: boolean): Lower {
  const sign = isUnsigned ? 'u' : 's'
  return (b, w) => {
    const wide = isDouble(w)
    const { code, frame } = b
    b.usesFp = true
    b.usesVectors = true
    if (isWideInteger(w)) b.x(Rn(w))
    else b.w(Rn(w))
    code.op(float(wide, `convert_${isWideInteger(w) ? 'i64' : 'i32'}_${sign}`))
    // A double holds every 32-bit integer.
    if (!wide || isWideInteger(w)) {
      orExact(
        b,
        wide,
        () => code.op('drop').get(frame.limit),
        () => {
          code.get(CPU)
          integerSource(b, w, isUnsigned)
          code
            .i32(0)
            .i32(isUnsigned ? 1 : 0)
            .i32(formatOf(wide))
            .call(CALL_INTEGER_TO_FLOAT)
        },
      )
    }
    setScalar(b, wide, Rd(w))
  }
}

function fromFixed(isUnsigned: boolean): Lower {
  return (b, w) => {
    const wide = isDouble(w)
    b.usesFp = true
    b.code.get(CPU)
    integerSource(b, w, isUnsigned)
    b.code
      .i32(64 - ((w >>> 10) & 63))
      .i32(isUnsigned ? 1 : 0)
      .i32(formatOf(wide))
    b.code.call(CALL_INTEGER_TO_FLOAT)
    fromBits(b, wide)
    setScalar(b, wide, Rd(w))
    loadLimits(b.code, b.frame)
  }
}

// ---- to integers -------------------------------------------------------------------------------------------------

function callToInteger(
  b: Lowering,
  w: number,
  wide: boolean,
  fbits: number,
  isUnsigned: boolean,
  mode: number,
): void {
  b.code.get(CPU)
  scalarBits(b, wide, Rn(w))
  b.code
    .i32(formatOf(wide))
    .i32(isWideInteger(w) ? 64 : 32)
    .i32(fbits)
    .i32(isUnsigned ? 1 : 0)
    .i32(mode)
  b.code.call(CALL_FLOAT_TO_INTEGER)
}

/**
 * Upper half of the bits of the first double, or of its magnitude if signed, that does not fit; the largest that do are left
 * to the core.
 */
function boundOf(wide: boolean, isUnsigned: boolean): number {
  return (1023 + (wide ? 63 : 31) + Number(isUnsigned)) << 20
}

/**
 * FCVT to an integer: the double is in range by its upper half, and IXC is set already. Negative numbers are out of range of
 * unsigned results.
 */
function toInteger(rounding: Rounding, isUnsigned: boolean): Lower {
  const { mode, name } = ROUNDINGS[rounding]
  return (b, w) => {
    const wide = isDouble(w)
    const { code, frame } = b
    b.usesFp = true
    if (!name) {
      callToInteger(b, w, wide, 0, isUnsigned, mode)
      b.setX(Rd(w))
      loadLimits(code, frame)
      return
    }
    const value = frame.named('rounded', F64)
    const result = frame.named('integer', I64)
    scalar(b, wide, Rn(w))
    if (!wide) code.op('f64_promote_f32')
    if (name !== 'trunc') code.op(`f64_${name}` as Opcode)
    code.tee(value).op('i64_reinterpret_f64').i64(32).op('i64_shr_u', 'i32_wrap_i64')
    if (!isUnsigned) code.i32(0x7fff_ffff).op('i32_and')
    inexactMask(b)
    code.i32(boundOf(isWideInteger(w), isUnsigned)).op('i32_and', 'i32_lt_u')
    b.begin('if')
    code.get(value)
    code.bytes.push(MISC_PREFIX, isUnsigned ? TRUNC_SAT_U : TRUNC_SAT_S)
    if (!isWideInteger(w)) code.op('i32_wrap_i64', 'i64_extend_i32_u')
    code.set(result).op('else')
    callToInteger(b, w, wide, 0, isUnsigned, mode)
    code.set(result)
    loadLimits(code, frame)
    b.end()
    code.get(result)
    b.setX(Rd(w))
  }
}

function toFixed(isUnsigned: boolean): Lower {
  return (b, w) => {
    b.usesFp = true
    callToInteger(b, w, isDouble(w), 64 - ((w >>> 10) & 63), isUnsigned, ROUNDINGS.Z.mode)
    b.setX(Rd(w))
    loadLimits(b.code, b.frame)
  }
}

const rows: Record<string, Lower> = {}
for (const rounding of Object.keys(ROUNDINGS) as Rounding[]) {
  rows[`FRINT${rounding}_s`] = roundIntegral(rounding, false)
  rows[`FCVT${rounding}S_s`] = toInteger(rounding, false)
  rows[`FCVT${rounding}U_s`] = toInteger(rounding, true)
}

/** Lowerings by row id. */
export const fpConvert: Readonly<Record<string, Lower>> = {
  ...rows,
  // Regions are only entered where FPCR asks for the nearest.
  FRINTX_s: roundIntegral('N', true),
  FRINTI_s: roundIntegral('N', false),
  FCVT_s: convert,
  SCVTF_s: fromInteger(false),
  UCVTF_s: fromInteger(true),
  SCVTF_s_fix: fromFixed(false),
  UCVTF_s_fix: fromFixed(true),
  FCVTZS_s_fix: toFixed(false),
  FCVTZU_s_fix: toFixed(true),
}

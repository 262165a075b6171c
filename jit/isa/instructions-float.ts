/**
 * Scalar floating point as typed functions that return the word. S and D registers; vectors are encoded by row.
 */

import { encode } from './encode.ts'
import { encodeFloat } from './immediates.ts'
import {
  CONDITIONS,
  type Condition,
  type FloatRegister,
  nameOf,
  type Register,
} from './registers.ts'

/** sz of registers that must be of one precision, single or double. */
function precision(id: string, ...registers: readonly FloatRegister[]): 0 | 1 {
  const bits = registers[0]!.bits
  if ((bits !== 32 && bits !== 64) || registers.some((register) => register.bits !== bits)) {
    const names = registers.map(nameOf).join(', ')
    throw new Error(`Cannot encode ${id} of ${names}: S registers or D registers, all alike, fit`)
  }
  return bits === 64 ? 1 : 0
}

const widthOf = (register: Register): 0 | 1 => (register.width === 64 ? 1 : 0)

function general(id: string, register: Register): number {
  if (register.sp) throw new Error(`Cannot encode ${id} of ${nameOf(register)}`)
  return register.number
}

function two(name: string) {
  return (rd: FloatRegister, rn: FloatRegister, rm: FloatRegister): number =>
    encode(`${name}_s`, {
      sz: precision(name, rd, rn, rm),
      Rm: rm.number,
      Rn: rn.number,
      Rd: rd.number,
    })
}

export const fadd = two('FADD')
export const fsub = two('FSUB')
export const fmul = two('FMUL')
export const fdiv = two('FDIV')
export const fmax = two('FMAX')
export const fmin = two('FMIN')
export const fmaxnm = two('FMAXNM')
export const fminnm = two('FMINNM')
export const fnmul = two('FNMUL')

function one(name: string) {
  return (rd: FloatRegister, rn: FloatRegister): number =>
    encode(`${name}_s`, { sz: precision(name, rd, rn), Rn: rn.number, Rd: rd.number })
}

export const fabs = one('FABS')
export const fneg = one('FNEG')
export const fsqrt = one('FSQRT')
export const frintn = one('FRINTN')
export const frintp = one('FRINTP')
export const frintm = one('FRINTM')
export const frintz = one('FRINTZ')

function multiplyAdd(name: string) {
  return (rd: FloatRegister, rn: FloatRegister, rm: FloatRegister, ra: FloatRegister): number =>
    encode(`${name}_s`, {
      sz: precision(name, rd, rn, rm, ra),
      Rm: rm.number,
      Ra: ra.number,
      Rn: rn.number,
      Rd: rd.number,
    })
}

export const fmadd = multiplyAdd('FMADD')
export const fmsub = multiplyAdd('FMSUB')

/** Compares with a register, or with 0. */
export function fcmp(rn: FloatRegister, rm: FloatRegister | 0): number {
  if (rm === 0) return encode('FCMP_zero_s', { sz: precision('FCMP', rn), Rn: rn.number })
  return encode('FCMP_s', { sz: precision('FCMP', rn, rm), Rm: rm.number, Rn: rn.number })
}

export function fcsel(
  rd: FloatRegister,
  rn: FloatRegister,
  rm: FloatRegister,
  condition: Condition,
): number {
  return encode('FCSEL_s', {
    sz: precision('FCSEL', rd, rn, rm),
    Rm: rm.number,
    cond: CONDITIONS[condition],
    Rn: rn.number,
    Rd: rd.number,
  })
}

/** Moves between SIMD&FP registers of one precision, or bit for bit to or from a general register as wide. */
export function fmov(rd: FloatRegister | Register, rn: FloatRegister | Register): number {
  if ('bits' in rd && 'bits' in rn) {
    return encode('FMOV_s', { sz: precision('FMOV', rd, rn), Rn: rn.number, Rd: rd.number })
  }
  if ('bits' in rd) {
    const source = rn as Register
    const fields = { sf: widthOf(source), sz: precision('FMOV', rd) }
    return encode('FMOV_from_gp', { ...fields, Rn: general('FMOV', source), Rd: rd.number })
  }
  if (!('bits' in rn)) throw new Error('Cannot encode FMOV of two general registers: use mov')
  const fields = { sf: widthOf(rd), sz: precision('FMOV', rn) }
  return encode('FMOV_to_gp', { ...fields, Rn: rn.number, Rd: general('FMOV', rd) })
}

/** Moves a constant of the form n / 16 * 2 ** r, 16 <= n <= 31, -3 <= r <= 4. */
export function fmovImmediate(rd: FloatRegister, value: number): number {
  const imm8 = encodeFloat(value)
  if (imm8 === undefined) {
    throw new Error(`Cannot encode FMOV of ${value}: it has no 8-bit form, load it from memory`)
  }
  return encode('FMOV_imm_s', { sz: precision('FMOV', rd), imm8, Rd: rd.number })
}

/** ftype by width in bits. */
const FTYPE: Partial<Record<number, number>> = { 16: 3, 32: 0, 64: 1 }

/** Converts between half, single and double precision. */
export function fcvt(rd: FloatRegister, rn: FloatRegister): number {
  const ftype = FTYPE[rn.bits]
  const opc = FTYPE[rd.bits]
  if (ftype === undefined || opc === undefined || ftype === opc) {
    throw new Error(`Cannot encode FCVT from ${nameOf(rn)} to ${nameOf(rd)}`)
  }
  return encode('FCVT_s', { ftype, opc, Rn: rn.number, Rd: rd.number })
}

function toInteger(name: string) {
  return (rd: Register, rn: FloatRegister): number =>
    encode(`${name}_s`, {
      sf: widthOf(rd),
      sz: precision(name, rn),
      Rn: rn.number,
      Rd: general(name, rd),
    })
}

/** Rounding towards zero, saturating; NaN gives 0. */
export const fcvtzs = toInteger('FCVTZS')
export const fcvtzu = toInteger('FCVTZU')

function fromInteger(name: string) {
  return (rd: FloatRegister, rn: Register): number =>
    encode(`${name}_s`, {
      sf: widthOf(rn),
      sz: precision(name, rd),
      Rn: general(name, rn),
      Rd: rd.number,
    })
}

export const scvtf = fromInteger('SCVTF')
export const ucvtf = fromInteger('UCVTF')

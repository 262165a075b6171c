/**
 * Integer instructions as typed functions: each takes registers and immediates and returns the word.
 *
 * They choose the encoding (immediate, shifted or extended register) from their operands, check widths and ranges, and
 * leave the bits to the table. What is not here is assembled from text, or by `encode`.
 */

import { encode } from './encode.ts'
import { encodeBitmask } from './immediates.ts'
import {
  CONDITIONS,
  type Condition,
  inverted,
  nameOf,
  type Register,
  wzr,
  xzr,
} from './registers.ts'

/** A register operand shifted by a constant. */
export interface Shifted {
  readonly register: Register
  readonly shift: 'lsl' | 'lsr' | 'asr' | 'ror'
  readonly amount: number
}

/** A register operand zero- or sign-extended, then shifted left by 0 to 4. */
export interface Extended {
  readonly register: Register
  readonly extend: 'uxtb' | 'uxth' | 'uxtw' | 'uxtx' | 'sxtb' | 'sxth' | 'sxtw' | 'sxtx'
  readonly amount: number
}

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror']
const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx']

/** A register shifted by a constant, as the last operand of arithmetic and logic. */
export function shifted(register: Register, shift: Shifted['shift'], amount: number): Shifted {
  return { register, shift, amount }
}

/** A register extended and shifted, as the last operand of `add` and `sub`. */
export function extended(register: Register, extend: Extended['extend'], amount = 0): Extended {
  return { register, extend, amount }
}

/** sf of registers that must be of one width. */
function widthOf(id: string, ...registers: readonly Register[]): 0 | 1 {
  const [first] = registers
  for (const register of registers) {
    if (register.width !== first!.width) {
      throw new Error(
        `Cannot encode ${id} of ${registers.map(nameOf).join(', ')}: registers must be of one width`,
      )
    }
  }
  return first!.width === 64 ? 1 : 0
}

/** Number of a register where 31 is the zero register. */
function plain(id: string, register: Register): number {
  if (register.sp) throw new Error(`Cannot encode ${id}: ${nameOf(register)} is not allowed here`)
  return register.number
}

/** Number of a register where 31 is the stack pointer. */
function stack(id: string, register: Register): number {
  if (register.number === 31 && !register.sp) {
    throw new Error(`Cannot encode ${id}: ${nameOf(register)} would be read as the stack pointer`)
  }
  return register.number
}

type Operand = Register | Shifted | Extended | number

function asShifted(operand: Register | Shifted): Shifted {
  return 'register' in operand ? operand : { register: operand, shift: 'lsl', amount: 0 }
}

/** True if `add` and `sub` take the number: 12 bits, or 12 bits shifted left by 12. */
export function fitsArithmetic(value: number): boolean {
  return (value >= 0 && value < 4096) || (value % 4096 === 0 && value >= 0 && value < 1 << 24)
}

function arithmetic(name: string, setsFlags: boolean) {
  return (rd: Register, rn: Register, operand: Operand): number => {
    if (typeof operand === 'number') {
      if (!Number.isInteger(operand) || !fitsArithmetic(operand)) {
        throw new Error(
          `Cannot encode ${name} of ${operand}: 0 to 4095, or a multiple of 4096 below 16777216, fits`,
        )
      }
      const sh = operand < 4096 ? 0 : 1
      return encode(`${name}_imm`, {
        sf: widthOf(name, rd, rn),
        sh,
        imm12: sh ? operand / 4096 : operand,
        Rn: stack(name, rn),
        Rd: setsFlags ? plain(name, rd) : stack(name, rd),
      })
    }
    if ('extend' in operand || rn.sp || rd.sp) {
      return arithmeticExtended(name, setsFlags, rd, rn, operand)
    }
    const { register, shift, amount } = asShifted(operand)
    return encode(`${name}_shift`, {
      sf: widthOf(name, rd, rn, register),
      shift: SHIFTS.indexOf(shift),
      Rm: plain(name, register),
      imm6: amount,
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
  }
}

/** The form that reads the stack pointer; a shifted register is taken as one not extended. */
function arithmeticExtended(
  name: string,
  setsFlags: boolean,
  rd: Register,
  rn: Register,
  operand: Register | Shifted | Extended,
): number {
  const sf = widthOf(name, rd, rn)
  const { register, amount } = 'register' in operand ? operand : { register: operand, amount: 0 }
  if ('shift' in operand && operand.shift !== 'lsl') {
    throw new Error(`Cannot encode ${name} with the stack pointer and ${operand.shift}`)
  }
  const option = 'extend' in operand ? EXTENDS.indexOf(operand.extend) : sf ? 3 : 2
  if ((register.width === 64) !== (sf === 1 && (option & 3) === 3)) {
    throw new Error(`Cannot encode ${name}: ${nameOf(register)} does not fit ${EXTENDS[option]}`)
  }
  return encode(`${name}_ext`, {
    sf,
    Rm: plain(name, register),
    option,
    imm3: amount,
    Rn: stack(name, rn),
    Rd: setsFlags ? plain(name, rd) : stack(name, rd),
  })
}

export const add = arithmetic('ADD', false)
export const adds = arithmetic('ADDS', true)
export const sub = arithmetic('SUB', false)
export const subs = arithmetic('SUBS', true)

const zero = (like: Register): Register => (like.width === 64 ? xzr : wzr)

/** Compares: flags of rn - operand. */
export function cmp(rn: Register, operand: Operand): number {
  return subs(zero(rn), rn, operand)
}

/** Compares with the negated operand: flags of rn + operand. */
export function cmn(rn: Register, operand: Operand): number {
  return adds(zero(rn), rn, operand)
}

export function neg(rd: Register, operand: Register | Shifted): number {
  return sub(rd, zero(rd), operand)
}

type Logical = Register | Shifted | bigint

/** Logic on registers; `immediate` names the row for bitmask immediates, which BIC and its like lack. */
function logical(name: string, immediate: boolean) {
  return (rd: Register, rn: Register, operand: Logical): number => {
    if (typeof operand === 'bigint') {
      const code = immediate ? encodeBitmask(operand, rd.width) : undefined
      if (!code) {
        throw new Error(
          `Cannot encode ${name} of 0x${BigInt.asUintN(64, operand).toString(16)}: it is no bitmask immediate`,
        )
      }
      return encode(`${name}_imm`, {
        sf: widthOf(name, rd, rn),
        ...code,
        Rn: plain(name, rn),
        Rd: name === 'ANDS' ? plain(name, rd) : stack(name, rd),
      })
    }
    const { register, shift, amount } = asShifted(operand)
    return encode(`${name}_shift`, {
      sf: widthOf(name, rd, rn, register),
      shift: SHIFTS.indexOf(shift),
      Rm: plain(name, register),
      imm6: amount,
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
  }
}

export const and = logical('AND', true)
export const ands = logical('ANDS', true)
export const orr = logical('ORR', true)
export const eor = logical('EOR', true)
export const bic = logical('BIC', false)
export const bics = logical('BICS', false)
export const orn = logical('ORN', false)
export const eon = logical('EON', false)

export function tst(rn: Register, operand: Logical): number {
  return ands(zero(rn), rn, operand)
}

export function mvn(rd: Register, operand: Register | Shifted): number {
  return orn(rd, zero(rd), operand)
}

/** Moves between registers, the stack pointer included. */
export function mov(rd: Register, rn: Register): number {
  return rd.sp || rn.sp ? add(rd, rn, 0) : orr(rd, zero(rd), rn)
}

function wide(name: string) {
  return (rd: Register, imm16: number, shift: 0 | 16 | 32 | 48 = 0): number =>
    encode(name, {
      sf: rd.width === 64 ? 1 : 0,
      hw: shift / 16,
      imm16,
      Rd: plain(name, rd),
    })
}

export const movz = wide('MOVZ')
export const movn = wide('MOVN')
export const movk = wide('MOVK')

/**
 * The shortest sequence that loads a constant: MOVZ or MOVN with MOVKs, or one ORR of a bitmask immediate.
 *
 * @param rd a general register, not sp
 * @param value of rd's width, unsigned or negative
 */
export function loadConstant(rd: Register, value: bigint): number[] {
  const bits = BigInt.asUintN(rd.width, value)
  if (bits !== value && BigInt.asIntN(rd.width, value) !== value) {
    throw new Error(`Cannot load ${value} into ${nameOf(rd)}: it has ${rd.width} bits`)
  }
  const halves = Array.from({ length: rd.width / 16 }, (_, i) =>
    Number((bits >> BigInt(16 * i)) & 0xffffn),
  )
  const zeros = halves.filter((half) => half === 0).length
  const ones = halves.filter((half) => half === 0xffff).length
  const inverse = ones > zeros
  const filler = inverse ? 0xffff : 0
  const kept = [...halves.entries()].filter(([, half]) => half !== filler)
  if (kept.length > 1 && encodeBitmask(bits, rd.width)) return [orr(rd, zero(rd), bits)]
  const [[at, first] = [0, filler], ...rest] = kept
  const place = (i: number) => (16 * i) as 0 | 16 | 32 | 48
  return [
    inverse ? movn(rd, first ^ 0xffff, place(at)) : movz(rd, first, place(at)),
    ...rest.map(([i, half]) => movk(rd, half, place(i))),
  ]
}

function three(name: string) {
  return (rd: Register, rn: Register, rm: Register): number =>
    encode(name, {
      sf: widthOf(name, rd, rn, rm),
      Rm: plain(name, rm),
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
}

export const adc = three('ADC')
export const adcs = three('ADCS')
export const sbc = three('SBC')
export const sbcs = three('SBCS')
export const sdiv = three('SDIV')
export const udiv = three('UDIV')

function multiplyAdd(name: string) {
  return (rd: Register, rn: Register, rm: Register, ra: Register): number =>
    encode(name, {
      sf: widthOf(name, rd, rn, rm, ra),
      Rm: plain(name, rm),
      Ra: plain(name, ra),
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
}

/** ra + rn * rm, and ra - rn * rm. */
export const madd = multiplyAdd('MADD')
export const msub = multiplyAdd('MSUB')

export function mul(rd: Register, rn: Register, rm: Register): number {
  return madd(rd, rn, rm, zero(rd))
}

/** Products of W registers into X, added to ra. */
function widening(name: string) {
  return (rd: Register, rn: Register, rm: Register, ra: Register = xzr): number => {
    if (widthOf(name, rn, rm) !== 0 || widthOf(name, rd, ra) !== 1) {
      throw new Error(`Cannot encode ${name}: it takes W factors, an X result and an X addend`)
    }
    return encode(name, {
      Rm: plain(name, rm),
      Ra: plain(name, ra),
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
  }
}

export const smaddl = widening('SMADDL')
export const umaddl = widening('UMADDL')

/** The upper 64 bits of a product. */
function high(name: string) {
  return (rd: Register, rn: Register, rm: Register): number => {
    if (widthOf(name, rd, rn, rm) !== 1) throw new Error(`Cannot encode ${name} of W registers`)
    return encode(name, { Rm: plain(name, rm), Rn: plain(name, rn), Rd: plain(name, rd) })
  }
}

export const smulh = high('SMULH')
export const umulh = high('UMULH')

function bitfield(name: string) {
  return (rd: Register, rn: Register, immr: number, imms: number): number => {
    const sf = widthOf(name, rd, rn)
    return encode(name, { sf, N: sf, immr, imms, Rn: plain(name, rn), Rd: plain(name, rd) })
  }
}

export const sbfm = bitfield('SBFM')
export const bfm = bitfield('BFM')
export const ubfm = bitfield('UBFM')

function checkField(name: string, rd: Register, lsb: number, width: number): void {
  if (lsb < 0 || width < 1 || lsb + width > rd.width) {
    throw new Error(
      `Cannot encode ${name} of ${width} bits from bit ${lsb}: ${nameOf(rd)} has ${rd.width}`,
    )
  }
}

/** Extracts `width` bits from bit `lsb` on. */
export function ubfx(rd: Register, rn: Register, lsb: number, width: number): number {
  checkField('UBFX', rd, lsb, width)
  return ubfm(rd, rn, lsb, lsb + width - 1)
}

export function sbfx(rd: Register, rn: Register, lsb: number, width: number): number {
  checkField('SBFX', rd, lsb, width)
  return sbfm(rd, rn, lsb, lsb + width - 1)
}

/** Inserts the low `width` bits at bit `lsb`. */
export function bfi(rd: Register, rn: Register, lsb: number, width: number): number {
  checkField('BFI', rd, lsb, width)
  return bfm(rd, rn, -lsb & (rd.width - 1), width - 1)
}

/** Sign-extends a byte, a halfword, a word. The source is named by its W register or its X register. */
export const sxtb = (rd: Register, rn: Register): number => sbfm(rd, like(rn, rd), 0, 7)
export const sxth = (rd: Register, rn: Register): number => sbfm(rd, like(rn, rd), 0, 15)
export const sxtw = (rd: Register, rn: Register): number => sbfm(rd, like(rn, rd), 0, 31)
export const uxtb = (rd: Register, rn: Register): number => ubfm(rd, like(rn, rd), 0, 7)
export const uxth = (rd: Register, rn: Register): number => ubfm(rd, like(rn, rd), 0, 15)

function like(register: Register, other: Register): Register {
  return { ...register, width: other.width }
}

/** Shifts by a register modulo its width, or by a constant below it. */
function shiftBy(
  variable: string,
  constant: (rd: Register, rn: Register, amount: number) => number,
) {
  const byRegister = three(variable)
  return (rd: Register, rn: Register, by: Register | number): number => {
    if (typeof by !== 'number') return byRegister(rd, rn, by)
    if (!Number.isInteger(by) || by < 0 || by >= rd.width) {
      throw new Error(`Cannot shift ${nameOf(rn)} by ${by}: 0 to ${rd.width - 1} fits`)
    }
    return constant(rd, rn, by)
  }
}

export const lsl = shiftBy('LSLV', (rd, rn, by) =>
  ubfm(rd, rn, -by & (rd.width - 1), rd.width - 1 - by),
)
export const lsr = shiftBy('LSRV', (rd, rn, by) => ubfm(rd, rn, by, rd.width - 1))
export const asr = shiftBy('ASRV', (rd, rn, by) => sbfm(rd, rn, by, rd.width - 1))
export const ror = shiftBy('RORV', (rd, rn, by) => extr(rd, rn, rn, by))

/** The bits of rn:rm from bit `lsb` of rm on. */
export function extr(rd: Register, rn: Register, rm: Register, lsb: number): number {
  const sf = widthOf('EXTR', rd, rn, rm)
  return encode('EXTR', {
    sf,
    N: sf,
    Rm: plain('EXTR', rm),
    imms: lsb,
    Rn: plain('EXTR', rn),
    Rd: plain('EXTR', rd),
  })
}

function two(name: string) {
  return (rd: Register, rn: Register): number =>
    encode(name, { sf: widthOf(name, rd, rn), Rn: plain(name, rn), Rd: plain(name, rd) })
}

export const clz = two('CLZ')
export const cls = two('CLS')
export const rbit = two('RBIT')
export const rev16 = two('REV16')
export const rev32 = two('REV32')

/** Reverses all bytes of the register. */
export function rev(rd: Register, rn: Register): number {
  if (widthOf('REV', rd, rn) === 0) return rev32(rd, rn)
  return encode('REV', { Rn: plain('REV', rn), Rd: plain('REV', rd) })
}

function select(name: string) {
  return (rd: Register, rn: Register, rm: Register, condition: Condition): number =>
    encode(name, {
      sf: widthOf(name, rd, rn, rm),
      Rm: plain(name, rm),
      cond: CONDITIONS[condition],
      Rn: plain(name, rn),
      Rd: plain(name, rd),
    })
}

/** rn if the condition holds, else rm as it is, plus one, inverted, or negated. */
export const csel = select('CSEL')
export const csinc = select('CSINC')
export const csinv = select('CSINV')
export const csneg = select('CSNEG')

/** 1 if the condition holds, else 0. */
export function cset(rd: Register, condition: Exclude<Condition, 'al'>): number {
  return csinc(rd, zero(rd), zero(rd), inverted(condition))
}

/** All ones if the condition holds, else 0. */
export function csetm(rd: Register, condition: Exclude<Condition, 'al'>): number {
  return csinv(rd, zero(rd), zero(rd), inverted(condition))
}

/** Compares if the condition holds, else sets the flags to nzcv. */
export function ccmp(
  rn: Register,
  operand: Register | number,
  nzcv: number,
  condition: Condition,
): number {
  const cond = CONDITIONS[condition]
  const Rn = plain('CCMP', rn)
  if (typeof operand === 'number') {
    return encode('CCMP_imm', { sf: rn.width === 64 ? 1 : 0, imm5: operand, cond, Rn, nzcv })
  }
  const sf = widthOf('CCMP', rn, operand)
  return encode('CCMP_reg', { sf, Rm: plain('CCMP', operand), cond, Rn, nzcv })
}

/**
 * Loads, stores, exclusives and atomics as typed functions that return the word.
 *
 * An address is made by `at`, `indexed`, `preIndexed` or `postIndexed`. Offsets are in bytes.
 */

import { encode } from './encode.ts'
import type { Fields } from './expression.ts'
import { type FloatRegister, nameOf, type Register } from './registers.ts'

export type Address =
  | { readonly mode: 'offset' | 'pre' | 'post'; readonly base: Register; readonly offset: number }
  | {
      readonly mode: 'index'
      readonly base: Register
      readonly index: Register
      readonly extend: 'lsl' | 'uxtw' | 'sxtw' | 'sxtx'
      readonly scaled: boolean
    }

/** [base, #offset] */
export function at(base: Register, offset = 0): Address {
  return { mode: 'offset', base, offset }
}

/** [base, #offset]!: the base becomes the address. */
export function preIndexed(base: Register, offset: number): Address {
  return { mode: 'pre', base, offset }
}

/** [base], #offset: the offset is added to the base afterwards. */
export function postIndexed(base: Register, offset: number): Address {
  return { mode: 'post', base, offset }
}

/**
 * [base, index]: an X register as it is, or a W register extended.
 *
 * @param scaled whether the index counts units of the access size
 */
export function indexed(
  base: Register,
  index: Register,
  extend: 'lsl' | 'uxtw' | 'sxtw' | 'sxtx' = index.width === 64 ? 'lsl' : 'uxtw',
  scaled = false,
): Address {
  return { mode: 'index', base, index, extend, scaled }
}

const OPTIONS = { uxtw: 2, lsl: 3, sxtw: 6, sxtx: 7 }

/** True if a single access of `size` bytes takes the offset in one instruction. */
export function offsetFits(offset: number, size: number): boolean {
  return (
    (offset >= 0 && offset % size === 0 && offset < 4096 * size) || (offset >= -256 && offset < 256)
  )
}

function baseOf(id: string, base: Register): number {
  if (base.width !== 64 || (base.number === 31 && !base.sp)) {
    throw new Error(`Cannot encode ${id}: ${nameOf(base)} is no base, an X register or sp is`)
  }
  return base.number
}

/** Row names of one access: offset form, unscaled form, and the prefix of the others. */
interface Rows {
  readonly scaled: string
  readonly unscaled: string
  readonly other: string
}

function access(rows: Rows, size: number, fields: Fields, address: Address): number {
  const { other } = rows
  const Rn = baseOf(other, address.base)
  if (address.mode === 'index') {
    const { index, extend, scaled } = address
    const option = OPTIONS[extend]
    if ((index.width === 64) !== ((option & 1) === 1) || index.sp) {
      throw new Error(`Cannot encode ${other}: ${nameOf(index)} does not fit ${extend}`)
    }
    const S = scaled ? 1 : 0
    return encode(`${other}_reg`, { ...fields, Rm: index.number, option, S, Rn })
  }
  const { mode, offset } = address
  if (mode !== 'offset') return encode(`${other}_${mode}`, { ...fields, imm9: offset, Rn })
  if (offset >= 0 && offset % size === 0 && offset < 4096 * size) {
    return encode(rows.scaled, { ...fields, imm12: offset / size, Rn })
  }
  if (!offsetFits(offset, size)) {
    throw new Error(
      `Cannot encode ${other} at offset ${offset}: -256 to 255, or a multiple of ${size} below ${4096 * size}, fits`,
    )
  }
  return encode(rows.unscaled, { ...fields, imm9: offset, Rn })
}

const rowsOf = (name: string): Rows => ({
  scaled: `${name}_imm`,
  unscaled: `${name.slice(0, 2)}U${name.slice(2)}`,
  other: name,
})

function dataOf(id: string, rt: Register): number {
  if (rt.sp) throw new Error(`Cannot encode ${id} of ${nameOf(rt)}`)
  return rt.number
}

/** Bytes and halfwords: to or from a W register. */
function narrow(name: string, size: number) {
  const rows = rowsOf(name)
  return (rt: Register, address: Address): number => {
    if (rt.width !== 32) throw new Error(`Cannot encode ${name} of ${nameOf(rt)}: it takes W`)
    return access(rows, size, { Rt: dataOf(name, rt) }, address)
  }
}

/** Sign-extending loads, to W or X. */
function extending(name: string, size: number) {
  const rows = rowsOf(name)
  return (rt: Register, address: Address): number =>
    access(rows, size, { opc0: rt.width === 32 ? 1 : 0, Rt: dataOf(name, rt) }, address)
}

/** Words, doublewords and SIMD&FP registers. */
function any(name: string) {
  const rows = rowsOf(name)
  const floatRows = {
    scaled: `${name}_fp_imm`,
    unscaled: `${rows.unscaled}_fp`,
    other: `${name}_fp`,
  }
  return (rt: Register | FloatRegister, address: Address): number => {
    if ('bits' in rt) {
      const log2 = Math.log2(rt.bits) - 3
      const fields = { size: log2 & 3, opc1: log2 >> 2, Rt: rt.number }
      return access(floatRows, rt.bits / 8, fields, address)
    }
    const fields = { sf: rt.width === 64 ? 1 : 0, Rt: dataOf(name, rt) }
    return access(rows, rt.width / 8, fields, address)
  }
}

export const ldr = any('LDR')
export const str = any('STR')
export const ldrb = narrow('LDRB', 1)
export const strb = narrow('STRB', 1)
export const ldrh = narrow('LDRH', 2)
export const strh = narrow('STRH', 2)
export const ldrsb = extending('LDRSB', 1)
export const ldrsh = extending('LDRSH', 2)

/** Loads a word and sign-extends it to X. */
export function ldrsw(rt: Register, address: Address): number {
  if (rt.width !== 64) throw new Error(`Cannot encode LDRSW of ${nameOf(rt)}: it takes X`)
  return access(rowsOf('LDRSW'), 4, { Rt: dataOf('LDRSW', rt) }, address)
}

function pair(name: string) {
  return (
    rt: Register | FloatRegister,
    rt2: Register | FloatRegister,
    address: Address,
  ): number => {
    if (address.mode === 'index') throw new Error(`Cannot encode ${name} with an index register`)
    const sizes = [rt, rt2].map((r) => ('bits' in r ? r.bits : -r.width))
    const bits = Math.abs(sizes[0]!)
    if (sizes[0] !== sizes[1] || bits < 32) {
      throw new Error(`Cannot encode ${name} of ${nameOf(rt)} and ${nameOf(rt2)}`)
    }
    const size = bits / 8
    const imm7 = address.offset / size
    if (!Number.isInteger(imm7) || imm7 < -64 || imm7 > 63) {
      throw new Error(
        `Cannot encode ${name} at offset ${address.offset}: a multiple of ${size} from ${-64 * size} to ${63 * size} fits`,
      )
    }
    const suffix = address.mode === 'offset' ? '' : `_${address.mode}`
    const fields = { imm7, Rt2: rt2.number, Rn: baseOf(name, address.base), Rt: rt.number }
    if ('bits' in rt) {
      return encode(`${name}_fp${suffix}`, { ...fields, opc: Math.log2(size) - 2 })
    }
    return encode(`${name}${suffix}`, { ...fields, sf: bits === 64 ? 1 : 0 })
  }
}

export const ldp = pair('LDP')
export const stp = pair('STP')

/** Access sizes of exclusives and atomics in bytes; 4 and 8 share a row. */
export type AtomicSize = 1 | 2 | 4 | 8

const SUFFIX: Record<AtomicSize, string> = { 1: 'B', 2: 'H', 4: '', 8: '' }

function sized(size: AtomicSize): Fields {
  return size >= 4 ? { sf: size === 8 ? 1 : 0 } : {}
}

/** Load or store without offset: ordered, and exclusive loads. */
function ordered(name: string) {
  return (size: AtomicSize, rt: Register, base: Register): number =>
    encode(`${name}${SUFFIX[size]}`, {
      ...sized(size),
      Rn: baseOf(name, base),
      Rt: dataOf(name, rt),
    })
}

export const ldar = ordered('LDAR')
export const stlr = ordered('STLR')
export const ldxr = ordered('LDXR')
export const ldaxr = ordered('LDAXR')

/** Store exclusive: status becomes 0 if it was done, else 1. */
function exclusive(name: string) {
  return (size: AtomicSize, status: Register, rt: Register, base: Register): number => {
    const fields = { Rs: dataOf(name, status), Rn: baseOf(name, base), Rt: dataOf(name, rt) }
    const { Rs, Rn, Rt } = fields
    if (Rs === Rt || (Rs === Rn && Rn !== 31)) {
      throw new Error(
        `Cannot encode ${name}: the status register ${nameOf(status)} must be no other operand`,
      )
    }
    return encode(`${name}${SUFFIX[size]}`, { ...sized(size), ...fields })
  }
}

export const stxr = exclusive('STXR')
export const stlxr = exclusive('STLXR')

/** LSE: reads memory into rt and stores the result of the operation with rs; acquire and release. */
export function atomic(
  operation: 'LDADD' | 'LDCLR' | 'LDEOR' | 'LDSET' | 'SWP' | 'CAS',
  size: AtomicSize,
  rs: Register,
  rt: Register,
  base: Register,
): number {
  return encode(`${operation}${SUFFIX[size]}`, {
    ...sized(size),
    A: 1,
    R: 1,
    Rs: dataOf(operation, rs),
    Rn: baseOf(operation, base),
    Rt: dataOf(operation, rt),
  })
}

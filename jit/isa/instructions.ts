/**
 * The typed instruction functions, all of which return a word, and the system instructions among them.
 *
 * Branches to labels are methods of `Assembler`.
 */

import { encode } from './encode.ts'
import { nameOf, type Register } from './registers.ts'
import { systemRegisterEncoding } from './system-registers.ts'

export * from './instructions-float.ts'
export * from './instructions-integer.ts'
export * from './instructions-memory.ts'

function branch(name: string) {
  return (rn: Register): number => {
    if (rn.width !== 64 || rn.sp) {
      throw new Error(`Cannot encode ${name} to ${nameOf(rn)}: an X register fits`)
    }
    return encode(name, { Rn: rn.number })
  }
}

export const br = branch('BR')
export const blr = branch('BLR')
const retTo = branch('RET')

/** Returns to x30, or to another register. */
export function ret(rn?: Register): number {
  return rn ? retTo(rn) : encode('RET', { Rn: 30 })
}

function exception(name: string) {
  return (imm16: number): number => encode(name, { imm16 })
}

export const svc = exception('SVC')
export const hvc = exception('HVC')
export const smc = exception('SMC')
export const brk = exception('BRK')
export const hlt = exception('HLT')

const HINTS = { nop: 0, yield: 1, wfe: 2, wfi: 3, sev: 4, sevl: 5 } as const

export function hint(name: keyof typeof HINTS): number {
  return encode('HINT', { CRm: 0, op2: HINTS[name] })
}

const BARRIERS = {
  oshld: 1,
  oshst: 2,
  osh: 3,
  nshld: 5,
  nshst: 6,
  nsh: 7,
  ishld: 9,
  ishst: 10,
  ish: 11,
  ld: 13,
  st: 14,
  sy: 15,
} as const

export type Barrier = keyof typeof BARRIERS

export function dsb(option: Barrier): number {
  return encode('DSB', { CRm: BARRIERS[option] })
}

export function dmb(option: Barrier): number {
  return encode('DMB', { CRm: BARRIERS[option] })
}

export function isb(): number {
  return encode('ISB', { CRm: 15 })
}

export function eret(): number {
  return encode('ERET', {})
}

/** The fields of a system register's name, such as `esr_el1` or `s3_0_c15_c2_0`. */
function systemFields(name: string): Record<string, number> {
  const encoding = systemRegisterEncoding(name.toLowerCase())
  if (encoding === undefined) throw new Error(`There is no system register "${name}"`)
  return {
    o0: (encoding >> 14) & 1,
    op1: (encoding >> 11) & 7,
    CRn: (encoding >> 7) & 15,
    CRm: (encoding >> 3) & 15,
    op2: encoding & 7,
  }
}

/** Reads a system register. */
export function mrs(rt: Register, name: string): number {
  if (rt.width !== 64 || rt.sp) throw new Error(`Cannot encode MRS to ${nameOf(rt)}`)
  return encode('MRS', { ...systemFields(name), Rt: rt.number })
}

/** Writes a system register. */
export function msr(name: string, rt: Register): number {
  if (rt.width !== 64 || rt.sp) throw new Error(`Cannot encode MSR from ${nameOf(rt)}`)
  return encode('MSR_reg', { ...systemFields(name), Rt: rt.number })
}

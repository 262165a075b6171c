/** Registers as the typed instruction functions take them. */

/** A general register. Number 31 is the stack pointer if `sp`, else the zero register. */
export interface Register {
  readonly width: 32 | 64
  readonly number: number
  readonly sp: boolean
}

/** A SIMD&FP register, seen as a scalar of that many bits; a whole vector is 128. */
export interface FloatRegister {
  readonly bits: 8 | 16 | 32 | 64 | 128
  readonly number: number
}

function check(number: number, last: number, kind: string): void {
  if (!Number.isInteger(number) || number < 0 || number > last) {
    throw new Error(`There is no register ${kind}${number}: ${kind}0 to ${kind}${last} are`)
  }
}

/** X0 to X30. */
export function x(number: number): Register {
  check(number, 30, 'x')
  return { width: 64, number, sp: false }
}

/** W0 to W30. */
export function w(number: number): Register {
  check(number, 30, 'w')
  return { width: 32, number, sp: false }
}

export const xzr: Register = { width: 64, number: 31, sp: false }
export const wzr: Register = { width: 32, number: 31, sp: false }
export const sp: Register = { width: 64, number: 31, sp: true }
export const wsp: Register = { width: 32, number: 31, sp: true }

/** The frame pointer and the link register of the procedure call standard. */
export const fp = x(29)
export const lr = x(30)

function float(bits: FloatRegister['bits'], letter: string) {
  return (number: number): FloatRegister => {
    check(number, 31, letter)
    return { bits, number }
  }
}

/** B0 to B31, H0, S0, D0, Q0: scalars of 8 to 128 bits. */
export const b = float(8, 'b')
export const h = float(16, 'h')
export const s = float(32, 's')
export const d = float(64, 'd')
export const q = float(128, 'q')

/** The name of a register in assembly language. */
export function nameOf(register: Register | FloatRegister): string {
  if ('bits' in register) return `${'bhsdq'[Math.log2(register.bits) - 3]}${register.number}`
  const { width, number, sp: stack } = register
  if (number < 31) return `${width === 64 ? 'x' : 'w'}${number}`
  return stack ? (width === 64 ? 'sp' : 'wsp') : width === 64 ? 'xzr' : 'wzr'
}

/** Condition codes, DDI 0487 C1.2.4. */
export const CONDITIONS = {
  eq: 0,
  ne: 1,
  hs: 2,
  lo: 3,
  mi: 4,
  pl: 5,
  vs: 6,
  vc: 7,
  hi: 8,
  ls: 9,
  ge: 10,
  lt: 11,
  gt: 12,
  le: 13,
  al: 14,
} as const

export type Condition = keyof typeof CONDITIONS

/** The condition that holds when `condition` does not; `al` has none. */
export function inverted(condition: Exclude<Condition, 'al'>): Exclude<Condition, 'al'> {
  const code = CONDITIONS[condition] ^ 1
  const names = Object.keys(CONDITIONS) as Exclude<Condition, 'al'>[]
  return names[code]!
}

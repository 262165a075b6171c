/**
 * What an operand of an assembly template can do: be printed from a word's fields, and give fields for its text.
 *
 * The assembler reads normalised text: lower case, no `#`, no spaces but those between words (see `normalise`).
 */

import type { Fields } from './expression.ts'

/** Fields gathered while assembling; a second, different value for one is a conflict. */
export interface Assignment {
  get(name: string): number | undefined
  /** Returns false on conflict. */
  put(name: string, value: number): boolean
  /** Address of the instruction. */
  readonly pc: bigint
  /** The address of a label, or undefined if there is none. */
  readonly symbol: (name: string) => bigint | undefined
}

/** One kind of operand. */
export interface Operand {
  /** What its text looks like, without capturing groups. */
  readonly regex: string
  /** Read after the others, whose fields it needs. */
  readonly late?: boolean
  readonly print: (fields: Fields, pc: bigint) => string
  /** Returns false if the text does not fit. */
  readonly parse: (text: string, to: Assignment) => boolean
}

/** An integer as the assembler writes it. */
export const NUMBER = '-?(?:0x[0-9a-f]+|[0-9]+)'

/** Lower case, one space between words, none beside punctuation, no `#`, no comment. */
export function normalise(text: string): string {
  return text
    .replace(/\/\/.*$/, '')
    .toLowerCase()
    .replaceAll('#', '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([,[\]{}!]) ?/g, '$1')
    .replace(/^([^ [{]*)(?=[[{])/, '$1 ')
    .trim()
}

/** Reads what NUMBER matches. */
export function integer(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}

/** Sign-extends the low `bits` of a number. */
export function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

/** A field of the low bits of a signed value, or undefined if it does not fit. */
export function unsigned(value: bigint, bits: number): number | undefined {
  const limit = 1n << BigInt(bits - 1)
  if (value < -limit || value >= limit) return undefined
  return Number(BigInt.asUintN(bits, value))
}

/** Puts several fields; false if any conflicts. */
export function putAll(to: Assignment, values: Readonly<Record<string, number>>): boolean {
  return Object.entries(values).every(([name, value]) => to.put(name, value))
}

/** An unsigned number that is the field, in decimal or hexadecimal. */
export function plainNumber(field: string, bits: number, base: 10 | 16 = 10): Operand {
  return {
    regex: NUMBER,
    print: (f) => (base === 16 ? hex(f[field]!) : String(f[field]!)),
    parse: (text, to) => {
      const value = integer(text)
      return value >= 0n && value < 1n << BigInt(bits) && to.put(field, Number(value))
    },
  }
}

/** Words for the values of a field; values without a word are no instruction or print by `other`. */
export function words(field: string, names: readonly (string | undefined)[]): Operand {
  return {
    regex: names
      .filter((name) => name !== undefined)
      .sort((a, b) => b.length - a.length)
      .join('|'),
    print: (f) => names[f[field]!]!,
    parse: (text, to) => {
      const value = names.indexOf(text)
      return value >= 0 && to.put(field, value)
    },
  }
}

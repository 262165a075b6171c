/**
 * Operands that are registers: general, scalar SIMD&FP, and vectors with an arrangement or an index.
 *
 * Template names: a letter for the width and one for the field, `<Xd>`, `<Rn|sp>` (R: by sf), `<Fd>` (by sz), `<Zd>` (by
 * size), `<Yd>` (twice that), `<Id>` and `<Jd>` (by immh, and twice that), `<Vd.T>` (arrangement T of the list below),
 * `<Vm[T]>` (indexed element).
 */

import type { Fields } from './expression.ts'
import { type Assignment, type Operand, putAll } from './operand.ts'

const FIELDS: Record<string, string> = {
  d: 'Rd',
  n: 'Rn',
  m: 'Rm',
  a: 'Ra',
  t: 'Rt',
  t2: 'Rt2',
  s: 'Rs',
}

const SYNONYMS: Record<string, string> = { lr: 'x30', fp: 'x29', ip0: 'x16', ip1: 'x17' }

/** The name of a general register; 31 is the zero register, or the stack pointer if `sp`. */
export function generalName(number: number, is64: boolean, sp: boolean): string {
  if (number === 31) return sp ? (is64 ? 'sp' : 'wsp') : is64 ? 'xzr' : 'wzr'
  return `${is64 ? 'x' : 'w'}${number}`
}

/** Reads a general register; undefined if it is none, or 31 of the wrong kind. */
export function parseGeneral(
  text: string,
  sp: boolean,
): { number: number; is64: boolean } | undefined {
  const name = SYNONYMS[text] ?? text
  if (name === (sp ? 'sp' : 'xzr')) return { number: 31, is64: true }
  if (name === (sp ? 'wsp' : 'wzr')) return { number: 31, is64: false }
  const match = /^([xw])(\d|[12]\d|30)$/.exec(name)
  return match ? { number: Number(match[2]), is64: match[1] === 'x' } : undefined
}

/** How the width of a general register is known: fixed, or by a field that is `one` for 64 bits. */
type Width = boolean | { readonly field: string; readonly one: number }

function general(field: string, width: Width, sp: boolean, next = 0): Operand {
  const wide = (f: Fields) => (typeof width === 'boolean' ? width : f[width.field] === width.one)
  return {
    regex: '[a-z]\\w*',
    print: (f) => generalName(f[field]! + next, wide(f), sp),
    parse: (text, to) => {
      const register = parseGeneral(text, sp)
      if (!register) return false
      if (typeof width === 'boolean') {
        if (register.is64 !== width) return false
      } else if (!to.put(width.field, register.is64 ? width.one : 1 - width.one)) {
        return false
      }
      return to.put(field, register.number - next)
    },
  }
}

/** TBZ's register: 64-bit if the bit number needs it, and then by choice of the writer. */
const bitTested: Operand = {
  regex: '[a-z]\\w*',
  print: (f) => generalName(f['Rt']!, f['b5'] === 1, false),
  parse: (text, to) => {
    const register = parseGeneral(text, false)
    if (!register || !(register.is64 || to.put('b5', 0))) return false
    return to.put('Rt', register.number)
  },
}

/** The general register of DUP and INS: X for doublewords. DUP's imm5 has no index. */
const copied: Operand = {
  regex: '[a-z]\\w*',
  late: true,
  print: (f) => generalName(f['Rn']!, elementSize(f) === 3, false),
  parse: (text, to) => {
    const register = parseGeneral(text, false)
    const size = to.get('$e')
    if (!register || size === undefined || register.is64 !== (size === 3)) return false
    if (to.get('imm5') === undefined && !to.put('imm5', 1 << size)) return false
    return to.put('Rn', register.number)
  },
}

/** log2 of the element's bytes: the lowest set bit of imm5, or the highest of immh. */
function elementSize(f: Fields): number {
  const imm5 = f['imm5']
  if (imm5 !== undefined) return 31 - Math.clz32(imm5 & -imm5)
  return 31 - Math.clz32(f['immh']!)
}

const LETTERS = 'bhsdq'

/** How a scalar's letter follows from fields, and the fields from the letter; undefined if it cannot be. */
interface Letter {
  readonly of: (f: Fields) => number
  readonly put: (letter: number, to: Assignment) => boolean
}

const sizeLetter = (field: string, base: number, count: number): Letter => ({
  of: (f) => f[field]! + base,
  put: (letter, to) => letter >= base && letter < base + count && to.put(field, letter - base),
})

const elementLetter = (more: number): Letter => ({
  of: (f) => elementSize(f) + more,
  put: (letter, to) => letter - more >= 0 && letter - more < 4 && to.put('$e', letter - more),
})

/** ftype: 0 single, 1 double, 3 half. */
const ftypeLetter = (field: string): Letter => ({
  of: (f) => [2, 3, 0, 1][f[field]!]!,
  put: (letter, to) => letter >= 1 && letter <= 3 && to.put(field, [0, 3, 0, 1][letter]!),
})

const fixedLetter = (name: string): Letter => ({
  of: () => LETTERS.indexOf(name),
  put: (letter) => letter === LETTERS.indexOf(name),
})

function scalar(field: string, letter: Letter): Operand {
  return {
    regex: '[bhsdq]\\d+',
    print: (f) => `${LETTERS[letter.of(f)]}${f[field]}`,
    parse: (text, to) => {
      const number = Number(text.slice(1))
      return number < 32 && letter.put(LETTERS.indexOf(text[0]!), to) && to.put(field, number)
    },
  }
}

const SCALARS: Record<string, Letter> = {
  B: fixedLetter('b'),
  H: fixedLetter('h'),
  S: fixedLetter('s'),
  D: fixedLetter('d'),
  Q: fixedLetter('q'),
  F: sizeLetter('sz', 2, 2),
  Z: sizeLetter('size', 0, 4),
  Y: sizeLetter('size', 1, 4),
  I: elementLetter(0),
  J: elementLetter(1),
}

type Arrangement = readonly [name: string, fields: Readonly<Record<string, number>>]

const byField = (field: string, ...names: string[]): Arrangement[] =>
  names.map((name, value) => [name, { [field]: value }])

const byFieldAndQ = (field: string, ...names: string[]): Arrangement[] =>
  names.map((name, value) => [name, { [field]: value >> 1, Q: value & 1 }])

/** Arrangements by the name the table gives them. */
const ARRANGEMENTS: Record<string, readonly Arrangement[]> = {
  /** Integer, by size and Q. */
  T: byFieldAndQ('size', '8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d'),
  /** Twice as wide. */
  W: byField('size', '8h', '4s', '2d', '1q'),
  /** Pairs joined: twice as wide, as long. */
  P: byFieldAndQ('size', '4h', '8h', '2s', '4s', '1d', '2d'),
  /** Floating point, by sz and Q. */
  F: byFieldAndQ('sz', '2s', '4s', '1d', '2d'),
  F2: byField('sz', '2s', '2d'),
  /** FCVTN and FCVTL: the narrow and the wide side. */
  FN: byFieldAndQ('sz', '4h', '8h', '2s', '4s'),
  FW: byField('sz', '4s', '2d'),
  HQ: byField('Q', '4h', '8h'),
  BQ: byField('Q', '8b', '16b'),
  SQ: byField('Q', '2s', '4s'),
  H2: byField('Q', '2h', '4h'),
  D: byField('Q', '1d', '2d'),
  /** Shifts: by the highest set bit of immh. */
  I: byFieldAndQ('$e', '8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d'),
  IW: byField('$e', '8h', '4s', '2d'),
  imm5: byFieldAndQ('$e', '8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d'),
}

function arrangementOf(kind: string, f: Fields): string {
  const found = ARRANGEMENTS[kind]!.find(([, wanted]) =>
    Object.entries(wanted).every(
      ([name, value]) => (name === '$e' ? elementSize(f) : f[name]) === value,
    ),
  )
  if (!found) throw new Error(`No arrangement ${kind} for ${JSON.stringify(f)}`)
  return found[0]
}

function putArrangement(kind: string, name: string, to: Assignment): boolean {
  const found = ARRANGEMENTS[kind]!.find(([candidate]) => candidate === name)
  return found !== undefined && putAll(to, found[1])
}

function vector(field: string, kind: string): Operand {
  return {
    regex: 'v\\d+\\.\\w+',
    print: (f) => `v${f[field]}.${arrangementOf(kind, f)}`,
    parse: (text, to) => {
      const [name, arrangement] = text.split('.')
      const number = Number(name!.slice(1))
      return number < 32 && putArrangement(kind, arrangement!, to) && to.put(field, number)
    },
  }
}

function bareVector(field: string): Operand {
  return {
    regex: 'v\\d+',
    print: (f) => `v${f[field]}`,
    parse: (text, to) => Number(text.slice(1)) < 32 && to.put(field, Number(text.slice(1))),
  }
}

/** MOVI of 64 bits: d0, or v0.2d. */
const doubleOrVector: Operand = {
  regex: 'd\\d+|v\\d+\\.2d',
  print: (f) => (f['Q'] === 1 ? `v${f['Rd']}.2d` : `d${f['Rd']}`),
  parse: (text, to) => {
    const number = Number.parseInt(text.slice(1), 10)
    return number < 32 && to.put('Q', text.startsWith('v') ? 1 : 0) && to.put('Rd', number)
  },
}

const ELEMENT = 'v\\d+\\.\\w+\\[\\d+\\]'

function parseElement(
  text: string,
): { number: number; element: string; index: number } | undefined {
  const match = /^v(\d+)\.(\w+)\[(\d+)\]$/.exec(text)
  if (!match || Number(match[1]) > 31) return undefined
  return { number: Number(match[1]), element: match[2]!, index: Number(match[3]) }
}

/** An element whose size and index are one-hot in imm5. */
function copyElement(field: string): Operand {
  return {
    regex: ELEMENT,
    print: (f) => {
      const size = elementSize(f)
      return `v${f[field]}.${LETTERS[size]}[${f['imm5']! >> (size + 1)}]`
    },
    parse: (text, to) => {
      const parsed = parseElement(text)
      const size = parsed ? 'bhsd'.indexOf(parsed.element) : -1
      if (!parsed || size < 0 || parsed.index >= 16 >> size) return false
      return putAll(to, {
        [field]: parsed.number,
        imm5: ((parsed.index << 1) | 1) << size,
        $e: size,
      })
    },
  }
}

/** INS's source element: its size is imm5's, its index in imm4. */
const insertedElement: Operand = {
  regex: ELEMENT,
  late: true,
  print: (f) => {
    const size = elementSize(f)
    return `v${f['Rn']}.${LETTERS[size]}[${f['imm4']! >> size}]`
  },
  parse: (text, to) => {
    const parsed = parseElement(text)
    const size = to.get('$e')
    if (!parsed || size === undefined || parsed.element !== LETTERS[size]) return false
    if (parsed.index >= 16 >> size) return false
    return to.put('Rn', parsed.number) && to.put('imm4', parsed.index << size)
  },
}

/** The index bits of a by-element operand: how many of H:L:M, and so whether M belongs to the register. */
interface Indexed {
  readonly element: string
  readonly bits: 1 | 2 | 3
  readonly fields: Readonly<Record<string, number>>
}

const INDEXED: Record<string, readonly Indexed[]> = {
  T: [
    { element: 'h', bits: 3, fields: { size: 1 } },
    { element: 's', bits: 2, fields: { size: 2 } },
  ],
  F: [
    { element: 's', bits: 2, fields: { sz: 0 } },
    { element: 'd', bits: 1, fields: { sz: 1, L: 0 } },
  ],
  /** FCMLA's index counts complex numbers. */
  C: [
    { element: 'h', bits: 2, fields: { size: 1 } },
    { element: 's', bits: 1, fields: { size: 2, L: 0 } },
  ],
  h: [{ element: 'h', bits: 3, fields: {} }],
  '2h': [{ element: '2h', bits: 2, fields: {} }],
  '4b': [{ element: '4b', bits: 2, fields: {} }],
}

function indexedElement(kind: string): Operand {
  const forms = INDEXED[kind]!
  return {
    regex: ELEMENT,
    print: (f) => {
      const form = forms.find(({ fields }) =>
        Object.entries(fields).every(([name, value]) => f[name] === value),
      )!
      const all = (f['H']! << 2) | (f['L']! << 1) | f['M']!
      const number = form.bits === 3 ? f['Rm']! : (f['M']! << 4) | f['Rm']!
      return `v${number}.${form.element}[${all >> (3 - form.bits)}]`
    },
    parse: (text, to) => {
      const parsed = parseElement(text)
      const form = forms.find(({ element }) => element === parsed?.element)
      if (!parsed || !form || parsed.index >= 1 << form.bits) return false
      if (form.bits === 3 && parsed.number > 15) return false
      const all = parsed.index << (3 - form.bits)
      return putAll(to, {
        ...form.fields,
        Rm: parsed.number & 15,
        H: all >> 2,
        ...(form.bits > 1 ? { L: (all >> 1) & 1 } : {}),
        M: form.bits === 3 ? all & 1 : parsed.number >> 4,
      })
    },
  }
}

/** The register operand a template names, or undefined if the name is another kind's. */
export function registerOperand(name: string, arg: string): Operand | undefined {
  if (name === 'Rtb') return bitTested
  if (name === 'RQd') return general('Rd', { field: 'Q', one: 1 }, false)
  if (name === 'imm5Rn') return copied
  if (name === 'imm5d') return scalar('Rd', elementLetter(0))
  if (name === 'opcd') return scalar('Rd', ftypeLetter('opc'))
  if (name === 'ftypen') return scalar('Rn', ftypeLetter('ftype'))
  const transfer = /^fp(t2?)$/.exec(name)
  if (transfer) {
    const field = FIELDS[transfer[1]!]!
    if (arg === 'pair') return scalar(field, sizeLetter('opc', 2, 3))
    return scalar(field, {
      of: (f) => f['size']! + 4 * f['opc1']!,
      put: (letter, to) => to.put('size', letter & 3) && to.put('opc1', letter >> 2),
    })
  }
  const integer = /^([RXW])(d|n|m|a|t2?|s)(\|sp)?(!opc0)?(\+1)?$/.exec(name)
  if (integer) {
    const [, width, letter, sp, opc0, next] = integer
    const sf = opc0 ? { field: 'opc0', one: 0 } : { field: 'sf', one: 1 }
    const how: Width = width === 'R' ? sf : width === 'X'
    return general(FIELDS[letter!]!, how, sp !== undefined, next ? 1 : 0)
  }
  const float = /^([BHSDQFZYIJ])([dnma])$/.exec(name)
  if (float) return scalar(FIELDS[float[2]!]!, SCALARS[float[1]!]!)
  if (name === 'Vd.2dOrD') return doubleOrVector
  if (name === 'Vn[imm4]') return insertedElement
  const simd = /^V([dnma])(?:\.(\w+)|\[(\w+)\])?$/.exec(name)
  if (simd) {
    const field = FIELDS[simd[1]!]!
    if (simd[2]) return vector(field, simd[2])
    if (simd[3] === 'imm5') return copyElement(field)
    return simd[3] ? indexedElement(simd[3]) : bareVector(field)
  }
  return undefined
}

export { arrangementOf, putArrangement }

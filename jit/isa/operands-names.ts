/**
 * Operands that are words: conditions, barriers, prefetches, PSTATE fields, system registers and operations; and the
 * variable parts of mnemonics, such as the `2` of SADDL2.
 */

import { hex, integer, NUMBER, type Operand, plainNumber, putAll, words } from './operand.ts'
import { generalName, parseGeneral } from './operands-registers.ts'
import { operationEncoding, systemOperation, systemOperationByName } from './system-operations.ts'
import { systemEncoding, systemRegisterEncoding, systemRegisterName } from './system-registers.ts'

const CONDITIONS = [
  'eq',
  'ne',
  'cs',
  'cc',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  'al',
  'nv',
]
const CONDITION_SYNONYMS: Record<string, string> = { hs: 'cs', lo: 'cc' }

function condition(invert: 0 | 1): Operand {
  return {
    regex: '[a-z]{2}',
    print: (f) => CONDITIONS[f['cond']! ^ invert]!,
    parse: (text, to) => {
      const code = CONDITIONS.indexOf(CONDITION_SYNONYMS[text] ?? text)
      return code >= 0 && to.put('cond', code ^ invert)
    },
  }
}

/** Words where there are some, else the number. */
function wordOrNumber(
  field: string,
  names: readonly (string | undefined)[],
  digits: number,
): Operand {
  const named = words(field, names)
  const number = plainNumber(field, names.length === 32 ? 5 : 4, 16)
  return {
    regex: `[a-z]\\w*|${NUMBER}`,
    print: (f) => names[f[field]!] ?? `#0x${f[field]!.toString(16).padStart(digits, '0')}`,
    parse: (text, to) => (/^[a-z]/.test(text) ? named.parse(text, to) : number.parse(text, to)),
  }
}

const BARRIERS = [
  undefined,
  'oshld',
  'oshst',
  'osh',
  undefined,
  'nshld',
  'nshst',
  'nsh',
  undefined,
  'ishld',
  'ishst',
  'ish',
  undefined,
  'ld',
  'st',
  'sy',
]

const PREFETCHES = Array.from({ length: 32 }, (_, code) => {
  const type = ['pld', 'pli', 'pst'][code >> 3]
  const level = ['l1', 'l2', 'l3'][(code >> 1) & 3]
  return type && level ? `${type}${level}${code & 1 ? 'strm' : 'keep'}` : undefined
})

/** PSTATE fields by op1:op2. */
const PSTATE: Record<string, number> = {
  uao: 0o03,
  pan: 0o04,
  spsel: 0o05,
  ssbs: 0o31,
  dit: 0o32,
  daifset: 0o36,
  daifclr: 0o37,
}

const pstate: Operand = {
  regex: Object.keys(PSTATE).join('|'),
  print: (f) =>
    Object.keys(PSTATE).find((name) => PSTATE[name] === ((f['op1']! << 3) | f['op2']!))!,
  parse: (text, to) => putAll(to, { op1: PSTATE[text]! >> 3, op2: PSTATE[text]! & 7 }),
}

function systemRegister(write: boolean): Operand {
  return {
    regex: '[a-z]\\w*',
    print: (f) =>
      systemRegisterName(
        systemEncoding(2 + f['o0']!, f['op1']!, f['CRn']!, f['CRm']!, f['op2']!),
        write,
      ),
    parse: (text, to) => {
      const encoding = systemRegisterEncoding(text)
      if (encoding === undefined) return false
      return putAll(to, {
        o0: (encoding >> 14) & 1,
        op1: (encoding >> 11) & 7,
        CRn: (encoding >> 7) & 15,
        CRm: (encoding >> 3) & 15,
        op2: encoding & 7,
      })
    },
  }
}

/** What follows DC, IC, AT, TLBI: the operation and, where it takes one, the register. */
function operation(mnemonic: string): Operand {
  return {
    regex: '[a-z]\\w*(?:,[xw]\\w+)?',
    print: (f) => {
      const known = systemOperation(operationEncoding(f['op1']!, f['CRn']!, f['CRm']!, f['op2']!))!
      const what = known.name.split(' ')[1]!
      return known.operand ? `${what}, ${generalName(f['Rt']!, true, false)}` : what
    },
    parse: (text, to) => {
      const [what, register] = text.split(',')
      const known = systemOperationByName(`${mnemonic} ${what}`)
      const Rt = register === undefined ? undefined : parseGeneral(register, false)
      if (!known || known.operand !== (Rt !== undefined)) return false
      return putAll(to, {
        op1: known.encoding >> 11,
        CRn: (known.encoding >> 7) & 15,
        CRm: (known.encoding >> 3) & 15,
        op2: known.encoding & 7,
        Rt: Rt?.number ?? 31,
      })
    },
  }
}

/** A number that is left out when it is `usual`. */
function optional(field: string, bits: number, usual: number): Operand {
  return {
    regex: `(?: ${NUMBER})?`,
    print: (f) => (f[field] === usual ? '' : `\t#${hex(f[field]!)}`),
    parse: (text, to) => {
      const value = text === '' ? usual : Number(integer(text.trim()))
      return value >= 0 && value < 1 << bits && to.put(field, value)
    },
  }
}

const optionalRegister: Operand = {
  regex: '(?:,x\\w+)?',
  print: (f) => (f['Rt'] === 31 ? '' : `, x${f['Rt']}`),
  parse: (text, to) => {
    if (text === '') return to.put('Rt', 31)
    const register = parseGeneral(text.slice(1), false)
    return register !== undefined && to.put('Rt', register.number)
  },
}

const hint: Operand = {
  regex: NUMBER,
  print: (f) => hex((f['CRm']! << 3) | f['op2']!),
  parse: (text, to) => {
    const value = Number(integer(text))
    return value >= 0 && value < 128 && putAll(to, { CRm: value >> 3, op2: value & 7 })
  },
}

const acquireRelease: Operand = {
  regex: 'al|a|l|',
  print: (f) => `${f['A'] ? 'a' : ''}${f['R'] ? 'l' : ''}`,
  parse: (text, to) =>
    putAll(to, { A: text.startsWith('a') ? 1 : 0, R: text.endsWith('l') ? 1 : 0 }),
}

/** A mnemonic's letter by a field's value. */
function letter(field: string, names: readonly string[]): Operand {
  return words(field, names)
}

const NAMED: Record<string, Operand> = {
  cond: condition(0),
  invcond: condition(1),
  barrier: wordOrNumber('CRm', BARRIERS, 2),
  barriernxs: words('imm2', ['oshnxs', 'nshnxs', 'ishnxs', 'synxs']),
  prfop: wordOrNumber('Rt', PREFETCHES, 2),
  pstate,
  sysregr: systemRegister(false),
  sysregw: systemRegister(true),
  dcps: optional('imm16', 16, 0),
  clrex: optional('CRm', 4, 15),
  isb: optional('CRm', 4, 15),
  op1: plainNumber('op1', 3),
  op2: plainNumber('op2', 3),
  CRn: plainNumber('CRn', 4),
  Cm: plainNumber('CRm', 4),
  optXt: optionalRegister,
  hint,
  al: acquireRelease,
  l: letter('R', ['', 'l']),
  '2': letter('Q', ['', '2']),
  bt: letter('Q', ['b', 't']),
  bhwx: letter('sz', ['b', 'h', 'w', 'x']),
}

/** The word operand a template names, or undefined if the name is another kind's. */
export function nameOperand(name: string, arg: string): Operand | undefined {
  return name === 'op' ? operation(arg) : NAMED[name]
}

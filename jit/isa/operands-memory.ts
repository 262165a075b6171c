/**
 * Operands that are parts of an address, and the register lists of structure loads and stores.
 *
 * An offset includes the comma before it, because an offset of 0 is not written. Arguments after a colon are the log2 of
 * the access size (an expression over fields) or a number of registers.
 */

import { compileExpression, type Fields, parseExpression } from './expression.ts'
import {
  type Assignment,
  integer,
  NUMBER,
  type Operand,
  putAll,
  signed,
  unsigned,
} from './operand.ts'
import { arrangementOf, generalName, parseGeneral, putArrangement } from './operands-registers.ts'

/** An offset of which `decode` gives the bytes; without its comma if `bare`. */
function offset(
  decode: (f: Fields) => number,
  encode: (value: bigint, to: Assignment) => Record<string, number> | undefined,
  bare = false,
): Operand {
  return {
    regex: bare ? NUMBER : `(?:,${NUMBER})?`,
    late: true,
    print: (f) => {
      const value = decode(f)
      if (bare) return String(value)
      return value === 0 ? '' : `, #${value}`
    },
    parse: (text, to) => {
      const values = encode(integer(text.replace(',', '') || '0'), to)
      return values !== undefined && putAll(to, values)
    },
  }
}

/** Evaluates a scale over fields known so far; 0 for those that are not. */
function scaler(arg: string): { of: (f: Fields) => number; known: (to: Assignment) => number } {
  const compute = compileExpression(parseExpression(arg))
  const names = ['sf', 'size', 'opc', 'opc1']
  return {
    of: compute,
    known: (to) => compute(Object.fromEntries(names.map((name) => [name, to.get(name) ?? 0]))),
  }
}

function scaled(
  field: string,
  bits: number,
  isSigned: boolean,
  arg: string,
  bare: boolean,
): Operand {
  const scale = scaler(arg)
  const read = (f: Fields) => (isSigned ? signed(f[field]!, bits) : f[field]!)
  return offset(
    (f) => read(f) * 2 ** scale.of(f),
    (value, to) => {
      const log2 = BigInt(scale.known(to))
      const units = value >> log2
      if (units << log2 !== value) return undefined
      if (isSigned) {
        const code = unsigned(units, bits)
        return code === undefined ? undefined : { [field]: code }
      }
      return units >= 0n && units < 1n << BigInt(bits) ? { [field]: Number(units) } : undefined
    },
    bare,
  )
}

/** LDRAA's offset S:imm9, in doublewords. */
const authenticated = offset(
  (f) => signed((f['S']! << 9) | f['imm9']!, 10) * 8,
  (value) => {
    const code = value % 8n === 0n ? unsigned(value / 8n, 10) : undefined
    return code === undefined ? undefined : { S: code >> 9, imm9: code & 511 }
  },
)

/** No offset, which may be written as 0. */
const noOffset: Operand = { regex: '(?:,0)?', print: () => '', parse: () => true }

const EXTENDS: Record<number, string> = { 2: 'uxtw', 3: 'lsl', 6: 'sxtw', 7: 'sxtx' }

/** Register offset: `x2`, `x2, lsl #3`, `w2, sxtw #3`. */
function index(arg: string): Operand {
  const scale = scaler(arg)
  return {
    regex: `[xw]\\w+(?:,(?:lsl|[us]xt[wx])(?: ${NUMBER})?)?`,
    late: true,
    print: (f) => {
      const option = f['option']!
      const register = generalName(f['Rm']!, (option & 1) === 1, false)
      if (option === 3 && f['S'] === 0) return register
      return `${register}, ${EXTENDS[option]}${f['S'] ? ` #${scale.of(f)}` : ''}`
    },
    parse: (text, to) => {
      const [name, extend] = text.split(',')
      const register = parseGeneral(name!, false)
      const [kind = 'lsl', amount] = extend?.split(' ') ?? []
      const option = Number(Object.keys(EXTENDS).find((key) => EXTENDS[Number(key)] === kind))
      if (!register || register.is64 !== ((option & 1) === 1)) return false
      const log2 = scale.known(to)
      if (amount !== undefined && Number(amount) !== 0 && Number(amount) !== log2) return false
      const scaledByByte = log2 === 0 && amount !== undefined
      const S = (amount !== undefined && Number(amount) !== 0) || scaledByByte ? 1 : 0
      return putAll(to, { Rm: register.number, option, S })
    },
  }
}

/** `{v0.8b, v1.8b}`; three and more are a range unless they wrap around. */
function printList(first: number, count: number, element: string): string {
  const last = (first + count - 1) & 31
  if (count > 2 && last > first) return `{v${first}.${element}-v${last}.${element}}`
  const names = Array.from({ length: count }, (_, i) => `v${(first + i) & 31}.${element}`)
  return `{${names.join(', ')}}`
}

const LIST = '\\{[^}]+\\}'

/** Reads a list of consecutive registers of one arrangement. */
function parseList(text: string): { first: number; count: number; element: string } | undefined {
  const parts = text
    .slice(1, -1)
    .split(/([,-])/)
    .map((part) => part.trim())
  const read = (part: string | undefined) => /^v(\d+)\.(\w+)$/.exec(part ?? '')
  const first = read(parts[0])
  if (!first || Number(first[1]) > 31) return undefined
  const start = Number(first[1])
  const element = first[2]!
  if (parts[1] === '-') {
    const last = read(parts[2])
    if (!last || last[2] !== element || parts.length !== 3) return undefined
    return { first: start, count: ((Number(last[1]) - start) & 31) + 1, element }
  }
  const names = parts.filter((_, i) => i % 2 === 0)
  const consecutive = names.every((part, i) => {
    const register = read(part)
    return register && register[2] === element && Number(register[1]) === ((start + i) & 31)
  })
  return consecutive ? { first: start, count: names.length, element } : undefined
}

function vectorList(kind: string, count: number): Operand {
  return {
    regex: LIST,
    print: (f) => printList(f['Rt']!, count, arrangementOf(kind, f)),
    parse: (text, to) => {
      const list = parseList(text)
      if (!list || list.count !== count) return false
      return putArrangement(kind, list.element, to) && to.put('Rt', list.first)
    },
  }
}

/** TBL's table: one to four registers of 16 bytes. */
const table: Operand = {
  regex: LIST,
  print: (f) => printList(f['Rn']!, f['len']! + 1, '16b'),
  parse: (text, to) => {
    const list = parseList(text)
    if (list?.element !== '16b' || list.count > 4) return false
    return putAll(to, { Rn: list.first, len: list.count - 1 })
  },
}

/** log2 of a lane's bytes in LD1_lane and its like. */
function laneSize(f: Fields): number {
  return f['opc'] === 2 ? 2 + (f['size']! & 1) : f['opc']!
}

/** `{v0.s, v1.s}[3]`: the lane is in the upper bits of Q:S:size. */
function laneList(count: number): Operand {
  return {
    regex: `${LIST}\\[\\d+\\]`,
    print: (f) => {
      const size = laneSize(f)
      const all = (f['Q']! << 3) | (f['S']! << 2) | f['size']!
      return `${printList(f['Rt']!, count, 'bhsd'[size]!)}[${all >> size}]`
    },
    parse: (text, to) => {
      const open = text.lastIndexOf('[')
      const list = parseList(text.slice(0, open))
      const lane = Number(text.slice(open + 1, -1))
      const size = list ? 'bhsd'.indexOf(list.element) : -1
      if (!list || list.count !== count || size < 0 || lane >= 16 >> size) return false
      const all = (lane << size) | (size === 3 ? 1 : 0)
      return putAll(to, {
        Rt: list.first,
        opc: Math.min(size, 2),
        Q: all >> 3,
        S: (all >> 2) & 1,
        size: all & 3,
      })
    },
  }
}

/** Post-index: a register, or the number of bytes transferred, which is Rm = 31. */
function postIndex(bytes: (get: (name: string) => number) => number): Operand {
  return {
    regex: `x\\d+|${NUMBER}`,
    late: true,
    print: (f) => (f['Rm'] === 31 ? `#${bytes((name) => f[name]!)}` : `x${f['Rm']}`),
    parse: (text, to) => {
      if (text.startsWith('x')) {
        const register = parseGeneral(text, false)
        return register !== undefined && register.number !== 31 && to.put('Rm', register.number)
      }
      return Number(integer(text)) === bytes((name) => to.get(name) ?? 0) && to.put('Rm', 31)
    },
  }
}

/** The memory operand a template names, or undefined if the name is another kind's. */
export function memoryOperand(name: string, arg: string): Operand | undefined {
  const count = Number(arg)
  switch (name) {
    case 'off0':
      return noOffset
    case 'off12':
      return scaled('imm12', 12, false, arg, false)
    case 'off9':
      return scaled('imm9', 9, true, '0', false)
    case 'simm9':
      return scaled('imm9', 9, true, '0', true)
    case 'off7':
      return scaled('imm7', 7, true, arg, false)
    case 'simm7':
      return scaled('imm7', 7, true, arg, true)
    case 'off10':
      return authenticated
    case 'index':
      return index(arg)
    case 'list.T':
      return vectorList('T', count)
    case 'lanes':
      return laneList(count)
    case 'tablelist':
      return table
    case 'postmult':
      return postIndex((get) => count * (get('Q') ? 16 : 8))
    case 'postlane':
      return postIndex((get) => {
        const size = get('opc') === 2 ? 2 + (get('size') & 1) : get('opc')
        return count << size
      })
    case 'postrep':
      return postIndex((get) => count << get('size'))
    default:
      return undefined
  }
}

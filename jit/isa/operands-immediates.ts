/**
 * Operands that are immediates, shift amounts, extensions and branch targets.
 *
 * Names are those of the fields where the operand is the plain field; others are listed in NAMED below.
 */

import { compileExpression, type Fields, parseExpression } from './expression.ts'
import {
  decodeBitmask,
  decodeByteMask,
  decodeFloat,
  encodeBitmask,
  encodeByteMask,
  encodeFloat,
} from './immediates.ts'
import {
  type Assignment,
  hex,
  integer,
  NUMBER,
  type Operand,
  plainNumber,
  putAll,
  signed,
  unsigned,
} from './operand.ts'
import { generalName, parseGeneral } from './operands-registers.ts'

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror']
const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx']

const LABEL = '[\\w.$+-]+'

/** A number or a label, as an address. */
function address(text: string, to: Assignment): bigint | undefined {
  return new RegExp(`^${NUMBER}$`).test(text) ? integer(text) : to.symbol(text)
}

/** An address relative to pc & ~(2 ** align - 1), in units of 2 ** align (2 for branches). */
function target(
  read: (f: Fields) => number,
  write: (units: number, to: Assignment) => boolean,
  bits: number,
  unit: number,
  mask = 0n,
): Operand {
  return {
    regex: LABEL,
    print: (f, pc) => {
      const offset = BigInt(signed(read(f), bits)) << BigInt(unit)
      return hex(BigInt.asUintN(64, (pc & ~mask) + offset))
    },
    parse: (text, to) => {
      const wanted = address(text, to)
      if (wanted === undefined) return false
      const offset = BigInt.asIntN(64, (wanted & ~mask) - (to.pc & ~mask))
      const units = unsigned(offset >> BigInt(unit), bits)
      return units !== undefined && offset % (1n << BigInt(unit)) === 0n && write(units, to)
    },
  }
}

const branchTarget = (field: string, bits: number): Operand =>
  target(
    (f) => f[field]!,
    (units, to) => to.put(field, units),
    bits,
    2,
  )

const pageTarget = (unit: number): Operand =>
  target(
    (f) => (f['immhi']! << 2) | f['immlo']!,
    (units, to) => putAll(to, { immhi: units >> 2, immlo: units & 3 }),
    21,
    unit,
    (1n << BigInt(unit)) - 1n,
  )

/** ADD's immediate with its optional shift by 12. */
const shifted12: Operand = {
  regex: `${NUMBER}(?:,lsl (?:0x)?\\w+)?`,
  print: (f) => `#${hex(f['imm12']!)}${f['sh'] ? ', lsl #12' : ''}`,
  parse: (text, to) => {
    const [number, shift] = text.split(',lsl ')
    const value = integer(number!)
    if (shift !== undefined) {
      if (shift !== '0' && shift !== '12') return false
      return (
        value >= 0n &&
        value < 4096n &&
        putAll(to, { imm12: Number(value), sh: shift === '12' ? 1 : 0 })
      )
    }
    if (value >= 0n && value < 4096n) return putAll(to, { imm12: Number(value), sh: 0 })
    if (value % 4096n !== 0n || value < 0n || value >= 1n << 24n) return false
    return putAll(to, { imm12: Number(value >> 12n), sh: 1 })
  },
}

const widthOf = (sf: number | undefined): 32 | 64 => (sf ? 64 : 32)

const bitmask: Operand = {
  regex: NUMBER,
  late: true,
  print: (f) => {
    const code = { N: f['N']!, immr: f['immr']!, imms: f['imms']! }
    return `#${hex(decodeBitmask(code, widthOf(f['sf']))!)}`
  },
  parse: (text, to) => {
    const code = encodeBitmask(integer(text), widthOf(to.get('sf')))
    return code !== undefined && putAll(to, { ...code })
  },
}

const wideImmediate: Operand = {
  regex: `${NUMBER}(?:,lsl \\d+)?`,
  print: (f) => `#${hex(f['imm16']!)}${f['hw'] ? `, lsl #${f['hw']! * 16}` : ''}`,
  parse: (text, to) => {
    const [number, shift = '0'] = text.split(',lsl ')
    const value = integer(number!)
    if (Number(shift) % 16 !== 0 || Number(shift) > 48) return false
    return (
      value >= 0n && value < 65536n && putAll(to, { imm16: Number(value), hw: Number(shift) / 16 })
    )
  },
}

/** MOV by MOVZ, or by MOVN of the inverted value: exactly one halfword is not zero. */
function moved(inverted: boolean): Operand {
  return {
    regex: NUMBER,
    late: true,
    print: (f) => {
      const value = BigInt(f['imm16']!) << BigInt(16 * f['hw']!)
      return `#${hex(inverted ? BigInt.asUintN(widthOf(f['sf']), ~value) : value)}`
    },
    parse: (text, to) => {
      const width = widthOf(to.get('sf'))
      const value = integer(text)
      const bits = BigInt.asUintN(width, value)
      if (bits !== value && BigInt.asIntN(width, value) !== value) return false
      const wanted = inverted ? BigInt.asUintN(width, ~bits) : bits
      for (let hw = 0; hw < width / 16; hw++) {
        const shift = BigInt(16 * hw)
        if ((wanted >> shift) << shift === wanted && wanted >> shift < 65536n) {
          return putAll(to, { hw, imm16: Number(wanted >> shift) })
        }
      }
      return false
    },
  }
}

/** An integer computed from fields; `encode` gives the fields back, or undefined if it does not fit. */
function computed(
  decode: (f: Fields) => number,
  encode: (value: number, to: Assignment) => Record<string, number> | undefined,
): Operand {
  return {
    regex: NUMBER,
    late: true,
    print: (f) => String(decode(f)),
    parse: (text, to) => {
      const values = encode(Number(integer(text)), to)
      return values !== undefined && putAll(to, values)
    },
  }
}

const within = (value: number, low: number, high: number): boolean => value >= low && value <= high

/** Shift amounts of vectors share immh:immb with the element size, which an earlier operand has given as $e. */
function elementShift(decode: (bits: number, code: number) => number): Operand {
  return computed(
    (f) => {
      const bits = 8 << (31 - Math.clz32(f['immh']!))
      return decode(bits, (f['immh']! << 3) | f['immb']!)
    },
    (value, to) => {
      const size = to.get('$e')
      if (size === undefined) return undefined
      const bits = 8 << size
      for (let code = bits; code < 2 * bits; code++) {
        if (decode(bits, code) === value) return { immh: code >> 3, immb: code & 7 }
      }
      return undefined
    },
  )
}

const shiftedRegister: Operand = {
  regex: `(?:,(?:lsl|lsr|asr|ror) ${NUMBER})?`,
  print: (f) =>
    f['shift'] === 0 && f['imm6'] === 0 ? '' : `, ${SHIFTS[f['shift']!]} #${f['imm6']}`,
  parse: (text, to) => {
    if (text === '') return putAll(to, { shift: 0, imm6: 0 })
    const [kind, amount] = text.slice(1).split(' ')
    const value = Number(amount)
    return within(value, 0, 63) && putAll(to, { shift: SHIFTS.indexOf(kind!), imm6: value })
  },
}

/** ADD's extended register: LSL stands for UXTX (UXTW) where the stack pointer is involved. */
function extendedRegister(arg: string): Operand {
  const usesStack = compileExpression(parseExpression(arg))
  const natural = (sf: number | undefined): number => (sf ? 3 : 2)
  return {
    regex: `[xw]\\w+(?:,(?:lsl|[us]xt[bhwx])(?: ${NUMBER})?)?`,
    late: true,
    print: (f) => {
      const { option, imm3, sf } = f as { option: number; imm3: number; sf: number }
      const register = generalName(f['Rm']!, sf === 1 && (option & 3) === 3, false)
      if (option === natural(sf) && usesStack(f)) {
        return imm3 === 0 ? register : `${register}, lsl #${imm3}`
      }
      return `${register}, ${EXTENDS[option]}${imm3 === 0 ? '' : ` #${imm3}`}`
    },
    parse: (text, to) => {
      const [name, extend] = text.split(',')
      const register = parseGeneral(name!, false)
      const sf = to.get('sf')
      if (!register) return false
      const [kind = 'lsl', amount = '0'] = extend?.split(' ') ?? []
      const option = kind === 'lsl' ? natural(sf) : EXTENDS.indexOf(kind)
      if (register.is64 !== (sf === 1 && (option & 3) === 3)) return false
      if (kind === 'lsl') {
        const stack = { Rn: to.get('Rn') ?? 0, Rd: to.get('Rd') ?? 0 }
        if (!usesStack(stack)) return false
      }
      return (
        within(Number(amount), 0, 4) &&
        putAll(to, { Rm: register.number, option, imm3: Number(amount) })
      )
    },
  }
}

/** A shift of a vector immediate; units of 8, none printed for 0. */
const shiftedImmediate: Operand = {
  regex: '(?:,lsl \\d+)?',
  print: (f) => (f['shift'] === 0 ? '' : `, lsl #${f['shift']! * 8}`),
  parse: (text, to) => {
    const amount = Number(text.split(' ')[1] ?? 0)
    return amount % 8 === 0 && within(amount, 0, 24) && to.put('shift', amount / 8)
  },
}

const shiftedOnes: Operand = {
  regex: ',msl (?:8|16)',
  print: (f) => `, msl #${f['shift'] ? 16 : 8}`,
  parse: (text, to) => to.put('shift', text.endsWith('16') ? 1 : 0),
}

const putImm8 = (imm8: number | undefined, to: Assignment): boolean =>
  imm8 !== undefined && putAll(to, { abc: imm8 >> 5, defgh: imm8 & 31 })

const imm8Of = (f: Fields): number => (f['abc']! << 5) | f['defgh']!

const imm8: Operand = {
  regex: NUMBER,
  print: (f) => hex(imm8Of(f)),
  parse: (text, to) => {
    const value = Number(integer(text))
    return within(value, 0, 255) && putImm8(value, to)
  },
}

const imm64: Operand = {
  regex: NUMBER,
  print: (f) => hex(decodeByteMask(imm8Of(f))),
  parse: (text, to) => putImm8(encodeByteMask(integer(text)), to),
}

const FLOAT = '-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?'

/** As C's %.18e prints it. */
function printFloat(value: number): string {
  return value.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2')
}

const floatImm8: Operand = {
  regex: FLOAT,
  print: (f) => printFloat(decodeFloat(f['imm8']!)),
  parse: (text, to) => {
    const code = encodeFloat(Number(text))
    return code !== undefined && to.put('imm8', code)
  },
}

const floatAbc: Operand = {
  regex: FLOAT,
  print: (f) => printFloat(decodeFloat(imm8Of(f))),
  parse: (text, to) => putImm8(encodeFloat(Number(text)), to),
}

const rotation = (step: number, base: number): Operand =>
  computed(
    (f) => f['rot']! * step + base,
    (value) =>
      value >= base && (value - base) % step === 0 && value <= 270
        ? { rot: (value - base) / step }
        : undefined,
  )

const modulo = (value: number, to: Assignment): number => value & (widthOf(to.get('sf')) - 1)
const topBit = (f: Fields): number => widthOf(f['sf']) - 1

const NAMED: Record<string, Operand> = {
  imm12sh: shifted12,
  bitmask,
  imm16hw: wideImmediate,
  movz: moved(false),
  movn: moved(true),
  imm16: plainNumber('imm16', 16, 16),
  udf: plainNumber('imm16', 16),
  immr: plainNumber('immr', 6),
  imms: plainNumber('imms', 6),
  imm6: plainNumber('imm6', 6),
  imm4: plainNumber('imm4', 4),
  imm2: plainNumber('imm2', 2),
  mask: plainNumber('mask', 4),
  imm5: plainNumber('imm5', 5, 16),
  nzcv: plainNumber('nzcv', 4, 16),
  CRm: plainNumber('CRm', 4, 16),
  adr: pageTarget(0),
  adrp: pageTarget(12),
  label14: branchTarget('imm14', 14),
  label19: branchTarget('imm19', 19),
  label26: branchTarget('imm26', 26),
  bit: computed(
    (f) => (f['b5']! << 5) | f['b40']!,
    (value) => (within(value, 0, 63) ? { b5: value >> 5, b40: value & 31 } : undefined),
  ),
  /** SBFIZ, BFI, UBFIZ: position and width of the destination. */
  bfizlsb: computed(
    (f) => -f['immr']! & topBit(f),
    (value, to) => (modulo(value, to) === value ? { immr: modulo(-value, to) } : undefined),
  ),
  bfizwidth: computed(
    (f) => f['imms']! + 1,
    (value, to) => (modulo(value - 1, to) === value - 1 ? { imms: value - 1 } : undefined),
  ),
  /** SBFX, BFXIL, UBFX: width of the source, from immr on. */
  bfxwidth: computed(
    (f) => f['imms']! - f['immr']! + 1,
    (value, to) => {
      const imms = value + (to.get('immr') ?? 0) - 1
      return value > 0 && modulo(imms, to) === imms ? { imms } : undefined
    },
  ),
  lslshift: computed(
    (f) => topBit(f) - f['imms']!,
    (value, to) =>
      modulo(value, to) === value
        ? { immr: modulo(-value, to), imms: widthOf(to.get('sf')) - 1 - value }
        : undefined,
  ),
  fbits: computed(
    (f) => 64 - f['scale']!,
    (value) => (within(value, 1, 64) ? { scale: 64 - value } : undefined),
  ),
  rshift: elementShift((bits, code) => 2 * bits - code),
  lshift: elementShift((bits, code) => code - bits),
  /** SXTL's shift by nothing, which is not written. */
  noshift: {
    regex: '',
    late: true,
    print: () => '',
    parse: (_, to) => putAll(to, { immh: 1 << (to.get('$e') ?? 0), immb: 0 }),
  },
  sizebits: computed(
    (f) => 8 << f['size']!,
    (value, to) => (value === 8 << (to.get('size') ?? 0) ? {} : undefined),
  ),
  shift: shiftedRegister,
  lslimm: shiftedImmediate,
  msl: shiftedOnes,
  imm8,
  imm64,
  fpimm8: floatImm8,
  fpabc: floatAbc,
  rot90: rotation(90, 0),
  rot180: rotation(180, 90),
}

/** The immediate operand a template names, or undefined if the name is another kind's. */
export function immediateOperand(name: string, arg: string): Operand | undefined {
  if (name === 'Rmext') return extendedRegister(arg)
  return NAMED[name]
}

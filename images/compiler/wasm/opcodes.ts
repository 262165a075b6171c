/**
 * The instructions that take their operands from the stack only, as data: names in the order of their opcodes, from which
 * signatures follow (core specification 2.0, sections 5.4.6 to 5.4.8). Loads and stores with their access sizes, too.
 */

import type { ValueType } from './module.ts'

/** What an instruction takes and gives. `lanes` is the number of lanes its immediate selects from, 0 without one. */
export interface Operation {
  readonly name: string
  readonly params: readonly ValueType[]
  readonly result: ValueType
  readonly lanes: number
}

/** A load or store: `bytes` in memory, `type` on the stack. */
export interface Access {
  readonly name: string
  readonly store: boolean
  readonly type: ValueType
  readonly bytes: 1 | 2 | 4 | 8 | 16
  /** Lanes the immediate selects from, for lane accesses; else 0. */
  readonly lanes: number
}

const words = (text: string): string[] => text.trim().split(/\s+/)

const COMPARES = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
const FLOAT_COMPARES = 'eq ne lt gt le ge'
const INTEGER =
  'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'
const FLOAT = 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'

const of = (type: string, names: string): string[] => words(names).map((name) => `${type}.${name}`)

/** From opcode 0x45 on. */
const NUMERIC = [
  'i32.eqz',
  ...of('i32', COMPARES),
  'i64.eqz',
  ...of('i64', COMPARES),
  ...of('f32', FLOAT_COMPARES),
  ...of('f64', FLOAT_COMPARES),
  ...of('i32', INTEGER),
  ...of('i64', INTEGER),
  ...of('f32', FLOAT),
  ...of('f64', FLOAT),
  ...words(`i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
    i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
    f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
    f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
    i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
    i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`),
]

/** From opcode 0xfc 0 on. */
const SATURATING =
  words(`i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
  i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`)

/** Names that take one operand of their own type. */
const UNARY = /\.(clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt|extend\d+_s|not)$/
const COMPARE = /\.(eq|ne|[lg][te](_[su])?)$/

function scalar(name: string): Operation {
  const type = name.slice(0, 3) as ValueType
  const from = /_(i32|i64|f32|f64)(_[su])?$/.exec(name)?.[1] as ValueType | undefined
  if (from) return { name, params: [from], result: type, lanes: 0 }
  if (name.endsWith('.eqz')) return { name, params: [type], result: 'i32', lanes: 0 }
  if (UNARY.test(name)) return { name, params: [type], result: type, lanes: 0 }
  return { name, params: [type, type], result: COMPARE.test(name) ? 'i32' : type, lanes: 0 }
}

const LANES: Record<string, [ValueType, number]> = {
  i8x16: ['i32', 16],
  i16x8: ['i32', 8],
  i32x4: ['i32', 4],
  i64x2: ['i64', 2],
  f32x4: ['f32', 4],
  f64x2: ['f64', 2],
}

const V = 'v128'

function vector(name: string): Operation {
  const [shape = '', operation = ''] = name.split('.')
  const [lane, lanes] = LANES[shape] ?? ['i32', 0]
  if (operation === 'splat') return { name, params: [lane], result: V, lanes: 0 }
  if (operation.startsWith('extract_lane')) return { name, params: [V], result: lane, lanes }
  if (operation === 'replace_lane') return { name, params: [V, lane], result: V, lanes }
  if (/^(all_true|any_true|bitmask)$/.test(operation)) {
    return { name, params: [V], result: 'i32', lanes: 0 }
  }
  if (/^sh[lr]/.test(operation)) return { name, params: [V, 'i32'], result: V, lanes: 0 }
  if (operation === 'bitselect') return { name, params: [V, V, V], result: V, lanes: 0 }
  const unary =
    UNARY.test(name) || /^(extend_|extadd|trunc_sat|convert|demote|promote)/.test(operation)
  return { name, params: unary ? [V] : [V, V], result: V, lanes: 0 }
}

/** Opcode after 0xfd to name; gaps are written as `-`. */
const VECTOR_FROM_14 =
  words(`i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat
  i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane i16x8.extract_lane_s i16x8.extract_lane_u
  i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane
  f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane
  i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
  i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
  i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
  f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
  v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
  - - - - - - - - - - f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
  i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u
  f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s i8x16.shr_u i8x16.add i8x16.add_sat_s
  i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u f64x2.ceil f64x2.floor i8x16.min_s i8x16.min_u
  i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u
  i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s
  i32x4.extadd_pairwise_i16x8_u i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask
  i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s
  i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s
  i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u f64x2.nearest i16x8.mul i16x8.min_s i16x8.min_u
  i16x8.max_s i16x8.max_u - i16x8.avgr_u i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s
  i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u i32x4.abs i32x4.neg - i32x4.all_true i32x4.bitmask - -
  i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u i32x4.shl
  i32x4.shr_s i32x4.shr_u i32x4.add - - i32x4.sub - - - i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u
  i32x4.dot_i16x8_s - i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u
  i32x4.extmul_high_i16x8_u i64x2.abs i64x2.neg - i64x2.all_true i64x2.bitmask - - i64x2.extend_low_i32x4_s
  i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u i64x2.shl i64x2.shr_s i64x2.shr_u
  i64x2.add - - i64x2.sub - - - i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
  i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
  f32x4.abs f32x4.neg - f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax
  f64x2.abs f64x2.neg - f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax
  i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u
  i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u`)

/** Operations by opcode; those behind a prefix have it in the bits above the lowest 16. */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  ...NUMERIC.map((name, i): [number, Operation] => [0x45 + i, scalar(name)]),
  ...SATURATING.map((name, i): [number, Operation] => [0xfc0000 + i, scalar(name)]),
  ...VECTOR_FROM_14.map((name, i): [number, Operation] => [0xfd000e + i, vector(name)]).filter(
    ([, { name }]) => name !== '-',
  ),
])

function access(name: string, bytes: number, lanes = 0): Access {
  const type = name.slice(0, name.indexOf('.')) as ValueType
  return { name, store: name.includes('store'), type, bytes: bytes as Access['bytes'], lanes }
}

const SIZES: Record<ValueType, number> = {
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
  v128: 16,
  funcref: 8,
  externref: 8,
}

/** From opcode 0x28 on. */
const SCALAR_ACCESSES =
  words(`i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
  i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store
  i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`)

const VECTOR_ACCESSES: readonly [number, Access][] = [
  [0, access('v128.load', 16)],
  ...words('8x8_s 8x8_u 16x4_s 16x4_u 32x2_s 32x2_u').map((shape, i): [number, Access] => [
    1 + i,
    access(`v128.load${shape}`, 8),
  ]),
  ...[8, 16, 32, 64].map((bits, i): [number, Access] => [
    7 + i,
    access(`v128.load${bits}_splat`, bits / 8),
  ]),
  [11, access('v128.store', 16)],
  ...[8, 16, 32, 64].flatMap((bits, i): [number, Access][] => [
    [0x54 + i, access(`v128.load${bits}_lane`, bits / 8, 128 / bits)],
    [0x58 + i, access(`v128.store${bits}_lane`, bits / 8, 128 / bits)],
  ]),
  [0x5c, access('v128.load32_zero', 4)],
  [0x5d, access('v128.load64_zero', 8)],
]

/** Loads and stores by opcode. */
export const ACCESSES: ReadonlyMap<number, Access> = new Map([
  ...SCALAR_ACCESSES.map((name, i): [number, Access] => {
    const bits = /(?:load|store)(\d+)/.exec(name)?.[1]
    return [0x28 + i, access(name, bits ? Number(bits) / 8 : SIZES[name.slice(0, 3) as ValueType])]
  }),
  ...VECTOR_ACCESSES.map(([code, item]): [number, Access] => [0xfd0000 + code, item]),
])

/**
 * WebAssembly's binary format, as far as the translator writes it: opcodes, LEB128, and modules of functions that share one
 * memory and one table. WebAssembly core specification 2.0, chapter 5.
 */

export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128

/** Type of a block without a result. */
export const EMPTY = 0x40

/** Opcodes of one byte, by the specification's names with `.` written as `_`. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  i32_load: 0x28,
  i64_load: 0x29,
  f32_load: 0x2a,
  f64_load: 0x2b,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_s: 0x2e,
  i32_load16_u: 0x2f,
  i64_load8_s: 0x30,
  i64_load8_u: 0x31,
  i64_load16_s: 0x32,
  i64_load16_u: 0x33,
  i64_load32_s: 0x34,
  i64_load32_u: 0x35,
  i32_store: 0x36,
  i64_store: 0x37,
  f32_store: 0x38,
  f64_store: 0x39,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
  i64_store8: 0x3c,
  i64_store16: 0x3d,
  i64_store32: 0x3e,
  i32_const: 0x41,
  i64_const: 0x42,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_s: 0x57,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  f32_eq: 0x5b,
  f32_ne: 0x5c,
  f32_lt: 0x5d,
  f32_gt: 0x5e,
  f32_le: 0x5f,
  f32_ge: 0x60,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  f64_le: 0x65,
  f64_ge: 0x66,
  i32_clz: 0x67,
  i32_ctz: 0x68,
  i32_popcnt: 0x69,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_rotl: 0x77,
  i32_rotr: 0x78,
  i64_clz: 0x79,
  i64_ctz: 0x7a,
  i64_popcnt: 0x7b,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i64_and: 0x83,
  i64_or: 0x84,
  i64_xor: 0x85,
  i64_shl: 0x86,
  i64_shr_s: 0x87,
  i64_shr_u: 0x88,
  i64_rotl: 0x89,
  i64_rotr: 0x8a,
  f32_abs: 0x8b,
  f32_neg: 0x8c,
  f32_ceil: 0x8d,
  f32_floor: 0x8e,
  f32_trunc: 0x8f,
  f32_nearest: 0x90,
  f32_sqrt: 0x91,
  f32_add: 0x92,
  f32_sub: 0x93,
  f32_mul: 0x94,
  f32_div: 0x95,
  f32_min: 0x96,
  f32_max: 0x97,
  f64_abs: 0x99,
  f64_neg: 0x9a,
  f64_ceil: 0x9b,
  f64_floor: 0x9c,
  f64_trunc: 0x9d,
  f64_nearest: 0x9e,
  f64_sqrt: 0x9f,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  f64_min: 0xa4,
  f64_max: 0xa5,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  f32_convert_i32_s: 0xb2,
  f32_convert_i32_u: 0xb3,
  f32_convert_i64_s: 0xb4,
  f32_convert_i64_u: 0xb5,
  f32_demote_f64: 0xb6,
  f64_convert_i32_s: 0xb7,
  f64_convert_i32_u: 0xb8,
  f64_convert_i64_s: 0xb9,
  f64_convert_i64_u: 0xba,
  f64_promote_f32: 0xbb,
  i32_reinterpret_f32: 0xbc,
  i64_reinterpret_f64: 0xbd,
  f32_reinterpret_i32: 0xbe,
  f64_reinterpret_i64: 0xbf,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  i64_extend8_s: 0xc2,
  i64_extend16_s: 0xc3,
  i64_extend32_s: 0xc4,
} as const
export type Opcode = keyof typeof OP

/** Prefix of vector instructions; their opcodes are in simd-opcodes.ts. */
export const SIMD_PREFIX = 0xfd
/** Prefix of saturating conversions, bulk memory and wide arithmetic. */
export const MISC_PREFIX = 0xfc

/** Appends `value` (an unsigned integer below 2^32) as LEB128. */
export function unsigned(out: number[], value: number): void {
  let rest = value >>> 0
  while (rest > 0x7f) {
    out.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  out.push(rest)
}

/** Appends a signed 32-bit value as LEB128. */
export function signed(out: number[], value: number): void {
  let rest = value | 0
  while (rest < -64 || rest > 63) {
    out.push((rest & 0x7f) | 0x80)
    rest >>= 7
  }
  out.push(rest & 0x7f)
}

/** Appends a signed 64-bit value as LEB128. */
export function signed64(out: number[], value: bigint): void {
  let rest = BigInt.asIntN(64, value)
  while (rest < -64n || rest > 63n) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest & 0x7fn))
}

export interface Signature {
  params: readonly ValueType[]
  results: readonly ValueType[]
}

export interface ImportedFunction {
  name: string
  signature: Signature
}

export interface FunctionBody {
  /** Types of the locals after the parameters. */
  locals: readonly ValueType[]
  /** Instructions with their final `end`. */
  code: readonly number[]
}

function section(out: number[], id: number, content: readonly number[]): void {
  out.push(id)
  unsigned(out, content.length)
  for (const byte of content) out.push(byte)
}

function text(out: number[], value: string): void {
  unsigned(out, value.length)
  for (let i = 0; i < value.length; i++) out.push(value.charCodeAt(i))
}

/** Runs of equal types, as function bodies state their locals. */
function localRuns(out: number[], locals: readonly ValueType[]): void {
  const runs: [number, ValueType][] = []
  for (const type of locals) {
    const last = runs[runs.length - 1]
    if (last && last[1] === type) last[0]++
    else runs.push([1, type])
  }
  unsigned(out, runs.length)
  for (const [count, type] of runs) {
    unsigned(out, count)
    out.push(type)
  }
}

/**
 * A module whose functions all have `signature`, are exported as "0", "1", ... and import `core.memory`, `core.table` and
 * the functions of `imports`, which come first in the index space. Profilers show them under `names`, if there are any.
 */
export function encodeModule(
  imports: readonly ImportedFunction[],
  signature: Signature,
  bodies: readonly FunctionBody[],
  names: readonly string[] = [],
): Uint8Array<ArrayBuffer> {
  const out: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const types: number[] = []
  unsigned(types, imports.length + 1)
  for (const { params, results } of [signature, ...imports.map((i) => i.signature)]) {
    types.push(0x60)
    unsigned(types, params.length)
    types.push(...params)
    unsigned(types, results.length)
    types.push(...results)
  }
  section(out, 1, types)
  const entries: number[] = []
  unsigned(entries, imports.length + 2)
  text(entries, 'core')
  text(entries, 'memory')
  entries.push(0x02, 0x00, 0x01)
  text(entries, 'core')
  text(entries, 'table')
  entries.push(0x01, 0x70, 0x00, 0x01)
  imports.forEach(({ name }, i) => {
    text(entries, 'core')
    text(entries, name)
    entries.push(0x00)
    unsigned(entries, i + 1)
  })
  section(out, 2, entries)
  const functions: number[] = []
  unsigned(functions, bodies.length)
  for (let i = 0; i < bodies.length; i++) functions.push(0)
  section(out, 3, functions)
  const exports: number[] = []
  unsigned(exports, bodies.length)
  bodies.forEach((_, i) => {
    text(exports, String(i))
    exports.push(0x00)
    unsigned(exports, imports.length + i)
  })
  section(out, 7, exports)
  const code: number[] = []
  unsigned(code, bodies.length)
  for (const { locals, code: body } of bodies) {
    const one: number[] = []
    localRuns(one, locals)
    unsigned(code, one.length + body.length)
    for (const byte of one) code.push(byte)
    for (const byte of body) code.push(byte)
  }
  section(out, 10, code)
  if (names.length > 0) section(out, 0, nameSection(imports.length, names))
  return new Uint8Array(out)
}

/** Content of the custom section `name` with the names of functions from index `first` on (WebAssembly Core, appendix). */
function nameSection(first: number, names: readonly string[]): number[] {
  const functions: number[] = []
  unsigned(functions, names.length)
  names.forEach((name, i) => {
    unsigned(functions, first + i)
    text(functions, name)
  })
  const content: number[] = []
  text(content, 'name')
  section(content, 1, functions)
  return content
}

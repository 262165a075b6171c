/**
 * Operations on vectors as assembly: one line or several an operation, of the core specification's SIMD instructions.
 *
 * $d is the number of the result, $a, $b and $c those of the operands, V30, V31, X16 and X17 are free. Numbers are of
 * vectors where the operand is one, else of general registers.
 */

const SHAPES: Record<string, { readonly t: string; readonly bits: number }> = {
  i8x16: { t: '16b', bits: 8 },
  i16x8: { t: '8h', bits: 16 },
  i32x4: { t: '4s', bits: 32 },
  i64x2: { t: '2d', bits: 64 },
  f32x4: { t: '4s', bits: 32 },
  f64x2: { t: '2d', bits: 64 },
}

const INTEGER_PAIRS: Record<string, string> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  add_sat_s: 'sqadd',
  add_sat_u: 'uqadd',
  sub_sat_s: 'sqsub',
  sub_sat_u: 'uqsub',
  avgr_u: 'urhadd',
  min_s: 'smin',
  min_u: 'umin',
  max_s: 'smax',
  max_u: 'umax',
  q15mulr_sat_s: 'sqrdmulh',
  eq: 'cmeq',
  gt_s: 'cmgt',
  gt_u: 'cmhi',
  ge_s: 'cmge',
  ge_u: 'cmhs',
}

const FLOAT_PAIRS: Record<string, string> = {
  add: 'fadd',
  sub: 'fsub',
  mul: 'fmul',
  div: 'fdiv',
  min: 'fmin',
  max: 'fmax',
  eq: 'fcmeq',
  gt: 'fcmgt',
  ge: 'fcmge',
}

/** With the operands exchanged. */
const INTEGER_EXCHANGED: Record<string, string> = {
  lt_s: 'cmgt',
  lt_u: 'cmhi',
  le_s: 'cmge',
  le_u: 'cmhs',
}
const FLOAT_EXCHANGED: Record<string, string> = { lt: 'fcmgt', le: 'fcmge' }

const INTEGER_ONES: Record<string, string> = { neg: 'neg', abs: 'abs', popcnt: 'cnt' }
const FLOAT_ONES: Record<string, string> = {
  neg: 'fneg',
  abs: 'fabs',
  sqrt: 'fsqrt',
  ceil: 'frintp',
  floor: 'frintm',
  trunc: 'frintz',
  nearest: 'frintn',
}

const WHOLE: Record<string, string> = {
  'v128.not': 'mvn v$d.16b, v$a.16b',
  'v128.and': 'and v$d.16b, v$a.16b, v$b.16b',
  'v128.andnot': 'bic v$d.16b, v$a.16b, v$b.16b',
  'v128.or': 'orr v$d.16b, v$a.16b, v$b.16b',
  'v128.xor': 'eor v$d.16b, v$a.16b, v$b.16b',
  'v128.bitselect': `orr v31.16b, v$c.16b, v$c.16b
    bsl v31.16b, v$a.16b, v$b.16b
    orr v$d.16b, v31.16b, v31.16b`,
  'v128.any_true': `umaxp v31.4s, v$a.4s, v$a.4s
    fmov x16, d31
    cmp x16, #0
    cset w$d, ne`,
  'i8x16.swizzle': 'tbl v$d.16b, {v$a.16b}, v$b.16b',
  'i32x4.dot_i16x8_s': `smull v31.4s, v$a.4h, v$b.4h
    smull2 v30.4s, v$a.8h, v$b.8h
    addp v$d.4s, v31.4s, v30.4s`,
  'i64x2.mul': `mov x16, v$a.d[0]
    mov x17, v$b.d[0]
    mul x16, x16, x17
    fmov d31, x16
    mov x16, v$a.d[1]
    mov x17, v$b.d[1]
    mul x16, x16, x17
    mov v31.d[1], x16
    orr v$d.16b, v31.16b, v31.16b`,
  'f32x4.convert_i32x4_s': 'scvtf v$d.4s, v$a.4s',
  'f32x4.convert_i32x4_u': 'ucvtf v$d.4s, v$a.4s',
  'i32x4.trunc_sat_f32x4_s': 'fcvtzs v$d.4s, v$a.4s',
  'i32x4.trunc_sat_f32x4_u': 'fcvtzu v$d.4s, v$a.4s',
  'i32x4.trunc_sat_f64x2_s_zero': `fcvtzs v31.2d, v$a.2d
    sqxtn v$d.2s, v31.2d`,
  'i32x4.trunc_sat_f64x2_u_zero': `fcvtzu v31.2d, v$a.2d
    uqxtn v$d.2s, v31.2d`,
  'f64x2.convert_low_i32x4_s': `sshll v31.2d, v$a.2s, #0
    scvtf v$d.2d, v31.2d`,
  'f64x2.convert_low_i32x4_u': `ushll v31.2d, v$a.2s, #0
    ucvtf v$d.2d, v31.2d`,
  'f32x4.demote_f64x2_zero': 'fcvtn v$d.2s, v$a.2d',
  'f64x2.promote_low_f32x4': 'fcvtl v$d.2d, v$a.2s',
  // Each lane's sign becomes a bit of its place; the bits are added up.
  'i8x16.bitmask': `sshr v31.16b, v$a.16b, #7
    mov x16, #0x0201
    movk x16, #0x0804, lsl #16
    movk x16, #0x2010, lsl #32
    movk x16, #0x8040, lsl #48
    dup v30.2d, x16
    and v31.16b, v31.16b, v30.16b
    ext v30.16b, v31.16b, v31.16b, #8
    zip1 v31.16b, v31.16b, v30.16b
    addv h31, v31.8h
    umov w$d, v31.h[0]`,
  'i16x8.bitmask': `sshr v31.8h, v$a.8h, #15
    mov x16, #0x0001
    movk x16, #0x0002, lsl #16
    movk x16, #0x0004, lsl #32
    movk x16, #0x0008, lsl #48
    lsl x17, x16, #4
    fmov d30, x16
    mov v30.d[1], x17
    and v31.16b, v31.16b, v30.16b
    addv h31, v31.8h
    umov w$d, v31.h[0]`,
  'i32x4.bitmask': `sshr v31.4s, v$a.4s, #31
    mov x16, #0x0001
    movk x16, #0x0002, lsl #32
    lsl x17, x16, #2
    fmov d30, x16
    mov v30.d[1], x17
    and v31.16b, v31.16b, v30.16b
    addv s31, v31.4s
    fmov w$d, s31`,
  'i64x2.bitmask': `mov x16, v$a.d[0]
    mov x17, v$a.d[1]
    lsr x16, x16, #63
    lsr x17, x17, #63
    add w$d, w16, w17, lsl #1`,
}

/** Lanes of half the width: the arrangement of the low half, and of all. */
const HALVES: Record<string, readonly [string, string]> = {
  i16x8: ['8b', '16b'],
  i32x4: ['4h', '8h'],
  i64x2: ['2s', '4s'],
}

/** Extensions, products and sums of lanes of half the width. */
function widening(shape: string, t: string, name: string): string | undefined {
  const match = /^(extend|extmul)_(low|high)_.*_([su])$/.exec(name)
  const [low, all] = HALVES[shape] ?? ['', '']
  if (match) {
    const [, what, part, sign] = match
    const [suffix, from] = part === 'low' ? ['', low] : ['2', all]
    if (what === 'extend') return `${sign}shll${suffix} v$d.${t}, v$a.${from}, #0`
    return `${sign}mull${suffix} v$d.${t}, v$a.${from}, v$b.${from}`
  }
  const pairwise = /^extadd_pairwise_.*_([su])$/.exec(name)
  return pairwise ? `${pairwise[1]}addlp v$d.${t}, v$a.${all}` : undefined
}

function narrowing(shape: string, name: string): string | undefined {
  const match = /^narrow_i(16x8|32x4)_([su])$/.exec(name)
  if (!match) return undefined
  const wide = match[1] === '16x8' ? '8h' : '4s'
  const [half, all] = shape === 'i8x16' ? ['8b', '16b'] : ['4h', '8h']
  const instruction = match[2] === 's' ? 'sqxtn' : 'sqxtun'
  return `${instruction} v31.${half}, v$a.${wide}
    ${instruction}2 v31.${all}, v$b.${wide}
    orr v$d.16b, v31.16b, v31.16b`
}

/** Shifts by a register: the amount modulo the lanes' width; to the right by its negative. */
function shift(t: string, bits: number, name: string): string | undefined {
  if (!/^sh(l|r_[su])$/.test(name)) return undefined
  const sign = name === 'shr_u' ? 'u' : 's'
  return `and w16, w$b, #${bits - 1}
    ${name === 'shl' ? '' : 'neg x16, x16'}
    dup v31.${t}, ${bits === 64 ? 'x' : 'w'}16
    ${sign}shl v$d.${t}, v$a.${t}, v31.${t}`
}

/** Choices by the specification's order of comparison, which is not that of `fmin`. */
function pseudo(t: string, name: string): string | undefined {
  if (name !== 'pmin' && name !== 'pmax') return undefined
  const [x, y] = name === 'pmin' ? ['$a', '$b'] : ['$b', '$a']
  return `fcmgt v31.${t}, v${x}.${t}, v${y}.${t}
    bsl v31.16b, v$b.16b, v$a.16b
    orr v$d.16b, v31.16b, v31.16b`
}

/** The assembly of an operation, or undefined if it is not here. */
export function vectorAssembly(op: string): string | undefined {
  const whole = WHOLE[op]
  if (whole) return whole
  const [shape = '', name = ''] = op.split('.')
  const known = SHAPES[shape]
  if (!known) return undefined
  const { t, bits } = known
  const isFloat = shape[0] === 'f'
  const pair = (isFloat ? FLOAT_PAIRS : INTEGER_PAIRS)[name]
  if (pair) return `${pair} v$d.${t}, v$a.${t}, v$b.${t}`
  const exchanged = (isFloat ? FLOAT_EXCHANGED : INTEGER_EXCHANGED)[name]
  if (exchanged) return `${exchanged} v$d.${t}, v$b.${t}, v$a.${t}`
  const one = (isFloat ? FLOAT_ONES : INTEGER_ONES)[name]
  if (one) return `${one} v$d.${t}, v$a.${t}`
  if (name === 'ne') {
    return `${isFloat ? 'fcmeq' : 'cmeq'} v31.${t}, v$a.${t}, v$b.${t}
      mvn v$d.16b, v31.16b`
  }
  if (name === 'all_true') {
    return `cmeq v31.${t}, v$a.${t}, #0
      umaxp v31.4s, v31.4s, v31.4s
      fmov x16, d31
      cmp x16, #0
      cset w$d, eq`
  }
  if (name === 'splat') {
    return isFloat
      ? `dup v$d.${t}, v$a.${t.slice(1)}[0]`
      : `dup v$d.${t}, ${bits === 64 ? 'x' : 'w'}$a`
  }
  return (
    widening(shape, t, name) ??
    narrowing(shape, name) ??
    pseudo(t, name) ??
    (isFloat ? undefined : shift(t, bits, name))
  )
}

/** Lanes: taking one out, and putting one into $d, which holds the other lanes already. */
export function laneAssembly(op: string, lane: number): string | undefined {
  const [shape = '', name = ''] = op.split('.')
  const known = SHAPES[shape]
  const match = /^(extract|replace)_lane(?:_([su]))?$/.exec(name)
  if (!known || !match) return undefined
  const { bits } = known
  const letter = known.t.at(-1)!
  const part = `${letter}[${lane}]`
  const isFloat = shape[0] === 'f'
  const wide = bits === 64 ? 'x' : 'w'
  if (match[1] === 'replace') {
    return isFloat ? `mov v$d.${part}, v$b.${letter}[0]` : `mov v$d.${part}, ${wide}$b`
  }
  if (isFloat) return `dup ${letter}$d, v$a.${part}`
  return match[2] === 's' ? `smov w$d, v$a.${part}` : `umov ${wide}$d, v$a.${part}`
}

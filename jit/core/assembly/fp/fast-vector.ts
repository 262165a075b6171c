/**
 * Single- and double-precision vectors by the host's vector instructions, where every element shows
 * that Arm's result and flags are the same. See fast-arith.ts for the rule; here IXC must be set
 * already if it may be raised.
 */
import { hostRounds, inexactKnown } from './fast-arith'
import { keepsDenormals } from './fast-convert'
import { DOUBLE, SINGLE } from './format'
import {
  OP_ACGE,
  OP_ACGT,
  OP_ADD,
  OP_CMEQ,
  OP_CMGE,
  OP_CMGT,
  OP_DIV,
  OP_MAX,
  OP_MAXNM,
  OP_MIN,
  OP_MINNM,
  OP_MUL,
  OP_SUB,
} from './fp-ops'
import { isFull, vd, vn, writeVector } from './lanes'
import { operand } from './vector'

/** Executes Vd = a `op` b on whole vectors, or changes nothing and returns false. */
export function hostBinary(cpu: usize, w: u32, op: u32, fmt: u32, a: v128, b: v128): bool {
  if (op <= OP_DIV) {
    if (!hostRounds(cpu) || !inexactKnown(cpu)) return false
  } else if (!keepsDenormals(cpu)) {
    return false
  }
  // FMULX, FABD and the steps have no instruction.
  if (op > OP_ACGT || (op > OP_MINNM && op < OP_CMEQ)) return false
  if (op > OP_DIV && hasNaN(a, b, fmt)) return false
  const r = fmt == DOUBLE ? doubles(op, a, b) : singles(op, a, b)
  // A sum may be anything finite; a product or quotient must not be near the denormals, nor zero.
  if (op <= OP_DIV && !areSafe(r, fmt, op > OP_SUB)) return false
  writeVector(vd(cpu, w), w, r)
  return true
}

/**
 * Executes Vd = Vd + a * b, or - a * b, in single precision; or changes nothing and returns false.
 */
export function hostMulAdd(cpu: usize, w: u32, a: v128, b: v128, subtract: bool): bool {
  if (!hostRounds(cpu) || !inexactKnown(cpu)) return false
  if (subtract) a = f32x4.neg(a)
  const d = vd(cpu, w)
  const c = operand(d, isFull(w))
  const low = fusedPair(a, b, c)
  const high = fusedPair(upperPair(a), upperPair(b), upperPair(c))
  const r = i64x2.shuffle(low, high, 0, 2)
  if (!areSafe(r, SINGLE, true)) return false
  writeVector(d, w, r)
  return true
}

function upperPair(a: v128): v128 {
  return i64x2.shuffle(a, a, 1, 1)
}

/** c + a * b of the two lower elements, rounded once, as `fmadd32` does it. */
function fusedPair(a: v128, b: v128, c: v128): v128 {
  const p = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b))
  const z = f64x2.promote_low_f32x4(c)
  const s = f64x2.add(p, z)
  const p2 = f64x2.sub(s, z)
  const error = f64x2.add(f64x2.sub(z, f64x2.sub(s, p2)), f64x2.sub(p, p2))
  const one = i64x2.splat(1)
  const even = i64x2.eq(v128.and(s, one), i64x2.splat(0))
  const inexact = f64x2.ne(error, f64x2.splat(0))
  const towards = v128.or(i64x2.shr_s(v128.xor(error, s), 63), one)
  const odd = i64x2.add(s, v128.and(towards, v128.and(even, inexact)))
  return f32x4.demote_f64x2_zero(odd)
}

function hasNaN(a: v128, b: v128, fmt: u32): bool {
  if (fmt == DOUBLE) return !i64x2.all_true(v128.and(f64x2.eq(a, a), f64x2.eq(b, b)))
  return !i32x4.all_true(v128.and(f32x4.eq(a, a), f32x4.eq(b, b)))
}

/** Whether all elements are finite and, if `normal`, at least twice the smallest normal number. */
function areSafe(r: v128, fmt: u32, normal: bool): bool {
  if (fmt == DOUBLE) {
    const magnitude = f64x2.abs(r)
    const low = i64x2.splat(normal ? 0x001f_ffff_ffff_ffff : -1)
    const high = i64x2.splat(0x7ff0_0000_0000_0000)
    return i64x2.all_true(v128.and(i64x2.gt_s(magnitude, low), i64x2.gt_s(high, magnitude)))
  }
  const magnitude = f32x4.abs(r)
  const low = i32x4.splat(normal ? 0x00ff_ffff : -1)
  const high = i32x4.splat(0x7f80_0000)
  return i32x4.all_true(v128.and(i32x4.gt_s(magnitude, low), i32x4.gt_s(high, magnitude)))
}

function doubles(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case OP_ADD:
      return f64x2.add(a, b)
    case OP_SUB:
      return f64x2.sub(a, b)
    case OP_MUL:
      return f64x2.mul(a, b)
    case OP_DIV:
      return f64x2.div(a, b)
    case OP_MAX:
    case OP_MAXNM:
      return f64x2.max(a, b)
    case OP_MIN:
    case OP_MINNM:
      return f64x2.min(a, b)
    case OP_CMEQ:
      return f64x2.eq(a, b)
    case OP_CMGE:
      return f64x2.ge(a, b)
    case OP_CMGT:
      return f64x2.gt(a, b)
    case OP_ACGE:
      return f64x2.ge(f64x2.abs(a), f64x2.abs(b))
  }
  return f64x2.gt(f64x2.abs(a), f64x2.abs(b))
}

function singles(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case OP_ADD:
      return f32x4.add(a, b)
    case OP_SUB:
      return f32x4.sub(a, b)
    case OP_MUL:
      return f32x4.mul(a, b)
    case OP_DIV:
      return f32x4.div(a, b)
    case OP_MAX:
    case OP_MAXNM:
      return f32x4.max(a, b)
    case OP_MIN:
    case OP_MINNM:
      return f32x4.min(a, b)
    case OP_CMEQ:
      return f32x4.eq(a, b)
    case OP_CMGE:
      return f32x4.ge(a, b)
    case OP_CMGT:
      return f32x4.gt(a, b)
    case OP_ACGE:
      return f32x4.ge(f32x4.abs(a), f32x4.abs(b))
  }
  return f32x4.gt(f32x4.abs(a), f32x4.abs(b))
}

/** Integer elements of 32 bits to single precision; false if the host may not do it. */
export function hostFromInteger(cpu: usize, w: u32, isUnsigned: bool): bool {
  if (!hostRounds(cpu) || !inexactKnown(cpu)) return false
  const a = v128.load(vn(cpu, w))
  const r = isUnsigned ? f32x4.convert_i32x4_u(a) : f32x4.convert_i32x4_s(a)
  writeVector(vd(cpu, w), w, r)
  return true
}

/**
 * Single precision to integers of 32 bits, truncated; false if an element may do more than raise
 * IXC.
 */
export function hostToInteger(cpu: usize, w: u32, isUnsigned: bool): bool {
  if (!keepsDenormals(cpu) || !inexactKnown(cpu)) return false
  const a = operand(vn(cpu, w), isFull(w))
  const low = f32x4.splat(isUnsigned ? -1 : -2147483904)
  const high = f32x4.splat(isUnsigned ? 4294967296 : 2147483648)
  const fits = v128.and(f32x4.gt(a, low), f32x4.lt(a, high))
  if (!i32x4.all_true(fits)) return false
  const r = isUnsigned ? i32x4.trunc_sat_f32x4_u(a) : i32x4.trunc_sat_f32x4_s(a)
  writeVector(vd(cpu, w), w, r)
  return true
}

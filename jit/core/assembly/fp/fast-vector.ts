/**
 * Single- and double-precision vectors by the host's vector instructions, where every element shows that Arm's result and flags
 * are the same. See fast-arith.ts for the rule; here IXC must be set already if it may be raised.
 */
import { hostRounds, inexactKnown } from './fast-arith'
import { keepsDenormals } from './fast-convert'
import { DOUBLE } from './format'
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
import { isFull, vd, vm, vn, writeVector } from './lanes'
import { operand } from './vector'

/** Executes Vd = Vn `op` Vm on whole vectors, or changes nothing and returns false. */
export function hostVector(cpu: usize, w: u32, op: u32, fmt: u32): bool {
  if (op <= OP_DIV) {
    if (!hostRounds(cpu) || !inexactKnown(cpu)) return false
  } else if (!keepsDenormals(cpu)) {
    return false
  }
  // FMULX, FABD and the steps have no instruction.
  if (op > OP_ACGT || (op > OP_MINNM && op < OP_CMEQ)) return false
  const full = isFull(w)
  const a = operand(vn(cpu, w), full)
  const b = operand(vm(cpu, w), full)
  if (op > OP_DIV && hasNaN(a, b, fmt)) return false
  const r = fmt == DOUBLE ? doubles(op, a, b) : singles(op, a, b)
  // A sum may be anything finite; a product or quotient must not be near the denormals, nor zero.
  if (op <= OP_DIV && !areSafe(r, fmt, op > OP_SUB)) return false
  writeVector(vd(cpu, w), w, r)
  return true
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

/** Single precision to integers of 32 bits, truncated; false if an element may do more than raise IXC. */
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

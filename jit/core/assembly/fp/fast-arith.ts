/**
 * Single- and double-precision arithmetic by the host's instructions, where that gives Arm's result
 * and flags.
 *
 * Host arithmetic rounds to nearest and reports no exceptions. So it is used under FPCR.RMode = RN
 * and FZ = 0, and its result is taken if it shows that nothing can have happened but IXC: it is
 * finite and not near the denormals (where tininess would have to be told before rounding). IXC is
 * either set already, or told from the error of the operation, which is itself a floating-point
 * number for sums (Knuth's TwoSum) and cheap to judge for products. All else goes to soft-*.ts.
 */

import { CPU_FPSR } from '../layout'
import { DOUBLE, FPCR_NOT_HOST, fpcrOf, IXC, raise, SINGLE } from './format'
import { softAdd, softDiv, softMul, softMulAdd, softSqrt, softSub } from './soft-arith'

/** Whether FPCR asks for what the host does. */
export function hostRounds(cpu: usize): bool {
  return (fpcrOf(cpu) & FPCR_NOT_HOST) == 0
}

/** Whether IXC is set already, so that exactness need not be known. */
export function inexactKnown(cpu: usize): bool {
  return (load<u32>(cpu, CPU_FPSR) & IXC) != 0
}

function bits64(x: f64): u64 {
  return reinterpret<u64>(x)
}

/** Whether |x| is finite and at least twice the smallest normal number. */
function isSafe64(x: f64): bool {
  const magnitude = reinterpret<u64>(x) << 1
  return magnitude - 0x0040_0000_0000_0000 < 0xffe0_0000_0000_0000 - 0x0040_0000_0000_0000
}

export function isSafe32(x: f32): bool {
  const magnitude = reinterpret<u32>(x) << 1
  return magnitude - 0x0200_0000 < 0xff00_0000 - 0x0200_0000
}

/** Whether x is a finite number. */
export function isFinite64(x: f64): bool {
  return reinterpret<u64>(x) << 1 < 0xffe0_0000_0000_0000
}

export function isFinite32(x: f32): bool {
  return reinterpret<u32>(x) << 1 < 0xff00_0000
}

/** Whether the bits are no NaN. */
export function isNumber64(x: u64): bool {
  return x << 1 <= 0xffe0_0000_0000_0000
}

export function isNumber32(x: u32): bool {
  return x << 1 <= 0xff00_0000
}

/** The rounding error of s = a + b is zero. */
function sumExact64(a: f64, b: f64, s: f64): bool {
  const b2 = s - a
  return a - (s - b2) + (b - b2) == 0
}

function sumExact32(a: f32, b: f32, s: f32): bool {
  const b2 = s - a
  return a - (s - b2) + (b - b2) == 0
}

/** Double-precision a + b. Sums never underflow: a denormal one is exact. */
export function fadd64(cpu: usize, a: u64, b: u64): u64 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f64>(a)
    const y = reinterpret<f64>(b)
    const s = x + y
    if (isFinite64(s) && (inexactKnown(cpu) || sumExact64(x, y, s))) return bits64(s)
  }
  return softAdd(cpu, a, b, DOUBLE)
}

/** Single-precision a + b. */
export function fadd32(cpu: usize, a: u32, b: u32): u32 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f32>(a)
    const y = reinterpret<f32>(b)
    const s = x + y
    if (isFinite32(s) && (inexactKnown(cpu) || sumExact32(x, y, s))) return reinterpret<u32>(s)
  }
  return softAdd(cpu, a, b, SINGLE) as u32
}

/** Double-precision a - b. */
export function fsub64(cpu: usize, a: u64, b: u64): u64 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f64>(a)
    const y = reinterpret<f64>(b)
    const s = x - y
    if (isFinite64(s) && (inexactKnown(cpu) || sumExact64(x, -y, s))) return bits64(s)
  }
  return softSub(cpu, a, b, DOUBLE)
}

/** Single-precision a - b. */
export function fsub32(cpu: usize, a: u32, b: u32): u32 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f32>(a)
    const y = reinterpret<f32>(b)
    const s = x - y
    if (isFinite32(s) && (inexactKnown(cpu) || sumExact32(x, -y, s))) return reinterpret<u32>(s)
  }
  return softSub(cpu, a, b, SINGLE) as u32
}

/** Double-precision a * b. */
export function fmul64(cpu: usize, a: u64, b: u64): u64 {
  if (hostRounds(cpu)) {
    const p = reinterpret<f64>(a) * reinterpret<f64>(b)
    if (isSafe64(p)) {
      // The product of the significands has at least 105 bits: it fits 53 only if 53 or more of
      // them are trailing zeros.
      const hidden: u64 = 0x0010_0000_0000_0000
      if (inexactKnown(cpu) || ctz<u64>(a | hidden) + ctz<u64>(b | hidden) >= 53) return bits64(p)
    } else if ((a << 1 == 0 || b << 1 == 0) && isFinite64(p)) {
      return bits64(p)
    }
  }
  return softMul(cpu, a, b, DOUBLE)
}

/** Single-precision a * b. Its exact value is a double. */
export function fmul32(cpu: usize, a: u32, b: u32): u32 {
  if (hostRounds(cpu)) {
    const exact = (reinterpret<f32>(a) as f64) * (reinterpret<f32>(b) as f64)
    const p = exact as f32
    if (isSafe32(p)) {
      if (inexactKnown(cpu)) return reinterpret<u32>(p)
      if ((p as f64) != exact) raise(cpu, IXC)
      return reinterpret<u32>(p)
    }
    if (exact == 0) return reinterpret<u32>(p)
  }
  return softMul(cpu, a, b, SINGLE) as u32
}

/** Double-precision a / b. */
export function fdiv64(cpu: usize, a: u64, b: u64): u64 {
  if (hostRounds(cpu) && inexactKnown(cpu)) {
    const y = reinterpret<f64>(b)
    const q = reinterpret<f64>(a) / y
    if (isSafe64(q) || (a << 1 == 0 && abs<f64>(y) > 0)) return bits64(q)
  }
  return softDiv(cpu, a, b, DOUBLE)
}

/**
 * Single-precision a / b. The exact product of quotient and divisor is a double, and tells whether
 * it is exact.
 */
export function fdiv32(cpu: usize, a: u32, b: u32): u32 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f32>(a)
    const y = reinterpret<f32>(b)
    const q = x / y
    if (isSafe32(q) && isFinite32(y)) {
      if ((q as f64) * (y as f64) != (x as f64)) raise(cpu, IXC)
      return reinterpret<u32>(q)
    }
    if (x == 0 && abs<f32>(y) > 0) return reinterpret<u32>(q)
  }
  return softDiv(cpu, a, b, SINGLE) as u32
}

/** Double-precision square root. Neither overflows nor underflows. */
export function fsqrt64(cpu: usize, a: u64): u64 {
  if (hostRounds(cpu) && inexactKnown(cpu)) {
    const x = reinterpret<f64>(a)
    if (x > 0 && isFinite64(x)) return bits64(sqrt<f64>(x))
  }
  return softSqrt(cpu, a, DOUBLE)
}

/** Single-precision square root. */
export function fsqrt32(cpu: usize, a: u32): u32 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f32>(a)
    if (x > 0 && isFinite32(x)) {
      const r = sqrt<f32>(x)
      if ((r as f64) * (r as f64) != (x as f64)) raise(cpu, IXC)
      return reinterpret<u32>(r)
    }
  }
  return softSqrt(cpu, a, SINGLE) as u32
}

/**
 * Single-precision c + a * b, rounded once: the product is an exact double, the sum is rounded to
 * odd there, so that rounding it again to 24 bits is innocuous (Boldo and Melquiond, 2008).
 */
export function fmadd32(cpu: usize, c: u32, a: u32, b: u32): u32 {
  if (hostRounds(cpu)) {
    const p = (reinterpret<f32>(a) as f64) * (reinterpret<f32>(b) as f64)
    const z = reinterpret<f32>(c) as f64
    const s = p + z
    if (s == 0) return reinterpret<u32>(s as f32)
    if (isFinite64(s)) {
      const p2 = s - z
      const error = z - (s - p2) + (p - p2)
      let odd = bits64(s)
      if (error != 0 && (odd & 1) == 0) {
        // Away from s on the side of the error: one step up or down in magnitude.
        odd += (bits64(error) ^ odd) >> 63 != 0 ? -1 : 1
      }
      const exact = reinterpret<f64>(odd)
      const r = exact as f32
      if (isSafe32(r)) {
        if ((r as f64) != exact) raise(cpu, IXC)
        return reinterpret<u32>(r)
      }
    }
  }
  return softMulAdd(cpu, c, a, b, SINGLE) as u32
}

/** Splits a double's significand in two halves of 26 bits (Veltkamp); this is the upper one. */
function upperHalf(x: f64): f64 {
  const t = x * 134217729
  return t - (t - x)
}

/** Whether the exponent leaves room for error-free transformations: 2^-450 to 2^450. */
function isMiddling(x: f64): bool {
  const e = ((bits64(x) >> 52) as u32) & 0x7ff
  return e - (1023 - 450) < 900
}

/**
 * Double-precision c + a * b, rounded once: the exact product as a sum of two doubles (Dekker),
 * added to c with the last sum but one rounded to odd (Boldo and Melquiond, 2008).
 */
export function fmadd64(cpu: usize, c: u64, a: u64, b: u64): u64 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f64>(a)
    const y = reinterpret<f64>(b)
    const z = reinterpret<f64>(c)
    // With a zero factor the sum is all there is; sums of a zero are exact.
    if ((x == 0 || y == 0) && isFinite64(x) && isFinite64(y) && isFinite64(z)) {
      return bits64(x * y + z)
    }
    if (isMiddling(x) && isMiddling(y) && (isMiddling(z) || z == 0)) {
      const p = x * y
      if (isMiddling(p)) {
        const xh = upperHalf(x)
        const xl = x - xh
        const yh = upperHalf(y)
        const yl = y - yh
        const pl = xl * yl - (p - xh * yh - xl * yh - xh * yl)
        // t = c + pl and v = p + t, both with their errors.
        const t = z + pl
        const t2 = t - z
        const te = z - (t - t2) + (pl - t2)
        const v = p + t
        const v2 = v - p
        const ve = p - (v - v2) + (t - v2)
        const w = te + ve
        const w2 = w - te
        const we = te - (w - w2) + (ve - w2)
        let odd = bits64(w)
        if (we != 0 && (odd & 1) == 0) odd += (bits64(we) ^ odd) >> 63 != 0 ? -1 : 1
        const rest = reinterpret<f64>(odd)
        const r = v + rest
        if (isMiddling(r) || (r == 0 && v == 0 && rest == 0)) {
          if (we != 0 || !sumExact64(v, rest, r)) raise(cpu, IXC)
          return bits64(r)
        }
      }
    }
  }
  return softMulAdd(cpu, c, a, b, DOUBLE)
}

/**
 * SHA-1 and SHA-256 steps (FEAT_SHA1, FEAT_SHA256; Arm ARM DDI 0487, C7.2 SHA1C to SHA256SU1; the
 * hashes are FIPS 180-4).
 */
import {
  R_SHA1C,
  R_SHA1H,
  R_SHA1M,
  R_SHA1P,
  R_SHA1SU0,
  R_SHA1SU1,
  R_SHA256H,
  R_SHA256H2,
  R_SHA256SU0,
  R_SHA256SU1,
} from '../generated/decode'
import { OUT, vd, vm, vn, writeOut, writeScalar } from './lanes'

/** Executes one instruction of the group; false if the row is none of it. */
export function execSha(cpu: usize, row: u32, w: u32): bool {
  const d = vd(cpu, w)
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  switch (row) {
    case R_SHA1C:
    case R_SHA1P:
    case R_SHA1M:
      sha1Hash(d, load<u32>(n), m, row)
      return true
    case R_SHA1H:
      writeScalar(d, rotl<u32>(load<u32>(n), 30))
      return true
    case R_SHA1SU0:
      sha1Schedule0(d, n, m)
      return true
    case R_SHA1SU1:
      sha1Schedule1(d, n)
      return true
    case R_SHA256H:
      sha256Hash(d, n, m, false)
      return true
    case R_SHA256H2:
      sha256Hash(n, d, m, true)
      writeOut(d)
      return true
    case R_SHA256SU0:
      sha256Schedule0(d, n)
      return true
    case R_SHA256SU1:
      sha256Schedule1(d, n, m)
      return true
  }
  return false
}

/** The round function: choose, parity or majority. */
function mix(row: u32, b: u32, c: u32, d: u32): u32 {
  if (row == R_SHA1C) return ((c ^ d) & b) ^ d
  if (row == R_SHA1P) return b ^ c ^ d
  return (b & c) | ((b | c) & d)
}

/** Four rounds of SHA-1: a, b, c, d are in `abcd`, the message with its constants in `words`. */
function sha1Hash(abcd: usize, e: u32, words: usize, row: u32): void {
  let a = load<u32>(abcd)
  let b = load<u32>(abcd, 4)
  let c = load<u32>(abcd, 8)
  let d = load<u32>(abcd, 12)
  for (let i: usize = 0; i < 4; i++) {
    const t = e + rotl<u32>(a, 5) + mix(row, b, c, d) + load<u32>(words + (i << 2))
    e = d
    d = c
    c = rotl<u32>(b, 30)
    b = a
    a = t
  }
  store<u32>(abcd, a)
  store<u32>(abcd, b, 4)
  store<u32>(abcd, c, 8)
  store<u32>(abcd, d, 12)
}

/** W[t-16] ^ W[t-14] ^ W[t-8] for four t. */
function sha1Schedule0(d: usize, n: usize, m: usize): void {
  const low = load<u64>(d) ^ load<u64>(d, 8) ^ load<u64>(m)
  const high = load<u64>(d, 8) ^ load<u64>(n) ^ load<u64>(m, 8)
  store<u64>(d, low)
  store<u64>(d, high, 8)
}

/** Adds W[t-3] and rotates; the last word needs the first of the result. */
function sha1Schedule1(d: usize, n: usize): void {
  const w0 = rotl<u32>(load<u32>(d) ^ load<u32>(n, 4), 1)
  const w1 = rotl<u32>(load<u32>(d, 4) ^ load<u32>(n, 8), 1)
  const w2 = rotl<u32>(load<u32>(d, 8) ^ load<u32>(n, 12), 1)
  const w3 = rotl<u32>(load<u32>(d, 12), 1) ^ rotl<u32>(w0, 1)
  store<u32>(d, w0)
  store<u32>(d, w1, 4)
  store<u32>(d, w2, 8)
  store<u32>(d, w3, 12)
}

/** Four rounds of SHA-256. Leaves a..d in register `abcd`, or with `second` e..h in OUT. */
function sha256Hash(abcd: usize, efgh: usize, words: usize, second: bool): void {
  let a = load<u32>(abcd)
  let b = load<u32>(abcd, 4)
  let c = load<u32>(abcd, 8)
  let d = load<u32>(abcd, 12)
  let e = load<u32>(efgh)
  let f = load<u32>(efgh, 4)
  let g = load<u32>(efgh, 8)
  let h = load<u32>(efgh, 12)
  for (let i: usize = 0; i < 4; i++) {
    const choose = ((f ^ g) & e) ^ g
    const majority = (a & b) | ((a | b) & c)
    const t =
      h +
      (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) +
      choose +
      load<u32>(words + (i << 2))
    h = g
    g = f
    f = e
    e = d + t
    d = c
    c = b
    b = a
    a = t + (rotr<u32>(b, 2) ^ rotr<u32>(b, 13) ^ rotr<u32>(b, 22)) + majority
  }
  const to = second ? OUT : abcd
  store<u32>(to, second ? e : a)
  store<u32>(to, second ? f : b, 4)
  store<u32>(to, second ? g : c, 8)
  store<u32>(to, second ? h : d, 12)
}

function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3)
}

function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10)
}

/** W[t-16] + sigma0(W[t-15]) for four t. */
function sha256Schedule0(d: usize, n: usize): void {
  const next = load<u32>(n)
  for (let i: usize = 0; i < 16; i += 4) {
    const after = i == 12 ? next : load<u32>(d + i, 4)
    store<u32>(d + i, load<u32>(d + i) + sigma0(after))
  }
}

/** Adds W[t-7] and sigma1(W[t-2]); the last two words need the first two of the result. */
function sha256Schedule1(d: usize, n: usize, m: usize): void {
  const w0 = load<u32>(d) + load<u32>(n, 4) + sigma1(load<u32>(m, 8))
  const w1 = load<u32>(d, 4) + load<u32>(n, 8) + sigma1(load<u32>(m, 12))
  const w2 = load<u32>(d, 8) + load<u32>(n, 12) + sigma1(w0)
  const w3 = load<u32>(d, 12) + load<u32>(m) + sigma1(w1)
  store<u32>(d, w0)
  store<u32>(d, w1, 4)
  store<u32>(d, w2, 8)
  store<u32>(d, w3, 12)
}

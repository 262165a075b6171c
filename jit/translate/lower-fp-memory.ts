/**
 * Loads and stores of vector registers: one lowering a row of jit/isa's table. Arm ARM C7.2.
 *
 * One TLB check covers an access, both of a pair, or all of a structure. LD2 to LD4 and their stores are not here, but for
 * the forms with one register.
 */
import type { Lower } from './lower-integer.ts'
import { baseAndIndex, baseAndOffset, writeBack } from './lower-memory.ts'
import type { Lowering } from './lowering.ts'
import { SIMD, type SimdOpcode } from './simd-opcodes.ts'
import {
  constant128,
  double,
  isFull,
  Rm,
  Rn,
  Rd as Rt,
  Ra as Rt2,
  setDouble,
  setSingle,
  setVector,
  setVectorQ,
  single,
  V128,
  vector,
} from './vectors.ts'

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

const imm9 = (w: number) => signExtend(w >>> 12, 9)
/** log2 of the bytes of a single register: size, and opc<1> for 128 bits. */
const log2Of = (w: number) => (w >>> 30) | (((w >>> 23) & 1) << 2)
/** log2 of the bytes of one of a pair, or of a literal. */
const pairLog2 = (w: number) => 2 + (w >>> 30)

const LANES = ['8', '16', '32', '64'] as const
const INTEGER_LOADS = ['i32_load8_u', 'i32_load16_u'] as const

function memoryLane(b: Lowering, name: SimdOpcode, offset: number, lane: number): void {
  b.code.simdMemory(SIMD[name], offset)
  b.code.bytes.push(lane)
}

/** Loads 1 << log2 bytes at `linear` + offset into a register, whose rest becomes zero. */
function loadRegister(b: Lowering, n: number, log2: number, offset: number): void {
  const { code, frame } = b
  const whole = frame.views[n] === V128
  if (log2 < 2) {
    constant128(code, 0n, 0n)
    code.get(frame.linear).memory(INTEGER_LOADS[log2 as 0 | 1], offset)
    code.simd(SIMD.i32x4_replace_lane)
    code.bytes.push(0)
    setVector(b, n)
    return
  }
  code.get(frame.linear)
  if (log2 === 4) {
    code.simdMemory(SIMD.v128_load, offset)
    setVector(b, n)
  } else if (whole) {
    code.simdMemory(log2 === 3 ? SIMD.v128_load64_zero : SIMD.v128_load32_zero, offset)
    const used = frame.used[n]!
    setVector(b, n)
    // Only a scalar was wanted: that it came as a vector is how this register is held.
    frame.used[n] = used | (log2 === 3 ? 2 : 1)
  } else if (log2 === 3) {
    code.memory('f64_load', offset)
    setDouble(b, n)
  } else {
    code.memory('f32_load', offset)
    setSingle(b, n)
  }
}

/** Stores the low 1 << log2 bytes of a register. */
function storeRegister(b: Lowering, n: number, log2: number, offset: number): void {
  const { code, frame } = b
  code.get(frame.linear)
  if (log2 === 4) {
    vector(b, n)
    code.simdMemory(SIMD.v128_store, offset)
  } else if (log2 === 3) {
    double(b, n)
    code.memory('f64_store', offset)
  } else if (log2 === 2) {
    single(b, n)
    code.memory('f32_store', offset)
  } else {
    vector(b, n)
    memoryLane(b, `v128_store${LANES[log2 as 0 | 1]}_lane`, offset, 0)
  }
}

function access(b: Lowering, load: boolean, n: number, log2: number, offset = 0): void {
  if (load) loadRegister(b, n, log2, offset)
  else storeRegister(b, n, log2, offset)
}

// ---- one register, pairs -----------------------------------------------------------------------------------------

function plain(load: boolean, offset: (w: number) => number): Lower {
  return (b, w) => {
    baseAndOffset(b, w, offset(w))
    b.resolve(1 << log2Of(w), !load)
    access(b, load, Rt(w), log2Of(w))
  }
}

function indexed(load: boolean, pre: boolean): Lower {
  return (b, w) => {
    baseAndOffset(b, w, pre ? imm9(w) : 0)
    b.resolve(1 << log2Of(w), !load)
    access(b, load, Rt(w), log2Of(w))
    writeBack(b, w, imm9(w))
  }
}

function registerOffset(load: boolean): Lower {
  return (b, w) => {
    baseAndIndex(b, w, log2Of(w))
    b.resolve(1 << log2Of(w), !load)
    access(b, load, Rt(w), log2Of(w))
  }
}

function pair(load: boolean, mode: 'offset' | 'pre' | 'post'): Lower {
  return (b, w) => {
    // Two loads into one register are CONSTRAINED UNPREDICTABLE: as the interpreter does it.
    if (load && Rt(w) === Rt2(w)) {
      b.exit()
      return
    }
    const log2 = pairLog2(w)
    const offset = signExtend(w >>> 15, 7) * (1 << log2)
    baseAndOffset(b, w, mode === 'post' ? 0 : offset)
    b.resolve(2 << log2, !load)
    access(b, load, Rt(w), log2)
    access(b, load, Rt2(w), log2, 1 << log2)
    if (mode !== 'offset') writeBack(b, w, offset)
  }
}

const literal: Lower = (b, w) => {
  b.pcRelative(signExtend(w >>> 5, 19) << 2)
  b.resolve(1 << pairLog2(w), false)
  loadRegister(b, Rt(w), pairLog2(w), 0)
}

// ---- structures --------------------------------------------------------------------------------------------------

/** base += `bytes`, or += Xm unless that is 31. */
function advance(b: Lowering, w: number, bytes: number): void {
  if (Rm(w) === 31) writeBack(b, w, bytes)
  else {
    b.xsp(Rn(w)).x(Rm(w)).code.op('i64_add')
    b.setXSP(Rn(w))
  }
}

/** LD1 and ST1 of one to four whole registers. */
function multiple(load: boolean, count: number, post: boolean): Lower {
  return (b, w) => {
    const log2 = isFull(w) ? 4 : 3
    const bytes = count << log2
    baseAndOffset(b, w, 0)
    b.resolve(bytes, !load)
    for (let i = 0; i < count; i++) {
      // As vectors: what is loaded so is used so.
      const n = (Rt(w) + i) & 31
      b.code.get(b.frame.linear)
      if (load) {
        b.code.simdMemory(log2 === 4 ? SIMD.v128_load : SIMD.v128_load64_zero, i << log2)
        setVector(b, n)
      } else {
        vector(b, n)
        if (log2 === 4) b.code.simdMemory(SIMD.v128_store, i << log2)
        else memoryLane(b, 'v128_store64_lane', i << log2, 0)
      }
    }
    if (post) advance(b, w, bytes)
  }
}

/** Size and index of LD1 and ST1 (single structure): opc in bits 15:14, then Q:S:size. */
function laneOf(w: number): { log2: number; lane: number } {
  const index = (((w >>> 30) & 1) << 3) | ((w >>> 10) & 7)
  switch ((w >>> 14) & 3) {
    case 0:
      return { log2: 0, lane: index }
    case 1:
      return { log2: 1, lane: index >> 1 }
  }
  return (w >>> 10) & 1 ? { log2: 3, lane: index >> 3 } : { log2: 2, lane: index >> 2 }
}

function lane(load: boolean, post: boolean): Lower {
  return (b, w) => {
    const { log2, lane: index } = laneOf(w)
    baseAndOffset(b, w, 0)
    b.resolve(1 << log2, !load)
    b.code.get(b.frame.linear)
    vector(b, Rt(w))
    const bits = LANES[log2 as 0 | 1 | 2 | 3]
    memoryLane(b, load ? `v128_load${bits}_lane` : `v128_store${bits}_lane`, 0, index)
    if (load) setVector(b, Rt(w))
    if (post) advance(b, w, 1 << log2)
  }
}

/** LD1R. */
function replicate(post: boolean): Lower {
  return (b, w) => {
    const log2 = ((w >>> 10) & 3) as 0 | 1 | 2 | 3
    baseAndOffset(b, w, 0)
    b.resolve(1 << log2, false)
    b.code.get(b.frame.linear).simdMemory(SIMD[`v128_load${LANES[log2]}_splat`], 0)
    setVectorQ(b, w)
    if (post) advance(b, w, 1 << log2)
  }
}

const rows: Record<string, Lower> = {}
for (const [name, load] of [
  ['ST', false],
  ['LD', true],
] as const) {
  rows[`${name}R_fp_imm`] = plain(load, (w) => ((w >>> 10) & 0xfff) << log2Of(w))
  rows[`${name}UR_fp`] = plain(load, imm9)
  rows[`${name}R_fp_pre`] = indexed(load, true)
  rows[`${name}R_fp_post`] = indexed(load, false)
  rows[`${name}R_fp_reg`] = registerOffset(load)
  rows[`${name}P_fp`] = pair(load, 'offset')
  rows[`${name}NP_fp`] = pair(load, 'offset')
  rows[`${name}P_fp_pre`] = pair(load, 'pre')
  rows[`${name}P_fp_post`] = pair(load, 'post')
  for (const count of [1, 2, 3, 4]) {
    rows[`${name}1_mult${count}`] = multiple(load, count, false)
    rows[`${name}1_mult${count}_post`] = multiple(load, count, true)
  }
  rows[`${name}1_lane`] = lane(load, false)
  rows[`${name}1_lane_post`] = lane(load, true)
}

/** Lowerings by row id. */
export const fpMemory: Readonly<Record<string, Lower>> = {
  ...rows,
  LDR_fp_lit: literal,
  LD1R: replicate(false),
  LD1R_post: replicate(true),
}

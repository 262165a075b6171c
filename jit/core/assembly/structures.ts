/**
 * Advanced SIMD structure loads and stores: LD1 to LD4, ST1 to ST4, multiple, single lane and replicated
 * (Arm ARM C7.2, "LD1 (multiple structures)" and following).
 */
import { CPU_BIG_ENDIAN, CPU_V } from './layout'
import { getX, getXSP, setXSP } from './state'
import { faulted, isUnchecked, readMem, writeMem } from './tlb'

/** Executes one; false if an exception was raised. */
export function execStructure(cpu: usize, _row: u32, w: u32): bool {
  const n = (w >> 5) & 31
  const base = getXSP(cpu, n)
  const bytes = (w >> 24) & 1 ? oneStructure(cpu, w, base) : manyStructures(cpu, w, base)
  if (!bytes) return false
  if ((w >> 23) & 1) {
    const m = (w >> 16) & 31
    setXSP(cpu, n, base + (m == 31 ? <u64>bytes : getX(cpu, m)))
  }
  return true
}

function vectorAt(cpu: usize, t: u32): usize {
  return cpu + CPU_V + ((t & 31) << 4)
}

function loadLane(cpu: usize, t: u32, lane: u32, log2: u32, va: u64): bool {
  const value = readMem(cpu, va, 1 << log2)
  if (faulted) return false
  setLane(vectorAt(cpu, t) + (lane << log2), log2, value)
  return true
}

function setLane(at: usize, log2: u32, value: u64): void {
  switch (log2) {
    case 0:
      store<u8>(at, <u8>value)
      break
    case 1:
      store<u16>(at, <u16>value)
      break
    case 2:
      store<u32>(at, <u32>value)
      break
    default:
      store<u64>(at, value)
  }
}

function getLane(at: usize, log2: u32): u64 {
  switch (log2) {
    case 0:
      return load<u8>(at)
    case 1:
      return load<u16>(at)
    case 2:
      return load<u32>(at)
    default:
      return load<u64>(at)
  }
}

function storeLane(cpu: usize, t: u32, lane: u32, log2: u32, va: u64): bool {
  writeMem(cpu, va, 1 << log2, getLane(vectorAt(cpu, t) + (lane << log2), log2))
  return !faulted
}

/** Whole registers. @returns bytes transferred, 0 after an exception. */
function manyStructures(cpu: usize, w: u32, base: u64): u32 {
  const t = w & 31
  const isLoad = ((w >> 22) & 1) != 0
  const quad = (w >> 30) & 1
  const width: u32 = quad ? 16 : 8
  let repeats: u32 = 1
  let structure: u32 = 1
  switch ((w >> 12) & 15) {
    case 0:
      structure = 4
      break
    case 2:
      repeats = 4
      break
    case 4:
      structure = 3
      break
    case 6:
      repeats = 3
      break
    case 8:
      structure = 2
      break
    case 10:
      repeats = 2
      break
  }
  // Without interleaving, little-endian lanes are just bytes in order: doublewords do, unless only the lanes are aligned
  // and that may matter.
  const inOrder = structure == 1 && !load<u32>(cpu + CPU_BIG_ENDIAN)
  const log2 = inOrder && (!(<u32>base & 7) || isUnchecked(cpu, base, isLoad)) ? 3 : (w >> 10) & 3
  const lanes = width >> log2
  let va = base
  for (let r: u32 = 0; r < repeats; r++) {
    for (let e: u32 = 0; e < lanes; e++) {
      for (let s: u32 = 0; s < structure; s++) {
        const register = t + r + s
        const done = isLoad
          ? loadLane(cpu, register, e, log2, va)
          : storeLane(cpu, register, e, log2, va)
        if (!done) return 0
        va += 1 << log2
      }
    }
  }
  if (isLoad && !quad) {
    for (let i: u32 = 0; i < repeats * structure; i++) store<u64>(vectorAt(cpu, t + i), 0, 8)
  }
  return width * repeats * structure
}

/** One lane of each register, or one element replicated. @returns bytes transferred, 0 after an exception. */
function oneStructure(cpu: usize, w: u32, base: u64): u32 {
  const t = w & 31
  const isLoad = ((w >> 22) & 1) != 0
  const structure = ((((w >> 13) & 1) << 1) | ((w >> 21) & 1)) + 1
  const quad = (w >> 30) & 1
  const size = (w >> 10) & 3
  const scale = (w >> 14) & 3
  let va = base
  if (scale == 3) {
    for (let s: u32 = 0; s < structure; s++) {
      const value = readMem(cpu, va, 1 << size)
      if (faulted) return 0
      replicate(vectorAt(cpu, t + s), size, value, quad)
      va += 1 << size
    }
    return structure << size
  }
  const position = (quad << 3) | (((w >> 12) & 1) << 2) | size // Q:S:size
  let log2 = scale
  let lane = position
  if (scale == 1) lane = position >> 1
  else if (scale == 2) {
    log2 = size & 1 ? 3 : 2
    lane = position >> log2
  }
  for (let s: u32 = 0; s < structure; s++) {
    const done = isLoad
      ? loadLane(cpu, t + s, lane, log2, va)
      : storeLane(cpu, t + s, lane, log2, va)
    if (!done) return 0
    va += 1 << log2
  }
  return structure << log2
}

function replicate(at: usize, log2: u32, value: u64, quad: u32): void {
  let v = value
  for (let bits: u32 = 8 << log2; bits < 64; bits <<= 1) v |= v << bits
  store<u64>(at, v)
  store<u64>(at, quad ? v : 0, 8)
}

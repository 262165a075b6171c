/**
 * Loads and stores by row and word: what has no operation in the interpreter, and every access whose TLB lookup missed.
 *
 * Dispatches on the encoding's own fields (Arm ARM C4.1 "Loads and stores"); allocated encodings only, the decoder has
 * seen to that. Registers are written after all of an instruction's accesses succeeded.
 */
import { alignmentFault, fpTrap, spAlignment } from './exception'
import { execExclusive } from './exclusive'
import { extend } from './int'
import {
  CPU_ALIGN,
  CPU_ATTENTION,
  CPU_BIG_ENDIAN,
  CPU_FP_TRAP,
  CPU_MMU,
  CPU_MMU_UNPRIV,
  CPU_PC,
  CPU_SP_MASK,
  CPU_V,
  MACH_BASE,
  MACH_EXIT,
} from './layout'
import { execAtomic } from './lse'
import { getSP, getX, getXSP, setX, setXSP } from './state'
import { execStructure } from './structures'
import {
  ACCESS_READ,
  ACCESS_WRITE,
  faulted,
  probe,
  readAs,
  readMem,
  setSyndrome,
  writeAs,
  writeMem,
} from './tlb'

/**
 * Executes a load or store; CPU_PC is its address.
 * @returns true to go on with the next instruction. False: PC has been set, by an exception or past this instruction
 * because something wants the outer loop.
 */
export function execMemory(cpu: usize, row: u32, w: u32): bool {
  if ((w >> 26) & 1 && load<u32>(cpu + CPU_FP_TRAP)) {
    fpTrap(cpu)
    return false
  }
  setSyndrome(0)
  const literal = (w & 0x3b00_0000) == 0x1800_0000
  if (!literal && ((w >> 5) & 31) == 31 && <u32>getSP(cpu) & load<u32>(cpu + CPU_SP_MASK)) {
    spAlignment(cpu)
    return false
  }
  return dispatch(cpu, row, w, literal) && proceed(cpu)
}

/** Whether the interpreter may go on at once; if not, steps over the instruction that has just been executed. */
export function proceed(cpu: usize): bool {
  if (!(load<u32>(cpu + CPU_ATTENTION) | load<u32>(MACH_BASE + MACH_EXIT))) return true
  store<u64>(cpu + CPU_PC, load<u64>(cpu + CPU_PC) + 4)
  return false
}

function dispatch(cpu: usize, row: u32, w: u32, literal: bool): bool {
  if (literal) return loadLiteral(cpu, w)
  if ((w & 0x3a00_0000) == 0x2800_0000) return pair(cpu, w)
  if ((w & 0x3a00_0000) == 0x3800_0000) {
    if ((w & 0x0120_0c00) == 0x0020_0000) return execAtomic(cpu, w)
    return single(cpu, w)
  }
  if ((w & 0x3f20_0c00) == 0x1900_0000) return acquireUnscaled(cpu, w)
  if ((w & 0x3f00_0000) == 0x0800_0000) return execExclusive(cpu, w)
  return execStructure(cpu, row, w)
}

function signedField(w: u32, low: u32, bits: u32): i64 {
  return <i64>(<i32>(w << (32 - low - bits)) >> (32 - bits))
}

// ---- one register ------------------------------------------------------------------------------------------------

function single(cpu: usize, w: u32): bool {
  const n = (w >> 5) & 31
  const vector = ((w >> 26) & 1) != 0
  const opc = (w >> 22) & 3
  const log2 = vector ? (w >> 30) | ((opc & 2) << 1) : w >> 30
  const base = getXSP(cpu, n)
  let va = base
  let back: i64 = 0
  let mmu = load<u32>(cpu + CPU_MMU)
  if ((w >> 24) & 1) {
    va += (<u64>((w >> 10) & 0xfff)) << log2
  } else if ((w >> 21) & 1) {
    const offset = extend(getX(cpu, (w >> 16) & 31), (w >> 13) & 7)
    va += offset << ((w >> 12) & 1 ? log2 : 0)
  } else {
    const offset = signedField(w, 12, 9)
    switch ((w >> 10) & 3) {
      case 1:
        back = offset
        break
      case 2:
        mmu = load<u32>(cpu + CPU_MMU_UNPRIV)
        va += offset
        break
      case 3:
        va += offset
        back = offset
        break
      default:
        va += offset
    }
  }
  const writesBack = !((w >> 24) & 1) && !((w >> 21) & 1) && ((w >> 10) & 1) != 0
  if (vector) {
    if (!(opc & 1 ? loadVector(cpu, w & 31, va, log2) : storeVector(cpu, w & 31, va, log2))) {
      return false
    }
  } else {
    if (log2 == 3 && opc == 2) return true // PRFM
    if (!writesBack) setSyndrome(singleSyndrome(w, opc, log2))
    const t = w & 31
    const size: u32 = 1 << log2
    if (opc == 0) {
      writeAs(cpu, va, size, getX(cpu, t), mmu)
      if (faulted) return false
    } else {
      const value = readAs(cpu, va, size, mmu)
      if (faulted) return false
      if (writesBack) setXSP(cpu, n, base + back)
      setX(cpu, t, opc == 1 ? value : signed(value, log2, opc))
      return true
    }
  }
  if (writesBack) setXSP(cpu, n, base + back)
  return true
}

/** A loaded value sign-extended to 64 bits (opc 2) or 32 (opc 3). */
function signed(value: u64, log2: u32, opc: u32): u64 {
  const y = extend(value, 4 + log2)
  return opc == 3 ? y & 0xffff_ffff : y
}

/** ISS 24:14 of a stage 2 data abort: ISV, SAS, SSE, SRT, SF (Arm ARM D17.2.37, ISS for Data Abort). */
function singleSyndrome(w: u32, opc: u32, log2: u32): u32 {
  const extends_ = opc >= 2 ? 1 : 0
  const wide = opc == 2 || (opc < 2 && log2 == 3) ? 1 : 0
  return (1 << 24) | (log2 << 22) | (extends_ << 21) | ((w & 31) << 16) | (wide << 15)
}

function loadLiteral(cpu: usize, w: u32): bool {
  const va = load<u64>(cpu + CPU_PC) + <u64>(signedField(w, 5, 19) << 2)
  const opc = w >> 30
  if ((w >> 26) & 1) return loadVector(cpu, w & 31, va, opc + 2)
  if (opc == 3) return true // PRFM
  const value = readMem(cpu, va, opc == 1 ? 8 : 4)
  if (faulted) return false
  setX(cpu, w & 31, opc == 2 ? extend(value, 6) : value)
  return true
}

/** FEAT_LRCPC2: LDAPUR and STLUR. Memory is strongly ordered here, so only alignment differs: within 16 bytes. */
function acquireUnscaled(cpu: usize, w: u32): bool {
  const va = getXSP(cpu, (w >> 5) & 31) + <u64>signedField(w, 12, 9)
  const log2 = w >> 30
  const opc = (w >> 22) & 3
  const size: u32 = 1 << log2
  if (<u32>va & (size - 1)) {
    alignmentFault(cpu, va, opc == 0)
    return false
  }
  setSyndrome(singleSyndrome(w, opc, log2) | (1 << 14))
  if (opc == 0) {
    writeMem(cpu, va, size, getX(cpu, w & 31))
    return !faulted
  }
  const value = readMem(cpu, va, size)
  if (faulted) return false
  setX(cpu, w & 31, opc == 1 ? value : signed(value, log2, opc))
  return true
}

// ---- SIMD & FP registers -------------------------------------------------------------------------------------------

/** Faults if 16 bytes at `va` must be aligned and are not: the halves alone would only be checked for 8. */
function quadAligned(cpu: usize, va: u64, access: u32): bool {
  if (!(<u32>va & 15)) return true
  if (load<u32>(cpu + CPU_ALIGN)) {
    alignmentFault(cpu, va, access == ACCESS_WRITE)
    return false
  }
  probe(cpu, va, 16, access, load<u32>(cpu + CPU_MMU))
  return !faulted
}

/** Loads 1 << log2 bytes into Vt, zeroing the rest. */
function loadVector(cpu: usize, t: u32, va: u64, log2: u32): bool {
  const at = cpu + CPU_V + (t << 4)
  if (log2 < 4) {
    const value = readMem(cpu, va, 1 << log2)
    if (faulted) return false
    store<u64>(at, value)
    store<u64>(at, 0, 8)
    return true
  }
  if (!quadAligned(cpu, va, ACCESS_READ)) return false
  const first = readMem(cpu, va, 8)
  if (faulted) return false
  const second = readMem(cpu, va + 8, 8)
  if (faulted) return false
  const big = load<u32>(cpu + CPU_BIG_ENDIAN) != 0
  store<u64>(at, big ? second : first)
  store<u64>(at, big ? first : second, 8)
  return true
}

function storeVector(cpu: usize, t: u32, va: u64, log2: u32): bool {
  const at = cpu + CPU_V + (t << 4)
  if (log2 < 4) {
    writeMem(cpu, va, 1 << log2, load<u64>(at))
    return !faulted
  }
  if (!quadAligned(cpu, va, ACCESS_WRITE)) return false
  const big = load<u32>(cpu + CPU_BIG_ENDIAN) != 0
  writeMem(cpu, va, 8, load<u64>(at + (big ? 8 : 0)))
  if (faulted) return false
  writeMem(cpu, va + 8, 8, load<u64>(at + (big ? 0 : 8)))
  return !faulted
}

// ---- pairs ----------------------------------------------------------------------------------------------------------

function pair(cpu: usize, w: u32): bool {
  const vector = ((w >> 26) & 1) != 0
  const opc = w >> 30
  const log2 = vector ? opc + 2 : opc == 2 ? 3 : 2
  const n = (w >> 5) & 31
  const t = w & 31
  const t2 = (w >> 10) & 31
  const base = getXSP(cpu, n)
  const offset = <u64>(signedField(w, 15, 7) << log2)
  const mode = (w >> 23) & 3 // 0 no-allocate, 1 post, 2 offset, 3 pre
  const va = mode == 1 ? base : base + offset
  const second = va + ((<u64>1) << log2)
  const size: u32 = 1 << log2
  const isLoad = ((w >> 22) & 1) != 0
  if (vector) {
    if (isLoad) {
      // Vt may be overwritten before the second access faults: the instruction is then simply executed again.
      if (!loadVector(cpu, t, va, log2) || !loadVector(cpu, t2, second, log2)) return false
    } else if (!storeVector(cpu, t, va, log2) || !storeVector(cpu, t2, second, log2)) return false
  } else if (isLoad) {
    const first = readMem(cpu, va, size)
    if (faulted) return false
    const other = readMem(cpu, second, size)
    if (faulted) return false
    if (mode & 1) setXSP(cpu, n, base + offset)
    setX(cpu, t, opc == 1 ? extend(first, 6) : first)
    setX(cpu, t2, opc == 1 ? extend(other, 6) : other)
    return true
  } else {
    writeMem(cpu, va, size, getX(cpu, t))
    if (faulted) return false
    writeMem(cpu, second, size, getX(cpu, t2))
    if (faulted) return false
  }
  if (mode & 1) setXSP(cpu, n, base + offset)
  return true
}

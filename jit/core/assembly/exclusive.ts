/**
 * Exclusives, load-acquire and store-release, and compare-and-swap: the encodings with bits 29:24 = 001000.
 *
 * One thread runs all vCPUs, so every access is ordered and atomic as it stands. The monitor holds the linear address of
 * the marked bytes. It is opened when another vCPU gets its turn or a device writes memory, not by this vCPU's own
 * stores, which the architecture leaves open (Arm ARM B2.9.1).
 */
import { alignmentFault, externalAbort } from './exception'
import { CPU_BIG_ENDIAN, CPU_EXCL_PA, CPU_EXCL_SIZE, CPU_MMU } from './layout'
import { clearMonitor, getX, getXSP, setX } from './state'
import {
  ACCESS_READ,
  ACCESS_WRITE,
  faulted,
  probe,
  readMem,
  setFaulted,
  setSyndrome,
  stored,
  writeMem,
} from './tlb'

/** Executes one; false if an exception was raised. */
export function execExclusive(cpu: usize, w: u32): bool {
  const kind = (w >> 21) & 7 // o2 (ordered / CAS), L, o1 (pair)
  if (kind & 4) return kind & 1 ? compareAndSwap(cpu, w) : ordered(cpu, w)
  // o1 with size 0x: CASP.
  if (kind & 1 && !(w >> 31)) return compareAndSwapPair(cpu, w)
  return kind & 2 ? loadExclusive(cpu, w) : storeExclusive(cpu, w)
}

/**
 * Linear address of an aligned access that must be to memory, or 0 after an exception: alignment, translation, or
 * an external abort where a device answers, which has no monitor.
 */
export function probeMemory(cpu: usize, va: u64, size: u32, access: u32): u32 {
  if (<u32>va & (size - 1)) {
    alignmentFault(cpu, va, access == ACCESS_WRITE)
    setFaulted(true)
    return 0
  }
  const linear = probe(cpu, va, size, access, load<u32>(cpu + CPU_MMU))
  if (!linear && !faulted) {
    externalAbort(cpu, va, access == ACCESS_WRITE)
    setFaulted(true)
  }
  return linear
}

/** `size` bytes at a linear address, as the vCPU's endianness has them. */
export function loadLinear(cpu: usize, at: u32, size: u32): u64 {
  let value: u64
  switch (size) {
    case 1:
      return load<u8>(at)
    case 2:
      value = load<u16>(at)
      break
    case 4:
      value = load<u32>(at)
      break
    default:
      value = load<u64>(at)
  }
  return load<u32>(cpu + CPU_BIG_ENDIAN) ? bswap<u64>(value) >> ((8 - size) << 3) : value
}

export function storeLinear(cpu: usize, at: u32, size: u32, value: u64): void {
  const v = load<u32>(cpu + CPU_BIG_ENDIAN) ? bswap<u64>(value) >> ((8 - size) << 3) : value
  switch (size) {
    case 1:
      store<u8>(at, <u8>v)
      break
    case 2:
      store<u16>(at, <u16>v)
      break
    case 4:
      store<u32>(at, <u32>v)
      break
    default:
      store<u64>(at, v)
  }
  stored(at, size)
}

/** LDAR, LDLAR, STLR, STLLR. */
function ordered(cpu: usize, w: u32): bool {
  const size: u32 = 1 << (w >> 30)
  const va = getXSP(cpu, (w >> 5) & 31)
  const isLoad = ((w >> 22) & 1) != 0
  if (<u32>va & (size - 1)) {
    alignmentFault(cpu, va, !isLoad)
    return false
  }
  // ISV, SAS, SRT, SF, AR: a hypervisor may emulate it.
  const sixtyFour: u32 = w >> 30 == 3 ? 1 << 15 : 0
  setSyndrome((1 << 24) | ((w >> 30) << 22) | ((w & 31) << 16) | sixtyFour | (1 << 14))
  if (isLoad) {
    const value = readMem(cpu, va, size)
    if (faulted) return false
    setX(cpu, w & 31, value)
    return true
  }
  writeMem(cpu, va, size, getX(cpu, w & 31))
  return !faulted
}

function loadExclusive(cpu: usize, w: u32): bool {
  const size: u32 = 1 << (w >> 30)
  const isPair = ((w >> 21) & 1) != 0
  const total = isPair ? size << 1 : size
  const va = getXSP(cpu, (w >> 5) & 31)
  const linear = probeMemory(cpu, va, total, ACCESS_READ)
  if (faulted) return false
  store<u32>(cpu + CPU_EXCL_SIZE, total)
  store<u64>(cpu + CPU_EXCL_PA, linear)
  const first = loadLinear(cpu, linear, size)
  const second = isPair ? loadLinear(cpu, linear + size, size) : 0
  setX(cpu, w & 31, first)
  if (isPair) setX(cpu, (w >> 10) & 31, second)
  return true
}

function storeExclusive(cpu: usize, w: u32): bool {
  const size: u32 = 1 << (w >> 30)
  const isPair = ((w >> 21) & 1) != 0
  const total = isPair ? size << 1 : size
  const va = getXSP(cpu, (w >> 5) & 31)
  const linear = probeMemory(cpu, va, total, ACCESS_WRITE)
  if (faulted) return false
  const marked =
    load<u32>(cpu + CPU_EXCL_SIZE) == total && load<u64>(cpu + CPU_EXCL_PA) == <u64>linear
  if (marked) {
    storeLinear(cpu, linear, size, getX(cpu, w & 31))
    if (isPair) storeLinear(cpu, linear + size, size, getX(cpu, (w >> 10) & 31))
  }
  clearMonitor(cpu)
  setX(cpu, (w >> 16) & 31, marked ? 0 : 1)
  return true
}

/** Permission to read is checked first, so that a fault says "read" where reading would fault, too. */
export function probeAtomic(cpu: usize, va: u64, size: u32): u32 {
  probeMemory(cpu, va, size, ACCESS_READ)
  if (faulted) return 0
  return probeMemory(cpu, va, size, ACCESS_WRITE)
}

/** FEAT_LSE: CAS and its like. */
function compareAndSwap(cpu: usize, w: u32): bool {
  const size: u32 = 1 << (w >> 30)
  const linear = probeAtomic(cpu, getXSP(cpu, (w >> 5) & 31), size)
  if (faulted) return false
  const s = (w >> 16) & 31
  const mask = size == 8 ? ~(<u64>0) : ((<u64>1) << (size << 3)) - 1
  const old = loadLinear(cpu, linear, size)
  if (old == (getX(cpu, s) & mask)) storeLinear(cpu, linear, size, getX(cpu, w & 31))
  setX(cpu, s, old)
  return true
}

/** FEAT_LSE: CASP on a pair of 32- or 64-bit registers. */
function compareAndSwapPair(cpu: usize, w: u32): bool {
  const size: u32 = (w >> 30) & 1 ? 8 : 4
  const linear = probeAtomic(cpu, getXSP(cpu, (w >> 5) & 31), size << 1)
  if (faulted) return false
  const s = (w >> 16) & 31
  const t = w & 31
  const mask = size == 8 ? ~(<u64>0) : 0xffff_ffff
  const first = loadLinear(cpu, linear, size)
  const second = loadLinear(cpu, linear + size, size)
  if (first == (getX(cpu, s) & mask) && second == (getX(cpu, s + 1) & mask)) {
    storeLinear(cpu, linear, size, getX(cpu, t))
    storeLinear(cpu, linear + size, size, getX(cpu, t + 1))
  }
  setX(cpu, s, first)
  setX(cpu, s + 1, second)
  return true
}

/**
 * FEAT_LSE atomic memory operations (LDADD ... SWP) and FEAT_LRCPC's LDAPR, which shares their encoding space.
 */
import { alignmentFault } from './exception'
import { loadLinear, probeAtomic, storeLinear } from './exclusive'
import { getX, getXSP, setX } from './state'
import { faulted, readMem, setSyndrome } from './tlb'

/** Executes one; false if an exception was raised. */
export function execAtomic(cpu: usize, w: u32): bool {
  const log2 = w >> 30
  const size: u32 = 1 << log2
  const va = getXSP(cpu, (w >> 5) & 31)
  const t = w & 31
  const opc = (w >> 12) & 15 // o3:opc
  if (opc == 12) {
    if (<u32>va & (size - 1)) {
      alignmentFault(cpu, va, false)
      return false
    }
    // ISV, SAS, SRT, SF, AR: as LDAR reports.
    const wide: u32 = log2 == 3 ? 1 << 15 : 0
    setSyndrome((1 << 24) | (log2 << 22) | (t << 16) | wide | (1 << 14))
    const value = readMem(cpu, va, size)
    if (faulted) return false
    setX(cpu, t, value)
    return true
  }
  const linear = probeAtomic(cpu, va, size)
  if (faulted) return false
  const old = loadLinear(cpu, linear, size)
  storeLinear(cpu, linear, size, combine(opc, old, getX(cpu, (w >> 16) & 31), log2))
  setX(cpu, t, old)
  return true
}

function combine(opc: u32, old: u64, operand: u64, log2: u32): u64 {
  const shift: u64 = 64 - (8 << log2)
  switch (opc) {
    case 0:
      return old + operand
    case 1:
      return old & ~operand
    case 2:
      return old ^ operand
    case 3:
      return old | operand
    case 4:
      return <i64>(old << shift) > <i64>(operand << shift) ? old : operand
    case 5:
      return <i64>(old << shift) < <i64>(operand << shift) ? old : operand
    case 6:
      return old << shift > operand << shift ? old : operand
    case 7:
      return old << shift < operand << shift ? old : operand
    default:
      return operand // SWP
  }
}

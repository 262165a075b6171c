/**
 * Executes data processing of the SIMD and floating-point registers: finds the encoding group,
 * whose function finds the row (Arm ARM DDI 0487, C4.1 "Data Processing -- Scalar Floating-Point
 * and Advanced SIMD").
 *
 * The caller has decoded the word, and checked the FP trap and that the CPU has the row's feature.
 * SHA512, SHA3, SM3, SM4, BF16, I8MM and FHM are not implemented.
 */
import { R_URECPE_v, R_URSQRTE_v } from '../generated/decode'
import { execAes } from './crypto-aes'
import { execSha } from './crypto-sha'
import { execScalar } from './scalar'
import { execCopy, execModifiedImmediate, execPermute } from './simd-copy'
import { execThreeDifferent } from './simd-different'
import { execElement, execExtra } from './simd-element'
import { execAcross, execTwoMisc } from './simd-misc'
import { execTwoMiscFp } from './simd-misc-fp'
import { execReduceFp } from './simd-reduce-fp'
import { execThreeSame } from './simd-same'
import { execThreeSameFp } from './simd-same-fp'
import { execShift } from './simd-shift'

/**
 * Executes one instruction of the groups fp, simd and crypto that does not access memory.
 * @param row R_ constant of the word's row
 * @returns false if the instruction is not implemented: the caller makes it UNDEFINED
 */
export function execFpSimd(cpu: usize, row: u32, w: u32): bool {
  // Bits 30 and 28: 0 and 1 are scalar floating point, else Advanced SIMD.
  if ((w & 0x5000_0000) == 0x1000_0000) return execScalar(cpu, row, w)
  if ((w as i32) < 0) return false
  if ((w & 0x0100_0000) != 0) {
    if ((w & 0x400) == 0) return execElement(cpu, row, w)
    // immh zero is a modified immediate.
    return (w & 0x0078_0000) == 0 ? execModifiedImmediate(cpu, row, w) : execShift(cpu, row, w)
  }
  if ((w & 0x0020_0000) == 0) return execBit21Clear(cpu, row, w)
  if ((w & 0x400) != 0) {
    return (w & 0xc000) == 0xc000 ? execThreeSameFp(cpu, row, w) : execThreeSame(cpu, row, w)
  }
  if ((w & 0x800) == 0) return execThreeDifferent(cpu, row, w)
  switch ((w >> 17) & 15) {
    case 0:
      return isTwoMiscFp(row, w) ? execTwoMiscFp(cpu, row, w) : execTwoMisc(cpu, row, w)
    case 4:
      return (w & 0x1000_0000) != 0 ? execSha(cpu, row, w) : execAes(cpu, row, w)
    case 8:
      return isReductionFp(w) ? execReduceFp(cpu, row, w) : execAcross(cpu, row, w)
    case 12:
      return execTwoMiscFp(cpu, row, w)
  }
  return false
}

/** Copies, permutes, SHA with three registers, half precision and "extra". */
function execBit21Clear(cpu: usize, row: u32, w: u32): bool {
  if ((w & 0x400) == 0) {
    return (w & 0x1000_0000) != 0 ? execSha(cpu, row, w) : execPermute(cpu, row, w)
  }
  if ((w & 0x8000) != 0) return execExtra(cpu, row, w)
  return (w & 0x0040_0000) != 0 ? execThreeSameFp(cpu, row, w) : execCopy(cpu, row, w)
}

/** Whether "two-register miscellaneous" means floating point: by opcode, bits 16:12. */
function isTwoMiscFp(row: u32, w: u32): bool {
  if (row == R_URECPE_v || row == R_URSQRTE_v) return false
  const opcode = (w >> 12) & 31
  return opcode >= 0x16 || (opcode >= 0x0c && opcode < 0x12)
}

/** Whether a reduction is one of floating point, or scalar pairwise. */
function isReductionFp(w: u32): bool {
  const opcode = (w >> 12) & 31
  return (w & 0x1000_0000) != 0 || (opcode >= 0x0c && opcode <= 0x0f)
}

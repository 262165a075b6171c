/**
 * Logical immediates: DecodeBitMasks of the Arm ARM (shared/functions/bitmasks), once for all encodings.
 */
import { BITMASK_TABLE } from './layout'

/** Fills BITMASK_TABLE. Reserved encodings stay 0, which no encoding means. */
export function initBitmasks(): void {
  for (let field: u32 = 0; field < 8192; field++) {
    store<u64>(BITMASK_TABLE + (field << 3), decode(field >> 12, (field >> 6) & 63, field & 63))
  }
}

function decode(n: u32, immr: u32, imms: u32): u64 {
  const width = (n << 6) | (~imms & 63)
  if (!width) return 0
  const length = 31 - clz<u32>(width)
  if (length < 1) return 0
  const size: u32 = 1 << length
  const levels = size - 1
  if ((imms & levels) == levels) return 0
  const ones = (imms & levels) + 1
  const rotate = immr & levels
  const mask = size == 64 ? ~(<u64>0) : ((<u64>1) << size) - 1
  let element = ((<u64>1) << ones) - 1
  if (rotate) element = ((element >> rotate) | (element << (size - rotate))) & mask
  for (let filled = size; filled < 64; filled <<= 1) element |= element << filled
  return element
}

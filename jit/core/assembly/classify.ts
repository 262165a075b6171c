/**
 * What kind of executor a row needs, and whether this machine's CPU model has it.
 */
import * as FEAT from './features'
import * as G from './generated/decode'
import { rowFeature, rowGroup } from './generated/decode'

export const CLASS_INT: u32 = 0
export const CLASS_MEMORY: u32 = 1
export const CLASS_FP: u32 = 2
export const CLASS_SYSTEM: u32 = 3

/** Bit F_x of the table's features: the model implements it. */
let available: u64 = 0

/** Takes over which of the table's features a CPU model has. The rest of the table is UNDEFINED. */
export function setModel(model: u32): void {
  const mask = FEAT.featureMask(model)
  available = (1 << G.F_BASE) | (1 << G.F_FP) | (1 << G.F_SIMD)
  allow(mask, FEAT.FEAT_CRC32, G.F_CRC32)
  allow(mask, FEAT.FEAT_AES, G.F_AES)
  allow(mask, FEAT.FEAT_PMULL, G.F_PMULL)
  allow(mask, FEAT.FEAT_SHA1, G.F_SHA1)
  allow(mask, FEAT.FEAT_SHA256, G.F_SHA256)
  allow(mask, FEAT.FEAT_LSE, G.F_LSE)
  allow(mask, FEAT.FEAT_RDM, G.F_RDM)
  allow(mask, FEAT.FEAT_FP16, G.F_FP16)
  allow(mask, FEAT.FEAT_DOTPROD, G.F_DOTPROD)
  allow(mask, FEAT.FEAT_LRCPC, G.F_LRCPC)
  allow(mask, FEAT.FEAT_LRCPC2, G.F_LRCPC2)
  allow(mask, FEAT.FEAT_FCMA, G.F_FCMA)
  allow(mask, FEAT.FEAT_JSCVT, G.F_JSCVT)
  allow(mask, FEAT.FEAT_FLAGM, G.F_FLAGM)
  allow(mask, FEAT.FEAT_FLAGM2, G.F_FLAGM2)
  allow(mask, FEAT.FEAT_FRINTTS, G.F_FRINTTS)
  allow(mask, FEAT.FEAT_LOR, G.F_LOR)
  allow(mask, FEAT.FEAT_SB, G.F_SB)
}

function allow(mask: u64, feature: u64, row: u32): void {
  if (mask & feature) available |= (<u64>1) << row
}

export function rowAvailable(row: u32): bool {
  return ((available >> rowFeature(row)) & 1) != 0
}

/** The CLASS_* of a row. */
export function rowClass(row: u32): u32 {
  switch (rowGroup(row)) {
    case G.G_INT:
    case G.G_BRANCH:
      return CLASS_INT
    case G.G_LDST:
    case G.G_FPLDST:
      return CLASS_MEMORY
    case G.G_FP:
    case G.G_SIMD:
    case G.G_CRYPTO:
      return CLASS_FP
    default:
      return CLASS_SYSTEM
  }
}

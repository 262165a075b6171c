/**
 * The A64 table: every encoding of ARMv8.0-A with floating point, Advanced SIMD and cryptography, and of the later
 * features its rows name. No SVE, SME, MTE, transactional memory, LS64 or memory copy instructions.
 *
 * Row ids follow these rules:
 * - An id is the Arm mnemonic in upper case, then suffixes. One row is one operation; what only changes the width or
 *   the number of elements is a field: `sf` (0 = 32 bits, 1 = 64), `sz` (0 = single, 1 = double), `size`, `Q`. Where a
 *   load is to W or X by its opc bit, `opc0` is 1 for W.
 * - Integer: `_imm`, `_shift` (shifted register), `_ext` (extended register), `_reg`. B.cond is `B_cond`.
 * - Loads and stores: `_imm` (unsigned scaled offset), `_pre`, `_post`, `_reg`, `_lit`; LDUR.., LDTR.. have names of
 *   their own. LDP, STP without suffix take a signed offset. Bytes and halfwords are rows of their own (`LDRB_imm`,
 *   `LDXRH`), words and doublewords share one. Acquire and release of LSE atomics are the fields A and R.
 * - SIMD&FP loads and stores have `_fp` before the addressing mode. LD1..ST4: `LD1_mult1` to `LD1_mult4` (registers),
 *   `LD2_mult`.., `LD1_lane`, `LD1R`, each with `_post` for post-index.
 * - Scalar floating point `_s`, vector `_v`, SIMD scalar `_sisd`, by element `_elem` and `_sisd_elem`, compared with
 *   zero `_zero` before those, fixed point `_fix` after, half precision (FEAT_FP16) `_h` last.
 * - Modified immediates: `MOVI_8`, `_16`, `_32`, `_msl`, `_64`.
 */

import { atomics } from './atomics.ts'
import { branches } from './branches.ts'
import { crypto } from './crypto.ts'
import { dataImmediate } from './data-immediate.ts'
import { dataRegister } from './data-register.ts'
import { fp } from './fp.ts'
import { loadsStores } from './loads-stores.ts'
import { loadsStoresFp } from './loads-stores-fp.ts'
import type { RowSpec } from './row.ts'
import { simdCopy } from './simd-copy.ts'
import { simdElement } from './simd-element.ts'
import { simdShift } from './simd-shift.ts'
import { simdThreeDifferent } from './simd-three-different.ts'
import { simdThreeSame } from './simd-three-same.ts'
import { simdTwoMisc } from './simd-two-misc.ts'
import { system } from './system.ts'

/** All rows as the files state them, in a stable order. */
export const specs: readonly RowSpec[] = [
  ...dataImmediate,
  ...dataRegister,
  ...branches,
  ...system,
  ...loadsStores,
  ...atomics,
  ...fp,
  ...loadsStoresFp,
  ...simdThreeSame,
  ...simdThreeDifferent,
  ...simdTwoMisc,
  ...simdShift,
  ...simdElement,
  ...simdCopy,
  ...crypto,
]

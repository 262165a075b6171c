/**
 * From an instruction word to its record: which operation of the interpreter, with its operands made ready.
 *
 * Record formats stand in interpreter.ts beside the operations. What has no operation of its own is executed from row
 * and word. Instructions of features this CPU lacks become OP_SLOW, which finds them UNDEFINED.
 */

import { CLASS_FP, CLASS_INT, CLASS_MEMORY, rowAvailable, rowClass } from './classify'
import * as R from './generated/decode'
import { decodeRow, rowGroup } from './generated/decode'
import * as OP from './generated/ops'
import { BITMASK_TABLE, SLOT_SINK, SLOT_ZERO } from './layout'
import { RECORD_PAGE_LINEAR } from './records'

/** Decodes the instruction whose record is at `rec` in the record page `page`. */
export function predecode(rec: usize, page: usize): void {
  const offset = <u32>(rec - page) >> 1
  const word = load<u32>(load<u32>(page + RECORD_PAGE_LINEAR) + offset)
  store<u64>(rec, recordOf(word, offset))
}

/** The record of `w` at byte `offset` of its page. */
export function recordOf(w: u32, offset: u32): u64 {
  const row = decodeRow(w)
  if (!row || row == R.R_UDF || !rowAvailable(row)) return OP.OP_SLOW
  switch (rowClass(row)) {
    case CLASS_INT:
      return integer(row, w, offset)
    case CLASS_MEMORY:
      return memoryAccess(row, w)
    case CLASS_FP:
      return scalarFp(row, w)
    default:
      return system(row, w)
  }
}

/** Record of an operation that works from row and word. */
function byRow(op: u64, row: u32, w: u32): u64 {
  return op | ((<u64>row) << 16) | ((<u64>w) << 32)
}

// Slots of the operands Rd/Rt (4:0), Rn (9:5), Rm (20:16), Ra/Rt2 (14:10); 31 is the zero register or SP.

function dst(n: u32): u64 {
  return n == 31 ? SLOT_SINK : n
}

function src(n: u32): u64 {
  return n == 31 ? SLOT_ZERO : n
}

function rd(w: u32): u64 {
  return dst(w & 31) << 16
}

function rdSP(w: u32): u64 {
  return (<u64>(w & 31)) << 16
}

function rn(w: u32): u64 {
  return src((w >> 5) & 31) << 24
}

function rnSP(w: u32): u64 {
  return (<u64>((w >> 5) & 31)) << 24
}

function rm(w: u32): u64 {
  return src((w >> 16) & 31) << 32
}

function ra(w: u32): u64 {
  return src((w >> 10) & 31) << 40
}

/** `x` or `w` operation by the sf bit: the W operation's number is `distance` above the X one's. */
function sized(x: u64, w32: u64, w: u32): u64 {
  return w >> 31 != 0 ? x : w32
}

function signExtend(value: u32, bits: u32): i32 {
  return <i32>(value << (32 - bits)) >> (32 - bits)
}

function imm32(value: i32): u64 {
  return (<u64>(<u32>value)) << 32
}

// ---- integer and branches ---------------------------------------------------------------------------------------

function integer(row: u32, w: u32, offset: u32): u64 {
  switch (row) {
    case R.R_ADD_imm:
    case R.R_SUB_imm: {
      const imm = addSubImmediate(w)
      const signed = row == R.R_ADD_imm ? imm : -imm
      return sized(OP.OP_ADDI_X, OP.OP_ADDI_W, w) | rdSP(w) | rnSP(w) | imm32(signed)
    }
    case R.R_ADDS_imm:
      return sized(OP.OP_ADDSI_X, OP.OP_ADDSI_W, w) | rd(w) | rnSP(w) | imm32(addSubImmediate(w))
    case R.R_SUBS_imm:
      return sized(OP.OP_SUBSI_X, OP.OP_SUBSI_W, w) | rd(w) | rnSP(w) | imm32(addSubImmediate(w))
    case R.R_AND_imm:
      return sized(OP.OP_ANDI_X, OP.OP_ANDI_W, w) | rdSP(w) | rn(w) | bitmask(w)
    case R.R_ORR_imm:
      return sized(OP.OP_ORRI_X, OP.OP_ORRI_W, w) | rdSP(w) | rn(w) | bitmask(w)
    case R.R_EOR_imm:
      return sized(OP.OP_EORI_X, OP.OP_EORI_W, w) | rdSP(w) | rn(w) | bitmask(w)
    case R.R_ANDS_imm:
      return sized(OP.OP_ANDSI_X, OP.OP_ANDSI_W, w) | rd(w) | rn(w) | bitmask(w)
    case R.R_ADD_shift:
      return shifted(row, w, OP.OP_ADD_X, OP.OP_ADD_W, 3)
    case R.R_SUB_shift:
      return shifted(row, w, OP.OP_SUB_X, OP.OP_SUB_W, 3)
    case R.R_AND_shift:
      return shifted(row, w, OP.OP_AND_X, OP.OP_AND_W, 4)
    case R.R_ORR_shift:
      if (((w >> 5) & 31) == 31 && ((w >> 10) & 63) == 0) {
        return sized(OP.OP_MOV_X, OP.OP_MOV_W, w) | rd(w) | rm(w)
      }
      return shifted(row, w, OP.OP_ORR_X, OP.OP_ORR_W, 4)
    case R.R_EOR_shift:
      return shifted(row, w, OP.OP_EOR_X, OP.OP_EOR_W, 4)
    case R.R_BIC_shift:
      return shifted(row, w, OP.OP_BIC_X, OP.OP_BIC_W, 4)
    case R.R_ORN_shift:
      return shifted(row, w, OP.OP_ORN_X, OP.OP_ORN_W, 0)
    case R.R_EON_shift:
      return shifted(row, w, OP.OP_EON_X, OP.OP_EON_W, 0)
    case R.R_ANDS_shift:
      return shifted(row, w, OP.OP_ANDS_X, OP.OP_ANDS_W, 0)
    case R.R_BICS_shift:
      return shifted(row, w, OP.OP_BICS_X, OP.OP_BICS_W, 0)
    case R.R_ADDS_shift:
      return shifted(row, w, OP.OP_ADDS_X, OP.OP_ADDS_W, 1)
    case R.R_SUBS_shift:
      return shifted(row, w, OP.OP_SUBS_X, OP.OP_SUBS_W, 1)
    case R.R_ADD_ext:
      return extended(row, w, OP.OP_ADD_UXTW_X, OP.OP_ADD_SXTW_X)
    case R.R_SUB_ext:
      return extended(row, w, OP.OP_SUB_UXTW_X, OP.OP_SUB_SXTW_X)
    case R.R_MOVZ:
      return moveWide(w, false)
    case R.R_MOVN:
      return moveWide(w, true)
    case R.R_MOVK:
      return (
        sized(OP.OP_MOVK_X, OP.OP_MOVK_W, w) |
        rd(w) |
        ((<u64>((w >> 5) & 0xffff)) << 32) |
        ((<u64>((w >> 21) & 3)) << 52)
      )
    case R.R_ADR:
      return OP.OP_ADR | rd(w) | imm32(adrImmediate(w))
    case R.R_ADRP:
      return OP.OP_ADRP | rd(w) | imm32(adrImmediate(w))
    case R.R_UBFM:
      return bitfield(w, OP.OP_UBFM_X, OP.OP_UBFM_W)
    case R.R_SBFM:
      return bitfield(w, OP.OP_SBFM_X, OP.OP_SBFM_W)
    case R.R_BFM:
      return bitfieldInsert(w)
    case R.R_EXTR:
      return extract(w)
    case R.R_CSEL:
      return conditional(w, OP.OP_CSEL_X, OP.OP_CSEL_W)
    case R.R_CSINC:
      return conditional(w, OP.OP_CSINC_X, OP.OP_CSINC_W)
    case R.R_CSINV:
      return conditional(w, OP.OP_CSINV_X, OP.OP_CSINV_W)
    case R.R_CSNEG:
      return conditional(w, OP.OP_CSNEG_X, OP.OP_CSNEG_W)
    case R.R_CCMP_reg:
      return compare(w, OP.OP_CCMP_X, OP.OP_CCMP_W) | rm(w)
    case R.R_CCMP_imm:
      return compare(w, OP.OP_CCMPI_X, OP.OP_CCMPI_W) | ((<u64>((w >> 16) & 31)) << 32)
    case R.R_MADD:
      return sized(OP.OP_MADD_X, OP.OP_MADD_W, w) | rd(w) | rn(w) | rm(w) | ra(w)
    case R.R_MSUB:
      return sized(OP.OP_MSUB_X, OP.OP_MSUB_W, w) | rd(w) | rn(w) | rm(w) | ra(w)
    case R.R_SMADDL:
      return OP.OP_SMADDL | rd(w) | rn(w) | rm(w) | ra(w)
    case R.R_UMADDL:
      return OP.OP_UMADDL | rd(w) | rn(w) | rm(w) | ra(w)
    case R.R_UMULH:
      return OP.OP_UMULH | rd(w) | rn(w) | rm(w)
    case R.R_UDIV:
      return sized(OP.OP_UDIV_X, OP.OP_UDIV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_SDIV:
      return sized(OP.OP_SDIV_X, OP.OP_SDIV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_LSLV:
      return sized(OP.OP_LSLV_X, OP.OP_LSLV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_LSRV:
      return sized(OP.OP_LSRV_X, OP.OP_LSRV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_ASRV:
      return sized(OP.OP_ASRV_X, OP.OP_ASRV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_RORV:
      return sized(OP.OP_RORV_X, OP.OP_RORV_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_CLZ:
      return sized(OP.OP_CLZ_X, OP.OP_CLZ_W, w) | rd(w) | rn(w)
    case R.R_REV:
      return OP.OP_REV_X | rd(w) | rn(w)
    case R.R_REV32:
      if (w >> 31) return byRow(OP.OP_INT, row, w)
      return OP.OP_REV_W | rd(w) | rn(w)
    case R.R_ADC:
      return sized(OP.OP_ADC_X, OP.OP_ADC_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_SBC:
      return sized(OP.OP_SBC_X, OP.OP_SBC_W, w) | rd(w) | rn(w) | rm(w)
    case R.R_ADCS:
      if (!(w >> 31)) return byRow(OP.OP_INT, row, w)
      return OP.OP_ADCS_X | rd(w) | rn(w) | rm(w)
    case R.R_SBCS:
      if (!(w >> 31)) return byRow(OP.OP_INT, row, w)
      return OP.OP_SBCS_X | rd(w) | rn(w) | rm(w)
    case R.R_B:
      return branch(OP.OP_B_NEAR, OP.OP_B_FAR, 0, signExtend(w, 26) << 2, offset)
    case R.R_BL:
      return branch(OP.OP_BL_NEAR, OP.OP_BL_FAR, 0, signExtend(w, 26) << 2, offset)
    case R.R_B_cond:
      return conditionalBranch(w, offset)
    case R.R_CBZ:
      return compareBranch(w, offset, OP.OP_CBZ_X, OP.OP_CBZ_W, OP.OP_CBZ_FAR_X, OP.OP_CBZ_FAR_W)
    case R.R_CBNZ:
      return compareBranch(
        w,
        offset,
        OP.OP_CBNZ_X,
        OP.OP_CBNZ_W,
        OP.OP_CBNZ_FAR_X,
        OP.OP_CBNZ_FAR_W,
      )
    case R.R_TBZ:
      return branch(OP.OP_TBZ, OP.OP_TBZ_FAR, testedBit(w), signExtend(w >> 5, 14) << 2, offset)
    case R.R_TBNZ:
      return branch(OP.OP_TBNZ, OP.OP_TBNZ_FAR, testedBit(w), signExtend(w >> 5, 14) << 2, offset)
    case R.R_BR:
    case R.R_RET:
      return OP.OP_BR | rn(w)
    case R.R_BLR:
      return OP.OP_BLR | rn(w)
  }
  return byRow(rowGroup(row) == R.G_BRANCH ? OP.OP_SYS : OP.OP_INT, row, w)
}

function addSubImmediate(w: u32): i32 {
  const imm = <i32>((w >> 10) & 0xfff)
  return (w >> 22) & 1 ? imm << 12 : imm
}

/** The address of the mask in BITMASK_TABLE. */
function bitmask(w: u32): u64 {
  return (<u64>(BITMASK_TABLE + (((w >> 10) & 0x1fff) << 3))) << 32
}

/** Add, subtract and logic with a shifted register. `kinds` shift types have operations, which follow the plain one. */
function shifted(row: u32, w: u32, x: u64, w32: u64, kinds: u32): u64 {
  const amount = (w >> 10) & 63
  const type = (w >> 22) & 3
  const op = sized(x, w32, w)
  const operands = rd(w) | rn(w) | rm(w)
  if (!amount) return op | operands
  if (type >= kinds) return byRow(OP.OP_INT, row, w)
  return (op + 1 + type) | operands | ((<u64>amount) << 48)
}

/** Add and subtract with an extended register: the forms that address arithmetic uses. */
function extended(row: u32, w: u32, uxtw: u64, sxtw: u64): u64 {
  const option = (w >> 13) & 7
  if (!(w >> 31) || (option != 2 && option != 6)) return byRow(OP.OP_INT, row, w)
  return (option == 2 ? uxtw : sxtw) | rdSP(w) | rnSP(w) | rm(w) | ((<u64>((w >> 10) & 7)) << 48)
}

function moveWide(w: u32, not: bool): u64 {
  const imm = (w >> 5) & 0xffff
  const hw = (w >> 21) & 3
  if (hw >= 2 || (not && w >> 31)) {
    return (
      (not ? OP.OP_MOVN_HIGH : OP.OP_MOVZ_HIGH) | rd(w) | ((<u64>imm) << 32) | ((<u64>hw) << 52)
    )
  }
  const value = imm << (hw << 4)
  return OP.OP_MOVU | rd(w) | ((<u64>(not ? ~value : value)) << 32)
}

function adrImmediate(w: u32): i32 {
  return signExtend((((w >> 5) & 0x7ffff) << 2) | ((w >> 29) & 3), 21)
}

/** Two shifts: left so that the field's top bit is the register's, then right to where it belongs. */
function bitfield(w: u32, x: u64, w32: u64): u64 {
  const top: u32 = w >> 31 ? 63 : 31
  const immr = (w >> 16) & 63
  const imms = (w >> 10) & 63
  const left = top - imms
  const right = imms >= immr ? left + immr : immr - imms - 1
  return sized(x, w32, w) | rd(w) | rn(w) | ((<u64>left) << 48) | ((<u64>right) << 56)
}

function bitfieldInsert(w: u32): u64 {
  const size: u32 = w >> 31 ? 64 : 32
  const immr = (w >> 16) & 63
  const imms = (w >> 10) & 63
  const op = sized(OP.OP_BFM_X, OP.OP_BFM_W, w)
  // A whole register would need a 64-bit width, which the record's mask cannot make.
  if (imms >= immr) {
    const width = imms - immr + 1
    if (width == 64) return OP.OP_MOV_X | rd(w) | (src((w >> 5) & 31) << 32)
    return op | bfmOperands(w, immr, 0, width)
  }
  return op | bfmOperands(w, 0, size - immr, imms + 1)
}

function bfmOperands(w: u32, from: u32, to: u32, width: u32): u64 {
  return (
    (dst(w & 31) << 16) | rn(w) | ((<u64>to) << 40) | ((<u64>from) << 48) | ((<u64>width) << 56)
  )
}

function extract(w: u32): u64 {
  const low = (w >> 10) & 63
  if (!low) return sized(OP.OP_MOV_X, OP.OP_MOV_W, w) | rd(w) | rm(w)
  return sized(OP.OP_EXTR_X, OP.OP_EXTR_W, w) | rd(w) | rn(w) | rm(w) | ((<u64>low) << 48)
}

/** Bit n of the result: whether the condition holds when NZCV = n. */
function truthTable(condition: u32): u64 {
  let table: u64
  switch (condition >> 1) {
    case 0:
      table = 0xf0f0
      break
    case 1:
      table = 0xcccc
      break
    case 2:
      table = 0xff00
      break
    case 3:
      table = 0xaaaa
      break
    case 4:
      table = 0x0c0c
      break
    case 5:
      table = 0xaa55
      break
    case 6:
      table = 0x0a05
      break
    default:
      return 0xffff
  }
  return condition & 1 ? table ^ 0xffff : table
}

function conditional(w: u32, x: u64, w32: u64): u64 {
  return sized(x, w32, w) | rd(w) | rn(w) | rm(w) | (truthTable((w >> 12) & 15) << 48)
}

function compare(w: u32, x: u64, w32: u64): u64 {
  return sized(x, w32, w) | ((<u64>(w & 15)) << 16) | rn(w) | (truthTable((w >> 12) & 15) << 48)
}

/** A branch by `distance` bytes from byte `offset` of the page; `operands` are bits 31:16. */
function branch(near: u64, far: u64, operands: u64, distance: i32, offset: u32): u64 {
  const to = <i32>offset + distance
  if (to >= 0 && to < 4096) return near | operands | imm32(distance << 1)
  return far | operands | imm32(distance)
}

function conditionalBranch(w: u32, offset: u32): u64 {
  const condition = w & 15
  const distance = signExtend(w >> 5, 19) << 2
  if (condition >= 14) return branch(OP.OP_B_NEAR, OP.OP_B_FAR, 0, distance, offset)
  const far = OP.OP_B_COND_FAR | (truthTable(condition) << 16)
  const to = <i32>offset + distance
  if (to >= 0 && to < 4096) return (OP.OP_B_EQ + condition) | imm32(distance << 1)
  return far | imm32(distance)
}

function compareBranch(w: u32, offset: u32, x: u64, w32: u64, farX: u64, farW: u64): u64 {
  const operands = src(w & 31) << 16
  const distance = signExtend(w >> 5, 19) << 2
  return branch(sized(x, w32, w), sized(farX, farW, w), operands, distance, offset)
}

function testedBit(w: u32): u64 {
  return (src(w & 31) << 16) | ((<u64>(((w >> 31) << 5) | ((w >> 19) & 31))) << 24)
}

// ---- loads and stores -------------------------------------------------------------------------------------------

function memoryAccess(row: u32, w: u32): u64 {
  switch (row) {
    case R.R_LDR_imm:
      return w >> 30 == 3 ? scaled(OP.OP_LDR_X, w, 3) : scaled(OP.OP_LDR_W, w, 2)
    case R.R_STR_imm:
      return w >> 30 == 3 ? scaledStore(OP.OP_STR_X, w, 3) : scaledStore(OP.OP_STR_W, w, 2)
    case R.R_LDRB_imm:
      return scaled(OP.OP_LDR_B, w, 0)
    case R.R_STRB_imm:
      return scaledStore(OP.OP_STR_B, w, 0)
    case R.R_LDRH_imm:
      return scaled(OP.OP_LDR_H, w, 1)
    case R.R_STRH_imm:
      return scaledStore(OP.OP_STR_H, w, 1)
    case R.R_LDRSW_imm:
      return scaled(OP.OP_LDRSW, w, 2)
    case R.R_LDRSB_imm:
      return scaled((w >> 22) & 1 ? OP.OP_LDRSB_W : OP.OP_LDRSB_X, w, 0)
    case R.R_LDRSH_imm:
      return scaled((w >> 22) & 1 ? OP.OP_LDRSH_W : OP.OP_LDRSH_X, w, 1)
    case R.R_LDUR:
      return unscaled(w >> 30 == 3 ? OP.OP_LDR_X : OP.OP_LDR_W, w)
    case R.R_STUR:
      return unscaledStore(w >> 30 == 3 ? OP.OP_STR_X : OP.OP_STR_W, w)
    case R.R_LDURB:
      return unscaled(OP.OP_LDR_B, w)
    case R.R_STURB:
      return unscaledStore(OP.OP_STR_B, w)
    case R.R_LDURH:
      return unscaled(OP.OP_LDR_H, w)
    case R.R_STURH:
      return unscaledStore(OP.OP_STR_H, w)
    case R.R_LDURSW:
      return unscaled(OP.OP_LDRSW, w)
    case R.R_LDR_pre:
      return indexed(row, w, w >> 30 == 3 ? OP.OP_LDR_X_PRE : OP.OP_LDR_W_PRE)
    case R.R_LDR_post:
      return indexed(row, w, w >> 30 == 3 ? OP.OP_LDR_X_POST : OP.OP_LDR_W_POST)
    case R.R_STR_pre:
      return indexedStore(row, w, w >> 30 == 3 ? OP.OP_STR_X_PRE : OP.OP_STR_W_PRE)
    case R.R_STR_post:
      return indexedStore(row, w, w >> 30 == 3 ? OP.OP_STR_X_POST : OP.OP_STR_W_POST)
    case R.R_LDRB_pre:
      return indexed(row, w, OP.OP_LDR_B_PRE)
    case R.R_LDRB_post:
      return indexed(row, w, OP.OP_LDR_B_POST)
    case R.R_STRB_pre:
      return indexedStore(row, w, OP.OP_STR_B_PRE)
    case R.R_STRB_post:
      return indexedStore(row, w, OP.OP_STR_B_POST)
    case R.R_LDRH_pre:
      return indexed(row, w, OP.OP_LDR_H_PRE)
    case R.R_LDRH_post:
      return indexed(row, w, OP.OP_LDR_H_POST)
    case R.R_STRH_pre:
      return indexedStore(row, w, OP.OP_STR_H_PRE)
    case R.R_STRH_post:
      return indexedStore(row, w, OP.OP_STR_H_POST)
    case R.R_LDR_reg:
      return registerOffset(w >> 30 == 3 ? OP.OP_LDR_X : OP.OP_LDR_W, w, w >> 30, rd(w))
    case R.R_STR_reg:
      return registerOffset(w >> 30 == 3 ? OP.OP_STR_X : OP.OP_STR_W, w, w >> 30, rt(w))
    case R.R_LDRB_reg:
      return registerOffset(OP.OP_LDR_B, w, 0, rd(w))
    case R.R_STRB_reg:
      return registerOffset(OP.OP_STR_B, w, 0, rt(w))
    case R.R_LDRH_reg:
      return registerOffset(OP.OP_LDR_H, w, 1, rd(w))
    case R.R_STRH_reg:
      return registerOffset(OP.OP_STR_H, w, 1, rt(w))
    case R.R_LDRSW_reg:
      return registerOffset(OP.OP_LDRSW, w, 2, rd(w))
    case R.R_LDRSB_reg:
      return registerOffset((w >> 22) & 1 ? OP.OP_LDRSB_W : OP.OP_LDRSB_X, w, 0, rd(w))
    case R.R_LDRSH_reg:
      return registerOffset((w >> 22) & 1 ? OP.OP_LDRSH_W : OP.OP_LDRSH_X, w, 1, rd(w))
    case R.R_LDP:
      return w >> 31 ? loadPair(row, w, OP.OP_LDP_X, 3) : loadPair(row, w, OP.OP_LDP_W, 2)
    case R.R_LDP_pre:
      return w >> 31 ? loadPair(row, w, OP.OP_LDP_X_PRE, 3) : byRow(OP.OP_MEM, row, w)
    case R.R_LDP_post:
      return w >> 31 ? loadPair(row, w, OP.OP_LDP_X_POST, 3) : byRow(OP.OP_MEM, row, w)
    case R.R_STP:
      return w >> 31 ? storePair(OP.OP_STP_X, w, 3) : storePair(OP.OP_STP_W, w, 2)
    case R.R_STP_pre:
      return w >> 31 ? storePair(OP.OP_STP_X_PRE, w, 3) : byRow(OP.OP_MEM, row, w)
    case R.R_STP_post:
      return w >> 31 ? storePair(OP.OP_STP_X_POST, w, 3) : byRow(OP.OP_MEM, row, w)
    case R.R_LDR_lit:
      return (
        ((w >> 30) & 1 ? OP.OP_LDR_LIT_X : OP.OP_LDR_LIT_W) |
        rd(w) |
        imm32(signExtend(w >> 5, 19) << 2)
      )
    case R.R_LDR_fp_imm:
      return vectorScaled(row, w, OP.OP_LDR_S, OP.OP_LDR_D, OP.OP_LDR_Q)
    case R.R_STR_fp_imm:
      return vectorScaled(row, w, OP.OP_STR_S, OP.OP_STR_D, OP.OP_STR_Q)
    case R.R_LDUR_fp:
      return vectorUnscaled(row, w, OP.OP_LDR_S, OP.OP_LDR_D, OP.OP_LDR_Q)
    case R.R_STUR_fp:
      return vectorUnscaled(row, w, OP.OP_STR_S, OP.OP_STR_D, OP.OP_STR_Q)
    case R.R_LDR_fp_reg:
      return vectorRegister(row, w, OP.OP_LDR_S, OP.OP_LDR_D, OP.OP_LDR_Q)
    case R.R_STR_fp_reg:
      return vectorRegister(row, w, OP.OP_STR_S, OP.OP_STR_D, OP.OP_STR_Q)
    case R.R_LDP_fp:
      return w >> 30 == 2 ? vectorPair(OP.OP_LDP_Q, w) : byRow(OP.OP_MEM, row, w)
    case R.R_LDP_fp_pre:
      return w >> 30 == 2 ? vectorPair(OP.OP_LDP_Q_PRE, w) : byRow(OP.OP_MEM, row, w)
    case R.R_LDP_fp_post:
      return w >> 30 == 2 ? vectorPair(OP.OP_LDP_Q_POST, w) : byRow(OP.OP_MEM, row, w)
    case R.R_STP_fp:
      return w >> 30 == 2 ? vectorPair(OP.OP_STP_Q, w) : byRow(OP.OP_MEM, row, w)
    case R.R_STP_fp_pre:
      return w >> 30 == 2 ? vectorPair(OP.OP_STP_Q_PRE, w) : byRow(OP.OP_MEM, row, w)
    case R.R_STP_fp_post:
      return w >> 30 == 2 ? vectorPair(OP.OP_STP_Q_POST, w) : byRow(OP.OP_MEM, row, w)
    case R.R_PRFM_imm:
    case R.R_PRFM_reg:
    case R.R_PRFM_lit:
    case R.R_PRFUM:
      return OP.OP_NOP
  }
  return byRow(OP.OP_MEM, row, w)
}

/** The register to store: 31 is the zero register. */
function rt(w: u32): u64 {
  return src(w & 31) << 16
}

function scaled(op: u64, w: u32, log2: u32): u64 {
  return op | rd(w) | rnSP(w) | imm32(<i32>(((w >> 10) & 0xfff) << log2))
}

function scaledStore(op: u64, w: u32, log2: u32): u64 {
  return op | rt(w) | rnSP(w) | imm32(<i32>(((w >> 10) & 0xfff) << log2))
}

function unscaled(op: u64, w: u32): u64 {
  return op | rd(w) | rnSP(w) | imm32(signExtend(w >> 12, 9))
}

function unscaledStore(op: u64, w: u32): u64 {
  return op | rt(w) | rnSP(w) | imm32(signExtend(w >> 12, 9))
}

/** Pre- and post-index. Base and data register alike is CONSTRAINED UNPREDICTABLE: left to memory.ts. */
function indexed(row: u32, w: u32, op: u64): u64 {
  if ((w & 31) == ((w >> 5) & 31)) return byRow(OP.OP_MEM, row, w)
  return unscaled(op, w)
}

function indexedStore(row: u32, w: u32, op: u64): u64 {
  if ((w & 31) == ((w >> 5) & 31)) return byRow(OP.OP_MEM, row, w)
  return unscaledStore(op, w)
}

/** Register offset; the operations with it stand 1 (LSL, UXTW) and 2 (SXTW) after the plain one. */
function registerOffset(op: u64, w: u32, log2: u32, data: u64): u64 {
  const option = (w >> 13) & 7
  const amount: u64 = (w >> 12) & 1 ? log2 : 0
  const operands = data | rnSP(w) | rm(w)
  if (option == 2) return (op + 1) | operands | ((<u64>32) << 48) | ((32 - amount) << 56)
  if (option == 6) return (op + 2) | operands | ((<u64>32) << 48) | ((32 - amount) << 56)
  return (op + 1) | operands | (amount << 48)
}

function pairImmediate(w: u32, log2: u32): u64 {
  return (<u64>(signExtend(w >> 15, 7) << log2) & 0xffff) << 48
}

function loadPair(row: u32, w: u32, op: u64, log2: u32): u64 {
  const t = w & 31
  const t2 = (w >> 10) & 31
  const n = (w >> 5) & 31
  if (t == t2 || (row != R.R_LDP && (t == n || t2 == n))) return byRow(OP.OP_MEM, row, w)
  return op | rd(w) | rnSP(w) | (dst(t2) << 32) | pairImmediate(w, log2)
}

function storePair(op: u64, w: u32, log2: u32): u64 {
  return op | rt(w) | rnSP(w) | (src((w >> 10) & 31) << 32) | pairImmediate(w, log2)
}

/** log2 of the access of a SIMD & FP load or store: size (31:30) and opc<1> (23). */
function vectorLog2(w: u32): u32 {
  return (w >> 30) | (((w >> 23) & 1) << 2)
}

function vectorOp(log2: u32, s: u64, d: u64, q: u64): u64 {
  return log2 == 2 ? s : log2 == 3 ? d : log2 == 4 ? q : 0
}

function vectorScaled(row: u32, w: u32, s: u64, d: u64, q: u64): u64 {
  const log2 = vectorLog2(w)
  const op = vectorOp(log2, s, d, q)
  if (!op) return byRow(OP.OP_MEM, row, w)
  return op | rdSP(w) | rnSP(w) | imm32(<i32>(((w >> 10) & 0xfff) << log2))
}

function vectorUnscaled(row: u32, w: u32, s: u64, d: u64, q: u64): u64 {
  const op = vectorOp(vectorLog2(w), s, d, q)
  if (!op) return byRow(OP.OP_MEM, row, w)
  return op | rdSP(w) | rnSP(w) | imm32(signExtend(w >> 12, 9))
}

function vectorRegister(row: u32, w: u32, s: u64, d: u64, q: u64): u64 {
  const log2 = vectorLog2(w)
  // The Q, D and S operations with a plain offset precede those with a register by the six of one suffix.
  const op = vectorOp(log2, s, d, q)
  if (!op || ((w >> 13) & 7) == 6) return byRow(OP.OP_MEM, row, w)
  const withRegister = op + (OP.OP_LDR_Q_REG - OP.OP_LDR_Q)
  const amount: u64 = (w >> 12) & 1 ? log2 : 0
  const operands = rdSP(w) | rnSP(w) | rm(w)
  if (((w >> 13) & 7) == 2) {
    return withRegister | operands | ((<u64>32) << 48) | ((32 - amount) << 56)
  }
  return withRegister | operands | (amount << 48)
}

function vectorPair(op: u64, w: u32): u64 {
  return op | rdSP(w) | rnSP(w) | ((<u64>((w >> 10) & 31)) << 32) | pairImmediate(w, 4)
}

// ---- scalar floating point ------------------------------------------------------------------------------------

function scalarFp(row: u32, w: u32): u64 {
  switch (row) {
    case R.R_FADD_s:
      return precision(OP.OP_FADD_D, OP.OP_FADD_S, w) | threeVectors(w)
    case R.R_FSUB_s:
      return precision(OP.OP_FSUB_D, OP.OP_FSUB_S, w) | threeVectors(w)
    case R.R_FMUL_s:
      return precision(OP.OP_FMUL_D, OP.OP_FMUL_S, w) | threeVectors(w)
    case R.R_FDIV_s:
      return precision(OP.OP_FDIV_D, OP.OP_FDIV_S, w) | threeVectors(w)
    case R.R_FMADD_s:
      return precision(OP.OP_FMADD_D, OP.OP_FMADD_S, w) | threeVectors(w) | addend(w)
    case R.R_FMSUB_s:
      return precision(OP.OP_FMSUB_D, OP.OP_FMSUB_S, w) | threeVectors(w) | addend(w)
    case R.R_FCMP_s:
    case R.R_FCMPE_s: {
      const signalling: u64 = row == R.R_FCMPE_s ? 1 << 16 : 0
      const operands = threeVectors(w) & ~((<u64>0xff) << 16)
      return precision(OP.OP_FCMP_D, OP.OP_FCMP_S, w) | operands | signalling
    }
    case R.R_FCSEL_s: {
      const table = truthTable((w >> 12) & 15) << 48
      return precision(OP.OP_FCSEL_D, OP.OP_FCSEL_S, w) | threeVectors(w) | table
    }
    case R.R_FMOV_s:
      return precision(OP.OP_FMOV_D, OP.OP_FMOV_S, w) | rdSP(w) | rnSP(w)
    case R.R_FMOV_to_gp:
      return sized(OP.OP_FMOV_TO_X, OP.OP_FMOV_TO_W, w) | rd(w) | rnSP(w)
    case R.R_FMOV_from_gp:
      return sized(OP.OP_FMOV_FROM_X, OP.OP_FMOV_FROM_W, w) | rdSP(w) | rn(w)
  }
  return byRow(OP.OP_FP, row, w)
}

/** The double operation if field sz says so, else the single one. */
function precision(double: u64, single: u64, w: u32): u64 {
  return (w >> 22) & 1 ? double : single
}

/** Vector registers by their numbers: Rd, Rn, Rm. */
function threeVectors(w: u32): u64 {
  return rdSP(w) | rnSP(w) | ((<u64>((w >> 16) & 31)) << 32)
}

function addend(w: u32): u64 {
  return (<u64>((w >> 10) & 31)) << 40
}

// ---- system -----------------------------------------------------------------------------------------------------

function system(row: u32, w: u32): u64 {
  switch (row) {
    case R.R_DMB:
    case R.R_DSB:
    case R.R_ISB:
      return OP.OP_NOP
    case R.R_HINT:
      // WFE, WFI and YIELD do something; SEV and SEVL set event registers. The rest of the space is NOP here.
      if (((w >> 5) & 0x7f) == 0 || ((w >> 5) & 0x7f) > 5) return OP.OP_NOP
  }
  return byRow(OP.OP_SYS, row, w)
}

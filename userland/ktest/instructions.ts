/**
 * A64 instructions as numbers (Arm ARM DDI 0487, C6), as few as the programs of some cases need: those that do what AssemblyScript
 * can't say. `instructions.test.ts` compares them with the encoder of jit/isa.
 */

export const SVC: u32 = 0xd4000001
export const RET: u32 = 0xd65f03c0
export const UDF: u32 = 0
export const ERET: u32 = 0xd69f03e0
export const HVC: u32 = 0xd4000002
export const SMC: u32 = 0xd4000003
export const HLT: u32 = 0xd4400000
export const MSR_DAIFSET_2: u32 = 0xd50342df
export const TLBI_VMALLE1: u32 = 0xd508871f
export const MRS_X0_SCTLR_EL1: u32 = 0xd5381000
export const MSR_VBAR_EL1_X0: u32 = 0xd518c000
export const MSR_TTBR0_EL1_X0: u32 = 0xd5182000
export const DC_IVAC_X0: u32 = 0xd5087620

/** Condition codes. */
export const EQ: u32 = 0
export const NE: u32 = 1
export const LO: u32 = 3

export function movz(d: u32, imm: u32, half: u32 = 0): u32 {
  return 0xd2800000 | (half << 21) | (imm << 5) | d
}

export function movk(d: u32, imm: u32, half: u32): u32 {
  return 0xf2800000 | (half << 21) | (imm << 5) | d
}

/** MOV Xd, Xm */
export function mov(d: u32, m: u32): u32 {
  return 0xaa0003e0 | (m << 16) | d
}

/** ADD Xd, Xn, #imm; SP as 31 */
export function addImmediate(d: u32, n: u32, imm: u32): u32 {
  return 0x91000000 | (imm << 10) | (n << 5) | d
}

/** SUB Xd, Xn, Xm */
export function sub(d: u32, n: u32, m: u32): u32 {
  return 0xcb000000 | (m << 16) | (n << 5) | d
}

/** CMP Xn, #imm */
export function cmpImmediate(n: u32, imm: u32): u32 {
  return 0xf100001f | (imm << 10) | (n << 5)
}

/** CMP Xn, Xm */
export function cmp(n: u32, m: u32): u32 {
  return 0xeb00001f | (m << 16) | (n << 5)
}

/** LDR Xt, [Xn, #offset] */
export function ldr(t: u32, n: u32, offset: u32 = 0): u32 {
  return 0xf9400000 | ((offset >> 3) << 10) | (n << 5) | t
}

/** STR Xt, [Xn, #offset] */
export function str(t: u32, n: u32, offset: u32 = 0): u32 {
  return 0xf9000000 | ((offset >> 3) << 10) | (n << 5) | t
}

/** LDAXR Xt, [Xn] */
export function ldaxr(t: u32, n: u32): u32 {
  return 0xc85ffc00 | (n << 5) | t
}

/** BR Xn */
export function br(n: u32): u32 {
  return 0xd61f0000 | (n << 5)
}

/** BRK #imm */
export function brk(imm: u32): u32 {
  return 0xd4200000 | (imm << 5)
}

/** B by a distance in instructions */
export function b(distance: i32): u32 {
  return 0x14000000 | ((distance as u32) & 0x3ffffff)
}

/** B.cond by a distance in instructions */
export function bCond(condition: u32, distance: i32): u32 {
  return 0x54000000 | (((distance as u32) & 0x7ffff) << 5) | condition
}

/** FMOV Dd, Xn */
export function fmovTo(d: u32, n: u32): u32 {
  return 0x9e670000 | (n << 5) | d
}

/** FMOV Xd, Dn */
export function fmovFrom(d: u32, n: u32): u32 {
  return 0x9e660000 | (n << 5) | d
}

/** MOV Vd.D[1], Xn */
export function insertHigh(d: u32, n: u32): u32 {
  return 0x4e181c00 | (n << 5) | d
}

/** MOV Xd, Vn.D[1] */
export function extractHigh(d: u32, n: u32): u32 {
  return 0x4e183c00 | (n << 5) | d
}

/** MSR NZCV, Xt */
export function msrNzcv(t: u32): u32 {
  return 0xd51b4200 | t
}

/** MRS Xt, NZCV */
export function mrsNzcv(t: u32): u32 {
  return 0xd53b4200 | t
}

/** MSR FPCR, Xt */
export function msrFpcr(t: u32): u32 {
  return 0xd51b4400 | t
}

/** MRS Xt, FPCR */
export function mrsFpcr(t: u32): u32 {
  return 0xd53b4400 | t
}

/** MSR FPSR, Xt */
export function msrFpsr(t: u32): u32 {
  return 0xd51b4420 | t
}

/** MRS Xt, FPSR */
export function mrsFpsr(t: u32): u32 {
  return 0xd53b4420 | t
}

/** MSR TPIDR_EL0, Xt */
export function msrTpidr(t: u32): u32 {
  return 0xd51bd040 | t
}

/** MRS Xt, TPIDR_EL0 */
export function mrsTpidr(t: u32): u32 {
  return 0xd53bd040 | t
}

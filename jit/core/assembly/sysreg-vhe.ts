/**
 * Register redirection of FEAT_VHE: while HCR_EL2.E2H is 1, EL2 reaches its own registers by the names of EL1's, and
 * EL1's by *_EL12 and *_EL02. Arm ARM D5.6.
 */
import { encoding } from './sysreg-table'

/** The encoding of the EL2 register that an EL1 (or timer) encoding names at EL2; others as they are. */
export function e2hTarget(enc: u32): u32 {
  const op1 = (enc >> 11) & 7
  const crn = (enc >> 7) & 15
  const crm = (enc >> 3) & 15
  // CNTP_* and CNTV_* become CNTHP_* and CNTHV_*.
  if ((enc & ~0x7f) == encoding(3, 3, 14, 0, 0)) {
    return (crm == 2 || crm == 3) && (enc & 7) < 3 ? enc + (1 << 11) : enc
  }
  if (op1 != 0 || enc >> 14 != 3) return enc
  if (enc == encoding(3, 0, 1, 0, 2)) return encoding(3, 4, 1, 1, 2) // CPACR: CPTR
  return hasTwin(enc, crn, crm) ? enc | (4 << 11) : enc
}

/** The encoding of the EL1 (or EL0 timer) register that a *_EL12 (or *_EL02) encoding names, 0 if it names none. */
export function e12Target(enc: u32): u32 {
  const crn = (enc >> 7) & 15
  const crm = (enc >> 3) & 15
  if ((enc & ~0x7f) == encoding(3, 5, 14, 0, 0) && crm != 1) {
    return (crm == 2 || crm == 3) && (enc & 7) < 3 ? enc - (2 << 11) : 0
  }
  const plain = enc - (5 << 11)
  if (plain == encoding(3, 0, 1, 0, 2)) return plain
  return hasTwin(plain, crn, crm) ? plain : 0
}

/** Whether an encoding with op1 = 0 has its EL2 counterpart at op1 = 4 and is redirected there. */
function hasTwin(enc: u32, crn: u32, crm: u32): bool {
  const op2 = enc & 7
  switch (crn) {
    case 1: // SCTLR
      return crm == 0 && op2 == 0
    case 2: // TTBR0, TTBR1, TCR
      return crm == 0 && op2 < 3
    case 4: // SPSR, ELR
      return crm == 0 && op2 < 2
    case 5: // AFSR0, AFSR1, ESR
      return (crm == 1 && op2 < 2) || (crm == 2 && op2 == 0)
    case 6: // FAR
      return crm == 0 && op2 == 0
    case 10: // MAIR, AMAIR
      return (crm == 2 || crm == 3) && op2 == 0
    case 12: // VBAR
      return crm == 0 && op2 == 0
    case 13: // CONTEXTIDR
      return crm == 0 && op2 == 1
    case 14: // CNTKCTL: CNTHCTL
      return crm == 1 && op2 == 0
    default:
      return false
  }
}

/** Power by PSCI (DEN 0022): off and reset. The device tree says whether it is called by HVC or SMC. */
import { psci } from './imports/asm'

const SYSTEM_OFF: u64 = 0x8400_0008
const SYSTEM_RESET: u64 = 0x8400_0009
export const NONE: u32 = 0
export const BY_HVC: u32 = 1
export const BY_SMC: u32 = 2

let conduit: u32 = NONE

export function initPower(by: u32): void {
  conduit = by
}

function call(nr: u64): void {
  if (conduit != NONE) psci(nr, 0, 0, 0, conduit == BY_HVC ? 1 : 0)
}

/** Returns only if the machine cannot. */
export function powerOff(): void {
  call(SYSTEM_OFF)
}

/** Returns only if the machine cannot. */
export function reset(): void {
  call(SYSTEM_RESET)
}

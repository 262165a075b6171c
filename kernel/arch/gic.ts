/**
 * The interrupt controller, whichever it is: GICv2 by memory-mapped registers (IHI 0048), GICv3 by redistributor and system
 * registers (IHI 0069). The kernel uses one priority and one group for all; it masks an interrupt rather than delay its end.
 */
import * as v2 from './gicv2'
import * as v3 from './gicv3'

let version: u32 = 0

/** Not an interrupt: nothing was pending. */
export const SPURIOUS: u32 = 1020

/** 2, 3, or 0 before `initGic`. */
export function gicVersion(): u32 {
  return version
}

/** Starts the controller. Addresses are physical: distributor, then CPU interface (v2) or redistributors (v3). */
export function initGic(which: u32, distributor: u64, second: u64): void {
  version = which
  if (which == 2) v2.init(distributor, second)
  else v3.init(distributor, second)
}

/** Takes the next interrupt; `SPURIOUS` or more if there is none. */
export function claim(): u32 {
  return version == 2 ? v2.claim() : v3.claim()
}

/** Ends what `claim` took. */
export function complete(interrupt: u32): void {
  if (version == 2) v2.complete(interrupt)
  else v3.complete(interrupt)
}

export function enableInterrupt(interrupt: u32): void {
  if (version == 2) v2.enable(interrupt)
  else if (version == 3) v3.enable(interrupt)
}

export function disableInterrupt(interrupt: u32): void {
  if (version == 2) v2.disable(interrupt)
  else if (version == 3) v3.disable(interrupt)
}

export function setEdge(interrupt: u32, edge: bool): void {
  if (version == 2) v2.setEdge(interrupt, edge)
  else if (version == 3) v3.setEdge(interrupt, edge)
}

/** Interrupts the controller has. */
export function interruptCount(): u32 {
  return version == 2 ? v2.count() : version == 3 ? v3.count() : 0
}

/** True if an address lies in a register block of the controller. */
export function isGicRange(start: u64, end: u64): bool {
  return version == 2 ? v2.covers(start, end) : v3.covers(start, end)
}

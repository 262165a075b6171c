/** Registers of the distributor that GICv2 and GICv3 share (IHI 0069 12.9): enables, priorities, configuration of SPIs. */
import { load32, store32 } from './imports/mem64'

const GICD_TYPER: u64 = 0x004
const GICD_IGROUPR: u64 = 0x080
const GICD_ISENABLER: u64 = 0x100
const GICD_ICENABLER: u64 = 0x180
const GICD_ICPENDR: u64 = 0x280
const GICD_IPRIORITYR: u64 = 0x400
const GICD_ICFGR: u64 = 0xc00

export const SPIS: u32 = 32
/** The priority of every interrupt. */
export const PRIORITY: u32 = 0xa0

export function lines(distributor: u64): u32 {
  const count = ((load32(distributor + GICD_TYPER) & 31) + 1) << 5
  return count > 1020 ? 1020 : count
}

export function setEnabled(base: u64, interrupt: u32): void {
  store32(base + GICD_ISENABLER + (((interrupt >> 5) << 2) as u64), 1 << (interrupt & 31))
}

export function clearEnabled(base: u64, interrupt: u32): void {
  store32(base + GICD_ICENABLER + (((interrupt >> 5) << 2) as u64), 1 << (interrupt & 31))
}

/** Masks a block of 32, forgets what is pending, gives all one priority and the group. */
export function resetBlock(base: u64, block: u32, group: u32): void {
  const word = (block << 2) as u64
  store32(base + GICD_ICENABLER + word, 0xffff_ffff)
  store32(base + GICD_ICPENDR + word, 0xffff_ffff)
  store32(base + GICD_IGROUPR + word, group)
  for (let i: u64 = 0; i < 8; i++) {
    store32(base + GICD_IPRIORITYR + (block as u64) * 32 + i * 4, PRIORITY * 0x0101_0101)
  }
}

/** Edge or level. PPIs and SGIs are left as they are. */
export function configure(base: u64, interrupt: u32, edge: bool): void {
  if (interrupt < SPIS) return
  const at = base + GICD_ICFGR + (((interrupt >> 4) << 2) as u64)
  const bit: u32 = 2 << ((interrupt & 15) << 1)
  store32(at, edge ? load32(at) | bit : load32(at) & ~bit)
}

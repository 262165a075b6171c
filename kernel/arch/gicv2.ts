/** GICv2 (IHI 0048): distributor and CPU interface in memory. All interrupts go to core 0, group 0 as an unsecure view has it. */

import { clearEnabled, configure, lines, resetBlock, SPIS, setEnabled } from './gicd'
import { load32, store32 } from './imports/mem64'
import { DEVICE_MAP } from './layout'

const GICD_CTLR: u64 = 0x000
const GICD_ITARGETSR: u64 = 0x800
const GICC_CTLR: u64 = 0x000
const GICC_PMR: u64 = 0x004
const GICC_BPR: u64 = 0x008
const GICC_IAR: u64 = 0x00c
const GICC_EOIR: u64 = 0x010

let distributor: u64 = 0
let cpu: u64 = 0
let interrupts: u32 = 0

export function init(distributorAt: u64, cpuAt: u64): void {
  distributor = DEVICE_MAP + distributorAt
  cpu = DEVICE_MAP + cpuAt
  store32(distributor + GICD_CTLR, 0)
  interrupts = lines(distributor)
  for (let block: u32 = 0; block < interrupts >> 5; block++) resetBlock(distributor, block, 0)
  const self = load32(distributor + GICD_ITARGETSR) & 0xff
  const target = (self ? self : 1) * 0x0101_0101
  for (let i = SPIS; i < interrupts; i += 4)
    store32(distributor + GICD_ITARGETSR + (i as u64), target)
  store32(distributor + GICD_CTLR, 1)
  store32(cpu + GICC_PMR, 0xff)
  store32(cpu + GICC_BPR, 7)
  store32(cpu + GICC_CTLR, 1)
}

export function claim(): u32 {
  return load32(cpu + GICC_IAR) & 0x3ff
}

export function complete(interrupt: u32): void {
  store32(cpu + GICC_EOIR, interrupt)
}

export function enable(interrupt: u32): void {
  setEnabled(distributor, interrupt)
}

export function disable(interrupt: u32): void {
  clearEnabled(distributor, interrupt)
}

export function setEdge(interrupt: u32, edge: bool): void {
  configure(distributor, interrupt, edge)
}

export function count(): u32 {
  return interrupts
}

export function covers(start: u64, end: u64): bool {
  const first = distributor - DEVICE_MAP
  const second = cpu - DEVICE_MAP
  return (start < first + 0x1000 && end > first) || (start < second + 0x2000 && end > second)
}

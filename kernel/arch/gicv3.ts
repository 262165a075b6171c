/** GICv3 (IHI 0069): distributor and redistributor in memory, CPU interface by system registers. Group 1, no security. */

import { clearEnabled, configure, lines, resetBlock, SPIS, setEnabled } from './gicd'
import { load32, load64, store32, store64 } from './imports/mem64'
import { icc_iar1_el1, mpidr_el1, icc_sre_el1 as read_sre } from './imports/mrs'
import {
  icc_bpr1_el1,
  icc_eoir1_el1,
  icc_igrpen1_el1,
  icc_pmr_el1,
  icc_sre_el1,
} from './imports/msr'
import { isb } from './imports/sys'
import { DEVICE_MAP } from './layout'

const GICD_CTLR: u64 = 0x000
const ENABLE_GROUP_1_AFFINITY: u32 = (1 << 1) | (1 << 4)
const GICD_IROUTER: u64 = 0x6000
const GICR_WAKER: u64 = 0x014
const GICR_TYPER: u64 = 0x008
const GICR_SGI: u64 = 0x10000
const GICR_STRIDE: u64 = 0x20000
const LAST: u64 = 1 << 4
const VLPIS: u64 = 1 << 1
const PROCESSOR_SLEEP: u32 = 1 << 1
const CHILDREN_ASLEEP: u32 = 1 << 2

let distributor: u64 = 0
let redistributor: u64 = 0
let interrupts: u32 = 0

/** The redistributor of this core: the frame whose affinity is the core's. */
function find(first: u64): u64 {
  const mpidr = mpidr_el1()
  const affinity = (((mpidr >> 32) & 0xff) << 24) | (mpidr & 0xff_ffff)
  let at = first
  for (let i = 0; i < 512; i++) {
    const typer = load64(at + GICR_TYPER)
    if (typer >> 32 == affinity) return at
    if (typer & LAST) break
    at += typer & VLPIS ? GICR_STRIDE * 2 : GICR_STRIDE
  }
  return first
}

export function init(distributorAt: u64, redistributorsAt: u64): void {
  distributor = DEVICE_MAP + distributorAt
  redistributor = find(DEVICE_MAP + redistributorsAt)
  icc_sre_el1(read_sre() | 1)
  isb()
  store32(distributor + GICD_CTLR, 0)
  interrupts = lines(distributor)
  for (let block: u32 = 1; block < interrupts >> 5; block++)
    resetBlock(distributor, block, 0xffff_ffff)
  store32(distributor + GICD_CTLR, ENABLE_GROUP_1_AFFINITY)
  const route = mpidr_el1() & 0xff_00ff_ffff
  for (let i = SPIS; i < interrupts; i++)
    store64(distributor + GICD_IROUTER + ((i as u64) << 3), route)
  store32(redistributor + GICR_WAKER, load32(redistributor + GICR_WAKER) & ~PROCESSOR_SLEEP)
  for (let i = 0; i < 1_000_000; i++) {
    if (!(load32(redistributor + GICR_WAKER) & CHILDREN_ASLEEP)) break
  }
  resetBlock(redistributor + GICR_SGI, 0, 0xffff_ffff)
  icc_pmr_el1(0xff)
  icc_bpr1_el1(7)
  icc_igrpen1_el1(1)
  isb()
}

function blockOf(interrupt: u32): u64 {
  return interrupt < SPIS ? redistributor + GICR_SGI : distributor
}

export function claim(): u32 {
  return (icc_iar1_el1() & 0xff_ffff) as u32
}

export function complete(interrupt: u32): void {
  icc_eoir1_el1(interrupt as u64)
}

export function enable(interrupt: u32): void {
  setEnabled(blockOf(interrupt), interrupt)
}

export function disable(interrupt: u32): void {
  clearEnabled(blockOf(interrupt), interrupt)
}

export function setEdge(interrupt: u32, edge: bool): void {
  configure(distributor, interrupt, edge)
}

export function count(): u32 {
  return interrupts
}

export function covers(start: u64, end: u64): bool {
  const first = distributor - DEVICE_MAP
  const second = redistributor - DEVICE_MAP
  return (start < first + 0x10000 && end > first) || (start < second + GICR_STRIDE && end > second)
}

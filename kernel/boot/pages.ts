/**
 * Memory of the firmware, and its way to where it can be read with caches off.
 */
import { call2, call4 } from './imports/fn64'
import { store64 } from './imports/mem64'
import { ctr_el0 } from './imports/mrs'
import { dc_civac, dsb_sy, isb } from './imports/sys'
import { ALLOCATE_PAGES, addressOf, bootServices, FREE_PAGES, failed, method } from './uefi'

export const PAGE: u64 = 4096

const ALLOCATE_ANY: u64 = 0
const LOADER_DATA: u64 = 2

/** What was allocated, so that a failed start gives it back: address and pages of each. */
const MAX_ALLOCATIONS = 8
const allocations: usize = memory.data(16 * 8, 8)
let allocated = 0

const result: usize = memory.data(8, 8)

export function pagesFor(bytes: u64): u64 {
  return (bytes + (PAGE - 1)) / PAGE
}

/**
 * Pages of the firmware, at an address below `2^64` that is a multiple of `alignment`.
 * @returns 0 if there are none.
 */
export function allocate(bytes: u64, alignment: u64): u64 {
  if (allocated === MAX_ALLOCATIONS) return 0
  const pages = pagesFor(bytes) + pagesFor(alignment) - 1
  const status = call4(
    method(bootServices(), ALLOCATE_PAGES),
    ALLOCATE_ANY,
    LOADER_DATA,
    pages,
    addressOf(result),
  )
  if (failed(status)) return 0
  const address = load<u64>(result)
  const slot = allocations + ((allocated << 4) as usize)
  store<u64>(slot, address)
  store<u64>(slot + 8, pages)
  allocated++
  return (address + (alignment - 1)) & ~(alignment - 1)
}

/** Gives back all that was allocated. */
export function freeAll(): void {
  while (allocated > 0) {
    allocated--
    const slot = allocations + ((allocated << 4) as usize)
    call2(method(bootServices(), FREE_PAGES), load<u64>(slot), load<u64>(slot + 8))
  }
}

/** Fills with zeros; address and length are multiples of 8. */
export function clear(address: u64, bytes: u64): void {
  for (let at: u64 = 0; at < bytes; at += 8) store64(address + at, 0)
}

/**
 * Writes what caches hold of a range to memory and drops it from them, so that it is found with caches off, and no line
 * written back later destroys what was stored past the caches.
 */
export function cleanAndInvalidate(address: u64, bytes: u64): void {
  // CTR_EL0.DminLine: log2 of the smallest line, in words.
  const line: u64 = 4 << ((ctr_el0() >> 16) & 15)
  dsb_sy()
  for (let at = address & ~(line - 1); at < address + bytes; at += line) dc_civac(at)
  dsb_sy()
  isb()
}

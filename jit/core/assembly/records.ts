/**
 * Record pages: predecoded instructions of one guest page, found by its linear (so physical) address.
 *
 * A record is a u64: op in bits 15:0, the rest by op (predecode.ts). Record 0 is "not decoded yet", so a page starts as
 * zeros and a store drops an instruction by zeroing its record. After the 1024 records of a page stands one more, op
 * OP_PAGE_END, which continues at the next page. Pages are never freed one by one, so that a vCPU which stands in one
 * may go on; when the pool is used up all are dropped at once, between two instructions.
 */
import { OP_PAGE_END } from './generated/ops'
import {
  CPU_ATTENTION,
  CPU_BASE,
  CPU_STRIDE,
  DTLB_STRIDE,
  ITLB_ENTRIES,
  ITLB_ENTRY,
  ITLB_OFFSET,
  ITLB_STRIDE,
  MACH_BASE,
  MACH_GENERATION,
  MMU_INDEXES,
  PAGE_CODE,
  PAGE_FLAGS,
  PAGE_RECORDS,
  PAGE_SHIFT,
  PAGE_SIZE,
  PAGE_WRITABLE,
  RECORD_POOL,
  RECORD_POOL_END,
  TLB_ADDEND,
  TLB_BASE,
  TLB_ENTRIES,
  TLB_ENTRY,
  TLB_INVALID_BYTE,
  TLB_STRIDE,
  TLB_WRITE_KEY,
} from './layout'
import { cpuCount } from './state'
import { dropTranslated, isTranslated } from './translated'

const RECORDS_BYTES: u32 = 8192
/** u32 after the end record: linear address of the guest page. */
export const RECORD_PAGE_LINEAR: u32 = 8200
/** 1024 bits after that: which words were translated. */
export const RECORD_PAGE_TRANSLATED: u32 = 8208
const RECORD_PAGE_STRIDE: u32 = 8384

/** A TLB key that no address matches. */
export const TLB_INVALID: u64 = 0x0808_0808_0808_0808

let next: usize = RECORD_POOL

/** The record page of the guest page at `linear` (page aligned), made if need be. */
export function recordPage(linear: u32): usize {
  const slot = PAGE_RECORDS + ((linear >> PAGE_SHIFT) << 2)
  const known = load<u32>(slot)
  if (known) return known
  if (next + RECORD_PAGE_STRIDE > RECORD_POOL_END) dropAllRecords()
  const page = next
  next += RECORD_PAGE_STRIDE
  store<u64>(page + RECORDS_BYTES, OP_PAGE_END)
  store<u32>(page + RECORD_PAGE_LINEAR, linear)
  store<u32>(slot, page)
  const flags = PAGE_FLAGS + (linear >> PAGE_SHIFT)
  if (load<u8>(flags) & PAGE_WRITABLE) forbidFastStores(linear)
  store<u8>(flags, (load<u8>(flags) | PAGE_CODE) & ~PAGE_WRITABLE)
  return page
}

/** Forgets every predecoded instruction. */
export function dropAllRecords(): void {
  for (let page: usize = RECORD_POOL; page < next; page += RECORD_PAGE_STRIDE) {
    const number = load<u32>(page + RECORD_PAGE_LINEAR) >> PAGE_SHIFT
    store<u32>(PAGE_RECORDS + (number << 2), 0)
    const flags = PAGE_FLAGS + number
    store<u8>(flags, load<u8>(flags) & ~PAGE_CODE)
  }
  memory.fill(RECORD_POOL, 0, next - RECORD_POOL)
  next = RECORD_POOL
  store<u32>(MACH_BASE + MACH_GENERATION, load<u32>(MACH_BASE + MACH_GENERATION) + 1)
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) {
    for (let mmu: u32 = 0; mmu < MMU_INDEXES; mmu++) flushInstructionTlb(i, mmu)
    store<u32>(CPU_BASE + i * CPU_STRIDE + CPU_ATTENTION, 1)
  }
}

/** Invalidates one instruction TLB. */
export function flushInstructionTlb(index: u32, mmu: u32): void {
  const tlb = TLB_BASE + index * TLB_STRIDE + ITLB_OFFSET + mmu * ITLB_STRIDE
  memory.fill(tlb, TLB_INVALID_BYTE, ITLB_ENTRIES * ITLB_ENTRY)
}

/** Drops the predecoded instructions that `bytes` bytes at `linear` touch. Any span of memory. */
export function dropCode(linear: u32, bytes: u32): void {
  let at = linear & ~3
  const end = <u64>linear + bytes
  while (<u64>at < end) {
    const page = load<u32>(PAGE_RECORDS + ((at >> PAGE_SHIFT) << 2))
    const offset = at & (PAGE_SIZE - 1)
    const rest = end - at
    let span: u32 = PAGE_SIZE - offset
    if (<u64>span > rest) span = <u32>rest
    if (page) {
      memory.fill(page + (offset << 1), 0, ((span + 3) >> 2) << 3)
      if (isTranslated(page, offset, span)) dropTranslated(page, offset, span)
    }
    at += span
    if (!at) break
  }
}

/** Takes the write keys of a guest page out of every data TLB. */
function forbidFastStores(linear: u32): void {
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) {
    for (let mmu: u32 = 0; mmu < MMU_INDEXES; mmu++) {
      const tlb = TLB_BASE + i * TLB_STRIDE + mmu * DTLB_STRIDE
      for (let e: u32 = 0; e < TLB_ENTRIES; e++) {
        const entry = tlb + e * TLB_ENTRY
        const key = load<u64>(entry + TLB_WRITE_KEY)
        if (key == TLB_INVALID) continue
        if (((<u32>key) << PAGE_SHIFT) + load<u32>(entry + TLB_ADDEND) == linear) {
          store<u64>(entry + TLB_WRITE_KEY, TLB_INVALID)
        }
      }
    }
  }
}

/**
 * Memory as the instructions see it: the slow path behind the interpreter's inlined TLB lookup, TLB maintenance, and
 * physical accesses.
 *
 * A TLB entry exists only for memory whose accesses need no further check: not for device memory, not where alignment
 * is checked, not in big-endian state; a write key not for pages that hold predecoded code, so that every store to such
 * a page comes here and drops what it touches. A function that raised an exception sets `faulted`; its caller must then
 * return to the dispatch loop without touching PC.
 */
import {
  alignmentFault,
  dataAbort,
  externalAbort,
  externalPrefetchAbort,
  prefetchAbort,
} from './exception'
import { mmioRead, mmioWrite } from './host'
import {
  CPU_ALIGN,
  CPU_BASE,
  CPU_BIG_ENDIAN,
  CPU_CTX,
  CPU_DTLB,
  CPU_INDEX,
  CPU_ITLB,
  CPU_MMU,
  CPU_STRIDE,
  DTLB_STRIDE,
  ITLB_ENTRIES,
  ITLB_OFFSET,
  ITLB_STRIDE,
  LARGE_OFFSET,
  LARGE_STRIDE,
  MACH_BASE,
  MACH_IO_FAULT,
  MACH_IO_HI,
  MACH_REGION_COUNT,
  MACH_REGIONS,
  MMU_INDEXES,
  PAGE_CODE,
  PAGE_DIRTY,
  PAGE_FLAGS,
  PAGE_SHIFT,
  PAGE_SIZE,
  PAGE_WRITABLE,
  REGION_BYTES,
  REGION_FLAGS,
  REGION_LINEAR,
  REGION_PA,
  REGION_READ,
  REGION_SIZE,
  REGION_WRITE,
  TLB_ADDEND,
  TLB_BASE,
  TLB_ENTRIES,
  TLB_ENTRY,
  TLB_INVALID_BYTE,
  TLB_PA,
  TLB_READ_KEY,
  TLB_SIZE_LOG2,
  TLB_STRIDE,
  TLB_WRITE_KEY,
} from './layout'
import { translate, xlatDevice, xlatPa, xlatReadable, xlatSizeLog2 } from './mmu'
import { dropCode, flushInstructionTlb, recordPage, TLB_INVALID } from './records'
import { clearMonitor } from './state'
import { isDataSpan } from './translated'

export const ACCESS_READ: u32 = 0
export const ACCESS_WRITE: u32 = 1
export const ACCESS_FETCH: u32 = 2

/** Set by every function here that raised an exception instead of doing its work; cleared by none but at its start. */
export let faulted: bool = false
/** Set by physRead64 and the like if nothing answers at that address. */
export let physFault: bool = false

/** ISS bits 24:14 (ISV, SAS, SSE, SRT, SF, AR) of the access under way, for stage 2 data aborts; 0 if there are none. */
export let syndrome: u32 = 0

export function setSyndrome(iss: u32): void {
  syndrome = iss
}

export function setFaulted(value: bool): void {
  faulted = value
}

// ---- regions -----------------------------------------------------------------------------------------------------

let regionFlags: u32 = 0

/** Linear address of physical address `pa`, or 0 if it is no memory; regionFlags then says what it allows. */
function linearOf(pa: u64): u32 {
  const n = load<u32>(MACH_BASE + MACH_REGION_COUNT)
  for (let i: u32 = 0; i < n; i++) {
    const region = MACH_BASE + MACH_REGIONS + i * REGION_SIZE
    const offset = pa - load<u64>(region + REGION_PA)
    if (offset < load<u64>(region + REGION_BYTES)) {
      regionFlags = load<u32>(region + REGION_FLAGS)
      return load<u32>(region + REGION_LINEAR) + <u32>offset
    }
  }
  regionFlags = 0
  return 0
}

/** Reads a doubleword of physical memory, as a table walk does. Sets physFault where there is no memory. */
export function physRead64(pa: u64): u64 {
  const linear = linearOf(pa)
  physFault = (regionFlags & REGION_READ) == 0
  return physFault ? 0 : load<u64>(linear)
}

/** Stores to memory that may hold code, and marks it dirty. */
function storeTracked(linear: u32, size: u32, value: u64): void {
  const flags = PAGE_FLAGS + (linear >> PAGE_SHIFT)
  const old = load<u8>(flags)
  store<u8>(flags, old | PAGE_DIRTY)
  storeBytes(linear, size, value)
  if (old & PAGE_CODE) dropCode(linear, size)
}

/** The host wrote `bytes` bytes of memory at `linear`: drops code, marks dirty. */
export function memoryWritten(linear: u32, bytes: u32): void {
  if (!bytes) return
  const last = (linear + bytes - 1) >> PAGE_SHIFT
  for (let page = linear >> PAGE_SHIFT; page <= last; page++) {
    store<u8>(PAGE_FLAGS + page, load<u8>(PAGE_FLAGS + page) | PAGE_DIRTY)
  }
  dropCode(linear, bytes)
}

function loadBytes(at: u32, size: u32): u64 {
  switch (size) {
    case 1:
      return load<u8>(at)
    case 2:
      return load<u16>(at)
    case 4:
      return load<u32>(at)
    default:
      return load<u64>(at)
  }
}

function storeBytes(at: u32, size: u32, value: u64): void {
  switch (size) {
    case 1:
      store<u8>(at, <u8>value)
      break
    case 2:
      store<u16>(at, <u16>value)
      break
    case 4:
      store<u32>(at, <u32>value)
      break
    default:
      store<u64>(at, value)
  }
}

/** `value` of `size` bytes with its bytes reversed. */
function swap(value: u64, size: u32): u64 {
  return bswap<u64>(value) >> ((8 - size) << 3)
}

// ---- filling -----------------------------------------------------------------------------------------------------

/**
 * Linear address for an access of `size` bytes that lies within one page, filling the TLB where allowed.
 * @returns 0 with `faulted` set if an exception was raised; 0 with it clear if the access must go to the host.
 */
function resolve(cpu: usize, va: u64, size: u32, access: u32, mmu: u32): u32 {
  // An alignment fault that does not depend on the memory's type comes before those of translation (Arm ARM D1.3.5).
  const unaligned = (<u32>va & (size - 1)) != 0
  if (unaligned && load<u32>(cpu + CPU_ALIGN)) return misaligned(cpu, va, access)
  if (!translate(cpu, va, access, mmu)) {
    dataAbort(cpu, va, access == ACCESS_WRITE, syndrome)
    faulted = true
    return 0
  }
  if (unaligned && xlatDevice) return misaligned(cpu, va, access)
  const checked = xlatDevice || load<u32>(cpu + CPU_ALIGN) != 0
  const linear = linearOf(xlatPa)
  const needed: u32 = access == ACCESS_WRITE ? REGION_WRITE : REGION_READ
  if (!(regionFlags & needed)) return 0
  const flags = PAGE_FLAGS + (linear >> PAGE_SHIFT)
  let state = <u32>load<u8>(flags)
  if (access == ACCESS_WRITE) state |= PAGE_DIRTY
  if (!checked && !load<u32>(cpu + CPU_BIG_ENDIAN)) {
    // A write key comes with the first store only, so that the page is marked dirty by then.
    const writes = access == ACCESS_WRITE && !(state & PAGE_CODE)
    if (writes) state |= PAGE_WRITABLE
    fill(cpu, va, linear, mmu, writes)
  }
  store<u8>(flags, state)
  return linear
}

function misaligned(cpu: usize, va: u64, access: u32): u32 {
  alignmentFault(cpu, va, access == ACCESS_WRITE)
  faulted = true
  return 0
}

function fill(cpu: usize, va: u64, linear: u32, mmu: u32, writes: bool): void {
  const index = load<u32>(cpu + CPU_INDEX)
  const block = TLB_BASE + index * TLB_STRIDE
  const entry =
    block + mmu * DTLB_STRIDE + (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>canonical(va) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  if (writes) {
    if (load<u64>(entry + TLB_READ_KEY) != key) store<u64>(entry + TLB_READ_KEY, TLB_INVALID)
    store<u64>(entry + TLB_WRITE_KEY, key)
    if (xlatReadable) store<u64>(entry + TLB_READ_KEY, key)
  } else {
    if (load<u64>(entry + TLB_WRITE_KEY) != key) store<u64>(entry + TLB_WRITE_KEY, TLB_INVALID)
    store<u64>(entry + TLB_READ_KEY, key)
  }
  store<u32>(entry + TLB_ADDEND, (linear & ~(PAGE_SIZE - 1)) - (<u32>va & ~(PAGE_SIZE - 1)))
  store<u32>(entry + TLB_SIZE_LOG2, xlatSizeLog2)
  store<u64>(entry + TLB_PA, xlatPa & ~(<u64>(PAGE_SIZE - 1)))
  if (xlatSizeLog2 > PAGE_SHIFT) noteLarge(block, mmu, va)
}

/** The address without its tag: bit 55 copied upwards. Only addresses whose tag is ignored get as far as a fill. */
function canonical(va: u64): u64 {
  return <u64>(<i64>(va << 8) >> 8)
}

function noteLarge(block: usize, mmu: u32, va: u64): void {
  const mark: u8 = xlatSizeLog2 > 21 ? 2 : 1
  const table = block + LARGE_OFFSET + mmu * LARGE_STRIDE
  store<u8>(table + (<u32>(va >> 21) & 1023), 1)
  // More than 2 MiB: pieces may be anywhere. Byte 0 of the table doubles as that mark.
  if (mark == 2) store<u8>(table, 2)
}

// ---- for translated code -------------------------------------------------------------------------------------------

/**
 * Linear address for a load of `size` bytes at `va`, filling the TLB where allowed; 0 if the interpreter must do it: it
 * faults, is no memory, crosses a page. No state but the TLB changes.
 */
export function resolveRead(cpu: u32, va: u64, size: u32): u32 {
  return resolveMemory(cpu, va, size, ACCESS_READ)
}

/** The same for a store, which follows at once: the page is marked dirty. Never memory that holds decoded instructions. */
export function resolveWrite(cpu: u32, va: u64, size: u32): u32 {
  return resolveMemory(cpu, va, size, ACCESS_WRITE)
}

function resolveMemory(cpu: usize, va: u64, size: u32, access: u32): u32 {
  if ((<u32>va & (PAGE_SIZE - 1)) + size > PAGE_SIZE || load<u32>(cpu + CPU_BIG_ENDIAN)) return 0
  const mmu = load<u32>(cpu + CPU_MMU)
  if (!translate(cpu, va, access, mmu)) return 0
  const checked = xlatDevice || load<u32>(cpu + CPU_ALIGN) != 0
  // Pairs and vectors are checked by their parts, of which 16 bytes aligned is the strictest.
  if (checked && <u32>va & (size > 8 ? 15 : size - 1)) return 0
  const linear = linearOf(xlatPa)
  if (!(regionFlags & (access == ACCESS_WRITE ? REGION_WRITE : REGION_READ))) return 0
  const flags = PAGE_FLAGS + (linear >> PAGE_SHIFT)
  let state = <u32>load<u8>(flags)
  let writes = false
  if (access == ACCESS_WRITE) {
    if (state & PAGE_CODE && !isDataSpan(linear, size)) return 0
    writes = !(state & PAGE_CODE)
    state |= PAGE_DIRTY
  }
  if (!checked) {
    if (writes) state |= PAGE_WRITABLE
    fill(cpu, va, linear, mmu, writes)
  }
  store<u8>(flags, state)
  return linear
}

// ---- data accesses -------------------------------------------------------------------------------------------------

/**
 * Linear address of `size` bytes at `va`, for accesses that must be aligned and stay within a page (exclusives, atomics,
 * DC ZVA). A store through it must be announced by `stored`.
 * @returns 0 with `faulted` set after an exception; 0 with it clear where there is no memory.
 */
export function probe(cpu: usize, va: u64, size: u32, access: u32, mmu: u32): u32 {
  faulted = false
  const index = load<u32>(cpu + CPU_INDEX)
  const entry =
    TLB_BASE +
    index * TLB_STRIDE +
    mmu * DTLB_STRIDE +
    (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>canonical(va) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  const known = load<u64>(entry + (access == ACCESS_WRITE ? TLB_WRITE_KEY : TLB_READ_KEY))
  if (known == key && load<u32>(cpu + CPU_BIG_ENDIAN) == 0)
    return <u32>va + load<u32>(entry + TLB_ADDEND)
  return resolve(cpu, va, size, access, mmu)
}

/** After a store of `size` bytes to a linear address that `probe` gave. */
export function stored(linear: u32, size: u32): void {
  if (load<u8>(PAGE_FLAGS + (linear >> PAGE_SHIFT)) & PAGE_CODE) dropCode(linear, size)
}

/** Loads `size` (1, 2, 4, 8) bytes by MMU index `mmu`. */
export function readAs(cpu: usize, va: u64, size: u32, mmu: u32): u64 {
  faulted = false
  if ((<u32>va & (PAGE_SIZE - 1)) + size > PAGE_SIZE) return readAcross(cpu, va, size, mmu)
  const linear = resolve(cpu, va, size, ACCESS_READ, mmu)
  if (faulted) return 0
  let value: u64
  if (linear) value = loadBytes(linear, size)
  else {
    value = deviceRead(cpu, xlatPa, size)
    if (physFault) {
      externalAbort(cpu, va, false)
      faulted = true
      return 0
    }
  }
  return load<u32>(cpu + CPU_BIG_ENDIAN) ? swap(value, size) : value
}

/** Stores the low `size` (1, 2, 4, 8) bytes of `value` by MMU index `mmu`. */
export function writeAs(cpu: usize, va: u64, size: u32, value: u64, mmu: u32): void {
  faulted = false
  if ((<u32>va & (PAGE_SIZE - 1)) + size > PAGE_SIZE) {
    writeAcross(cpu, va, size, value, mmu)
    return
  }
  const linear = resolve(cpu, va, size, ACCESS_WRITE, mmu)
  if (faulted) return
  const stored = load<u32>(cpu + CPU_BIG_ENDIAN) ? swap(value, size) : value
  if (linear) storeTracked(linear, size, stored)
  else {
    deviceWrite(cpu, xlatPa, size, stored)
    if (physFault) {
      externalAbort(cpu, va, true)
      faulted = true
    }
  }
}

/** Loads `size` bytes with the current EL's permissions. The interpreter comes here when its lookup missed. */
export function readSlow(cpu: usize, va: u64, size: u32): u64 {
  return readAs(cpu, va, size, load<u32>(cpu + CPU_MMU))
}

/** Stores `size` bytes with the current EL's permissions. */
export function writeSlow(cpu: usize, va: u64, size: u32, value: u64): void {
  writeAs(cpu, va, size, value, load<u32>(cpu + CPU_MMU))
}

/**
 * Loads through the TLB if it can, otherwise by the slow path: for instructions that are not worth an inlined lookup.
 */
export function readMem(cpu: usize, va: u64, size: u32): u64 {
  const entry =
    load<u32>(cpu + CPU_DTLB) + (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>(va + (size - 1)) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  if (load<u64>(entry + TLB_READ_KEY) == key) {
    faulted = false
    return loadBytes(<u32>va + load<u32>(entry + TLB_ADDEND), size)
  }
  return readSlow(cpu, va, size)
}

/** Stores through the TLB if it can, otherwise by the slow path. */
export function writeMem(cpu: usize, va: u64, size: u32, value: u64): void {
  const entry =
    load<u32>(cpu + CPU_DTLB) + (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>(va + (size - 1)) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  if (load<u64>(entry + TLB_WRITE_KEY) == key) {
    faulted = false
    storeBytes(<u32>va + load<u32>(entry + TLB_ADDEND), size, value)
    return
  }
  writeSlow(cpu, va, size, value)
}

/** Whether the page of `va` is known to be memory that any access of this kind may reach without further checks. */
export function isUnchecked(cpu: usize, va: u64, isLoad: bool): bool {
  const entry =
    load<u32>(cpu + CPU_DTLB) + (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>va >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  return load<u64>(entry + (isLoad ? TLB_READ_KEY : TLB_WRITE_KEY)) == key
}

/** An unaligned load across two pages: both must be accessible before anything is read. */
function readAcross(cpu: usize, va: u64, size: u32, mmu: u32): u64 {
  if (!acrossAllowed(cpu, va, ACCESS_READ, mmu)) return 0
  const big = load<u32>(cpu + CPU_BIG_ENDIAN) != 0
  let value: u64 = 0
  for (let i: u32 = 0; i < size; i++) {
    const byte = readAs(cpu, va + i, 1, mmu)
    if (faulted) return 0
    value |= byte << ((big ? size - 1 - i : i) << 3)
  }
  return value
}

function writeAcross(cpu: usize, va: u64, size: u32, value: u64, mmu: u32): void {
  if (!acrossAllowed(cpu, va, ACCESS_WRITE, mmu)) return
  const big = load<u32>(cpu + CPU_BIG_ENDIAN) != 0
  for (let i: u32 = 0; i < size; i++) {
    writeAs(cpu, va + i, 1, value >> ((big ? size - 1 - i : i) << 3), mmu)
    if (faulted) return
  }
}

function acrossAllowed(cpu: usize, va: u64, access: u32, mmu: u32): bool {
  if (load<u32>(cpu + CPU_ALIGN)) {
    misaligned(cpu, va, access)
    return false
  }
  const second = (va & ~(<u64>(PAGE_SIZE - 1))) + PAGE_SIZE
  for (let i = 0; i < 2; i++) {
    const at = i ? second : va
    if (!translate(cpu, at, access, mmu)) {
      dataAbort(cpu, at, access == ACCESS_WRITE, syndrome)
      faulted = true
      return false
    }
    if (xlatDevice) {
      misaligned(cpu, va, access)
      return false
    }
  }
  return true
}

function deviceRead(cpu: usize, pa: u64, size: u32): u64 {
  store<u32>(MACH_BASE + MACH_IO_FAULT, 0)
  store<u32>(MACH_BASE + MACH_IO_HI, 0)
  const low = mmioRead(load<u32>(cpu + CPU_INDEX), <u32>pa, <u32>(pa >> 32), size)
  physFault = load<u32>(MACH_BASE + MACH_IO_FAULT) != 0
  const mask = size == 8 ? ~(<u64>0) : ((<u64>1) << (size << 3)) - 1
  return (<u64>low | ((<u64>load<u32>(MACH_BASE + MACH_IO_HI)) << 32)) & mask
}

function deviceWrite(cpu: usize, pa: u64, size: u32, value: u64): void {
  store<u32>(MACH_BASE + MACH_IO_FAULT, 0)
  const low = size < 4 ? <u32>value & ((1 << (size << 3)) - 1) : <u32>value
  mmioWrite(load<u32>(cpu + CPU_INDEX), <u32>pa, <u32>(pa >> 32), size, low, <u32>(value >> 32))
  physFault = load<u32>(MACH_BASE + MACH_IO_FAULT) != 0
}

/** DC ZVA: zeroes the 64 bytes around `va`, which is what faults report. @returns false if an exception was raised. */
export function dcZva(cpu: usize, va: u64): bool {
  const linear = probe(cpu, va, 1, ACCESS_WRITE, load<u32>(cpu + CPU_MMU))
  if (faulted) return false
  if (!linear || xlatIsDeviceFor(cpu, va)) {
    alignmentFault(cpu, va, true)
    faulted = true
    return false
  }
  const block = linear & ~63
  memory.fill(block, 0, 64)
  stored(block, 64)
  return true
}

/** Whether the page of `va` is device memory; only asked where the TLB does not say that it is not. */
function xlatIsDeviceFor(cpu: usize, va: u64): bool {
  const entry =
    load<u32>(cpu + CPU_DTLB) + (<u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY
  const key = <u64>(<i64>canonical(va) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX)
  return load<u64>(entry + TLB_WRITE_KEY) != key && xlatDevice
}

// ---- instruction fetch ---------------------------------------------------------------------------------------------

/** Record page of the page that holds `pc`, filling the instruction TLB. 0 if an exception was raised. */
export function fetchSlow(cpu: usize, pc: u64): usize {
  const mmu = load<u32>(cpu + CPU_MMU)
  if (!translate(cpu, pc, ACCESS_FETCH, mmu)) {
    prefetchAbort(cpu, pc)
    return 0
  }
  const linear = linearOf(xlatPa)
  if (!(regionFlags & REGION_READ)) {
    externalPrefetchAbort(cpu, pc)
    return 0
  }
  // translate() may not be asked again below: recordPage can drop all records, but moves no translation.
  const page = recordPage(linear & ~(PAGE_SIZE - 1))
  const entry = load<u32>(cpu + CPU_ITLB) + ((<u32>(pc >> PAGE_SHIFT) & (ITLB_ENTRIES - 1)) << 4)
  store<u64>(entry, <u64>(<i64>canonical(pc) >> PAGE_SHIFT) ^ load<u64>(cpu + CPU_CTX))
  store<u32>(entry + 8, <u32>page)
  if (xlatSizeLog2 > PAGE_SHIFT) {
    noteLarge(TLB_BASE + load<u32>(cpu + CPU_INDEX) * TLB_STRIDE, mmu, pc)
  }
  return page
}

// ---- maintenance ---------------------------------------------------------------------------------------------------

/** Invalidates every translation of a vCPU. */
export function tlbFlushAll(cpu: usize): void {
  for (let mmu: u32 = 0; mmu < MMU_INDEXES; mmu++) tlbFlushIndex(cpu, mmu)
}

/** Invalidates the translations of one MMU index of a vCPU. */
export function tlbFlushIndex(cpu: usize, mmu: u32): void {
  const index = load<u32>(cpu + CPU_INDEX)
  const block = TLB_BASE + index * TLB_STRIDE
  memory.fill(block + mmu * DTLB_STRIDE, TLB_INVALID_BYTE, DTLB_STRIDE)
  memory.fill(block + LARGE_OFFSET + mmu * LARGE_STRIDE, 0, LARGE_STRIDE)
  flushInstructionTlb(index, mmu)
}

/**
 * Invalidates what the TLBs of a vCPU hold for the page of `va`, whatever its ASID, in the MMU indexes of `mask`. A block
 * mapping goes as a whole.
 */
export function tlbFlushPage(cpu: usize, va: u64, mask: u32): void {
  const block = TLB_BASE + load<u32>(cpu + CPU_INDEX) * TLB_STRIDE
  for (let mmu: u32 = 0; mmu < MMU_INDEXES; mmu++) {
    if (!((mask >> mmu) & 1)) continue
    const large = block + LARGE_OFFSET + mmu * LARGE_STRIDE
    if (load<u8>(large) == 2) {
      tlbFlushIndex(cpu, mmu)
    } else if (load<u8>(large + (<u32>(va >> 21) & 1023))) {
      const first = <u32>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1) & ~511
      memory.fill(block + mmu * DTLB_STRIDE + first * TLB_ENTRY, TLB_INVALID_BYTE, 512 * TLB_ENTRY)
      flushInstructionTlb(load<u32>(cpu + CPU_INDEX), mmu)
    } else {
      const page = <u32>(va >> PAGE_SHIFT)
      const entry = block + mmu * DTLB_STRIDE + (page & (TLB_ENTRIES - 1)) * TLB_ENTRY
      memory.fill(entry, TLB_INVALID_BYTE, TLB_ENTRY)
      const fetch = block + ITLB_OFFSET + mmu * ITLB_STRIDE + ((page & (ITLB_ENTRIES - 1)) << 4)
      store<u64>(fetch, TLB_INVALID)
    }
  }
}

/** Opens the monitors of all vCPUs: a device wrote memory that one of them may be watching. */
export function openMonitors(cpus: u32): void {
  for (let i: u32 = 0; i < cpus; i++) clearMonitor(CPU_BASE + i * CPU_STRIDE)
}

/**
 * The core's side of translated code: which addresses are hot, how a translated function is entered, and what such
 * functions ask of the core while they run (jit/translate makes them).
 *
 * A translated function stands in the core's table. Its entry is a record with op OP_ENTER and its table index in the upper
 * half, so finding it needs no structure beyond the instruction TLB and the records, and dropping the record makes it
 * unreachable. Invariants that make translated code simple:
 * - It takes no exception and touches no device: what it cannot do it leaves to the interpreter, with exact state at the
 *   instruction in question (a side exit).
 * - No translation of an address changes while it runs, since TLB maintenance is the interpreter's; so what it has
 *   looked up in a TLB it may keep until it returns.
 * - It returns the PC to go on at, or that with bit 0 set: "the interpreter shall execute at least one instruction first".
 */

import { interpret } from './generated/interpreter'
import * as OP from './generated/ops'
import { codeChanged, hot } from './host'
import {
  CPU_ATTENTION,
  CPU_BASE,
  CPU_CF,
  CPU_CTX,
  CPU_FLAGS_A,
  CPU_FLAGS_B,
  CPU_FLAGS_KIND,
  CPU_INDEX,
  CPU_ITLB,
  CPU_NF,
  CPU_PC,
  CPU_STRIDE,
  CPU_VF,
  CPU_ZF,
  FLAGS_ADD_W,
  FLAGS_ADD_X,
  FLAGS_FLOAT,
  FLAGS_LOGIC_W,
  FLAGS_LOGIC_X,
  FLAGS_STORED,
  FLAGS_SUB_W,
  FLAGS_SUB_X,
  HOT_ENTRIES,
  HOT_TABLE,
  MACH_BASE,
  MACH_COUNT_END,
  MACH_EXIT,
  MACH_GENERATION,
  MACH_HOT_THRESHOLD,
  MACH_LEFT,
  MACH_SAMPLE_FUEL,
  MACH_SAMPLE_PERIOD,
  MACH_TRANSLATED,
  PAGE_RECORDS,
  PAGE_SHIFT,
  PAGE_SIZE,
  USED_DROPPED,
  USED_FLAGS,
} from './layout'
import { predecode } from './predecode'
import { RECORD_PAGE_LINEAR, RECORD_PAGE_TRANSLATED } from './records'
import { slowAt } from './slow'
import { conditionHolds, cpuCount, setNZCV } from './state'

/** How deep calls between translated functions may nest on the host's stack. */
const CALL_DEPTH: i32 = 128

// ---- hot addresses ---------------------------------------------------------------------------------------------

/** Whether this target of a branch is to be sampled: one in so many is. */
export function drained(): bool {
  const fuel = load<i32>(MACH_BASE + MACH_SAMPLE_FUEL) - 1
  store<i32>(MACH_BASE + MACH_SAMPLE_FUEL, fuel)
  return fuel < 0
}

/**
 * Counts a sampled target of a branch, whose record is at `rec`; asks the host to translate what was seen often enough.
 */
export function sampleAt(cpu: usize, rec: usize, page: usize, pcDelta: u64, left: i32): void {
  store<i32>(MACH_BASE + MACH_SAMPLE_FUEL, load<i32>(MACH_BASE + MACH_SAMPLE_PERIOD))
  const threshold = load<u32>(MACH_BASE + MACH_HOT_THRESHOLD)
  if (!threshold || (<u32>load<u64>(rec) & 0xffff) == OP.OP_ENTER) return
  const slot = HOT_TABLE + ((((<u32>rec >> 3) * 0x9e37_79b1) >> 18) & (HOT_ENTRIES - 1)) * 8
  if (load<u32>(slot) != <u32>rec) {
    // A newcomer takes the place of one that has cooled.
    const old = load<u32>(slot, 4)
    if (old > 1) {
      store<u32>(slot, old - 1, 4)
      return
    }
    store<u32>(slot, <u32>rec)
    store<u32>(slot, 0, 4)
  }
  const count = load<u32>(slot, 4) + 1
  store<u32>(slot, count, 4)
  if (count < threshold) return
  store<u32>(slot, 0, 4)
  store<u64>(cpu + CPU_PC, <u64>(rec >> 1) + pcDelta)
  store<i32>(MACH_BASE + MACH_LEFT, left)
  hot(load<u32>(cpu + CPU_INDEX), <u32>rec, <u32>page)
}

// ---- entering ----------------------------------------------------------------------------------------------------

/** Whether the code that `enter` ran asked for one instruction of the interpreter before any other translated code. */
export let interpretNext: bool = false

/**
 * Runs translated code from the entry record `rec` on, and whatever follows as long as that is translated, too.
 * MACH_LEFT is up to date before and after. @returns the PC to go on at.
 */
export function enter(cpu: usize, rec: usize, pc: u64): u64 {
  const itlb: usize = load<u32>(cpu + CPU_ITLB)
  const ctx = load<u64>(cpu + CPU_CTX)
  let next = pc
  const left = load<u32>(MACH_BASE + MACH_LEFT)
  while (true) {
    next = call_indirect<u64>(load<u32>(rec, 4), <u32>cpu, CALL_DEPTH, next)
    if (<u32>next & 3) break
    const t = itlb + (<u32>(next >> 8) & 0x3ff0)
    if (load<u64>(t) != (<u64>(<i64>next >> 12) ^ ctx)) break
    rec = load<u32>(t, 8) + ((<u32>next & 0xfff) << 1)
    if ((<u32>load<u64>(rec) & 0xffff) != OP.OP_ENTER) break
  }
  const translated = MACH_BASE + MACH_TRANSLATED
  store<u64>(translated, load<u64>(translated) + (left - load<u32>(MACH_BASE + MACH_LEFT)))
  if (load<u32>(cpu + CPU_FLAGS_KIND)) storeFlags(cpu)
  // Bits 1:0 of a branch's target may be anything; a side exit is told by the mark it leaves in memory.
  interpretNext = (<u32>next & 3) == 1
  if (interpretNext) next -= 1
  return next
}

/** Table index of the translated code at `pc` as the vCPU would fetch it now, 0 if there is none. */
export function findEntry(cpu: u32, pc: u64): u32 {
  if (<u32>pc & 3) return 0
  const t: usize = load<u32>(cpu + CPU_ITLB) + (<u32>(pc >> 8) & 0x3ff0)
  if (load<u64>(t) != (<u64>(<i64>pc >> 12) ^ load<u64>(cpu + CPU_CTX))) return 0
  const r = load<u64>(load<u32>(t, 8) + ((<u32>pc & 0xfff) << 1))
  return (<u32>r & 0xffff) == OP.OP_ENTER ? <u32>(r >> 32) : 0
}

/**
 * Executes the one instruction of the entry record `rec`, whose address is `pc`, as if it had not been translated. The caller
 * must look at all state anew.
 */
export function stepOver(cpu: usize, rec: usize, page: usize, pc: u64): void {
  const entry = load<u64>(rec)
  const generation = load<u32>(MACH_BASE + MACH_GENERATION)
  const left = load<u32>(MACH_BASE + MACH_LEFT)
  const end = load<u64>(MACH_BASE + MACH_COUNT_END)
  predecode(rec, page)
  const original = load<u64>(rec)
  store<u64>(cpu + CPU_PC, pc)
  store<u64>(MACH_BASE + MACH_COUNT_END, end - left + 1)
  store<u32>(MACH_BASE + MACH_LEFT, 1)
  interpret(cpu)
  const used = 1 - load<u32>(MACH_BASE + MACH_LEFT)
  store<u64>(MACH_BASE + MACH_COUNT_END, end)
  store<u32>(MACH_BASE + MACH_LEFT, left - used)
  // The instruction may have written code, and so dropped the function itself.
  if (load<u8>(USED_FLAGS + <u32>(entry >> 32)) == USED_DROPPED) return
  if (load<u32>(MACH_BASE + MACH_GENERATION) == generation && load<u64>(rec) == original) {
    store<u64>(rec, entry)
  }
}

/**
 * Executes the one instruction at record `rec` of page `page`; `pc` is its address and all state is in memory.
 * @returns 0 to go on with the next instruction; 1 if PC was set and the caller must return it as a side exit.
 */
export function interpretOne(cpu: u32, rec: u32, page: u32, pc: u64): u32 {
  if (load<u32>(cpu + CPU_FLAGS_KIND)) storeFlags(cpu)
  const left = load<i32>(MACH_BASE + MACH_LEFT)
  if (!slowAt(cpu, rec, page, pc - <u64>(rec >> 1), left)) return 1
  if (!(load<u32>(cpu + CPU_ATTENTION) | load<u32>(MACH_BASE + MACH_EXIT))) return 0
  store<u64>(cpu + CPU_PC, pc + 4)
  return 1
}

// ---- flags ---------------------------------------------------------------------------------------------------------

/** Writes N, Z, C and V from the operands of the last instruction that set them (CPU_FLAGS_*). */
export function storeFlags(cpu: usize): void {
  const kind = load<u32>(cpu + CPU_FLAGS_KIND)
  const a = load<u64>(cpu + CPU_FLAGS_A)
  const b = load<u64>(cpu + CPU_FLAGS_B)
  store<u32>(cpu + CPU_FLAGS_KIND, FLAGS_STORED)
  setFlagsOf(cpu, kind, a, b)
}

function setFlagsOf(cpu: usize, kind: u32, a: u64, b: u64): void {
  switch (kind) {
    case FLAGS_STORED:
      return
    case FLAGS_SUB_X: {
      const y = a - b
      put(cpu, y, u32(a >= b), <u32>(((a ^ b) & (a ^ y)) >> 63))
      return
    }
    case FLAGS_SUB_W: {
      const y = <u32>a - <u32>b
      const v = ((<u32>a ^ <u32>b) & (<u32>a ^ y)) >> 31
      put(cpu, <u64>(<i64>(<i32>y)), u32(<u32>a >= <u32>b), v)
      return
    }
    case FLAGS_ADD_X: {
      const y = a + b
      put(cpu, y, u32(y < a), <u32>(((a ^ y) & (b ^ y)) >> 63))
      return
    }
    case FLAGS_ADD_W: {
      const y = <u32>a + <u32>b
      const v = ((<u32>a ^ y) & (<u32>b ^ y)) >> 31
      put(cpu, <u64>(<i64>(<i32>y)), u32(y < <u32>a), v)
      return
    }
    case FLAGS_LOGIC_X:
      put(cpu, a, 0, 0)
      return
    case FLAGS_LOGIC_W:
      put(cpu, <u64>(<i64>(<i32>a)), 0, 0)
      return
    case FLAGS_FLOAT: {
      const x = reinterpret<f64>(a)
      const y = reinterpret<f64>(b)
      setNZCV(cpu, x == y ? 6 : x < y ? 8 : x > y ? 2 : 3)
      return
    }
    default:
      setNZCV(cpu, <u32>a)
  }
}

function put(cpu: usize, y: u64, c: u32, v: u32): void {
  store<u64>(cpu + CPU_NF, y)
  store<u64>(cpu + CPU_ZF, y)
  store<u32>(cpu + CPU_CF, c)
  store<u32>(cpu + CPU_VF, v)
}

/** Writes flags to memory and says whether `condition` (0 to 15) holds for them. */
export function conditionOf(cpu: u32, kind: u32, a: u64, b: u64, condition: u32): u32 {
  if (kind == FLAGS_STORED && load<u32>(cpu + CPU_FLAGS_KIND)) storeFlags(cpu)
  setFlagsOf(cpu, kind, a, b)
  store<u32>(cpu + CPU_FLAGS_KIND, FLAGS_STORED)
  return conditionHolds(cpu, condition) ? 1 : 0
}

// ---- code that changes ---------------------------------------------------------------------------------------------

/** Marks the word at byte `offset` of a record page as translated, or not. */
export function markTranslated(page: u32, offset: u32, on: u32): void {
  const at = page + RECORD_PAGE_TRANSLATED + (offset >> 5)
  const bit = 1 << ((offset >> 2) & 7)
  store<u8>(at, on ? load<u8>(at) | bit : load<u8>(at) & ~bit)
}

/** Whether any word of the span, which lies within a page, was translated. */
export function isTranslated(page: usize, offset: u32, bytes: u32): bool {
  for (let at = offset & ~3; at < offset + bytes; at += 4) {
    const bits = <u32>load<u8>(page + RECORD_PAGE_TRANSLATED + (at >> 5))
    if ((bits >> ((at >> 2) & 7)) & 1) return true
    if (!bits) at |= 28
  }
  return false
}

/** Translated words of this span changed: the host drops what was made of them, and running code must return. */
export function dropTranslated(page: usize, offset: u32, bytes: u32): void {
  codeChanged(load<u32>(page + RECORD_PAGE_LINEAR) + offset, bytes)
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) store<u32>(CPU_BASE + i * CPU_STRIDE + CPU_ATTENTION, 1)
}

/** Whether a store to this span of a page with code touches no instruction that was ever decoded. */
export function isDataSpan(linear: u32, bytes: u32): bool {
  const page = load<u32>(PAGE_RECORDS + ((linear >> PAGE_SHIFT) << 2))
  if (!page) return true
  const offset = linear & (PAGE_SIZE - 1)
  for (let at = offset & ~3; at < offset + bytes; at += 4) {
    if (load<u64>(page + (at << 1))) return false
  }
  return !isTranslated(page, offset, bytes)
}

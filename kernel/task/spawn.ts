/**
 * SPAWN: makes a task from a program in the memory of the caller. The kernel is the loader: it trusts neither the file, which
 * other tasks may change while it is read, nor the pointers. Each header is copied once and judged as the copy; what is read
 * later can only be the content of pages. The new task is an embryo that nobody can name until it is complete; if anything fails
 * it is given back like a task that ended. All of it is work of the caller, a few pages a step.
 */
import {
  E2BIG,
  EBADF,
  EFAULT,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOEXEC,
  ENOMEM,
  EPERM,
  KIND_ENDPOINT,
  KIND_TASK,
  MAX_ARGUMENT_BYTES,
  MAX_ARGUMENTS,
  MAX_HANDLES,
  MAX_NAME_BYTES,
  MAX_SPAWN_HANDLES,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  RIGHT_ALL,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_LOG,
  SLOT_SELF,
  SLOT_WELL_KNOWN,
  SPAWN_BLOCK_ARGS,
  SPAWN_BLOCK_ARGS_BYTES,
  SPAWN_BLOCK_ENV,
  SPAWN_BLOCK_ENV_BYTES,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_FLAGS,
  SPAWN_BLOCK_HANDLE_COUNT,
  SPAWN_BLOCK_HANDLES,
  SPAWN_BLOCK_NAME,
  SPAWN_BLOCK_NAME_BYTES,
  SPAWN_BLOCK_PAGE_LIMIT,
  SPAWN_BLOCK_PRIORITY,
  SPAWN_BLOCK_STACK_BYTES,
  SPAWN_BYTES,
  SPAWN_HANDLE_BLOCK_FLAGS,
  SPAWN_HANDLE_BLOCK_HANDLE,
  SPAWN_HANDLE_BLOCK_RIGHTS,
  SPAWN_HANDLE_BLOCK_SLOT,
  SPAWN_HANDLE_BYTES,
  STATE_EMBRYO,
} from '../abi/generated'
import { NEXT_PID } from '../arch/core'
import { load8, store64 } from '../arch/imports/mem64'
import { TASK_PC, TASK_SP, USER_END } from '../arch/layout'
import { now } from '../arch/timer'
import {
  copyEntry,
  countSlot,
  fillEntry,
  freeSlot,
  hasRights,
  install,
  lookup,
  lookupKind,
  slotOf,
} from '../ipc/handle'
import { syncInstructions, translate, withinPage } from '../memory/fault'
import { direct, takeZeroFrame, unreserve } from '../memory/frames'
import { addMapping, isVacant, SEGMENT, STACK } from '../memory/mappings'
import { chargePages } from '../memory/space'
import { ATTRIBUTE_NORMAL, makeLeaf, makeRoot, OWNED, setLeaf, userPage } from '../memory/tables'
import { copyIn, copyInTo, isUserRange } from '../memory/user'
import { MAX_STACK_BYTES, SCRATCH, STACK_BYTES } from '../param'
import {
  entryPoint,
  HEADER_BYTES,
  INTERPRETER,
  isProgram,
  LOADABLE,
  P_FILESZ,
  P_FLAGS,
  P_MEMSZ,
  P_OFFSET,
  P_TYPE,
  P_VADDR,
  PF_W,
  PF_X,
  SEGMENT_BYTES,
  segmentCount,
  segmentsAt,
} from './elf'
import { abandonEmbryo } from './end'
import { makeReady, preempt } from './schedule'
import {
  answer,
  BREAK,
  BREAK_START,
  FAULT_HANDLE,
  fail,
  INDEX,
  NAME,
  PAGE_LIMIT,
  PARENT,
  PID,
  PRIORITY,
  register,
  STARTED,
  STATE,
  setRegister,
  takeTask,
  W0,
  W1,
  W2,
  W3,
  W4,
  W5,
  W6,
  W7,
} from './task'
import { DONE, MORE, SPAWN_WORK, startWork } from './work'

// Of the caller: W0 the child, W1 the phase, W2 offset of program headers, W3 their number, W4 the next one,
// W5 arguments, W6 environment, W7 lengths of both (32 bits each).
// Of the child while it is an embryo: W0 address, W1 end of file content, W2 file offset at W0, W3 protection, in phase PAGES;
// in ARGUMENTS and after W0 cursor, W1 start of strings, W2 end, W3 number of arguments, W4 of both, W5 pointers written.

const SEGMENTS: u64 = 0
const CONTENT: u64 = 1
const STRINGS: u64 = 2
const COUNTING: u64 = 3
const POINTERS: u64 = 4

const STACK_TOP: u64 = 0x3_0000_0000
const PAGES_A_STEP: u32 = 4
const BYTES_A_STEP: u64 = 1024
const HEAP_LIMIT: u64 = 0x1_0000_0000
/** Start of the heap of a program without segments below 4 GiB. */
const DEFAULT_HEAP: u64 = 0x1000_0000

/** Scratch: the spawn block, then the handles. */
const BLOCK: usize = SCRATCH
const ENTRIES: usize = SCRATCH + 256
const HEADER: usize = SCRATCH + 2048

function refuse(task: usize, child: usize, error: i32): usize {
  if (child) abandonEmbryo(child)
  return preempt(fail(task, error))
}

/** Without a block: what every program of the same family needs. */
function defaultBlock(): void {
  memory.fill(BLOCK, 0, SPAWN_BYTES)
  store<i64>(BLOCK + (SPAWN_BLOCK_FAULT_ENDPOINT as usize), -1)
  store<i64>(BLOCK + (SPAWN_BLOCK_PRIORITY as usize), -1)
}

function block(field: i32): u64 {
  return load<u64>(BLOCK + (field as usize))
}

function inheritHandles(task: usize, child: usize): void {
  for (let slot: u32 = 0; slot <= (SLOT_LOG as u32); slot++) {
    if (slot == 3) slot = SLOT_WELL_KNOWN
    if (slot == (SLOT_SELF as u32)) continue
    const entry = lookup(task, slot)
    if (entry && hasRights(entry, RIGHT_TRANSFER)) install(child, slot, entry, RIGHT_ALL)
  }
}

/** Installs the handles of the block; 0 or a negative errno. */
function installHandles(task: usize, child: usize): i32 {
  const count = block(SPAWN_BLOCK_HANDLE_COUNT)
  if (count > (MAX_SPAWN_HANDLES as u64)) return -EINVAL
  const bytes = count * (SPAWN_HANDLE_BYTES as u64)
  if (copyIn(task, ENTRIES, block(SPAWN_BLOCK_HANDLES), bytes)) return -EFAULT
  for (let i: usize = 0; i < (count as usize); i++) {
    const at = ENTRIES + i * (SPAWN_HANDLE_BYTES as usize)
    const slot = load<u32>(at + (SPAWN_HANDLE_BLOCK_SLOT as usize))
    if (slot >= (MAX_HANDLES as u32) || load<u32>(at + (SPAWN_HANDLE_BLOCK_FLAGS as usize))) {
      return -EINVAL
    }
    const entry = lookup(task, load<u32>(at + (SPAWN_HANDLE_BLOCK_HANDLE as usize)))
    if (!entry) return -EBADF
    if (!hasRights(entry, RIGHT_TRANSFER)) return -EPERM
    install(child, slot, entry, load<u32>(at + (SPAWN_HANDLE_BLOCK_RIGHTS as usize)))
  }
  return 0
}

/** Sets what the block says of the child itself; 0 or a negative errno. */
function configure(task: usize, child: usize): i32 {
  const own = load<u32>(task + PRIORITY)
  const priority = block(SPAWN_BLOCK_PRIORITY)
  if ((priority as i64) != -1 && priority > 7) return -EINVAL
  if ((priority as i64) != -1 && priority > (own as u64)) return -EPERM
  store<u32>(child + PRIORITY, (priority as i64) == -1 ? own : (priority as u32))
  const limit = block(SPAWN_BLOCK_PAGE_LIMIT)
  const most = load<u64>(task + PAGE_LIMIT)
  if (limit > most) return -EINVAL
  store<u64>(child + PAGE_LIMIT, limit ? limit : most)
  if (block(SPAWN_BLOCK_FLAGS)) return -EINVAL
  const handler = block(SPAWN_BLOCK_FAULT_ENDPOINT)
  if ((handler as i64) != -1) {
    const entry = lookupKind(task, handler, KIND_ENDPOINT)
    if (!entry) return -EBADF
    if (!hasRights(entry, RIGHT_SEND)) return -EPERM
    copyEntry(child + FAULT_HANDLE, entry, RIGHT_SEND)
  }
  if (block(SPAWN_BLOCK_NAME)) {
    let bytes = block(SPAWN_BLOCK_NAME_BYTES)
    if (bytes > (MAX_NAME_BYTES as u64)) bytes = MAX_NAME_BYTES
    if (copyIn(task, child + NAME, block(SPAWN_BLOCK_NAME), bytes)) return -EFAULT
  }
  return 0
}

/** Makes the stack's region; 0 or a negative errno. */
function makeStack(child: usize): i32 {
  const asked = block(SPAWN_BLOCK_STACK_BYTES)
  if (asked > MAX_STACK_BYTES) return -EINVAL
  const size = asked ? (asked + 4095) & ~(4095 as u64) : STACK_BYTES
  if (size < 0x8000) return -EINVAL
  if (!chargePages(child, size >> 12)) return -ENOMEM
  addMapping(child, STACK_TOP - size, STACK_TOP, STACK, PROT_READ | PROT_WRITE)
  return 0
}

/** Copies the string lengths; 0 or a negative errno. */
function noteStrings(task: usize): i32 {
  const args = block(SPAWN_BLOCK_ARGS_BYTES)
  const env = block(SPAWN_BLOCK_ENV_BYTES)
  const most = MAX_ARGUMENT_BYTES as u64
  if (args > most || env > most - args) return -E2BIG
  if (!isUserRange(block(SPAWN_BLOCK_ARGS), args)) return -EFAULT
  if (!isUserRange(block(SPAWN_BLOCK_ENV), env)) return -EFAULT
  store<u64>(task + W5, block(SPAWN_BLOCK_ARGS))
  store<u64>(task + W6, block(SPAWN_BLOCK_ENV))
  store<u64>(task + W7, args | (env << 32))
  return 0
}

/** Reads the block, if there is one, and makes the embryo from it; 0 or a negative errno. */
function prepare(task: usize, child: usize): i32 {
  const at = register(task, 2)
  if (!at) defaultBlock()
  else if (copyIn(task, BLOCK, at, SPAWN_BYTES)) return -EFAULT
  let error = configure(task, child)
  if (!error) error = noteStrings(task)
  if (!error) error = makeStack(child)
  if (error) return error
  if (at) return installHandles(task, child)
  inheritHandles(task, child)
  return 0
}

export function spawn(task: usize): usize {
  const elf = register(task, 0)
  const length = register(task, 1)
  if (!isUserRange(elf, length)) return fail(task, EFAULT)
  if (length < HEADER_BYTES) return fail(task, ENOEXEC)
  if (copyIn(task, HEADER, elf, HEADER_BYTES)) return fail(task, EFAULT)
  if (!isProgram(HEADER, length) || entryPoint(HEADER) >= USER_END) return fail(task, ENOEXEC)
  if (freeSlot(task) < 0) return fail(task, EMFILE)
  const child = takeTask()
  if (!child) return fail(task, ENFILE)
  store<u32>(child + STATE, STATE_EMBRYO)
  if (!makeRoot(child, load<u32>(child + INDEX) + 1)) return refuseRootless(task, child)
  store<u64>(child + TASK_PC, entryPoint(HEADER))
  store<u64>(task + W2, segmentsAt(HEADER))
  store<u64>(task + W3, segmentCount(HEADER))
  const error = prepare(task, child)
  if (error) return refuse(task, child, -error)
  store<u64>(task + W0, child as u64)
  store<u64>(task + W1, SEGMENTS)
  store<u64>(task + W4, 0)
  return startWork(task, SPAWN_WORK)
}

/** No memory even for the root table: nothing has to be given back. */
function refuseRootless(task: usize, child: usize): usize {
  store<u32>(child + STATE, 0)
  return fail(task, ENOMEM)
}

function giveUp(task: usize, error: i32): u32 {
  const child = load<u64>(task + W0) as usize
  store<u64>(task + W0, 0)
  if (child) abandonEmbryo(child)
  fail(task, error)
  return DONE
}

/** Maps the next segment; its content is copied in the next phase. */
function nextSegment(task: usize, child: usize): u32 {
  const i = load<u64>(task + W4)
  if (i >= load<u64>(task + W3)) {
    beginStrings(task, child)
    return MORE
  }
  store<u64>(task + W4, i + 1)
  const at = register(task, 0) + load<u64>(task + W2) + i * SEGMENT_BYTES
  if (copyIn(task, HEADER, at, SEGMENT_BYTES)) return giveUp(task, EFAULT)
  const type = load<u32>(HEADER + P_TYPE)
  if (type == INTERPRETER) return giveUp(task, ENOEXEC)
  const size = load<u64>(HEADER + P_MEMSZ)
  if (type != LOADABLE || !size) return MORE
  const error = mapSegment(task, child, size)
  return error ? giveUp(task, error) : MORE
}

/** Judges the program header in scratch and makes its region; 0 or an errno. */
function mapSegment(task: usize, child: usize, size: u64): i32 {
  const address = load<u64>(HEADER + P_VADDR)
  const offset = load<u64>(HEADER + P_OFFSET)
  const inFile = load<u64>(HEADER + P_FILESZ)
  const flags = load<u32>(HEADER + P_FLAGS)
  const length = register(task, 1)
  // A segment without contents may claim an offset behind the end of the file, as one with only .bss does.
  const outside = inFile && (offset > length || inFile > length - offset)
  if (inFile > size || outside) return ENOEXEC
  if (address >= USER_END || size > USER_END - address) return ENOEXEC
  if (flags & PF_W && flags & PF_X) return ENOEXEC
  const start = address & ~(4095 as u64)
  const end = (address + size + 4095) & ~(4095 as u64)
  if (!isVacant(child, start, end)) return ENOEXEC
  let protection: u32 = PROT_READ
  if (flags & PF_W) protection |= PROT_WRITE
  if (flags & PF_X) protection |= PROT_EXEC
  if (!chargePages(child, (end - start) >> 12)) return ENOMEM
  if (!addMapping(child, start, end, SEGMENT, protection)) return ENOEXEC
  if (end <= HEAP_LIMIT && end > load<u64>(child + BREAK)) store<u64>(child + BREAK, end)
  store<u64>(child + W0, address)
  store<u64>(child + W1, address + inFile)
  store<u64>(child + W2, register(task, 0) + offset)
  store<u64>(child + W3, protection)
  store<u64>(task + W1, CONTENT)
  return 0
}

/** Fills some pages of the current segment from the file; the rest of it is zero when it is touched. */
function copyContent(task: usize, child: usize): u32 {
  let address = load<u64>(child + W0)
  let from = load<u64>(child + W2)
  const end = load<u64>(child + W1)
  const protection = load<u64>(child + W3) as u32
  for (let n: u32 = 0; n < PAGES_A_STEP && address < end; n++) {
    const count = withinPage(address, end - address)
    const at = makeLeaf(child, address)
    const frame = at ? takeZeroFrame() : 0
    if (!frame) return giveUp(task, ENOMEM)
    unreserve(1)
    setLeaf(at, frame | userPage(protection, ATTRIBUTE_NORMAL) | OWNED)
    if (copyInTo(task, direct(frame) + (address & 4095), from, count)) return giveUp(task, EFAULT)
    if (protection & PROT_EXEC) syncInstructions(frame)
    address += count
    from += count
  }
  store<u64>(child + W0, address)
  store<u64>(child + W2, from)
  if (address >= end) store<u64>(task + W1, SEGMENTS)
  return MORE
}

/** Strings go to the top of the stack: arguments, then the environment. */
function beginStrings(task: usize, child: usize): void {
  const start = load<u64>(child + BREAK)
  store<u64>(child + BREAK, start ? start : DEFAULT_HEAP)
  store<u64>(child + BREAK_START, load<u64>(child + BREAK))
  const lengths = load<u64>(task + W7)
  const bytes = (lengths & 0xffff_ffff) + (lengths >> 32)
  const strings = (STACK_TOP - bytes) & ~(15 as u64)
  store<u64>(child + W0, strings)
  store<u64>(child + W1, strings)
  store<u64>(child + W2, strings + bytes)
  store<u64>(child + W3, 0)
  store<u64>(child + W4, 0)
  store<u64>(child + W5, 0)
  store<u64>(task + W1, STRINGS)
}

/** The stack of the child where the kernel writes it, 0 if memory is out. */
function stackAt(child: usize, address: u64): u64 {
  return translate(child, address, PROT_WRITE)
}

function copyStrings(task: usize, child: usize): u32 {
  const cursor = load<u64>(child + W0)
  const done = cursor - load<u64>(child + W1)
  const lengths = load<u64>(task + W7)
  const args = lengths & 0xffff_ffff
  const from = done < args ? load<u64>(task + W5) + done : load<u64>(task + W6) + (done - args)
  let count = (done < args ? args : args + (lengths >> 32)) - done
  if (!count) {
    store<u64>(child + W0, load<u64>(child + W1))
    store<u64>(task + W1, COUNTING)
    return MORE
  }
  count = withinPage(cursor, count)
  const to = stackAt(child, cursor)
  if (!to) return giveUp(task, ENOMEM)
  if (copyInTo(task, to, from, count)) return giveUp(task, EFAULT)
  store<u64>(child + W0, cursor + count)
  return MORE
}

/** Counts the strings that end in the next bytes; the last byte of both parts counts as an end, whatever it is. */
function countStrings(task: usize, child: usize): u32 {
  const start = load<u64>(child + W1)
  const end = load<u64>(child + W2)
  const split = start + (load<u64>(task + W7) & 0xffff_ffff)
  let cursor = load<u64>(child + W0)
  let count = withinPage(cursor, end - cursor)
  if (count > BYTES_A_STEP) count = BYTES_A_STEP
  const at = count ? stackAt(child, cursor) : 0
  for (let i: u64 = 0; i < count; i++, cursor++) {
    const isLast = cursor + 1 == split || cursor + 1 == end
    if (load8(at + i)) {
      if (isLast) return giveUp(task, EINVAL)
      continue
    }
    store<u64>(child + W4, load<u64>(child + W4) + 1)
    if (cursor < split) store<u64>(child + W3, load<u64>(child + W3) + 1)
  }
  store<u64>(child + W0, cursor)
  if (cursor < end) return MORE
  const strings = load<u64>(child + W4)
  if (strings > (MAX_ARGUMENTS as u64)) return giveUp(task, E2BIG)
  // Count, pointers, two zeros, three pairs of the auxiliary vector.
  const words = 1 + strings + 2 + 6
  const sp = (start - words * 8) & ~(15 as u64)
  store<u64>(child + TASK_SP, sp)
  store<u64>(child, sp)
  store<u64>(child + W0, start)
  store<u64>(task + W1, POINTERS)
  return putWord(child, sp, load<u64>(child + W3)) ? MORE : giveUp(task, ENOMEM)
}

function putWord(child: usize, address: u64, value: u64): bool {
  const at = stackAt(child, address)
  if (at) store64(at, value)
  return at != 0
}

/** Where the pointer to string `i` stands: a zero lies between arguments and environment. */
function pointerAt(child: usize, i: u64): u64 {
  const gap: u64 = i >= load<u64>(child + W3) ? 1 : 0
  return load<u64>(child + TASK_SP) + 8 + (i + gap) * 8
}

function writePointers(task: usize, child: usize): u32 {
  const end = load<u64>(child + W2)
  let cursor = load<u64>(child + W0)
  let written = load<u64>(child + W5)
  const total = load<u64>(child + W4)
  let isStart = cursor == load<u64>(child + W1) || load<u64>(child + W6) != 0
  let count = withinPage(cursor, end - cursor)
  if (count > BYTES_A_STEP) count = BYTES_A_STEP
  const at = count ? stackAt(child, cursor) : 0
  for (let i: u64 = 0; i < count; i++, cursor++) {
    if (isStart && written < total) {
      if (!putWord(child, pointerAt(child, written++), cursor)) return giveUp(task, ENOMEM)
    }
    isStart = load8(at + i) == 0
  }
  store<u64>(child + W0, cursor)
  store<u64>(child + W5, written)
  store<u64>(child + W6, isStart ? 1 : 0)
  return cursor < end ? MORE : complete(task, child)
}

/** The zeros, the auxiliary vector; then the child can run. */
function complete(task: usize, child: usize): u32 {
  const strings = load<u64>(child + W4)
  const count = load<u64>(child + W3)
  const sp = load<u64>(child + TASK_SP)
  let at = sp + 8 + (strings + 1) * 8
  let ok = putWord(child, sp + 8 + count * 8, 0) && putWord(child, at, 0)
  ok = ok && putWord(child, at + 8, 6) && putWord(child, at + 16, 4096)
  ok = ok && putWord(child, at + 24, 9) && putWord(child, at + 32, load<u64>(child + TASK_PC))
  ok = ok && putWord(child, at + 40, 0) && putWord(child, at + 48, 0)
  if (!ok) return giveUp(task, ENOMEM)
  if (!load<u8>(child + NAME))
    nameFromArguments(child, load<u64>(child + W1), load<u64>(child + W2))
  const slot = freeSlot(task)
  if (slot < 0) return giveUp(task, EMFILE)
  const pid = load<u64>(NEXT_PID)
  store<u64>(NEXT_PID, pid + 1)
  store<u64>(child + PID, pid)
  store<u64>(child + PARENT, load<u64>(task + PID))
  store<u64>(child + STARTED, now())
  fillEntry(slotOf(task, slot as u32), KIND_TASK, child, RIGHT_ALL)
  countSlot(task)
  setRegister(task, 1, pid)
  answer(task, slot)
  makeReady(child)
  return DONE
}

/** The last part of the first argument is the name. */
function nameFromArguments(child: usize, start: u64, end: u64): void {
  let from = start
  let bytes: u64 = 0
  for (let at = start; at < end && at < start + 256; at++) {
    const byte = load8(stackAt(child, at))
    if (!byte) break
    bytes = byte == 0x2f ? 0 : bytes + 1
    if (byte == 0x2f) from = at + 1
  }
  if (bytes > (MAX_NAME_BYTES as u64)) bytes = MAX_NAME_BYTES
  for (let i: u64 = 0; i < bytes; i++) {
    store<u8>(child + NAME + (i as usize), load8(stackAt(child, from + i)) as u8)
  }
}

/** One step of a spawn. */
export function stepSpawn(task: usize): u32 {
  const child = load<u64>(task + W0) as usize
  switch (load<u64>(task + W1)) {
    case SEGMENTS:
      return nextSegment(task, child)
    case CONTENT:
      return copyContent(task, child)
    case STRINGS:
      return copyStrings(task, child)
    case COUNTING:
      return countStrings(task, child)
    default:
      return writePointers(task, child)
  }
}

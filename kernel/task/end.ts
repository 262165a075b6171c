/**
 * How tasks end: by EXIT, by KILL, by a fault nobody handles. The record is marked at once, so that nobody sends to it or counts on
 * it; its handles, pages and tables are then given back in steps, as work of the task itself. When all is back it is dead: who
 * waits for it is told, and the record stays until its last handle is closed. A task that somebody waits for has left
 * nothing behind.
 */
import {
  KIND_NONE,
  MAX_HANDLES,
  MAX_TASKS,
  REASON_FAULT,
  REASON_TRAP,
  STATE_DEAD,
  STATE_EMBRYO,
  STATE_EXITING,
  STATE_FREE,
  STATE_WAITING,
} from '../abi/generated'
import { dropFp } from '../arch/activate'
import { CURRENT, REAPER } from '../arch/core'
import { load64 } from '../arch/imports/mem64'
import { ttbr0_el1 } from '../arch/imports/msr'
import { isb } from '../arch/imports/sys'
import { dropInterrupts, releaseDevice } from '../device/device'
import { failCallers } from '../ipc/call'
import { closeSlot, KIND, release } from '../ipc/handle'
import { dropArrived, dropPrepared } from '../ipc/message'
import { freeFrame, unreserve } from '../memory/frames'
import {
  END,
  KIND as MAPPING_KIND,
  mappingAt,
  OBJECT,
  REGISTERS,
  SHARED,
  START,
} from '../memory/mappings'
import { endWithdrawal } from '../memory/share'
import { releaseShm, SHM_MAPS } from '../memory/shm'
import { ADDRESS, flushAsid, freeTables, leaf, OWNED, VALID } from '../memory/tables'
import { REAPER_PRIORITY } from './reaper'
import { makeReady, unqueue } from './schedule'
import {
  EXIT_CODE,
  EXIT_REASON,
  FAULT_HANDLE,
  FAULTED,
  isAlive,
  MAPPING_COUNT,
  PAGES,
  PRIORITY,
  REFERENCES,
  STATE,
  TIMER,
  TTBR,
  taskAt,
  tokenOf,
  W0,
  W1,
  W2,
  WAKE,
  WORK,
} from './task'
import { tellWaiter } from './wait'
import { AWAY, END_WORK, MORE, REVOKE_WORK, SPAWN_WORK } from './work'

/** Code of BRK and of traps of compiled code: 128 and SIGTRAP. */
const TRAPPED: u32 = 133

/** Pages looked at, and handles closed, in a step. */
const PAGES_A_STEP: u32 = 128
const HANDLES_A_STEP: u32 = 16

/** Phases of giving back, in W0. W1: handle or mapping; W2: address. */
const CALLERS: u64 = 0
const HANDLES: u64 = 1
const PAGES_PHASE: u64 = 2
const TABLES_PHASE: u64 = 3

/**
 * Begins the end of a task. If it is the current one, the caller must go on with another.
 *
 * @param code exit code
 * @param reason REASON_EXIT, ...
 */
export function endTask(task: usize, code: u32, reason: i32): void {
  if (!isAlive(task)) return
  if (load<u32>(task + WORK) == SPAWN_WORK) {
    const child = load<u64>(task + W0) as usize
    if (child) abandonEmbryo(child)
  }
  if (load<u32>(task + WORK) == REVOKE_WORK) endWithdrawal(task)
  unqueue(task)
  dropPrepared(task)
  dropArrived(task)
  if (load<u32>(task + FAULT_HANDLE + KIND) != KIND_NONE) release(task + FAULT_HANDLE)
  store<u32>(task + FAULTED, 0)
  store<u64>(task + WAKE, 0)
  store<u64>(task + TIMER, 0)
  store<u32>(task + EXIT_CODE, code & 0xff)
  store<u32>(task + EXIT_REASON, reason)
  begin(task)
}

function begin(task: usize): void {
  store<u32>(task + WORK, END_WORK)
  store<u64>(task + W0, CALLERS)
  store<u64>(task + W1, 0)
  store<u64>(task + W2, 0)
  makeReady(task)
  store<u32>(task + STATE, STATE_EXITING)
}

/** Gives back what a spawn that failed or was killed had made, before its parent goes on. */
export function abandonEmbryo(child: usize): void {
  if (load<u32>(child + STATE) != (STATE_EMBRYO as u32)) return
  store<u32>(child + PRIORITY, REAPER_PRIORITY)
  if (load<u32>(child + FAULT_HANDLE + KIND) != KIND_NONE) release(child + FAULT_HANDLE)
  begin(child)
}

/** A fault that nobody handles: ends the task with the code its record has. */
export function endFaulted(task: usize): void {
  const code = load<u32>(task + FAULTED)
  endTask(task, code, reasonOf(code))
}

/** Why a task ends whose fault has this code. */
export function reasonOf(code: u32): i32 {
  return code == TRAPPED ? REASON_TRAP : REASON_FAULT
}

/** The handler says that the instruction shall be repeated. */
export function resumeFaulted(task: usize): void {
  store<u32>(task + FAULTED, 0)
  makeReady(task)
}

/** Those who wait for its replies are told; a task whose fault it handled ends, in turn, by work of its own. */
function stepCallers(task: usize): void {
  failCallers(task)
  dropInterrupts(tokenOf(task))
  dropFp(task)
  store<u64>(task + W0, HANDLES)
}

function stepHandles(task: usize): void {
  let slot = load<u64>(task + W1) as u32
  const end = slot + HANDLES_A_STEP
  while (slot < end) closeSlot(task, slot++)
  store<u64>(task + W1, slot)
  if (slot < (MAX_HANDLES as u32)) return
  store<u64>(task + W0, PAGES_PHASE)
  store<u64>(task + W1, 0)
}

/** Gives back the page at an address, if it was touched; returns the address to go on at. */
function freePage(task: usize, address: u64, end: u64): u64 {
  const at = leaf(task, address)
  if (!at) {
    const next = (address | 0x1f_ffff) + 1
    const stop = next < end ? next : end
    unreserve((stop - address) >> 12)
    store<u64>(task + PAGES, load<u64>(task + PAGES) - ((stop - address) >> 12))
    return stop
  }
  const descriptor = load64(at)
  if (descriptor & VALID) {
    if (descriptor & OWNED) freeFrame(descriptor & ADDRESS)
  } else unreserve(1)
  store<u64>(task + PAGES, load<u64>(task + PAGES) - 1)
  return address + 4096
}

function stepPages(task: usize): void {
  const i = load<u64>(task + W1) as u32
  if (i >= load<u32>(task + MAPPING_COUNT)) {
    flushAsid(task)
    const empty = load<u64>((load<u32>(REAPER) as usize) + TTBR)
    store<u64>(task + TTBR, empty)
    ttbr0_el1(empty)
    isb()
    store<u32>(task + MAPPING_COUNT, 0)
    store<u64>(task + W0, TABLES_PHASE)
    return
  }
  const mapping = mappingAt(task, i)
  const kind = load<u32>(mapping + MAPPING_KIND)
  const end = load<u64>(mapping + END)
  if (kind == SHARED || kind == REGISTERS) {
    const object: usize = load<u32>(mapping + OBJECT)
    if (kind == SHARED) releaseShm(object, SHM_MAPS)
    else releaseDevice(object)
    store<u64>(task + W1, i + 1)
    return
  }
  let address = load<u64>(task + W2)
  if (address < load<u64>(mapping + START)) address = load<u64>(mapping + START)
  for (let n: u32 = 0; n < PAGES_A_STEP && address < end; n++)
    address = freePage(task, address, end)
  store<u64>(task + W2, address)
  if (address >= end) store<u64>(task + W1, i + 1)
}

function finish(task: usize): void {
  store<u32>(task + STATE, STATE_DEAD)
  if ((load<u32>(CURRENT) as usize) == task) store<u32>(CURRENT, 0)
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const waiter = taskAt(i)
    if (load<u32>(waiter + STATE) == (STATE_WAITING as u32)) tellWaiter(waiter, task)
  }
  if (!load<u32>(task + REFERENCES)) store<u32>(task + STATE, STATE_FREE)
}

/** One step of giving back. */
export function stepEnd(task: usize): u32 {
  const phase = load<u64>(task + W0)
  if (phase == CALLERS) stepCallers(task)
  else if (phase == HANDLES) stepHandles(task)
  else if (phase == PAGES_PHASE) stepPages(task)
  else if (freeTables(task, PAGES_A_STEP)) {
    finish(task)
    return AWAY
  }
  return MORE
}

/** A handle of a task less. */
export function releaseTask(task: usize): void {
  const references = load<u32>(task + REFERENCES) - 1
  store<u32>(task + REFERENCES, references)
  if (!references && load<u32>(task + STATE) == (STATE_DEAD as u32)) {
    store<u32>(task + STATE, STATE_FREE)
  }
}

/**
 * Makes a task the one whose address space and thread register the core has. Translations carry the ASID of the task (its index
 * + 1), so nothing is flushed. FP and SIMD registers stay with the task that used them last, and trap for others: most tasks
 * never touch them, and a switch then costs one register write instead of 528 bytes each way.
 */

import { TIME, TTBR } from '../task/task'
import { CHOSEN, CURRENT, FP_OWNER, FP_TRAPS, SWITCHES } from './core'
import { restore_fp, save_fp } from './imports/asm'
import { tpidr_el0 as read_tpidr_el0 } from './imports/mrs'
import { cpacr_el1, tpidr_el0, ttbr0_el1 } from './imports/msr'
import { isb } from './imports/sys'
import { LINEAR_BASE, TASK_FP, TASK_TPIDR } from './layout'
import { now } from './timer'

/** CPACR_EL1.FPEN: traps neither EL0 nor EL1, or both. */
const FP_ON: u64 = 3 << 20

/** Charges the time since it was chosen to the current task. */
export function chargeTime(): void {
  const task: usize = load<u32>(CURRENT)
  const at = now()
  if (task) store<u64>(task + TIME, load<u64>(task + TIME) + (at - load<u64>(CHOSEN)))
  store<u64>(CHOSEN, at)
}

/** Gives the core to a task from another one. */
export function switchTo(last: usize, task: usize): void {
  const at = now()
  store<u64>(last + TASK_TPIDR, read_tpidr_el0())
  store<u64>(last + TIME, load<u64>(last + TIME) + (at - load<u64>(CHOSEN)))
  take(task, at)
}

/** Gives the core to a task; nobody had it, or whoever has it. */
export function activate(task: usize): void {
  const last: usize = load<u32>(CURRENT)
  if (last) switchTo(last, task)
  else take(task, now())
}

function take(task: usize, at: u64): void {
  store<u64>(CHOSEN, at)
  store<u32>(CURRENT, task as u32)
  store<u64>(SWITCHES, load<u64>(SWITCHES) + 1)
  ttbr0_el1(load<u64>(task + TTBR))
  tpidr_el0(load<u64>(task + TASK_TPIDR))
  const traps: u32 = (load<u32>(FP_OWNER) as usize) != task ? 1 : 0
  if (traps != load<u32>(FP_TRAPS)) {
    store<u32>(FP_TRAPS, traps)
    cpacr_el1(traps ? 0 : FP_ON)
  }
  isb()
}

/** The current task used FP or SIMD without owning the registers: gives them to it. */
export function takeFp(task: usize): void {
  cpacr_el1(FP_ON)
  isb()
  store<u32>(FP_TRAPS, 0)
  const owner: usize = load<u32>(FP_OWNER)
  if (owner == task) return
  if (owner) save_fp(LINEAR_BASE + (owner as u64) + (TASK_FP as u64))
  restore_fp(LINEAR_BASE + (task as u64) + (TASK_FP as u64))
  store<u32>(FP_OWNER, task as u32)
}

/** Forgets the FP registers of a task that ends. */
export function dropFp(task: usize): void {
  if ((load<u32>(FP_OWNER) as usize) == task) store<u32>(FP_OWNER, 0)
}

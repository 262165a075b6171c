/**
 * What the vectors call beside the system calls. From EL0: any other synchronous exception, an interrupt; each gets the record of the current
 * task, whose registers are saved there, and returns that of the task to go on with. From EL1: an interrupt in one of the
 * windows that long work opens, which only notes what happened; and a crash, which ends the kernel with a dump.
 */
import { ENOSYS, FAULT_FAULT, PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/generated'
import { deliverInterrupt } from '../device/calls'
import { deviceOfInterrupt } from '../device/device'
import { putCalls, putFault, putPlace, putRegisters } from '../dump'
import { callHandler, hasHandler } from '../ipc/call'
import { muteUart, put, putByte, putHex } from '../log'
import { resolve } from '../memory/fault'
import { CORE } from '../param'
import { endTask, reasonOf } from '../task/end'
import { endSlice, leave, pick, preempt } from '../task/schedule'
import { FAULTED, fail, MESSAGE, PID } from '../task/task'
import { expire } from '../task/time'
import { takeFp } from './activate'
import { INTERRUPTS_TAKEN, SLICE_END } from './core'
import { claim, complete, disableInterrupt, SPURIOUS } from './gic'
import { cntv_ctl_el0 } from './imports/msr'
import { wfi } from './imports/sys'
import { CORE_CRASH, TASK_PC } from './layout'
import { powerOff } from './power'
import { armTimer, now } from './timer'

// Exception classes of ESR_EL1 (DDI 0487 D17.2.37).
const EC_FP: u32 = 0x07
const EC_INSTRUCTION_ABORT: u32 = 0x20
const EC_PC_ALIGNMENT: u32 = 0x22
const EC_DATA_ABORT: u32 = 0x24
const EC_SP_ALIGNMENT: u32 = 0x26
const EC_FP_EXCEPTION: u32 = 0x2c
const EC_BRK: u32 = 0x3c
/** ISS: the access was a write; and a cache maintenance instruction, which counts as a read. */
const WRITE: u64 = 1 << 6
const CACHE: u64 = 1 << 8
/** Fault status: alignment. */
const ALIGNMENT: u32 = 0x21

const SIGNAL_BASE: u32 = 128
const SIGILL: u32 = 4
const SIGTRAP: u32 = 5
const SIGBUS: u32 = 7
const SIGFPE: u32 = 8
const SIGSEGV: u32 = 11

let timerInterrupt: u32 = 27

export function setTimerInterrupt(interrupt: u32): void {
  timerInterrupt = interrupt
}

/** A number that no system call has. */
export function unknown_call(task: usize): usize {
  return fail(task, ENOSYS)
}

/** After a system call that goes on with another task, or that left work to do. */
export function leave_kernel(next: usize): usize {
  return leave(next)
}

/** Translation, access flag and permission faults, which a first touch may cure. */
function isCurable(status: u32): bool {
  return status >= 4 && status <= 15
}

function signalOf(ec: u32, status: u32): u32 {
  switch (ec) {
    case EC_INSTRUCTION_ABORT:
    case EC_DATA_ABORT:
      return status == ALIGNMENT ? SIGBUS : SIGSEGV
    case EC_PC_ALIGNMENT:
    case EC_SP_ALIGNMENT:
      return SIGBUS
    case EC_FP_EXCEPTION:
      return SIGFPE
    case EC_BRK:
      return SIGTRAP
    default:
      return SIGILL
  }
}

/** Any other synchronous exception of a task. */
export function user_fault(task: usize, esr: u64, far: u64): usize {
  const ec = ((esr >> 26) & 63) as u32
  const status = (esr & 63) as u32
  if (ec == EC_FP) {
    takeFp(task)
    return task
  }
  if ((ec == EC_DATA_ABORT || ec == EC_INSTRUCTION_ABORT) && isCurable(status)) {
    let access: i32 = PROT_EXEC
    if (ec == EC_DATA_ABORT) access = esr & WRITE && !(esr & CACHE) ? PROT_WRITE : PROT_READ
    if (resolve(task, far, access) == 0) return leave(task)
  }
  return leave(handOver(task, esr, far, SIGNAL_BASE + signalOf(ec, status)))
}

/** Sends a fault to the handler of the task, or ends the task. */
function handOver(task: usize, esr: u64, far: u64, code: u32): usize {
  store<u32>(task + FAULTED, code)
  store<u64>(task + MESSAGE, FAULT_FAULT)
  store<u64>(task + MESSAGE, esr, 8)
  store<u64>(task + MESSAGE, far, 16)
  store<u64>(task + MESSAGE, load<u64>(task + TASK_PC), 24)
  store<u64>(task + MESSAGE, load<u64>(task + PID), 32)
  if (hasHandler(task)) return callHandler(task)
  putFault(task, esr, far)
  endTask(task, code, reasonOf(code))
  return pick()
}

/** Takes all interrupts that are pending. */
function takeInterrupts(): void {
  for (;;) {
    const interrupt = claim()
    if (interrupt >= SPURIOUS) return
    store<u64>(INTERRUPTS_TAKEN, load<u64>(INTERRUPTS_TAKEN) + 1)
    if (interrupt == timerInterrupt) {
      // The end of a slice stays pending in SLICE_END; the line must go down now.
      cntv_ctl_el0(0)
      expire()
      if (load<u64>(SLICE_END) > now()) armTimer()
      complete(interrupt)
      continue
    }
    disableInterrupt(interrupt)
    complete(interrupt)
    const device = deviceOfInterrupt(interrupt)
    if (device) deliverInterrupt(device)
  }
}

/** An interrupt while a task ran. */
export function user_interrupt(task: usize): usize {
  takeInterrupts()
  return leave(now() >= load<u64>(SLICE_END) ? endSlice(task) : preempt(task))
}

/** An interrupt while the kernel waits or does long work. */
export function kernel_interrupt(): void {
  takeInterrupts()
}

/** The kernel itself faulted; its registers are saved in the core's state. */
export function crash(kind: u64): void {
  const at = CORE + CORE_CRASH
  muteUart(false)
  put('\nKernel crash: vector ')
  putHex(kind, 2)
  put(' ESR ')
  putHex(load<u64>(at + 272), 8)
  put(' FAR ')
  putHex(load<u64>(at + 280), 16)
  put(' PSTATE ')
  putHex(load<u64>(at + 264), 8)
  put('\nat ')
  putPlace(load<u64>(at + 256))
  putByte(10)
  putRegisters(at)
  putCalls(load<u64>(at + 232))
  put('The machine stops.\n')
  powerOff()
  for (;;) wfi()
}

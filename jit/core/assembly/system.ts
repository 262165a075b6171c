/**
 * System instructions and exception generation, from row and word: everything of group `system`, and the exception
 * generating part of group `branch`.
 */
import { brk, hlt, hostServes, hvc, smc, svc, undefinedInstruction } from './exception'
import { eret } from './exception-return'
import * as R from './generated/decode'
import { call } from './host'
import { esb, waitTrapped, wfiWakes } from './interrupts'
import {
  CPU_CF,
  CPU_EVENT,
  CPU_INDEX,
  CPU_PC,
  CPU_WAIT,
  EXIT_WFE,
  EXIT_WFI,
  EXIT_YIELD,
  MACH_BASE,
  MACH_OPTIONS,
  OPT_SEMIHOSTING,
  WAIT_NONE,
  WAIT_WFE,
  WAIT_WFI,
} from './layout'
import { proceed } from './memory'
import { clearMonitor, cpuAt, cpuCount, getNZCV, getX, requestExit, setNZCV, setX } from './state'
import { mrs, mrsValue, msr, msrImm, sys, sysl } from './sysreg'

/** What call() offers the host. */
const CALL_HVC: u32 = 0
const CALL_SMC: u32 = 1
const CALL_SEMIHOSTING: u32 = 2
const SEMIHOSTING_IMM: u32 = 0xf000

/**
 * Executes one; CPU_PC is its address.
 * @returns true to go on with the next instruction; false if PC has been set and the outer loop must look.
 */
export function execSystem(cpu: usize, row: u32, w: u32): bool {
  switch (row) {
    case R.R_MRS: {
      if (!mrs(cpu, encodingRt(w))) return false
      setX(cpu, w & 31, mrsValue)
      return proceed(cpu)
    }
    case R.R_MSR_reg:
      return leave(cpu, msr(cpu, encodingRt(w), getX(cpu, w & 31)))
    case R.R_MSR_imm:
      return leave(cpu, msrImm(cpu, (w >> 16) & 7, (w >> 8) & 15, (w >> 5) & 7))
    case R.R_SYS:
      return leave(cpu, sys(cpu, encodingRt(w), getX(cpu, w & 31)))
    case R.R_SYSL: {
      if (!sysl(cpu, encodingRt(w))) return false
      setX(cpu, w & 31, mrsValue)
      return leave(cpu, true)
    }
    case R.R_HINT:
      return hint(cpu, (w >> 5) & 0x7f)
    case R.R_CLREX:
      clearMonitor(cpu)
      return true
    case R.R_DSB:
    case R.R_DMB:
    case R.R_ISB:
    case R.R_SB:
      return true
    case R.R_CFINV:
      store<u32>(cpu + CPU_CF, load<u32>(cpu + CPU_CF) ^ 1)
      return true
    case R.R_XAFLAG:
    case R.R_AXFLAG:
      convertFlags(cpu, row == R.R_XAFLAG)
      return true
    case R.R_SVC:
      skip(cpu)
      svc(cpu, (w >> 5) & 0xffff)
      return false
    case R.R_HVC:
      return hypervisorCall(cpu, w, CALL_HVC)
    case R.R_SMC:
      return hypervisorCall(cpu, w, CALL_SMC)
    case R.R_BRK:
      brk(cpu, (w >> 5) & 0xffff)
      return false
    case R.R_HLT:
      return halt(cpu, (w >> 5) & 0xffff)
    case R.R_ERET:
      eret(cpu)
      return false
    default:
      // DRPS and DCPS are for debug state, which is not modelled; WFET and WFIT for features no model has.
      undefinedInstruction(cpu)
      return false
  }
}

/** The register's encoding, with the number of Xt in bits 20:16 for the syndrome of a trap. */
function encodingRt(w: u32): u32 {
  return ((w >> 5) & 0xffff) | ((w & 31) << 16)
}

function skip(cpu: usize): void {
  store<u64>(cpu + CPU_PC, load<u64>(cpu + CPU_PC) + 4)
}

/** After what may have changed the state the interpreter mirrors: steps over the instruction unless it faulted. */
function leave(cpu: usize, done: bool): bool {
  if (done) skip(cpu)
  return false
}

function hypervisorCall(cpu: usize, w: u32, kind: u32): bool {
  const serves = hostServes(cpu, kind)
  skip(cpu)
  if (serves && call(load<u32>(cpu + CPU_INDEX), kind)) return false
  if (kind == CALL_HVC) hvc(cpu, (w >> 5) & 0xffff)
  else smc(cpu, (w >> 5) & 0xffff)
  return false
}

function halt(cpu: usize, imm: u32): bool {
  if (imm == SEMIHOSTING_IMM && load<u32>(MACH_BASE + MACH_OPTIONS) & OPT_SEMIHOSTING) {
    skip(cpu)
    if (call(load<u32>(cpu + CPU_INDEX), CALL_SEMIHOSTING)) return false
    store<u64>(cpu + CPU_PC, load<u64>(cpu + CPU_PC) - 4)
  }
  hlt(cpu)
  return false
}

function hint(cpu: usize, number: u32): bool {
  switch (number) {
    case 1: // YIELD
      skip(cpu)
      if (cpuCount() > 1) requestExit(EXIT_YIELD)
      return false
    case 2: // WFE
      if (load<u32>(cpu + CPU_EVENT)) {
        store<u32>(cpu + CPU_EVENT, 0)
        return true
      }
      return wait(cpu, true)
    case 3: // WFI
      return wait(cpu, false)
    case 4: {
      // SEV
      const cpus = cpuCount()
      for (let i: u32 = 0; i < cpus; i++) signalEvent(cpuAt(i))
      return true
    }
    case 5: // SEVL
      store<u32>(cpu + CPU_EVENT, 1)
      return true
    case 16:
      esb(cpu)
      return true
    default:
      return true
  }
}

/** Sets a vCPU's event register, which ends its WFE. */
export function signalEvent(cpu: usize): void {
  if (load<u32>(cpu + CPU_WAIT) == WAIT_WFE) store<u32>(cpu + CPU_WAIT, WAIT_NONE)
  else store<u32>(cpu + CPU_EVENT, 1)
}

function wait(cpu: usize, event: bool): bool {
  if (wfiWakes(cpu)) {
    skip(cpu)
    return false
  }
  if (waitTrapped(cpu, <u32>event)) return false
  skip(cpu)
  store<u32>(cpu + CPU_WAIT, event ? WAIT_WFE : WAIT_WFI)
  requestExit(event ? EXIT_WFE : EXIT_WFI)
  return false
}

/** FEAT_FlagM2: between Arm's and the alternative floating-point flag format (Arm ARM C6.2, AXFLAG and XAFLAG). */
function convertFlags(cpu: usize, fromAlternative: bool): void {
  const nzcv = getNZCV(cpu)
  const z = (nzcv >> 2) & 1
  const c = (nzcv >> 1) & 1
  const v = nzcv & 1
  if (fromAlternative) {
    const n = (c | z) ^ 1
    setNZCV(cpu, (n << 3) | ((z & c) << 2) | ((c | z) << 1) | ((c ^ 1) & z))
  } else {
    setNZCV(cpu, ((z | v) << 2) | ((c & (v ^ 1)) << 1))
  }
}

/**
 * The registers a debugger sees, as one table: numbers, sizes, types, and how each is read and written.
 *
 * Names and order of the first two features are those GDB requires (GDB manual, G.5.1 "AArch64 Features"); system
 * registers have their names of the Arm ARM and are read only. Of PSTATE the debugger may change N, Z, C, V and DAIF:
 * the rest decides how the vCPU works and changes by exceptions and returns only.
 */
import { CPU_BASE, CPU_DAIF, CPU_STRIDE } from '../../jit/core/assembly/layout.ts'
import * as S from '../../jit/core/assembly/sysstate.ts'
import type { Core } from '../../jit/core/core.ts'
import { fromLittleEndian, littleEndian } from './hex.ts'

export type Feature = 'core' | 'fpu' | 'system'

/** A register; its number in the protocol is its place in the list. */
export interface Register {
  readonly name: string
  readonly feature: Feature
  readonly bits: 32 | 64 | 128
  /** GDB's type; target-xml.ts defines those GDB does not know. */
  readonly type: string
  read(core: Core, cpu: number): bigint
  /** Returns false if this value cannot be set. */
  write?(core: Core, cpu: number, value: bigint): boolean
}

/** PSTATE.DAIF in its place in SPSR_ELx. */
const PSTATE_DAIF = 0x3c0
const PSTATE_NZCV = 0xf000_0000
/** RMode, FZ, DN, AHP; FZ16 does not exist on every CPU. Arm ARM C5.2.7. */
const FPCR_MASK = 0x07c0_0000n
/** QC and the cumulative flags. Arm ARM C5.2.8. */
const FPSR_MASK = 0x0800_009fn

const SP_REGISTERS = [S.SYS_SP_EL0, S.SYS_SP_EL1, S.SYS_SP_EL2]

const SYSTEM_EL1: readonly [string, number, string?][] = [
  ['SP_EL0', S.SYS_SP_EL0, 'data_ptr'],
  ['SP_EL1', S.SYS_SP_EL1, 'data_ptr'],
  ['ELR_EL1', S.SYS_ELR_EL1, 'code_ptr'],
  ['SPSR_EL1', S.SYS_SPSR_EL1],
  ['ESR_EL1', S.SYS_ESR_EL1],
  ['FAR_EL1', S.SYS_FAR_EL1, 'data_ptr'],
  ['VBAR_EL1', S.SYS_VBAR_EL1, 'code_ptr'],
  ['SCTLR_EL1', S.SYS_SCTLR_EL1],
  ['CPACR_EL1', S.SYS_CPACR_EL1],
  ['TTBR0_EL1', S.SYS_TTBR0_EL1],
  ['TTBR1_EL1', S.SYS_TTBR1_EL1],
  ['TCR_EL1', S.SYS_TCR_EL1],
  ['MAIR_EL1', S.SYS_MAIR_EL1],
  ['CONTEXTIDR_EL1', S.SYS_CONTEXTIDR_EL1],
  ['TPIDR_EL0', S.SYS_TPIDR_EL0],
  ['TPIDRRO_EL0', S.SYS_TPIDRRO_EL0],
  ['TPIDR_EL1', S.SYS_TPIDR_EL1],
  ['PAR_EL1', S.SYS_PAR_EL1],
  ['MDSCR_EL1', S.SYS_MDSCR_EL1],
  ['MIDR_EL1', S.SYS_MIDR_EL1],
  ['MPIDR_EL1', S.SYS_MPIDR_EL1],
]

const SYSTEM_EL2: readonly [string, number, string?][] = [
  ['SP_EL2', S.SYS_SP_EL2, 'data_ptr'],
  ['ELR_EL2', S.SYS_ELR_EL2, 'code_ptr'],
  ['SPSR_EL2', S.SYS_SPSR_EL2],
  ['ESR_EL2', S.SYS_ESR_EL2],
  ['FAR_EL2', S.SYS_FAR_EL2, 'data_ptr'],
  ['HPFAR_EL2', S.SYS_HPFAR_EL2],
  ['VBAR_EL2', S.SYS_VBAR_EL2, 'code_ptr'],
  ['SCTLR_EL2', S.SYS_SCTLR_EL2],
  ['HCR_EL2', S.SYS_HCR_EL2],
  ['CPTR_EL2', S.SYS_CPTR_EL2],
  ['TTBR0_EL2', S.SYS_TTBR0_EL2],
  ['TCR_EL2', S.SYS_TCR_EL2],
  ['VTTBR_EL2', S.SYS_VTTBR_EL2],
  ['VTCR_EL2', S.SYS_VTCR_EL2],
  ['MAIR_EL2', S.SYS_MAIR_EL2],
  ['TPIDR_EL2', S.SYS_TPIDR_EL2],
]

/** How many registers a `g` packet holds: all but the system registers. */
export const GENERAL_REGISTERS = 68
/** Numbers of some registers, the same for every AArch64 target. */
const SP = 31
export const PC = 32

/** The registers of a machine's vCPUs. */
export function registersOf(el2: boolean): readonly Register[] {
  const system = el2 ? [...SYSTEM_EL1, ...SYSTEM_EL2] : SYSTEM_EL1
  return [...CORE_REGISTERS, ...FPU_REGISTERS, ...system.map(systemRegister)]
}

const CORE_REGISTERS: readonly Register[] = [
  ...Array.from(
    { length: 32 },
    (_, n): Register => ({
      name: n === SP ? 'sp' : `x${n}`,
      feature: 'core',
      bits: 64,
      type: n === SP ? 'data_ptr' : 'int',
      read: (core, cpu) => core.getX(cpu, n),
      write: (core, cpu, value) => {
        core.setX(cpu, n, value)
        return true
      },
    }),
  ),
  {
    name: 'pc',
    feature: 'core',
    bits: 64,
    type: 'code_ptr',
    read: (core, cpu) => core.pc(cpu),
    write: (core, cpu, value) => {
      core.setPc(cpu, value)
      return true
    },
  },
  {
    name: 'cpsr',
    feature: 'core',
    bits: 32,
    type: 'cpsr_flags',
    read: (core, cpu) => BigInt(core.pstate(cpu)),
    write: writePstate,
  },
]

const FPU_REGISTERS: readonly Register[] = [
  ...Array.from(
    { length: 32 },
    (_, n): Register => ({
      name: `v${n}`,
      feature: 'fpu',
      bits: 128,
      type: 'aarch64v',
      read: (core, cpu) => fromLittleEndian(core.v(cpu, n)),
      write: (core, cpu, value) => {
        core.v(cpu, n).set(littleEndian(value, 16))
        return true
      },
    }),
  ),
  {
    name: 'fpsr',
    feature: 'fpu',
    bits: 32,
    type: 'int',
    read: (core, cpu) => BigInt(core.fpsr(cpu)),
    write: (core, cpu, value) => {
      core.setFpsr(cpu, Number(value & FPSR_MASK))
      return true
    },
  },
  {
    name: 'fpcr',
    feature: 'fpu',
    bits: 32,
    type: 'int',
    read: (core, cpu) => BigInt(core.fpcr(cpu)),
    write: (core, cpu, value) => {
      core.setFpcr(cpu, Number(value & FPCR_MASK))
      return true
    },
  },
]

function systemRegister([name, offset, type = 'int']: readonly [
  string,
  number,
  string?,
]): Register {
  const bank = SP_REGISTERS.indexOf(offset)
  return {
    name,
    feature: 'system',
    bits: 64,
    type,
    read: (core, cpu) =>
      bank >= 0 && bank === currentBank(core, cpu)
        ? core.getX(cpu, SP)
        : stateView(core).getBigUint64(CPU_BASE + cpu * CPU_STRIDE + offset, true),
  }
}

/** Which SP_ELx is in use: its banked copy is old. */
function currentBank(core: Core, cpu: number): number {
  return core.pstate(cpu) & 1 ? core.el(cpu) : 0
}

function writePstate(core: Core, cpu: number, value: bigint): boolean {
  const pstate = Number(value)
  const changed = (pstate ^ core.pstate(cpu)) >>> 0
  if ((changed & ~(PSTATE_NZCV | PSTATE_DAIF)) !== 0) return false
  core.setFlags(cpu, pstate)
  stateView(core).setUint32(CPU_BASE + cpu * CPU_STRIDE + CPU_DAIF, pstate & PSTATE_DAIF, true)
  return true
}

function stateView(core: Core): DataView {
  return new DataView(core.memory.buffer)
}

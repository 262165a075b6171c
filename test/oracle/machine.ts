/**
 * The side under test: the whole core, running snippets at EL1 with the MMU off, at EL1 and at EL0 with it on.
 *
 * With the MMU on, the two data pages lie in memory in the other order, so that an access across their border that
 * takes them for one run of bytes is found out. Snippets use SP_EL0; their exception goes to EL1, whose vectors hand
 * over to the host by semihosting.
 */
import {
  CPU_BASE,
  CPU_FPCR,
  CPU_FPSR,
  CPU_V,
  CPU_X,
  EXIT_BUDGET,
  EXIT_HOST,
  LINE_IRQ,
} from '../../jit/core/assembly/layout.ts'
import {
  SYS_ELR_EL1,
  SYS_ESR_EL1,
  SYS_SP_EL0,
  SYS_SPSR_EL1,
} from '../../jit/core/assembly/sysstate.ts'
import { type Core, type CpuModel, loadCore } from '../../jit/core/index.ts'
import { assemble } from '../../jit/isa/assemble.ts'
import {
  type Batch,
  CODE,
  CODE_BYTES,
  DATA,
  FPCR,
  FPSR,
  MEMORY,
  NZCV,
  PC,
  RECORD_BYTES,
  SIGBUS,
  SIGILL,
  SIGNAL,
  SIGSEGV,
  SIGTRAP,
  SP,
  V,
  WINDOW,
  WINDOW_BYTES,
  X,
} from './record.ts'

export type Mode = 'el1-off' | 'el1' | 'el0'
export const MODES: readonly Mode[] = ['el1-off', 'el1', 'el0']

const RAM = 0x4000_0000
const RAM_BYTES = 0x20_0000
const BOOT = RAM
const RETURN = RAM + 0x200
const VECTORS = RAM + 0x1000
const TABLES = RAM + 0x2000
const HALT = 'hlt #0xf000'
/** More than any snippet needs. */
const BUDGET = 1000

/** Descriptor of a page or table, stage 1. */
const TABLE = 3n
const PAGE = 0x703n // AF, inner shareable, MAIR attribute 0
const EL0_WRITABLE = 0x40n
const READ_ONLY = 0xc0n

/** Normal memory, write-back; 39 bits of address in TTBR0, TTBR1 off, ASIDs of 16 bits. */
const MAIR = 0xffn
const TCR = 0x5_0080_3519n | (1n << 36n)
/** EL0 may use DC ZVA and cache maintenance; stack pointers are checked. */
const SCTLR = 0x30d5_d99dn | (1n << 14n) | (1n << 15n) | (1n << 26n)

const SETUP = [
  'msr vbar_el1, x0',
  'msr mair_el1, x1',
  'msr tcr_el1, x2',
  'msr ttbr0_el1, x3',
  'msr cpacr_el1, x4',
  'isb',
  'msr sctlr_el1, x5',
  'isb',
  HALT,
]

/** Physical address of a window byte: see the head of this file. */
function physical(va: number, mode: Mode): number {
  return mode === 'el1-off' ? va : va ^ 0x1000
}

export class SnippetCore {
  /** Instructions in a row before the core is stopped and goes on. */
  slice = BUDGET
  private readonly bytes: Uint8Array
  private readonly view: DataView

  private constructor(
    readonly core: Core,
    readonly mode: Mode,
  ) {
    this.bytes = new Uint8Array(core.memory.buffer)
    this.view = new DataView(core.memory.buffer)
  }

  static async load(mode: Mode, model: CpuModel = 'max'): Promise<SnippetCore> {
    const core = await loadCore({
      ramBytes: RAM_BYTES,
      cpus: 1,
      model,
      el2: false,
      gicv3: false,
      conduit: 'none',
      semihosting: true,
    })
    const machine = new SnippetCore(core, mode)
    machine.boot()
    return machine
  }

  private boot(): void {
    const { core, mode } = this
    core.setRegions([
      { pa: RAM, bytes: RAM_BYTES, linear: core.ram.byteOffset, read: true, write: true },
    ])
    core.host = {
      ...core.host,
      call: () => {
        core.requestExit()
        return true
      },
    }
    core.dmaWrite(BOOT, words(SETUP))
    core.dmaWrite(RETURN, words(['eret']))
    for (let at = 0; at < 0x800; at += 0x80) core.dmaWrite(VECTORS + at, words([HALT]))
    this.writeTables()
    core.reset(0, 1, BOOT)
    core.setLine(0, LINE_IRQ, false)
    const sctlr = mode === 'el1-off' ? SCTLR & ~1n : SCTLR
    const values = [BigInt(VECTORS), MAIR, TCR, BigInt(TABLES), 3n << 20n, sctlr]
    values.forEach((value, i) => {
      core.setX(0, i, value)
    })
    if (core.run(0, BUDGET) !== EXIT_HOST)
      throw new Error('The core does not reach the end of its setup')
  }

  /** L1 at TABLES, L2 and L3 in the next pages: the 2 MiB from RAM on. */
  private writeTables(): void {
    const entry = (table: number, index: number, value: bigint) => {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigUint64(0, value, true)
      this.core.dmaWrite(TABLES + 4096 * table + 8 * index, bytes)
    }
    entry(0, RAM >>> 30, BigInt(TABLES + 4096) | TABLE)
    entry(1, 0, BigInt(TABLES + 8192) | TABLE)
    for (let at = RAM; at < RAM + RAM_BYTES; at += 4096) {
      const isCode = at >= CODE && at < CODE + CODE_BYTES
      const isData = at === DATA || at === DATA + 4096
      const pa = BigInt(isData ? physical(at, 'el0') : at)
      // What EL0 may write EL1 may not execute, so code is read-only.
      const access = isCode ? READ_ONLY : isData ? EL0_WRITABLE : 0n
      entry(2, (at - RAM) >>> 12, pa | PAGE | access)
    }
  }

  /** Runs the snippets of a batch. Returns their records afterwards. */
  run({ code, records, count }: Batch): Uint8Array {
    this.core.dmaWrite(CODE, new Uint8Array(code.buffer, code.byteOffset, code.byteLength))
    const after = records.slice()
    for (let i = 0; i < count; i++) this.runOne(after, i * RECORD_BYTES)
    return after
  }

  private runOne(records: Uint8Array, at: number): void {
    const { core, bytes, view, mode } = this
    const record = new DataView(records.buffer, records.byteOffset + at)
    bytes.set(records.subarray(at + X, at + X + 248), CPU_BASE + CPU_X)
    bytes.set(records.subarray(at + V, at + V + 512), CPU_BASE + CPU_V)
    const half = WINDOW_BYTES / 2
    for (const part of [0, half]) {
      const from = at + MEMORY + part
      core.dmaWrite(physical(WINDOW + part, mode), records.subarray(from, from + half))
    }
    core.setFpcr(0, record.getUint32(FPCR, true))
    core.setFpsr(0, record.getUint32(FPSR, true))
    view.setBigUint64(CPU_BASE + SYS_SP_EL0, record.getBigUint64(SP, true), true)
    view.setBigUint64(CPU_BASE + SYS_ELR_EL1, record.getBigUint64(PC, true), true)
    const el = mode === 'el0' ? 0 : 4
    view.setBigUint64(
      CPU_BASE + SYS_SPSR_EL1,
      BigInt(record.getUint32(NZCV, true) | el) & 0xffff_ffffn,
      true,
    )
    core.setPc(0, BigInt(RETURN))
    let reason = EXIT_BUDGET
    for (let left = BUDGET; left > 0 && reason === EXIT_BUDGET; left -= this.slice) {
      reason = core.run(0, this.slice)
    }
    records.set(bytes.subarray(CPU_BASE + CPU_X, CPU_BASE + CPU_X + 248), at + X)
    records.set(bytes.subarray(CPU_BASE + CPU_V, CPU_BASE + CPU_V + 512), at + V)
    for (const part of [0, half]) {
      records.set(core.dmaRead(physical(WINDOW + part, mode), half)!, at + MEMORY + part)
    }
    record.setBigUint64(SP, view.getBigUint64(CPU_BASE + SYS_SP_EL0, true), true)
    record.setBigUint64(PC, view.getBigUint64(CPU_BASE + SYS_ELR_EL1, true), true)
    const spsr = view.getUint32(CPU_BASE + SYS_SPSR_EL1, true)
    record.setUint32(NZCV, (spsr & 0xf000_0000) >>> 0, true)
    record.setUint32(FPCR, view.getUint32(CPU_BASE + CPU_FPCR, true), true)
    record.setUint32(FPSR, view.getUint32(CPU_BASE + CPU_FPSR, true), true)
    record.setUint32(SIGNAL, reason === EXIT_HOST ? this.signal() : 0, true)
  }

  /** The signal that Linux would make of the last exception. */
  private signal(): number {
    const esr = this.view.getUint32(CPU_BASE + SYS_ESR_EL1, true)
    switch (esr >>> 26) {
      case 0x3c:
        return SIGTRAP
      case 0x00:
        return SIGILL
      case 0x26:
        return SIGBUS
      case 0x24:
      case 0x25:
        return (esr & 0x3f) === 0x21 ? SIGBUS : SIGSEGV
      default:
        return SIGSEGV
    }
  }
}

function words(lines: readonly string[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(lines, (line) => assemble(line)).buffer)
}

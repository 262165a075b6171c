/**
 * The system half of the core alone, for tests: system registers, exceptions, address translation and timers, compiled
 * over a stand-in for tlb.ts that reads tables from memory and only notes what it is asked to flush.
 *
 * Registers are bigints, fields of the vCPU structure numbers.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as L from '../assembly/layout.ts'
import * as S from '../assembly/sysstate.ts'

const assembly = join(import.meta.dir, '../assembly')
const cache = join(import.meta.dir, '../../../.cache/core')

/** Physical address and size of the memory that table walks see. */
export const RAM = 0x4000_0000n
export const RAM_BYTES = 0x10_0000

export const MODELS = ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a76', 'max'] as const

const TLB = `
import { RAM_BASE } from './layout'
export let physFault: bool = false
export let flushedIndexes: u32 = 0
export let flushedPages: u32 = 0
export let lastPage: u64 = 0
const RAM: u64 = 0x4000_0000
export function physRead64(pa: u64): u64 {
  const offset = pa - RAM
  physFault = offset >= ${RAM_BYTES}
  return physFault ? 0 : load<u64>(RAM_BASE + <usize>offset)
}
export function tlbFlushAll(cpu: usize): void { flushedIndexes = 0x7f }
export function tlbFlushIndex(cpu: usize, mmu: u32): void { flushedIndexes |= 1 << mmu }
export function tlbFlushPage(cpu: usize, va: u64, mask: u32): void { flushedPages++; lastPage = va }
export function dcZva(cpu: usize, va: u64): bool { return true }
export function forgetFlushes(): void { flushedIndexes = 0; flushedPages = 0 }
`

const ENTRY = `
export { derive, branchAddress } from './regime'
export {
  translate, xlatPa, xlatDevice, xlatSizeLog2, xlatWritable, xlatReadable, xlatFault, xlatS1PTW, xlatStage2, xlatIpa,
} from './mmu'
export {
  dataAbort, prefetchAbort, alignmentFault, externalAbort, undefinedInstruction, svc, hvc, smc, brk, fpTrap,
  pcAlignment, spAlignment, softwareStep, stepDone, illegalState, hostServes,
} from './exception'
export { eret } from './exception-return'
export { pollInterrupts, wfiWakes, waitTrapped, esb } from './interrupts'
export { mrs, mrsValue, msr, msrImm, sys, sysl } from './sysreg'
export { resetCpu } from './idregs'
export { guestTimeNs, physicalCount, nextTimerEvent, timersDue } from './timer'
export { flushedIndexes, flushedPages, lastPage, forgetFlushes } from './tlb'
`

async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  const hash = createHash('sha256').update(TLB).update(ENTRY)
  for (const name of readdirSync(assembly).sort()) {
    if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(assembly, name)))
  }
  const path = join(cache, `system-${hash.digest('hex').slice(0, 24)}.wasm`)
  if (existsSync(path)) return new Uint8Array(readFileSync(path))
  const { default: asc } = await import('assemblyscript/asc')
  let binary = new Uint8Array(0)
  const messages: string[] = []
  const given: Record<string, string> = { 'tlb.ts': TLB, 'entry.ts': ENTRY }
  const { error } = await asc.main(
    [
      'entry.ts',
      '--outFile',
      'out.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--optimizeLevel',
      '1',
      '--noAssert',
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      readFile: (name: string) => {
        const path = join(assembly, name)
        return given[name] ?? (existsSync(path) ? readFileSync(path, 'utf8') : null)
      },
      writeFile: (_name: string, contents: string | Uint8Array) => {
        binary = contents as Uint8Array<ArrayBuffer>
      },
      listFiles: () => [],
    } as never,
  )
  if (error)
    throw new Error(`Cannot compile the system half:\n${messages.join('')}${error.message}`)
  mkdirSync(cache, { recursive: true })
  writeFileSync(path, binary)
  return binary
}

const module = new WebAssembly.Module(await compile())

type Raw = Record<string, (...args: (number | bigint)[]) => number | bigint>

export interface Options {
  el?: number
  el2?: boolean
  gicv3?: boolean
  /** HVC or SMC are offered to the host. */
  conduit?: number
  cpus?: number
}

/** A host access to an ICC_* or ICH_* register, or a change of a timer's output. */
export interface HostCall {
  what: 'read' | 'write' | 'timer'
  cpu: number
  which: number
  value: number
}

/** Translation as mmu.ts reports it. */
export interface Translation {
  ok: boolean
  pa: bigint
  device: boolean
  sizeLog2: number
  readable: boolean
  writable: boolean
  fault: number
  stage2: boolean
  s1ptw: boolean
  ipa: bigint
}

/** Encoding of a system register or instruction as sysreg.ts takes it; `rt` shows in syndromes. */
export function encode(
  op0: number,
  op1: number,
  crn: number,
  crm: number,
  op2: number,
  rt = 0,
): number {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2 | (rt << 16)
}

/** The same from its generic name, such as "S3_0_C1_C0_0". */
export function encodingOf(name: string): number {
  const match = /^S(\d)_(\d)_C(\d+)_C(\d+)_(\d)$/.exec(name)
  if (!match)
    throw new Error(
      `Cannot read the register name "${name}": S<op0>_<op1>_C<n>_C<m>_<op2> is expected`,
    )
  const [op0, op1, crn, crm, op2] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return encode(op0, op1, crn, crm, op2)
}

/** One machine's system state, with vCPU 0 in focus. */
export class System {
  readonly calls: HostCall[] = []
  /** What the host answers when an ICC_* register is read; undefined fails the access. */
  answer: number | undefined = 0
  readonly view: DataView
  readonly raw: Raw
  cpu = L.CPU_BASE

  constructor(
    readonly model: (typeof MODELS)[number],
    { el = 1, el2 = false, gicv3 = false, conduit = 0, cpus = 1 }: Options = {},
  ) {
    const memory = new WebAssembly.Memory({ initial: (L.RAM_BASE + RAM_BYTES) / 65536 })
    this.view = new DataView(memory.buffer)
    const note = (what: HostCall['what'], cpu: number, which: number, value: number) =>
      this.calls.push({ what, cpu, which, value })
    const host = {
      sysregRead: (cpu: number, enc: number) => {
        note('read', cpu, enc, 0)
        if (this.answer === undefined) this.mach(L.MACH_IO_FAULT, 1)
        return this.answer ?? 0
      },
      sysregWrite: (cpu: number, enc: number, lo: number) => {
        note('write', cpu, enc, lo)
        if (this.answer === undefined) this.mach(L.MACH_IO_FAULT, 1)
      },
      timerLine: (cpu: number, timer: number, level: number) => note('timer', cpu, timer, level),
    }
    this.raw = new WebAssembly.Instance(module, { env: { memory }, host }).exports as unknown as Raw
    const options = (el2 ? L.OPT_EL2 : 0) | (gicv3 ? L.OPT_GICV3 : 0) | conduit
    this.mach(L.MACH_OPTIONS, options)
    this.mach(L.MACH_CPUS, cpus)
    this.mach(L.MACH_CNTFRQ, 62_500_000)
    this.view.setBigUint64(L.MACH_BASE + L.MACH_TIME_RATE, 8n << 32n, true)
    for (let i = 0; i < cpus; i++) {
      this.raw['resetCpu']!(L.CPU_BASE + i * L.CPU_STRIDE, MODELS.indexOf(model), el, 0x1000n)
    }
  }

  mach(offset: number, value: number): void {
    this.view.setUint32(L.MACH_BASE + offset, value, true)
  }

  /** A u32 field of the vCPU structure. */
  field(offset: number): number {
    return this.view.getUint32(this.cpu + offset, true)
  }

  setField(offset: number, value: number): void {
    this.view.setUint32(this.cpu + offset, value, true)
  }

  /** A u64 field of the vCPU structure: PC, or a register of sysstate.ts. */
  get(offset: number): bigint {
    return this.view.getBigUint64(this.cpu + offset, true)
  }

  /** Sets a stored register as a debugger would, and what follows from it. */
  set(offset: number, value: bigint): void {
    this.view.setBigUint64(this.cpu + offset, value, true)
    this.call('derive')
  }

  get sp(): bigint {
    return this.get(L.CPU_X + L.SLOT_SP * 8)
  }

  /** Calls a function of the core with the vCPU as its first argument. */
  call(name: string, ...args: (number | bigint)[]): number | bigint {
    return this.raw[name]!(this.cpu, ...args)
  }

  /** An exported global. */
  global(name: string): number | bigint {
    return (this.raw[name] as unknown as WebAssembly.Global).value as number | bigint
  }

  /** MRS; undefined if it raised an exception. */
  mrs(enc: number): bigint | undefined {
    return this.call('mrs', enc) ? BigInt.asUintN(64, this.global('mrsValue') as bigint) : undefined
  }

  /** MSR; false if it raised an exception. */
  msr(enc: number, value: bigint): boolean {
    return this.call('msr', enc, value) !== 0
  }

  /** SYS; false if it raised an exception. */
  sys(enc: number, value = 0n): boolean {
    return this.call('sys', enc, value) !== 0
  }

  /** Moves to another exception level, as ERET would, without its effects. */
  goTo(el: number): void {
    this.setField(L.CPU_EL, el)
    this.setField(L.CPU_SPSEL, el ? 1 : 0)
    this.call('derive')
  }

  write64(pa: bigint, value: bigint): void {
    this.view.setBigUint64(L.RAM_BASE + Number(pa - RAM), value, true)
  }

  translate(va: bigint, access: 'read' | 'write' | 'fetch', mmu: number): Translation {
    const ok = this.call('translate', va, ['read', 'write', 'fetch'].indexOf(access), mmu) !== 0
    const u64 = (name: string) => BigInt.asUintN(64, this.global(name) as bigint)
    const flag = (name: string) => this.global(name) !== 0
    return {
      ok,
      pa: u64('xlatPa'),
      device: flag('xlatDevice'),
      sizeLog2: this.global('xlatSizeLog2') as number,
      readable: flag('xlatReadable'),
      writable: flag('xlatWritable'),
      fault: this.global('xlatFault') as number,
      stage2: flag('xlatStage2'),
      s1ptw: flag('xlatS1PTW'),
      ipa: u64('xlatIpa'),
    }
  }

  /** Advances time to `count` retired instructions. */
  setCount(count: bigint): void {
    this.view.setBigUint64(L.MACH_BASE + L.MACH_COUNT_END, count, true)
    this.mach(L.MACH_LEFT, 0)
  }

  /** Exception syndrome: class and ISS of the last exception taken to EL `el`. */
  syndrome(el: 1 | 2): { ec: number; iss: number } {
    const esr = Number(this.get(el === 2 ? S.SYS_ESR_EL2 : S.SYS_ESR_EL1))
    return { ec: esr >>> 26, iss: esr & 0x1ff_ffff }
  }
}

export { L, S }

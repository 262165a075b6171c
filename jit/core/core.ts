/**
 * The core as a host sees it: vCPUs, memory and time of one machine, over core.wasm.
 *
 * Addresses, counts and guest times are JavaScript numbers, exact up to 2^53; 64-bit registers are bigints. The fields
 * read and written here are those of assembly/layout.ts. Nothing here knows a device.
 */
import { instantiateSync } from '@assemblyscript/loader'
import * as L from './assembly/layout.ts'

/** CPU models, in the order of assembly/features.ts. */
export const CPU_MODELS = ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a76', 'max'] as const
export type CpuModel = (typeof CPU_MODELS)[number]

/** What a machine answers while its guest runs. All are called synchronously, with state and time up to date. */
export interface CoreHost {
  /** Loads from a physical address that is no memory. Of 8 bytes the low half is returned, the high half is ioHigh. */
  mmioRead(cpu: number, pa: number, size: 1 | 2 | 4 | 8): number
  mmioWrite(cpu: number, pa: number, size: 1 | 2 | 4 | 8, lo: number, hi: number): void
  /** ICC_* and ICH_* registers; enc = op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2. */
  sysregRead(cpu: number, enc: number): number
  sysregWrite(cpu: number, enc: number, lo: number, hi: number): void
  /** HVC (0), SMC (1), semihosting (2). True if served. */
  call(cpu: number, kind: 0 | 1 | 2): boolean
  /** Output of a generic timer: 0 CNTP, 1 CNTV, 2 CNTHP, 3 CNTHV. */
  timerLine(cpu: number, timer: number, level: boolean): void
}

/** What the core tells a translator, between two instructions and with all state in memory. */
export interface CoreTranslator {
  /** The target of branches whose record is at `rec`, in record page `page`, is hot. vCPU `cpu` stands there. */
  hot(cpu: number, rec: number, page: number): void
  /** Functions could be installed if the host's event loop got its turn. */
  readonly waiting: boolean
  /** Translated words at a linear address changed: their functions must not be entered any more. */
  codeChanged(linear: number, bytes: number): void
}

export interface CoreOptions {
  /** Bytes of RAM, a multiple of 64 KiB, at most 3 GiB. */
  ramBytes: number
  /** 1 to 8. */
  cpus: number
  model: CpuModel
  /** EL2 is implemented. */
  el2: boolean
  /** The GIC's CPU interface is in system registers. */
  gicv3: boolean
  /** Which instruction is offered to CoreHost.call for PSCI. */
  conduit: 'hvc' | 'smc' | 'none'
  semihosting: boolean
  /** Of the generic timers, in Hz. Default 62.5 MHz, as QEMU's. */
  cntfrq?: number
}

/** A range of physical memory. What is not readable or writable goes to CoreHost instead. */
export interface Region {
  pa: number
  bytes: number
  /** Linear address of the first byte: RAM_BASE, FLASH_BASE or more. */
  linear: number
  read: boolean
  write: boolean
}

/** The exports of core.wasm, which translated modules import. */
export interface CoreExports {
  table: WebAssembly.Table
  recordPage(linear: number): number
  /** Number of the row a word belongs to (jit/isa), 0 if it is unallocated. */
  decodeRow(word: number): number
  markTranslated(page: number, offset: number, on: number): void
  /** Not 0 if the CPU model has the feature of a row of jit/isa's table, given by its number. */
  rowAvailable(row: number): number
}

interface Exports extends CoreExports {
  init(cpus: number, model: number): void
  reset(cpu: number, model: number, el: number, pc: bigint): void
  run(cpu: number, budget: number): number
  flush(cpu: number): void
  flushAll(): void
  openMonitors(except: number): void
  wake(cpu: number): number
  nudge(cpu: number): void
  signalEvent(address: number): void
  timersDue(): void
  nextTimerEvent(): bigint
  memoryWritten(linear: number, bytes: number): void
  debugTranslate(cpu: number, va: bigint): bigint
}

const NO_EVENT = 0xffff_ffff_ffff_ffffn
const TWO_32 = 0x1_0000_0000
const WASM_PAGE = 65536
/** Saved of each vCPU: everything but its TLBs. */
const CPU_SAVED = L.CPU_SYS_END

export class Core {
  host: CoreHost = absentHost
  /** Makes functions of hot code; none to interpret only. Set by `translate` of jit/translate. */
  translator: CoreTranslator | undefined
  readonly memory: WebAssembly.Memory
  /** What translated modules are linked with: the functions themselves, without the loader's wrappers. */
  readonly exports: CoreExports
  /** Guest RAM. */
  readonly ram: Uint8Array
  /** Room for flash banks: FLASH_SIZE bytes at FLASH_BASE. */
  readonly flash: Uint8Array
  readonly #options: CoreOptions
  readonly #wasm: Exports
  readonly #view: DataView
  readonly #u32: Uint32Array
  readonly #bytes: Uint8Array
  #regions: Region[] = []

  /** @throws RangeError if the options cannot be met. */
  constructor(module: WebAssembly.Module, options: CoreOptions) {
    const { ramBytes, cpus } = options
    if (ramBytes % WASM_PAGE !== 0 || ramBytes <= 0 || ramBytes > L.RAM_MAX) {
      throw new RangeError(`Cannot make ${ramBytes} bytes of RAM: a multiple of 64 KiB up to 3 GiB`)
    }
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > L.CPU_MAX) {
      throw new RangeError(`Cannot make ${cpus} vCPUs: 1 to ${L.CPU_MAX}`)
    }
    this.#options = options
    const pages = (L.RAM_BASE + ramBytes) / WASM_PAGE
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const buffer = this.memory.buffer
    this.#view = new DataView(buffer)
    this.#u32 = new Uint32Array(buffer, 0, L.RAM_BASE >>> 2)
    this.#bytes = new Uint8Array(buffer)
    this.ram = new Uint8Array(buffer, L.RAM_BASE, ramBytes)
    this.flash = new Uint8Array(buffer, L.FLASH_BASE, L.FLASH_SIZE)
    const { exports, instance } = instantiateSync(module, this.#imports())
    this.#wasm = exports as unknown as Exports
    this.exports = instance.exports as unknown as CoreExports
    this.#setMach(L.MACH_OPTIONS, optionBits(options))
    this.#setMach(L.MACH_CNTFRQ, options.cntfrq ?? 62_500_000)
    this.#wasm.init(cpus, CPU_MODELS.indexOf(options.model))
    this.setTime(0, 0, 8)
  }

  #imports() {
    const u32 = this.#u32
    const high = (L.MACH_BASE + L.MACH_IO_HI) >>> 2
    return {
      env: { memory: this.memory },
      host: {
        mmioRead: (cpu: number, lo: number, hi: number, size: number) =>
          this.host.mmioRead(cpu, address(lo, hi), size as 1 | 2 | 4 | 8),
        mmioWrite: (cpu: number, lo: number, hi: number, size: number, vlo: number, vhi: number) =>
          this.host.mmioWrite(cpu, address(lo, hi), size as 1 | 2 | 4 | 8, vlo >>> 0, vhi >>> 0),
        sysregRead: (cpu: number, enc: number) => {
          u32[high] = 0
          return this.host.sysregRead(cpu, enc)
        },
        sysregWrite: (cpu: number, enc: number, lo: number, hi: number) =>
          this.host.sysregWrite(cpu, enc, lo >>> 0, hi >>> 0),
        call: (cpu: number, kind: number) => (this.host.call(cpu, kind as 0 | 1 | 2) ? 1 : 0),
        hot: (cpu: number, rec: number, page: number) => this.translator?.hot(cpu, rec, page),
        codeChanged: (linear: number, bytes: number) =>
          this.translator?.codeChanged(linear >>> 0, bytes),
        timerLine: (cpu: number, timer: number, level: number) =>
          this.host.timerLine(cpu, timer, level !== 0),
      },
    }
  }

  // ---- running ---------------------------------------------------------------------------------------------------

  /** Executes at most `budget` instructions (1 to 2^31 - 1) of a vCPU. Returns an EXIT_* of layout.ts. */
  run(cpu: number, budget: number): number {
    if (cpu !== this.#mach(L.MACH_LAST_CPU)) {
      this.#setMach(L.MACH_LAST_CPU, cpu)
      this.#wasm.openMonitors(cpu)
    }
    return this.#wasm.run(cpu, budget)
  }

  /** Translated code waits for a turn of the host's event loop. */
  get translating(): boolean {
    return this.translator?.waiting ?? false
  }

  /** Instructions retired by all vCPUs. */
  get count(): number {
    return this.#getMach64(L.MACH_COUNT_END) - this.#mach(L.MACH_LEFT)
  }

  /** Instructions a vCPU retired, up to its last slice. */
  retired(cpu: number): number {
    return this.#get64(this.#cpu(cpu) + L.CPU_RETIRED)
  }

  /** Exceptions taken by all vCPUs, modulo 2^32. */
  get exceptions(): number {
    return this.#mach(L.MACH_EXCEPTIONS)
  }

  /** Ends the running slice after the current instruction, with EXIT_HOST. */
  requestExit(): void {
    if (this.#mach(L.MACH_EXIT) === L.EXIT_NONE) this.#setMach(L.MACH_EXIT, L.EXIT_HOST)
  }

  /** Architectural reset; the vCPU then runs at `el` from `pc`. */
  reset(cpu: number, el: number, pc: number | bigint): void {
    this.#wasm.reset(cpu, CPU_MODELS.indexOf(this.#options.model), el, BigInt(pc))
  }

  powerOff(cpu: number): void {
    this.#set(this.#cpu(cpu) + L.CPU_WAIT, L.WAIT_OFF)
  }

  /** WAIT_* of layout.ts. */
  waitState(cpu: number): number {
    return this.#get(this.#cpu(cpu) + L.CPU_WAIT)
  }

  /** Lets a waiting vCPU go on if an interrupt is pending for it. Returns whether it can run. */
  wake(cpu: number): boolean {
    return this.#wasm.wake(cpu) !== 0
  }

  /** Ends a WFE. */
  nudge(cpu: number): void {
    this.#wasm.nudge(cpu)
  }

  /** Sets the level of an interrupt input, a LINE_* bit of layout.ts. */
  setLine(cpu: number, line: number, level: boolean): void {
    const base = this.#cpu(cpu)
    const lines = this.#get(base + L.CPU_LINES)
    this.#set(base + L.CPU_LINES, level ? lines | line : lines & ~line)
    this.#set(base + L.CPU_ATTENTION, 1)
  }

  // ---- device accesses -------------------------------------------------------------------------------------------

  /** High half of the 64-bit value an access under way returns. */
  set ioHigh(value: number) {
    this.#setMach(L.MACH_IO_HI, value)
  }

  /** Fails the access under way: external abort, or UNDEFINED for a system register. */
  ioFault(): void {
    this.#setMach(L.MACH_IO_FAULT, 1)
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** From `count` instructions on, guest time is `ns` plus `nsPerInsn` for every further instruction. */
  setTime(ns: number, count: number, nsPerInsn: number): void {
    this.#setMach64(L.MACH_TIME_BASE, Math.round(ns))
    this.#setMach64(L.MACH_TIME_COUNT, count)
    this.#setMach64(L.MACH_TIME_RATE, Math.round(nsPerInsn * TWO_32))
  }

  /** Guest time in ns. */
  get timeNs(): number {
    const since = this.count - this.#getMach64(L.MACH_TIME_COUNT)
    const rate = this.#getMach64(L.MACH_TIME_RATE)
    const whole = Math.floor(rate / TWO_32)
    const fraction = rate % TWO_32
    return (
      this.#getMach64(L.MACH_TIME_BASE) + since * whole + Math.floor((since * fraction) / TWO_32)
    )
  }

  /** Brings the outputs of all generic timers up to date. */
  timersDue(): void {
    this.#wasm.timersDue()
  }

  /** Guest time in ns of the next timer interrupt; Infinity if none is due. */
  nextTimerNs(): number {
    const ns = BigInt.asUintN(64, this.#wasm.nextTimerEvent())
    return ns === NO_EVENT ? Number.POSITIVE_INFINITY : Number(ns)
  }

  // ---- memory ----------------------------------------------------------------------------------------------------

  /** Sets the physical memory map; at most REGION_MAX regions, page aligned, not overlapping. */
  setRegions(regions: Region[]): void {
    if (regions.length > L.REGION_MAX) throw new RangeError('Cannot map more than 8 regions')
    this.#regions = regions.map((region) => ({ ...region }))
    this.#setMach(L.MACH_REGION_COUNT, regions.length)
    regions.forEach((region, i) => {
      const at = L.MACH_BASE + L.MACH_REGIONS + i * L.REGION_SIZE
      this.#set64(at + L.REGION_PA, region.pa)
      this.#set64(at + L.REGION_BYTES, region.bytes)
      this.#set(at + L.REGION_LINEAR, region.linear)
      const flags = (region.read ? L.REGION_READ : 0) | (region.write ? L.REGION_WRITE : 0)
      this.#set(at + L.REGION_FLAGS, flags)
    })
    this.#wasm.flushAll()
  }

  /** Linear address of a physical range that lies inside one region allowing the access, or undefined. */
  #linear(pa: number, bytes: number, write: boolean): number | undefined {
    if (!Number.isSafeInteger(pa) || !Number.isSafeInteger(bytes) || bytes < 0) return undefined
    for (const region of this.#regions) {
      const offset = pa - region.pa
      if (offset < 0 || offset + bytes > region.bytes) continue
      return (write ? region.write : region.read) ? region.linear + offset : undefined
    }
    return undefined
  }

  /** The bytes of a physical range, or undefined if it is not memory throughout. A view, not a copy. */
  dmaRead(pa: number, bytes: number): Uint8Array | undefined {
    const linear = this.#linear(pa, bytes, false)
    return linear === undefined ? undefined : this.#bytes.subarray(linear, linear + bytes)
  }

  /** Writes memory as a device does: predecoded code goes, monitors open, pages are dirty. False if it is no memory. */
  dmaWrite(pa: number, data: Uint8Array): boolean {
    const view = this.dmaView(pa, data.length)
    view?.set(data)
    return view !== undefined
  }

  /** A writable view of a physical range, already marked as written; to be filled before the guest runs on. */
  dmaView(pa: number, bytes: number): Uint8Array | undefined {
    const linear = this.#linear(pa, bytes, true)
    if (linear === undefined) return undefined
    this.touched(linear, bytes)
    return this.#bytes.subarray(linear, linear + bytes)
  }

  /** Says that `bytes` bytes at a linear address were written by other means than these (a flash command, a loader). */
  touched(linear: number, bytes: number): void {
    this.#wasm.memoryWritten(linear, bytes)
    this.#wasm.openMonitors(L.CPU_MAX)
  }

  /** Physical address of a virtual one as the vCPU sees it now, or undefined. For debuggers. */
  translate(cpu: number, va: bigint): number | undefined {
    const pa = BigInt.asUintN(64, this.#wasm.debugTranslate(cpu, va))
    return pa === NO_EVENT ? undefined : Number(pa)
  }

  // ---- registers -------------------------------------------------------------------------------------------------

  /** Xn for n up to 30; 31 is the current stack pointer. */
  getX(cpu: number, n: number): bigint {
    return this.#view.getBigUint64(this.#cpu(cpu) + L.CPU_X + n * 8, true)
  }

  setX(cpu: number, n: number, value: bigint): void {
    this.#view.setBigUint64(this.#cpu(cpu) + L.CPU_X + n * 8, value, true)
  }

  /** 16 bytes of Vn, little-endian; a writable view. */
  v(cpu: number, n: number): Uint8Array {
    const at = this.#cpu(cpu) + L.CPU_V + n * 16
    return this.#bytes.subarray(at, at + 16)
  }

  pc(cpu: number): bigint {
    return this.#view.getBigUint64(this.#cpu(cpu) + L.CPU_PC, true)
  }

  setPc(cpu: number, value: bigint): void {
    this.#view.setBigUint64(this.#cpu(cpu) + L.CPU_PC, value, true)
  }

  /** PSTATE as SPSR_ELx would show it (Arm ARM C5.2.19). */
  pstate(cpu: number): number {
    const base = this.#cpu(cpu)
    const n = this.#view.getBigInt64(base + L.CPU_NF, true) < 0n ? 1 : 0
    const z = this.#view.getBigInt64(base + L.CPU_ZF, true) === 0n ? 1 : 0
    const nzcv =
      (n << 3) | (z << 2) | (this.#get(base + L.CPU_CF) << 1) | this.#get(base + L.CPU_VF)
    return (
      ((nzcv << 28) |
        (this.#get(base + L.CPU_PAN) << 22) |
        (this.#get(base + L.CPU_SS) << 21) |
        (this.#get(base + L.CPU_IL) << 20) |
        this.#get(base + L.CPU_DAIF) |
        (this.#get(base + L.CPU_EL) << 2) |
        this.#get(base + L.CPU_SPSEL)) >>>
      0
    )
  }

  /** Sets N, Z, C and V from bits 31:28. The rest of PSTATE is the guest's own. */
  setFlags(cpu: number, pstate: number): void {
    const base = this.#cpu(cpu)
    this.#view.setBigInt64(base + L.CPU_NF, pstate & 0x8000_0000 ? -1n : 0n, true)
    this.#view.setBigInt64(base + L.CPU_ZF, pstate & 0x4000_0000 ? 0n : 1n, true)
    this.#set(base + L.CPU_CF, (pstate >>> 29) & 1)
    this.#set(base + L.CPU_VF, (pstate >>> 28) & 1)
  }

  el(cpu: number): number {
    return this.#get(this.#cpu(cpu) + L.CPU_EL)
  }

  fpcr(cpu: number): number {
    return this.#get(this.#cpu(cpu) + L.CPU_FPCR)
  }

  fpsr(cpu: number): number {
    return this.#get(this.#cpu(cpu) + L.CPU_FPSR)
  }

  setFpcr(cpu: number, value: number): void {
    this.#set(this.#cpu(cpu) + L.CPU_FPCR, value)
  }

  setFpsr(cpu: number, value: number): void {
    this.#set(this.#cpu(cpu) + L.CPU_FPSR, value)
  }

  // ---- debugging -------------------------------------------------------------------------------------------------

  /** Addresses at which run() ends with EXIT_DEBUG, at most BREAKPOINT_MAX. While there are any the guest runs slower. */
  setBreakpoints(addresses: bigint[]): void {
    if (addresses.length > L.BREAKPOINT_MAX) {
      throw new RangeError(
        `Cannot set ${addresses.length} breakpoints: at most ${L.BREAKPOINT_MAX}`,
      )
    }
    addresses.forEach((address, i) => {
      this.#view.setBigUint64(L.MACH_BASE + L.MACH_BREAKPOINTS + i * 8, address, true)
    })
    this.#setMach(L.MACH_BREAKPOINT_COUNT, addresses.length)
  }

  // ---- saving ----------------------------------------------------------------------------------------------------

  /** State of the vCPUs and of time, without memory. The TLBs are emptied, as a restore will find them. */
  save(): Uint8Array {
    const { cpus } = this.#options
    const saved = new Uint8Array(L.MACH_REGIONS + cpus * CPU_SAVED)
    saved.set(this.#bytes.subarray(L.MACH_BASE, L.MACH_BASE + L.MACH_REGIONS))
    for (let i = 0; i < cpus; i++) {
      this.#wasm.flush(i)
      const at = this.#cpu(i)
      saved.set(this.#bytes.subarray(at, at + CPU_SAVED), L.MACH_REGIONS + i * CPU_SAVED)
    }
    return saved
  }

  /**
   * Takes over what save() gave, in a core made with the same options.
   * @throws Error if the size is not right, or a field that chooses among banks or states is out of range.
   */
  restore(saved: Uint8Array): void {
    const { cpus } = this.#options
    if (saved.length !== L.MACH_REGIONS + cpus * CPU_SAVED) {
      throw new Error(`Cannot restore ${saved.length} bytes of CPU state for ${cpus} vCPUs`)
    }
    this.#checkSaved(saved)
    // What follows from the options stays this core's own.
    const own = [L.MACH_REGION_COUNT, L.MACH_CPUS, L.MACH_OPTIONS, L.MACH_PA_BITS].map(
      (field) => [field, this.#mach(field)] as const,
    )
    this.#bytes.set(saved.subarray(0, L.MACH_REGIONS), L.MACH_BASE)
    for (const [field, value] of own) this.#setMach(field, value)
    this.#setMach(L.MACH_BREAKPOINT_COUNT, 0)
    for (let i = 0; i < cpus; i++) {
      const at = L.MACH_REGIONS + i * CPU_SAVED
      this.#bytes.set(saved.subarray(at, at + CPU_SAVED), this.#cpu(i))
      this.#set(this.#cpu(i) + L.CPU_INDEX, i)
      this.#wasm.flush(i)
    }
  }

  #checkSaved(saved: Uint8Array): void {
    const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
    const check = (what: string, at: number, most: number) => {
      const value = view.getUint32(at, true)
      if (value > most) throw new Error(`Cannot restore ${what} ${value}: at most ${most}`)
    }
    check('a slice under way with budget', L.MACH_LEFT, 0)
    check('the last vCPU', L.MACH_LAST_CPU, this.#options.cpus - 1)
    // Counts and times are JavaScript numbers: 53 bits.
    for (const field of [L.MACH_COUNT_END, L.MACH_TIME_BASE, L.MACH_TIME_COUNT]) {
      check('the upper half of a count', field + 4, 0x1f_ffff)
    }
    for (let i = 0; i < this.#options.cpus; i++) {
      const at = L.MACH_REGIONS + i * CPU_SAVED
      check('exception level', at + L.CPU_EL, this.#options.el2 ? 2 : 1)
      check('PSTATE.SP', at + L.CPU_SPSEL, 1)
      check('the state of a vCPU', at + L.CPU_WAIT, L.WAIT_OFF)
      for (const field of [L.CPU_CF, L.CPU_VF, L.CPU_PAN, L.CPU_UAO, L.CPU_SS, L.CPU_IL]) {
        check('a bit of PSTATE', at + field, 1)
      }
    }
  }

  /** Forgets predecoded code and translations: RAM was replaced beneath. */
  flushAll(): void {
    this.#wasm.flushAll()
  }

  // ---- fields ----------------------------------------------------------------------------------------------------

  #cpu(i: number): number {
    return L.CPU_BASE + i * L.CPU_STRIDE
  }

  #get(at: number): number {
    return this.#u32[at >>> 2]!
  }

  #set(at: number, value: number): void {
    this.#u32[at >>> 2] = value
  }

  #get64(at: number): number {
    return this.#u32[at >>> 2]! + this.#u32[(at >>> 2) + 1]! * TWO_32
  }

  #set64(at: number, value: number): void {
    this.#u32[at >>> 2] = value % TWO_32
    this.#u32[(at >>> 2) + 1] = Math.floor(value / TWO_32)
  }

  #mach(field: number): number {
    return this.#get(L.MACH_BASE + field)
  }

  #setMach(field: number, value: number): void {
    this.#set(L.MACH_BASE + field, value)
  }

  #getMach64(field: number): number {
    return this.#get64(L.MACH_BASE + field)
  }

  #setMach64(field: number, value: number): void {
    this.#set64(L.MACH_BASE + field, value)
  }
}

function address(lo: number, hi: number): number {
  return (lo >>> 0) + (hi >>> 0) * TWO_32
}

function optionBits({ el2, gicv3, conduit, semihosting }: CoreOptions): number {
  return (
    (conduit === 'hvc' ? L.OPT_HVC : conduit === 'smc' ? L.OPT_SMC : 0) |
    (semihosting ? L.OPT_SEMIHOSTING : 0) |
    (el2 ? L.OPT_EL2 : 0) |
    (gicv3 ? L.OPT_GICV3 : 0)
  )
}

/** Until a machine sets its own: nothing is there. */
const absentHost: CoreHost = {
  mmioRead: () => 0,
  mmioWrite: () => {},
  sysregRead: () => 0,
  sysregWrite: () => {},
  call: () => false,
  timerLine: () => {},
}

/**
 * A machine: board, vCPUs, memory, devices and clock, and the loop that runs them.
 *
 * A library object: it advances only inside awaited calls (`run`, `expect`), on the caller's thread, and gives the
 * host's event loop a turn every few milliseconds. In `virtual` mode a run is a function of the initial state and of
 * the input log (docs/architecture.md).
 */
import {
  CPU_BASE,
  CPU_STRIDE,
  EXIT_DEBUG,
  FLASH_BASE,
  RAM_BASE as RAM_LINEAR,
  WAIT_OFF,
} from '../jit/core/assembly/layout.ts'
import type { Core, CoreHost } from '../jit/core/core.ts'
import { type Assembly, assemble } from './assemble.ts'
import type { Backend } from './backend.ts'
import { FLASH_BANK_BYTES, FLASH_BANKS, RAM_BASE } from './boards/virt.ts'
import { type BootPlan, planBoot } from './boot/plan.ts'
import type { FlashBacking } from './cfi-flash.ts'
import type { MachineConfig } from './config.ts'
import { MachineConsole, type Match, type Pattern } from './console.ts'
import type { DeviceHost, InputPort } from './device.ts'
import { EventQueue } from './events.ts'
import { GuestClock } from './guest-clock.ts'
import { type InputRecord, Inputs } from './inputs.ts'
import { type PsciMachine, psciCall } from './psci.ts'
import { SeededRandom } from './random.ts'
import { Resources } from './resources.ts'
import { RunControl } from './run-control.ts'
import { Scheduler } from './scheduler.ts'
import { type SemihostingMachine, semihostingCall } from './semihosting.ts'
import type { RestoreOverrides } from './snapshot.ts'

/** Largest slice: how long pausing, or the host's I/O, may have to wait. About 2 ms. */
const MAX_SLICE = 500_000
/** How long the guest may keep the host's event loop waiting. */
const YIELD_MS = 8
/** A vCPU in WFE looks again after this guest time, whatever happens. */
const WFE_NS = 100_000
const FILE_LIMIT = 1 << 30
const SEED_BYTES = 40

/** Where a vCPU keeps HCR_EL2: sysstate.ts of the core. */
const SYS_HCR_EL2 = 0x480

/** Why a run ended. The first four are the guest's doing; a machine that ended runs again only after `reset`. */
export type StopReason =
  | 'poweroff'
  | 'reset'
  | 'halted'
  | 'semihosting'
  | 'paused'
  | 'instructions'
  | 'time'
  | 'timeout'
  | 'match'
  | 'debug'

export interface RunResult {
  readonly reason: StopReason
  /** Exit status: 0 after power-off, 3 if halted, else what the guest gave to semihosting. */
  readonly status: number
}

export interface RunOptions {
  /** Ends the run at this guest time. */
  readonly untilNs?: number
  /** Ends the run after this many more instructions. */
  readonly instructions?: number
  /** Ends the run after this much host time. */
  readonly timeoutMs?: number
  /**
   * When all vCPUs wait and no event is queued: wait for input from outside instead of ending as `halted`. Default in
   * `realtime` mode, as long as any interrupt can still wake the guest.
   */
  readonly wait?: boolean
}

export interface ExpectOptions {
  /** Host time after which this fails. Default 60 s. */
  readonly timeoutMs?: number
  /** Output that means failure: fails at once. */
  readonly failOn?: Pattern
  /** Name of the console; default the serial port. */
  readonly console?: string
}

export interface MachineOptions {
  /** Default: the one for Bun. */
  readonly backend?: Backend
  /** Called with every input when it takes effect: the input log. */
  readonly onInput?: (record: InputRecord) => void
}

export interface MachineStats {
  readonly instructions: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly mips: number
  readonly exceptions: number
  readonly guestNs: number
  readonly exit: StopReason | null
}

/** General registers of a vCPU. */
export interface Registers {
  readonly x: readonly bigint[]
  readonly sp: bigint
  readonly pc: bigint
  readonly pstate: number
  readonly el: number
}

/** `expect` failed. The message says why and shows the newest output. */
export class ExpectError extends Error {
  override readonly name = 'ExpectError'
}

export class Machine {
  readonly consoles = new Map<string, MachineConsole>()
  /** The serial port. */
  readonly console: MachineConsole
  /** @internal Parts that snapshots and debuggers use. */
  readonly parts: {
    readonly core: Core
    readonly assembly: Assembly
    readonly clock: GuestClock
    readonly control: RunControl
    readonly events: EventQueue
    readonly inputs: Inputs
    readonly random: SeededRandom
    readonly scheduler: Scheduler
    readonly resources: Resources
  }

  private readonly arrayMode: boolean[] = Array(FLASH_BANKS).fill(true)
  private ended: RunResult | undefined
  private readonly resetPort: InputPort
  private stop: RunResult | undefined
  private resetWanted = false
  private running: Promise<RunResult> | undefined
  private inSlice = false
  private sliceDeadlineNs = Infinity
  private wakeIdle: (() => void) | undefined
  /** When the host's event loop last had its turn. */
  private yieldedMs = 0
  private wallMs = 0
  private cpuMs = 0
  private closed = false

  /** @internal Use `Machine.create`. */
  constructor(
    readonly config: MachineConfig,
    private readonly core: Core,
    private readonly backend: Backend,
    random: SeededRandom,
    items: ReadonlyMap<number, Uint8Array>,
    onInput: ((record: InputRecord) => void) | undefined,
  ) {
    const inputs = new Inputs(() => this.posted())
    inputs.onRecord = onInput
    const clock = new GuestClock(
      core,
      config.clock === 'realtime',
      config.nsPerInsn,
      (count, baseNs, nsPerInsn) => inputs.onRecord?.({ count, baseNs, nsPerInsn }),
    )
    const events = new EventQueue(clock, () => {
      if (this.inSlice && events.nextNs < this.sliceDeadlineNs) core.requestExit()
    })
    const host: DeviceHost = {
      memory: core,
      events,
      random,
      input: (name, deliver) => inputs.open(name, deliver),
    }
    this.console = this.addConsole('console')
    const resources = new Resources(config, backend, host, (name) => this.addConsole(name))
    const assembly = assemble(config, {
      host,
      lines: {
        setLine: (cpu, line, level) => core.setLine(cpu, line, level),
        virtualGroups: (cpu) => virtualGroups(core, cpu),
      },
      flash: (index) => this.flashBacking(index, resources),
      items,
      virtio: resources.virtio,
      onSerial: (byte) => this.console.output(byte),
    })
    this.console.input = assembly.uart.input
    this.resetPort = inputs.open('reset', () => {
      this.resetWanted = true
    })
    const scheduler = new Scheduler(core, config.cpus)
    const control = new RunControl(core, config.cpus, () => this.wakeIdle?.())
    this.parts = { core, assembly, clock, control, events, inputs, random, scheduler, resources }
    core.host = this.coreHost()
    this.mapMemory()
  }

  /**
   * Makes a machine, ready to run its first instruction.
   * @param spec a `MachineSpec`; checked here.
   * @throws SpecError, BootError, DiskError, NetError: each says what is wrong with what was given.
   */
  static async create(spec: unknown, options: MachineOptions = {}): Promise<Machine> {
    const { parseSpec } = await import('./spec.ts')
    return Machine.fromConfig(parseSpec(spec), options)
  }

  /** Makes a machine from a checked spec. */
  static async fromConfig(config: MachineConfig, options: MachineOptions = {}): Promise<Machine> {
    const backend = await backendOf(options)
    const random = new SeededRandom(config.seed)
    const plan = await readPlan(config, backend, random)
    const machine = await Machine.assemble(config, backend, random, plan.items, options)
    if (plan.firmware) machine.setFirmware(plan.firmware)
    machine.load(plan)
    return machine
  }

  /**
   * Makes a machine from a snapshot; it continues where the saved one was.
   * @param overrides files that lie elsewhere now, other networks.
   * @throws StateError or SpecError if the snapshot is malformed or does not fit.
   */
  static async restore(
    directory: string,
    overrides: RestoreOverrides = {},
    options: MachineOptions = {},
  ): Promise<Machine> {
    const { readManifest, restoreMachine } = await import('./snapshot.ts')
    const backend = await backendOf(options)
    const snapshot = await readManifest(directory, backend, overrides)
    const { config } = snapshot
    const random = new SeededRandom(config.seed)
    // Memory holds all that was loaded; only firmware may still ask for files.
    const plan = config.boot.firmware ? await readPlan(config, backend, random) : undefined
    const items = plan?.items ?? new Map<number, Uint8Array>()
    const machine = await Machine.assemble(config, backend, random, items, options)
    try {
      machine.ended = await restoreMachine(machine, backend, snapshot)
    } catch (error) {
      await machine.close()
      throw error
    }
    return machine
  }

  /** Saves the machine, which must not be running, into a directory. It can be continued. */
  async save(directory: string): Promise<void> {
    if (this.running) throw new Error('Cannot save: the machine is running; pause it')
    const { saveMachine } = await import('./snapshot.ts')
    await saveMachine(this, this.backend, directory)
  }

  private static async assemble(
    config: MachineConfig,
    backend: Backend,
    random: SeededRandom,
    items: ReadonlyMap<number, Uint8Array>,
    options: MachineOptions,
  ): Promise<Machine> {
    const { loadCore } = await import('../jit/core/index.ts')
    const core = await loadCore({
      ramBytes: config.memory,
      cpus: config.cpus,
      model: config.cpu,
      el2: config.el2,
      gicv3: config.gic === 3,
      conduit: config.el2 ? 'smc' : 'hvc',
      semihosting: config.semihosting,
    })
    return new Machine(config, core, backend, random, items, options.onInput)
  }

  // ---- running ---------------------------------------------------------------------------------------------------

  /** Runs until the guest ends, a limit is reached, or `pause` is called. */
  run(options: RunOptions = {}): Promise<RunResult> {
    if (this.closed) throw new Error('Cannot run: the machine is closed')
    if (this.running) throw new Error('Cannot run: the machine is running already')
    if (this.ended) return Promise.resolve(this.ended)
    const running = this.loop(options).finally(() => {
      this.running = undefined
    })
    this.running = running
    return running
  }

  /** Ends a run that is under way; resolves when it has ended. */
  async pause(): Promise<void> {
    if (!this.running) return
    this.interrupt('paused')
    await this.running.catch(() => {})
  }

  /** Whether a run is under way. */
  get isRunning(): boolean {
    return this.running !== undefined
  }

  /** How the guest ended, if it did. */
  get result(): RunResult | undefined {
    return this.ended
  }

  /** Presses the power button: an operating system that listens shuts down. */
  powerButton(): void {
    this.parts.assembly.gpio.button.post(new Uint8Array(1))
  }

  /** Resets the board at the next instruction boundary. Files of kernel and initrd are read again. */
  reset(): void {
    this.ended = undefined
    this.resetPort.post(new Uint8Array(1))
  }

  /**
   * Runs until the guest has written something, and no instruction further.
   * @throws ExpectError if `failOn` comes first, the time is over, or the guest ends.
   */
  async expect(pattern: Pattern, options: ExpectOptions = {}): Promise<Match> {
    const console = this.consoles.get(options.console ?? 'console')
    if (!console) throw new Error(`Cannot expect output of "${options.console}": no such console`)
    console.watch(pattern, options.failOn)
    try {
      let result: RunResult = { reason: 'match', status: 0 }
      if (!console.found) result = await this.run({ timeoutMs: options.timeoutMs ?? 60_000 })
      const kind = console.found
      if (kind === 'wanted') return console.take('wanted')
      const why = kind ? `"${console.take(kind).text}" came first` : describe(result, options)
      throw new ExpectError(`Expected ${pattern} on the console, but ${why}${newest(console)}`)
    } finally {
      console.unwatch()
    }
  }

  /** Types text at the serial port. */
  type(text: string): void {
    this.console.write(text)
  }

  // ---- looking inside ----------------------------------------------------------------------------------------------

  /** Instructions executed by all vCPUs. */
  get instructions(): number {
    return this.core.count
  }

  /** Guest time in ns. */
  get timeNs(): number {
    return this.core.timeNs
  }

  /** A copy of physical memory. @throws RangeError if it is not all memory. */
  readMemory(pa: number, bytes: number): Uint8Array {
    const view = this.core.dmaRead(pa, bytes)
    if (!view) throw new RangeError(`Cannot read ${bytes} bytes at 0x${pa.toString(16)}: no memory`)
    return view.slice()
  }

  /** Writes physical memory, as a device would. @throws RangeError if it is not all memory. */
  writeMemory(pa: number, data: Uint8Array): void {
    if (!this.core.dmaWrite(pa, data)) {
      throw new RangeError(`Cannot write ${data.length} bytes at 0x${pa.toString(16)}: no memory`)
    }
  }

  /** General registers of a vCPU. */
  registers(cpu = 0): Registers {
    this.checkCpu(cpu)
    return {
      x: Array.from({ length: 31 }, (_, n) => this.core.getX(cpu, n)),
      sp: this.core.getX(cpu, 31),
      pc: this.core.pc(cpu),
      pstate: this.core.pstate(cpu),
      el: this.core.el(cpu),
    }
  }

  /** SHA-256 of RAM, in hexadecimal: two machines that did the same have the same. */
  async ramDigest(): Promise<string> {
    const { ram } = this.core
    const digest = await crypto.subtle.digest('SHA-256', ram as Uint8Array<ArrayBuffer>)
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  stats(): MachineStats {
    const { wallMs, cpuMs } = this
    const instructions = this.core.count
    return {
      instructions,
      wallMs,
      cpuMs,
      mips: wallMs > 0 ? instructions / wallMs / 1000 : 0,
      exceptions: this.core.exceptions,
      guestNs: this.core.timeNs,
      exit: this.ended?.reason ?? null,
    }
  }

  /** Delivers the inputs of another run at their instruction counts. */
  replay(records: readonly InputRecord[]): void {
    this.parts.inputs.replay(records)
  }

  /** Pauses, flushes and closes all files and networks. */
  async close(): Promise<void> {
    await this.pause()
    if (this.closed) return
    this.closed = true
    this.parts.resources.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ---- the loop ----------------------------------------------------------------------------------------------------

  private async loop(options: RunOptions): Promise<RunResult> {
    const { clock, control, inputs, events } = this.parts
    const wallStart = performance.now()
    const cpuStart = this.backend.cpuMs()
    const limit =
      options.instructions === undefined ? Infinity : this.core.count + options.instructions
    const untilNs = options.untilNs ?? Infinity
    const deadlineMs = wallStart + (options.timeoutMs ?? Infinity)
    this.yieldedMs = wallStart
    this.stop = undefined
    clock.start()
    try {
      for (;;) {
        inputs.deliverReplay(this.core.count, (base, rate) => clock.set(base, rate))
        inputs.deliver(this.core.count)
        if (this.resetWanted) await this.resetBoard()
        if (this.stop) return this.stop
        if (control.held) {
          await this.hold(deadlineMs)
          continue
        }
        if (this.core.count >= limit) return { reason: 'instructions', status: 0 }
        if (this.core.timeNs >= untilNs) return { reason: 'time', status: 0 }
        this.core.timersDue()
        if (events.runDue()) continue
        const result = this.step(Math.min(limit, inputs.nextReplay), untilNs)
        const now = performance.now()
        if (now >= deadlineMs) this.interrupt('timeout')
        if (result === 'idle') {
          const idle = await this.idle(options, untilNs, deadlineMs)
          if (idle) return idle
        }
        // A guest that idles in `virtual` time does not sleep: it must give way as one that computes.
        if (now - this.yieldedMs >= YIELD_MS) {
          this.flushConsoles()
          await this.sleep(0)
        }
        clock.steer()
      }
    } finally {
      this.flushConsoles()
      this.wallMs += performance.now() - wallStart
      this.cpuMs += this.backend.cpuMs() - cpuStart
      this.ended = endOf(this.stop)
      if (this.ended) control.ended(this.ended)
    }
  }

  /** Runs one slice, if any vCPU can run. */
  private step(limit: number, untilNs: number): 'ran' | 'idle' {
    const { control, scheduler, clock, events } = this.parts
    const cpu = control.next(scheduler)
    if (cpu === undefined) return 'idle'
    if (control.arrives(cpu)) return 'ran'
    const stepping = control.steps(cpu)
    const deadline = Math.min(events.nextNs, this.core.nextTimerNs(), untilNs)
    const count = this.core.count
    const budget = Math.min(
      MAX_SLICE,
      scheduler.quantum,
      clock.instructionsUntil(deadline),
      Math.max(1, limit - count),
      stepping ? 1 : Infinity,
    )
    this.sliceDeadlineNs = deadline
    control.enter(cpu)
    this.inSlice = true
    let exit: number
    try {
      exit = this.core.run(cpu, budget)
    } finally {
      this.inSlice = false
      control.leave()
    }
    scheduler.ended(this.core.count - count, exit)
    if (exit !== EXIT_DEBUG) {
      if (stepping) control.stepped(cpu)
    } else if (!control.hit(cpu)) this.interrupt('debug')
    return 'ran'
  }

  /** All vCPUs wait: passes time up to the next event. Returns a result if there is none. */
  private async idle(
    options: RunOptions,
    untilNs: number,
    deadlineMs: number,
  ): Promise<RunResult | undefined> {
    const { clock, control, events, scheduler, inputs, assembly } = this.parts
    const realtime = this.config.clock === 'realtime'
    const event = Math.min(events.nextNs, this.core.nextTimerNs())
    if (inputs.pending || this.stop) return undefined
    if (event === Infinity && inputs.nextReplay === Infinity) {
      const wait = (options.wait ?? realtime) && assembly.gic.canInterrupt() && !this.allOff
      if (!wait && untilNs === Infinity) {
        if (control.halts()) return undefined
        this.stop = { reason: 'halted', status: 3 }
        return this.stop
      }
    }
    let next = Math.min(event, untilNs)
    if (scheduler.anyWaitsForEvent && event !== Infinity) {
      next = Math.min(next, this.core.timeNs + WFE_NS)
    }
    if (realtime || next === Infinity) {
      const ms = next === Infinity ? Infinity : clock.msUntil(next)
      this.flushConsoles()
      await this.sleep(Math.min(ms, deadlineMs - performance.now()))
      if (realtime) next = Math.min(next, clock.wantedNs)
      if (next === Infinity) return undefined
    }
    clock.jumpTo(next)
    scheduler.nudgeAll()
    return undefined
  }

  /** A debugger holds the machine: no instruction is executed and no time passes. */
  private async hold(deadlineMs: number): Promise<void> {
    this.flushConsoles()
    await this.sleep(deadlineMs - performance.now())
    if (performance.now() >= deadlineMs) this.interrupt('timeout')
    this.parts.clock.start()
  }

  private get allOff(): boolean {
    for (let cpu = 0; cpu < this.config.cpus; cpu++) {
      if (this.core.waitState(cpu) !== WAIT_OFF) return false
    }
    return true
  }

  private async sleep(ms: number): Promise<void> {
    if (!(ms > 0)) await nextTurn()
    else await this.sleepUntilWoken(ms)
    this.yieldedMs = performance.now()
  }

  private async sleepUntilWoken(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      // Timers take at most 2^31 - 1 ms.
      const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))
      this.wakeIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wakeIdle = undefined
  }

  private posted(): void {
    if (this.inSlice) this.core.requestExit()
    this.wakeIdle?.()
  }

  private interrupt(reason: StopReason, status = 0): void {
    // What the guest did counts more than what was asked for from outside.
    if (!this.stop || (isEnd(reason) && !isEnd(this.stop.reason))) this.stop = { reason, status }
    if (this.inSlice) this.core.requestExit()
    this.wakeIdle?.()
  }

  private flushConsoles(): void {
    for (const console of this.consoles.values()) console.flush()
  }

  // ---- the board ---------------------------------------------------------------------------------------------------

  private addConsole(name: string): MachineConsole {
    const console = new MachineConsole(name, () => this.interrupt('match'))
    this.consoles.set(name, console)
    return console
  }

  private coreHost(): CoreHost {
    const { core } = this
    const { bus, gicv3, timers } = this.parts.assembly
    return {
      mmioRead: (cpu, pa, size) => {
        const value = bus.read(cpu, pa, size)
        if (value === undefined) core.ioFault()
        else if (size === 8) core.ioHigh = bus.high
        return value ?? 0
      },
      mmioWrite: (cpu, pa, size, low, high) => {
        if (!bus.write(cpu, pa, size, low, high)) core.ioFault()
      },
      sysregRead: (cpu, enc) => {
        const value = gicv3?.readSystemRegister(cpu, enc)
        if (value === undefined) {
          core.ioFault()
          return 0
        }
        core.ioHigh = gicv3!.high
        return value
      },
      sysregWrite: (cpu, enc, low, high) => {
        if (!gicv3?.writeSystemRegister(cpu, enc, low, high)) core.ioFault()
      },
      call: (cpu, kind) => {
        if (kind === 2) semihostingCall(this.semihostingMachine, cpu)
        else psciCall(this.psciMachine, cpu)
        return true
      },
      timerLine: (cpu, timer, level) => timers[cpu]![timer]!.set(level),
    }
  }

  private get psciMachine(): PsciMachine {
    const { core, config } = this
    return {
      cpus: config.cpus,
      getX: (cpu, n) => core.getX(cpu, n),
      setX: (cpu, n, value) => core.setX(cpu, n, value),
      isOff: (cpu) => core.waitState(cpu) === WAIT_OFF,
      cpuOn: (cpu, entry, context) => {
        core.reset(cpu, config.el2 ? 2 : 1, entry)
        this.parts.assembly.gic.resetCpu(cpu)
        core.setX(cpu, 0, context)
        // The running vCPU is no longer alone: its quantum counts from here.
        core.requestExit()
      },
      cpuOff: (cpu) => {
        core.powerOff(cpu)
        core.requestExit()
      },
      systemOff: () => this.interrupt('poweroff'),
      systemReset: () => {
        if (config.noReboot) this.interrupt('reset')
        else {
          this.resetWanted = true
          core.requestExit()
        }
      },
    }
  }

  private get semihostingMachine(): SemihostingMachine {
    const { core } = this
    return {
      getX: (cpu, n) => core.getX(cpu, n),
      setX: (cpu, n, value) => core.setX(cpu, n, value),
      readVirtual: (cpu, address, bytes) => readVirtual(core, cpu, address, bytes),
      writeConsole: (byte) => this.console.output(byte),
      exit: (status) => this.interrupt('semihosting', status),
    }
  }

  private flashBacking(index: number, resources: Resources): FlashBacking {
    const start = index * FLASH_BANK_BYTES
    const bytes = this.core.flash.subarray(start, start + FLASH_BANK_BYTES)
    // Bank 1 holds the firmware's variables.
    const file = index === 1 ? resources.vars : undefined
    if (file) copySparse(file.bytes, bytes)
    return {
      bytes,
      setArrayMode: (on) => {
        this.arrayMode[index] = on
        if (this.parts) this.mapMemory()
      },
      changed: (offset, length) => {
        this.core.touched(FLASH_BASE + start + offset, length)
        file?.write(offset, bytes.subarray(offset, offset + length))
      },
    }
  }

  private mapMemory(): void {
    const banks = this.arrayMode.map((read, index) => ({
      pa: index * FLASH_BANK_BYTES,
      bytes: FLASH_BANK_BYTES,
      linear: FLASH_BASE + index * FLASH_BANK_BYTES,
      read,
      write: false,
    }))
    const ram = {
      pa: RAM_BASE,
      bytes: this.config.memory,
      linear: RAM_LINEAR,
      read: true,
      write: true,
    }
    this.core.setRegions([...banks, ram])
  }

  private setFirmware(firmware: Uint8Array): void {
    copySparse(firmware, this.core.flash)
    this.core.touched(FLASH_BASE, firmware.length)
  }

  private load(plan: BootPlan): void {
    for (const { pa, data, bytes } of plan.loads) {
      const view = this.core.dmaView(pa, bytes)
      if (!view) throw new RangeError(`Cannot load ${bytes} bytes to 0x${pa.toString(16)}`)
      view.set(data)
      view.fill(0, data.length)
    }
    const el = this.config.el2 ? 2 : 1
    for (let cpu = 0; cpu < this.config.cpus; cpu++) {
      this.core.reset(cpu, el, plan.pc)
      if (cpu > 0) this.core.powerOff(cpu)
    }
    this.core.setX(0, 0, BigInt(plan.x0))
  }

  private async resetBoard(): Promise<void> {
    const { assembly, random, scheduler } = this.parts
    this.resetWanted = false
    const plan = await readPlan(this.config, this.backend, random)
    for (const device of assembly.devices.values()) device.reset()
    assembly.fwCfg.setContent({ items: plan.items, files: new Map() })
    scheduler.reset()
    this.load(plan)
    this.parts.control.wasReset()
  }

  private checkCpu(cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= this.config.cpus) {
      throw new RangeError(`There is no vCPU ${cpu}: 0 to ${this.config.cpus - 1}`)
    }
  }
}

/** The result, if the guest ended with it. */
function endOf(result: RunResult | undefined): RunResult | undefined {
  return result && isEnd(result.reason) ? result : undefined
}

function isEnd(reason: StopReason): boolean {
  return (
    reason === 'poweroff' || reason === 'reset' || reason === 'halted' || reason === 'semihosting'
  )
}

async function backendOf({ backend }: MachineOptions): Promise<Backend> {
  return backend ?? (await import('./backends/bun.ts')).createBunBackend()
}

function readPlan(
  config: MachineConfig,
  backend: Backend,
  random: SeededRandom,
): Promise<BootPlan> {
  const seed = new Uint8Array(SEED_BYTES)
  random.fill(seed)
  return planBoot({
    config,
    board: { ...config, memoryBytes: config.memory },
    read: (path) => backend.readFile(path, FILE_LIMIT),
    seed,
  })
}

/** Which groups of the GIC's system registers are the guest's of a hypervisor: HCR_EL2.{FMO, IMO} at EL1. */
function virtualGroups(core: Core, cpu: number): number {
  if (core.el(cpu) !== 1) return 0
  const hcr = new DataView(core.memory.buffer).getUint32(
    CPU_BASE + cpu * CPU_STRIDE + SYS_HCR_EL2,
    true,
  )
  return (hcr >>> 3) & 3
}

/** Copies, but leaves pages of zeros alone: memory that was never written costs nothing. */
function copySparse(from: Uint8Array, to: Uint8Array): void {
  const page = 4096
  for (let at = 0; at < from.length; at += page) {
    const part = from.subarray(at, at + page)
    if (part.some((byte) => byte !== 0)) to.set(part, at)
  }
}

function readVirtual(
  core: Core,
  cpu: number,
  address: bigint,
  bytes: number,
): Uint8Array | undefined {
  const result = new Uint8Array(bytes)
  for (let at = 0; at < bytes; ) {
    const va = BigInt.asUintN(64, address + BigInt(at))
    const part = Math.min(bytes - at, 4096 - Number(va & 4095n))
    const pa = core.translate(cpu, va)
    const view = pa === undefined ? undefined : core.dmaRead(pa, part)
    if (!view) return undefined
    result.set(view, at)
    at += part
  }
  return result
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

function describe({ reason, status }: RunResult, options: ExpectOptions): string {
  switch (reason) {
    case 'timeout':
      return `it did not come in ${options.timeoutMs ?? 60_000} ms`
    case 'halted':
      return 'all vCPUs wait, and nothing is queued that could wake one'
    default:
      return `the machine stopped: ${reason} (status ${status})`
  }
}

function newest(console: MachineConsole): string {
  return `\n--- newest output ---\n${console.text.slice(-2000)}`
}

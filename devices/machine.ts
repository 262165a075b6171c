/**
 * A machine: board, vCPUs, memory, devices and clock, and the loop that runs them.
 *
 * A library object: it advances only inside awaited calls (`run`, `expect`), on the caller's thread, and gives the
 * host's event loop a turn every few milliseconds. In `virtual` mode a run is a function of the initial state and of
 * the input log (docs/architecture.md).
 */
import type { Core } from '../jit/core/core.ts'
import type { Translator } from '../jit/translate/index.ts'
import type { Assembly } from './assemble.ts'
import type { Backend } from './backend.ts'
import { type BootPlan, planBoot } from './boot/plan.ts'
import type { MachineConfig } from './config.ts'
import { MachineConsole, type Match, type Pattern } from './console.ts'
import type { InputPort } from './device.ts'
import { EventQueue } from './events.ts'
import { GuestClock } from './guest-clock.ts'
import { Hardware } from './hardware.ts'
import { type InputRecord, Inputs } from './inputs.ts'
import {
  ExpectError,
  type ExpectOptions,
  type MachineOptions,
  type MachineStats,
  type Registers,
  type RunOptions,
  type RunResult,
} from './machine-types.ts'
import { SeededRandom } from './random.ts'
import { Resources } from './resources.ts'
import { RunControl } from './run-control.ts'
import { RunLoop } from './run-loop.ts'
import { Scheduler } from './scheduler.ts'
import type { RestoreOverrides } from './snapshot.ts'

const FILE_LIMIT = 1 << 30
const SEED_BYTES = 40

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

  private readonly hardware: Hardware
  private readonly loop: RunLoop
  private readonly resetPort: InputPort
  private running: Promise<RunResult> | undefined
  private closed = false

  /** @internal Use `Machine.create`. */
  constructor(
    readonly config: MachineConfig,
    private readonly core: Core,
    private readonly backend: Backend,
    random: SeededRandom,
    items: ReadonlyMap<number, Uint8Array>,
    onInput: ((record: InputRecord) => void) | undefined,
    private readonly translator: Translator | undefined,
  ) {
    const inputs = new Inputs(() => this.loop.posted())
    inputs.onRecord = onInput
    const clock = new GuestClock(
      core,
      config.clock === 'realtime',
      config.nsPerInsn,
      (count, baseNs, nsPerInsn) => inputs.onRecord?.({ count, baseNs, nsPerInsn }),
    )
    const events = new EventQueue(clock, () => this.loop.replan())
    const control = new RunControl(core, config.cpus, () => this.loop.wake())
    const scheduler = new Scheduler(core, config.cpus)
    this.loop = new RunLoop(
      config.cpus,
      config.clock === 'realtime',
      { core, clock, control, events, inputs, scheduler },
      {
        cpuMs: () => backend.cpuMs(),
        flushConsoles: () => this.flushConsoles(),
        resetBoard: () => this.resetBoard(),
        canInterrupt: () => this.hardware.assembly.gic.canInterrupt(),
      },
    )
    const host = {
      memory: Hardware.memory(core, (work) => this.hardware.charge(work)),
      events,
      random,
      input: (name: string, deliver: (data: Uint8Array) => void) => inputs.open(name, deliver),
    }
    this.console = this.addConsole('console')
    const resources = new Resources(config, backend, host, (name) => this.addConsole(name))
    this.hardware = new Hardware(config, core, host, resources, items, {
      ended: (reason, status) => this.loop.interrupt(reason, status),
      resetWanted: () => {
        this.loop.resetWanted = true
      },
      onSerial: (byte) => this.console.output(byte),
    })
    const { assembly } = this.hardware
    this.console.input = assembly.uart.input
    this.resetPort = inputs.open('reset', () => {
      this.loop.resetWanted = true
    })
    this.parts = { core, assembly, clock, control, events, inputs, random, scheduler, resources }
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
    if (plan.firmware) machine.hardware.setFirmware(plan.firmware)
    machine.hardware.load(plan)
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
      machine.loop.ended = await restoreMachine(machine, backend, snapshot)
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
    const { translate, translateModeFrom } = await import('../jit/translate/index.ts')
    const mode = options.translate ?? translateModeFrom(process.env['KENIX_TRANSLATE'], 'on')
    const translator = translate(core, mode, options.nameTranslations)
    return new Machine(config, core, backend, random, items, options.onInput, translator)
  }

  // ---- running ---------------------------------------------------------------------------------------------------

  /** Runs until the guest ends, a limit is reached, or `pause` is called. */
  run(options: RunOptions = {}): Promise<RunResult> {
    if (this.closed) throw new Error('Cannot run: the machine is closed')
    if (this.running) throw new Error('Cannot run: the machine is running already')
    if (this.loop.ended) return Promise.resolve(this.loop.ended)
    const running = this.loop.run(options).finally(() => {
      this.running = undefined
    })
    this.running = running
    return running
  }

  /** Ends a run that is under way; resolves when it has ended. */
  async pause(): Promise<void> {
    if (!this.running) return
    this.loop.interrupt('paused')
    await this.running.catch(() => {})
  }

  /** Whether a run is under way. */
  get isRunning(): boolean {
    return this.running !== undefined
  }

  /** How the guest ended, if it did. */
  get result(): RunResult | undefined {
    return this.loop.ended
  }

  /** Presses the power button: an operating system that listens shuts down. */
  powerButton(): void {
    this.parts.assembly.gpio.button.post(new Uint8Array(1))
  }

  /** Resets the board at the next instruction boundary. Files of kernel and initrd are read again. */
  reset(): void {
    this.loop.ended = undefined
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
    const { wallMs, cpuMs } = this.loop
    const instructions = this.core.count
    return {
      instructions,
      wallMs,
      cpuMs,
      mips: wallMs > 0 ? instructions / wallMs / 1000 : 0,
      exceptions: this.core.exceptions,
      guestNs: this.core.timeNs,
      exit: this.loop.ended?.reason ?? null,
      translator: this.translator
        ? { ...this.translator.stats, retired: this.translator.retired }
        : null,
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

  private addConsole(name: string): MachineConsole {
    const console = new MachineConsole(name, () => this.loop.interrupt('match'))
    this.consoles.set(name, console)
    return console
  }

  private flushConsoles(): void {
    for (const console of this.consoles.values()) console.flush()
  }

  private async resetBoard(): Promise<void> {
    const { control, random, scheduler } = this.parts
    const plan = await readPlan(this.config, this.backend, random)
    this.hardware.reset(plan)
    scheduler.reset()
    control.wasReset()
  }

  private checkCpu(cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= this.config.cpus) {
      throw new RangeError(`There is no vCPU ${cpu}: 0 to ${this.config.cpus - 1}`)
    }
  }
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

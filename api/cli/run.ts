/**
 * `kenix run`: one machine in the foreground, its serial port on the terminal.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { type GdbServer, serveGdb } from '../../devices/gdb/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import type { Engine, GuestEnd } from '../host/engine.ts'
import {
  createMachineEngine,
  type MachineEngine,
  type RunningOptions,
} from '../host/engine-machine.ts'
import { Profiler } from '../profile/profiler.ts'
import { profileReport } from '../profile/report.ts'
import { readSymbols, SymbolTable } from '../profile/symbols.ts'
import { checkedConfig, MACHINE_OPTIONS, machineSpecOf } from './machine-options.ts'
import { buildCoreNoticeably } from './notice.ts'
import { type Command, type Option, parseOptions, UsageError, type Values } from './options.ts'
import { openTerminal } from './terminal.ts'

const OPTIONS: readonly Option[] = [
  { name: 'kenix', help: 'boot Kenix with its disk, built now if its sources changed' },
  { name: 'uefi', help: 'with --kenix: by UEFI firmware and the loader' },
  ...MACHINE_OPTIONS,
  {
    name: 'timeout',
    value: 'SECONDS',
    help: 'end after this many seconds of the host, with status 124',
  },
  {
    name: 'gdb',
    value: 'PORT',
    help: 'serve GDB at this TCP port of this computer (0: a free one)',
  },
  { name: 'gdb-wait', help: 'execute nothing until GDB says so' },
  { name: 'stats', value: 'FILE.json', help: 'write numbers of the run there' },
  { name: 'no-jit', help: 'interpret only: nothing is translated to WebAssembly' },
  { name: 'profile', help: 'say at the end, on standard error, where time went' },
  {
    name: 'symbols',
    value: 'FILE',
    help: 'with --profile: names of guest addresses, an ELF file or a System.map',
    many: true,
  },
]

/** What ended a run: the guest, or something outside. */
type Outcome = GuestEnd | { reason: 'timeout' | 'quit' | 'signal'; status: number }

const MAX_WAITING = 1 << 20
const TIMEOUT_STATUS = 124
const HALTED = '\r\nHalted: all vCPUs wait, and no interrupt can wake one\r\n'
const SIGNAL_STATUS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGTERM: 143,
}

/** The command `run`. */
export const run: Command = {
  summary: 'Run one machine here, its serial port on the terminal. Ctrl-A x quits, Ctrl-A h helps.',
  options: OPTIONS,
  notes:
    'Exit status: 0 after a guest power-off or Ctrl-A x, the status of a semihosting exit, 3 if the machine halted for\ngood, 124 after the timeout, 2 for bad usage, 1 for an error. The end of standard input does not end the machine.',
  async run(args) {
    const values = parseOptions(args, OPTIONS)
    const seconds = values.number('timeout', 0, 2 ** 31 / 1000)
    const gdb = gdbOptions(values)
    const symbols = symbolsOf(values)
    const config = checkedConfig(await specOf(values))
    const output = new Output()
    await buildCoreNoticeably()
    const profiler = values.has('profile') ? new Profiler() : undefined
    const engine = await createMachineEngine(
      config,
      (bytes, port) => {
        if (port === 0) output.write(bytes)
      },
      runningOptions(values),
    )
    try {
      checkStats(values)
      const outcome = await runEngine(engine, output, seconds, gdb)
      writeStats(values, engine, outcome)
      if (profiler) {
        process.stderr.write(`\n${profileReport(profiler.end(), engine.machine.stats(), symbols)}`)
      }
      if (outcome.reason === 'timeout') process.stderr.write(`\r\nTimeout after ${seconds} s\r\n`)
      if (outcome.reason === 'halted') process.stderr.write(HALTED)
      return outcome.status
    } finally {
      await engine.close()
    }
  },
}

/** The machine; what only Kenix needs is loaded only for it. */
async function specOf(values: Values): Promise<MachineSpec> {
  const spec = machineSpecOf(values)
  const uefi = values.has('uefi')
  if (values.has('kenix')) return (await import('./kenix-files.ts')).withKenix(spec, uefi)
  if (uefi) throw new UsageError('--uefi needs --kenix. For other systems give --firmware FILE')
  return spec
}

/** How the machine is run: what of it is translated, and under which names. */
function runningOptions(values: Values): RunningOptions {
  return {
    nameTranslations: values.has('profile'),
    ...(values.has('no-jit') ? { translate: 'off' as const } : {}),
  }
}

/** The files of --symbols, read before the run rather than after it. */
function symbolsOf(values: Values): SymbolTable {
  const files = values.all('symbols')
  if (files.length > 0 && !values.has('profile')) throw new UsageError('--symbols needs --profile')
  return new SymbolTable(files.flatMap((file) => readSymbols(file, readFileSync(file))))
}

function gdbOptions(values: Values): { port: number; wait: boolean } | undefined {
  const port = values.integer('gdb', 0, 65535)
  const wait = values.has('gdb-wait')
  if (port !== undefined) return { port, wait }
  if (wait) throw new UsageError('--gdb-wait needs --gdb PORT')
  return undefined
}

/** Runs until the guest ends, or the terminal, a signal or the clock says so. */
async function runEngine(
  engine: MachineEngine,
  output: Output,
  timeoutSeconds: number | undefined,
  gdb: { port: number; wait: boolean } | undefined,
): Promise<Outcome> {
  let outcome: Outcome | undefined
  const end = (reason: 'timeout' | 'quit' | 'signal', status: number) => {
    outcome ??= { reason, status }
    engine.pause()
  }
  const closeTerminal = openTerminal({
    type: (bytes) => engine.input(bytes, 0),
    quit: () => end('quit', 0),
    signalled: (signal) => end('signal', SIGNAL_STATUS[signal] ?? 1),
  })
  output.onFull = () => engine.pause()
  output.onBroken = () => end('signal', 1)
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => end('timeout', TIMEOUT_STATUS), timeoutSeconds * 1000)
  let debug: GdbServer | undefined
  try {
    if (gdb) {
      debug = serveGdb(engine.machine, { ...gdb, onKill: () => end('quit', 0) })
      process.stderr.write(`For a debugger: target remote 127.0.0.1:${debug.port}\r\n`)
    }
    while (!outcome) {
      const result = await engine.run()
      if (result !== 'paused') outcome ??= result
      else if (output.full) await output.drained()
    }
    return outcome
  } finally {
    clearTimeout(timer)
    debug?.close()
    closeTerminal()
  }
}

/** Standard output, with what it has not taken yet counted: the machine waits for a slow pipe rather than fill memory. */
class Output {
  #waiting = 0
  onFull: () => void = () => {}
  onBroken: () => void = () => {}

  constructor() {
    process.stdout.on('error', () => {
      this.#waiting = 0
      this.onBroken()
    })
  }

  get full(): boolean {
    return this.#waiting > MAX_WAITING
  }

  write(bytes: Uint8Array): void {
    this.#waiting += bytes.length
    process.stdout.write(bytes, () => {
      this.#waiting -= bytes.length
    })
    if (this.full) this.onFull()
  }

  async drained(): Promise<void> {
    while (this.#waiting > 0) await Bun.sleep(5)
  }
}

/** Refuses a place for numbers that cannot be written before the run, which may take hours, rather than after it. */
function checkStats(values: Values): void {
  const file = values.get('stats')
  if (file === undefined) return
  try {
    closeSync(openSync(file, 'a'))
  } catch (error) {
    throw new Error(`Cannot write --stats "${file}": ${(error as Error).message}`)
  }
}

function writeStats(values: Values, engine: Engine, { reason, status }: Outcome): void {
  const file = values.get('stats')
  if (file === undefined) return
  const stats = { ...engine.stats(), exit: reason, status }
  try {
    writeFileSync(file, `${JSON.stringify(stats, null, 2)}\n`)
  } catch (error) {
    throw new Error(`Cannot write --stats "${file}": ${(error as Error).message}`)
  }
}

/**
 * Snapshots: a directory with a manifest (`machine.json`: configuration and the state of all devices and vCPUs) and a
 * sparse raw file of flash and RAM (`memory.bin`), which a restore maps copy-on-write.
 *
 * Disks are not copied: they are flushed, and whoever keeps the snapshot keeps their state. A machine that continues
 * after `saveMachine` and one that is restored from it do the same, instruction for instruction. A snapshot is a file
 * from anywhere: everything in it is checked, and `memory.bin` must not be changed while a machine has it mapped.
 */
import { FLASH_BASE } from '../jit/core/assembly/layout.ts'
import type { Backend } from './backend.ts'
import { FLASH_BANK_BYTES } from './boards/virt.ts'
import type { BootConfig, DiskConfig, MachineConfig, NetworkConfig } from './config.ts'
import type { Machine } from './machine.ts'
import type { RunResult } from './machine-types.ts'
import { StateError, type StateObject, StateReader, type StateValue } from './state.ts'

const FORMAT = 'kenix-snapshot'
const VERSION = 1
const MANIFEST = 'machine.json'
const MEMORY = 'memory.bin'
const MANIFEST_LIMIT = 256 << 20
const PAGE = 4096
/** Pages that are written in one call, at most. */
const RUN_PAGES = 256
const MAX_DEPTH = 16

/** What a restored machine may have different. Numbers of disks and networks must stay. */
export interface RestoreOverrides {
  readonly boot?: BootConfig
  readonly disks?: readonly DiskConfig[]
  readonly networks?: readonly NetworkConfig[]
  readonly noReboot?: boolean
}

/**
 * Saves a machine that is not running into a directory, which is made.
 * @throws Error if it is running, or the files cannot be written.
 */
export async function saveMachine(
  machine: Machine,
  backend: Backend,
  directory: string,
): Promise<void> {
  const { core, assembly, clock, events, inputs, random, scheduler, resources } = machine.parts
  resources.flush()
  const state: StateObject = {
    version: 1,
    core: core.save(),
    nsPerInsn: clock.nsPerInsn,
    events: events.save(),
    inputs: inputs.save(),
    random: random.save(),
    scheduler: scheduler.save(),
    ended: machine.result ? { ...machine.result } : null,
    consoles: saveAll(machine.consoles),
    devices: saveAll(assembly.devices),
  }
  const manifest = {
    format: FORMAT,
    version: VERSION,
    memoryBytes: memoryOf(machine).length,
    config: machine.config,
    state: encode(state),
  }
  await backend.makeDirectory(directory)
  // The manifest comes last: a directory without one is an unfinished snapshot.
  writeMemory(memoryOf(machine), backend, `${directory}/${MEMORY}`)
  await backend.writeFile(`${directory}/${MANIFEST}`, `${JSON.stringify(manifest)}\n`)
}

/** What `readManifest` found. */
export interface Snapshot {
  readonly config: MachineConfig
  readonly state: StateReader
  readonly memoryPath: string
}

/**
 * Reads and checks a snapshot's manifest.
 * @throws StateError or SpecError saying what is wrong.
 */
export async function readManifest(
  directory: string,
  backend: Backend,
  overrides: RestoreOverrides,
): Promise<Snapshot> {
  const path = `${directory}/${MANIFEST}`
  const text = new TextDecoder().decode(await backend.readFile(path, MANIFEST_LIMIT))
  const manifest = parse(text, path)
  if (manifest['format'] !== FORMAT) {
    throw new StateError(`Cannot restore "${path}": it is not a ${FORMAT}`)
  }
  if (manifest['version'] !== VERSION) {
    throw new StateError(
      `Cannot restore "${path}": its version is ${String(manifest['version'])}, this build reads ${VERSION}`,
    )
  }
  const { parseSpec } = await import('./spec.ts')
  const saved = specOf(manifest['config'], path)
  const changed = parseSpec({ ...saved, ...overrides })
  const original = parseSpec(saved)
  for (const key of ['disks', 'networks'] as const) {
    if (original[key].length !== changed[key].length) {
      throw new StateError(
        `Cannot restore "${path}" with ${changed[key].length} ${key}: it has ${original[key].length}`,
      )
    }
  }
  if (manifest['memoryBytes'] !== 2 * FLASH_BANK_BYTES + original.memory) {
    throw new StateError(`Cannot restore "${path}": "memoryBytes" does not match its configuration`)
  }
  const state = decode(manifest['state'], 0)
  if (!isObject(state)) throw new StateError(`Cannot restore "${path}": "state" is missing`)
  return {
    config: changed,
    state: new StateReader(state, 'state'),
    memoryPath: `${directory}/${MEMORY}`,
  }
}

/** Puts a snapshot's state into a machine made with its configuration. */
export async function restoreMachine(
  machine: Machine,
  backend: Backend,
  { state, memoryPath }: Snapshot,
): Promise<RunResult | undefined> {
  const { core, assembly, clock, events, inputs, random, scheduler, resources } = machine.parts
  state.version(1)
  await backend.loadMemory(memoryPath, memoryOf(machine))
  core.flushAll()
  // Before the core: what a device maps or writes as it is restored would open exclusive monitors.
  const devices = state.object('devices')
  for (const [name, device] of assembly.devices) device.restore(devices.object(name))
  restoreCore(machine, state.bytes('core'))
  clock.restoreRate(state.number('nsPerInsn'))
  events.restore(state.object('events'))
  random.restore(state.object('random'))
  scheduler.restore(state.object('scheduler'))
  for (const [name, console] of machine.consoles) {
    console.restore(state.object('consoles').object(name))
  }
  inputs.restore(state.object('inputs'))
  resources.syncVars(core.flash.subarray(FLASH_BANK_BYTES, 2 * FLASH_BANK_BYTES))
  return state.isNull('ended') ? undefined : readResult(state.object('ended'))
}

function restoreCore(machine: Machine, saved: Uint8Array): void {
  const { core } = machine.parts
  const { cpus, el2 } = machine.config
  // What follows from the configuration alone is set by a reset, and not taken from a snapshot.
  for (let cpu = 0; cpu < cpus; cpu++) core.reset(cpu, el2 ? 2 : 1, 0)
  try {
    core.restore(saved)
  } catch (error) {
    throw new StateError(`Cannot read state: "core" does not fit: ${(error as Error).message}`)
  }
}

function readResult(state: StateReader): RunResult {
  const reason = state.string('reason')
  if (
    reason !== 'poweroff' &&
    reason !== 'reset' &&
    reason !== 'halted' &&
    reason !== 'semihosting'
  ) {
    throw new StateError(`Cannot read ${state.path}: "${reason}" is no end of a run`)
  }
  return { reason, status: state.integer('status', 0, 255) }
}

/** Flash and RAM, which lie next to each other in linear memory. */
function memoryOf(machine: Machine): Uint8Array {
  const { memory, ram } = machine.parts.core
  return new Uint8Array(memory.buffer, FLASH_BASE, ram.byteOffset + ram.length - FLASH_BASE)
}

function writeMemory(memory: Uint8Array, backend: Backend, path: string): void {
  const file = backend.writeSparse(path)
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.length / 4)
  const pages = memory.length / PAGE
  for (let page = 0; page < pages; ) {
    let end = page
    while (end < pages && end - page < RUN_PAGES && !isZero(words, end)) end++
    if (end > page) file.write(page * PAGE, memory.subarray(page * PAGE, end * PAGE))
    page = end > page ? end : page + 1
  }
  file.finish(memory.length)
}

function isZero(words: Int32Array, page: number): boolean {
  const start = page * (PAGE / 4)
  for (let n = start; n < start + PAGE / 4; n++) if (words[n] !== 0) return false
  return true
}

function saveAll(parts: ReadonlyMap<string, { save(): StateObject }>): StateObject {
  return Object.fromEntries([...parts].map(([name, part]) => [name, part.save()]))
}

// ---- the manifest's text -----------------------------------------------------------------------------------------

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

function parse(text: string, path: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new StateError(`Cannot restore "${path}": it is no JSON: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StateError(`Cannot restore "${path}": it is no JSON object`)
  }
  return value as Record<string, unknown>
}

/** The configuration as a spec, to be checked like any other one. */
function specOf(config: unknown, path: string): Record<string, unknown> {
  if (typeof config !== 'object' || config === null) {
    throw new StateError(`Cannot restore "${path}": "config" is missing`)
  }
  const { rtcSeconds, ...spec } = config as Record<string, unknown>
  return { ...spec, rtc: rtcSeconds }
}

/** Bytes become `{ "$bytes": base64 }`. */
function encode(value: StateValue): Json {
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() }
  if (Array.isArray(value)) return value.map(encode)
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, encode(field)]))
  }
  return value as Json
}

function decode(value: unknown, depth: number): StateValue {
  if (depth > MAX_DEPTH) throw new StateError('Cannot read state: it is nested too deeply')
  if (Array.isArray(value)) return value.map((item) => decode(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value as StateValue
  const fields = Object.entries(value)
  if (fields.length === 1 && fields[0]![0] === '$bytes') return decodeBytes(fields[0]![1])
  return Object.fromEntries(fields.map(([key, field]) => [key, decode(field, depth + 1)]))
}

function decodeBytes(text: unknown): Uint8Array {
  try {
    return Uint8Array.fromBase64(String(text))
  } catch {
    throw new StateError('Cannot read state: "$bytes" is no base64')
  }
}

function isObject(value: StateValue): value is StateObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

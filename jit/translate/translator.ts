/**
 * The translator of one core: makes functions of what the core finds hot, keeps them by the physical pages they came from,
 * and drops them when those change.
 *
 * Nothing a guest can observe depends on what is translated when: a translated function does exactly what the interpreter
 * does, instruction counts included.
 */
import * as L from '../core/assembly/layout.ts'
import type { Core, CoreTranslator } from '../core/core.ts'
import { opNumber } from '../core/interpreter.ts'
import { numberOf, specOf } from '../isa/numbers.ts'
import { RECORD_PAGE_LINEAR, type Translated, TranslationCache } from './cache.ts'
import { IMPORTS, SIGNATURE } from './frame.ts'
import { translateRegion } from './function.ts'
import { type CodeSource, findRegion } from './region.ts'
import { classify } from './rows.ts'
import { chooseViews } from './views.ts'
import { encodeModule, type FunctionBody } from './wasm.ts'

export interface TranslatorOptions {
  /** Samples of a branch target until it is translated; 1 with `samplePeriod` 1 translates everything at once. */
  threshold?: number
  /** One branch target in so many is sampled. */
  samplePeriod?: number
  /** Between two modules, unless many functions wait; 0 makes each function at once, which tests need. */
  intervalMs?: number
  /** WebAssembly that may be installed at a time. */
  wasmBytes?: number
  /** Name functions `guest@` and their entry's virtual address, for profilers. */
  names?: boolean
}

/** Counted since the translator was made. */
export interface TranslatorStats {
  /** Functions made. */
  translations: number
  /** Guest instructions in them. */
  instructions: number
  /** Bytes of WebAssembly in them. */
  wasmBytes: number
  /** Functions that exist now. */
  live: number
  /** Functions dropped because their code was written. */
  invalidated: number
  /** Functions dropped because there were too many: the coldest. */
  evicted: number
  /** Functions dropped with all records, when the pool of those was used up or the memory map changed. */
  forgotten: number
  /** Hot addresses that were not translated, by cause. */
  failures: Record<string, number>
  /** Time spent in making functions, in ms. */
  compileMs: number
}

const OP_ENTER = opNumber('ENTER')
/**
 * Samples until a branch target is translated, one in 64 being sampled: fewer while translating takes less than its share of the
 * time, more while it takes more. A boot runs through much code that is not worth it; what stays hot is found either way.
 */
const THRESHOLD = { first: 100, least: 24, most: 600 }
/** The share of time that translating may take, and how often that is looked at, in ms. */
const SHARE = 0.12
const WINDOW_MS = 40
/** Milliseconds between two modules. */
const INTERVAL_MS = 3
/** Functions of a module, at most. */
const BATCH = 64
/** WebAssembly that may be installed at a time; the engine's code for it takes several times as much. */
const WASM_BYTES = 12 << 20
/** An entry whose code was written so often is left to the interpreter. */
const MAX_INVALIDATIONS = 16

export class Translator implements CoreTranslator {
  readonly stats: TranslatorStats = {
    translations: 0,
    instructions: 0,
    wasmBytes: 0,
    live: 0,
    invalidated: 0,
    evicted: 0,
    forgotten: 0,
    failures: {},
    compileMs: 0,
  }
  readonly #core: Core
  readonly #cache: TranslationCache
  readonly #named: boolean
  readonly #view: DataView
  readonly #refused = new Set<number>()
  readonly #invalidations = new Map<number, number>()
  readonly #imports: Record<
    string,
    Record<string, WebAssembly.Memory | WebAssembly.Table | CallableFunction>
  >
  readonly #intervalMs: number
  #flushedMs = 0
  #window = { since: 0, compileMs: 0 }
  /** Modules that the engine is compiling. */
  #compiling = 0
  readonly #limit: number
  #pending: Translated[] = []
  #generation = 0

  constructor(core: Core, options: TranslatorOptions = {}) {
    this.#core = core
    this.#named = options.names ?? false
    this.#view = new DataView(core.memory.buffer)
    this.#cache = new TranslationCache(core, OP_ENTER)
    this.#intervalMs = options.intervalMs ?? INTERVAL_MS
    this.#limit = options.wasmBytes ?? WASM_BYTES
    const { exports } = core
    this.#imports = { core: { memory: core.memory, ...exports } }
    this.#view.setUint32(
      L.MACH_BASE + L.MACH_HOT_THRESHOLD,
      options.threshold ?? THRESHOLD.first,
      true,
    )
    this.#view.setInt32(L.MACH_BASE + L.MACH_SAMPLE_PERIOD, (options.samplePeriod ?? 64) - 1, true)
    this.#generation = this.#view.getUint32(L.MACH_BASE + L.MACH_GENERATION, true)
    core.translator = this
  }

  /** Functions could be installed if the host's event loop got its turn. */
  get waiting(): boolean {
    return this.#compiling > 0
  }

  /** Guest instructions retired in translated code. */
  get retired(): number {
    return Number(this.#view.getBigUint64(L.MACH_BASE + L.MACH_TRANSLATED, true))
  }

  hot(cpu: number, record: number, page: number): void {
    const rec = record >>> 0
    this.#checkGeneration()
    if (this.#refused.has(rec) || this.#cache.find(rec)) return
    const start = performance.now()
    this.#adapt(start)
    const cause = this.#find(cpu, rec, page >>> 0)
    if (cause !== undefined) this.#refuse(rec, cause)
    else if (this.#pending.length >= BATCH || start - this.#flushedMs >= this.#intervalMs)
      this.#flush()
    else if (this.#pending.length === 1) setTimeout(() => this.#flushLater(), this.#intervalMs)
    this.stats.compileMs += performance.now() - start
  }

  #refuse(record: number, cause: string): void {
    this.#refused.add(record)
    this.stats.failures[cause] = (this.stats.failures[cause] ?? 0) + 1
  }

  /** Reads the region at `record`, to be translated with others; returns why not, if so. */
  #find(cpu: number, record: number, page: number): string | undefined {
    const region = findRegion((record - page) >>> 1, this.#source(cpu, page))
    if (!region) return 'unfit first instruction'
    const translated = this.#cache.add(record, this.#core.pc(cpu), region)
    if (!translated) return 'too many functions'
    this.#pending.push(translated)
    return undefined
  }

  #flushLater(): void {
    const start = performance.now()
    this.#flush()
    this.stats.compileMs += performance.now() - start
  }

  /** Adapts the threshold to the share of the last window's time that went into translating. */
  #adapt(now: number): void {
    const elapsed = now - this.#window.since
    if (this.#intervalMs === 0 || elapsed < WINDOW_MS) return
    const share = (this.stats.compileMs - this.#window.compileMs) / elapsed
    this.#window = { since: now, compileMs: this.stats.compileMs }
    const at = L.MACH_BASE + L.MACH_HOT_THRESHOLD
    const next = this.#view.getUint32(at, true) * (share > SHARE ? 1.4 : 0.8)
    const bounded = Math.min(THRESHOLD.most, Math.max(THRESHOLD.least, Math.round(next)))
    this.#view.setUint32(at, bounded, true)
  }

  /** Makes a module of all regions that wait for it. */
  #flush(): void {
    this.#checkGeneration()
    const batch = this.#pending.filter(({ state }) => state === 'pending')
    this.#pending = []
    let functions = batch
    let bodies: FunctionBody[] | undefined
    while (functions.length && !bodies) {
      bodies = this.#bodies(functions)
      functions = functions.filter(({ state }) => state === 'pending')
    }
    if (!bodies) return
    const names = this.#named ? functions.map(({ pc }) => `guest@${pc.toString(16)}`) : []
    const bytes = encodeModule(IMPORTS, SIGNATURE, bodies, names)
    if (this.#intervalMs === 0) {
      try {
        const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), this.#imports)
        this.#install(functions, bodies, instance)
      } catch (error) {
        this.#failed(functions, error)
      }
    } else {
      // The engine's thread may be busy with optimising: the interpreter goes on in the meantime.
      this.#compiling++
      WebAssembly.instantiate(bytes, this.#imports)
        .then(
          ({ instance }) => this.#install(functions, bodies, instance),
          (error) => this.#failed(functions, error),
        )
        .finally(() => {
          this.#compiling--
        })
    }
    this.#flushedMs = performance.now()
  }

  /** Translates all of these, which call each other directly; undefined if one cannot be made, which is dropped then. */
  #bodies(functions: readonly Translated[]): FunctionBody[] | undefined {
    const callee = (record: number) => {
      const at = functions.findIndex((other) => other.record === record)
      if (at < 0) return undefined
      return { fn: IMPORTS.length + at, entry: this.#cache.entry(functions[at]!) }
    }
    const bodies: FunctionBody[] = []
    for (const translated of functions) {
      try {
        const { region, index } = translated
        const records = { opEnter: OP_ENTER, index, callee }
        bodies.push(translateRegion(region, chooseViews(region), records))
      } catch (error) {
        this.#failed([translated], error)
        return undefined
      }
    }
    return bodies
  }

  /** Functions that cannot be made: a defect here, but not one that the guest should notice. */
  #failed(functions: Translated[], error: unknown): void {
    const cause = `${(error as Error).name}: ${(error as Error).message.split('\n')[0]}`
    for (const translated of functions) {
      if (translated.state !== 'pending') continue
      this.#cache.drop(translated)
      this.#refuse(translated.record, cause)
    }
  }

  #install(functions: Translated[], bodies: FunctionBody[], instance: WebAssembly.Instance): void {
    this.#checkGeneration()
    functions.forEach((translated, i) => {
      const wasmBytes = bodies[i]!.code.length
      if (!this.#cache.install(translated, instance.exports[i] as CallableFunction, wasmBytes))
        return
      this.stats.translations++
      this.stats.wasmBytes += wasmBytes
      for (const { instructions } of translated.region.blocks) {
        this.stats.instructions += instructions.length
      }
    })
    if (this.#cache.wasmBytes > this.#limit) {
      this.stats.evicted += this.#cache.evict(this.#limit * 0.75)
    }
    this.stats.live = this.#cache.size
  }

  #source(cpu: number, entryPage: number): CodeSource {
    const view = this.#view
    const base = L.CPU_BASE + cpu * L.CPU_STRIDE
    const pc = view.getBigUint64(base + L.CPU_PC, true)
    const itlb = view.getUint32(base + L.CPU_ITLB, true)
    const ctx = view.getBigUint64(base + L.CPU_CTX, true)
    return {
      page: (relative) => {
        if (relative === 0) return entryPage
        const number = (BigInt.asIntN(64, pc) >> 12n) + BigInt(relative)
        const entry = itlb + (Number(number & BigInt(L.ITLB_ENTRIES - 1)) << 4)
        if (view.getBigUint64(entry, true) !== (BigInt.asUintN(64, number) ^ ctx)) return 0
        return view.getUint32(entry + 8, true)
      },
      word: (page, offset) =>
        view.getUint32(view.getUint32(page + RECORD_PAGE_LINEAR, true) + offset, true),
      row: (word) => specOf(this.#core.exports.decodeRow(word))?.id ?? '',
      executed: (page, offset) => view.getUint16(page + offset * 2, true) !== 0,
      classify: (row, word) =>
        row !== '' && this.#core.exports.rowAvailable(numberOf(row))
          ? classify(row, word)
          : 'leave',
    }
  }

  codeChanged(linear: number, bytes: number): void {
    this.#checkGeneration()
    for (const translated of this.#cache.touching(linear, bytes)) {
      this.#cache.drop(translated)
      const { record } = translated
      const count = (this.#invalidations.get(record) ?? 0) + 1
      this.#invalidations.set(record, count)
      if (count >= MAX_INVALIDATIONS) this.#refuse(record, 'code that changes')
      this.stats.invalidated++
    }
    this.stats.live = this.#cache.size
  }

  /** If the core dropped all records, no function can be entered any more. */
  #checkGeneration(): void {
    const generation = this.#view.getUint32(L.MACH_BASE + L.MACH_GENERATION, true)
    if (generation === this.#generation) return
    this.#generation = generation
    this.stats.forgotten += this.#cache.size
    this.stats.live = 0
    this.#cache.clear()
    this.#refused.clear()
    this.#invalidations.clear()
  }
}

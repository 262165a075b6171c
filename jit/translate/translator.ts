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
import { IMPORTS, SIGNATURE } from './frame.ts'
import { translateRegion } from './function.ts'
import { type CodeSource, findRegion, pageOf, type Region } from './region.ts'
import { classify } from './rows.ts'
import { encodeModule, V128 } from './wasm.ts'

export interface TranslatorOptions {
  /** Samples of a branch target until it is translated; 1 with `samplePeriod` 1 translates everything at once. */
  threshold?: number
  /** One branch target in so many is sampled. */
  samplePeriod?: number
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
  /** Functions dropped with all records, when the pool of those was used up or the memory map changed. */
  forgotten: number
  /** Hot addresses that were not translated, by cause. */
  failures: Record<string, number>
  /** Time spent in making functions, in ms. */
  compileMs: number
}

interface Translated {
  index: number
  /** Record of the entry. */
  record: number
  wasmBytes: number
  /** Words translated, by the linear address of their page: byte offsets. */
  pages: Map<number, { recordPage: number; offsets: number[] }>
}

const OP_ENTER = opNumber('ENTER')
const OP_SLOW = opNumber('SLOW')
/** Linear address of a record page's guest page stands behind its records (records.ts). */
const RECORD_PAGE_LINEAR = 8200
/** An entry whose code was written so often is left to the interpreter. */
const MAX_INVALIDATIONS = 16

export class Translator implements CoreTranslator {
  readonly stats: TranslatorStats = {
    translations: 0,
    instructions: 0,
    wasmBytes: 0,
    live: 0,
    invalidated: 0,
    forgotten: 0,
    failures: {},
    compileMs: 0,
  }
  readonly #core: Core
  readonly #named: boolean
  readonly #view: DataView
  readonly #byEntry = new Map<number, Translated>()
  /** Functions by linear page number. */
  readonly #byPage = new Map<number, Set<Translated>>()
  readonly #free: number[] = []
  readonly #refused = new Set<number>()
  readonly #invalidations = new Map<number, number>()
  readonly #imports: Record<string, Record<string, WebAssembly.Memory | WebAssembly.Table | CallableFunction>>
  #generation = 0

  constructor(core: Core, options: TranslatorOptions = {}) {
    this.#core = core
    this.#named = options.names ?? false
    this.#view = new DataView(core.memory.buffer)
    const { exports } = core
    this.#imports = { core: { memory: core.memory, ...exports } }
    this.#view.setUint32(L.MACH_BASE + L.MACH_HOT_THRESHOLD, options.threshold ?? 4, true)
    this.#view.setInt32(L.MACH_BASE + L.MACH_SAMPLE_PERIOD, (options.samplePeriod ?? 64) - 1, true)
    this.#generation = this.#view.getUint32(L.MACH_BASE + L.MACH_GENERATION, true)
    core.translator = this
  }

  hot(cpu: number, record: number, page: number): void {
    const rec = record >>> 0
    this.#checkGeneration()
    if (this.#refused.has(rec) || this.#byEntry.has(rec)) return
    const start = performance.now()
    const cause = this.#translate(cpu, rec, page >>> 0)
    if (cause !== undefined) {
      this.#refused.add(rec)
      this.stats.failures[cause] = (this.stats.failures[cause] ?? 0) + 1
    }
    this.stats.compileMs += performance.now() - start
  }

  /** Translates the code at `record`; returns why not, if so. */
  #translate(cpu: number, record: number, page: number): string | undefined {
    const region = findRegion((record - page) >>> 1, this.#source(cpu, page))
    if (!region) return 'unfit first instruction'
    const views = new Array<typeof V128>(32).fill(V128)
    try {
      const body = translateRegion(region, views, { opEnter: OP_ENTER })
      const bytes = encodeModule(IMPORTS, SIGNATURE, [body], this.#names(cpu))
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), this.#imports)
      this.#install(record, region, instance.exports['0'] as CallableFunction, bytes.length)
      return undefined
    } catch (error) {
      // A function that cannot be made is a defect here, but not one that the guest should notice.
      return `${(error as Error).name}: ${(error as Error).message.split('\n')[0]}`
    }
  }

  /** The name of a function that is made for where the vCPU stands. */
  #names(cpu: number): string[] {
    return this.#named ? [`guest@${this.#core.pc(cpu).toString(16)}`] : []
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
      executed: (page, offset) => view.getUint16(page + offset * 2, true) !== 0,
      classify: (row, word, page, offset) =>
        // Rows that this CPU model lacks have this operation.
        view.getUint16(page + offset * 2, true) === OP_SLOW ? 'leave' : classify(row, word),
    }
  }

  #install(record: number, region: Region, fn: CallableFunction, wasmBytes: number): void {
    const { table, markTranslated } = this.#core.exports
    let index = this.#free.pop()
    if (index === undefined) index = table.grow(1)
    table.set(index, fn)
    const translated: Translated = { index, record, wasmBytes, pages: new Map() }
    for (const block of region.blocks) {
      for (const { at } of block.instructions) {
        const recordPage = region.pages.get(pageOf(at))!
        const linear = this.#view.getUint32(recordPage + RECORD_PAGE_LINEAR, true)
        let entry = translated.pages.get(linear)
        if (!entry) {
          entry = { recordPage, offsets: [] }
          translated.pages.set(linear, entry)
          const number = linear >>> L.PAGE_SHIFT
          const set = this.#byPage.get(number)
          if (set) set.add(translated)
          else this.#byPage.set(number, new Set([translated]))
        }
        entry.offsets.push(at & 4095)
        markTranslated(recordPage, at & 4095, 1)
        this.stats.instructions++
      }
    }
    this.#byEntry.set(record, translated)
    this.#view.setBigUint64(record, BigInt(OP_ENTER) | (BigInt(index) << 32n), true)
    this.stats.translations++
    this.stats.live++
    this.stats.wasmBytes += wasmBytes
  }

  codeChanged(linear: number, bytes: number): void {
    this.#checkGeneration()
    const from = linear & 4095 & ~3
    const to = (linear & 4095) + bytes
    const page = linear & ~4095
    const set = this.#byPage.get(linear >>> L.PAGE_SHIFT)
    if (!set) return
    for (const translated of [...set]) {
      const { offsets } = translated.pages.get(page >>> 0)!
      if (offsets.some((offset) => offset >= from && offset < to)) this.#drop(translated)
    }
  }

  #drop(translated: Translated): void {
    const { table, markTranslated } = this.#core.exports
    table.set(translated.index, null)
    this.#free.push(translated.index)
    this.#byEntry.delete(translated.record)
    if ((this.#view.getUint32(translated.record, true) & 0xffff) === OP_ENTER) {
      this.#view.setBigUint64(translated.record, 0n, true)
    }
    for (const [linear, { recordPage, offsets }] of translated.pages) {
      const set = this.#byPage.get(linear >>> L.PAGE_SHIFT)!
      set.delete(translated)
      for (const offset of offsets) markTranslated(recordPage, offset, 0)
      for (const other of set) {
        for (const offset of other.pages.get(linear)!.offsets) markTranslated(recordPage, offset, 1)
      }
      if (!set.size) this.#byPage.delete(linear >>> L.PAGE_SHIFT)
    }
    const count = (this.#invalidations.get(translated.record) ?? 0) + 1
    this.#invalidations.set(translated.record, count)
    if (count >= MAX_INVALIDATIONS) this.#refused.add(translated.record)
    this.stats.invalidated++
    this.stats.live--
  }

  /** If the core dropped all records, no function can be entered any more. */
  #checkGeneration(): void {
    const generation = this.#view.getUint32(L.MACH_BASE + L.MACH_GENERATION, true)
    if (generation === this.#generation) return
    this.#generation = generation
    const { table } = this.#core.exports
    for (const { index } of this.#byEntry.values()) {
      table.set(index, null)
      this.#free.push(index)
    }
    this.stats.forgotten += this.#byEntry.size
    this.stats.live = 0
    this.#byEntry.clear()
    this.#byPage.clear()
    this.#refused.clear()
    this.#invalidations.clear()
  }
}

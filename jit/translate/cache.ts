/**
 * Which translated functions exist: by the record of their entry, and by the physical pages whose words they were made of.
 *
 * A function is known here from the moment its words were read, so that a write to them in the meantime is noticed; it can
 * be entered once it is installed. Its place in the core's table and its byte of use are fixed from the start.
 */
import * as L from '../core/assembly/layout.ts'
import type { Core } from '../core/core.ts'
import { pageOf, type Region } from './region.ts'

/** Linear address of a record page's guest page stands behind its records (records.ts). */
export const RECORD_PAGE_LINEAR = 8200
/** Places added to the core's table at a time. */
const TABLE_CHUNK = 1024

export interface Translated {
  /** In the core's table. */
  readonly index: number
  /** Record of the entry. */
  readonly record: number
  readonly region: Region
  /** Virtual address of the entry when it was found hot. */
  readonly pc: bigint
  /** Bytes of WebAssembly, 0 until it is installed. */
  wasmBytes: number
  state: 'pending' | 'installed' | 'dropped'
  /** Words translated, by the linear address of their page: byte offsets. */
  readonly pages: Map<number, { recordPage: number; offsets: number[] }>
}

export class TranslationCache {
  readonly #core: Core
  readonly #view: DataView
  readonly #bytes: Uint8Array
  readonly #opEnter: number
  readonly #byEntry = new Map<number, Translated>()
  /** By linear page number. */
  readonly #byPage = new Map<number, Set<Translated>>()
  readonly #free: number[] = []
  /** WebAssembly of all installed functions. */
  wasmBytes = 0

  constructor(core: Core, opEnter: number) {
    this.#core = core
    this.#view = new DataView(core.memory.buffer)
    this.#bytes = new Uint8Array(core.memory.buffer)
    this.#opEnter = opEnter
  }

  /** Functions that can be entered, or will be. */
  get size(): number {
    return this.#byEntry.size
  }

  find(record: number): Translated | undefined {
    return this.#byEntry.get(record)
  }

  /** Takes in a region whose words have just been read. Undefined if there is no room for more functions. */
  add(record: number, pc: bigint, region: Region): Translated | undefined {
    const index = this.#index()
    if (index === undefined) return undefined
    const pages: Translated['pages'] = new Map()
    const translated: Translated = {
      index,
      record,
      region,
      pc,
      wasmBytes: 0,
      state: 'pending',
      pages,
    }
    for (const block of region.blocks) {
      for (const { at } of block.instructions) {
        const recordPage = region.pages.get(pageOf(at))!
        const linear = this.#view.getUint32(recordPage + RECORD_PAGE_LINEAR, true)
        let entry = pages.get(linear)
        if (!entry) {
          entry = { recordPage, offsets: [] }
          pages.set(linear, entry)
          const number = linear >>> L.PAGE_SHIFT
          const set = this.#byPage.get(number)
          if (set) set.add(translated)
          else this.#byPage.set(number, new Set([translated]))
        }
        entry.offsets.push(at & 4095)
        this.#core.exports.markTranslated(recordPage, at & 4095, 1)
      }
    }
    this.#byEntry.set(record, translated)
    return translated
  }

  #index(): number | undefined {
    if (!this.#free.length) {
      const { table } = this.#core.exports
      if (table.length + TABLE_CHUNK > L.USED_FLAGS_SIZE) return undefined
      const first = table.grow(TABLE_CHUNK)
      for (let i = TABLE_CHUNK - 1; i >= 0; i--) this.#free.push(first + i)
    }
    return this.#free.pop()
  }

  /** Makes a function reachable, unless it was dropped while it was being made. */
  install(translated: Translated, fn: CallableFunction, wasmBytes: number): boolean {
    if (translated.state !== 'pending') return false
    translated.state = 'installed'
    translated.wasmBytes = wasmBytes
    this.wasmBytes += wasmBytes
    this.#core.exports.table.set(translated.index, fn)
    this.#bytes[L.USED_FLAGS + translated.index] = 1
    this.#view.setBigUint64(translated.record, this.entry(translated), true)
    return true
  }

  /** The record that leads to a function. */
  entry({ index }: Translated): bigint {
    return BigInt(this.#opEnter) | (BigInt(index) << 32n)
  }

  /** Functions made of words in this span, which lies in one page. */
  *touching(linear: number, bytes: number): Generator<Translated> {
    const from = linear & 4095 & ~3
    const to = (linear & 4095) + bytes
    const page = (linear & ~4095) >>> 0
    for (const translated of [...(this.#byPage.get(linear >>> L.PAGE_SHIFT) ?? [])]) {
      const { offsets } = translated.pages.get(page)!
      if (offsets.some((offset) => offset >= from && offset < to)) yield translated
    }
  }

  /** Makes a function unreachable and forgets it. */
  drop(translated: Translated): void {
    this.#release(translated)
    this.#byEntry.delete(translated.record)
    if (this.#view.getUint16(translated.record, true) === this.#opEnter) {
      this.#view.setBigUint64(translated.record, 0n, true)
    }
    const { markTranslated } = this.#core.exports
    for (const [linear, { recordPage, offsets }] of translated.pages) {
      const set = this.#byPage.get(linear >>> L.PAGE_SHIFT)!
      set.delete(translated)
      for (const offset of offsets) markTranslated(recordPage, offset, 0)
      for (const other of set) {
        for (const offset of other.pages.get(linear)!.offsets) markTranslated(recordPage, offset, 1)
      }
      if (!set.size) this.#byPage.delete(linear >>> L.PAGE_SHIFT)
    }
  }

  #release(translated: Translated): void {
    if (translated.state === 'installed') this.#core.exports.table.set(translated.index, null)
    this.wasmBytes -= translated.wasmBytes
    translated.state = 'dropped'
    this.#bytes[L.USED_FLAGS + translated.index] = L.USED_DROPPED
    this.#free.push(translated.index)
  }

  /** The core dropped all records: no function can be entered any more. */
  clear(): void {
    for (const translated of this.#byEntry.values()) this.#release(translated)
    this.#byEntry.clear()
    this.#byPage.clear()
  }

  /**
   * Drops functions until at most `bytes` of WebAssembly are left: those not entered since the last call first, then the
   * oldest. @returns how many
   */
  evict(bytes: number): number {
    let dropped = 0
    const cold: Translated[] = []
    const warm: Translated[] = []
    for (const translated of this.#byEntry.values()) {
      if (translated.state !== 'installed') continue
      const used = L.USED_FLAGS + translated.index
      if (this.#bytes[used]) warm.push(translated)
      else cold.push(translated)
      this.#bytes[used] = 0
    }
    for (const translated of [...cold, ...warm]) {
      if (this.wasmBytes <= bytes) break
      this.drop(translated)
      dropped++
    }
    return dropped
  }
}

/**
 * Samples the thread that runs a machine, about once a millisecond, with JavaScriptCore's sampling profiler. It sees the thread
 * only while it executes: time in which the machine waits is not counted, nor are JavaScriptCore's own compiler threads.
 */
import * as jsc from 'bun:jsc'
import { type Frame, guestAddress, type Part, partOf } from './parts.ts'

/** How often samples are taken over: the profiler keeps whole stacks, and needs some memory for each. */
const TAKE_MS = 1000

interface Traces {
  /** Seconds between two samples. */
  readonly interval: number
  readonly traces: readonly { readonly frames: readonly Frame[] }[]
}

/** Takes what was sampled since the last call. Bun has it, its types do not. */
const { samplingProfilerStackTraces } = jsc as unknown as { samplingProfilerStackTraces(): Traces }

/** A translated region, by its entry. */
export interface RegionSamples {
  readonly address: bigint
  samples: number
  /** Samples by tier of JavaScriptCore. */
  readonly tiers: Map<string, number>
}

/** What was sampled. */
export interface Profile {
  readonly samples: number
  readonly intervalMs: number
  readonly parts: ReadonlyMap<Part, number>
  readonly regions: readonly RegionSamples[]
}

/** Profiles this process from its start to `end()`. There can be one at a time. */
export class Profiler {
  readonly #parts = new Map<Part, number>()
  readonly #regions = new Map<bigint, RegionSamples>()
  #samples = 0
  #intervalMs = 1
  readonly #timer: ReturnType<typeof setInterval>

  constructor() {
    jsc.startSamplingProfiler()
    this.#timer = setInterval(() => this.#take(), TAKE_MS)
  }

  /** Ends sampling, and gives what was found. */
  end(): Profile {
    clearInterval(this.#timer)
    this.#take()
    const regions = [...this.#regions.values()].sort((a, b) => b.samples - a.samples)
    return {
      samples: this.#samples,
      intervalMs: this.#intervalMs,
      parts: this.#parts,
      regions,
    }
  }

  #take(): void {
    const { interval, traces } = samplingProfilerStackTraces()
    this.#intervalMs = interval * 1000
    for (const { frames } of traces) if (frames.length > 0) this.#count(frames)
  }

  #count(frames: readonly Frame[]): void {
    const part = partOf(frames)
    this.#samples++
    this.#parts.set(part, (this.#parts.get(part) ?? 0) + 1)
    if (part !== 'translated code') return
    const frame = frames.find((candidate) => guestAddress(candidate) !== undefined)!
    const address = guestAddress(frame)!
    let region = this.#regions.get(address)
    if (!region) {
      region = { address, samples: 0, tiers: new Map() }
      this.#regions.set(address, region)
    }
    region.samples++
    region.tiers.set(frame.category, (region.tiers.get(frame.category) ?? 0) + 1)
  }
}

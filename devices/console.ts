/**
 * The machine's side of a serial console: a log of what the guest wrote, by byte offset, and matching.
 *
 * A match is tested at every byte, so that a run can end at the instruction that wrote the last byte of it. The log
 * keeps the newest bytes up to a limit; offsets count from the machine's start and are never reused.
 */
import type { InputPort } from './device.ts'
import type { StateObject, StateReader } from './state.ts'

/** How many bytes of output are kept. */
export const LOG_BYTES = 4 << 20
/** How far back a regular expression sees. */
const WINDOW_BYTES = 8192
/** How much of the log a snapshot keeps. */
const SAVED_BYTES = 64 << 10

/** A part of the log. `offset` is where `data` starts; more than was asked for if older bytes are gone. */
export interface LogSlice {
  readonly offset: number
  readonly data: Uint8Array
}

export class OutputLog {
  private buffer = new Uint8Array(4096)
  private length = 0
  /** Offset of the first byte that is kept. */
  private start = 0

  /** Offset after the last byte: how many bytes the guest wrote. */
  get end(): number {
    return this.start + this.length
  }

  append(byte: number): void {
    if (this.length === this.buffer.length) this.makeRoom()
    this.buffer[this.length++] = byte
  }

  /** A copy of the bytes from offset `from` on, as far as they are kept. */
  slice(from = 0): LogSlice {
    const offset = Math.min(Math.max(from, this.start), this.end)
    return { offset, data: this.buffer.slice(offset - this.start, this.length) }
  }

  /** A view of the newest bytes, not before offset `from`. Valid until the next byte. */
  tail(from: number, max: number): Uint8Array {
    const first = Math.max(from - this.start, this.length - max, 0)
    return this.buffer.subarray(Math.min(first, this.length), this.length)
  }

  save(): StateObject {
    return { end: this.end, tail: this.tail(0, SAVED_BYTES).slice() }
  }

  restore(state: StateReader): void {
    const tail = state.bytes('tail', undefined, SAVED_BYTES)
    this.buffer = new Uint8Array(Math.max(4096, tail.length))
    this.buffer.set(tail)
    this.length = tail.length
    this.start = Math.max(0, state.count('end') - tail.length)
  }

  private makeRoom(): void {
    if (this.buffer.length < LOG_BYTES) {
      const larger = new Uint8Array(this.buffer.length * 2)
      larger.set(this.buffer)
      this.buffer = larger
    } else {
      const half = this.length >> 1
      this.buffer.copyWithin(0, half)
      this.start += half
      this.length -= half
    }
  }
}

/** What `expect` waits for: text, or a regular expression over the newest 8 KiB. */
export type Pattern = string | RegExp

interface Matcher {
  readonly pattern: Pattern
  readonly bytes: Uint8Array | undefined
}

/** What was found. */
export interface Match {
  /** The text that matched. */
  readonly text: string
  /** Groups of a regular expression. */
  readonly groups: readonly (string | undefined)[]
  /** Everything from where the search started up to the match. */
  readonly before: string
}

/** A console: what is typed goes in, what the guest writes comes out. */
export class MachineConsole {
  readonly log = new OutputLog()
  private readonly listeners = new Set<(data: Uint8Array, offset: number) => void>()
  /** Up to here listeners were told. */
  private told = 0
  /** Up to here matches were consumed. */
  private consumed = 0
  private watched: { wanted: Matcher; unwanted: Matcher | undefined } | undefined
  private decoder = new TextDecoder()

  /**
   * @param name `console` for the board's serial port.
   * @param onMatch called while the guest runs, when a watched pattern is complete.
   */
  constructor(
    readonly name: string,
    private readonly onMatch: () => void,
  ) {}

  /** Where typed bytes go; set by whoever makes the device. */
  input: InputPort | undefined

  /** Types bytes. */
  write(data: Uint8Array | string): void {
    this.input?.post(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  }

  /** Calls `listener` with new output after every slice. Returns a function that ends this. */
  onOutput(listener: (data: Uint8Array, offset: number) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** All output that is kept, as text. */
  get text(): string {
    return this.decoder.decode(this.log.slice().data)
  }

  /** Called by the device for each byte. */
  output(byte: number): void {
    this.log.append(byte)
    if (this.watched && this.found) this.onMatch()
  }

  /** Tells listeners what is new. */
  flush(): void {
    if (this.told === this.log.end) return
    const { offset, data } = this.log.slice(this.told)
    this.told = this.log.end
    for (const listener of this.listeners) listener(data, offset)
  }

  /** Starts matching output that was not matched before. */
  watch(wanted: Pattern, unwanted?: Pattern): void {
    this.watched = {
      wanted: matcher(wanted),
      unwanted: unwanted === undefined ? undefined : matcher(unwanted),
    }
    // What came since the last match is tested byte by byte, as if it came now.
    this.scanned = this.consumed
  }
  private scanned = 0

  /** Ends matching. */
  unwatch(): void {
    this.watched = undefined
  }

  /** The first of the watched patterns that output completes, if any. Nothing is consumed. */
  get found(): 'wanted' | 'unwanted' | undefined {
    if (!this.watched) return undefined
    const { wanted, unwanted } = this.watched
    while (this.scanned < this.log.end) {
      const window = this.windowAt(this.scanned + 1)
      // The unwanted pattern wins a draw: a failure must not look like success.
      if (unwanted && matches(unwanted, window, this.decoder)) return 'unwanted'
      if (matches(wanted, window, this.decoder)) return 'wanted'
      this.scanned++
    }
    return undefined
  }

  /** The match that `found` reported; output up to its end is consumed. */
  take(kind: 'wanted' | 'unwanted'): Match {
    const pattern = this.watched![kind]!.pattern
    const end = this.scanned + 1
    const text = this.decoder.decode(this.windowAt(end))
    this.consumed = end
    this.watched = undefined
    if (typeof pattern === 'string') {
      return { text: pattern, groups: [], before: text.slice(0, text.lastIndexOf(pattern)) }
    }
    const result = stateless(pattern).exec(text)
    return {
      text: result?.[0] ?? '',
      groups: result?.slice(1) ?? [],
      before: text.slice(0, result?.index ?? 0),
    }
  }

  save(): StateObject {
    return { version: 1, consumed: this.consumed, log: this.log.save() }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.log.restore(state.object('log'))
    this.consumed = Math.min(state.count('consumed'), this.log.end)
    this.told = this.log.end
  }

  private windowAt(end: number): Uint8Array {
    const tail = this.log.tail(this.consumed, WINDOW_BYTES + this.log.end - end)
    return tail.subarray(0, Math.max(0, tail.length - (this.log.end - end)))
  }
}

function matcher(pattern: Pattern): Matcher {
  if (pattern === '') throw new Error('Cannot expect an empty string')
  return {
    pattern,
    bytes: typeof pattern === 'string' ? new TextEncoder().encode(pattern) : undefined,
  }
}

/** Whether `window` ends with the text, or whether the expression matches it anywhere. */
function matches({ pattern, bytes }: Matcher, window: Uint8Array, decoder: TextDecoder): boolean {
  if (!bytes) return stateless(pattern as RegExp).test(decoder.decode(window))
  if (window.length < bytes.length) return false
  for (let n = 1; n <= bytes.length; n++) {
    if (window[window.length - n] !== bytes[bytes.length - n]) return false
  }
  return true
}

const withoutFlags = new WeakMap<RegExp, RegExp>()

/** The same expression without flags that keep a position between tests. */
function stateless(pattern: RegExp): RegExp {
  if (!pattern.global && !pattern.sticky) return pattern
  let copy = withoutFlags.get(pattern)
  if (!copy) {
    copy = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    withoutFlags.set(pattern, copy)
  }
  return copy
}

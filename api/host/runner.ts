/**
 * The inside of an instance's process: one machine, driven by frames on standard input, heard on standard output. It
 * ends when its guest ends, when it is told to, or when standard input ends because the server is gone.
 */
import type { Engine, EngineFactory, GuestEnd } from './engine.ts'
import {
  COMMAND,
  type Command,
  decodeJson,
  EVENT,
  type Event,
  encodeBytes,
  encodeJson,
  FrameDecoder,
  INPUT,
  OUTPUT,
  START,
} from './protocol.ts'

import { report } from './report.ts'

/** Console bytes are gathered up to this many, or until the event loop turns. */
const GATHER = 64 << 10
/** With this many bytes unsent the machine waits: memory stays bounded if the server is stopped. */
const MAX_UNSENT = 2 << 20
const STATS_EVERY_MS = 1000

/** Serves one instance on standard input and output; exits the process when it is over. */
export async function serveInstance(create: EngineFactory): Promise<never> {
  // Ctrl-C at the server's terminal reaches this process, too; the server says when to end.
  process.on('SIGINT', () => {})
  const wire = new Wire()
  const frames = readFrames()
  try {
    const first = await frames.next()
    if (first.done || first.value.type !== START) process.exit(0)
    const engine = await create(decodeJson(first.value.payload), (bytes, port) =>
      wire.output(bytes, port),
    )
    wire.event({ type: 'ready' })
    await new Session(engine, wire).run(frames)
  } catch (error) {
    wire.event({ type: 'error', message: error instanceof Error ? error.message : String(error) })
    await wire.flush()
    process.exit(1)
  }
  await wire.flush()
  process.exit(0)
}

/** Runs the engine, obeying commands, until the end. */
class Session {
  #paused = false
  #quit = false
  #wake: (() => void) | undefined
  #afterStop: (() => void)[] = []

  constructor(
    readonly engine: Engine,
    readonly wire: Wire,
  ) {}

  async run(frames: AsyncGenerator<{ type: number; payload: Uint8Array }>): Promise<void> {
    void this.#read(frames)
    const timer = setInterval(() => {
      this.wire.event({ type: 'stats', stats: this.engine.stats() })
    }, STATS_EVERY_MS)
    this.wire.onFull = () => this.engine.pause()
    let end: GuestEnd | undefined
    while (!this.#quit && !end) {
      if (this.#paused) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          this.#stopped()
        })
        continue
      }
      this.#stopped()
      const result = await this.engine.run()
      if (result !== 'paused') end = result
      else if (this.wire.full) await this.wire.flush()
    }
    this.#stopped()
    clearInterval(timer)
    const stats = this.engine.stats()
    await this.engine.close()
    this.wire.event({ type: 'end', ...(end ?? { reason: 'forced', status: 0 }), stats })
  }

  /** Obeys frames. Standard input's end, or nonsense on it, is an order to quit. */
  async #read(frames: AsyncGenerator<{ type: number; payload: Uint8Array }>): Promise<void> {
    try {
      for await (const { type, payload } of frames) {
        if (type === INPUT) {
          this.engine.input(payload.subarray(1), payload[0] ?? 0)
          // Says that this process is alive and takes input, so that the server can bound what waits in the pipe.
          this.wire.event({ type: 'took', bytes: payload.length })
        } else if (type === COMMAND) {
          this.#obey(decodeJson(payload) as Command)
        }
      }
    } catch (error) {
      report(error)
    }
    this.#stop(() => {})
  }

  #obey({ id, verb }: Command): void {
    const done = () => this.wire.event({ type: 'done', id })
    if (verb === 'quit') this.#stop(done)
    else if (verb === 'pause') {
      if (this.#paused) {
        done()
        return
      }
      this.#paused = true
      this.#afterStop.push(done)
      this.engine.pause()
    } else {
      if (verb === 'reset') this.engine.reset()
      else if (verb === 'power-button') this.engine.powerButton()
      else {
        this.#paused = false
        this.#wake?.()
      }
      done()
    }
  }

  /** The machine does not run now: answers those who waited for that. */
  #stopped(): void {
    for (const done of this.#afterStop.splice(0)) done()
  }

  #stop(done: () => void): void {
    this.#quit = true
    this.#afterStop.push(done)
    this.engine.pause()
    this.#wake?.()
  }
}

/** Standard output as frames, with console bytes gathered and what is unsent counted. */
class Wire {
  readonly #sink = Bun.stdout.writer({ highWaterMark: GATHER })
  readonly #gathered = new Uint8Array(GATHER)
  #length = 0
  /** The console whose bytes are gathered. */
  #port = 0
  #unsent = 0
  #sending: Promise<unknown> = Promise.resolve()
  #scheduled = false
  onFull: () => void = () => {}

  get full(): boolean {
    return this.#unsent > MAX_UNSENT
  }

  output(bytes: Uint8Array, port: number): void {
    if (port !== this.#port) this.#sendGathered()
    this.#port = port
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + GATHER - this.#length)
      this.#gathered.set(part, this.#length)
      this.#length += part.length
      at += part.length
      if (this.#length === GATHER) this.#sendGathered()
    }
    this.#schedule()
    if (this.full) this.onFull()
  }

  event(event: Event): void {
    this.#sendGathered()
    this.#send(encodeJson(EVENT, event))
  }

  /** Resolves when everything written so far has left the process. */
  async flush(): Promise<void> {
    this.#sendGathered()
    await this.#sending
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#sendGathered()
    })
  }

  #sendGathered(): void {
    if (this.#length === 0) return
    const frame = encodeBytes(OUTPUT, this.#port, this.#gathered.subarray(0, this.#length))
    this.#length = 0
    this.#send(frame)
  }

  #send(frame: Uint8Array): void {
    this.#unsent += frame.length
    this.#sink.write(frame)
    const sent = Promise.resolve(this.#sink.flush()).then(() => {
      this.#unsent -= frame.length
    })
    this.#sending = this.#sending.then(() => sent)
  }
}

async function* readFrames(): AsyncGenerator<{ type: number; payload: Uint8Array }> {
  const decoder = new FrameDecoder()
  for await (const chunk of Bun.stdin.stream()) yield* decoder.push(chunk)
}

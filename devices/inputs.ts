/**
 * Everything that enters a machine from outside, in order.
 *
 * What is posted waits here until the run loop is between two instructions. There it is stamped with the instruction
 * count, reported to the log and delivered. With the machine's initial state, the log determines the run: a machine
 * that is given the same records does the same.
 */
import type { InputPort } from './device.ts'
import { StateError, type StateObject, type StateReader } from './state.ts'

/** One entry of the input log. */
export type InputRecord =
  | { readonly count: number; readonly port: string; readonly data: Uint8Array }
  /** Guest time was steered: from this count on it runs from `baseNs` with `nsPerInsn`. */
  | { readonly count: number; readonly baseNs: number; readonly nsPerInsn: number }

interface Waiting {
  readonly port: string
  readonly data: Uint8Array
}

export class Inputs {
  private readonly ports = new Map<string, (data: Uint8Array) => void>()
  private waiting: Waiting[] = []
  /** Records still to be replayed, in order. */
  private replaying: InputRecord[] = []
  /** Called with every record when it takes effect. */
  onRecord: ((record: InputRecord) => void) | undefined

  /** @param onPost called when something waits: a running slice shall end, an idle machine shall wake up. */
  constructor(private readonly onPost: () => void) {}

  /** Opens a port. Names are unique in a machine. */
  open(name: string, deliver: (data: Uint8Array) => void): InputPort {
    if (this.ports.has(name)) throw new Error(`The input port "${name}" is open already`)
    this.ports.set(name, deliver)
    return {
      post: (data) => {
        this.waiting.push({ port: name, data: data.slice() })
        this.onPost()
      },
    }
  }

  /** Whether anything is to be delivered now. */
  get pending(): boolean {
    return this.waiting.length > 0
  }

  /** Delivers all that waits. */
  deliver(count: number): void {
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      for (const { port, data } of batch) {
        this.onRecord?.({ count, port, data })
        this.ports.get(port)?.(data)
      }
    }
  }

  /** What waits. */
  save(): StateObject {
    return { version: 1, waiting: this.waiting.map(({ port, data }) => ({ port, data })) }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.waiting = state.objects('waiting').map((entry) => {
      const port = entry.string('port')
      if (!this.ports.has(port)) {
        throw new StateError(`Cannot read ${entry.path}: there is no input port "${port}"`)
      }
      return { port, data: entry.bytes('data') }
    })
  }

  /** Queues the records of another run. They are delivered at their counts, beside what is posted. */
  replay(records: readonly InputRecord[]): void {
    for (const record of records) {
      if ('port' in record && !this.ports.has(record.port)) {
        throw new Error(`Cannot replay input for "${record.port}": this machine has no such port`)
      }
    }
    this.replaying = [...this.replaying, ...records].sort((a, b) => a.count - b.count)
  }

  /** Count of the next record to be replayed, or Infinity. */
  get nextReplay(): number {
    return this.replaying[0]?.count ?? Infinity
  }

  /** Delivers what is to be replayed at `count`; clock records go to `setClock`. */
  deliverReplay(count: number, setClock: (baseNs: number, nsPerInsn: number) => void): void {
    while (this.nextReplay <= count) {
      const record = this.replaying.shift()!
      this.onRecord?.(record)
      if ('port' in record) this.ports.get(record.port)?.(record.data)
      else setClock(record.baseNs, record.nsPerInsn)
    }
  }
}

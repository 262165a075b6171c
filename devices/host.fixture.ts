/** A machine for one device: flat memory, a clock that tests set, input that arrives at once. */
import type { DeviceHost, GuestMemory, InterruptLine } from './device.ts'
import { EventQueue } from './events.ts'
import { SeededRandom } from './random.ts'
import { type StateObject, StateReader } from './state.ts'

export const MEMORY_BASE = 0x4000_0000

export class FakeHost implements DeviceHost {
  nowNs = 0
  readonly events = new EventQueue(this)
  readonly random = new SeededRandom(1)
  readonly ram = new Uint8Array(1 << 20)
  readonly ports = new Map<string, (data: Uint8Array) => void>()
  readonly memory: GuestMemory = {
    dmaRead: (pa, bytes) => this.view(pa, bytes),
    dmaView: (pa, bytes) => this.view(pa, bytes),
    dmaWrite: (pa, data) => {
      const view = this.view(pa, data.length)
      view?.set(data)
      return view !== undefined
    },
  }

  input(name: string, deliver: (data: Uint8Array) => void) {
    this.ports.set(name, deliver)
    return { post: (data: Uint8Array) => deliver(data.slice()) }
  }

  /** Passes guest time, firing what becomes due on the way. */
  pass(ns: number): void {
    const end = this.nowNs + ns
    while (this.events.nextNs <= end) {
      this.nowNs = Math.max(this.nowNs, this.events.nextNs)
      this.events.runDue()
    }
    this.nowNs = end
  }

  private view(pa: number, bytes: number): Uint8Array | undefined {
    const at = pa - MEMORY_BASE
    if (at < 0 || at + bytes > this.ram.length) return undefined
    return this.ram.subarray(at, at + bytes)
  }
}

/** A line that remembers its level. */
export class FakeLine implements InterruptLine {
  level = false
  set(level: boolean): void {
    this.level = level
  }
}

/** A reader of a state as a snapshot would give it back. */
export function reader(state: StateObject): StateReader {
  return new StateReader(structuredClone(state), 'state')
}

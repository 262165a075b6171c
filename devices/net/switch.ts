/**
 * A learning Ethernet switch (IEEE 802.1D bridge without spanning tree): frames for a known station go to its port
 * alone, all others to every port but the one they came from. Loops must not be built.
 */
import { isFrame } from './port.ts'

/** A plug of a switch, from the side of what is plugged in. */
export interface SwitchPort {
  /** Takes a frame into the switch. The switch copies it. Returns false if it is no frame. */
  send(frame: Uint8Array): boolean
  /** Unplugs. A second call does nothing. */
  close(): void
}

/** Stations remembered; the one not heard for longest goes first. */
const STATIONS_MAX = 4096

interface Plug extends SwitchPort {
  readonly deliver: (frame: Uint8Array) => void
}

export class EthernetSwitch {
  private readonly plugs = new Set<Plug>()
  private readonly stations = new Map<number, Plug>()

  /** Number of plugged ports. */
  get ports(): number {
    return this.plugs.size
  }

  /**
   * Plugs something in.
   * @param deliver gets frames for it, each a copy of its own; must not throw, nor send from inside.
   */
  plug(deliver: (frame: Uint8Array) => void): SwitchPort {
    const plug: Plug = {
      deliver,
      send: (frame) => this.forward(plug, frame),
      close: () => this.unplug(plug),
    }
    this.plugs.add(plug)
    return plug
  }

  private forward(from: Plug, frame: Uint8Array): boolean {
    if (!isFrame(frame) || !this.plugs.has(from)) return false
    this.learn(from, frame)
    const to = isGroup(frame, 0) ? undefined : this.stations.get(station(frame, 0))
    if (to) {
      if (to !== from) to.deliver(frame.slice())
    } else {
      for (const plug of this.plugs) if (plug !== from) plug.deliver(frame.slice())
    }
    return true
  }

  private learn(from: Plug, frame: Uint8Array): void {
    if (isGroup(frame, 6)) return
    const source = station(frame, 6)
    // Deleting first moves the station to the end of the map's order.
    this.stations.delete(source)
    this.stations.set(source, from)
    if (this.stations.size <= STATIONS_MAX) return
    for (const oldest of this.stations.keys()) {
      this.stations.delete(oldest)
      return
    }
  }

  private unplug(plug: Plug): void {
    if (!this.plugs.delete(plug)) return
    for (const [address, port] of this.stations) if (port === plug) this.stations.delete(address)
  }
}

/** Whether the address at `offset` is a multicast or broadcast address. */
function isGroup(frame: Uint8Array, offset: number): boolean {
  return (frame[offset]! & 1) !== 0
}

/** The address at `offset` as a number. */
function station(frame: Uint8Array, offset: number): number {
  let address = 0
  for (let i = 0; i < 6; i++) address = address * 256 + frame[offset + i]!
  return address
}

/**
 * Networks inside one process, by name: machines that name the same hub are on the same Ethernet segment.
 *
 * Reaches no other process; see shared-hub.ts for that.
 */
import { type NetCounters, NetError, type NetPort } from './port.ts'
import { EthernetSwitch, type SwitchPort } from './switch.ts'

/** A port of a switch as a network device uses it. */
export class HubPort implements NetPort {
  readonly counters: NetCounters = { sent: 0, received: 0, dropped: 0 }
  onFrame: ((frame: Uint8Array) => void) | undefined

  private readonly plug: SwitchPort
  private open = true

  /** @param onClose called once, after unplugging. */
  constructor(
    network: EthernetSwitch,
    private readonly onClose: () => void,
  ) {
    this.plug = network.plug((frame) => this.receive(frame))
  }

  send(frame: Uint8Array): void {
    if (this.plug.send(frame)) this.counters.sent += 1
    else this.counters.dropped += 1
  }

  close(): void {
    if (!this.open) return
    this.open = false
    this.plug.close()
    this.onClose()
  }

  private receive(frame: Uint8Array): void {
    if (!this.onFrame) {
      this.counters.dropped += 1
      return
    }
    this.counters.received += 1
    this.onFrame(frame)
  }
}

const hubs = new Map<string, EthernetSwitch>()

/**
 * Plugs into this process's hub `name`, which exists as long as anything is plugged in.
 * @throws NetError if the name can't be one.
 */
export function plugIntoHub(name: string): NetPort {
  checkHubName(name)
  let network = hubs.get(name)
  if (!network) {
    network = new EthernetSwitch()
    hubs.set(name, network)
  }
  const hub = network
  return new HubPort(hub, () => {
    if (hub.ports === 0 && hubs.get(name) === hub) hubs.delete(name)
  })
}

/** @throws NetError for a name that can't be part of a file's name. */
export function checkHubName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return
  throw new NetError(
    `Cannot use "${name}" as the name of a hub: use up to 64 letters, digits, dots, dashes and underscores`,
  )
}

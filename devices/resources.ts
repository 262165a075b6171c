/**
 * What a machine opens on its host: disks, networks, captures, the variables file; and the virtio devices over them.
 */
import type { Backend, FlashFile } from './backend.ts'
import { FLASH_BANK_BYTES } from './boards/virt.ts'
import type { MachineConfig, NetworkConfig } from './config.ts'
import type { MachineConsole } from './console.ts'
import type { DeviceHost } from './device.ts'
import type { Disk } from './disk/disk.ts'
import { defaultMac, parseMac } from './net/port.ts'
import { VirtioBlk } from './virtio/blk.ts'
import { VirtioConsole } from './virtio/console.ts'
import type { VirtioDevice } from './virtio/device.ts'
import { VirtioNet } from './virtio/net.ts'
import { VirtioRng } from './virtio/rng.ts'

const SYNC_BYTES = 64 << 10

export class Resources {
  /** In the order in which the guest gets them: disks, networks, consoles, entropy. */
  readonly virtio: VirtioDevice[] = []
  readonly vars: FlashFile | undefined
  private readonly disks: Disk[] = []
  private readonly closers: (() => void)[] = []

  /** Opens everything; if one thing fails, what was opened is closed again. */
  constructor(
    config: MachineConfig,
    private readonly backend: Backend,
    private readonly host: DeviceHost,
    addConsole: (name: string) => MachineConsole,
  ) {
    try {
      const { vars } = config.boot
      if (vars !== undefined) {
        const file = backend.openFlash(vars, FLASH_BANK_BYTES)
        this.vars = file
        this.closers.push(() => file.close())
      }
      for (const [index, options] of config.disks.entries()) {
        const disk = backend.openDisk(options)
        this.disks.push(disk)
        this.closers.push(() => disk.close())
        this.virtio.push(new VirtioBlk(host, disk, { serial: `disk${index}` }))
      }
      for (const [index, network] of config.networks.entries()) {
        if (network.type !== 'none') this.openNetwork(network, index, config.seed)
      }
      for (const index of config.consoles.keys()) {
        const name = `virtio${index}`
        const console = addConsole(name)
        const device = new VirtioConsole(host, {
          name,
          output: (data) => {
            for (const byte of data) console.output(byte)
          },
        })
        console.input = device.input
        this.virtio.push(device)
      }
      if (config.rng) this.virtio.push(new VirtioRng(host))
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Makes all that the guest wrote last. */
  flush(): void {
    for (const disk of this.disks) disk.flush()
  }

  /** Brings the variables file to the content of its flash bank, which a snapshot has replaced. */
  syncVars(bank: Uint8Array): void {
    const { vars } = this
    if (!vars) return
    for (let at = 0; at < bank.length; at += SYNC_BYTES) {
      const now = bank.subarray(at, at + SYNC_BYTES)
      const before = vars.bytes.subarray(at, at + SYNC_BYTES)
      const same = now.every((byte, n) => byte === (before[n] ?? 0))
      if (!same) vars.write(at, now)
    }
  }

  /** Flushes and closes everything. A second call does nothing. */
  close(): void {
    for (const close of this.closers.splice(0).reverse()) close()
  }

  private openNetwork(network: NetworkConfig, index: number, seed: number): void {
    const port = this.backend.openNetwork(network)
    if (port) this.closers.push(() => port.close())
    const capture = network.pcap === undefined ? undefined : this.backend.openPcap(network.pcap)
    if (capture) this.closers.push(() => capture.close())
    const mac = parseMac(network.mac ?? '') ?? defaultMac(seed, index)
    this.virtio.push(
      new VirtioNet(this.host, { name: `net${index}`, mac, port, tap: capture?.tap }),
    )
  }
}

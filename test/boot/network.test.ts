/**
 * Two machines with Debian's Linux on a hub ping each other; a capture shows the frames.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { NetworkConfig } from '../../devices/config.ts'
import { haveGuests, MODULES } from '../tools/guests.ts'
import { Scratch } from './files.ts'
import { LinuxGuest, linuxSpec } from './linux.ts'

const TEST_MS = 240_000
const MACS = ['52:54:00:aa:00:01', '52:54:00:aa:00:02'] as const

/** Offsets in an Ethernet frame with IPv4 and no options. */
const ETHERTYPE = 12
const IP_PROTOCOL = 14 + 9
const IP_SOURCE = 14 + 12
const ICMP_TYPE = 14 + 20

describe.skipIf(!haveGuests())('machines on a network', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  /** A machine in real time: what two machines do to each other depends on both clocks. */
  async function boot(index: 0 | 1): Promise<LinuxGuest> {
    const network: NetworkConfig = {
      type: 'hub',
      name: 'boot-test',
      mac: MACS[index],
      ...(index === 0 && { pcap: scratch.path('first.pcap') }),
    }
    const spec = linuxSpec(
      { clock: 'realtime', networks: [network] },
      { modules: [...MODULES.virtio, ...MODULES.net], append: 'quiet' },
    )
    return LinuxGuest.boot(spec)
  }

  test(
    'ping each other on a hub, with large packets too, and find nobody else there',
    async () => {
      // One after the other: both run on this thread.
      await using first = await boot(0)
      await using second = await boot(1)
      for (const [index, guest] of [first, second].entries()) {
        expect(await guest.output('cat /sys/class/net/eth0/address')).toBe(`${MACS[index]}\n`)
        await guest.output(`ifconfig eth0 10.9.0.${index + 1} netmask 255.255.255.0 up`)
      }
      const running = second.machine.run()
      expect(await first.output('ping -c 3 -W 20 10.9.0.2')).toContain('3 packets received')
      expect(await first.output('ping -c 2 -W 20 -s 4000 10.9.0.2')).toContain('2 packets received')
      expect((await first.command('ping -c 1 -W 1 10.9.0.99')).status).toBe(1)
      await second.machine.pause()
      expect((await running).reason).toBe('paused')
      const answered = first.machine.run()
      expect(await second.output('ping -c 1 -W 20 10.9.0.1')).toContain('1 packets received')
      await first.machine.pause()
      await answered

      expect((await first.powerOff()).reason).toBe('poweroff')
      await first.machine.close()
      const pings = frames(readFileSync(scratch.path('first.pcap')))
        .filter((frame) => frame.readUInt16BE(ETHERTYPE) === 0x0800 && frame[IP_PROTOCOL] === 1)
        .map(
          (frame) => `${frame[ICMP_TYPE] === 8 ? 'request' : 'reply'} of ${frame[IP_SOURCE + 3]}`,
        )
      expect(pings.slice(0, 4)).toEqual([
        'request of 1',
        'reply of 2',
        'request of 1',
        'reply of 2',
      ])
      expect(pings.slice(-2)).toEqual(['request of 2', 'reply of 1'])
    },
    TEST_MS,
  )
})

/** The frames of a capture (pcap: a header of 24 bytes, then 16 bytes before each frame; lengths at 8). */
function frames(capture: Buffer): Buffer[] {
  const all: Buffer[] = []
  for (let at = 24; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    all.push(capture.subarray(at + 16, at + 16 + length))
    at += 16 + length
  }
  return all
}

/**
 * The stream protocol against QEMU's own: a QEMU that announces its network card (RARP) when asked, and captures what
 * reaches it. Its guest is `wfi; b .-4`: a paused one would hold all frames back.
 */
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { pcapHeader } from './pcap.ts'
import { StreamPort } from './stream.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 1000) throw new Error('It did not happen within seconds')
    await Bun.sleep(10)
  }
}

describe.skipIf(!need('qemu-system-arm'))('a stream to QEMU', () => {
  for (const listen of [true, false]) {
    test(`carries frames both ways when ${listen ? 'QEMU connects' : 'we connect'}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'kenix-qemu-'))
      cleanups.push(() => rmSync(directory, { recursive: true }))
      const path = join(directory, 's')
      const dump = join(directory, 'dump.pcap')
      const port = new StreamPort({ path, listen })
      cleanups.push(() => port.close())
      const heard: Uint8Array[] = []
      port.onFrame = (bytes) => heard.push(bytes)
      if (listen) await Bun.sleep(50)
      const address = `server=${listen ? 'off' : 'on'},addr.type=unix,addr.path=${path}`
      const qemu = Bun.spawn(
        [
          ...['qemu-system-aarch64', '-M', 'virt', '-display', 'none', '-serial', 'none'],
          ...['-monitor', 'stdio', '-netdev', `stream,id=n,${address}`],
          ...['-device', 'virtio-net-device,netdev=n,mac=52:54:00:11:22:33'],
          ...['-device', 'loader,addr=0x40000000,data=0x17ffffffd503207f,data-len=8'],
          ...['-device', 'loader,addr=0x40000000,cpu-num=0'],
          ...['-object', `filter-dump,id=f,netdev=n,file=${dump}`],
        ],
        { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' },
      )
      cleanups.push(() => qemu.kill())
      await until(() => port.connected)
      // QEMU gives a connection up for good if it has something to send before it has accepted: it is asked first.
      let said = ''
      const reading = (async () => {
        for await (const chunk of qemu.stdout) said += new TextDecoder().decode(chunk)
      })()
      const ask = async (command: string, answered: () => boolean) => {
        let asked = 0
        await until(() => {
          if (asked++ % 100 === 0) {
            qemu.stdin.write(`${command}\n`)
            qemu.stdin.flush()
          }
          return answered()
        })
      }
      await ask('info network', () => said.includes('type=stream,unix:'))
      await ask('announce_self', () => heard.length > 0)
      expect(Buffer.from(heard[0]!.subarray(0, 14)).toString('hex')).toBe(
        'ffffffffffff5254001122338035',
      )
      const frame = Uint8Array.from({ length: 1514 }, (_, i) => i & 0xff)
      port.send(frame)
      const received = () => readFileSync(dump).includes(frame)
      await until(received)
      qemu.stdin.write('quit\n')
      qemu.stdin.end()
      await qemu.exited
      await reading
      // Our captures are of QEMU's layout, with finer times.
      const [theirs, ours] = [readFileSync(dump).subarray(4, 8), pcapHeader(65_536).subarray(4, 8)]
      expect(Buffer.compare(theirs, ours)).toBe(0)
    }, 20_000)
  }
})

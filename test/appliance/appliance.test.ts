/**
 * Software nobody here wrote, through REST and WebSocket: Debian's U-Boot and Debian's Linux.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { TestServer } from '../../api/http/testing.ts'
import { buildCore } from '../../jit/core/build.ts'
import { need } from '../tools/debian.ts'
import { busyboxInitramfs, debianKernel, haveGuests, MODULES } from '../tools/guests.ts'
import { Shell } from './shell.ts'

const COMMAND = [process.execPath, `${import.meta.dir}/../../api/host/instance-main.ts`]
const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
/** Seconds that a boot may take on a machine that is busy with other things as well. */
const BOOT = 150
const TEST_MS = 400_000

let server: TestServer

beforeAll(async () => {
  await buildCore()
  server = await TestServer.start({ command: COMMAND })
}, 120_000)

afterAll(() => server?.[Symbol.asyncDispose]())

async function put(name: string, path: string): Promise<void> {
  const response = await server.request('PUT', `/v1/images/${name}`, readFileSync(path))
  expect(response.status).toBe(201)
}

describe.skipIf(!need('u-boot-qemu'))('U-Boot behind the API', () => {
  /** Waits for the prompt, interrupting the countdown. */
  async function prompt(shell: Shell): Promise<void> {
    await shell.expect(/Hit any key/, BOOT)
    shell.type(' ')
    await shell.expect(/=> $/, 30)
  }

  /** Types a command; returns its output. */
  async function command(shell: Shell, line: string): Promise<string> {
    shell.type(`${line}\r`)
    return shell.expect(/\r\n=> $/, 60)
  }

  test(
    'keeps what it wrote to its disk and its variables, while the images stay as they are',
    async () => {
      await put('u-boot', U_BOOT)
      const image = Buffer.alloc(1 << 20)
      image.write('Greetings from the image')
      await server.request('PUT', '/v1/images/disk', image)
      await server.create('loader', {
        boot: { firmware: 'u-boot' },
        disks: [{ image: 'disk' }],
        memory: '256M',
        autostart: true,
      })
      {
        using shell = await Shell.attach(server.url, 'loader')
        await prompt(shell)
        expect(await command(shell, 'bdinfo')).toContain('0x0000000040000000')
        expect(await command(shell, 'dm tree')).toContain('virtio-blk')
        await command(shell, 'virtio read 42000000 0 1')
        expect(await command(shell, 'md.b 42000000 20')).toContain('Greetings from')
        await command(shell, 'mw.b 42000000 4b 200')
        expect(await command(shell, 'virtio write 42000000 1 1')).toContain('OK')
        await command(shell, 'setenv greeting kept')
        expect(await command(shell, 'saveenv')).toContain('done')
      }
      await server.act('loader', 'stop', { mode: 'force' })
      expect(await server.wait('loader', 'stopped')).toMatchObject({ reason: 'forced' })
      await server.act('loader', 'start')
      {
        using shell = await Shell.attach(server.url, 'loader')
        // The log still holds the first run.
        await shell.expect(/saveenv/, BOOT)
        await prompt(shell)
        expect(await command(shell, 'printenv greeting')).toContain('greeting=kept')
        await command(shell, 'virtio read 42000000 1 1')
        expect(await command(shell, 'md.b 42000000 10')).toContain('4b 4b 4b 4b')
      }
      const download = await server.request('GET', '/v1/images/disk')
      expect(Buffer.from(await download.arrayBuffer()).equals(image)).toBeTrue()
      await server.request('DELETE', '/v1/instances/loader?force=true')
    },
    TEST_MS,
  )
})

describe.skipIf(!haveGuests())('Debian Linux behind the API', () => {
  test(
    'boots to a shell, in which typed commands give their output',
    async () => {
      await put('linux', debianKernel())
      await put('busybox', busyboxInitramfs({}))
      await server.create('debian', {
        boot: { kernel: 'linux', initrd: 'busybox', cmdline: 'console=ttyAMA0' },
        autostart: true,
      })
      using shell = await Shell.attach(server.url, 'debian')
      await shell.expect(/KENIX-GUEST-READY/, BOOT)
      await shell.expect(/\/ # /, BOOT)
      shell.type('uname -sm; echo $((6 * 7))\r')
      expect(await shell.expect(/\n42\r\n/, 60)).toContain('Linux aarch64')
      const { stats } = await server.act('debian', 'pause')
      expect(stats?.['mips']).toBeGreaterThan(1)
      shell.type('echo a""fter\r')
      await Bun.sleep(300)
      expect(shell.text).not.toContain('\nafter')
      await server.act('debian', 'resume')
      await shell.expect(/\nafter\r\n/, 60)
      shell.type('poweroff -f\r')
      expect(await server.wait('debian', 'stopped', 60)).toMatchObject({
        reason: 'poweroff',
        exitStatus: 0,
      })
    },
    TEST_MS,
  )

  test(
    'two instances on a hub, each a process, ping each other',
    async () => {
      const modules = [...MODULES.virtio, ...MODULES.net]
      await put('linux-net', debianKernel())
      await put('busybox-net', busyboxInitramfs({ modules }))
      // Hubs are shared by all of a user's processes: the name is of this run only.
      const hub = `test-${process.pid}`
      const shells: Shell[] = []
      for (const index of [1, 2]) {
        await server.create(`node${index}`, {
          boot: { kernel: 'linux-net', initrd: 'busybox-net', cmdline: 'console=ttyAMA0 quiet' },
          memory: '256M',
          networks: [{ type: 'hub', name: hub }],
          autostart: true,
        })
        const shell = await Shell.attach(server.url, `node${index}`)
        shells.push(shell)
      }
      for (const [index, shell] of shells.entries()) {
        await shell.expect(/KENIX-GUEST-READY[\s\S]*\/ # /, BOOT)
        shell.type(`ifconfig eth0 10.9.0.${index + 1} up && echo "is" up\r`)
        await shell.expect(/\nis up\r/, 60)
      }
      shells[0]?.type('ping -c 3 -W 20 10.9.0.2\r')
      await shells[0]?.expect(/3 packets received/, 60)
      for (const shell of shells) shell[Symbol.dispose]()
      for (const index of [1, 2]) {
        await server.request('DELETE', `/v1/instances/node${index}?force=true`)
      }
    },
    TEST_MS,
  )
})

/**
 * `bun start` as a newcomer meets it: the server builds Kenix and starts it, its shell answers over the WebSocket, and what it
 * writes to its disk is there after a restart of the server.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kenixBuilder } from '../../api/host/kenix-builder.ts'
import { TestServer } from '../../api/http/testing.ts'
import { Shell } from '../appliance/shell.ts'
import { BUILD_MS } from './session.ts'

const COMMAND = [process.execPath, join(import.meta.dir, '../../api/host/instance-main.ts')]
const PROMPT = /\nkenix:[^\n$]*\$ $/
const SECONDS = 90

describe('the instance kenix', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kenix-server-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** A server whose instance runs, and its shell at the prompt. */
  async function start(): Promise<TestServer> {
    const server = await TestServer.start({ directory, command: COMMAND, kenix: kenixBuilder() })
    while (server.host.kenix?.status.state === 'building') await Bun.sleep(50)
    expect(server.host.kenix?.status).toMatchObject({ state: 'ready', detail: null })
    expect(await server.wait('kenix', 'running', 60)).toMatchObject({ state: 'running' })
    return server
  }

  test(
    'has a shell on its console, and keeps its disk over a restart of the server',
    async () => {
      {
        await using server = await start()
        using shell = await Shell.attach(server.url, 'kenix')
        await shell.expect(PROMPT, SECONDS)
        shell.type('cat /mnt/HELLO.TXT; echo kept > /mnt/kept; sync\r')
        expect(await shell.expect(PROMPT, SECONDS)).toContain('Hello from the host')
        shell.type('services\r')
        expect(await shell.expect(PROMPT, SECONDS)).toMatch(/netdev .* runs/)
      }
      await using server = await start()
      using shell = await Shell.attach(server.url, 'kenix')
      await shell.expect(/Welcome[\s\S]*Welcome[\s\S]*\nkenix:[^\n$]*\$ $/, SECONDS)
      shell.type('cat /mnt/kept\r')
      expect(await shell.expect(PROMPT, SECONDS)).toContain('kept\r\n')
      shell.type('shutdown\r')
      expect(await server.wait('kenix', 'stopped', 60)).toMatchObject({ reason: 'poweroff' })
    },
    BUILD_MS + 300_000,
  )
})

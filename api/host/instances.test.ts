/**
 * Instances as the API shows them: their states, and what is told when they end in every way there is. The guest is fake.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestServer } from '../http/testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start()
})

afterAll(() => server[Symbol.asyncDispose]())

/** Makes and starts an instance. */
async function running(name: string): Promise<number> {
  await server.create(name, { autostart: true })
  const { pid, state } = await server.wait(name, 'running')
  expect(state).toBe('running')
  return pid!
}

describe('state calls', () => {
  test('go through all states, and change nothing when it is so already', async () => {
    const { state, reason } = await server.create('states')
    expect([state, reason]).toEqual(['created', 'created'])
    expect(await server.act('states', 'stop')).toMatchObject({ state: 'created' })
    for (const [verb, state] of [
      ['start', 'running'],
      ['start', 'running'],
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['reset', 'paused'],
      ['resume', 'running'],
      ['resume', 'running'],
      ['reset', 'running'],
      ['stop', 'stopped'],
      ['stop', 'stopped'],
      ['start', 'running'],
    ] as const) {
      expect(await server.act('states', verb)).toMatchObject({ state })
    }
    expect(await server.log('states')).toContain('reset')
    await server.act('states', 'stop', { mode: 'force' })
  })

  test.each([
    ['pause', 'created'],
    ['resume', 'created'],
    ['reset', 'created'],
  ])('%s is refused in state %s, and the answer says where it is possible', async (verb, state) => {
    await server.create(`no-${verb}`)
    const response = await server.request('POST', `/v1/instances/no-${verb}/${verb}`)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ state, allowed: expect.any(Array) })
  })

  test('the power button works on a paused machine', async () => {
    await running('button')
    await server.act('button', 'pause')
    expect(await server.act('button', 'stop')).toMatchObject({
      state: 'stopped',
      reason: 'poweroff',
    })
  })

  test('a guest that ignores the power button is forced after the timeout', async () => {
    await running('deaf')
    server.type('deaf', 'deaf')
    await server.prints('deaf', 'fake> deaf')
    const stopped = await server.act('deaf', 'stop', { timeoutSeconds: 0.2 })
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'forced', exitStatus: null })
    expect(await server.log('deaf')).toContain('power button')
  })

  test('force does not wait for a stop that is under way', async () => {
    await running('impatient')
    server.type('impatient', 'deaf')
    await server.prints('impatient', 'fake> deaf')
    const stopping = await server.act('impatient', 'stop', { timeoutSeconds: 60 })
    expect(stopping.state).toBe('stopping')
    expect(await server.act('impatient', 'stop', { mode: 'force' })).toMatchObject({
      state: 'stopped',
      reason: 'forced',
    })
  })

  test('a process that listens to nothing is told of, and killed', async () => {
    await running('stuck')
    server.type('stuck', 'spin')
    const pause = await server.request('POST', '/v1/instances/stuck/pause')
    expect(pause.status).toBe(503)
    expect(await pause.json()).toMatchObject({ detail: expect.stringContaining('force') })
    await server.act('stuck', 'stop', { mode: 'force' })
    expect(await server.wait('stuck', 'stopped')).toMatchObject({ reason: 'forced' })
  }, 15_000)

  test('delete is refused while it runs, unless forced; then nothing is left', async () => {
    await running('deleted')
    const { id } = await server.act('deleted', 'start')
    const refused = await server.request('DELETE', '/v1/instances/deleted')
    expect(refused.status).toBe(409)
    const deleted = await server.request('DELETE', '/v1/instances/deleted?force=true')
    expect(deleted.status).toBe(204)
    expect(existsSync(join(server.directory, 'instances', id))).toBeFalse()
    expect((await server.request('GET', `/v1/instances/${id}`)).status).toBe(404)
  })

  test('wait answers at once, after the change, at the timeout, and when it is deleted', async () => {
    await server.create('awaited')
    const wait = async (query: string) =>
      (await server.request('GET', `/v1/instances/awaited/wait?${query}`)).json()
    expect(await wait('state=created')).toMatchObject({ matched: true })
    expect(await wait('state=running&timeout=0')).toMatchObject({ matched: false })
    const later = wait('state=stopped,running&timeout=10')
    await server.act('awaited', 'start')
    expect(await later).toMatchObject({ matched: true })
    const never = wait('state=paused&timeout=100')
    await Bun.sleep(20)
    await server.request('DELETE', '/v1/instances/awaited?force=true')
    expect(await never).toMatchObject({ matched: false })
  })
})

describe('the end of a machine', () => {
  test.each([
    ['poweroff', { state: 'stopped', reason: 'poweroff', exitStatus: 0 }],
    ['halt', { state: 'stopped', reason: 'halted', exitStatus: 3 }],
    ['crash', { state: 'failed', reason: 'crashed', exitStatus: null }],
  ])('by "%s" is told', async (word, told) => {
    await running(`end-${word}`)
    server.type(`end-${word}`, word)
    const { state } = told as { state: 'stopped' | 'failed' }
    expect(await server.wait(`end-${word}`, state)).toMatchObject({ ...told, pid: null })
    expect(await server.act(`end-${word}`, 'start')).toMatchObject({ state: 'running' })
  })

  test('by a kill from outside is told, and others live on', async () => {
    const pid = await running('victim')
    await running('bystander')
    process.kill(pid, 'SIGKILL')
    const { reason, detail } = await server.wait('victim', 'failed')
    expect(reason).toBe('killed')
    expect(detail).toContain('SIGKILL')
    expect(detail).toContain('out of memory')
    server.type('bystander', 'hello')
    await server.prints('bystander', 'you said hello')
  })

  test('before it began is told with the reason', async () => {
    await server.create('broken', { memory: '3G' })
    const failed = await server.act('broken', 'start')
    expect(failed).toMatchObject({ state: 'failed', reason: 'start-failed' })
    expect(failed.detail).toBe('The fake guest never starts with 3G')
  })
})

describe('a server that comes back', () => {
  test('tells the truth about every instance, starts what has autostart, and keeps the logs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kenix-restart-'))
    try {
      {
        await using first = await TestServer.start({ directory })
        await first.create('never-started')
        await first.create('ran', { autostart: false })
        await first.act('ran', 'start')
        await first.create('comes-back', { autostart: true })
        await first.wait('comes-back', 'running')
        await first.create('wanted-off', { autostart: true })
        await first.wait('wanted-off', 'running')
        await first.act('wanted-off', 'stop')
        await first.prints('ran', 'fake> ')
      }
      await using second = await TestServer.start({ directory })
      const show = (name: string) => second.host.instances.get(name).record
      expect(show('never-started')).toMatchObject({ state: 'created' })
      expect(show('ran')).toMatchObject({ state: 'stopped', reason: 'server-ended' })
      expect(show('wanted-off')).toMatchObject({ state: 'stopped', reason: 'poweroff' })
      expect(await second.wait('comes-back', 'running')).toMatchObject({ state: 'running' })
      expect(await second.log('ran')).toBe('fake guest with 1 cpu\r\nfake> ')
      await second.prints('comes-back', 'fake> fake guest with 1 cpu\r\nfake> ')
      const deleted = await second.request('DELETE', '/v1/images/kernel')
      expect(deleted.status).toBe(409)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

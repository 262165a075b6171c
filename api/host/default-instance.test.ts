/**
 * The instance that a server makes by itself, with a fake build and a fake guest.
 */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestServer } from '../http/testing.ts'
import type { KenixBuilder, KenixStatus } from './default-instance.ts'
import type { State } from './instance.ts'
import { kenixBuilder } from './kenix-builder.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kenix-default-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A build of a kernel that is this text. */
const builds =
  (kernel: string): KenixBuilder =>
  async (tell) => {
    tell('Building')
    await Bun.sleep(5)
    const bytes = (text: string) => new TextEncoder().encode(text)
    return { image: bytes(kernel), disk: bytes('disk') }
  }

const serve = (kenix: KenixBuilder) => TestServer.start({ directory, kenix })

async function statusOf(server: TestServer): Promise<KenixStatus> {
  return (await (await server.request('GET', '/v1/kenix')).json()) as KenixStatus
}

/** Waits until the build has ended. */
async function settled(server: TestServer): Promise<KenixStatus> {
  for (;;) {
    const status = await statusOf(server)
    if (status.state !== 'building') return status
    await Bun.sleep(5)
  }
}

async function stateOf(server: TestServer, state: State) {
  return server.wait('kenix', state)
}

async function imageNames(server: TestServer): Promise<string[]> {
  const response = await server.request('GET', '/v1/images')
  return ((await response.json()) as { images: { name: string }[] }).images.map(({ name }) => name)
}

describe('the instance kenix', () => {
  test('is made at the first start, runs, and has a disk of its own', async () => {
    await using server = await serve(builds('one'))
    expect(await statusOf(server)).toMatchObject({ state: 'building', instance: null })
    const { state, instance } = await settled(server)
    expect(state).toBe('ready')
    const { id, spec } = await stateOf(server, 'running')
    expect(id).toBe(instance!)
    expect(spec).toMatchObject({
      boot: { kernel: expect.stringMatching(/^kenix-[0-9a-f]{12}$/) },
      disks: [{ image: 'kenix-disk' }],
      networks: [{ type: 'hub', name: 'kenix' }],
    })
  })

  test('the server answers while Kenix is built, and says how far it is', async () => {
    let finish = () => {}
    const slow: KenixBuilder = async (tell, signal) => {
      tell('Built program ls (3 of 40)')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return builds('one')(() => {}, signal)
    }
    await using server = await serve(slow)
    expect(await statusOf(server)).toEqual({
      state: 'building',
      detail: 'Built program ls (3 of 40)',
      instance: null,
    })
    expect(await imageNames(server)).toEqual([])
    finish()
    expect((await settled(server)).state).toBe('ready')
  })

  test('starts again with the server, with the kernel that the sources now make', async () => {
    {
      await using server = await serve(builds('one'))
      await settled(server)
      await stateOf(server, 'running')
    }
    await using server = await serve(builds('two'))
    await settled(server)
    const { state, spec } = await stateOf(server, 'running')
    expect(state).toBe('running')
    const names = await imageNames(server)
    expect(names).toEqual([(spec['boot'] as { kernel: string }).kernel, 'kenix-disk'].sort())
  })

  test('stays stopped if it was stopped when the server ended', async () => {
    {
      await using server = await serve(builds('one'))
      await settled(server)
      await stateOf(server, 'running')
      await server.act('kenix', 'stop', { mode: 'force' })
      await stateOf(server, 'stopped')
    }
    await using server = await serve(builds('two'))
    await settled(server)
    expect(await server.wait('kenix', 'running', 0)).toMatchObject({
      state: 'stopped',
      reason: 'forced',
    })
  })

  test('does not come back once it was deleted, and nothing is built for it', async () => {
    {
      await using server = await serve(builds('one'))
      await settled(server)
      await server.request('DELETE', '/v1/instances/kenix?force=true')
    }
    let built = 0
    const counting: KenixBuilder = (tell, signal) => {
      built++
      return builds('two')(tell, signal)
    }
    await using server = await serve(counting)
    expect(await settled(server)).toEqual({ state: 'off', detail: null, instance: null })
    expect(server.host.instances.list()).toEqual([])
    expect(built).toBe(0)
  })

  test("leaves somebody's own instance of that name alone", async () => {
    {
      await using server = await TestServer.start({ directory })
      await server.create('kenix')
    }
    await using server = await serve(builds('one'))
    expect((await settled(server)).state).toBe('ready')
    const { spec, state } = await server.wait('kenix', 'created', 0)
    expect(state).toBe('created')
    expect(spec).toMatchObject({ boot: { kernel: 'kernel' }, disks: [] })
  })

  test('a build that fails is told of, and the next start tries again', async () => {
    {
      const failing: KenixBuilder = () => Promise.reject(new Error('ls does not compile'))
      await using server = await serve(failing)
      expect(await settled(server)).toEqual({
        state: 'failed',
        detail: 'Cannot build Kenix: ls does not compile',
        instance: null,
      })
    }
    {
      await using server = await serve(builds('one'))
      expect((await settled(server)).state).toBe('ready')
      await stateOf(server, 'running')
    }
    const failing: KenixBuilder = () => Promise.reject(new Error('ls does not compile'))
    await using server = await serve(failing)
    await settled(server)
    // The old one runs all the same.
    expect((await stateOf(server, 'running')).state).toBe('running')
  })

  test('a server that ends does not wait for the build', async () => {
    const endless: KenixBuilder = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))
    const server = await serve(endless)
    const begin = performance.now()
    await server[Symbol.asyncDispose]()
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  test('without a builder there is none', async () => {
    await using server = await TestServer.start({ directory })
    expect(await statusOf(server)).toEqual({ state: 'off', detail: null, instance: null })
  })
})

describe('kenixBuilder()', () => {
  /** A process that runs this code, with its arguments. */
  function program(code: string): string[] {
    const file = join(directory, 'build.ts')
    writeFileSync(file, code)
    return [process.execPath, file]
  }

  test('gives the files of its process, and tells what that says', async () => {
    const told: string[] = []
    const build = kenixBuilder(
      program(`
        import { writeFileSync } from 'node:fs'
        const [folder, parent] = process.argv.slice(2)
        console.log('Built program ls (1 of 2)')
        writeFileSync(folder + '/Image', 'kernel')
        writeFileSync(folder + '/disk.img', parent)
        await Bun.sleep(50)
        console.log('Built the kernel')
      `),
    )
    const { image, disk } = await build((text) => told.push(text), new AbortController().signal)
    expect(Buffer.from(image).toString()).toBe('kernel')
    expect(Buffer.from(disk).toString()).toBe(String(process.pid))
    expect(told).toEqual(['Built program ls (1 of 2)', 'Built the kernel'])
  })

  test('fails with what its process says of its end', async () => {
    const build = kenixBuilder(
      program(`process.stderr.write('No such program\\n'); process.exit(1)`),
    )
    await expect(build(() => {}, new AbortController().signal)).rejects.toThrow('No such program')
  })

  test('ends its process when it is told to', async () => {
    const stop = new AbortController()
    const build = kenixBuilder(program(`console.log('Waiting'); await Bun.sleep(60_000)`))
    const built = build(() => stop.abort(), stop.signal)
    await expect(built).rejects.toThrow()
  })
})

/**
 * The command line as a person or a script sees it: exit statuses, terminals, signals. Guests are real, but tiny.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCore } from '../../jit/core/build.ts'
import { chatterbox, echo, halted, printer, spinner } from '../testing/guests.ts'

const directory = mkdtempSync(join(tmpdir(), 'kenix-cli-'))
const file = (name: string) => join(directory, name)
const program = [process.execPath, join(import.meta.dir, 'bootstrap.ts')]
const kernel = (name: string) => ['run', '--kernel', file(name), '--memory', '128M']

beforeAll(async () => {
  await buildCore()
  writeFileSync(file('printer'), printer('Hello\n'))
  writeFileSync(file('spinner'), spinner())
  writeFileSync(file('echo'), echo('ready\n'))
  writeFileSync(file('halted'), halted())
  writeFileSync(file('chatterbox'), chatterbox())
}, 120_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Starts the program with pipes. */
function start(...args: string[]) {
  return Bun.spawn([...program, ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
}

/** Runs it to its end. */
async function kenix(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = start(...args)
  child.stdin.end()
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { status: await child.exited, out, err }
}

/** Reads a child's output until a text comes. */
async function until(stream: ReadableStream<Uint8Array>, text: string): Promise<string> {
  let seen = ''
  const reader = stream.getReader()
  while (!seen.includes(text)) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`"${text}" did not come, only "${seen}"`)
    seen += Buffer.from(value).toString()
  }
  reader.releaseLock()
  return seen
}

describe('usage', () => {
  test.each([
    [['--help']],
    [['help']],
    [['run', '--help']],
    [['serve', '-h']],
    [['dumpdtb', '--help']],
  ])('%j explains itself', async (args) => {
    const { status, out } = await kenix(...args)
    expect(status).toBe(0)
    expect(out).toStartWith('usage: bun kenix')
  })

  test.each([
    [['fly']],
    [['run']],
    [['run', '--kernel']],
    [['run', '--kernel', 'x', '--cpus', '99']],
    [['run', '--kernel', 'x', '--timeout', 'soon']],
    [['serve', '--port', '99999']],
    [['serve', '--host', '0.0.0.0', '--state', directory]],
    [['serve', '--token', 'short', '--state', directory]],
    [['serve', '--token-file', '/nothing', '--state', directory]],
  ])('%j is bad usage: status 2, and a message on standard error', async (args) => {
    const { status, out, err } = await kenix(...args)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain('--help')
  })

  test.each([
    [['--kernel', '/nothing'], '/nothing'],
    [['--kernel', '/'], '"/"'],
    [['--firmware', '/nothing'], '/nothing'],
    [['--kernel', '/etc/hostname', '--disk', '/nothing'], '/nothing'],
    [['--kernel', file('spinner'), '--stats', '/nothing/stats.json'], '/nothing/stats.json'],
  ])('run %j fails with status 1, and names the file', async (args, name) => {
    const { status, err } = await kenix('run', ...args)
    expect(status).toBe(1)
    expect(err).toContain(name)
    expect(err).not.toContain('    at ')
  })
})

describe('kenix run', () => {
  test('prints what the guest prints, and ends with 0 when it powers off', async () => {
    expect(await kenix(...kernel('printer'))).toEqual({ status: 0, out: 'Hello\n', err: '' })
  })

  test('ends with 3 when the guest halted for good', async () => {
    const { status, err } = await kenix(...kernel('halted'))
    expect(status).toBe(3)
    expect(err).toContain('Halted')
  })

  test('ends with 124 after the timeout, and writes numbers', async () => {
    const stats = file('stats.json')
    const begin = performance.now()
    const { status } = await kenix(...kernel('spinner'), '--timeout', '0.3', '--stats', stats)
    expect(status).toBe(124)
    expect(performance.now() - begin).toBeLessThan(5000)
    const numbers = JSON.parse(readFileSync(stats, 'utf8'))
    expect(numbers.exit).toBe('timeout')
    for (const key of ['instructions', 'wallMs', 'cpuMs', 'mips', 'exceptions']) {
      expect(numbers[key]).toBeNumber()
    }
    expect(numbers.instructions).toBeGreaterThan(1e6)
  })

  test('types what comes in, outlives its end, and Ctrl-A x quits', async () => {
    const child = start(...kernel('echo'))
    await until(child.stdout, 'ready')
    child.stdin.write('abc')
    await child.stdin.flush()
    expect(await until(child.stdout, 'abc')).toContain('abc')
    child.stdin.write('\x01h\x01x')
    await child.stdin.flush()
    expect(await child.exited).toBe(0)
    expect(await child.stderr.text()).toContain('Ctrl-A x  quit')
    const ended = start(...kernel('echo'), '--timeout', '0.4')
    ended.stdin.end()
    expect(await ended.exited).toBe(124)
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends it with %i', async (signal, status) => {
    const child = start(...kernel('echo'))
    await until(child.stdout, 'ready')
    child.kill(signal)
    expect(await child.exited).toBe(status)
  })

  test('stops, rather than fill memory or fail loudly, when its reader goes away', async () => {
    const shell = `${program.join(' ')} ${kernel('chatterbox').join(' ')} --timeout 20 | head -c 100000 | wc -c`
    const child = Bun.spawn(['sh', '-c', shell], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    expect((await child.stdout.text()).trim()).toBe('100000')
    expect(await child.stderr.text()).toBe('')
    await child.exited
  }, 15_000)

  test('waits for a reader that pauses, and loses nothing', async () => {
    const shell = `${program.join(' ')} ${kernel('chatterbox').join(' ')} --timeout 1.5 --stats ${file('slow.json')} | (sleep 1; tr -d . | wc -c)`
    const child = Bun.spawn(['sh', '-c', shell], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    expect((await child.stdout.text()).trim()).toBe('0')
    await child.exited
  }, 15_000)

  test('makes a terminal raw, and restores it whichever way it ends', async () => {
    for (const [keys, status] of [
      ['\x03\x01x', 0],
      [undefined, 143],
    ] as const) {
      let screen = ''
      const child = Bun.spawn([...program, ...kernel('echo')], {
        terminal: {
          cols: 80,
          rows: 24,
          data: (_, data) => {
            screen += Buffer.from(data).toString()
          },
        },
      })
      while (!screen.includes('ready')) await Bun.sleep(5)
      const { terminal } = child
      // Raw: Ctrl-C is a byte for the guest, and what is typed is not echoed by the terminal itself.
      if (keys) terminal!.write(keys)
      else child.kill('SIGTERM')
      expect(await child.exited).toBe(status)
      expect(screen).not.toContain('^C')
      expect(terminal!.localFlags & ICANON_ECHO).toBe(ICANON_ECHO)
      terminal!.close()
    }
  }, 15_000)
})

/** Linux's ICANON and ECHO of c_lflag (termios(3)). */
const ICANON_ECHO = 0o2 | 0o10

describe('kenix serve', () => {
  /** Starts a server on a free port. */
  async function serve(state: string) {
    const child = start('serve', '--no-kenix', '--port', '0', '--state', state)
    const welcome = await until(child.stdout, 'Guide:')
    const url = /http:\/\/\S+(?=\/)/.exec(welcome)![0]
    const json = async (method: string, path: string, body?: unknown) => {
      const headers = { 'content-type': 'application/json' }
      const init = body === undefined ? {} : { headers, body: JSON.stringify(body) }
      return (await fetch(url + path, { method, ...init })).json() as Promise<{
        state: string
        reason: string
        pid: number
        instance: { state: string; pid: number }
      }>
    }
    return { child, url, json }
  }

  const alive = (pid: number) => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }

  test('a real machine runs behind the API, dies with a killed server, and comes back with autostart', async () => {
    const state = file('state')
    const first = await serve(state)
    await fetch(`${first.url}/v1/images/spinner`, { method: 'PUT', body: spinner() })
    await fetch(`${first.url}/v1/images/echo`, { method: 'PUT', body: echo('ready\n') })
    const boot = { kernel: 'echo' }
    await first.json('POST', '/v1/instances', {
      name: 'again',
      boot,
      memory: '128M',
      autostart: true,
    })
    await first.json('POST', '/v1/instances', {
      name: 'once',
      boot: { kernel: 'spinner' },
      memory: '128M',
    })
    await first.json('POST', '/v1/instances/once/start')
    const pids = []
    for (const name of ['again', 'once']) {
      const { instance } = await first.json('GET', `/v1/instances/${name}/wait?state=running`)
      pids.push(instance.pid)
    }
    expect(pids.every(alive)).toBeTrue()
    const refused = await kenix('serve', '--port', '0', '--state', state)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('If another server uses it')

    first.child.kill('SIGKILL')
    await first.child.exited
    while (pids.some(alive)) await Bun.sleep(5)

    const second = await serve(state)
    expect(await second.json('GET', '/v1/instances/once')).toMatchObject({
      state: 'stopped',
      reason: 'server-ended',
    })
    const { instance } = await second.json('GET', '/v1/instances/again/wait?state=running')
    expect(instance.state).toBe('running')
    expect(await second.json('POST', '/v1/instances/again/pause')).toMatchObject({
      state: 'paused',
    })
    expect(await second.json('POST', '/v1/instances/again/resume')).toMatchObject({
      state: 'running',
    })
    const socket = new WebSocket(
      `${second.url.replace('http', 'ws')}/v1/instances/again/consoles/console`,
    )
    let seen = ''
    socket.onmessage = ({ data }) => {
      seen += Buffer.from(data as Buffer).toString()
    }
    await new Promise((resolve) => {
      socket.onopen = resolve
    })
    while (!seen.endsWith('ready\n')) await Bun.sleep(5)
    seen = ''
    expect(await second.json('POST', '/v1/instances/again/reset')).toMatchObject({
      state: 'running',
    })
    while (!seen.endsWith('ready\n')) await Bun.sleep(5)
    socket.send('typed')
    while (!seen.includes('typed')) await Bun.sleep(5)

    second.child.kill('SIGTERM')
    expect(await second.child.exited).toBe(0)
    expect(alive(instance.pid)).toBeFalse()
  }, 30_000)

  test('an occupied port is an error that says what to do', async () => {
    const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const { status, err } = await kenix(
      'serve',
      '--no-kenix',
      '--port',
      String(other.port),
      '--state',
      file('s2'),
    )
    expect(status).toBe(1)
    expect(err).toContain('--port')
    await other.stop(true)
  })
})

describe('kenix dumpdtb', () => {
  test('writes a device tree of the machine that the options describe', async () => {
    const out = file('virt.dtb')
    expect((await kenix('dumpdtb', '--cpus', '3', '--out', out)).status).toBe(0)
    const blob = readFileSync(out)
    expect(blob.readUInt32BE(0)).toBe(0xd00dfeed)
    expect(blob.readUInt32BE(4)).toBe(blob.length)
    expect(blob.toString('latin1')).toContain('cpu@2')
  })
})

import { afterEach, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NetError } from './port.ts'
import { plugIntoSharedHub } from './shared-hub.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kenix-hub-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function peer(path: string, id: number) {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'hub-peer.fixture.ts'), path, 'lan', `${id}`],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  const state = { child, output: '' }
  void (async () => {
    for await (const chunk of child.stdout) state.output += new TextDecoder().decode(chunk)
  })()
  cleanups.push(() => child.kill('SIGKILL'))
  return state
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 2000) throw new Error('It did not happen within seconds')
    await Bun.sleep(3)
  }
}

test('machines in different processes share a hub, also after its first process was killed', async () => {
  const path = directory()
  const first = peer(path, 1)
  await until(() => existsSync(join(path, 'lan.sock')))
  const second = peer(path, 2)
  const third = peer(path, 3)
  const heardAll = (state: { output: string }, ...ids: number[]) =>
    ids.every((id) => state.output.includes(`heard ${id}\n`))
  await until(() => heardAll(first, 2, 3) && heardAll(second, 1, 3) && heardAll(third, 1, 2))
  first.child.kill('SIGKILL')
  await first.child.exited
  const fourth = peer(path, 4)
  await until(() => heardAll(fourth, 2, 3) && heardAll(second, 4) && heardAll(third, 4))
}, 20_000)

test('two machines of one process are on the same switch as those of others', async () => {
  const path = directory()
  const [a, b] = [plugIntoSharedHub(path, 'lan'), plugIntoSharedHub(path, 'lan')]
  cleanups.push(
    () => a.close(),
    () => b.close(),
  )
  const heard = new Set<string>()
  a.onFrame = (frame) => heard.add(`a${frame[14]}`)
  b.onFrame = (frame) => heard.add(`b${frame[14]}`)
  const other = peer(path, 7)
  const frame = new Uint8Array(60).fill(0xff, 0, 6)
  frame[6] = 0x52
  frame[14] = 9
  a.send(frame)
  expect([...heard]).toEqual(['b9'])
  await until(() => heard.has('a7') && heard.has('b7'))
  a.send(frame)
  await until(() => other.output.includes('heard 9\n'))
})

test('the last one out removes the socket, and the hub can be made again', async () => {
  const path = directory()
  for (let round = 0; round < 2; round++) {
    const port = plugIntoSharedHub(path, 'lan')
    await until(() => existsSync(join(path, 'lan.sock')))
    port.close()
    expect(existsSync(join(path, 'lan.sock'))).toBe(false)
  }
})

const refused: [string, string, (path: string) => string][] = [
  [
    'that others can write to',
    'no one else can write to',
    (path) => {
      chmodSync(path, 0o777)
      return path
    },
  ],
  [
    'that is a link',
    'no one else can write to',
    (path) => {
      symlinkSync(path, `${path}-link`)
      cleanups.push(() => rmSync(`${path}-link`))
      return `${path}-link`
    },
  ],
  [
    'that is a file',
    'Cannot use',
    (path) => {
      writeFileSync(join(path, 'file'), '')
      return join(path, 'file')
    },
  ],
  ['whose name is too long for a socket', 'its path has', (path) => join(path, 'x'.repeat(100))],
]
for (const [what, message, prepare] of refused) {
  test(`a directory ${what} is refused`, () => {
    const path = prepare(directory())
    expect(() => plugIntoSharedHub(path, 'lan')).toThrow(NetError)
    expect(() => plugIntoSharedHub(path, 'lan')).toThrow(message)
  })
}

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostError } from './errors.ts'
import { ImageStore } from './images.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'

let state: StateDirectory
let images: ImageStore

beforeAll(() => {
  state = openStateDirectory(mkdtempSync(join(tmpdir(), 'kenix-images-')))
  images = new ImageStore(state, 1000)
})

afterAll(() => {
  state.database.close()
  rmSync(state.path, { recursive: true, force: true })
})

const stream = (text: string) => new Blob([text]).stream()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Puts, and expects a refusal with this code. */
async function refused(code: string, ...args: Parameters<ImageStore['put']>): Promise<HostError> {
  const files = readdirSync(state.images).length
  const error = await images.put(...args).then(
    () => undefined,
    (reason) => reason as HostError,
  )
  expect(error?.code).toBe(code as never)
  expect(readdirSync(state.images)).toHaveLength(files)
  return error!
}

describe('ImageStore', () => {
  test('keeps bytes, size and digest', async () => {
    const { image, created } = await images.put('kernel', stream('hello'), { size: 5 })
    expect(created).toBeTrue()
    expect(image).toMatchObject({ name: 'kernel', size: 5, sha256: sha256('hello') })
    expect(await Bun.file(images.path('kernel')).text()).toBe('hello')
    expect(images.list()).toEqual([image])
  })

  test('takes the same bytes again, and refuses others', async () => {
    expect((await images.put('kernel', stream('hello'))).created).toBeFalse()
    const error = await refused('exists', 'kernel', stream('other'))
    expect(error.message).toContain('immutable')
    expect(await Bun.file(images.path('kernel')).text()).toBe('hello')
  })

  test('of two that race for a name, one wins and the other learns it', async () => {
    const results = await Promise.allSettled([
      images.put('raced', stream('one')),
      images.put('raced', stream('two')),
    ])
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(lost[0]?.reason.code).toBe('exists')
    expect(readdirSync(state.images)).toHaveLength(2)
    await images.delete('raced')
  })

  test('leaves nothing of an upload that is short, long, too large, broken or not what was meant', async () => {
    await refused('incomplete-upload', 'x', stream('hell'), { size: 5 })
    await refused('incomplete-upload', 'x', stream('hello!'), { size: 5 })
    await refused('digest-mismatch', 'x', stream('hello'), { sha256: sha256('hellO') })
    await refused('too-large', 'x', stream(''), { size: 1001 })
    await refused('too-large', 'x', stream('x'.repeat(1001)))
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(10))
        controller.error(new Error('connection reset'))
      },
    })
    await refused('incomplete-upload', 'x', broken)
  })

  test('removes what a crash left behind, and no image', async () => {
    writeFileSync(join(state.images, 'upload-of-a-dead-server'), 'half')
    await images.removeLeftovers()
    expect(readdirSync(state.images)).toHaveLength(1)
    expect(await Bun.file(images.path('kernel')).text()).toBe('hello')
  })

  test('one state directory serves one server at a time', () => {
    expect(() => openStateDirectory(state.path)).toThrow('If another server uses it')
  })
})

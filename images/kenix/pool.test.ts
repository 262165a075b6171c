import { describe, expect, test } from 'bun:test'
import { runJobs } from './pool.ts'

describe('runJobs()', () => {
  test('does nothing if there is nothing to do', async () => {
    await runJobs([], () => expect.unreachable())
  })

  test('names each program that cannot be built, and goes on with the others', async () => {
    const done: string[] = []
    const running = runJobs(['program no-such-1', 'program no-such-2'], (job) => done.push(job))
    const error = await running.then(
      () => new Error('It succeeded'),
      (reason: Error) => reason,
    )
    expect(error.message).toContain('there is no userland/no-such-1/main.ts')
    expect(error.message).toContain('there is no userland/no-such-2/main.ts')
    expect(done).toEqual([])
  }, 60_000)
})

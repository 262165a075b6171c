/**
 * A run is a function of the machine and its inputs: twice the same, and the same if it was saved on the way and
 * continued by another process.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Machine } from '../../devices/index.ts'
import { haveGuests } from '../tools/guests.ts'
import { type EndState, runToEnd } from './end-state.ts'
import { Scratch } from './files.ts'
import { linuxSpec } from './linux.ts'

const TEST_MS = 400_000
/** Instructions after which the machine is saved: the kernel is starting its other vCPUs and drivers. */
const SAVE_AFTER = 300_000_000

describe.skipIf(!haveGuests())('determinism', () => {
  const scratch = new Scratch()
  afterAll(() => scratch[Symbol.dispose]())

  test(
    'a boot of 4 vCPUs ends alike when it is run, saved on the way, and continued by a new process',
    async () => {
      const spec = linuxSpec({
        cpus: 4,
        gic: 3,
        seed: 42,
        disks: [{ file: scratch.disk('disk', 1), readonly: true }],
      })
      await using first = await Machine.create(spec)
      const expected = await runToEnd(first)

      await using second = await Machine.create(spec)
      await second.run({ instructions: SAVE_AFTER })
      expect(second.instructions).toBe(SAVE_AFTER)
      const snapshot = scratch.path('snapshot')
      await second.save(snapshot)

      const child = Bun.spawn([process.execPath, join(import.meta.dir, 'end-state.ts'), snapshot], {
        stdout: 'pipe',
        stderr: 'inherit',
      })
      expect(await runToEnd(second)).toEqual(expected)
      expect((await child.stdout.json()) as EndState).toEqual(expected)
    },
    TEST_MS,
  )
})

import { describe, expect, test } from 'bun:test'
import { disassemble } from '../../jit/isa/disassemble.ts'
import { need } from '../tools/debian.ts'
import { ORACLE_PACKAGES } from './fp/oracle.ts'
import { SnippetCore } from './machine.ts'
import { type Batch, RECORD_BYTES, SIGILL, SIGNAL, SLOT_BYTES } from './record.ts'
import { undefinedWords } from './undefined.ts'
import { runUser } from './user.ts'

/** Words of a batch that did not end as UNDEFINED. */
function executed(batch: Batch, after: Uint8Array): string[] {
  const view = new DataView(after.buffer, after.byteOffset)
  const words: string[] = []
  for (let i = 0; i < batch.count; i++) {
    if (view.getUint32(i * RECORD_BYTES + SIGNAL, true) === SIGILL) continue
    const word = batch.code[(i * SLOT_BYTES) / 4]!
    words.push(`${word.toString(16).padStart(8, '0')} ${disassemble(word)}`)
  }
  return words
}

const SEEDS = [1, 2, 3, 4, 5, 6]
const batches = SEEDS.map(undefinedWords)

describe('words that are no instruction of a Cortex-A57', () => {
  test('are UNDEFINED in the core', async () => {
    const machine = await SnippetCore.load('el0', 'cortex-a57')
    for (const batch of batches) expect(executed(batch, machine.run(batch))).toEqual([])
  })

  test.skipIf(!need(...ORACLE_PACKAGES))('are UNDEFINED in QEMU, too', () => {
    const after = runUser(batches, 'cortex-a57')
    batches.forEach((batch, i) => {
      const bytes = RECORD_BYTES * batch.count
      expect(executed(batch, after.slice(i * bytes, (i + 1) * bytes))).toEqual([])
    })
  })
})

/**
 * Words that are no instructions of a Cortex-A57, according to the table: at random, and near ones that are.
 */
import { decode } from '../../jit/isa/decode.ts'
import { rows } from '../../jit/isa/rows.ts'
import { random32, randomWord } from '../../jit/isa/testing.ts'
import { BATCH, type Batch, CODE, END, PC, RECORD_BYTES, SLOT_BYTES, SP, WINDOW } from './record.ts'
import type { Random } from './values.ts'

const A57 = new Set(['base', 'fp', 'simd', 'crc32', 'aes', 'pmull', 'sha1', 'sha256'])

function isUndefined(word: number): boolean {
  const row = decode(word)
  return row === undefined || !A57.has(row.feature)
}

function candidate(random: Random): number {
  if (random() & 1) return random()
  let word = randomWord(rows[random() % rows.length]!, random)
  for (let flips = random() % 4; flips > 0; flips--) word ^= 1 << (random() % 32)
  return word >>> 0
}

/** Snippets of one such word each. */
export function undefinedWords(seed: number): Batch {
  const random = random32(seed)
  const code = new Uint32Array((BATCH * SLOT_BYTES) / 4).fill(END)
  const records = new Uint8Array(BATCH * RECORD_BYTES)
  const view = new DataView(records.buffer)
  for (let i = 0; i < BATCH; i++) {
    let word = candidate(random)
    while (!isUndefined(word)) word = candidate(random)
    code[(i * SLOT_BYTES) / 4] = word
    view.setBigUint64(i * RECORD_BYTES + PC, BigInt(CODE + i * SLOT_BYTES), true)
    view.setBigUint64(i * RECORD_BYTES + SP, BigInt(WINDOW), true)
    // Should any be executed as an access, let it be a harmless one.
    for (let x = 0; x < 31; x++)
      view.setBigUint64(i * RECORD_BYTES + 8 * x, BigInt(WINDOW + 256), true)
  }
  return { code, records, count: BATCH }
}

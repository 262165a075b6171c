/**
 * `bun test/oracle/random.ts [--count 1000000] [--seed 1]`: compares the core with QEMU on random snippets of `count`
 * instructions, in every mode of machine.ts.
 */
import { parseArgs } from 'node:util'
import { compare } from './compare.ts'
import { MODES, SnippetCore } from './machine.ts'
import { BATCH, RECORD_BYTES } from './record.ts'
import { makeBatch } from './snippets.ts'
import { runUser } from './user.ts'

/** Batches handed to one process of QEMU. */
const TOGETHER = 8

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
})
const count = Number(values.count)
const seed = Number(values.seed)
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: bun test/oracle/random.ts [--count INSTRUCTIONS] [--seed N]\n')
  process.exit(2)
}
const machines = await Promise.all(MODES.map((mode) => SnippetCore.load(mode)))
const failures = new Map<string, number>()
let instructions = 0
let snippets = 0
let compared = 0
for (let number = 0; instructions < count; number += TOGETHER) {
  const seeds = Array.from({ length: TOGETHER }, (_, i) => seed * 100_003 + (number + i) * 7919)
  const batches = seeds.map((each) => makeBatch(BATCH, each))
  const oracle = runUser(batches)
  batches.forEach((batch, i) => {
    const expected = oracle.slice(i * BATCH * RECORD_BYTES, (i + 1) * BATCH * RECORD_BYTES)
    for (const machine of machines) {
      const result = compare(machine, batch, expected, seeds[i]!)
      compared += result.compared
      for (const { row, text } of result.differences) {
        const known = failures.get(row) ?? 0
        failures.set(row, known + 1)
        if (known < 2) console.log(text)
      }
    }
    instructions += batch.instructions
    snippets += batch.count
  })
}
for (const [row, times] of failures) console.log(`${row}: ${times}`)
console.log(
  `${instructions} instructions in ${snippets} snippets, ${compared} of ${snippets * MODES.length} runs compared: ${failures.size} rows differ`,
)
process.exit(failures.size === 0 ? 0 : 1)

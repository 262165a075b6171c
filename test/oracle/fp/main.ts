/**
 * `bun test/oracle/fp/main.ts [count] [seed] [row]`: compares the core's floating-point part with
 * QEMU on `count` random cases (default a million), of all rows or of those whose id matches the
 * expression `row`.
 */
import { makeCases, testedRows } from './cases.ts'
import { compare } from './compare.ts'
import { FpCore } from './core.ts'

const BATCH = 40_000

const count = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? 1)
const pattern = new RegExp(process.argv[4] ?? '')
const rows = testedRows.filter((row) => pattern.test(row.id))
if (!Number.isFinite(count) || !Number.isFinite(seed) || rows.length === 0) {
  process.stderr.write('Usage: bun test/oracle/fp/main.ts [count] [seed] [row expression]\n')
  process.exit(2)
}
const core = await FpCore.load()
const failed = new Map<string, string[]>()
let done = 0
for (let batch = 0; done < count; batch++) {
  const size = Math.min(BATCH, count - done)
  for (const { row, text } of compare(core, makeCases(size, seed + batch * 7919, rows))) {
    failed.set(row, [...(failed.get(row) ?? []), text])
  }
  done += size
}
for (const [row, texts] of failed) console.log(`${row}\n${texts.slice(0, 3).join('\n')}`)
console.log(`${done} cases of ${rows.length} rows: ${failed.size} rows differ`)
process.exit(failed.size === 0 ? 0 : 1)

/**
 * Compares random modules on demand: `bun images/compiler/testing/fuzz.ts [COUNT] [FIRST SEED]`. Ends with 1 and writes the
 * module to the current folder at the first difference.
 */

import { compare } from './differential.ts'
import { randomModule } from './random.ts'

const [count = 200, first = 1] = process.argv.slice(2).map(Number)
for (let seed = first; seed < first + count; seed++) {
  const { bytes, calls } = randomModule(seed)
  const { engine, program } = await compare(bytes, calls)
  if (engine === program) continue
  const file = `seed-${seed}.wasm`
  await Bun.write(file, bytes)
  const [theirs, ours] = [engine.split('\n'), program.split('\n')]
  const line = theirs.findIndex((text, i) => text !== ours[i])
  process.stdout.write(
    `Seed ${seed} differs: line ${line + 1} is "${ours[line]}", not "${theirs[line]}"; see ${file}\n`,
  )
  process.exit(1)
}
process.stdout.write(`${count} modules agree\n`)

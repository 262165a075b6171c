/**
 * `bun run bench [NAME ...] [--rounds N]`: measures, prints tables, writes nothing.
 *
 * A benchmark is a file of this folder that exports `bench`; its name is the file's. Numbers of a shared machine drift, so
 * whatever is compared runs alternately, in the same minutes, and the ratio is what counts.
 */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Bench } from './table.ts'

const NOT_BENCHES = ['main.ts', 'table.ts']
const MAX_ROUNDS = 100

const available = readdirSync(import.meta.dir)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .filter((file) => !NOT_BENCHES.includes(file))
  .map((file) => basename(file, '.ts'))
  .sort()

const { names, rounds } = readArguments(process.argv.slice(2))
for (const name of names.length > 0 ? names : available) {
  const { bench } = (await import(join(import.meta.dir, `${name}.ts`))) as { bench: Bench }
  process.stdout.write(`${name}: ${bench.summary}\n\n`)
  await bench.run(rounds)
  process.stdout.write('\n')
}

function readArguments(args: readonly string[]): { names: string[]; rounds: number } {
  const names: string[] = []
  let rounds = 1
  for (let n = 0; n < args.length; n++) {
    const arg = args[n]!
    if (arg === '--rounds') rounds = Number(args[++n])
    else if (available.includes(arg)) names.push(arg)
    else usage(`There is no benchmark "${arg}"`)
  }
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    usage(`--rounds takes 1 to ${MAX_ROUNDS}`)
  }
  return { names, rounds }
}

function usage(problem: string): never {
  process.stderr.write(
    `${problem}\nusage: bun run bench [NAME ...] [--rounds N]; names: ${available.join(', ')}\n`,
  )
  process.exit(2)
}

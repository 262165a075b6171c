/** The programs of `userland`: each folder with a `main.ts` is one, named for the folder. */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemCalls } from '../../kernel/abi/syscalls.ts'
import { kenixProgram, MEMORY_BASE } from '../compiler/kenix/program.ts'
import { ROOT } from './asc.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'
import { wasmOf } from './wasm.ts'

/** What is compiled into every program: `kenixStart`, `kenixExit`, `abort` (docs/compiler.md, "Kenix programs"). */
const START = 'userland/libkenix/start.ts'

/** Memory is reclaimed; the shadow stack holds references, of which even deep recursions have few. */
const OPTIONS = [
  ...['--runtime', 'incremental', '--memoryBase', `${MEMORY_BASE}`, '--stackSize', '65536'],
  ...['--optimizeLevel', '2', '--shrinkLevel', '0'],
]

/** Names of all programs. */
export function programNames(): string[] {
  return readdirSync(join(ROOT, 'userland'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => existsSync(join(ROOT, 'userland', name, 'main.ts')))
    .sort()
}

function callNumber(name: string): number {
  const found = systemCalls.find((call) => call.name === name)
  if (!found) throw new Error(`Cannot build programs: kernel/abi has no system call ${name}`)
  return found.number
}

/** What a program is made from, and under which name and hash it is kept. */
function planOf(name: string) {
  const main = `userland/${name}/main.ts`
  if (!existsSync(join(ROOT, main))) {
    throw new Error(`Cannot build the program "${name}": there is no ${main}`)
  }
  const entries = [main, START]
  const calls = { exit: callNumber('EXIT'), brk: callNumber('BRK') }
  const hash = hashOf(closureOf(entries), toolsHash(), JSON.stringify([OPTIONS, calls]))
  return { entries, calls, file: `program-${name}`, hash }
}

/** Bytes of the sources of a program: the larger, the longer it takes. */
export function sourceBytes(name: string): number {
  const files = closureOf(planOf(name).entries)
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

/** The ELF file of a program, if it was built from the sources as they are. */
export function builtProgram(name: string): Uint8Array | undefined {
  const { file, hash } = planOf(name)
  return cached(file, hash)
}

/**
 * Builds a program and keeps it.
 *
 * @throws Error saying what cannot be compiled
 */
export async function buildProgram(name: string): Promise<Uint8Array> {
  const { entries, calls, file, hash } = planOf(name)
  const { bytes, map } = await wasmOf(`program-${name}`, { entries, options: OPTIONS })
  try {
    const elf = kenixProgram(bytes, { calls, map })
    keep(file, hash, elf)
    return elf
  } catch (error) {
    throw new Error(`Cannot build the program "${name}": ${(error as Error).message}`)
  }
}

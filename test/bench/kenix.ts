/**
 * Rows of Kenix: to its prompt, and programs started there. Two of them are ours (guests/kenix), in C, and added to the boot
 * archive.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildKenix } from '../../images/kenix/build.ts'
import { need } from '../tools/debian.ts'
import { CACHE } from './build.ts'
import type { Scenario, Step } from './scenario.ts'

const SOURCES = join(import.meta.dir, 'guests/kenix')
const COMPILER = [
  'aarch64-linux-gnu-gcc',
  ...['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-nostdlib', '-ffreestanding'],
  ...['-fno-tree-loop-distribute-patterns', '-fno-pic'],
]

/** The shell's prompt. Not only at the end of what was read: what a server says may follow it. */
const PROMPT = /kenix:[^\n$]*\$ /

/** Rows and what they are, for people. */
export const KENIX_ROWS: Readonly<Record<string, string>> = {
  kenix: 'power-on to the prompt of Kenix',
  'kenix-ipc': 'there: 200,000 calls to another task and back',
  'kenix-pipe': 'there: 64 MiB through a pipe',
  ktest: "there: the kernel's tests, waits included",
}

/** Boots Kenix and measures those of its rows that are wanted; none if Kenix cannot be built now, which it says. */
export async function kenixScenarios(wanted: (row: string) => boolean): Promise<Scenario[]> {
  if (!Object.keys(KENIX_ROWS).some(wanted) || !need('gcc-aarch64-linux-gnu')) return []
  try {
    const kernel = join(CACHE, 'kenix-Image')
    mkdirSync(CACHE, { recursive: true })
    writeFileSync(kernel, (await imageWithPrograms()).image)
    return [{ name: 'Kenix', guest: { kernel, memoryMiB: 256 }, steps: steps(wanted) }]
  } catch (error) {
    process.stderr.write(`Without the rows of Kenix: ${(error as Error).message}\n`)
    return []
  }
}

function imageWithPrograms() {
  const files = ['ping', 'pipe'].map((name) => ({
    name: `bin/bench-${name}`,
    bytes: compiled(name),
    executable: true,
  }))
  return buildKenix({ files, onProgress: (text) => process.stderr.write(`${text}\n`) })
}

/** A program with the other side that it starts inside. */
function compiled(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'kenix-bench-'))
  try {
    compile('-o', join(folder, 'child'), join(SOURCES, `${name}-child.c`))
    compile(`-Wa,-I,${folder}`, '-o', join(folder, 'program'), join(SOURCES, `${name}.c`))
    return readFileSync(join(folder, 'program'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compile(...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...COMPILER, ...args], { stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`Cannot compile ${args.at(-1)}: ${stderr}`)
}

function steps(wanted: (row: string) => boolean): Step[] {
  const all: Step[] = [{ row: 'kenix', expect: PROMPT }]
  for (const [row, name] of [
    ['kenix-ipc', 'bench-ping'],
    ['kenix-pipe', 'bench-pipe'],
  ] as const) {
    if (!wanted(row)) continue
    all.push(
      { type: `${name}\r`, expect: /BENCH begin \w+\s/ },
      { row, expect: /BENCH end (\w+)\s/ },
      { expect: PROMPT },
    )
  }
  if (wanted('ktest')) {
    all.push({ row: 'ktest', type: 'ktest\r', expect: /ktest: \d+ passed, \d+ failed/ })
  }
  return all
}

/**
 * Builds the benchmark programs with Debian's cross compiler, and for this host with its own, once for each content of their
 * sources and options. Results are in .cache/bench.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { dispersedSource } from './dispersed.ts'
import type { Program } from './programs.ts'

const guests = join(import.meta.dir, 'guests')
/** Where everything that is made for benchmarks goes. */
export const CACHE = join(import.meta.dir, '../../.cache/bench')

const CROSS = 'aarch64-linux-gnu-gcc'
/** Where programs are linked to run: in RAM of the virt board, clear of the device tree that QEMU puts at its start. */
const ENTRY = '0x40200000'
const COMMON = ['-O2', '-Wall', '-Wextra', '-Werror', '-fno-math-errno', '-fno-strict-aliasing']
const BARE = ['-ffreestanding', '-nostdlib', '-static', '-mcpu=cortex-a57+crypto']
const LINK = [`-Wl,-N,-Ttext=${ENTRY},--build-id=none,--no-warn-rwx-segments`]
const START = ['start.S', 'console.c', 'trap.c', 'runtime.c', 'main.c', 'paging.c']
/** What a program that has code at EL0 needs beside that. */
const USER = ['enter.S', 'user.c']

/** Builds a program for bare AArch64. Returns the path of its ELF file. */
export function buildGuest(program: Program): string {
  return built(program, 'elf', (source, output) => {
    const user = readFileSync(source, 'utf8').includes('"user.h"') ? USER : []
    const sources = [...START, ...user].map((name) => join(guests, name))
    // The translation tables are made while the MMU is off, and the memory functions must not become calls to themselves.
    const careful = ['-fno-tree-loop-distribute-patterns', '-mstrict-align']
    const objects = sources.map((path, n) => {
      const object = `${output}.${n}.o`
      const options = path.endsWith('.c') ? ['-mgeneral-regs-only', ...careful] : []
      compile(CROSS, [...COMMON, ...BARE, ...options, ...counts(program), '-c', '-o', object, path])
      return object
    })
    const options = [...(program.options ?? []), '-fno-tree-loop-distribute-patterns']
    compile(CROSS, [
      ...COMMON,
      ...BARE,
      ...options,
      `-I${guests}`,
      ...LINK,
      '-o',
      output,
      ...objects,
      source,
    ])
    for (const object of objects) rmSync(object)
  })
}

/** Builds a program for this host. Returns its path, or undefined if it has no meaning there or there is no compiler. */
export function buildNative(program: Program): string | undefined {
  if (!program.native || process.arch !== 'x64' || !Bun.which('gcc')) return undefined
  return built(program, 'native', (source, output) => {
    const options = (program.options ?? []).flatMap((option) =>
      option === '-DAES' ? ['-maes'] : [option],
    )
    const main = join(guests, 'native.c')
    compile('gcc', [
      ...COMMON,
      ...options,
      ...counts(program),
      `-I${guests}`,
      '-o',
      output,
      main,
      source,
    ])
  })
}

function counts({ short, long }: Program): string[] {
  return [`-DSHORT=${short}ul`, `-DLONG=${long}ul`]
}

function built(
  program: Program,
  kind: 'elf' | 'native',
  make: (source: string, output: string) => void,
): string {
  const text =
    typeof program.source === 'number'
      ? dispersedSource(program.source)
      : readFileSync(join(guests, `${program.source}.c`), 'utf8')
  const hash = createHash('sha256').update(JSON.stringify(program)).update(text)
  for (const file of [join(import.meta.dir, 'build.ts'), ...shared()])
    hash.update(readFileSync(file))
  const path = join(CACHE, `${program.name}-${hash.digest('hex').slice(0, 16)}.${kind}`)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  for (const old of readdirSync(CACHE)) {
    if (new RegExp(`^${program.name}-[0-9a-f]{16}\\.${kind}$`).test(old)) rmSync(join(CACHE, old))
  }
  const source = `${path}.${process.pid}.c`
  const output = `${path}.${process.pid}`
  writeFileSync(source, text)
  try {
    make(source, output)
    renameSync(output, path)
  } finally {
    rmSync(source, { force: true })
  }
  return path
}

/** Files that go into every program. */
function shared(): string[] {
  const names = readdirSync(guests).filter((name) => /\.[hS]$/.test(name))
  return [...names.sort(), ...START, ...USER, 'native.c'].map((name) => join(guests, name))
}

function compile(compiler: string, args: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([compiler, ...args], { stdout: 'ignore' })
  if (exitCode !== 0) {
    throw new Error(`Cannot build a benchmark: "${compiler} ${args.join(' ')}" says\n${stderr}`)
  }
}

/**
 * Retired instructions of compiled programs beside those of `gcc -O2`: `bun run bench:compiler [NAME...]`.
 *
 * Programs are in `benchmark/`, in AssemblyScript and in C. Instructions are counted by qemu-user, one by one; what a run of
 * size 0 takes is subtracted from both, so start and output do not count. C is linked statically, as ours is.
 */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linuxProgram } from '../linux/program.ts'

/** Programs with their sizes: some 10,000 to 300,000 instructions each. */
const SIZES: Record<string, number> = {
  sieve: 4000,
  crc: 4000,
  matrix: 16,
  insertion: 150,
  quicksort: 1500,
  fib: 14,
  collatz: 300,
  fnv: 4000,
  queens: 6,
  list: 2000,
  mandelbrot: 20,
  life: 1,
  sha: 8,
  words: 4000,
}

const FOLDER = join(import.meta.dir, 'benchmark')

async function compileOurs(): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  let wasm: Uint8Array | undefined
  const options = ['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert']
  const { error } = await asc.main(
    [
      'programs.ts',
      '--baseDir',
      FOLDER,
      '--outFile',
      'out.wasm',
      '--initialMemory',
      '4',
      ...options,
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      writeFile: (_: string, contents: Uint8Array) => {
        wasm = contents
      },
    } as never,
  )
  if (error || !wasm) throw new Error(`Cannot compile the programs:\n${messages.join('')}`)
  return linuxProgram(wasm)
}

function compileC(output: string): void {
  const { exitCode, stderr } = Bun.spawnSync([
    'aarch64-linux-gnu-gcc',
    ...['-O2', '-static', '-o', output, join(FOLDER, 'programs.c')],
  ])
  if (exitCode !== 0) throw new Error(`Cannot compile programs.c:\n${stderr.toString()}`)
}

/** What a program writes, and how many instructions it retires: a line of the log each. */
async function run(
  program: string,
  name: string,
  size: number,
): Promise<{ output: string; count: number }> {
  const options = ['-singlestep', '-d', 'nochain,exec', program, name, `${size}`]
  const child = Bun.spawn(['qemu-aarch64-static', ...options], { stdout: 'pipe', stderr: 'pipe' })
  const counting = (async () => {
    let count = 0
    for await (const chunk of child.stderr) for (const byte of chunk) if (byte === 10) count++
    return count
  })()
  const output = await new Response(child.stdout).text()
  return { output, count: await counting }
}

/** Runs of a size less those of size 0. */
async function measure(program: string, name: string, size: number) {
  const base = await run(program, name, 0)
  const { output, count } = await run(program, name, size)
  return { output, count: count - base.count }
}

async function main(wanted: readonly string[]): Promise<number> {
  const missing = ['qemu-aarch64-static', 'aarch64-linux-gnu-gcc'].filter(
    (tool) => !Bun.which(tool),
  )
  if (missing.length > 0) {
    process.stderr.write(
      `Cannot find ${missing.join(' and ')}: install Debian's qemu-user-static and gcc-aarch64-linux-gnu\n`,
    )
    return 1
  }
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-'))
  try {
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')]
    writeFileSync(ours, await compileOurs())
    chmodSync(ours, 0o755)
    compileC(theirs)
    let product = 1
    let worst = 0
    const names = wanted.length > 0 ? wanted : Object.keys(SIZES)
    process.stdout.write('program          gcc -O2      ours  ratio\n')
    for (const name of names) {
      const size = SIZES[name]
      if (size === undefined)
        throw new Error(`There is no program "${name}": ${Object.keys(SIZES)}`)
      const c = await measure(theirs, name, size)
      const a = await measure(ours, name, size)
      if (a.output !== c.output) {
        throw new Error(`${name} gives ${a.output.trim()}, in C ${c.output.trim()}`)
      }
      const ratio = a.count / c.count
      product *= ratio
      worst = Math.max(worst, ratio)
      const columns = [
        `${c.count}`.padStart(12),
        `${a.count}`.padStart(10),
        ratio.toFixed(2).padStart(7),
      ]
      process.stdout.write(`${name.padEnd(12)}${columns.join('')}\n`)
    }
    const mean = product ** (1 / names.length)
    process.stdout.write(`geometric mean ${mean.toFixed(3)}, worst ${worst.toFixed(2)}\n`)
    return mean <= 1.5 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)))

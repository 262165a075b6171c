/**
 * Builds core.wasm: generates the sources that come from tables, compiles with asc, and keeps the result by the hash of
 * everything it was made from, so that a second call only reads a file.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'

const assembly = join(import.meta.dir, 'assembly')
const generated = join(assembly, 'generated')
const cache = join(import.meta.dir, '../../.cache/core')

/** Sources whose output the core contains, beside assembly/ itself. */
const generators = [
  join(import.meta.dir, 'interpreter.ts'),
  join(import.meta.dir, 'build.ts'),
  join(import.meta.dir, '../isa'),
]

function sources(path: string): string[] {
  if (path.endsWith('.ts')) return [path]
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isDirectory()) return sources(join(path, entry.name))
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')
        ? [join(path, entry.name)]
        : []
    })
    .sort()
}

function inputHash(): string {
  const hash = createHash('sha256')
  const manual = sources(assembly).filter((file) => !file.startsWith(generated))
  for (const file of [...generators.flatMap(sources), ...manual]) {
    hash.update(relative(assembly, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex').slice(0, 24)
}

/** Writes the sources that are made from tables, where they differ. */
export async function generateSources(): Promise<void> {
  const { generateInterpreter, generateOps } = await import('./interpreter.ts')
  const { generateDecoder } = await import('../isa/generate.ts')
  mkdirSync(generated, { recursive: true })
  const files = {
    'decode.ts': generateDecoder(),
    'interpreter.ts': generateInterpreter(),
    'ops.ts': generateOps(),
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(generated, name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
}

async function compile(output: string): Promise<void> {
  await generateSources()
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  const temporary = `${output}.${process.pid}`
  const { error } = await asc.main(
    [
      'assembly/index.ts',
      '--outFile',
      relative(import.meta.dir, temporary),
      '--runtime',
      'stub',
      '--importMemory',
      // Translated functions are put into it.
      '--exportTable',
      '--optimizeLevel',
      '3',
      '--shrinkLevel',
      '0',
      '--noAssert',
      '--enable',
      'simd',
      '--enable',
      'bulk-memory',
      '--baseDir',
      import.meta.dir,
      '--debug',
      // Vectors cross only functions of the core, not its border.
      '--disableWarning',
      '112',
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
    } as never,
  )
  if (error) throw new Error(`Cannot compile the core:\n${messages.join('')}${error.message}`)
  renameSync(temporary, output)
}

/**
 * Path of core.wasm, built now if any of its sources changed.
 * @param onBuild called before a build, which takes seconds
 */
export async function buildCore(onBuild: () => void = () => {}): Promise<string> {
  const output = join(cache, `${inputHash()}.wasm`)
  if (!existsSync(output)) {
    onBuild()
    mkdirSync(dirname(output), { recursive: true })
    await compile(output)
  }
  return output
}

if (import.meta.main) console.log(await buildCore())

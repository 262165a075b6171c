/**
 * The side under test: the core's floating-point part (jit/core/assembly/fp) compiled by itself, on
 * a vCPU structure of its own memory.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  CPU_BASE,
  CPU_CF,
  CPU_FPCR,
  CPU_FPSR,
  CPU_NF,
  CPU_V,
  CPU_VF,
  CPU_X,
  CPU_ZF,
} from '../../../jit/core/assembly/layout.ts'
import { generateSources } from '../../../jit/core/build.ts'
import { FPCR, FPSR, NZCV, REGISTERS, V, WORD, X } from './state.ts'

const core = join(import.meta.dir, '../../../jit/core')
const cache = join(import.meta.dir, '../../../.cache/fp')

interface Exports {
  decodeRow(word: number): number
  execFpSimd(cpu: number, row: number, word: number): number
}

function sources(): string[] {
  const assembly = join(core, 'assembly')
  const files = ['fp', 'generated'].flatMap((folder) =>
    readdirSync(join(assembly, folder)).map((name) => join(assembly, folder, name)),
  )
  return [...files, join(assembly, 'layout.ts'), join(assembly, 'state.ts')].filter((file) =>
    file.endsWith('.ts'),
  )
}

/** Compiles the module if its sources changed. Returns its path. */
export async function buildFp(): Promise<string> {
  await generateSources()
  const hash = createHash('sha256')
  for (const file of sources()) hash.update(readFileSync(file)).update('\0')
  const output = join(cache, `${hash.digest('hex').slice(0, 24)}.wasm`)
  if (existsSync(output)) return output
  mkdirSync(cache, { recursive: true })
  const temporary = `${output}.${process.pid}`
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  const options = ['--runtime', 'stub', '--importMemory', '-O3', '--noAssert', '--enable', 'simd']
  const { error } = await asc.main(
    ['assembly/fp/entry.ts', '--outFile', relative(core, temporary), '--baseDir', core, ...options],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
    } as never,
  )
  if (error) throw new Error(`Cannot compile the floating-point part:\n${messages.join('')}`)
  renameSync(temporary, output)
  return output
}

/** Runs cases on the core. */
export class FpCore {
  readonly bytes: Uint8Array
  private readonly view: DataView

  private constructor(
    private readonly exports: Exports,
    memory: WebAssembly.Memory,
  ) {
    this.bytes = new Uint8Array(memory.buffer)
    this.view = new DataView(memory.buffer)
  }

  static async load(): Promise<FpCore> {
    const module = await WebAssembly.compile(readFileSync(await buildFp()))
    const memory = new WebAssembly.Memory({ initial: (CPU_BASE >> 16) + 2 })
    const imports = {
      env: {
        memory,
        abort: () => {
          throw new Error('The core aborted')
        },
      },
    }
    const instance = await WebAssembly.instantiate(module, imports)
    return new FpCore(instance.exports as unknown as Exports, memory)
  }

  /** Row number of a word, as the core decodes it; 0 if unallocated. */
  decode(word: number): number {
    return this.exports.decodeRow(word) >>> 0
  }

  /**
   * Executes the record at `at` and writes the state after it back, with WORD = 1 if the
   * instruction was refused.
   */
  run(record: DataView, at: number): void {
    const { bytes, view } = this
    const source = new Uint8Array(record.buffer, record.byteOffset + at)
    for (let i = 0; i < REGISTERS.length; i++) {
      const v = CPU_BASE + CPU_V + 16 * REGISTERS[i]!
      bytes.set(source.subarray(V + 16 * i, V + 16 * i + 16), v)
      if (REGISTERS[i] === 31) continue
      const x = CPU_BASE + CPU_X + 8 * REGISTERS[i]!
      bytes.set(source.subarray(X + 8 * i, X + 8 * i + 8), x)
    }
    view.setUint32(CPU_BASE + CPU_FPCR, record.getUint32(at + FPCR, true), true)
    view.setUint32(CPU_BASE + CPU_FPSR, record.getUint32(at + FPSR, true), true)
    const nzcv = record.getUint32(at + NZCV, true)
    view.setUint32(CPU_BASE + CPU_NF, 0, true)
    view.setUint32(CPU_BASE + CPU_NF + 4, nzcv & 0x8000_0000, true)
    view.setUint32(CPU_BASE + CPU_ZF, ~nzcv & 0x4000_0000, true)
    view.setUint32(CPU_BASE + CPU_ZF + 4, 0, true)
    view.setUint32(CPU_BASE + CPU_CF, (nzcv >>> 29) & 1, true)
    view.setUint32(CPU_BASE + CPU_VF, (nzcv >>> 28) & 1, true)
    const word = record.getUint32(at + WORD, true)
    const row = this.decode(word)
    const done = row !== 0 && this.exports.execFpSimd(CPU_BASE, row, word) !== 0
    record.setUint32(at + WORD, done ? 0 : 1, true)
    record.setUint32(at + FPSR, view.getUint32(CPU_BASE + CPU_FPSR, true), true)
    record.setUint32(at + NZCV, this.flags(), true)
    for (let i = 0; i < REGISTERS.length; i++) {
      const v = CPU_BASE + CPU_V + 16 * REGISTERS[i]!
      source.set(bytes.subarray(v, v + 16), V + 16 * i)
      if (REGISTERS[i] === 31) continue
      const x = CPU_BASE + CPU_X + 8 * REGISTERS[i]!
      source.set(bytes.subarray(x, x + 8), X + 8 * i)
    }
  }

  private flags(): number {
    const { view } = this
    const n = view.getUint32(CPU_BASE + CPU_NF + 4, true) >>> 31
    const z = view.getBigUint64(CPU_BASE + CPU_ZF, true) === 0n ? 1 : 0
    const c = view.getUint32(CPU_BASE + CPU_CF, true)
    const v = view.getUint32(CPU_BASE + CPU_VF, true)
    return ((n << 31) | (z << 30) | (c << 29) | (v << 28)) >>> 0
  }
}

/** AssemblyScript to WebAssembly, in this process: the compiler is loaded once, so that the second module takes half the time. */

import { join } from 'node:path'
import type { SourceMap } from '../compiler/source-map.ts'

/** The repository, to which source paths are relative in names and line tables. */
export const ROOT = join(import.meta.dir, '../..')

export interface Compilation {
  /** Paths from `ROOT`. */
  readonly entries: readonly string[]
  /** Further options of `asc`. */
  readonly options: readonly string[]
}

export interface Wasm {
  readonly bytes: Uint8Array
  readonly map: SourceMap
}

/**
 * Compiles modules with names and lines; `mapText` is the source map as JSON.
 *
 * @throws Error with the compiler's messages
 */
export async function compileAssemblyScript({
  entries,
  options,
}: Compilation): Promise<{ bytes: Uint8Array; mapText: string }> {
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  const files = new Map<string, Uint8Array | string>()
  const { error } = await asc.main(
    [...entries, '--baseDir', ROOT, '--outFile', 'out.wasm', '--debug', '--sourceMap', ...options],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      writeFile: (name: string, contents: Uint8Array | string) => void files.set(name, contents),
    } as never,
  )
  if (error) {
    throw new Error(`Cannot compile ${entries[0]}:\n${messages.join('')}${error.message}`)
  }
  return {
    bytes: files.get('out.wasm') as Uint8Array,
    mapText: String(files.get('out.wasm.map')),
  }
}

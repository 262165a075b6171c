/** AssemblyScript to WebAssembly through the cache: what it gives depends on sources, options and asc alone, not on our compiler. */

import { join } from 'node:path'
import { readSourceMap } from '../compiler/source-map.ts'
import { type Compilation, compileAssemblyScript, ROOT, type Wasm } from './asc.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf } from './sources.ts'

const ASC = join(ROOT, 'node_modules/assemblyscript/package.json')

const hashOfWasm = ({ entries, options }: Compilation): string =>
  hashOf([...closureOf(entries), ASC], JSON.stringify(options))

/**
 * Compiles modules, or takes what they gave the last time.
 *
 * @param name under which it is kept
 * @throws Error with the compiler's messages
 */
export async function wasmOf(name: string, compilation: Compilation): Promise<Wasm> {
  const hash = hashOfWasm(compilation)
  const bytes = cached(`wasm-${name}`, hash)
  const map = cached(`map-${name}`, hash)
  if (bytes && map) return { bytes, map: readSourceMap(new TextDecoder().decode(map)) }
  const { bytes: made, mapText } = await compileAssemblyScript(compilation)
  keep(`wasm-${name}`, hash, made)
  keep(`map-${name}`, hash, new TextEncoder().encode(mapText))
  return { bytes: made, map: readSourceMap(mapText) }
}

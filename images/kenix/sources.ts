/** What a built file depends on: sources, followed through their relative imports, and the tools that make it. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { ROOT } from './asc.ts'

const IMPORT = /(?:^|[\s;}])(?:import|export)\s*(?:[\w*{}\s,$]+\sfrom\s*)?['"](\.[^'"]*)['"]/g

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** The file an import names: with or without its ending, or the index of a folder. */
function resolveImport(from: string, name: string): string | undefined {
  const path = resolve(dirname(from), name)
  return [path, `${path}.ts`, join(path, 'index.ts')].find(isFile)
}

const imports = new Map<string, readonly string[]>()

function importsOf(path: string): readonly string[] {
  const known = imports.get(path)
  if (known) return known
  const found = [...readFileSync(path, 'utf8').matchAll(IMPORT)].flatMap(
    ([, name]) => resolveImport(path, name!) ?? [],
  )
  imports.set(path, found)
  return found
}

/** All files that these import, themselves included, as absolute paths in order. */
export function closureOf(entries: readonly string[]): string[] {
  imports.clear()
  const found = new Set<string>()
  const pending = entries.map((entry) => resolve(ROOT, entry))
  while (pending.length > 0) {
    const path = pending.pop()!
    if (found.has(path)) continue
    found.add(path)
    pending.push(...importsOf(path))
  }
  return [...found].sort()
}

/** A short hash of files and texts. */
export function hashOf(
  files: readonly string[],
  ...texts: readonly (string | Uint8Array)[]
): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest('hex').slice(0, 24)
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

let tools: string | undefined

/** A hash of what turns sources into images: this compiler, the assembler, the version of asc. */
export function toolsHash(): string {
  if (tools) return tools
  const folders = ['images/compiler', 'images/kenix', 'jit/isa'].map((folder) => join(ROOT, folder))
  const asc = join(ROOT, 'node_modules/assemblyscript/package.json')
  tools = hashOf([...folders.flatMap(sourcesIn), asc])
  return tools
}

/**
 * Compiles parts of the userland to WebAssembly and runs them in Bun, with fake instruction imports, so that logic can be
 * tested without a kernel. Strings cross the border with the AssemblyScript loader.
 *
 * The programs that boot are built by images/kenix, from the same sources.
 */
import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { instantiate } from '@assemblyscript/loader'

const root = resolve(import.meta.dir, '..')

/** What a test calls: exported functions, and the loader's helpers for strings. */
export interface Guest {
  readonly memory: WebAssembly.Memory
  /** Calls an exported function; strings are passed as strings. */
  call(name: string, ...args: (string | number | bigint)[]): number
  /** The same for a function that returns a string. */
  text(name: string, ...args: (string | number | bigint)[]): string
}

/** Functions that stand for the instructions a module imports, by module and name. */
export type Imports = Record<string, Record<string, (...args: never[]) => unknown>>

/**
 * The WebAssembly of `entry`, a path below userland/.
 * @param text what the entry holds, if it is no file
 */
export async function compileGuest(entry: string, text?: string): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  const files = new Map<string, Uint8Array>()
  const { error } = await asc.main(
    [
      relative(root, resolve(root, entry)),
      '--outFile',
      'guest.wasm',
      '--baseDir',
      root,
      '--runtime',
      'incremental',
      '--exportRuntime',
      '--memoryBase',
      '65536',
      '--stackSize',
      '65536',
      '--debug',
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      readFile: (name: string, base: string) => {
        if (text !== undefined && name === entry) return text
        const path = resolve(base, name)
        return existsSync(path) ? readFileSync(path, 'utf8') : null
      },
      writeFile: (name: string, contents: Uint8Array) => void files.set(name, contents),
    } as never,
  )
  if (error) throw new Error(`Cannot compile "${entry}":\n${messages.join('')}${error.message}`)
  return files.get('guest.wasm')!
}

/** Compiles `entry` and makes an instance of it. */
export async function loadGuest(entry: string, imports: Imports = {}): Promise<Guest> {
  return instantiateGuest(await compileGuest(entry), imports)
}

/** Makes an instance of a module that `compileGuest` made. */
export async function instantiateGuest(wasm: Uint8Array, imports: Imports = {}): Promise<Guest> {
  const { exports } = await instantiate(wasm, {
    ...imports,
    env: {
      abort(message: number, file: number, line: number, column: number) {
        throw new Error(`abort: ${string(message)} at ${string(file)}:${line}:${column}`)
      },
      ...imports['env'],
    },
  } as never)
  const guest = exports as unknown as Record<string, (...args: unknown[]) => number>
  const runtime = exports as unknown as {
    memory: WebAssembly.Memory
    __newString(text: string): number
    __getString(pointer: number): string
    __pin(pointer: number): number
    __unpin(pointer: number): void
  }
  function string(pointer: number): string {
    return pointer === 0 ? '' : runtime.__getString(pointer)
  }
  function call(name: string, ...args: (string | number | bigint)[]): number {
    const pins: number[] = []
    const values = args.map((value) => {
      if (typeof value !== 'string') return value
      const pointer = runtime.__pin(runtime.__newString(value))
      pins.push(pointer)
      return pointer
    })
    try {
      return guest[name]!(...values)
    } finally {
      for (const pointer of pins) runtime.__unpin(pointer)
    }
  }
  return {
    memory: runtime.memory,
    call,
    text: (name, ...args) => string(call(name, ...args)),
  }
}

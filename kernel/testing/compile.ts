/** The kernel's wasm for tests in Bun: the same sources and options as the image, compiled once a process. */
import { join } from 'node:path'
import { kernel } from '../image.ts'

const root = join(import.meta.dir, '../..')
let compiled: Promise<WebAssembly.Module> | undefined

async function compile(): Promise<WebAssembly.Module> {
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  let bytes: Uint8Array | undefined
  const { error } = await asc.main(
    [
      ...kernel.entries,
      'kernel/inspect.ts',
      '--baseDir',
      root,
      '--outFile',
      'out.wasm',
      '--debug',
      '--runtime',
      'stub',
      '-O1',
      ...kernel.options,
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name === 'out.wasm') bytes = contents as Uint8Array
      },
    } as never,
  )
  if (error || !bytes) throw new Error(`Cannot compile the kernel:\n${messages.join('')}`)
  return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
}

/** The kernel's module. */
export function kernelModule(): Promise<WebAssembly.Module> {
  compiled ??= compile()
  return compiled
}

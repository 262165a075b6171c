/** Builds programs on as many threads as there are cores: each loads the compiler of its own, so a few programs need none. */

import { availableParallelism } from 'node:os'
import { buildProgram } from './programs.ts'

/** Loading the compiler takes as long as compiling this many programs. */
const WORTH_A_THREAD = 4

interface Done {
  readonly name: string
  readonly elf?: Uint8Array
  readonly error?: string
}

/**
 * Builds programs.
 *
 * @param onBuilt called for each with its ELF file
 * @throws Error with the messages of all that cannot be built
 */
export async function buildAll(
  names: readonly string[],
  onBuilt: (name: string, elf: Uint8Array) => void,
): Promise<void> {
  const errors: string[] = []
  const pending = [...names]
  const done = ({ name, elf, error }: Done) => {
    if (elf) onBuilt(name, elf)
    else errors.push(error ?? `Cannot build ${name}`)
  }
  const threads = Math.min(availableParallelism(), Math.floor(names.length / WORTH_A_THREAD))
  const helpers = Array.from({ length: Math.max(threads - 1, 0) }, () => runThread(pending, done))
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const built = buildProgram(name)
    done(
      await built.then(
        (elf) => ({ name, elf }),
        ({ message }: Error) => ({ name, error: message }),
      ),
    )
    // Lets what threads report come in between.
    await new Promise((resume) => setImmediate(resume))
  }
  await Promise.all(helpers)
  if (errors.length > 0) throw new Error(errors.join('\n\n'))
}

/** A thread that takes names until there are none. */
function runThread(pending: string[], done: (result: Done) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    const next = () => {
      const name = pending.shift()
      if (name !== undefined) worker.postMessage(name)
      else {
        worker.terminate()
        resolve()
      }
    }
    worker.onmessage = ({ data }: MessageEvent<Done>) => {
      done(data)
      next()
    }
    worker.onerror = ({ message }) => {
      worker.terminate()
      reject(new Error(`Cannot build programs on a thread: ${message}`))
    }
    next()
  })
}

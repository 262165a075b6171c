/**
 * Builds Kenix in a process of its own: the compilers keep a thread busy for seconds, and the server answers meanwhile.
 */
import { mkdtempSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KenixBuilder } from './default-instance.ts'
import { BUILT_FILES } from './kenix-build.ts'

const COMMAND = [process.execPath, join(import.meta.dir, 'kenix-build.ts')]

/** Makes the builder; `command` is the process, whose arguments are the folder for its files and our process id. */
export function kenixBuilder(command: readonly string[] = COMMAND): KenixBuilder {
  return async (tell, signal) => {
    // At once: the caller may be busy with other work for long.
    const folder = mkdtempSync(join(tmpdir(), 'kenix-build-'))
    try {
      const child = Bun.spawn([...command, folder, String(process.pid)], {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        signal,
      })
      const errors = child.stderr.text()
      await tellLines(child.stdout, tell)
      if ((await child.exited) !== 0) {
        throw new Error((await errors).trim() || `its process ended with ${child.exitCode}`)
      }
      const [image, disk] = await Promise.all([
        readFile(join(folder, BUILT_FILES.image)),
        readFile(join(folder, BUILT_FILES.disk)),
      ])
      return { image, disk }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function tellLines(
  stream: ReadableStream<Uint8Array>,
  tell: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop()!
    const last = lines.findLast((line) => line.trim() !== '')
    if (last !== undefined) tell(last.trim())
  }
}

/**
 * Builds programs/*.c with Debian's cross compiler, as somebody would who knows nothing of Kenix but docs/syscalls.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SOURCES = join(import.meta.dir, 'programs')
const COMPILER = [
  'aarch64-linux-gnu-gcc',
  ...['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-nostdlib', '-ffreestanding'],
]

/** The ELF file of programs/syscalls.c. */
export function programInC(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'kenix-c-'))
  try {
    const child = join(folder, 'child')
    compile('child.c', child)
    const program = join(folder, 'program')
    compile('syscalls.c', program, `-Wa,-I,${folder}`)
    return readFileSync(program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compile(source: string, output: string, ...more: string[]): void {
  const command = [...COMPILER, ...more, '-o', output, join(SOURCES, source)]
  const { exitCode, stderr } = Bun.spawnSync(command, { stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`Cannot compile ${source}: ${stderr.toString()}`)
}

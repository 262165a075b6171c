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

/** The ELF file of programs/NAME.c. */
export function programInC(name: 'syscalls' | 'figures'): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'kenix-c-'))
  try {
    const program = join(folder, 'program')
    if (name === 'syscalls') compile('child.c', join(folder, 'child'))
    compile(`${name}.c`, program, `-Wa,-I,${folder}`)
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

/**
 * Runs before every `bun test`: installs the dependencies of a fresh clone, and builds the CPU core if its sources
 * changed, which takes longer than a test may. Imports nothing but built-ins, as nothing else may be there yet.
 */
import { setDefaultTimeout } from 'bun:test'
import { readFileSync } from 'node:fs'
import { ensureInstalled } from '../api/cli/install.ts'

/** Runs the same command once more: this process has already seen that there was no node_modules, and stays with it. */
function startOver(): never {
  const command = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(1, -1)
  const { exitCode } = Bun.spawnSync([process.execPath, ...command], {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  process.exit(exitCode)
}

if (ensureInstalled()) startOver()
const { buildCore } = await import('../jit/core/build.ts')
await buildCore()
// Tests fail by what they expect, not by how busy the host is.
setDefaultTimeout(60_000)

/**
 * Installs the dependencies when node_modules does not match bun.lock, so that `bun start` and `bun test` work on a
 * fresh clone. Imports built-ins only: nothing else may exist yet.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')
const stamp = join(root, 'node_modules/.kenix-lock')

/**
 * Runs `bun install --frozen-lockfile` unless it already ran for this lock file. Exits with 1 if that fails.
 * @returns whether it had to.
 */
export function ensureInstalled(): boolean {
  const lock = readFileSync(join(root, 'bun.lock'), 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return false
  process.stderr.write('Installing dependencies ...\n')
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdout: 'ignore',
    stderr: 'pipe',
  })
  if (exitCode !== 0) {
    process.stderr.write(`Cannot install the dependencies:\n${stderr.toString()}`)
    process.exit(1)
  }
  writeFileSync(stamp, lock)
  return true
}

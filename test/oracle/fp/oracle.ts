/**
 * The reference side: `oracle.c`, built once for AArch64 and run under qemu-aarch64-static.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dir, 'oracle.c')
const cache = join(import.meta.dir, '../../../.cache/fp')

/** Debian packages the oracle needs. */
export const ORACLE_PACKAGES = [
  'gcc-aarch64-linux-gnu',
  'libc6-dev-arm64-cross',
  'qemu-user-static',
] as const

function build(): string {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 24)
  const program = join(cache, `oracle-${digest}`)
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const temporary = `${program}.${process.pid}`
  const command = ['aarch64-linux-gnu-gcc', '-O1', '-static', '-Wall', '-o', temporary, source]
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`Cannot compile ${source}:\n${stderr.toString()}`)
  renameSync(temporary, program)
  return program
}

/** The records after their instructions were executed by QEMU. */
export function runOracle(records: Uint8Array): Uint8Array {
  const command = ['qemu-aarch64-static', '-cpu', 'max', build()]
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    stdin: records,
    maxBuffer: 2 * records.length + 65536,
  })
  if (exitCode !== 0 || stdout.length !== records.length) {
    throw new Error(
      `The oracle ended with status ${exitCode} after ${stdout.length} of ${records.length} bytes: ${stderr.toString()}`,
    )
  }
  return new Uint8Array(stdout)
}

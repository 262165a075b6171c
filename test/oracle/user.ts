/**
 * The reference side of the random differential test: `user.c`, built once for AArch64 and run under
 * qemu-aarch64-static.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, RECORD_BYTES } from './record.ts'

const source = join(import.meta.dir, 'user.c')
const cache = join(import.meta.dir, '../../.cache/oracle')

/** Without the extensions that the core leaves out: their hints are NOPs, and no context record grows. */
const MAX = 'max,pauth=off,sve=off,sme=off'

function build(): string {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 24)
  const program = join(cache, `user-${digest}`)
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const temporary = `${program}.${process.pid}`
  const command = ['aarch64-linux-gnu-gcc', '-O1', '-static', '-Wall', '-o', temporary, source]
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`Cannot compile ${source}:\n${stderr.toString()}`)
  renameSync(temporary, program)
  return program
}

/** The records of all batches, one after the other, after QEMU ran their snippets. */
export function runUser(batches: readonly Batch[], cpu = MAX): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { code, records, count } of batches) {
    parts.push(new Uint8Array(Uint32Array.of(count, code.byteLength).buffer))
    parts.push(new Uint8Array(code.buffer, code.byteOffset, code.byteLength), records)
  }
  const expected = batches.reduce((sum, { count }) => sum + count * RECORD_BYTES, 0)
  const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync(
    ['qemu-aarch64-static', '-cpu', cpu, build()],
    { stdin: Buffer.concat(parts), maxBuffer: expected + 65536, timeout: 120_000 },
  )
  if (exitCode !== 0 || stdout.length !== expected) {
    throw new Error(
      `The oracle ended with status ${signalCode ?? exitCode} after ${stdout.length} of ${expected} bytes: ${stderr.toString()}`,
    )
  }
  return new Uint8Array(stdout)
}

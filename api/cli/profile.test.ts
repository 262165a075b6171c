/**
 * `kenix run` with --profile, --symbols and --no-jit, as a person sees it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCore } from '../../jit/core/build.ts'
import { assemble } from '../../jit/isa/assemble.ts'

const directory = mkdtempSync(join(tmpdir(), 'kenix-profile-'))
const file = (name: string) => join(directory, name)
const map = file('System.map')

/** Where raw code is loaded (docs/running.md). */
const LOADED_AT = '40080000'

beforeAll(async () => {
  await buildCore()
  const code = ['add x0, x0, #1', 'eor x1, x1, x0', 'b #-8'].map((line) => assemble(line))
  writeFileSync(file('spinner'), Uint32Array.from(code))
  writeFileSync(map, `00000000${LOADED_AT} T spin_for_ever\n`)
}, 120_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function spin(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const program = [process.execPath, join(import.meta.dir, 'bootstrap.ts')]
  const options = ['--kernel', file('spinner'), '--memory', '128M', '--timeout', '1.2', ...args]
  const child = Bun.spawn([...program, 'run', ...options], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { status: await child.exited, out, err }
}

/** Per cent of samples in a part of the report. */
function share(report: string, part: string): number {
  return Number(new RegExp(`([\\d.]+) % {2}${part}\\n`).exec(report)?.[1] ?? 0)
}

test('a loop is found in translated code, with its name; standard output stays the console', async () => {
  const { status, out, err } = await spin('--profile', '--symbols', map)
  expect([status, out]).toEqual([124, ''])
  expect(share(err, 'translated code')).toBeGreaterThan(50)
  expect(err).toMatch(/0x0000000040080000 {2}spin_for_ever .*(OMG|BBQ)/)
  expect(err).toMatch(/\d+ translations \(/)
})

test('without the translator the same loop is in the interpreter, and numbers say so', async () => {
  const stats = file('stats.json')
  const { err } = await spin('--profile', '--no-jit', '--stats', stats)
  expect(share(err, 'interpreter')).toBeGreaterThan(50)
  expect(err).toContain('the translator is off')
  expect(JSON.parse(readFileSync(stats, 'utf8')).translator).toBeNull()
})

test('numbers say what was translated, and what was not, by cause', async () => {
  const stats = file('translated.json')
  await spin('--stats', stats)
  const { translator } = JSON.parse(readFileSync(stats, 'utf8'))
  expect(translator.translations).toBeGreaterThan(0)
  expect(translator.failures).toBeObject()
  expect(translator.retired).toBeGreaterThan(0)
})

test.each([
  [['--symbols', map], 2, '--symbols needs --profile'],
  [['--profile', '--symbols', '/nothing'], 1, '/nothing'],
  [['--profile', '--symbols', '/etc/hostname'], 1, 'it must be an ELF file'],
])('%j fails before anything runs', async (args, expected, message) => {
  const { status, err } = await spin(...args)
  expect(status).toBe(expected)
  expect(err).toContain(message)
})

/** Runs a module in Bun's WebAssembly engine and as a compiled program under qemu-user, and compares what they answer. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linuxProgram } from '../linux/program.ts'

/** Seconds after which a program is taken for one that does not end. */
const PATIENCE = 60

/** How JavaScriptCore words what the specification calls otherwise. */
const WORDING: readonly (readonly [RegExp, string])[] = [
  [/division by zero/i, 'integer divide by zero'],
  [/integer overflow|out of bounds trunc/i, 'integer overflow'],
  [/unreachable/i, 'unreachable'],
  [
    /out of bounds memory|memory.*out of bounds|out-of-bounds memory/i,
    'out of bounds memory access',
  ],
  [/out of bounds call_indirect/i, 'undefined element'],
  [/signature/i, 'indirect call type mismatch'],
  [/out of bounds table/i, 'out of bounds table access'],
  [/call stack|stack size/i, 'call stack exhausted'],
]

/** Runs a compiled program. */
export function runProgram(
  program: Uint8Array,
  args: readonly string[],
  input = '',
): { output: string; exitCode: number } {
  const folder = mkdtempSync(join(tmpdir(), 'wasm2elf-'))
  const file = join(folder, 'program')
  try {
    writeFileSync(file, program)
    chmodSync(file, 0o755)
    const { stdout, exitCode } = Bun.spawnSync(['qemu-aarch64-static', file, ...args], {
      stdin: Buffer.from(input),
      stderr: 'ignore',
      timeout: PATIENCE * 1000,
    })
    return { output: stdout.toString(), exitCode: exitCode ?? -1 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The specification's text for a trap, from the engine's. */
export function trapOf({ message }: Error): string {
  return WORDING.find(([pattern]) => pattern.test(message))?.[1] ?? message
}

/**
 * A program's output in the words that the engine leaves: it calls a null in a table a mismatch, where the specification has a
 * text of its own, and has one text for all conversions that fail.
 */
export function asEngine(output: string): string {
  return output
    .replaceAll('uninitialized element', 'indirect call type mismatch')
    .replaceAll('invalid conversion to integer', 'integer overflow')
}

/** What the engine answers to a call without arguments whose results are integers, as the program would write it. */
function answer(run: () => unknown): string {
  try {
    const result = run()
    return (Array.isArray(result) ? result : [result]).map((value) => `${value}\n`).join('')
  } catch (error) {
    return `trap: ${trapOf(error as Error)}\n`
  }
}

/**
 * What both give for calls of exports without arguments, in this order on one instance.
 *
 * @param module a module without imports whose exports give integers
 */
export async function compare(
  module: Uint8Array,
  calls: readonly string[],
): Promise<{ engine: string; program: string }> {
  const { instance } = await WebAssembly.instantiate(new Uint8Array(module))
  const exported = instance.exports as Record<string, () => unknown>
  const engine = calls.map((name) => answer(exported[name]!)).join('')
  const { output } = runProgram(linuxProgram(module), ['-'], calls.join('\n'))
  const program = asEngine(output)
  return { engine, program }
}

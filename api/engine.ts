/**
 * Options of JavaScriptCore for processes that run machines. It reads them from the environment when a process begins and at
 * no other time. Machines run without them, too: then code is slow for its first tenths of a second, as the engine's one
 * compiling thread has more to do than it can, and everything waits in the engine's own interpreter.
 */
import { dlopen, FFIType, ptr } from 'bun:ffi'
import { readFileSync } from 'node:fs'

/** Without the slowest tier, and with two threads that compile. Measured in docs/journal/2026-11-22-translator.md. */
export const ENGINE_OPTIONS: Readonly<Record<string, string>> = {
  BUN_JSC_useWasmIPInt: '0',
  BUN_JSC_numberOfWasmCompilerThreads: '2',
}

/**
 * Makes this process run with the options, by executing the same command line again in its place, unless it does already.
 * Options that the user set stand. Returns where that is not possible, or not needed.
 */
export function restartWithEngineOptions(): void {
  if (Object.keys(ENGINE_OPTIONS).every((name) => process.env[name] !== undefined)) return
  try {
    const environment = { ...ENGINE_OPTIONS, ...process.env }
    const argv = strings(readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1))
    const envp = strings(Object.entries(environment).map(([name, value]) => `${name}=${value}`))
    const path = Buffer.from(`${process.execPath}\0`)
    const { symbols } = dlopen('libc.so.6', {
      execve: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    })
    symbols.execve(ptr(path), ptr(argv.pointers), ptr(envp.pointers))
  } catch {
    // Not Linux, or no such library: slower at first, but all the same.
  }
}

/** An array of C strings; `bytes` keeps them alive. */
function strings(values: readonly string[]): { pointers: BigUint64Array; bytes: Buffer[] } {
  const bytes = values.map((value) => Buffer.from(`${value}\0`))
  const pointers = new BigUint64Array(values.length + 1)
  bytes.forEach((one, i) => {
    pointers[i] = BigInt(ptr(one))
  })
  return { pointers, bytes }
}

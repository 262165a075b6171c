/**
 * The CPU as a library: `loadCore` builds core.wasm if need be and makes the vCPUs and memory of one machine.
 */
import { readFileSync } from 'node:fs'
import { buildCore } from './build.ts'
import { Core, type CoreOptions } from './core.ts'

export {
  Core,
  type CoreHost,
  type CoreOptions,
  CPU_MODELS,
  type CpuModel,
  type Region,
} from './core.ts'

let compiled: Promise<WebAssembly.Module> | undefined

/** Makes a core. The compiled module is shared by all cores of the process. */
export async function loadCore(options: CoreOptions): Promise<Core> {
  compiled ??= buildCore().then((path) => WebAssembly.compile(readFileSync(path)))
  return new Core(await compiled, options)
}

/**
 * What threads can do independently: programs, and the slow half of kernel and loader, from AssemblyScript to WebAssembly, which
 * the cache then has. A job is a name: `kernel`, `loader` or `program NAME`.
 */

import { kernelWasm } from './kernel.ts'
import { buildLoader } from './loader.ts'
import { buildProgram } from './programs.ts'

/** The job that builds a program. */
export const programJob = (name: string): string => `program ${name}`

/** Does a job; gives the file it makes, or for the kernel what the linker starts from. */
export async function runJob(job: string): Promise<Uint8Array> {
  if (job === 'kernel') return (await kernelWasm()).bytes
  if (job === 'loader') return buildLoader()
  return buildProgram(job.slice(programJob('').length))
}

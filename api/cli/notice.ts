/**
 * Tells a person why nothing happens: the CPU's core is compiled when its sources changed, which takes seconds.
 */
import { buildCore } from '../../jit/core/build.ts'

/** Sees to it that the core is built, and says so on standard error if that has to be done first. */
export async function buildCoreNoticeably(): Promise<void> {
  await buildCore(() => {
    process.stderr.write('Building the CPU core, which takes a while the first time ...\n')
  })
}

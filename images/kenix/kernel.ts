/**
 * The kernel's image by the recipe of `kernel/image.ts`, which exports `kernel: KernelSource`: what is compiled and how, where it
 * goes, and its assembly.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Kernel, type KernelRecipe, kenixKernel } from '../compiler/kenix/kernel.ts'
import { compileAssemblyScript, ROOT } from './asc.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'

/** What `kernel/image.ts` exports as `kernel`. */
export interface KernelSource {
  /** AssemblyScript whose exports assembly may call: paths from the repository's root. */
  readonly entries: readonly string[]
  /** Options of `asc` beside `--runtime stub -O3`, such as `--initialMemory` for the tables behind its constants. */
  readonly options: readonly string[]
  readonly recipe: KernelRecipe
}

const RECIPE = 'kernel/image.ts'
const OPTIONS = ['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0']

/** The flat image and the ELF file with a boot archive inside. */
export async function buildKernel(
  archive: Uint8Array,
  onProgress: (text: string) => void,
): Promise<Kernel> {
  const path = join(ROOT, RECIPE)
  if (!existsSync(path)) throw new Error(`Cannot build the kernel: there is no ${RECIPE}`)
  const { kernel } = (await import(path)) as { kernel: KernelSource }
  const hash = hashOf(closureOf([RECIPE, ...kernel.entries]), toolsHash(), OPTIONS.join(), archive)
  const image = cached('kernel-image', hash)
  const elf = cached('kernel-elf', hash)
  if (image && elf) return { image, elf }
  onProgress('Building the kernel')
  const options = [...OPTIONS, ...kernel.options]
  const { bytes, map } = await compileAssemblyScript({ entries: kernel.entries, options })
  const made = kenixKernel(bytes, { recipe: kernel.recipe, map, archive })
  keep('kernel-image', hash, made.image)
  keep('kernel-elf', hash, made.elf)
  return made
}

/**
 * The kernel's image by `kernel/image.ts`, which says what is compiled and how, where it goes, and has its assembly.
 */

import { kernel } from '../../kernel/image.ts'
import { type Kernel, kenixKernel } from '../compiler/kenix/kernel.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'
import { wasmOf } from './wasm.ts'

const RECIPE = 'kernel/image.ts'
const OPTIONS = ['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0']

/** The flat image and the ELF file with a boot archive inside. */
export async function buildKernel(
  archive: Uint8Array,
  onProgress: (text: string) => void,
): Promise<Kernel> {
  const hash = hashOf(closureOf([RECIPE, ...kernel.entries]), toolsHash(), OPTIONS.join(), archive)
  const image = cached('kernel-image', hash)
  const elf = cached('kernel-elf', hash)
  if (image && elf) return { image, elf }
  onProgress('Building the kernel')
  const options = [...OPTIONS, ...kernel.options]
  const { bytes, map } = await wasmOf('kernel', { entries: kernel.entries, options })
  const made = kenixKernel(bytes, { recipe: kernel.recipe, map, archive })
  keep('kernel-image', hash, made.image)
  keep('kernel-elf', hash, made.elf)
  return made
}

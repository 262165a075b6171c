/**
 * The kernel's image by `kernel/image.ts`, which says what is compiled and how, where it goes, and has its assembly.
 */

import { kernel } from '../../kernel/image.ts'
import { type Kernel, kenixKernel } from '../compiler/kenix/kernel.ts'
import type { Wasm } from './asc.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'
import { wasmOf } from './wasm.ts'

const RECIPE = 'kernel/image.ts'
const OPTIONS = ['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0']

/** The kernel as WebAssembly. */
export function kernelWasm(): Promise<Wasm> {
  return wasmOf('kernel', { entries: kernel.entries, options: [...OPTIONS, ...kernel.options] })
}

const hashWith = (archive: Uint8Array): string =>
  hashOf(closureOf([RECIPE, ...kernel.entries]), toolsHash(), OPTIONS.join(), archive)

/** The flat image and the ELF file with a boot archive inside. */
export async function buildKernel(
  archive: Uint8Array,
  onProgress: (text: string) => void,
): Promise<Kernel> {
  const hash = hashWith(archive)
  const image = cached('kernel-image', hash)
  const elf = cached('kernel-elf', hash)
  if (image && elf) return { image, elf }
  onProgress('Building the kernel')
  const { bytes, map } = await kernelWasm()
  const made = kenixKernel(bytes, { recipe: kernel.recipe, map, archive })
  keep('kernel-image', hash, made.image)
  keep('kernel-elf', hash, made.elf)
  return made
}

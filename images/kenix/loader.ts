/** The UEFI loader, `kernel/boot`, as `BOOTAA64.EFI`. */

import { ASSEMBLY } from '../../kernel/boot/assembly.ts'
import { efiApplication } from '../compiler/kenix/efi.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'
import { wasmOf } from './wasm.ts'

const MAIN = 'kernel/boot/main.ts'
const OPTIONS = ['--runtime', 'stub', '--optimizeLevel', '2', '--shrinkLevel', '1']

/** The bytes of the application. */
export async function buildLoader(onProgress: (text: string) => void): Promise<Uint8Array> {
  const hash = hashOf(closureOf([MAIN, 'kernel/boot/assembly.ts']), toolsHash(), OPTIONS.join())
  const known = cached('loader', hash)
  if (known) return known
  onProgress('Building the UEFI loader')
  const { bytes } = await wasmOf('loader', { entries: [MAIN], options: OPTIONS })
  const loader = efiApplication(bytes, { assembly: (asm) => void asm.text(ASSEMBLY) })
  keep('loader', hash, loader)
  return loader
}

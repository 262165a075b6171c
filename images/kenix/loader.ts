/** The UEFI loader, `kernel/boot`, as `BOOTAA64.EFI`. */

import { ASSEMBLY } from '../../kernel/boot/assembly.ts'
import { efiApplication } from '../compiler/kenix/efi.ts'
import { cached, keep } from './cache.ts'
import { closureOf, hashOf, toolsHash } from './sources.ts'
import { wasmOf } from './wasm.ts'

const MAIN = 'kernel/boot/main.ts'
const OPTIONS = ['--runtime', 'stub', '--optimizeLevel', '2', '--shrinkLevel', '1']

const hash = (): string =>
  hashOf(closureOf([MAIN, 'kernel/boot/assembly.ts']), toolsHash(), OPTIONS.join())

/** The application, if it was built from the sources as they are. */
export const builtLoader = (): Uint8Array | undefined => cached('loader', hash())

/** Builds the application and keeps it. */
export async function buildLoader(): Promise<Uint8Array> {
  const { bytes } = await wasmOf('loader', { entries: [MAIN], options: OPTIONS })
  const loader = efiApplication(bytes, { assembly: (asm) => void asm.text(ASSEMBLY) })
  keep('loader', hash(), loader)
  return loader
}

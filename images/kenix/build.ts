/**
 * Kenix, from sources to what boots: programs, the archive of them, the kernel with the archive inside, the UEFI loader.
 *
 * Each file is kept by the hash of what it was made from; what did not change is only read.
 */

import { stripElf } from '../compiler/object/elf.ts'
import { type ArchiveFile, writeArchive } from './archive.ts'
import { buildKernel } from './kernel.ts'
import { buildLoader } from './loader.ts'
import { buildAll } from './pool.ts'
import { builtProgram, programNames } from './programs.ts'

export interface KenixOptions {
  /** Told what is being built, and only that. */
  readonly onProgress?: (text: string) => void
  /** Names of the programs wanted; all, if it is left out. */
  readonly programs?: readonly string[]
  /** Further files of the boot archive. */
  readonly files?: readonly ArchiveFile[]
}

export interface KenixImages {
  /** Flat Image of the kernel with the boot archive, by Linux's boot protocol. */
  readonly image: Uint8Array
  /** The same as ELF64 with symbols and lines, which QEMU loads, too. */
  readonly elf: Uint8Array
  /** The UEFI application that loads `image`. */
  readonly loader: Uint8Array
  /** ELF64 programs by name, with symbols and lines; those of the archive have neither. */
  readonly programs: ReadonlyMap<string, Uint8Array>
}

/** Builds programs, or takes them from the cache. */
export async function buildPrograms(
  names: readonly string[],
  onProgress: (text: string) => void = () => {},
): Promise<Map<string, Uint8Array>> {
  const programs = new Map(names.map((name) => [name, builtProgram(name)]))
  const missing = names.filter((name) => !programs.get(name))
  let count = 0
  await buildAll(missing, (name, elf) => {
    programs.set(name, elf)
    onProgress(`Built program ${name} (${++count} of ${missing.length})`)
  })
  return programs as Map<string, Uint8Array>
}

/**
 * Builds Kenix.
 *
 * @throws Error saying which source cannot be compiled
 */
export async function buildKenix({
  onProgress = () => {},
  files = [],
  programs: names = programNames(),
}: KenixOptions = {}): Promise<KenixImages> {
  const programs = await buildPrograms(names, onProgress)
  const archive = writeArchive([
    ...[...programs].map(([name, elf]) => ({
      name: `bin/${name}`,
      bytes: stripElf(elf),
      executable: true,
    })),
    ...files,
  ])
  const { image, elf } = await buildKernel(archive, onProgress)
  return { image, elf, loader: await buildLoader(onProgress), programs }
}

/** The command `build-kenix`: builds Kenix and writes its files. */

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ArgumentError } from '../wasm2elf.ts'
import { ROOT } from './asc.ts'
import { buildKenix } from './build.ts'

const DEFAULT = join(ROOT, '.cache/kenix/files')

function folderOf(args: readonly string[]): string {
  let folder = DEFAULT
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg !== '-o' && arg !== '--output') throw new ArgumentError(`There is no option "${arg}"`)
    const name = args[++i]
    if (name === undefined) throw new ArgumentError(`${arg} needs the name of a directory`)
    folder = resolve(name)
  }
  return folder
}

/**
 * Builds Kenix, by the arguments `[-o DIRECTORY]`.
 *
 * @returns 0
 * @throws ArgumentError for wrong arguments, Error if something cannot be compiled
 */
export async function buildKenixFiles(
  args: readonly string[],
  onProgress: (text: string) => void,
): Promise<number> {
  const folder = folderOf(args)
  const { image, elf, loader, programs } = await buildKenix({ onProgress })
  mkdirSync(join(folder, 'bin'), { recursive: true })
  await Bun.write(join(folder, 'Image'), image)
  await Bun.write(join(folder, 'kernel.elf'), elf)
  await Bun.write(join(folder, 'BOOTAA64.EFI'), loader)
  for (const [name, bytes] of programs) await Bun.write(join(folder, 'bin', name), bytes)
  onProgress(`Kenix with ${programs.size} programs is in ${folder}`)
  return 0
}

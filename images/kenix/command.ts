/** The command `build-kenix`: builds Kenix and writes its files. */

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ArgumentError } from '../wasm2elf.ts'
import { ROOT } from './asc.ts'
import { buildKenix } from './build.ts'
import { programNames } from './programs.ts'

const DEFAULT = join(ROOT, '.cache/kenix/files')

interface Options {
  folder: string
  programs: string[]
}

function readArguments(args: readonly string[]): Options {
  const options: Options = { folder: DEFAULT, programs: programNames() }
  for (let i = 0; i < args.length; i += 2) {
    const [arg, value] = [args[i]!, args[i + 1]]
    if (!['-o', '--output', '--only'].includes(arg)) {
      throw new ArgumentError(`There is no option "${arg}"`)
    }
    if (value === undefined) throw new ArgumentError(`${arg} needs a value`)
    if (arg !== '--only') options.folder = resolve(value)
    else {
      const known = options.programs
      options.programs = value.split(',')
      const unknown = options.programs.find((name) => !known.includes(name))
      if (unknown !== undefined)
        throw new ArgumentError(`There is no program "${unknown}" in userland`)
    }
  }
  return options
}

/**
 * Builds Kenix, by the arguments `[-o DIRECTORY] [--only NAME,...]`.
 *
 * @returns 0
 * @throws ArgumentError for wrong arguments, Error if something cannot be compiled
 */
export async function buildKenixFiles(
  args: readonly string[],
  onProgress: (text: string) => void,
): Promise<number> {
  const { folder, programs: names } = readArguments(args)
  const { image, elf, loader, programs } = await buildKenix({ onProgress, programs: names })
  mkdirSync(join(folder, 'bin'), { recursive: true })
  await Bun.write(join(folder, 'Image'), image)
  await Bun.write(join(folder, 'kernel.elf'), elf)
  await Bun.write(join(folder, 'BOOTAA64.EFI'), loader)
  for (const [name, bytes] of programs) await Bun.write(join(folder, 'bin', name), bytes)
  onProgress(`Kenix with ${programs.size} programs is in ${folder}`)
  return 0
}

/**
 * Kenix, from sources to what boots: programs, the archive of them, the kernel with the archive inside, the UEFI loader.
 *
 * Each file is kept by the hash of what it was made from; what did not change is only read.
 */

import { stripElf } from '../compiler/object/elf.ts'
import { type ArchiveFile, writeArchive } from './archive.ts'
import { programJob } from './jobs.ts'
import { buildKernel } from './kernel.ts'
import { builtLoader } from './loader.ts'
import { runJobs } from './pool.ts'
import { builtProgram, programNames, sourceBytes } from './programs.ts'

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
  const built = new Map(names.map((name) => [programJob(name), builtProgram(name)]))
  built.set('loader', builtLoader())
  const missing = [...built.keys()].filter((job) => !built.get(job))
  // The kernel changes whenever a program does; large programs come first, so that threads end together.
  if (missing.length > 0) missing.unshift('kernel')
  let count = 0
  await runJobs(sorted(missing), (job, bytes) => {
    built.set(job, bytes)
    onProgress(`Built ${job} (${++count} of ${missing.length})`)
  })
  const programs = new Map(names.map((name) => [name, built.get(programJob(name))!]))
  const archive = writeArchive([
    ...[...programs].map(([name, elf]) => ({
      name: `bin/${name}`,
      bytes: stripElf(elf),
      executable: true,
    })),
    ...files,
  ])
  const { image, elf } = await buildKernel(archive, onProgress)
  return { image, elf, loader: built.get('loader')!, programs }
}

/** Jobs with those first that take longest. */
function sorted(jobs: readonly string[]): string[] {
  const bytesOf = (job: string): number => {
    const name = job.slice(programJob('').length)
    return job === programJob(name) ? sourceBytes(name) : Number.POSITIVE_INFINITY
  }
  return jobs
    .map((job) => ({ job, bytes: bytesOf(job) }))
    .sort((a, b) => (a.bytes === b.bytes ? 0 : b.bytes - a.bytes))
    .map(({ job }) => job)
}

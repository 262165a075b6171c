/**
 * The process that builds Kenix for a server: writes the kernel and the first contents of its disk to the folder that is its
 * first argument, and says on standard output what it is doing, a line each. It ends with the process of its second.
 */
import { join } from 'node:path'
import { makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { dieWithParent } from './parent-death.ts'

/** What the folder holds afterwards. */
export const BUILT_FILES = { image: 'Image', disk: 'disk.img' } as const

if (import.meta.main) {
  const [folder, parent] = process.argv.slice(2)
  if (folder === undefined || parent === undefined) {
    throw new Error('Cannot build Kenix: give a folder for its files, and the process that waits')
  }
  dieWithParent(Number(parent))
  const { buildKenix } = await import('../../images/kenix/build.ts')
  const { image } = await buildKenix({ onProgress: (text) => process.stdout.write(`${text}\n`) })
  writeSparse(join(folder, BUILT_FILES.image), image)
  writeSparse(join(folder, BUILT_FILES.disk), makeDataDisk())
}

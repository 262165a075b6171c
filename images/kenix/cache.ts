/** Built files below `.cache/kenix`, each named for what it is and the hash of what it was made from. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './asc.ts'

const FOLDER = join(ROOT, '.cache/kenix/built')

/** The file of this name and hash, if it was built. */
export function cached(name: string, hash: string): Uint8Array | undefined {
  const path = join(FOLDER, `${name}.${hash}`)
  return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined
}

/** Keeps a file; others of its name go. Two processes may build the same at once: the file appears whole. */
export function keep(name: string, hash: string, bytes: Uint8Array): void {
  mkdirSync(FOLDER, { recursive: true })
  const temporary = join(FOLDER, `.${name}.${process.pid}`)
  writeFileSync(temporary, bytes)
  renameSync(temporary, join(FOLDER, `${name}.${hash}`))
  for (const old of readdirSync(FOLDER)) {
    const isOther = old.startsWith(`${name}.`) && old !== `${name}.${hash}`
    if (isOther && !old.slice(name.length + 1).includes('.'))
      rmSync(join(FOLDER, old), { force: true })
  }
}

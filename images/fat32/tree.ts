/**
 * Files and folders as the image makers take and give them: a map from path to contents.
 *
 * A path has slashes between its parts and none in front (`EFI/BOOT/BOOTAA64.EFI`). Folders exist by what is in them; an
 * empty one is a path that ends in a slash, with empty contents. Owners, modes and times are not kept.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Contents by path. */
export type FileTree = ReadonlyMap<string, Uint8Array>

/** A folder of a tree: what is in it, by name. */
export interface Folder {
  readonly files: Map<string, Uint8Array>
  readonly folders: Map<string, Folder>
}

/**
 * The tree as nested folders.
 * @throws Error for an empty part of a path, `.` or `..`, and where a name is a file and a folder.
 */
export function nested(tree: FileTree): Folder {
  const root = emptyFolder()
  for (const [path, data] of tree) {
    const parts = path.split('/')
    const name = parts.pop()!
    let folder = root
    for (const part of parts) folder = child(folder, part, path)
    if (name === '') {
      if (data.length === 0 && parts.length > 0) continue
      throw new Error(`Cannot use the path "${path}" for ${data.length} bytes: it names no file`)
    }
    checkPart(name, path)
    if (folder.files.has(name) || folder.folders.has(name)) throw twice(path)
    folder.files.set(name, data)
  }
  return root
}

/** The files below a folder of the host, symbolic links followed. */
export function treeOfFolder(directory: string): FileTree {
  const tree = new Map<string, Uint8Array>()
  const add = (prefix: string) => {
    const names = readdirSync(join(directory, prefix)).sort()
    if (names.length === 0 && prefix !== '') tree.set(prefix, new Uint8Array())
    for (const name of names) {
      const path = `${prefix}${name}`
      const kind = statSync(join(directory, path))
      if (kind.isDirectory()) add(`${path}/`)
      else if (kind.isFile()) tree.set(path, readFileSync(join(directory, path)))
      else throw new Error(`Cannot take "${join(directory, path)}": neither a file nor a folder`)
    }
  }
  add('')
  return tree
}

/** Makes a tree of texts and bytes. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>): FileTree {
  return new Map(
    Object.entries(files).map(([path, data]) => [
      path,
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ]),
  )
}

function emptyFolder(): Folder {
  return { files: new Map(), folders: new Map() }
}

function child(folder: Folder, name: string, path: string): Folder {
  checkPart(name, path)
  if (folder.files.has(name)) throw twice(path)
  const found = folder.folders.get(name) ?? emptyFolder()
  folder.folders.set(name, found)
  return found
}

function checkPart(part: string, path: string): void {
  if (part !== '' && part !== '.' && part !== '..') return
  throw new Error(
    `Cannot use the path "${path}": its parts must be names, without a slash in front`,
  )
}

function twice(path: string): Error {
  return new Error(`Cannot use the path "${path}": a part of it is a file and a folder, or twice`)
}

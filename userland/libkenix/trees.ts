/** Copying and removing files and whole directories, for commands: what fails is complained of. */
import { directoryError, readDirectory } from './directory'
import { absolutePath } from './environment'
import { create, makeDirectory, open, removeDirectory, removeFile, statPath } from './file'
import { close } from './handle'
import { complain, fail, readBytes, writeBytes } from './stdio'
import { joinPath } from './text/path'

const BLOCK: i32 = 32768

/** How deep directories are followed. */
const MAX_DEPTH: i32 = 100

/** Copies the contents of a file; exit code 0, or 1 after a complaint. */
export function copyFile(from: string, to: string): i32 {
  const source = open(from)
  if (source < 0) return fail(from, source)
  const target = create(to)
  if (target < 0) {
    close(source)
    return fail(to, target)
  }
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  let status = 0
  while (true) {
    const n = readBytes(source, p, BLOCK)
    if (n < 0) status = fail(from, n)
    if (n <= 0) break
    const error = writeBytes(target, p, n)
    if (error < 0) {
      status = fail(to, error)
      break
    }
  }
  close(source)
  close(target)
  return status
}

/** Copies a file, or a directory with all that is in it; exit code 0, or 1 after a complaint. */
export function copyTree(from: string, to: string, depth: i32 = 0): i32 {
  if (!statPath(from).isDirectory) return copyFile(from, to)
  const source = absolutePath(from)
  if (depth === 0 && `${absolutePath(to)}/`.startsWith(source === '/' ? source : `${source}/`)) {
    complain(`cannot copy "${from}" into itself, "${to}"`)
    return 1
  }
  if (depth === MAX_DEPTH) {
    complain(`${from}: directories are nested too deep`)
    return 1
  }
  const entries = readDirectory(from)
  if (directoryError < 0) return fail(from, directoryError)
  if (!statPath(to).isDirectory) {
    const error = makeDirectory(to)
    if (error < 0) return fail(to, error)
  }
  let status = 0
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].name
    if (copyTree(joinPath(from, name), joinPath(to, name), depth + 1) !== 0) status = 1
  }
  return status
}

/** Removes a file, or a directory with all that is in it; exit code 0, or 1 after a complaint. */
export function removeTree(path: string, depth: i32 = 0): i32 {
  if (!statPath(path).isDirectory) {
    const error = removeFile(path)
    return error < 0 ? fail(path, error) : 0
  }
  if (depth === MAX_DEPTH) {
    complain(`${path}: directories are nested too deep`)
    return 1
  }
  const entries = readDirectory(path)
  if (directoryError < 0) return fail(path, directoryError)
  let status = 0
  for (let i = 0; i < entries.length; i++) {
    if (removeTree(joinPath(path, entries[i].name), depth + 1) !== 0) status = 1
  }
  if (status !== 0) return status
  const error = removeDirectory(path)
  return error < 0 ? fail(path, error) : 0
}

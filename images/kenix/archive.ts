/**
 * Archives in cpio's format `newc` (Linux Documentation/driver-api/early-userspace/buffer-format.rst): a header of
 * hexadecimal numbers, the name, the contents, each part at a multiple of 4. Times and owners are 0, so equal contents give equal
 * archives.
 */

const FILE = 0o100644
const PROGRAM = 0o100755
const FOLDER = 0o040755

/** A file of an archive. */
export interface ArchiveFile {
  /** Path without a slash in front. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly executable?: boolean
}

const padded = (length: number): number => Math.ceil(length / 4) * 4

/** A member: header, name, contents. */
function member(name: string, mode: number, inode: number, bytes: Uint8Array): Uint8Array {
  const encoded = new TextEncoder().encode(`${name}\0`)
  const links = mode === FOLDER ? 2 : 1
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, links, 0, bytes.length, 0, 0, 0, 0, encoded.length, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  const start = padded(header.length + encoded.length)
  const whole = new Uint8Array(start + padded(bytes.length))
  whole.set(new TextEncoder().encode(header))
  whole.set(encoded, header.length)
  whole.set(bytes, start)
  return whole
}

/** Folders that files lie in, each after the one around it. */
function foldersOf(files: readonly ArchiveFile[]): string[] {
  const folders = new Set<string>()
  for (const { name } of files) {
    const parts = name.split('/').slice(0, -1)
    for (const i of parts.keys()) folders.add(parts.slice(0, i + 1).join('/'))
  }
  return [...folders].sort()
}

/**
 * The archive of these files, with the folders they lie in.
 *
 * @throws Error for a name that is not a relative path
 */
export function writeArchive(files: readonly ArchiveFile[]): Uint8Array {
  for (const { name } of files) {
    if (/^[^/\0]+(\/[^/\0]+)*$/.test(name)) continue
    throw new Error(
      `Cannot put "${name}" into an archive: paths are relative, of names with "/" between`,
    )
  }
  const members = [
    ...foldersOf(files).map((name) => ({ name, mode: FOLDER, bytes: new Uint8Array() })),
    ...files.map(({ name, bytes, executable }) => ({
      name,
      mode: executable ? PROGRAM : FILE,
      bytes,
    })),
  ].map(({ name, mode, bytes }, i) => member(name, mode, i + 1, bytes))
  const all = [...members, member('TRAILER!!!', 0, 0, new Uint8Array())]
  const archive = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of all) {
    archive.set(part, at)
    at += part.length
  }
  return archive
}

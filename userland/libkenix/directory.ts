/** Directories: their entries in the order the file system keeps them, or sorted. `.` and `..` are not among them. */

import { open } from './file'
import { OPEN_DIRECTORY, OPEN_READ, STREAM_READDIR, TYPE_DIRECTORY } from './generated/abi'
import { close } from './handle'
import { call, LEND_WRITE, lend, replyWord } from './ipc'

const NAME_BYTES: i32 = 1024

/** A name in a directory. */
export class Entry {
  constructor(
    readonly name: string,
    readonly size: i64,
    /** TYPE_FILE, TYPE_DIRECTORY or TYPE_DEVICE. */
    readonly type: i32,
    /** Time of change, seconds since 1970. */
    readonly time: i64,
  ) {}

  get isDirectory(): bool {
    return this.type === TYPE_DIRECTORY
  }
}

/** Why the last `readDirectory` failed: a negative errno, or 0. */
export let directoryError: i32 = 0

/** The entries of a directory, sorted by name; what was read until an error, which `directoryError` tells. */
export function readDirectory(path: string): Array<Entry> {
  const entries: Entry[] = []
  const handle = open(path, OPEN_READ | OPEN_DIRECTORY)
  directoryError = min(handle, 0)
  if (handle < 0) return entries
  const name = new ArrayBuffer(NAME_BYTES)
  while (true) {
    lend(changetype<usize>(name), NAME_BYTES, LEND_WRITE)
    const length = call(handle, STREAM_READDIR) as i32
    if (length <= 0) {
      directoryError = length
      break
    }
    const text = String.UTF8.decodeUnsafe(changetype<usize>(name), min(length, NAME_BYTES))
    entries.push(new Entry(text, replyWord(0), replyWord(1) as i32, replyWord(2)))
  }
  close(handle)
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return entries
}

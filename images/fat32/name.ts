/**
 * Names in FAT directories: 8.3 names, the long names in front of them, and how the one is made from the other.
 *
 * Source: fatgen103, sections "FAT Long Directory Entries" and "Generating 8.3 Name Components from Long Names". A name
 * that is not upper-case 8.3 gets a long name. Windows NT, Linux and mtools store names in one lower-case piece by two
 * flags of the short entry instead; these are obeyed, not made.
 */
import { ATTRIBUTE, DIRECTORY_ENTRY, ENTRY } from './layout.ts'

const MAX_UNITS = 255
const UNITS_PER_ENTRY = 13
/** Flag of the entry that comes first, which holds the name's end. */
const LAST_LONG = 0x40
/** Where an entry of a long name keeps its 13 UTF-16 units. */
const UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]
const CHECKSUM = 13
/** Where Windows NT says which parts of a short name are in lower case, and how. */
const CASE_FLAGS = 12
const LOWER_BASE = 0x08
const LOWER_EXTENSION = 0x10
const FORBIDDEN = /["*/:<>?\\|\p{Cc}]/u
const SHORT = /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/

/** @throws Error if no FAT volume can hold the name. */
export function checkName(name: string): void {
  if (FORBIDDEN.test(name)) {
    throw new Error(`Cannot use the name "${name}": FAT allows none of " * / : < > ? \\ |`)
  }
  if (/[. ]$/.test(name))
    throw new Error(`Cannot use the name "${name}": it ends in a dot or space`)
  if (name.length > MAX_UNITS) {
    throw new Error(`Cannot use the name "${name}": it is longer than ${MAX_UNITS} UTF-16 units`)
  }
}

/** Names are compared without regard to case. */
export function folded(name: string): string {
  return name.toUpperCase()
}

/** Whether the name can be stored as it is in a short entry, without a long one. */
export function isShort(name: string): boolean {
  return SHORT.test(name)
}

/**
 * The entries that come before a file's own 32 bytes, and the 11 bytes of its short name.
 * @param taken short names of the folder; the chosen one is added.
 */
export function encodeName(
  name: string,
  taken: Set<string>,
): { short: Uint8Array; long: Uint8Array[] } {
  checkName(name)
  const plain = isShort(name)
  const alias = plain ? name : unusedAlias(name, taken)
  taken.add(alias)
  const short = padded(alias)
  return { short, long: plain ? [] : longEntries(name, checksum(short)) }
}

/** The 11 bytes of an 8.3 name, or of `.` and `..`. */
export function padded(name: string): Uint8Array {
  const [base = '', extension = ''] = /^\.+$/.test(name) ? [name] : name.split('.')
  return new TextEncoder().encode(base.padEnd(8) + extension.padEnd(3))
}

/** The name in a short entry. */
export function decodeShort(entry: Uint8Array): string {
  const bytes = entry.slice(0, 11)
  // What begins with 0xE5, which marks a free entry, is stored as 0x05.
  if (bytes[0] === 0x05) bytes[0] = 0xe5
  const text = String.fromCharCode(...bytes)
  const flags = entry[CASE_FLAGS]!
  const cased = (part: string, lower: number) => (flags & lower ? part.toLowerCase() : part)
  const base = cased(text.slice(0, 8).trimEnd(), LOWER_BASE)
  const extension = cased(text.slice(8).trimEnd(), LOWER_EXTENSION)
  return extension === '' ? base : `${base}.${extension}`
}

/**
 * The long name in the entries before a short one, first entry of the disk first.
 * @returns undefined if they do not belong together or to this short name: such entries are orphans, and count for nothing.
 */
export function decodeLong(entries: readonly Uint8Array[], short: Uint8Array): string | undefined {
  if (entries.length === 0) return undefined
  const sum = checksum(short)
  const units: number[] = []
  for (const [index, entry] of entries.toReversed().entries()) {
    const last = index === entries.length - 1
    if (entry[0] !== ((index + 1) | (last ? LAST_LONG : 0)) || entry[CHECKSUM] !== sum)
      return undefined
    const view = new DataView(entry.buffer, entry.byteOffset, DIRECTORY_ENTRY)
    units.push(...UNIT_OFFSETS.map((offset) => view.getUint16(offset, true)))
  }
  const end = units.indexOf(0)
  return String.fromCharCode(...(end < 0 ? units : units.slice(0, end)))
}

/** An 8.3 name that stands for a long one: at most six characters and a number. */
function unusedAlias(name: string, taken: ReadonlySet<string>): string {
  const stripped = name.replace(/^\.+/, '').replaceAll(' ', '')
  const dot = stripped.lastIndexOf('.')
  const part = (text: string) => folded(text).replace(/[^A-Z0-9!#$%&'()@^_`{}~-]/g, '_')
  const base = part((dot < 0 ? stripped : stripped.slice(0, dot)).replaceAll('.', '')) || '_'
  const extension = part(dot < 0 ? '' : stripped.slice(dot + 1)).slice(0, 3)
  for (let number = 1; ; number++) {
    const tail = `~${number}`
    const alias = base.slice(0, 8 - tail.length) + tail + (extension && `.${extension}`)
    if (!taken.has(alias)) return alias
  }
}

function longEntries(name: string, sum: number): Uint8Array[] {
  const count = Math.ceil(name.length / UNITS_PER_ENTRY)
  return Array.from({ length: count }, (_, index) => {
    const order = count - index
    const entry = new Uint8Array(DIRECTORY_ENTRY)
    const view = new DataView(entry.buffer)
    entry[0] = order | (index === 0 ? LAST_LONG : 0)
    entry[ENTRY.attributes] = ATTRIBUTE.longName
    entry[CHECKSUM] = sum
    for (const [unit, offset] of UNIT_OFFSETS.entries()) {
      const at = (order - 1) * UNITS_PER_ENTRY + unit
      // A zero ends the name if there is room for it; 0xFFFF fills what is left.
      const value = at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff
      view.setUint16(offset, value, true)
    }
    return entry
  })
}

/** Checksum of a short name, by which long entries know theirs. */
function checksum(short: Uint8Array): number {
  return short
    .subarray(0, 11)
    .reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 255, 0)
}

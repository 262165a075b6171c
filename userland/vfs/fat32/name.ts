/**
 * Names in directories: short ones of eight and three characters, and long ones in pieces of 13 UTF-16 units.
 *
 * Source: fatgen103, sections "Short Directory Entries", "FAT Long Directory Entries" and "The Basis-Name Generation
 * Algorithm". The lower-case bits of Windows NT (byte 12) are read, never written.
 */
import { EINVAL, ENAMETOOLONG } from '../../libkenix/generated/abi'
import { fromCodePage, upper } from './codepage'

export const SHORT_BYTES: u32 = 11
/** UTF-16 units in a long name, and in one entry of it. */
export const LONG_UNITS: u32 = 255
export const PIECE_UNITS: u32 = 13

const NT_LOWER_BASE: u8 = 0x08
const NT_LOWER_EXTENSION: u8 = 0x10

/** 0 if a file may have this name, or a negative errno. */
export function checkName(name: string): i32 {
  if ((name.length as u32) > LONG_UNITS) return -ENAMETOOLONG
  if (name.length === 0) return -EINVAL
  const end = name.charCodeAt(name.length - 1)
  // Other systems drop these, and would find another file.
  if (end === 0x2e || end === 0x20) return -EINVAL
  return isUsable(name) && !forbidden(name) ? 0 : -EINVAL
}

/** Whether a name found on a volume can be shown and asked for: no `/`, no control characters, no half surrogates. */
export function isUsable(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i)
    if (unit < 0x20 || unit === 0x2f || unit === 0x7f) return false
    if (unit >= 0xd800 && unit < 0xe000) {
      const low = i + 1 < name.length ? name.charCodeAt(i + 1) : 0
      if (unit >= 0xdc00 || low < 0xdc00 || low >= 0xe000) return false
      i++
    }
  }
  return name.length > 0 && name !== '.' && name !== '..'
}

function forbidden(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    // The characters "*:<>?\| that no FAT volume may hold.
    switch (name.charCodeAt(i)) {
      case 0x22:
      case 0x2a:
      case 0x3a:
      case 0x3c:
      case 0x3e:
      case 0x3f:
      case 0x5c:
      case 0x7c:
        return true
    }
  }
  return false
}

/** The name in a short entry, with `_` for what cannot be shown. */
export function shortToText(entry: usize): string {
  const flags = load<u8>(entry, 12)
  const base = part(entry, 8, (flags & NT_LOWER_BASE) !== 0)
  const extension = part(entry + 8, 3, (flags & NT_LOWER_EXTENSION) !== 0)
  return extension === '' ? base : `${base}.${extension}`
}

function part(at: usize, length: usize, lower: bool): string {
  while (length > 0 && load<u8>(at + length - 1) === 0x20) length--
  let text = ''
  for (let i: usize = 0; i < length; i++) {
    let byte = load<u8>(at + i)
    if (i === 0 && byte === 0x05) byte = 0xe5
    if (byte < 0x20 || byte === 0x2f || byte === 0x7f) byte = 0x5f
    if (lower && byte >= 0x41 && byte <= 0x5a) byte += 32
    text += String.fromCharCode(fromCodePage(byte))
  }
  return text
}

/** The sum over a short name that ties long entries to it. */
export function checksum(short: usize): u8 {
  let sum: u8 = 0
  for (let i: u32 = 0; i < SHORT_BYTES; i++) {
    sum = (((sum & 1) << 7) | (sum >> 1)) + load<u8>(short + i)
  }
  return sum
}

/**
 * Writes the name as a short one to `short`, if it is one as it stands: capitals and digits, eight and three.
 * @returns whether it is; no long entries are needed then
 */
export function plainShort(name: string, short: usize): bool {
  memory.fill(short, 0x20, SHORT_BYTES)
  const dot = name.lastIndexOf('.')
  const base = dot < 0 ? name.length : dot
  const extension = dot < 0 ? 0 : name.length - dot - 1
  if (base === 0 || base > 8 || extension > 3 || (dot >= 0 && extension === 0)) return false
  for (let i = 0; i < name.length; i++) {
    if (i === dot) continue
    const unit = name.charCodeAt(i)
    if (!isShort(unit)) return false
    const at = i < base ? i : 8 + i - dot - 1
    store<u8>(short + (at as usize), unit)
  }
  return true
}

/** The name in capitals. */
export function capitals(name: string): string {
  let text = ''
  for (let i = 0; i < name.length; i++) text += String.fromCharCode(upper(name.charCodeAt(i)))
  return text
}

/** Capitals, digits and the signs that short names may have. */
function isShort(unit: i32): bool {
  if (unit >= 0x41 && unit <= 0x5a) return true
  if (unit >= 0x30 && unit <= 0x39) return true
  return unit < 0x80 && "!#$%&'()-@^_`{}~".includes(String.fromCharCode(unit))
}

/**
 * Writes the `attempt`-th short name for a long one to `short`: BASE~1 to BASE~4, then names with a hash of the long
 * name, so that directories of similar names need few attempts.
 */
export function numberedShort(name: string, attempt: u32, short: usize): void {
  memory.fill(short, 0x20, SHORT_BYTES)
  const dot = name.lastIndexOf('.')
  const end = dot > 0 ? dot : name.length
  let length = 0
  const most = attempt <= 4 ? 6 : 2
  for (let i = 0; i < end && length < most; i++) {
    const unit = shortUnit(name.charCodeAt(i))
    if (unit !== 0) store<u8>(short + length++, unit)
  }
  if (attempt > 4) {
    const hash = hashOf(name) + attempt / 9
    for (let digit = 12; digit >= 0; digit -= 4) {
      const value = (hash >> digit) & 15
      store<u8>(short + length++, value < 10 ? 0x30 + value : 0x37 + value)
    }
  }
  if (length === 0) store<u8>(short + length++, 0x5f)
  store<u8>(short + length++, 0x7e)
  store<u8>(short + length, 0x30 + (attempt <= 4 ? attempt : (attempt % 9) + 1))
  if (dot <= 0) return
  let kept = 0
  for (let i = dot + 1; i < name.length && kept < 3; i++) {
    const unit = shortUnit(name.charCodeAt(i))
    if (unit !== 0) store<u8>(short + 8 + kept++, unit)
  }
}

/** What stands for a unit in a short name; 0 if it is left out. */
function shortUnit(unit: i32): u8 {
  if (unit === 0x20 || unit === 0x2e) return 0
  const capital = upper(unit)
  return isShort(capital) ? (capital as u8) : 0x5f
}

/** FNV-1a, folded to 16 bits. */
function hashOf(name: string): u32 {
  let hash: u32 = 0x811c_9dc5
  for (let i = 0; i < name.length; i++) hash = (hash ^ (name.charCodeAt(i) as u32)) * 0x0100_0193
  return (hash ^ (hash >> 16)) & 0xffff
}

/** Offset in a long entry of its unit `i`, 0 to 12. */
function unitOffset(i: u32): u32 {
  if (i < 5) return 1 + i * 2
  return i < 11 ? 14 + (i - 5) * 2 : 28 + (i - 11) * 2
}

/** Entries that the long form of `name` takes. */
export function longEntries(name: string): u32 {
  return ((name.length as u32) + PIECE_UNITS - 1) / PIECE_UNITS
}

/** Writes entry `ordinal` (1 holds the first 13 units) of the long form of `name`. */
export function writeLong(entry: usize, name: string, ordinal: u32, sum: u8): void {
  memory.fill(entry, 0, 32)
  const last = ordinal === longEntries(name)
  store<u8>(entry, last ? ordinal | 0x40 : ordinal)
  store<u8>(entry, 0x0f, 11)
  store<u8>(entry, sum, 13)
  const length = name.length as u32
  for (let i: u32 = 0; i < PIECE_UNITS; i++) {
    const at = (ordinal - 1) * PIECE_UNITS + i
    const unit = at < length ? name.charCodeAt(at) : at === length ? 0 : 0xffff
    store<u16>(entry + unitOffset(i), unit)
  }
}

/** Puts the long entries of a name together again, as they come: last piece first. */
export class LongName {
  private readonly units: StaticArray<u16> = new StaticArray<u16>(20 * PIECE_UNITS)
  private expected: u32 = 0
  private sum: u8 = 0
  private length: u32 = 0

  /** Forgets what was collected. */
  reset(): void {
    this.expected = 0
    this.length = 0
  }

  /** Takes a long entry. @returns whether it starts a name */
  add(entry: usize): bool {
    const order: u32 = load<u8>(entry)
    let ordinal = order & 0x3f
    const starts = (order & 0x40) !== 0
    if (starts) {
      if (ordinal === 0 || ordinal > 20) {
        this.reset()
        return true
      }
      this.expected = ordinal
      this.sum = load<u8>(entry, 13)
      this.length = ordinal * PIECE_UNITS
    } else if (ordinal === 0 || ordinal !== this.expected || load<u8>(entry, 13) !== this.sum) {
      this.reset()
      return false
    }
    ordinal--
    for (let i: u32 = 0; i < PIECE_UNITS; i++) {
      const unit = load<u16>(entry + unitOffset(i))
      this.units[ordinal * PIECE_UNITS + i] = unit
      if (unit === 0) this.length = min(this.length, ordinal * PIECE_UNITS + i)
    }
    this.expected = ordinal
    // A whole name has the one piece left to come that "0" stands for: its short entry.
    if (ordinal === 0) this.expected = COMPLETE
    return starts
  }

  /** The name, if it is whole, belongs to the short entry and can be used; else ''. */
  take(entry: usize): string {
    const whole = this.expected === COMPLETE && this.sum === checksum(entry)
    const length = this.length
    this.reset()
    if (!whole || length === 0 || length > LONG_UNITS) return ''
    let text = ''
    for (let i: u32 = 0; i < length; i++) text += String.fromCharCode(this.units[i])
    return isUsable(text) ? text : ''
  }
}

/** No ordinal is as large. */
const COMPLETE: u32 = 0x100

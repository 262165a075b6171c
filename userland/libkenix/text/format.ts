/**
 * Numbers and columns as text, and text as numbers. AssemblyScript's own `toString`, `padStart` and `padEnd` do the rest.
 */

/** What `parseInteger` returns for text that is no integer. It can't be given as text itself. */
export const NO_INTEGER: i64 = i64.MIN_VALUE

/** `value` in hexadecimal, with at least `digits` digits. */
export function hex(value: u64, digits: i32 = 1): string {
  let text = ''
  let rest = value
  do {
    const nibble = (rest & 15) as i32
    text = String.fromCharCode(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) + text
    rest >>= 4
  } while (rest !== 0)
  return text.padStart(digits, '0')
}

/** `value` with at least `digits` digits, in decimal. */
export function decimal(value: u64, digits: i32): string {
  return value.toString().padStart(digits, '0')
}

/** A size as a person reads it: "512", "4.0K", "1.5M", "12G". Rounded up, as `ls -h` does. */
export function humanSize(bytes: u64): string {
  if (bytes < 1024) return bytes.toString()
  const units = 'KMGTPE'
  let unit = 0
  let size = bytes
  let scale: u64 = 1024
  while (unit < 5 && size / scale >= 1024) {
    size = (size + 1023) / 1024
    unit++
  }
  const tenths = (size * 10 + scale - 1) / scale
  if (tenths >= 100) {
    scale = (tenths + 9) / 10
    return scale.toString() + units.charAt(unit)
  }
  return `${(tenths / 10).toString()}.${(tenths % 10).toString()}${units.charAt(unit)}`
}

/** Nanoseconds as "1.234s". */
export function seconds(nanoseconds: u64): string {
  const milli = nanoseconds / 1000000
  return `${(milli / 1000).toString()}.${decimal(milli % 1000, 3)}s`
}

/** A duration in seconds as "3 days, 04:05:06" or "00:00:07". */
export function duration(total: u64): string {
  const days = total / 86400
  const clock = `${decimal((total / 3600) % 24, 2)}:${decimal((total / 60) % 60, 2)}:${decimal(total % 60, 2)}`
  if (days === 0) return clock
  return `${days.toString()} day${days === 1 ? '' : 's'}, ${clock}`
}

function digit(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const lower = c | 0x20
  if (lower >= 0x61 && lower <= 0x7a) return lower - 0x61 + 10
  return 99
}

/**
 * The integer that all of `text` is: decimal, or hexadecimal with `0x`, with a sign if wanted.
 * @returns NO_INTEGER if it is none, or does not fit 64 bits
 */
export function parseInteger(text: string): i64 {
  let i = 0
  let negative = false
  if (text.length > 0 && (text.charCodeAt(0) === 0x2d || text.charCodeAt(0) === 0x2b)) {
    negative = text.charCodeAt(0) === 0x2d
    i = 1
  }
  let radix: i64 = 10
  if (
    text.length > i + 2 &&
    text.charCodeAt(i) === 0x30 &&
    (text.charCodeAt(i + 1) | 32) === 0x78
  ) {
    radix = 16
    i += 2
  }
  if (i === text.length) return NO_INTEGER
  let value: i64 = 0
  for (; i < text.length; i++) {
    const d = digit(text.charCodeAt(i)) as i64
    if (d >= radix || value > (i64.MAX_VALUE - d) / radix) return NO_INTEGER
    value = value * radix + d
  }
  return negative ? -value : value
}

/** `rows` of cells in columns as wide as their widest cell; `right` has a '>' for each column that is aligned right. */
export function columns(rows: Array<Array<string>>, right: string): string {
  const widths: i32[] = []
  for (let r = 0; r < rows.length; r++) {
    for (let c = 0; c < rows[r].length; c++) {
      if (c === widths.length) widths.push(0)
      widths[c] = max(widths[c], rows[r][c].length)
    }
  }
  let text = ''
  for (let r = 0; r < rows.length; r++) {
    let line = ''
    for (let c = 0; c < rows[r].length; c++) {
      const cell = rows[r][c]
      if (c > 0) line += ' '
      line +=
        c < right.length && right.charAt(c) === '>'
          ? cell.padStart(widths[c])
          : cell.padEnd(widths[c])
    }
    text += `${line.trimEnd()}\n`
  }
  return text
}

/**
 * Patterns for file names: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`, and `\` before a character that stands for itself, as in
 * POSIX.1-2017, Shell & Utilities, 2.13. Character classes by name (`[:alpha:]`) are not known.
 */

const STAR: i32 = 0x2a
const QUESTION: i32 = 0x3f
const OPEN: i32 = 0x5b
const CLOSE: i32 = 0x5d
const BACKSLASH: i32 = 0x5c
const BANG: i32 = 0x21
const CARET: i32 = 0x5e
const MINUS: i32 = 0x2d
const DOT: i32 = 0x2e

/** Index behind the bracket expression that opens at `at`, or -1 if it is never closed. */
function bracketEnd(pattern: string, at: i32): i32 {
  let i = at + 1
  if (i < pattern.length) {
    const c = pattern.charCodeAt(i)
    if (c === BANG || c === CARET) i++
  }
  let first = true
  while (i < pattern.length) {
    const c = pattern.charCodeAt(i)
    if (c === CLOSE && !first) return i + 1
    first = false
    i += c === BACKSLASH ? 2 : 1
  }
  return -1
}

function bracketMatches(pattern: string, at: i32, end: i32, c: i32): bool {
  let i = at + 1
  let negated = false
  const lead = pattern.charCodeAt(i)
  if (lead === BANG || lead === CARET) {
    negated = true
    i++
  }
  let found = false
  while (i < end - 1) {
    let low = pattern.charCodeAt(i)
    if (low === BACKSLASH && i + 1 < end - 1) low = pattern.charCodeAt(++i)
    i++
    let high = low
    if (i + 1 < end - 1 && pattern.charCodeAt(i) === MINUS) {
      high = pattern.charCodeAt(i + 1)
      i += 2
    }
    if (c >= low && c <= high) found = true
  }
  return found !== negated
}

/** True if `pattern` holds a character that `matches` treats as special, unless it is escaped. */
export function isPattern(pattern: string): bool {
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === STAR || c === QUESTION) return true
    else if (c === OPEN && bracketEnd(pattern, i) > 0) return true
  }
  return false
}

/** `pattern` without its escapes: the text it stands for if nothing in it is special. */
export function unescapePattern(pattern: string): string {
  if (pattern.indexOf('\\') < 0) return pattern
  let text = ''
  for (let i = 0; i < pattern.length; i++) {
    if (pattern.charCodeAt(i) === BACKSLASH && i + 1 < pattern.length) i++
    text += pattern.charAt(i)
  }
  return text
}

function hasSpecial(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === STAR || c === QUESTION || c === OPEN || c === CLOSE || c === BACKSLASH) return true
  }
  return false
}

/** `text` with a backslash before each character that would be special in a pattern. */
export function escapePattern(text: string): string {
  if (!hasSpecial(text)) return text
  let escaped = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === STAR || c === QUESTION || c === OPEN || c === CLOSE || c === BACKSLASH) {
      escaped += '\\'
    }
    escaped += text.charAt(i)
  }
  return escaped
}

/**
 * Says whether all of `text` is matched by `pattern`.
 *
 * Time is bounded by the product of the lengths: only the last `*` is ever tried again.
 */
export function matches(pattern: string, text: string): bool {
  let p = 0
  let t = 0
  let starAt = -1
  let starText = 0
  while (t < text.length) {
    let next = -1
    if (p < pattern.length) {
      const c = pattern.charCodeAt(p)
      if (c === STAR) {
        starAt = p++
        starText = t
        continue
      }
      const end = c === OPEN ? bracketEnd(pattern, p) : -1
      if (c === QUESTION) next = p + 1
      else if (end > 0) {
        if (bracketMatches(pattern, p, end, text.charCodeAt(t))) next = end
      } else {
        const literal = c === BACKSLASH && p + 1 < pattern.length
        if (pattern.charCodeAt(literal ? p + 1 : p) === text.charCodeAt(t)) {
          next = literal ? p + 2 : p + 1
        }
      }
    }
    if (next >= 0) {
      p = next
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++starText
    } else return false
  }
  while (p < pattern.length && pattern.charCodeAt(p) === STAR) p++
  return p === pattern.length
}

/** As `matches` for a file name: a leading dot must be written. */
export function matchesName(pattern: string, name: string): bool {
  if (name.length > 0 && name.charCodeAt(0) === DOT) {
    if (pattern.length === 0) return false
    const first = pattern.charCodeAt(0)
    const second = first === BACKSLASH && pattern.length > 1 ? pattern.charCodeAt(1) : first
    if (second !== DOT) return false
  }
  return matches(pattern, name)
}

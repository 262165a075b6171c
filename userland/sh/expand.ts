/**
 * From words as written to arguments (POSIX.1-2017, Shell & Utilities, 2.6): `~`, parameters, command substitution,
 * arithmetic, splitting into fields, file name patterns, removal of quotes.
 *
 * A field under construction is a pattern (text/glob.ts): quoted characters that would be special there carry a backslash.
 * So when it is complete, one look says whether it names files.
 */
import {
  escapePattern,
  isPattern,
  matches,
  matchesName,
  unescapePattern,
} from '../libkenix/text/glob'
import { joinPath } from '../libkenix/text/path'
import { Arithmetic, Names } from './arithmetic'
import { skipPart } from './lexer'
import { nameLength } from './parser'

/** What expansion needs to know of the shell. */
export abstract class Context extends Names {
  /** `$1`, `$2` ... */
  abstract parameters(): Array<string>
  /** `$?`, `$$`, `$!`, `$0`: the value of a special parameter, or null if there is no such. */
  abstract special(name: string): string | null
  /** What the command writes. */
  abstract substitute(command: string): string
  /** Names in a directory, or none if it can't be read. "" is the working directory. */
  abstract list(directory: string): Array<string>
  abstract exists(path: string): bool
}

/** What becomes of a word. */
enum Mode {
  /** Several fields, or none. */
  Fields,
  /** One text. */
  Text,
  /** One pattern. */
  Pattern,
}

const MAX_DEPTH: i32 = 50

const DEFAULT_SEPARATORS: string = ' \t\n'

export class Expander {
  /** What is wrong with a word, or empty. */
  error: string = ''
  private fields: Array<string> = [] as string[]
  private field: string = ''
  /** True if `field` is one even when it is empty. */
  private started: bool = false
  private mode: Mode = Mode.Fields
  private depth: i32 = 0
  /** In the word of `${name:-word}`, which splits like a value. */
  private withinBraces: bool = false

  constructor(private readonly context: Context) {}

  /** The arguments that words stand for. */
  words(words: Array<string>, from: i32 = 0): Array<string> {
    const result: string[] = []
    for (let i = from; i < words.length; i++) {
      if (isLiteral(words[i])) {
        result.push(words[i])
        continue
      }
      const fields = this.run(words[i], Mode.Fields)
      for (let k = 0; k < fields.length; k++) this.files(fields[k], result)
    }
    return result
  }

  /** The one text a word stands for: no splitting, no file names. */
  text(word: string): string {
    return unescapePattern(this.run(word, Mode.Text).join(' '))
  }

  /** The pattern a word of `case` stands for. */
  pattern(word: string): string {
    return this.run(word, Mode.Pattern).join(' ')
  }

  /** The body of a here-document: quotes are ordinary characters. */
  document(body: string): string {
    this.begin(Mode.Text)
    this.quoted(body, 0, body.length, true)
    this.finish()
    return unescapePattern(this.fields.join(' '))
  }

  private begin(mode: Mode): void {
    this.mode = mode
    this.fields = [] as string[]
    this.field = ''
    this.started = false
    this.depth = 0
  }

  private run(word: string, mode: Mode): Array<string> {
    this.begin(mode)
    let from = 0
    if (word.startsWith('~') && (word.length === 1 || word.charCodeAt(1) === 0x2f)) {
      const home = this.context.variable('HOME')
      this.quote(home === null ? '/' : home)
      from = 1
    }
    this.plain(word, from, word.length)
    this.finish()
    return this.fields
  }

  private finish(): void {
    if (this.started) this.fields.push(this.field)
    this.field = ''
    this.started = false
  }

  /** Adds characters that mean themselves. */
  private quote(text: string): void {
    this.field += escapePattern(text)
    this.started = true
  }

  /** Adds the value of an expansion outside quotes, which splits into fields. */
  private split(text: string): void {
    if (this.mode !== Mode.Fields) {
      this.field += this.mode === Mode.Text ? escapePattern(text) : text.replaceAll('\\', '\\\\')
      this.started = true
      return
    }
    const value = this.context.variable('IFS')
    const separators = value === null ? DEFAULT_SEPARATORS : value
    if (separators === DEFAULT_SEPARATORS && isWord(text)) {
      // Most values are: nothing to split, nothing to escape.
      this.field += text
      this.started = true
      return
    }
    for (let i = 0; i < text.length; i++) {
      const c = text.charAt(i)
      if (separators.indexOf(c) < 0) {
        this.field += c === '\\' ? '\\\\' : c
        this.started = true
      } else if (c === ' ' || c === '\t' || c === '\n') this.finish()
      else {
        this.started = true
        this.finish()
      }
    }
  }

  /** Text outside double quotes. */
  private plain(text: string, from: i32, to: i32): void {
    let i = from
    while (i < to && this.error === '') {
      const c = text.charCodeAt(i)
      const end = min(skipPart(text, i), to)
      switch (c) {
        case 0x5c:
          if (i + 1 < to && text.charCodeAt(i + 1) !== 0x0a) this.quote(text.charAt(i + 1))
          break
        case 0x27:
          this.quote(text.substring(i + 1, end - 1))
          break
        case 0x22:
          this.doubleQuoted(text, i + 1, end - 1)
          break
        case 0x24:
          this.dollar(text, i, end, false)
          break
        case 0x60:
          this.split(this.output(unescapeBackquoted(text.substring(i + 1, end - 1))))
          break
        default:
          i = this.ordinary(text, i, to)
          continue
      }
      if (c === 0x24 && end === i + 1) i += 1 + this.nameAfterDollar(text, i, to)
      else i = end
    }
  }

  /** Adds the characters from `from` on that have no meaning of their own here; the index behind them. */
  private ordinary(text: string, from: i32, to: i32): i32 {
    let end = from + 1
    while (end < to && !beginsPart(text.charCodeAt(end))) end++
    const run = text.substring(from, end)
    if (this.withinBraces) this.split(run)
    else {
      this.field += run
      this.started = true
    }
    return end
  }

  private doubleQuoted(text: string, from: i32, to: i32): void {
    // "$@" without arguments is no field at all, while "" is an empty one.
    if (text.substring(from, to) !== '$@') this.started = true
    this.quoted(text, from, to, false)
  }

  /** Text in double quotes, or a here-document. */
  private quoted(text: string, from: i32, to: i32, document: bool): void {
    let i = from
    while (i < to && this.error === '') {
      const c = text.charCodeAt(i)
      if (c === 0x24) {
        const end = min(skipPart(text, i), to)
        this.dollar(text, i, end, true)
        i = end === i + 1 ? i + 1 + this.nameAfterDollar(text, i, to) : end
      } else if (c === 0x60) {
        const end = min(skipPart(text, i), to)
        this.quote(this.output(unescapeBackquoted(text.substring(i + 1, end - 1))))
        i = end
      } else if (c === 0x5c && i + 1 < to && isEscapable(text.charCodeAt(i + 1), document)) {
        if (text.charCodeAt(i + 1) !== 0x0a) this.quote(text.charAt(i + 1))
        i += 2
      } else {
        let end = i + 1
        while (end < to && !beginsPart(text.charCodeAt(end))) end++
        this.quote(text.substring(i, end))
        i = end
      }
    }
  }

  /** Length of the parameter's name behind a `$` without braces. */
  private nameAfterDollar(text: string, i: i32, to: i32): i32 {
    if (i + 1 >= to) return 0
    const length = min(nameLength(text, i + 1), to - i - 1)
    if (length > 0) return length
    return isSpecial(text.charCodeAt(i + 1)) ? 1 : 0
  }

  /** What the `$` at `i` begins; `end` lies behind it. */
  private dollar(text: string, i: i32, end: i32, quoted: bool): void {
    if (end === i + 1) {
      const length = this.nameAfterDollar(text, i, text.length)
      if (length === 0) this.quote('$')
      else this.parameter(text.substr(i + 1, length), quoted)
      return
    }
    if (++this.depth > MAX_DEPTH) this.error = 'expansions are nested too deep'
    else if (text.charCodeAt(i + 1) === 0x7b) this.braces(text.substring(i + 2, end - 1), quoted)
    else if (text.charCodeAt(i + 2) === 0x28 && text.charCodeAt(end - 2) === 0x29) {
      this.add(this.arithmetic(text.substring(i + 3, end - 2)), quoted)
    } else this.add(this.output(text.substring(i + 2, end - 1)), quoted)
    this.depth--
  }

  private add(value: string, quoted: bool): void {
    if (quoted) this.quote(value)
    else this.split(value)
  }

  private output(command: string): string {
    // Running the command expands its words, with an expander of its own.
    const text = this.context.substitute(command)
    let end = text.length
    while (end > 0 && text.charCodeAt(end - 1) === 0x0a) end--
    return text.substring(0, end)
  }

  private arithmetic(expression: string): string {
    const inner = new Expander(this.context)
    const text = inner.document(expression)
    if (inner.error !== '') this.error = inner.error
    const arithmetic = new Arithmetic(text, this.context)
    const value = arithmetic.evaluate()
    if (arithmetic.error !== '') this.error = `$((${expression})): ${arithmetic.error}`
    return value.toString()
  }

  private valueOf(name: string): string | null {
    const c = name.charCodeAt(0)
    if (c === 0x40 || c === 0x2a) {
      const all = this.context.parameters()
      return all.length === 0 ? null : all.join(' ')
    }
    if (c === 0x23) return this.context.parameters().length.toString()
    if (c >= 0x31 && c <= 0x39) {
      const index = I32.parseInt(name) - 1
      const all = this.context.parameters()
      return index < all.length ? all[index] : null
    }
    if (isSpecial(c)) return this.context.special(name)
    return this.context.variable(name)
  }

  private parameter(name: string, quoted: bool): void {
    if (name === '@' || (name === '*' && !quoted)) {
      const all = this.context.parameters()
      for (let i = 0; i < all.length; i++) {
        if (i > 0) {
          if (this.mode === Mode.Fields) this.finish()
          else this.quote(' ')
        }
        this.add(all[i], quoted)
      }
      return
    }
    const value = this.valueOf(name)
    if (value !== null) this.add(value, quoted)
  }

  /** `${inner}` */
  private braces(inner: string, quoted: bool): void {
    if (inner.length > 1 && inner.charCodeAt(0) === 0x23) {
      const value = this.valueOf(inner.substring(1))
      this.add((value === null ? 0 : value.length).toString(), quoted)
      return
    }
    let length = nameLength(inner, 0)
    if (length === 0 && inner.length > 0) {
      while (length < inner.length && isDigit(inner.charCodeAt(length))) length++
      if (length === 0 && isSpecial(inner.charCodeAt(0))) length = 1
    }
    if (length === 0) {
      this.error = `\${${inner}}: not a parameter`
      return
    }
    const name = inner.substring(0, length)
    if (length === inner.length) this.parameter(name, quoted)
    else this.modified(name, inner, length, quoted)
  }

  /** `${name:-word}` and its relatives; the operator stands at `at`. */
  private modified(name: string, inner: string, at: i32, quoted: bool): void {
    const value = this.valueOf(name)
    const colon = inner.charCodeAt(at) === 0x3a
    const operator = colon ? inner.charAt(at + 1) : inner.charAt(at)
    const wordAt = at + (colon ? 2 : 1)
    const unset = value === null || (colon && value.length === 0)
    if (!colon && (operator === '%' || operator === '#')) {
      this.trimmed(value === null ? '' : value, inner, at, operator === '%', quoted)
      return
    }
    switch (operator.length === 1 ? operator.charCodeAt(0) : 0) {
      case 0x2d: // -
        if (unset) this.inner(inner, wordAt, quoted)
        else this.add(value!, quoted)
        return
      case 0x3d: // =
        if (unset) this.context.assign(name, this.subText(inner.substring(wordAt)))
        this.parameter(name, quoted)
        return
      case 0x2b: // +
        if (!unset) this.inner(inner, wordAt, quoted)
        return
      case 0x3f: {
        // ?
        if (!unset) {
          this.add(value!, quoted)
          return
        }
        const message = this.subText(inner.substring(wordAt))
        this.error = `${name}: ${message === '' ? 'not set' : message}`
        return
      }
    }
    this.error = `\${${inner}}: unknown operator`
  }

  private inner(text: string, from: i32, quoted: bool): void {
    if (quoted) {
      this.quoted(text, from, text.length, false)
      return
    }
    const before = this.withinBraces
    this.withinBraces = true
    this.plain(text, from, text.length)
    this.withinBraces = before
  }

  private subText(word: string): string {
    const inner = new Expander(this.context)
    const text = inner.text(word)
    if (inner.error !== '') this.error = inner.error
    return text
  }

  /** `${name%pattern}`, `%%`, `#`, `##` */
  private trimmed(value: string, inner: string, at: i32, end: bool, quoted: bool): void {
    const longest = inner.charCodeAt(at + 1) === inner.charCodeAt(at)
    const sub = new Expander(this.context)
    const pattern = sub.pattern(inner.substring(at + (longest ? 2 : 1)))
    if (sub.error !== '') this.error = sub.error
    const length = value.length
    for (let k = 0; k <= length; k++) {
      const cut = longest ? length - k : k
      const part = end ? value.substring(length - cut) : value.substring(0, cut)
      if (!matches(pattern, part)) continue
      this.add(end ? value.substring(0, length - cut) : value.substring(cut), quoted)
      return
    }
    this.add(value, quoted)
  }

  /** Adds the files a field names, or the field itself if it is no pattern or there are none. */
  private files(field: string, result: Array<string>): void {
    if (!isPattern(field)) {
      result.push(unescapePattern(field))
      return
    }
    let found: Array<string> = ['']
    const parts = field.split('/')
    for (let i = 0; i < parts.length; i++) {
      const next: string[] = []
      for (let k = 0; k < found.length; k++) this.step(found[k], parts[i], i, next)
      found = next
    }
    if (found.length === 0) result.push(unescapePattern(field))
    found.sort()
    for (let k = 0; k < found.length; k++) result.push(found[k])
  }

  /** Adds to `next` what name or pattern `part` stands for in `directory`. */
  private step(directory: string, part: string, index: i32, next: Array<string>): void {
    if (part === '') {
      // Slashes: at the start they mean the root, elsewhere they are kept.
      next.push(index === 0 ? '/' : `${directory}/`)
      return
    }
    if (!isPattern(part)) {
      const path = joinPath(directory, unescapePattern(part))
      if (this.context.exists(path)) next.push(path)
      return
    }
    const names = this.context.list(directory)
    for (let i = 0; i < names.length; i++) {
      if (matchesName(part, names[i])) next.push(joinPath(directory, names[i]))
    }
  }
}

/** True for a character that may begin a quotation or expansion: \ ' " $ ` */
function beginsPart(c: i32): bool {
  return c === 0x5c || c === 0x27 || c === 0x22 || c === 0x24 || c === 0x60
}

/** True for a word that stands for itself: nothing in it is quoted, expanded, or a pattern. */
function isLiteral(word: string): bool {
  for (let i = 0; i < word.length; i++) {
    const c = word.charCodeAt(i)
    if (beginsPart(c) || c === 0x2a || c === 0x3f || (c === 0x5b && word.length > 1)) return false
  }
  return word.length > 0 && word.charCodeAt(0) !== 0x7e
}

/** True if there are characters, and none of them separates fields by default or has a meaning in patterns' escapes. */
function isWord(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 0x20 || c === 0x5c) return false
  }
  return text.length > 0
}

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39
}

/** True for a character that names a parameter by itself: @ * # ? $ ! and digits. */
function isSpecial(c: i32): bool {
  return (
    c === 0x40 || c === 0x2a || c === 0x23 || c === 0x3f || c === 0x24 || c === 0x21 || isDigit(c)
  )
}

/** True if a backslash in double quotes takes the meaning from `c`. */
function isEscapable(c: i32, document: bool): bool {
  return c === 0x24 || c === 0x60 || c === 0x5c || c === 0x0a || (c === 0x22 && !document)
}

function unescapeBackquoted(text: string): string {
  let result = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) === 0x5c && i + 1 < text.length) {
      const c = text.charCodeAt(i + 1)
      if (c === 0x24 || c === 0x60 || c === 0x5c) i++
    }
    result += text.charAt(i)
  }
  return result
}

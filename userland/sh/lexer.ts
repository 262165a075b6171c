/**
 * Tokens of the shell's language (POSIX.1-2017, Shell & Utilities, 2.3). A word keeps its text as written, with quotes and
 * `$`: expand.ts interprets it when it is used. Bodies of here-documents are read when the lexer meets the end of the line
 * that announced them.
 */

export enum Token {
  /** The text ends here. */
  End,
  Newline,
  Word,
  /** `; & && || | ( ) ;;` in `text`. */
  Operator,
  /** A redirection: `descriptor` and the operator in `text`. */
  Redirect,
}

/** A here-document that waits for its body, or has it. */
export class HereDocument {
  body: string = ''
  constructor(
    readonly delimiter: string,
    readonly stripTabs: bool,
    /** A quoted delimiter: nothing in the body is expanded. */
    readonly literal: bool,
  ) {}
}

export class Lexer {
  token: Token = Token.End
  /** The word, or the operator. */
  text: string = ''
  /** Of a redirection: the descriptor written before it, or -1. */
  descriptor: i32 = -1
  /** Where the token starts, and where it ends. */
  start: i32 = 0
  position: i32
  /** The text ended within quotes, parentheses or a here-document: more lines may complete it. */
  incomplete: bool = false
  private waiting: Array<HereDocument> = [] as HereDocument[]

  constructor(
    readonly source: string,
    position: i32 = 0,
  ) {
    this.position = position
  }

  /** Announces a here-document whose body begins on the next line. */
  await(document: HereDocument): void {
    this.waiting.push(document)
  }

  /** True while a here-document's body is missing. */
  get awaiting(): bool {
    return this.waiting.length > 0
  }

  private at(i: i32): i32 {
    return i < this.source.length ? this.source.charCodeAt(i) : -1
  }

  /** Goes to the next token. */
  next(): void {
    this.skipBlanks()
    this.start = this.position
    this.descriptor = -1
    const c = this.at(this.position)
    if (c < 0) {
      this.set(Token.End, 0)
      if (this.waiting.length > 0) this.incomplete = true
      return
    }
    if (c === 0x0a) {
      this.set(Token.Newline, 1)
      this.readDocuments()
      return
    }
    if (this.operator(c)) return
    this.word()
  }

  private set(token: Token, length: i32): void {
    this.token = token
    this.text = this.source.substr(this.start, length)
    this.position = this.start + length
  }

  private skipBlanks(): void {
    while (true) {
      const c = this.at(this.position)
      if (c === 0x20 || c === 9 || c === 0x0d) this.position++
      else if (c === 0x5c && this.at(this.position + 1) === 0x0a) this.position += 2
      else if (c === 0x23) {
        while (this.position < this.source.length && this.at(this.position) !== 0x0a) {
          this.position++
        }
      } else return
    }
  }

  private operator(c: i32): bool {
    const after = this.at(this.start + 1)
    switch (c) {
      case 0x3b: // ;
        this.set(Token.Operator, after === 0x3b ? 2 : 1)
        return true
      case 0x26: // &
      case 0x7c: // |
        this.set(Token.Operator, after === c ? 2 : 1)
        return true
      case 0x28: // (
      case 0x29: // )
        this.set(Token.Operator, 1)
        return true
    }
    return this.redirect()
  }

  private redirect(): bool {
    let i = this.start
    let descriptor = -1
    const first = this.at(i)
    if (first >= 0x30 && first <= 0x39) {
      descriptor = first - 0x30
      i++
    }
    const c = this.at(i)
    if (c !== 0x3c && c !== 0x3e) return false
    let length = 1
    const after = this.at(i + 1)
    if (c === 0x3e && (after === 0x3e || after === 0x26 || after === 0x7c)) length = 2
    if (c === 0x3c) {
      if (after === 0x26 || after === 0x3e) length = 2
      if (after === 0x3c) length = this.at(i + 2) === 0x2d ? 3 : 2
    }
    this.token = Token.Redirect
    this.text = this.source.substr(i, length)
    this.descriptor = descriptor
    this.position = i + length
    return true
  }

  private word(): void {
    let i = this.start
    while (i < this.source.length) {
      const c = this.at(i)
      if (endsWord(c)) break
      i = this.skipPart(i)
    }
    this.set(Token.Word, i - this.start)
  }

  /** Index behind the character, quotation or substitution at `i`. */
  private skipPart(i: i32): i32 {
    const end = skipPart(this.source, i)
    if (end <= this.source.length) return end
    this.incomplete = true
    return this.source.length
  }

  private readDocuments(): void {
    for (let k = 0; k < this.waiting.length; k++) {
      const document = this.waiting[k]
      let closed = false
      while (this.position < this.source.length) {
        let end = this.source.indexOf('\n', this.position)
        if (end < 0) end = this.source.length
        let line = this.source.substring(this.position, end)
        this.position = min(end + 1, this.source.length)
        if (document.stripTabs) {
          let tabs = 0
          while (tabs < line.length && line.charCodeAt(tabs) === 9) tabs++
          line = line.substring(tabs)
        }
        if (line === document.delimiter) {
          closed = true
          break
        }
        document.body += `${line}\n`
      }
      if (!closed) {
        this.incomplete = true
        return
      }
    }
    this.waiting = [] as HereDocument[]
  }
}

/** True for a character that ends a word when it is not quoted; -1 is the end. */
function endsWord(c: i32): bool {
  switch (c) {
    case -1:
    case 0x09:
    case 0x0a:
    case 0x0d:
    case 0x20:
    case 0x26:
    case 0x28:
    case 0x29:
    case 0x3b:
    case 0x3c:
    case 0x3e:
    case 0x7c:
      return true
  }
  return false
}

/** What the skip functions return when the text ends within what they skip: larger than any length. */
const UNCLOSED: i32 = i32.MAX_VALUE

/**
 * Index behind the character, quotation or substitution that stands at `i` in `source`; larger than the length if it is
 * not closed.
 */
export function skipPart(source: string, i: i32): i32 {
  const c = source.charCodeAt(i)
  switch (c) {
    case 0x5c: // backslash
      return i + 1 < source.length ? i + 2 : UNCLOSED
    case 0x27: {
      const end = source.indexOf("'", i + 1)
      return end < 0 ? UNCLOSED : end + 1
    }
    case 0x22:
      return skipDouble(source, i + 1)
    case 0x60:
      return skipBackquote(source, i + 1)
    case 0x24:
      return skipDollar(source, i)
  }
  return i + 1
}

function skipDouble(source: string, from: i32): i32 {
  let i = from
  while (i < source.length) {
    const c = source.charCodeAt(i)
    if (c === 0x22) return i + 1
    if (c === 0x5c) i += 2
    else if (c === 0x24) i = skipDollar(source, i)
    else if (c === 0x60) i = skipBackquote(source, i + 1)
    else i++
    if (i === UNCLOSED) return i
  }
  return UNCLOSED
}

function skipBackquote(source: string, from: i32): i32 {
  let i = from
  while (i < source.length) {
    const c = source.charCodeAt(i)
    if (c === 0x60) return i + 1
    i += c === 0x5c ? 2 : 1
  }
  return UNCLOSED
}

/** Index behind `$(...)`, `${...}`, or just the `$` at `i`. */
function skipDollar(source: string, i: i32): i32 {
  const after = i + 1 < source.length ? source.charCodeAt(i + 1) : -1
  if (after === 0x28) return skipNested(source, i + 2, 0x28, 0x29)
  if (after === 0x7b) return skipNested(source, i + 2, 0x7b, 0x7d)
  return i + 1
}

/** How deep quotations and substitutions may stand in each other: the functions here call each other. */
const MAX_NESTING: i32 = 50
let nesting: i32 = 0

function skipNested(source: string, from: i32, open: i32, close: i32): i32 {
  if (nesting >= MAX_NESTING) return UNCLOSED
  nesting++
  let depth = 1
  let i = from
  while (i < source.length) {
    const c = source.charCodeAt(i)
    if (c === open) depth++
    if (c === close && --depth === 0) {
      i++
      break
    }
    i = skipPart(source, i)
  }
  nesting--
  return depth === 0 ? i : UNCLOSED
}

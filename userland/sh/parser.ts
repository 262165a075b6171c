/**
 * The shell's grammar (POSIX.1-2017, Shell & Utilities, 2.10): lists, pipelines, `if`, `while`, `until`, `for`, `case`,
 * `{ }`, `( )`, functions `name() { }` and redirections. Recursive descent, one token ahead.
 *
 * `parse` reads one complete line (with all that its compound commands span), so that a script runs as far as it is right.
 */
import { HereDocument, Lexer, Token } from './lexer'
import { Kind, Node, Redirect } from './syntax'

/** How deep commands may nest; the parser is recursive, and its stack is not endless. */
const MAX_DEPTH: i32 = 100

export class Parser {
  /** What is wrong, or empty. */
  error: string = ''
  /** The error is only that the text ends too early: more lines may complete it. */
  incomplete: bool = false
  private readonly lexer: Lexer
  private depth: i32 = 0

  constructor(source: string, position: i32 = 0) {
    this.lexer = new Lexer(source, position)
  }

  /** Where the next call of `parse` goes on. */
  get position(): i32 {
    return this.lexer.position
  }

  /** The commands of the next line that has some, or null at the end of the text or if `error` is set. */
  parse(): Node | null {
    this.advance()
    while (this.at(Token.Newline)) this.advance()
    if (this.at(Token.End)) {
      this.checkComplete()
      return null
    }
    const list = this.list(true)
    if (this.error === '' && !this.at(Token.Newline) && !this.at(Token.End)) {
      this.unexpected()
    }
    this.checkComplete()
    return this.error === '' ? list : null
  }

  private advance(): void {
    this.lexer.next()
  }

  private at(token: Token): bool {
    return this.lexer.token === token
  }

  private checkComplete(): void {
    if (!this.lexer.incomplete) return
    this.incomplete = true
    if (this.error === '') this.error = 'a quotation, substitution or here-document is not closed'
  }

  private unexpected(): void {
    if (this.error !== '') return
    if (this.at(Token.End)) {
      this.error = 'the command is not complete'
      this.incomplete = true
    } else if (this.at(Token.Newline)) this.error = 'unexpected end of line'
    else this.error = `unexpected "${this.lexer.text}"`
  }

  private isOperator(text: string): bool {
    return this.at(Token.Operator) && this.lexer.text === text
  }

  private isWord(text: string): bool {
    return this.at(Token.Word) && this.lexer.text === text
  }

  private expectWord(text: string): void {
    if (this.error !== '') return
    if (this.isWord(text)) this.advance()
    else if (this.at(Token.End)) this.unexpected()
    else {
      const found = this.at(Token.Newline) ? 'the end of the line' : `"${this.lexer.text}"`
      this.error = `expected "${text}", found ${found}`
    }
  }

  private skipNewlines(): void {
    while (this.error === '' && this.at(Token.Newline)) this.advance()
  }

  /** Commands up to one of the words and operators that end a list; to the end of the line if `line`. */
  private list(line: bool): Node {
    const sequence = new Node(Kind.Sequence)
    while (this.error === '') {
      if (!line) this.skipNewlines()
      if (this.endsList()) break
      const start = this.lexer.start
      let end = 0
      let node = this.andOr()
      if (this.error !== '') break
      end = this.lexer.start
      if (this.isOperator('&')) {
        const background = new Node(Kind.Background).with(node)
        background.text = this.lexer.source.substring(start, end).trim()
        node = background
        this.advance()
      } else if (this.isOperator(';')) this.advance()
      else if (!this.at(Token.Newline)) {
        sequence.children.push(node)
        break
      }
      sequence.children.push(node)
      if (line && this.at(Token.Newline)) break
    }
    return sequence
  }

  private endsList(): bool {
    if (this.at(Token.End) || this.at(Token.Newline)) return true
    if (this.at(Token.Operator)) return this.lexer.text === ')' || this.lexer.text === ';;'
    return this.at(Token.Word) && closesBlock(this.lexer.text)
  }

  /** A list in a compound command, which must not be empty. */
  private body(): Node {
    const list = this.list(false)
    if (this.error === '' && list.children.length === 0) this.unexpected()
    return list
  }

  private andOr(): Node {
    let left = this.pipeline()
    while (this.error === '' && (this.isOperator('&&') || this.isOperator('||'))) {
      const kind = this.lexer.text === '&&' ? Kind.And : Kind.Or
      this.advance()
      this.skipNewlines()
      left = new Node(kind).with(left).with(this.pipeline())
    }
    return left
  }

  private pipeline(): Node {
    if (this.isWord('!')) {
      this.advance()
      if (this.isWord('!')) {
        this.unexpected()
        return new Node(Kind.Not)
      }
      return new Node(Kind.Not).with(this.pipeline())
    }
    const first = this.command()
    if (!this.isOperator('|')) return first
    const pipeline = new Node(Kind.Pipeline).with(first)
    while (this.error === '' && this.isOperator('|')) {
      this.advance()
      this.skipNewlines()
      pipeline.children.push(this.command())
    }
    return pipeline
  }

  private command(): Node {
    if (++this.depth > MAX_DEPTH) this.error = 'commands are nested too deep'
    const node = this.error === '' ? this.anyCommand() : new Node(Kind.Simple)
    this.depth--
    return node
  }

  private anyCommand(): Node {
    const start = this.lexer.start
    let node: Node | null = null
    if (this.isOperator('(')) {
      this.advance()
      node = new Node(Kind.Subshell).with(this.body())
      if (this.error === '' && !this.isOperator(')')) this.unexpected()
    } else if (this.at(Token.Word)) node = this.compound()
    if (node === null) return this.simple()
    // The node's last token is still the current one: a redirection may follow it, but no word.
    node.text = this.lexer.source.substring(start, this.lexer.position)
    if (this.error === '') this.advance()
    while (this.error === '' && this.at(Token.Redirect)) this.redirect(node)
    return node
  }

  /** A compound command, up to and with its last word as the current token; null if the word begins none. */
  private compound(): Node | null {
    const word = this.lexer.text
    if (word === '{') {
      this.advance()
      const group = new Node(Kind.Group).with(this.body())
      if (this.error === '' && !this.isWord('}')) this.unexpected()
      return group
    }
    if (word === 'if') return this.ifCommand()
    if (word === 'while' || word === 'until')
      return this.loop(word === 'while' ? Kind.While : Kind.Until)
    if (word === 'for') return this.forCommand()
    if (word === 'case') return this.caseCommand()
    return null
  }

  private ifCommand(): Node {
    const node = new Node(Kind.If)
    do {
      this.advance()
      node.children.push(this.body())
      this.expectWord('then')
      node.children.push(this.body())
    } while (this.error === '' && this.isWord('elif'))
    if (this.isWord('else')) {
      this.advance()
      node.children.push(this.body())
    }
    if (this.error === '' && !this.isWord('fi')) this.unexpected()
    return node
  }

  private loop(kind: Kind): Node {
    this.advance()
    const node = new Node(kind).with(this.body())
    this.doGroup(node)
    return node
  }

  /** `do ... done`, with `done` as the current token. */
  private doGroup(node: Node): void {
    this.expectWord('do')
    node.children.push(this.body())
    if (this.error === '' && !this.isWord('done')) this.unexpected()
  }

  private forCommand(): Node {
    const node = new Node(Kind.For)
    this.advance()
    if (!this.at(Token.Word) || !isName(this.lexer.text)) {
      this.error = 'a name must follow "for"'
      return node
    }
    node.words.push(this.lexer.text)
    this.advance()
    this.skipNewlines()
    if (this.isWord('in')) {
      this.advance()
      while (this.at(Token.Word)) {
        node.words.push(this.lexer.text)
        this.advance()
      }
    } else node.implicit = true
    if (this.isOperator(';')) this.advance()
    this.skipNewlines()
    this.doGroup(node)
    return node
  }

  private caseCommand(): Node {
    const node = new Node(Kind.Case)
    this.advance()
    if (this.at(Token.Word)) node.words.push(this.lexer.text)
    else this.unexpected()
    this.advance()
    this.skipNewlines()
    this.expectWord('in')
    this.skipNewlines()
    while (this.error === '' && !this.isWord('esac')) {
      if (this.isOperator('(')) this.advance()
      const arm = new Node(Kind.Arm)
      while (this.error === '' && this.at(Token.Word)) {
        arm.words.push(this.lexer.text)
        this.advance()
        if (!this.isOperator('|')) break
        this.advance()
      }
      if (!this.isOperator(')')) {
        this.unexpected()
        break
      }
      this.advance()
      arm.children.push(this.list(false))
      node.children.push(arm)
      if (this.isOperator(';;')) {
        this.advance()
        this.skipNewlines()
      } else if (!this.isWord('esac')) this.unexpected()
    }
    return node
  }

  private simple(): Node {
    const node = new Node(Kind.Simple)
    const start = this.lexer.start
    while (this.error === '') {
      if (this.at(Token.Redirect)) {
        this.redirect(node)
        continue
      }
      if (!this.at(Token.Word)) break
      const word = this.lexer.text
      this.advance()
      if (node.words.length === 0 && assignmentLength(word) > 0) {
        node.assignments.push(word)
        continue
      }
      node.words.push(word)
      if (node.words.length === 1 && this.isOperator('(') && isName(word)) {
        return this.functionDefinition(word, start)
      }
    }
    if (node.words.length + node.assignments.length + node.redirects.length === 0) this.unexpected()
    node.text = wordsOf(node)
    return node
  }

  private functionDefinition(name: string, start: i32): Node {
    const node = new Node(Kind.Function)
    node.words.push(name)
    this.advance()
    if (!this.isOperator(')')) {
      this.unexpected()
      return node
    }
    this.advance()
    this.skipNewlines()
    const body = this.command()
    if (this.error === '' && body.kind === Kind.Simple) {
      this.error = `the body of function "${name}" must be a compound command: ${name}() { ...; }`
    }
    node.children.push(body)
    node.text = this.lexer.source.substring(start, this.lexer.start).trim()
    return node
  }

  private redirect(node: Node): void {
    const operator = this.lexer.text
    const descriptor = this.lexer.descriptor
    this.advance()
    if (!this.at(Token.Word)) {
      this.unexpected()
      return
    }
    const word = this.lexer.text
    let document: HereDocument | null = null
    if (operator === '<<' || operator === '<<-') {
      const delimiter = unquote(word)
      document = new HereDocument(delimiter, operator === '<<-', delimiter !== word)
      this.lexer.await(document)
    }
    node.redirects.push(new Redirect(operator, descriptor, word, document))
    this.advance()
  }
}

/** A simple command's assignments and words as written. */
function wordsOf(node: Node): string {
  return node.assignments.concat(node.words).join(' ')
}

function closesBlock(word: string): bool {
  switch (word) {
    case 'then':
    case 'else':
    case 'elif':
    case 'fi':
    case 'do':
    case 'done':
    case 'esac':
    case '}':
      return true
  }
  return false
}

/** The delimiter of a here-document without its quotes. */
function unquote(word: string): string {
  let text = ''
  for (let i = 0; i < word.length; i++) {
    const c = word.charCodeAt(i)
    if (c !== 0x27 && c !== 0x22 && c !== 0x5c) text += word.charAt(i)
  }
  return text
}

/** True if `text` can name a variable. */
export function isName(text: string): bool {
  return text.length > 0 && nameLength(text, 0) === text.length
}

/** How many characters from `at` on make a name. */
export function nameLength(text: string, at: i32): i32 {
  let i = at
  while (i < text.length) {
    const c = text.charCodeAt(i)
    const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f
    if (!letter && (i === at || c < 0x30 || c > 0x39)) break
    i++
  }
  return i - at
}

/** Length of the name in `NAME=value`, or 0 if `word` is no assignment. */
export function assignmentLength(word: string): i32 {
  const length = nameLength(word, 0)
  return length > 0 && length < word.length && word.charCodeAt(length) === 0x3d ? length : 0
}

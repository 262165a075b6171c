/** Exports the shell's parser and expansion to their tests, with a context made of fixed variables and files. */
import { Arithmetic } from '../../sh/arithmetic'
import { Context, Expander } from '../../sh/expand'
import { Parser } from '../../sh/parser'
import { Kind, Node } from '../../sh/syntax'

class Fixture extends Context {
  names: Map<string, string> = new Map<string, string>()
  arguments: Array<string> = [] as string[]

  override variable(name: string): string | null {
    return this.names.has(name) ? this.names.get(name) : null
  }

  override assign(name: string, value: string): void {
    this.names.set(name, value)
  }

  override parameters(): Array<string> {
    return this.arguments
  }

  override special(name: string): string | null {
    return name === '?' ? '7' : name === '$' ? '42' : name === '0' ? 'sh' : null
  }

  override substitute(command: string): string {
    return `<${command}>\n\n`
  }

  override list(directory: string): Array<string> {
    if (directory === '') return ['b.txt', 'a.txt', '.hidden', 'dir', 'odd*name']
    if (directory === 'dir' || directory === '/dir') return ['x.ts', 'y.ts']
    return directory === '/' ? ['dir', 'bin'] : []
  }

  override exists(path: string): bool {
    return path === 'dir' || path === 'dir/x.ts' || path === '/dir' || path === '/dir/x.ts'
  }
}

const fixture = new Fixture()

export function setVariable(name: string, value: string): void {
  fixture.assign(name, value)
}

export function getVariable(name: string): string {
  const value = fixture.variable(name)
  return value === null ? '(unset)' : value
}

/** Sets the positional parameters: lines. */
export function setParameters(lines: string): void {
  fixture.arguments = lines === '' ? [] : lines.split('\n')
}

/** The first line that has commands as a tree, "error: ...", or "more: ...". */
export function parse(source: string): string {
  const parser = new Parser(source)
  const node = parser.parse()
  if (parser.error !== '') return (parser.incomplete ? 'more: ' : 'error: ') + parser.error
  return node === null ? 'nothing' : show(node)
}

/** How many lines with commands there are, or -1 for an error. */
export function countLines(source: string): i32 {
  const parser = new Parser(source)
  let n = 0
  while (parser.parse() !== null) n++
  return parser.error === '' ? n : -1
}

function show(node: Node): string {
  const parts: string[] = []
  for (let i = 0; i < node.assignments.length; i++) parts.push(node.assignments[i])
  for (let i = 0; i < node.words.length; i++) parts.push(node.words[i])
  for (let i = 0; i < node.children.length; i++) parts.push(show(node.children[i]))
  for (let i = 0; i < node.redirects.length; i++) {
    const redirect = node.redirects[i]
    const document = redirect.document
    const target = document === null ? redirect.word : `{${document.body.replaceAll('\n', '~')}}`
    parts.push(
      `${redirect.descriptor < 0 ? '' : redirect.descriptor.toString()}${redirect.operator}${target}`,
    )
  }
  const inner = parts.join(' ')
  switch (node.kind) {
    case Kind.Simple:
      return `[${inner}]`
    case Kind.Sequence:
      return node.children.length === 1 ? inner : `seq(${inner})`
    case Kind.Pipeline:
      return `pipe(${inner})`
    case Kind.And:
      return `and(${inner})`
    case Kind.Or:
      return `or(${inner})`
    case Kind.Not:
      return `not(${inner})`
    case Kind.Background:
      return `bg(${inner})"${node.text}"`
    case Kind.If:
      return `if(${inner})`
    case Kind.While:
      return `while(${inner})`
    case Kind.Until:
      return `until(${inner})`
    case Kind.For:
      return `for${node.implicit ? '@' : ''}(${inner})`
    case Kind.Case:
      return `case(${inner})`
    case Kind.Arm:
      return `arm(${inner})`
    case Kind.Group:
      return `group(${inner})`
    case Kind.Subshell:
      return `sub(${inner})"${node.text}"`
    case Kind.Function:
      return `fn(${inner})"${node.text}"`
  }
  return '?'
}

function outcome(expander: Expander, text: string): string {
  return expander.error === '' ? text : `error: ${expander.error}`
}

/** The fields a word becomes, in brackets. */
export function words(word: string): string {
  const expander = new Expander(fixture)
  const fields = expander.words([word])
  let text = ''
  for (let i = 0; i < fields.length; i++) text += `[${fields[i]}]`
  return outcome(expander, text)
}

export function text(word: string): string {
  const expander = new Expander(fixture)
  const result = expander.text(word)
  return outcome(expander, result)
}

export function pattern(word: string): string {
  const expander = new Expander(fixture)
  const result = expander.pattern(word)
  return outcome(expander, result)
}

export function document(body: string): string {
  const expander = new Expander(fixture)
  const result = expander.document(body)
  return outcome(expander, result)
}

export function arithmetic(expression: string): string {
  const value = new Arithmetic(expression, fixture)
  const result = value.evaluate()
  return value.error === '' ? result.toString() : `error: ${value.error}`
}

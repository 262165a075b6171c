/**
 * Options of the form `--name value` or `--name=value`, described by tables from which both the parser and `--help` are
 * made.
 */

/** A command of `kenix`. */
export interface Command {
  summary: string
  options: readonly Option[]
  /** Printed behind the options by `--help`. */
  notes?: string
  /** @returns the exit status. @throws UsageError for a wrong command line. */
  run(args: readonly string[]): Promise<number>
}

export interface Option {
  /** Without its dashes. */
  name: string
  /** What its value is called in `--help`; undefined for a flag. */
  value?: string
  help: string
  /** May be given more than once. */
  many?: boolean
}

/** A wrong command line. The message says what would be right. */
export class UsageError extends Error {}

/** Values by option name, in the order given. A flag's value is ''. */
export class Values {
  readonly #given = new Map<string, string[]>()

  /** Remembers one more value. */
  add(name: string, value: string): void {
    const values = this.#given.get(name)
    if (values) values.push(value)
    else this.#given.set(name, [value])
  }

  has(name: string): boolean {
    return this.#given.has(name)
  }

  /** The option's value, or undefined. */
  get(name: string): string | undefined {
    return this.#given.get(name)?.[0]
  }

  all(name: string): readonly string[] {
    return this.#given.get(name) ?? []
  }

  /** A whole number within limits. @throws UsageError. */
  integer(name: string, min: number, max: number): number | undefined {
    return this.#number(name, min, max, Number.isSafeInteger, 'a whole number')
  }

  /** A number within limits. @throws UsageError. */
  number(name: string, min: number, max: number): number | undefined {
    return this.#number(name, min, max, Number.isFinite, 'a number')
  }

  /** One of a few words. @throws UsageError. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.get(name)
    if (text === undefined) return undefined
    const word = words.find((candidate) => candidate === text)
    if (word !== undefined) return word
    throw new UsageError(`Cannot use --${name} "${text}": must be ${words.join(' or ')}`)
  }

  #number(
    name: string,
    min: number,
    max: number,
    fits: (value: number) => boolean,
    kind: string,
  ): number | undefined {
    const text = this.get(name)
    if (text === undefined) return undefined
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (fits(value) && value >= min && value <= max) return value
    throw new UsageError(`Cannot use --${name} "${text}": must be ${kind} from ${min} to ${max}`)
  }
}

/** Reads a command line. @throws UsageError. */
export function parseOptions(args: readonly string[], options: readonly Option[]): Values {
  const values = new Values()
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    if (!word.startsWith('--')) {
      throw new UsageError(`Cannot use "${word}": an option must come first, such as --kernel FILE`)
    }
    const [name = '', inline] = split(word.slice(2), '=')
    const option = options.find((candidate) => candidate.name === name)
    if (!option) throw new UsageError(`There is no option "--${name}"${suggestion(name, options)}`)
    if (values.has(name) && !option.many) throw new UsageError(`--${name} was given twice`)
    if (option.value === undefined) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value`)
      values.add(name, '')
    } else {
      const value = inline ?? args[++index]
      if (value === undefined) throw new UsageError(`--${name} needs a value: ${option.value}`)
      values.add(name, value)
    }
  }
  return values
}

/** Splits at the first `separator`. */
export function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** What `--help` prints. */
export function helpOf(name: string, command: Command): string {
  const heads = command.options.map(({ name, value }) => `--${name}${value ? ` ${value}` : ''}`)
  const width = Math.max(...heads.map((head) => head.length)) + 2
  const lines = command.options.map(({ help }, index) => `  ${heads[index]!.padEnd(width)}${help}`)
  const notes = command.notes ? `\n${command.notes}\n` : ''
  return `usage: bun kenix ${name} [OPTION...]\n${command.summary}\n\n${lines.join('\n')}\n${notes}`
}

function suggestion(name: string, options: readonly Option[]): string {
  const near = options.find(
    (option) => option.name.startsWith(name) || name.startsWith(option.name),
  )
  return near && name !== '' ? `. Is --${near.name} meant?` : ''
}

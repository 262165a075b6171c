/**
 * Options on a command line, as POSIX.1-2017, 12.2 has them: single letters that may be joined (`-la`), values joined or
 * as the next word (`-n5`, `-n 5`), `--` to end them, and `--name` as another way to write a letter.
 */

/** Options and operands of a command line. `error` is empty unless it could not be understood. */
export class Options {
  readonly operands: Array<string> = [] as string[]
  error: string = ''
  private readonly letters: Array<string> = [] as string[]
  private readonly values: Array<string> = [] as string[]

  /** True if the option was given. */
  has(letter: string): bool {
    return this.letters.includes(letter)
  }

  /** How often the option was given. */
  count(letter: string): i32 {
    let n = 0
    for (let i = 0; i < this.letters.length; i++) if (this.letters[i] === letter) n++
    return n
  }

  /** Value of the option, the last one if it was given more than once. */
  value(letter: string, otherwise: string = ''): string {
    const at = this.letters.lastIndexOf(letter)
    return at < 0 ? otherwise : this.values[at]
  }

  /** Notes that an option was given. */
  add(letter: string, value: string): void {
    this.letters.push(letter)
    this.values.push(value)
  }
}

/**
 * Reads `args` (without the program's name).
 * @param letters options that exist; one followed by ':' takes a value
 * @param names long names as "name=letter", separated by spaces
 */
export function parseOptions(args: Array<string>, letters: string, names: string = ''): Options {
  const options = new Options()
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    if (arg === '--') {
      for (let k = i + 1; k < args.length; k++) options.operands.push(args[k])
      break
    }
    if (arg.length < 2 || arg.charAt(0) !== '-') {
      options.operands.push(arg)
      continue
    }
    if (arg.startsWith('--')) {
      const letter = longOption(arg.substring(2), names)
      if (letter === '') {
        options.error = `unknown option "${arg}"`
        break
      }
      options.add(letter, '')
      continue
    }
    for (let k = 1; k < arg.length; k++) {
      const letter = arg.charAt(k)
      const at = letters.indexOf(letter)
      if (at < 0 || letter === ':') {
        options.error = `unknown option "-${letter}"`
        return options
      }
      if (letters.charAt(at + 1) !== ':') {
        options.add(letter, '')
        continue
      }
      if (k + 1 < arg.length) options.add(letter, arg.substring(k + 1))
      else if (i + 1 < args.length) options.add(letter, args[++i])
      else options.error = `option "-${letter}" needs a value`
      break
    }
  }
  return options
}

function longOption(name: string, names: string): string {
  const all = names.split(' ')
  for (let i = 0; i < all.length; i++) {
    const equals = all[i].indexOf('=')
    if (equals > 0 && all[i].substring(0, equals) === name) return all[i].substring(equals + 1)
  }
  return ''
}

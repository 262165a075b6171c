/** Arguments, environment variables, and the working directory (which is the variable PWD). */
import { resolvePath } from './text/path'

const words: string[] = []
const names: string[] = []
const values: string[] = []

/** Called by the entry. */
export function addArgument(word: string): void {
  words.push(word)
}

/** Called by the entry with NAME=value. */
export function addEnvironment(entry: string): void {
  const equals = entry.indexOf('=')
  if (equals > 0) setVariable(entry.substring(0, equals), entry.substring(equals + 1))
}

/** Name the program was called by. */
export function programName(): string {
  return words.length > 0 ? words[0] : ''
}

/** Arguments without the program's name. */
export function args(): Array<string> {
  return words.slice(1)
}

/** Value of an environment variable, or null if it is not set. */
export function variable(name: string): string | null {
  const at = names.indexOf(name)
  return at < 0 ? null : values[at]
}

/** Value of an environment variable, or `otherwise`. */
export function variableOr(name: string, otherwise: string): string {
  const at = names.indexOf(name)
  return at < 0 ? otherwise : values[at]
}

export function setVariable(name: string, value: string): void {
  const at = names.indexOf(name)
  if (at >= 0) {
    values[at] = value
    return
  }
  names.push(name)
  values.push(value)
}

export function unsetVariable(name: string): void {
  const at = names.indexOf(name)
  if (at < 0) return
  names.splice(at, 1)
  values.splice(at, 1)
}

/** All variables as NAME=value. */
export function environment(): Array<string> {
  const all: string[] = []
  for (let i = 0; i < names.length; i++) all.push(`${names[i]}=${values[i]}`)
  return all
}

/** The working directory: an absolute path. */
export function workingDirectory(): string {
  const directory = variableOr('PWD', '/')
  return directory.startsWith('/') ? directory : '/'
}

/** The absolute path that `path` means here. */
export function absolutePath(path: string): string {
  return resolvePath(workingDirectory(), path)
}

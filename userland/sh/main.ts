/**
 * `sh`: reads commands from a console with a prompt, from standard input, from a file (`sh FILE ARGUMENT...`), or from its
 * arguments (`sh -c TEXT [NAME ARGUMENT...]`). As `sh -l`, how init starts it, it greets and runs /etc/profile first.
 */
import {
  args,
  environment,
  errorText,
  isOpen,
  misuse,
  workingDirectory,
  writeError,
} from '../libkenix'
import { CONSOLE_READ_LINE, EINTR, ENOSYS } from '../libkenix/generated/abi'
import { callLending, LEND_WRITE } from '../libkenix/ipc'
import { Expander } from './expand'
import { KenixSystem, scriptReader } from './kenix-system'
import { Parser } from './parser'
import { Shell, Unwind } from './shell'

const LINE_BYTES: i32 = 4096

/** Run by a login shell before the first prompt, if it exists. */
const PROFILE: string = '/etc/profile'

const GREETING: string = 'Welcome to Kenix. "help" lists the commands.\n'

const USAGE: string = 'sh [-e] [-x] [-l | -c TEXT [NAME ARGUMENT...] | FILE [ARGUMENT...]]'

function inheritVariables(shell: Shell): void {
  const all = environment()
  for (let i = 0; i < all.length; i++) {
    const equals = all[i].indexOf('=')
    const name = all[i].substring(0, equals)
    shell.variables.set(name, all[i].substring(equals + 1))
    shell.variables.export(name)
  }
  shell.variables.set('PWD', workingDirectory())
  shell.variables.export('PWD')
  shell.variables.set('IFS', ' \t\n')
  if (shell.variables.get('PATH') === null) {
    shell.variables.set('PATH', '/bin')
    shell.variables.export('PATH')
  }
}

function prompt(shell: Shell): string {
  const custom = shell.variables.get('PS1')
  if (custom === null) return `kenix:${shell.variables.getOr('PWD', '/')}$ `
  const expander = new Expander(shell)
  return expander.document(custom)
}

/** A line from the console: "" at the end of input, null after Ctrl-C. */
function editedLine(): string | null {
  const buffer = new ArrayBuffer(LINE_BYTES)
  const p = changetype<usize>(buffer)
  const n = callLending(0, CONSOLE_READ_LINE, p, LINE_BYTES, LEND_WRITE, LINE_BYTES) as i32
  if (n === -EINTR) return null
  if (n < 0 && n !== -ENOSYS) writeError(`sh: cannot read a line: ${errorText(n)}\n`)
  return n <= 0 ? '' : String.UTF8.decodeUnsafe(p, n)
}

/** Runs `text` if its commands are complete; false if more lines are needed. */
function runIfComplete(shell: Shell, text: string): bool {
  let position = 0
  while (true) {
    const parser = new Parser(text, position)
    const node = parser.parse()
    if (parser.incomplete) return false
    if (node === null) break
    position = parser.position
  }
  shell.runText(text)
  return true
}

function logIn(shell: Shell): void {
  shell.print(GREETING)
  if (shell.system.kindOf(PROFILE) === 1) shell.runFile(PROFILE)
}

function interact(shell: Shell): i32 {
  shell.interactive = true
  let text = ''
  while (shell.unwind !== Unwind.Exit) {
    shell.unwind = Unwind.None
    shell.levels = 0
    // Ctrl-C that came too late for the last command is not for the next one.
    shell.system.interrupted()
    if (text === '') shell.reportJobs()
    shell.print(text === '' ? prompt(shell) : '> ')
    const line = editedLine()
    if (line === null) {
      text = ''
      shell.status = 130
      continue
    }
    if (line === '') {
      shell.print('\n')
      break
    }
    text += line
    if (runIfComplete(shell, text)) text = ''
  }
  return shell.status
}

function runStandardInput(shell: Shell): i32 {
  const reader = scriptReader()
  let text = ''
  while (shell.unwind === Unwind.None) {
    const line = reader.readLine()
    if (line === null) {
      // What is still incomplete is reported as such.
      if (text !== '') shell.runText(text)
      break
    }
    text += `${line}\n`
    if (runIfComplete(shell, text)) text = ''
  }
  return shell.status
}

export function main(): i32 {
  const system = new KenixSystem()
  const shell = new Shell(system)
  // A job in the background has no input, for example.
  for (let fd = 0; fd < 3; fd++) if (!isOpen(fd)) shell.descriptors[fd] = -1
  inheritVariables(shell)
  let words = args()
  let login = false
  while (words.length > 0 && words[0].length === 2 && '-e-x-l'.includes(words[0])) {
    if (words[0] === '-e') shell.exitOnError = true
    else if (words[0] === '-x') shell.trace = true
    else login = true
    words = words.slice(1)
  }
  if (login) logIn(shell)
  if (words.length === 0) return system.hasTerminal ? interact(shell) : runStandardInput(shell)
  if (words[0] === '-c') {
    if (words.length < 2) return misuse('"-c" needs a text', USAGE)
    if (words.length > 2) shell.name = words[2]
    shell.arguments = words.slice(3)
    return shell.runText(words[1])
  }
  if (words[0].startsWith('-') && words[0].length > 1) {
    return misuse(`unknown option "${words[0]}"`, USAGE)
  }
  shell.name = words[0]
  shell.arguments = words.slice(1)
  return shell.runFile(words[0])
}

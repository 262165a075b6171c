/** Commands the shell executes itself: those that change it, and some that scripts use too often to start a program. */
import { NO_INTEGER, parseInteger, seconds } from '../libkenix/text/format'
import { resolvePath } from '../libkenix/text/path'
import { Condition } from './condition'
import { Job } from './jobs'
import { assignmentLength, isName } from './parser'
import { Printf } from './printf'
import { Shell, Unwind } from './shell'
import { quoteWord } from './variables'

type Builtin = (shell: Shell, words: Array<string>) => i32

const table = new Map<string, Builtin>()

/** True if the shell executes commands of this name itself. */
export function isBuiltin(name: string): bool {
  return table.has(name)
}

/** Executes a builtin; its status. */
export function builtin(shell: Shell, words: Array<string>): i32 {
  return table.get(words[0])(shell, words)
}

/** Names of all builtins, sorted. */
export function builtinNames(): Array<string> {
  const names = table.keys()
  names.sort()
  return names
}

function misuse(shell: Shell, usage: string): i32 {
  return shell.refuse(`usage: ${usage}`, 2)
}

/** The number in word 1, `otherwise` if there is none, or -1 after a message. */
function count(shell: Shell, words: Array<string>, otherwise: i32): i32 {
  if (words.length < 2) return otherwise
  const value = parseInteger(words[1])
  if (value >= 0 && value <= i32.MAX_VALUE) return value as i32
  shell.complain(`${words[0]}: "${words[1]}" is no number`)
  return -1
}

table.set(':', (_shell: Shell, _words: Array<string>): i32 => 0)
table.set('true', (_shell: Shell, _words: Array<string>): i32 => 0)
table.set('false', (_shell: Shell, _words: Array<string>): i32 => 1)

table.set('echo', (shell: Shell, words: Array<string>): i32 => {
  const newline = words.length < 2 || words[1] !== '-n'
  return shell.print(words.slice(newline ? 1 : 2).join(' ') + (newline ? '\n' : ''))
})

table.set('printf', (shell: Shell, words: Array<string>): i32 => {
  if (words.length < 2) return misuse(shell, 'printf FORMAT [ARGUMENT...]')
  const printf = new Printf(words.slice(2))
  const status = shell.print(printf.run(words[1]))
  return printf.error === '' ? status : shell.refuse(`printf: ${printf.error}`)
})

table.set('cd', (shell: Shell, words: Array<string>): i32 => {
  if (words.length > 2) return misuse(shell, 'cd [DIRECTORY]')
  let target = words.length > 1 ? words[1] : shell.variables.getOr('HOME', '/')
  if (target === '-') target = shell.variables.getOr('OLDPWD', '/')
  const before = shell.variables.getOr('PWD', '/')
  const path = resolvePath(before, target)
  const kind = shell.system.kindOf(path)
  if (kind !== 2)
    return shell.refuse(`cd: ${target}: ${kind === 0 ? 'no such directory' : 'not a directory'}`)
  shell.variables.set('OLDPWD', before)
  shell.variables.set('PWD', path)
  shell.variables.export('PWD')
  shell.system.setDirectory(path)
  return 0
})

table.set('pwd', (shell: Shell, _words: Array<string>): i32 => {
  return shell.print(`${shell.variables.getOr('PWD', '/')}\n`)
})

table.set('exit', (shell: Shell, words: Array<string>): i32 => {
  const status = count(shell, words, shell.status)
  if (status < 0) return 2
  shell.unwind = Unwind.Exit
  return status & 255
})

table.set('return', (shell: Shell, words: Array<string>): i32 => {
  const status = count(shell, words, shell.status)
  if (status < 0) return 2
  shell.unwind = Unwind.Return
  return status & 255
})

function leave(shell: Shell, words: Array<string>, unwind: Unwind): i32 {
  const levels = count(shell, words, 1)
  if (levels < 1) return levels < 0 ? 2 : shell.refuse(`${words[0]}: 0 loops cannot be left`, 2)
  shell.unwind = unwind
  shell.levels = levels
  return 0
}

table.set('break', (shell: Shell, words: Array<string>): i32 => leave(shell, words, Unwind.Break))
table.set('continue', (shell: Shell, words: Array<string>): i32 => {
  return leave(shell, words, Unwind.Continue)
})

table.set('shift', (shell: Shell, words: Array<string>): i32 => {
  const n = count(shell, words, 1)
  if (n < 0) return 2
  if (n > shell.arguments.length) return 1
  shell.arguments = shell.arguments.slice(n)
  return 0
})

function option(shell: Shell, word: string): bool {
  const on = word.charAt(0) === '-'
  for (let i = 1; i < word.length; i++) {
    const letter = word.charAt(i)
    if (letter === 'e') shell.exitOnError = on
    else if (letter === 'x') shell.trace = on
    else return false
  }
  return true
}

table.set('set', (shell: Shell, words: Array<string>): i32 => {
  if (words.length === 1) {
    const names = shell.variables.names()
    let text = ''
    for (let i = 0; i < names.length; i++) {
      text += `${names[i]}=${quoteWord(shell.variables.getOr(names[i], ''))}\n`
    }
    return shell.print(text)
  }
  let i = 1
  for (; i < words.length; i++) {
    const word = words[i]
    if (word === '--') {
      i++
      break
    }
    if (word.length < 2 || (word.charAt(0) !== '-' && word.charAt(0) !== '+')) break
    if (!option(shell, word)) return misuse(shell, 'set [-e|+e] [-x|+x] [--] [ARGUMENT...]')
  }
  if (i < words.length || words[words.length - 1] === '--') shell.arguments = words.slice(i)
  return 0
})

table.set('unset', (shell: Shell, words: Array<string>): i32 => {
  for (let i = 1; i < words.length; i++) {
    if (words[i] === '-f' || words[i] === '-v') continue
    shell.variables.unset(words[i])
    if (words[1] === '-f') shell.functions.delete(words[i])
  }
  return 0
})

table.set('export', (shell: Shell, words: Array<string>): i32 => {
  if (words.length === 1) {
    const all = shell.variables.environment()
    return shell.print(all.length === 0 ? '' : `export ${all.join('\nexport ')}\n`)
  }
  for (let i = 1; i < words.length; i++) {
    const word = words[i]
    const length = assignmentLength(word)
    const name = length > 0 ? word.substring(0, length) : word
    if (!isName(name)) return shell.refuse(`export: "${word}" is no name`)
    if (length > 0) shell.variables.set(name, word.substring(length + 1))
    shell.variables.export(name)
  }
  return 0
})

function condition(shell: Shell, words: Array<string>): i32 {
  const expression = new Condition(words, shell.system)
  const value = expression.evaluate()
  if (expression.error !== '') return shell.refuse(`test: ${expression.error}`, 2)
  return value ? 0 : 1
}

table.set('test', (shell: Shell, words: Array<string>): i32 => condition(shell, words.slice(1)))
table.set('[', (shell: Shell, words: Array<string>): i32 => {
  if (words[words.length - 1] !== ']') return shell.refuse('[: "]" is missing at the end', 2)
  return condition(shell, words.slice(1, words.length - 1))
})

table.set('.', (shell: Shell, words: Array<string>): i32 => {
  if (words.length < 2) return misuse(shell, '. FILE [ARGUMENT...]')
  const outer = shell.arguments
  if (words.length > 2) shell.arguments = words.slice(2)
  const status = shell.runFile(words[1])
  if (shell.unwind === Unwind.Return) shell.unwind = Unwind.None
  shell.arguments = outer
  return status
})
table.set('source', table.get('.'))

table.set(
  'eval',
  (shell: Shell, words: Array<string>): i32 => shell.runText(words.slice(1).join(' ')),
)

table.set('exec', (shell: Shell, words: Array<string>): i32 => {
  if (words.length === 1) return 0
  // There is no way to become another program: this shell waits for it, and ends as it did.
  const status = shell.invoke(words.slice(1), shell.descriptors)
  if (shell.unwind === Unwind.None) shell.unwind = Unwind.Exit
  return status
})

table.set('time', (shell: Shell, words: Array<string>): i32 => {
  if (words.length < 2) return misuse(shell, 'time COMMAND [ARGUMENT...]')
  const before = shell.system.clock()
  const status = shell.invoke(words.slice(1), shell.descriptors)
  shell.system.write(shell.descriptors[2], `real ${seconds(shell.system.clock() - before)}\n`)
  return status
})

table.set('type', (shell: Shell, words: Array<string>): i32 => {
  let status = 0
  for (let i = 1; i < words.length; i++) {
    const name = words[i]
    const path = shell.find(name)
    if (shell.functions.has(name)) shell.print(`${shell.functions.get(name).text}\n`)
    else if (isBuiltin(name)) shell.print(`${name} is part of the shell\n`)
    else if (path !== '') shell.print(`${name} is ${path}\n`)
    else status = shell.refuse(`type: ${name}: not found`)
  }
  return status
})

/** Reads a line byte by byte, so that what follows is left for others; null at the end of input. */
function readLine(shell: Shell): string | null {
  const handle = shell.descriptors[0]
  const bytes: u8[] = []
  let c = handle < 0 ? -1 : shell.system.readByte(handle)
  if (c < 0) return null
  while (c >= 0 && c !== 10) {
    bytes.push(c as u8)
    c = shell.system.readByte(handle)
  }
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length)
}

table.set('read', (shell: Shell, words: Array<string>): i32 => {
  let first = 1
  while (first < words.length && words[first].startsWith('-')) {
    if (words[first] === '-p' && first + 1 < words.length) {
      shell.system.write(shell.descriptors[2], words[++first])
    } else if (words[first] !== '-r') return misuse(shell, 'read [-r] [-p PROMPT] NAME...')
    first++
  }
  for (let i = first; i < words.length; i++) {
    if (!isName(words[i])) return shell.refuse(`read: "${words[i]}" is no name`)
  }
  const line = readLine(shell)
  if (line === null && shell.interactive && shell.system.interrupted()) {
    shell.unwind = Unwind.Interrupt
    return 130
  }
  const names = first < words.length ? words.slice(first) : ['REPLY']
  const separators = shell.variables.getOr('IFS', ' \t\n')
  let rest = line === null ? '' : line
  for (let i = 0; i < names.length; i++) {
    if (i === names.length - 1) {
      shell.variables.set(names[i], trimBlanks(rest, separators))
      break
    }
    let from = 0
    while (from < rest.length && isBlank(rest, from, separators)) from++
    let end = from
    while (end < rest.length && separators.indexOf(rest.charAt(end)) < 0) end++
    shell.variables.set(names[i], rest.substring(from, end))
    rest = rest.substring(end + 1)
  }
  return line === null ? 1 : 0
})

function isBlank(text: string, at: i32, separators: string): bool {
  const c = text.charCodeAt(at)
  return (c === 0x20 || c === 9) && separators.indexOf(text.charAt(at)) >= 0
}

function trimBlanks(text: string, separators: string): string {
  let from = 0
  let end = text.length
  while (from < end && isBlank(text, from, separators)) from++
  while (end > from && isBlank(text, end - 1, separators)) end--
  return text.substring(from, end)
}

// Jobs.

table.set('jobs', (shell: Shell, _words: Array<string>): i32 => {
  const list = shell.jobs.list.slice(0)
  for (let i = 0; i < list.length; i++) {
    const ended = shell.jobs.update(list[i])
    shell.print(`${list[i].toString()}\n`)
    if (ended) shell.jobs.remove(list[i])
  }
  return 0
})

function finish(shell: Shell, job: Job): i32 {
  const tasks = job.tasks
  if (!shell.interactive) return shell.jobs.finish(job).status
  shell.system.setForeground(tasks)
  const status = shell.jobs.finish(job).status
  shell.system.setForeground([] as i32[])
  if (shell.system.interrupted()) shell.unwind = Unwind.Interrupt
  return status
}

table.set('wait', (shell: Shell, words: Array<string>): i32 => {
  let status = 0
  if (words.length === 1) {
    while (shell.jobs.list.length > 0 && shell.unwind === Unwind.None)
      finish(shell, shell.jobs.list[0])
    return 0
  }
  for (let i = 1; i < words.length; i++) {
    const job = shell.jobs.named(words[i])
    status = job === null ? shell.refuse(`wait: ${words[i]}: no such job`, 127) : finish(shell, job)
  }
  return status
})

table.set('fg', (shell: Shell, words: Array<string>): i32 => {
  const job = shell.jobs.named(words.length > 1 ? words[1] : '')
  if (job === null) return shell.refuse('fg: no such job')
  shell.print(`${job.text.substring(0, job.text.length - 2)}\n`)
  return finish(shell, job)
})

table.set('kill', (shell: Shell, words: Array<string>): i32 => {
  if (words.length < 2) return misuse(shell, 'kill %JOB|PROCESS...')
  let status = 0
  for (let i = 1; i < words.length; i++) {
    const job = shell.jobs.named(words[i])
    if (job !== null) {
      for (let k = 0; k < job.tasks.length; k++) shell.system.kill(job.tasks[k])
      continue
    }
    const pid = parseInteger(words[i])
    if (pid === NO_INTEGER || pid < 1) {
      status = shell.refuse(`kill: ${words[i]}: no such job or process`)
      continue
    }
    const error = shell.system.killPid(pid)
    if (error < 0) status = shell.refuse(`kill: ${words[i]}: ${shell.system.errorText(error)}`)
  }
  return status
})

table.set('help', (shell: Shell, _words: Array<string>): i32 => {
  return shell.print(
    `Part of the shell: ${builtinNames().join(' ')}\nPrograms: ${shell.system.list('/bin').join(' ')}\n`,
  )
})

/**
 * The shell itself: executes what the parser made, on a System.
 *
 * There is no fork here. A pipeline's programs are started with their descriptors in place; what is no program in a pipeline or
 * in the background, and every `( )` and `$( )`, is run by another shell that is given the text, the variables and functions.
 * Redirections never change the shell's own table of handles: `descriptors` says which handle stands for 0, 1, 2 ...
 */
import { matches } from '../libkenix/text/glob'
import { builtin, isBuiltin } from './builtins'
import { Context, Expander } from './expand'
import { Jobs } from './jobs'
import { assignmentLength, Parser } from './parser'
import { Redirector } from './redirect'
import { Kind, Node } from './syntax'
import { Ending, System } from './system'
import { quoteWord, Variables } from './variables'

/** Why execution goes back instead of on. */
export enum Unwind {
  None,
  Break,
  Continue,
  Return,
  Exit,
  /** Ctrl-C: back to the prompt. */
  Interrupt,
}

/** Numbers; an enum, because builtins.ts and this file import each other. */
enum Limit {
  /** How deep functions and files may call each other. */
  Calls = 100,
  /** Status of a command that Ctrl-C ended. */
  Interrupted = 130,
}

export class Shell extends Context {
  readonly variables: Variables = new Variables()
  readonly functions: Map<string, Node> = new Map<string, Node>()
  readonly jobs: Jobs
  /** The handle for each descriptor, -1 where there is none. */
  descriptors: Array<i32> = [0, 1, 2, -1, -1, -1, -1, -1, -1, -1]
  /** `$1`, `$2` ... */
  arguments: Array<string> = [] as string[]
  /** `$0` */
  name: string = 'sh'
  /** `$?` */
  status: i32 = 0
  unwind: Unwind = Unwind.None
  /** How many loops `break` and `continue` still leave. */
  levels: i32 = 0
  /** Prompts, and lets Ctrl-C end what runs in the foreground. */
  interactive: bool = false
  /** `set -e`: a command that fails ends the shell. */
  exitOnError: bool = false
  /** `set -x`: commands are shown. */
  trace: bool = false
  lastBackground: i64 = 0
  private calls: i32 = 0
  /** Status of the command substituted last: that of a command which only assigns. */
  private substituted: i32 = 0
  /** Status for the last command of the pipeline started last, if it could not be started. */
  private failure: i32 = 0
  /** Above 0 where a failing command is a condition. */
  private tested: i32 = 0

  constructor(readonly system: System) {
    super()
    this.jobs = new Jobs(system)
  }

  // Context: what expansion asks.

  override variable(name: string): string | null {
    return this.variables.get(name)
  }

  override assign(name: string, value: string): void {
    this.variables.set(name, value)
  }

  override parameters(): Array<string> {
    return this.arguments
  }

  override special(name: string): string | null {
    if (name === '?') return this.status.toString()
    if (name === '$') return this.system.pid().toString()
    if (name === '!') return this.lastBackground === 0 ? null : this.lastBackground.toString()
    return name === '0' ? this.name : null
  }

  override substitute(command: string): string {
    if (this.system.pipe() < 0) {
      this.complain('no pipe is free')
      return ''
    }
    const reader = this.system.reader
    const descriptors = this.descriptors.slice(0)
    descriptors[1] = this.system.writer
    const task = this.subshell(command, descriptors)
    this.system.close(descriptors[1])
    const output = task < 0 ? '' : this.system.readAll(reader)
    this.system.close(reader)
    this.substituted = task < 0 ? -task : this.foreground([task])
    return output
  }

  override list(directory: string): Array<string> {
    return this.system.list(directory === '' ? '.' : directory)
  }

  override exists(path: string): bool {
    return this.system.kindOf(path) !== 0
  }

  // Output.

  /** Writes to the command's standard output; 0, or 1 if that fails. */
  print(text: string): i32 {
    return this.system.write(this.descriptors[1], text) < 0 ? 1 : 0
  }

  /** Writes a message to the command's standard error. */
  complain(message: string): void {
    this.system.write(this.descriptors[2], `sh: ${message}\n`)
  }

  /** The same, and gives a status to return. */
  refuse(message: string, status: i32 = 1): i32 {
    this.complain(message)
    return status
  }

  // Running.

  /** Runs a text, line by line as far as it is right; its status. */
  runText(text: string): i32 {
    let position = 0
    while (this.unwind === Unwind.None) {
      const parser = new Parser(text, position)
      const node = parser.parse()
      if (parser.error !== '') {
        this.status = this.refuse(`syntax error: ${parser.error}`, 2)
        break
      }
      if (node === null) break
      position = parser.position
      this.execute(node)
    }
    return this.status
  }

  /** Runs a file in this shell. */
  runFile(path: string): i32 {
    const text = this.system.readText(path)
    if (text === null) {
      return this.refuse(`${path}: ${this.system.errorText(this.system.readError)}`, 127)
    }
    if (this.calls >= Limit.Calls) return this.refuse(`${path}: files are nested too deep`)
    this.calls++
    const status = this.runText(text)
    this.calls--
    return status
  }

  /** Executes a command; the result is also in `status`. */
  execute(node: Node): i32 {
    if (this.unwind !== Unwind.None) return this.status
    if (node.kind >= Kind.If && node.redirects.length > 0) {
      const redirector = new Redirector(this)
      if (redirector.apply(node.redirects)) {
        const before = this.descriptors
        this.descriptors = redirector.descriptors
        this.status = this.compound(node)
        this.descriptors = before
      } else this.status = 1
      redirector.close()
    } else this.status = this.compound(node)
    return this.status
  }

  private compound(node: Node): i32 {
    switch (node.kind) {
      case Kind.Simple:
        return this.checked(this.simple(node))
      case Kind.Pipeline:
        return this.checked(this.foreground(this.start(node.children), this.failure))
      case Kind.And:
        return this.test(node.children[0]) === 0 ? this.execute(node.children[1]) : this.status
      case Kind.Or:
        return this.test(node.children[0]) !== 0 ? this.execute(node.children[1]) : this.status
      case Kind.Not:
        return this.test(node.children[0]) === 0 ? 1 : 0
      case Kind.Sequence:
        for (let i = 0; i < node.children.length; i++) this.execute(node.children[i])
        return this.status
      case Kind.Background:
        return this.background(node)
      case Kind.If:
        return this.ifCommand(node)
      case Kind.While:
        return this.loop(node, true)
      case Kind.Until:
        return this.loop(node, false)
      case Kind.For:
        return this.forCommand(node)
      case Kind.Case:
        return this.caseCommand(node)
      case Kind.Group:
        return this.execute(node.children[0])
      case Kind.Subshell:
        return this.checked(this.foreground(this.start([node]), this.failure))
      case Kind.Function:
        this.functions.set(node.words[0], node)
        return 0
    }
    return 0
  }

  /** Executes a command whose failure is an answer. */
  private test(node: Node): i32 {
    this.tested++
    this.execute(node)
    this.tested--
    return this.status
  }

  private checked(status: i32): i32 {
    if (status !== 0 && this.exitOnError && this.tested === 0 && this.unwind === Unwind.None) {
      this.unwind = Unwind.Exit
    }
    return status
  }

  private ifCommand(node: Node): i32 {
    const parts = node.children
    let i = 0
    for (; i + 1 < parts.length; i += 2) {
      if (this.test(parts[i]) === 0) return this.execute(parts[i + 1])
      if (this.unwind !== Unwind.None) return this.status
    }
    return i < parts.length ? this.execute(parts[i]) : 0
  }

  private loop(node: Node, wanted: bool): i32 {
    let status = 0
    while ((this.test(node.children[0]) === 0) === wanted && this.unwind === Unwind.None) {
      status = this.execute(node.children[1])
      if (this.leavesLoop()) break
    }
    // A `break` in the condition belongs to this loop, too.
    this.leavesLoop()
    return this.unwind === Unwind.None ? status : this.status
  }

  private forCommand(node: Node): i32 {
    let words = this.arguments
    if (!node.implicit) {
      const expander = new Expander(this)
      words = expander.words(node.words, 1)
      if (expander.error !== '') return this.refuse(expander.error)
    }
    let status = 0
    for (let i = 0; i < words.length; i++) {
      this.variables.set(node.words[0], words[i])
      status = this.execute(node.children[0])
      if (this.leavesLoop()) break
    }
    return status
  }

  /** Takes note of the end of a loop's body; true if the loop ends here. */
  private leavesLoop(): bool {
    if (this.interactive && this.unwind === Unwind.None && this.system.interrupted()) {
      this.interrupt()
    }
    if (this.unwind === Unwind.None) return false
    if (this.unwind !== Unwind.Break && this.unwind !== Unwind.Continue) return true
    if (--this.levels > 0) return true
    const leave = this.unwind === Unwind.Break
    this.unwind = Unwind.None
    return leave
  }

  private interrupt(): void {
    this.unwind = Unwind.Interrupt
    this.status = Limit.Interrupted
  }

  private caseCommand(node: Node): i32 {
    const expander = new Expander(this)
    const subject = expander.text(node.words[0])
    for (let i = 0; i < node.children.length && expander.error === ''; i++) {
      const arm = node.children[i]
      for (let k = 0; k < arm.words.length; k++) {
        const pattern = expander.pattern(arm.words[k])
        if (expander.error !== '') break
        if (!matches(pattern, subject)) continue
        this.status = 0
        return this.execute(arm.children[0])
      }
    }
    return expander.error === '' ? 0 : this.refuse(expander.error)
  }

  // Simple commands.

  private simple(node: Node): i32 {
    const expander = new Expander(this)
    this.substituted = 0
    const words = expander.words(node.words)
    if (expander.error !== '') return this.refuse(expander.error)
    if (node.redirects.length === 0) return this.runWords(node, words, this.descriptors)
    const redirector = new Redirector(this)
    let status = 1
    if (redirector.apply(node.redirects)) {
      if (words.length === 1 && words[0] === 'exec') {
        redirector.keep()
        return 0
      }
      status = this.runWords(node, words, redirector.descriptors)
    }
    redirector.close()
    return status
  }

  private runWords(node: Node, words: Array<string>, descriptors: Array<i32>): i32 {
    if (this.trace) this.complain(`+ ${words.join(' ')}`)
    if (words.length === 0) return this.assignAll(node) ? this.substituted : 1
    return this.command(node, words, descriptors)
  }

  /** Makes the assignments of a command in this shell. */
  private assignAll(node: Node): bool {
    for (let i = 0; i < node.assignments.length; i++) {
      const expander = new Expander(this)
      const word = node.assignments[i]
      const length = assignmentLength(word)
      const value = expander.text(word.substring(length + 1))
      if (expander.error !== '') {
        this.complain(expander.error)
        return false
      }
      this.variables.set(word.substring(0, length), value)
    }
    return true
  }

  private command(node: Node, words: Array<string>, descriptors: Array<i32>): i32 {
    const name = words[0]
    const isFunction = this.functions.has(name)
    if (!isFunction && !isBuiltin(name)) {
      const task = this.program(node, words, descriptors)
      return task < 0 ? -task : this.foreground([task])
    }
    if (node.assignments.length === 0) return this.invoke(words, descriptors)
    // Assignments before a function or builtin last as long as it does.
    const names: string[] = []
    const values: (string | null)[] = []
    for (let i = 0; i < node.assignments.length; i++) {
      const word = node.assignments[i]
      names.push(word.substring(0, assignmentLength(word)))
      values.push(this.variables.get(names[i]))
    }
    if (!this.assignAll(node)) return 1
    const status = this.invoke(words, descriptors)
    for (let i = names.length - 1; i >= 0; i--) {
      const value = values[i]
      if (value === null) this.variables.unset(names[i])
      else this.variables.set(names[i], value)
    }
    return status
  }

  /** Calls a function or builtin, or starts a program and waits for it. */
  invoke(words: Array<string>, descriptors: Array<i32>): i32 {
    const name = words[0]
    const before = this.descriptors
    let status = 0
    if (this.functions.has(name)) {
      if (this.calls >= Limit.Calls) return this.refuse(`${name}: functions are nested too deep`)
      this.calls++
      this.descriptors = descriptors
      const outer = this.arguments
      this.arguments = words.slice(1)
      status = this.execute(this.functions.get(name).children[0])
      if (this.unwind === Unwind.Return) this.unwind = Unwind.None
      this.arguments = outer
      this.calls--
    } else if (isBuiltin(name)) {
      this.descriptors = descriptors
      status = builtin(this, words)
    } else {
      const task = this.program(new Node(Kind.Simple), words, descriptors)
      return task < 0 ? -task : this.foreground([task])
    }
    this.descriptors = before
    return status
  }

  /** Starts a program with a command's assignments in its environment: the task, or a negative status. */
  private program(node: Node, words: Array<string>, descriptors: Array<i32>): i32 {
    const environment = this.variables.environment()
    for (let i = 0; i < node.assignments.length; i++) {
      const expander = new Expander(this)
      const word = node.assignments[i]
      const length = assignmentLength(word)
      const name = word.substring(0, length + 1)
      for (let k = environment.length - 1; k >= 0; k--) {
        if (environment[k].startsWith(name)) environment.splice(k, 1)
      }
      environment.push(name + expander.text(word.substring(length + 1)))
      if (expander.error !== '') return -this.refuse(expander.error)
    }
    const path = this.find(words[0])
    if (path === '') {
      this.system.write(descriptors[2], `sh: ${words[0]}: not found\n`)
      return -127
    }
    const task = this.system.spawn(path, words, environment, descriptors)
    if (task >= 0) return task
    this.system.write(descriptors[2], `sh: ${words[0]}: ${this.system.errorText(task)}\n`)
    return -126
  }

  /** The file of a program: a path with a slash as it is, else by PATH; empty if there is none. */
  find(name: string): string {
    if (name.indexOf('/') >= 0) return this.system.kindOf(name) === 0 ? '' : name
    if (name === '') return ''
    const directories = this.variables.getOr('PATH', '/bin').split(':')
    for (let i = 0; i < directories.length; i++) {
      const path = `${directories[i]}/${name}`
      if (this.system.kindOf(path) === 1) return path
    }
    return ''
  }

  // Pipelines and jobs.

  /** Starts the commands of a pipeline; their tasks. `failure` tells if the last one could not be started. */
  private start(commands: Array<Node>): Array<i32> {
    const tasks: i32[] = []
    let input = -1
    for (let i = 0; i < commands.length; i++) {
      const last = i === commands.length - 1
      const descriptors = this.descriptors.slice(0)
      const former = input
      if (former >= 0) descriptors[0] = former
      let output = -1
      if (!last) {
        if (this.system.pipe() < 0) {
          this.complain('no pipe is free')
          this.failure = 1
          if (former >= 0) this.system.close(former)
          return tasks
        }
        input = this.system.reader
        output = this.system.writer
        descriptors[1] = output
      }
      const task = this.element(commands[i], descriptors)
      if (former >= 0) this.system.close(former)
      if (output >= 0) this.system.close(output)
      if (task >= 0) tasks.push(task)
      this.failure = task < 0 ? -task : 0
    }
    return tasks
  }

  /** Starts one command of a pipeline: its task or a negative status. */
  private element(node: Node, descriptors: Array<i32>): i32 {
    const redirector = new Redirector(this, descriptors)
    let task = -1
    if (redirector.apply(node.redirects)) task = this.elementTask(node, redirector.descriptors)
    redirector.close()
    return task
  }

  private elementTask(node: Node, descriptors: Array<i32>): i32 {
    if (node.kind === Kind.Subshell) {
      return this.subshell(node.text.substring(1, node.text.length - 1), descriptors)
    }
    if (node.kind !== Kind.Simple) return this.subshell(node.text, descriptors)
    const expander = new Expander(this)
    const words = expander.words(node.words)
    if (expander.error !== '') return -this.refuse(expander.error)
    const own = words.length === 0 || this.functions.has(words[0]) || isBuiltin(words[0])
    // Many builtins exist as programs, too, which start faster than a shell.
    if (own && (words.length === 0 || this.functions.has(words[0]) || this.find(words[0]) === '')) {
      return this.subshell(node.text, descriptors)
    }
    return this.program(node, words, descriptors)
  }

  /** Starts a shell that runs `text` as this one would: its task or a negative status. */
  private subshell(text: string, descriptors: Array<i32>): i32 {
    let before = ''
    const names = this.variables.names()
    for (let i = 0; i < names.length; i++) {
      if (this.variables.isExported(names[i])) continue
      before += `${names[i]}=${quoteWord(this.variables.getOr(names[i], ''))}\n`
    }
    const functions = this.functions.keys()
    for (let i = 0; i < functions.length; i++) {
      before += `${this.functions.get(functions[i]).text}\n`
    }
    if (this.exitOnError) before += 'set -e\n'
    const words = ['sh', '-c', before + text, this.name].concat(this.arguments)
    const path = this.find('sh')
    const environment = this.variables.environment()
    const task = path === '' ? -1 : this.system.spawn(path, words, environment, descriptors)
    if (task >= 0) return task
    this.complain(path === '' ? 'sh: not found' : `sh: ${this.system.errorText(task)}`)
    return -126
  }

  private background(node: Node): i32 {
    const before = this.descriptors
    this.descriptors = before.slice(0)
    // A job must not take the lines that are typed for the shell.
    this.descriptors[0] = -1
    const child = node.children[0]
    let tasks: i32[] = []
    if (child.kind === Kind.Pipeline) tasks = this.start(child.children)
    else if (child.kind >= Kind.And && child.kind <= Kind.Background) {
      const task = this.subshell(node.text, this.descriptors)
      if (task >= 0) tasks.push(task)
    } else tasks = this.start([child])
    this.descriptors = before
    if (tasks.length === 0) return 1
    this.lastBackground = this.system.lastPid
    const job = this.jobs.add(tasks, this.lastBackground, `${node.text} &`)
    if (this.interactive) this.print(`[${job.number}] ${job.pid}\n`)
    return 0
  }

  /** Waits for tasks; the status is that of the last, or `failure` if the last one could not be started. */
  foreground(tasks: Array<i32>, failure: i32 = 0): i32 {
    if (this.interactive) this.system.setForeground(tasks)
    let status = 0
    for (let i = 0; i < tasks.length; i++) {
      const ending = this.system.wait(tasks[i])
      status = ending.status
      if (ending.reason !== '' && status !== Limit.Interrupted) this.say(ending)
    }
    if (this.interactive) {
      this.system.setForeground([] as i32[])
      if (this.system.interrupted()) this.interrupt()
    }
    return failure !== 0 ? failure : status
  }

  private say(ending: Ending): void {
    this.system.write(this.descriptors[2], `${ending.reason}\n`)
  }

  /** Says which background jobs have ended, and forgets them. */
  reportJobs(): void {
    const list = this.jobs.list.slice(0)
    for (let i = 0; i < list.length; i++) {
      if (!this.jobs.update(list[i])) continue
      this.print(`${list[i].toString()}\n`)
      this.jobs.remove(list[i])
    }
  }
}

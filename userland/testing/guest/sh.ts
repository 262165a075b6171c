/**
 * Runs the shell on a system made of arrays: files, pipes and the programs `say`, `cat`, `exit` and `sh`, which run to their
 * end when they are started.
 */
import { OPEN_APPEND, OPEN_CREATE, OPEN_TRUNCATE } from '../../libkenix/generated/abi'
import { Shell } from '../../sh/shell'
import { Ending, System } from '../../sh/system'

class Stream {
  text: string = ''
  position: i32 = 0
  open: i32 = 1
}

class Fake extends System {
  files: Map<string, Stream> = new Map<string, Stream>()
  handles: Array<Stream | null> = [] as (Stream | null)[]
  statuses: Array<i32> = [] as i32[]
  directory: string = '/'
  log: string = ''
  waits: i32 = 0
  interruptAfter: i32 = -1

  put(stream: Stream | null): i32 {
    for (let i = 3; i < this.handles.length; i++) {
      if (this.handles[i] === null) {
        this.handles[i] = stream
        return i
      }
    }
    this.handles.push(stream)
    return this.handles.length - 1
  }

  stream(handle: i32): Stream | null {
    if (handle < 0) return null
    return this.handles[handle]
  }

  openHandles(): i32 {
    let n = 0
    for (let i = 0; i < this.handles.length; i++) if (this.handles[i] !== null) n++
    return n
  }

  override open(path: string, flags: i32): i32 {
    if (!this.files.has(path)) {
      if ((flags & OPEN_CREATE) === 0) return -2
      this.files.set(path, new Stream())
    }
    const file = this.files.get(path)
    if ((flags & OPEN_TRUNCATE) !== 0) file.text = ''
    if ((flags & OPEN_APPEND) === 0) file.position = 0
    return this.put(file)
  }

  override close(handle: i32): void {
    assert(handle >= 3 && this.handles[handle] !== null, 'closed what is not open')
    this.handles[handle] = null
  }

  override pipe(): i32 {
    const stream = new Stream()
    this.reader = this.put(stream)
    this.writer = this.put(stream)
    return 0
  }

  override write(handle: i32, text: string): i32 {
    const stream = this.stream(handle)
    if (stream === null) return -9
    stream.text += text
    return 0
  }

  override readByte(handle: i32): i32 {
    const stream = this.handles[handle]
    if (stream === null || stream.position >= stream.text.length) return -1
    return stream.text.charCodeAt(stream.position++)
  }

  override readAll(handle: i32): string {
    const stream = this.stream(handle)
    if (stream === null) return ''
    const text = stream.text.substring(stream.position)
    stream.position = stream.text.length
    return text
  }

  override readText(path: string): string | null {
    this.readError = -2
    return this.files.has(path) ? this.files.get(path).text : null
  }

  override kindOf(path: string): i32 {
    if (path === '/' || path === '/dir') return 2
    if (path.startsWith('/bin/'))
      return '/bin/say /bin/cat /bin/exit /bin/sh'.includes(path) ? 1 : 0
    return this.files.has(path) ? 1 : 0
  }

  override sizeOf(path: string): i64 {
    return this.files.has(path) ? this.files.get(path).text.length : 0
  }

  override list(path: string): Array<string> {
    return path === '.' ? this.files.keys() : []
  }

  override setDirectory(path: string): void {
    this.directory = path
  }

  override spawn(
    path: string,
    words: Array<string>,
    environment: Array<string>,
    descriptors: Array<i32>,
  ): i32 {
    let status = 0
    if (path === '/bin/say') {
      let text = words.slice(1).join(' ')
      if (words.length > 1 && words[1] === '-e') text = environment.join(' ')
      this.write(descriptors[words.length > 1 && words[1] === '-2' ? 2 : 1], `${text}\n`)
    } else if (path === '/bin/cat') {
      this.write(descriptors[1], this.readAll(descriptors[0]))
    } else if (path === '/bin/exit') status = I32.parseInt(words[1])
    else if (path === '/bin/sh') status = this.shell(words, environment, descriptors)
    this.statuses.push(status)
    this.lastPid = 100 + this.statuses.length
    return 1000 + this.statuses.length - 1
  }

  shell(words: Array<string>, environment: Array<string>, descriptors: Array<i32>): i32 {
    const shell = new Shell(this)
    for (let i = 0; i < environment.length; i++) {
      const equals = environment[i].indexOf('=')
      shell.variables.set(environment[i].substring(0, equals), environment[i].substring(equals + 1))
      shell.variables.export(environment[i].substring(0, equals))
    }
    shell.descriptors = descriptors.slice(0)
    shell.name = words[3]
    shell.arguments = words.slice(4)
    return shell.runText(words[2])
  }

  override wait(task: i32): Ending {
    this.waits++
    return new Ending(this.statuses[task - 1000], '')
  }

  override waitNow(task: i32): Ending | null {
    return this.wait(task)
  }

  override kill(task: i32): i32 {
    this.log += `kill ${task};`
    return 0
  }

  override killPid(pid: i64): i32 {
    return pid === 5 ? 0 : -3
  }

  override setForeground(_tasks: Array<i32>): void {}

  override interrupted(): bool {
    return this.interruptAfter >= 0 && this.interruptAfter-- === 0
  }

  override clock(): i64 {
    return 0
  }

  override pid(): i64 {
    return 42
  }

  override errorText(errno: i32): string {
    return errno === -2 ? 'not there' : `error ${-errno}`
  }
}

let system = new Fake()

/** Runs a script; Status, standard output and standard error, separated by U+0001. Handles must be as they were. */
export function run(script: string, input: string, interruptAfter: i32): string {
  system = new Fake()
  for (let i = 0; i < 3; i++) system.handles.push(new Stream())
  system.handles[0]!.text = input
  system.interruptAfter = interruptAfter
  const lib = new Stream()
  lib.text = 'loaded=$1\nreturn 3\nloaded=no\n'
  system.files.set('lib', lib)
  const shell = new Shell(system)
  shell.interactive = interruptAfter >= 0
  shell.variables.set('PATH', '/bin')
  shell.variables.export('PATH')
  const status = shell.runText(script)
  assert(system.openHandles() === 3 || script.includes('exec'), 'handles were left open')
  return `${status}\x01${system.handles[1]!.text}\x01${system.handles[2]!.text}`
}

/** What a file holds after the last run. */
export function file(path: string): string {
  return system.files.has(path) ? system.files.get(path).text : '(none)'
}

/** The shell's System on Kenix: libkenix, and the console's messages for Ctrl-C. */
import {
  absolutePath,
  attach,
  call,
  close,
  errorText,
  isConsole,
  kill,
  killPid,
  Program,
  pid,
  Reader,
  readBytes,
  readDirectory,
  readError,
  readText,
  setVariable,
  statPath,
  uptime,
  open as vfsOpen,
  wait,
  waitNow,
  writeBytes,
} from '../libkenix'
import {
  CONSOLE_SET_FOREGROUND,
  EINTR,
  ENOEXEC,
  REASON_FAULT,
  REASON_TRAP,
  RIGHT_ALL,
  SYS_PIPE,
} from '../libkenix/generated/abi'
import { result, syscallMany } from '../libkenix/syscall'
import { Ending, System } from './system'

export class KenixSystem extends System {
  /** A console, to tell it whom Ctrl-C ends; -1 when there is none. */
  private readonly terminal: i32
  private pressed: bool = false

  constructor() {
    super()
    this.terminal = isConsole(0) ? 0 : -1
  }

  /** True if standard input is a console. */
  get hasTerminal(): bool {
    return this.terminal >= 0
  }

  override open(path: string, flags: i32): i32 {
    return vfsOpen(path, flags)
  }

  override close(handle: i32): void {
    close(handle)
  }

  override pipe(): i32 {
    const reader = syscallMany(SYS_PIPE)
    if (reader < 0) return reader as i32
    this.reader = reader as i32
    this.writer = result(1) as i32
    return 0
  }

  override write(handle: i32, text: string): i32 {
    const bytes = String.UTF8.encode(text)
    return writeBytes(handle, changetype<usize>(bytes), bytes.byteLength)
  }

  override readByte(handle: i32): i32 {
    const byte = new StaticArray<u8>(1)
    const n = readBytes(handle, changetype<usize>(byte), 1)
    if (n === -EINTR) this.pressed = true
    return n === 1 ? byte[0] : -1
  }

  override readAll(handle: i32): string {
    let bytes = new ArrayBuffer(4096)
    let length = 0
    while (true) {
      if (length === bytes.byteLength) {
        const larger = new ArrayBuffer(length * 2)
        memory.copy(changetype<usize>(larger), changetype<usize>(bytes), length)
        bytes = larger
      }
      const n = readBytes(handle, changetype<usize>(bytes) + length, bytes.byteLength - length)
      if (n <= 0) break
      length += n
    }
    return String.UTF8.decodeUnsafe(changetype<usize>(bytes), length)
  }

  override readText(path: string): string | null {
    const text = readText(path)
    this.readError = readError
    return text
  }

  override kindOf(path: string): i32 {
    const status = statPath(path)
    return status.exists ? (status.isDirectory ? 2 : 1) : 0
  }

  override sizeOf(path: string): i64 {
    return statPath(path).size
  }

  override list(path: string): Array<string> {
    const entries = readDirectory(path)
    const names: string[] = []
    for (let i = 0; i < entries.length; i++) names.push(entries[i].name)
    return names
  }

  override setDirectory(path: string): void {
    setVariable('PWD', path)
  }

  override spawn(
    path: string,
    words: Array<string>,
    environment: Array<string>,
    descriptors: Array<i32>,
  ): i32 {
    const program = new Program()
    program.args = words
    program.env = environment
    for (let i = 0; i < descriptors.length; i++) {
      if (descriptors[i] >= 0) program.install(i, descriptors[i])
      else program.remove(i)
    }
    let task = program.startFile(path)
    if (task === -ENOEXEC) {
      // A file that is no program may be a script.
      const script = [absolutePath(path)].concat(words.slice(1))
      program.args = ['sh'].concat(script)
      task = program.startFile('/bin/sh')
    }
    this.lastPid = program.pid
    return task
  }

  private ending(exit: i32, code: i32, reason: i32): Ending {
    close(exit)
    if (reason === REASON_FAULT) return new Ending(code, `Ended by a fault (status ${code})`)
    if (reason === REASON_TRAP) return new Ending(code, `Ended by a trap (status ${code})`)
    return new Ending(code, '')
  }

  override wait(task: i32): Ending {
    const exit = wait(task)
    if (exit.task < 0) return new Ending(127, errorText(exit.task))
    return this.ending(task, exit.code, exit.reason)
  }

  override waitNow(task: i32): Ending | null {
    const exit = waitNow(task)
    if (exit.task < 0) return null
    return this.ending(task, exit.code, exit.reason)
  }

  override kill(task: i32): i32 {
    return kill(task, 143)
  }

  override killPid(pid: i64): i32 {
    return killPid(pid, 143)
  }

  override setForeground(tasks: Array<i32>): void {
    if (this.terminal < 0) return
    if (tasks.length === 0) this.tell(0)
    for (let i = 0; i < tasks.length; i++) {
      attach(tasks[i], RIGHT_ALL)
      this.tell(i === 0 ? 0 : 1)
    }
  }

  private tell(adds: i32): void {
    if (call(this.terminal, CONSOLE_SET_FOREGROUND, adds) === 1) this.pressed = true
  }

  override interrupted(): bool {
    if (this.terminal < 0) return false
    this.tell(0)
    const pressed = this.pressed
    this.pressed = false
    return pressed
  }

  override clock(): i64 {
    return uptime()
  }

  override pid(): i64 {
    return pid()
  }

  override errorText(errno: i32): string {
    return errorText(errno)
  }
}

/** Reads lines of a script from standard input without taking more than it needs. */
export function scriptReader(): Reader {
  return new Reader(0, 1)
}

/** Exports parts of libkenix to their tests. */
import {
  Answer,
  args,
  environment,
  LATER,
  Message,
  open,
  Program,
  print,
  Reader,
  readDirectory,
  rename,
  replyTo,
  Server,
  statPath,
  variableOr,
} from '../../libkenix'

export { errorText } from '../../libkenix/errors'
export { createShared, mapShared } from '../../libkenix/shm'
export { abort, kenixExit, kenixStart } from '../../libkenix/start'
export { flush, writeError } from '../../libkenix/stdio'

export function reserve(bytes: i32): usize {
  return heap.alloc(bytes)
}

/** Arguments and variables after kenixStart: "a b|X=1". */
export function given(): string {
  return `${args().join(' ')}|${environment().join(' ')}|${variableOr('none', 'default')}`
}

export function say(text: string): void {
  print(text)
}

/** The lines that can be read from handle 5, in brackets, and the error. */
export function lines(block: i32): string {
  const reader = new Reader(5, block)
  let text = ''
  for (let line = reader.readLine(); line !== null; line = reader.readLine()) text += `[${line}]`
  return `${text}${reader.error}`
}

export function openPath(path: string, flags: i32): i32 {
  return open(path, flags)
}

export function move(from: string, to: string): i32 {
  return rename(from, to)
}

export function stat(path: string): string {
  const status = statPath(path)
  return `${status.error} ${status.size} ${status.type} ${status.time} ${status.id}`
}

/** Names in a directory. */
export function list(path: string): string {
  const entries = readDirectory(path)
  let text = ''
  for (let i = 0; i < entries.length; i++) text += `${entries[i].name}:${entries[i].size} `
  return text
}

/** Starts a program whose ELF file is 16 bytes; its standard output is handle 70. */
export function start(): i32 {
  const program = new Program()
  program.args = ['/bin/tool', 'ä']
  program.env = ['A=1']
  program.install(1, 70)
  program.remove(2)
  return program.start(new ArrayBuffer(16))
}

let kept: i64 = 0
let notified: i64 = 0

/** Serves `steps` messages: 10 doubles d0, 11 answers later, 12 answers 11. */
export function serve(steps: i32): i64 {
  const server = new Server()
  server.on(10, (message: Message, answer: Answer): i64 => {
    answer.d0 = message.d0 * 2
    return message.badge
  })
  server.on(11, (message: Message, _answer: Answer): i64 => {
    kept = message.sender
    return LATER
  })
  server.on(12, (_message: Message, _answer: Answer): i64 => {
    replyTo(kept, 5)
    return 0
  })
  server.onNotification(6, (bits: i64): void => {
    notified = bits
  })
  for (let i = 0; i < steps; i++) server.step()
  return notified
}

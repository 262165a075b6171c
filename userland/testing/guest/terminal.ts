/** Exports the console's terminal to its tests. Readers are numbers; what they get is logged as "READER:BYTES;". */
import { Clients, Terminal } from '../../console/terminal'

let log: string = ''
let dead: i64 = 0

class Fixture extends Clients {
  override deliver(reader: i64, from: usize, length: i32): bool {
    if (reader === dead) return false
    log += `${reader}:${String.UTF8.decodeUnsafe(from, length)};`
    return true
  }

  override dismiss(reader: i64, result: i64): void {
    log += `${reader}=${result};`
  }

  override isAlive(reader: i64): bool {
    return reader !== dead
  }

  override interrupt(): void {
    log += 'interrupt;'
  }
}

const terminal = new Terminal(new Fixture())

export function receive(text: string): void {
  for (let i = 0; i < text.length; i++) terminal.receive(text.charCodeAt(i) as u8)
}

export function write(text: string): void {
  const bytes = String.UTF8.encode(text)
  terminal.write(changetype<usize>(bytes), bytes.byteLength)
}

export function read(reader: i64, length: i32, edits: i32): void {
  terminal.read(reader, length, edits !== 0)
}

export function setMode(mode: i32): i32 {
  return terminal.setMode(mode)
}

export function end(reader: i64): void {
  dead = reader
}

/** What readers got since the last call. */
export function got(): string {
  const text = log
  log = ''
  return text
}

/** What was sent since the last call. */
export function sent(): string {
  let text = ''
  for (let i = 0; i < terminal.output.length; i++)
    text += String.fromCharCode(terminal.output.at(i))
  terminal.output.clear()
  return text
}

/**
 * One terminal shared by many readers and writers: line discipline, echo, Ctrl-C. It knows bytes and who waits for them; the
 * UART and the messages are main.ts.
 *
 * Input that nobody reads yet is kept without echo, so that a line typed ahead appears where it is read. Readers are served in
 * the order they came.
 */
import { EINTR, MODE_LINES, MODE_RAW, MODE_SILENT } from '../libkenix/generated/abi'
import { Bytes } from './bytes'
import { Edit, LineEditor } from './line-editor'

/** Whoever waits for input. */
export abstract class Clients {
  /** Gives bytes to a reader and lets it go on; false if it is gone. */
  abstract deliver(reader: i64, from: usize, length: i32): bool
  /** Lets a reader go on without bytes: 0 at the end of input, or a negative errno. */
  abstract dismiss(reader: i64, result: i64): void
  abstract isAlive(reader: i64): bool
  /** Ctrl-C while no edited line is read: ends or notifies those in the foreground. */
  abstract interrupt(): void
}

class Waiting {
  constructor(
    readonly reader: i64,
    readonly length: i32,
    /** Reads an edited line with history, and is told of Ctrl-C itself. */
    readonly edits: bool,
  ) {}
}

const CONTROL_C: u8 = 3

/** Bytes typed ahead that are kept. */
const AHEAD: i32 = 4096

/** Bytes of the current row that are kept as a prompt. */
const ROW: i32 = 200

export class Terminal {
  /** What is to be sent. */
  readonly output: Bytes
  mode: i32 = MODE_LINES
  private readonly ahead: Bytes = new Bytes()
  /** A completed line, as far as it was not read. */
  private readonly line: Bytes = new Bytes()
  private readonly row: Bytes = new Bytes()
  private readonly silent: Bytes
  private editor: LineEditor
  private readonly silentEditor: LineEditor
  private readonly echoEditor: LineEditor
  private waiting: Array<Waiting> = [] as Waiting[]

  constructor(private readonly clients: Clients) {
    const output = new Bytes()
    const silent = new Bytes()
    const echo = new LineEditor(output)
    this.output = output
    this.silent = silent
    this.echoEditor = echo
    this.silentEditor = new LineEditor(silent)
    this.editor = echo
  }

  /** Bytes from the terminal. */
  receive(byte: u8): void {
    if (byte === CONTROL_C && this.mode !== MODE_RAW && !this.editor.editing) {
      // Nobody edits: it is meant for what runs, at once.
      this.ahead.clear()
      this.line.clear()
      this.echo('^C\r\n')
      this.clients.interrupt()
      return
    }
    if (this.ahead.length >= AHEAD) {
      this.output.push(7)
      return
    }
    this.ahead.push(byte)
    this.serve()
  }

  /** Text for the terminal. */
  write(from: usize, length: i32): void {
    if (this.editor.editing) this.dropDead()
    const editing = this.editor.editing
    if (editing) this.editor.hide()
    for (let i = 0; i < length; i++) this.put(load<u8>(from + i))
    if (!editing) return
    if (this.row.length > 0) this.put(10)
    this.editor.show()
  }

  /** Somebody wants up to `length` bytes; a line that is edited, with history, if `edits`. */
  read(reader: i64, length: i32, edits: bool): void {
    this.dropDead()
    if (edits) this.mode = MODE_LINES
    this.waiting.push(new Waiting(reader, length, edits))
    this.serve()
  }

  setMode(mode: i32): i32 {
    const former = this.mode
    this.mode = mode
    return former
  }

  private echo(text: string): void {
    this.output.pushText(text)
    this.row.clear()
  }

  private put(byte: u8): void {
    if (byte === 10) {
      this.output.push(13)
      this.row.clear()
    } else if (byte === 13) this.row.clear()
    else if (this.row.length < ROW) this.row.push(byte)
    this.output.push(byte)
  }

  /** Forgets readers that have ended; a line being edited for one is begun anew for the next. */
  private dropDead(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      if (this.clients.isAlive(this.waiting[i].reader)) continue
      this.waiting.splice(i, 1)
      if (i !== 0 || !this.editor.editing) continue
      this.editor.abandon()
      this.row.clear()
    }
  }

  /** Serves readers as far as there is input. */
  private serve(): void {
    while (this.waiting.length > 0) {
      const first = this.waiting[0]
      if (this.line.length > 0) {
        if (this.give(this.line, first)) this.row.clear()
      } else if (this.mode === MODE_RAW && !this.editor.editing) {
        if (this.ahead.length === 0) return
        this.give(this.ahead, first)
      } else if (!this.editor.editing) {
        this.editor = this.mode === MODE_SILENT ? this.silentEditor : this.echoEditor
        this.editor.start(this.row, first.edits)
      } else {
        if (this.ahead.length === 0) return
        const byte = this.ahead.at(0)
        this.ahead.remove(0, 1)
        this.edit(byte, first)
      }
    }
  }

  /** Gives a reader what it asked for of `bytes`. */
  private give(bytes: Bytes, to: Waiting): bool {
    const length = min(bytes.length, to.length)
    this.waiting.shift()
    if (!this.clients.deliver(to.reader, bytes.pointer, length)) return false
    bytes.remove(0, length)
    return true
  }

  private edit(byte: u8, first: Waiting): void {
    const result = this.editor.feed(byte)
    this.silent.clear()
    if (result === Edit.More) return
    this.row.clear()
    if (this.editor === this.silentEditor) this.output.pushText('\r\n')
    if (result === Edit.Line) {
      this.line.clear()
      this.line.pushSlice(this.editor.line, 0, this.editor.line.length)
      this.line.push(10)
      return
    }
    this.waiting.shift()
    if (result === Edit.EndOfFile) this.clients.dismiss(first.reader, 0)
    else {
      this.ahead.clear()
      this.clients.dismiss(first.reader, -EINTR)
      if (!first.edits) this.clients.interrupt()
    }
  }
}

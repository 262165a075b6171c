/**
 * A line of input being edited on a terminal, with history: the console's cooked mode.
 *
 * A character typed at the end is only echoed, so that a session's transcript reads as it was typed, and the terminal wraps what
 * is longer than its row. Once anything else is done the line is drawn again: on one row of 80 columns, behind its prompt, where
 * a longer one scrolls sideways. Each code point of UTF-8 counts as one column: wide and
 * combining characters are shown, but the cursor may stand beside them.
 */
import { Bytes } from './bytes'
import { Key, KeyDecoder } from './keys'

/** What a fed byte led to. */
export enum Edit {
  /** The line goes on. */
  More,
  /** Enter: the line is complete in `line`. */
  Line,
  /** Control-D on an empty line. */
  EndOfFile,
  /** Control-C. */
  Interrupt,
}

const COLUMNS = 80
const HISTORY = 200

/** Longest line in bytes; more is not taken, and answered by the bell. */
const LINE_BYTES = 1024

/** The editor of one terminal. What is to be written to it is appended to `output`. */
export class LineEditor {
  readonly line: Bytes = new Bytes()
  private readonly output: Bytes
  private readonly prompt: Bytes = new Bytes()
  private readonly keys: KeyDecoder = new KeyDecoder()
  private readonly killed: Bytes = new Bytes()
  private readonly draft: Bytes = new Bytes()
  private history: Array<Bytes> = [] as Bytes[]
  /** Index of the shown history entry; history.length stands for the line that is being typed. */
  private shown: i32 = 0
  private cursor: i32 = 0
  private useHistory: bool = false
  private active: bool = false
  /** Part of the line is out of sight: it was drawn while it was longer than the row. */
  private scrolled: bool = false

  constructor(output: Bytes) {
    this.output = output
  }

  /** True between `start` and the end of the line. */
  get editing(): bool {
    return this.active
  }

  /**
   * Begins a line. `prompt` is what stands on the terminal's row already.
   * @param history if the arrow keys show former lines, and this one is kept
   */
  start(prompt: Bytes, history: bool): void {
    this.prompt.clear()
    this.prompt.pushSlice(prompt, 0, prompt.length)
    this.line.clear()
    this.cursor = 0
    this.shown = this.history.length
    this.useHistory = history
    this.active = true
    this.scrolled = false
  }

  /** Gives up the line without a trace. */
  abandon(): void {
    this.hide()
    this.active = false
  }

  /** Takes the row off the terminal, so that other output can be written. */
  hide(): void {
    if (this.active) this.output.pushText('\r\x1b[K')
  }

  /** Draws the row again after `hide`. */
  show(): void {
    if (this.active) this.draw()
  }

  /** Takes one byte from the terminal. */
  feed(byte: u8): Edit {
    const key = this.keys.feed(byte)
    if (key < 256) {
      this.type(key as u8)
      return Edit.More
    }
    switch (key) {
      case Key.Enter:
        return this.enter()
      case Key.Interrupt:
        this.end('^C\r\n')
        return Edit.Interrupt
      case Key.EndOfFile:
        if (this.line.length === 0) {
          this.end('')
          return Edit.EndOfFile
        }
        this.cut(this.cursor, this.next(this.cursor), false)
        break
      case Key.Backspace:
        this.backspace()
        break
      case Key.Delete:
        this.cut(this.cursor, this.next(this.cursor), false)
        break
      case Key.Left:
        this.moveTo(this.previous(this.cursor))
        break
      case Key.Right:
        this.moveTo(this.next(this.cursor))
        break
      case Key.Home:
        this.moveTo(0)
        break
      case Key.End:
        this.moveTo(this.line.length)
        break
      case Key.WordLeft:
        this.moveTo(this.wordLeft())
        break
      case Key.WordRight:
        this.moveTo(this.wordRight())
        break
      case Key.KillWordLeft:
        this.cut(this.wordLeft(), this.cursor, true)
        break
      case Key.KillWordRight:
        this.cut(this.cursor, this.wordRight(), true)
        break
      case Key.KillLeft:
        this.cut(0, this.cursor, true)
        break
      case Key.KillRight:
        this.cut(this.cursor, this.line.length, true)
        break
      case Key.Yank:
        this.yank()
        break
      case Key.Up:
        this.recall(this.shown - 1)
        break
      case Key.Down:
        this.recall(this.shown + 1)
        break
      case Key.Clear:
        this.output.pushText('\x1b[H\x1b[2J')
        this.draw()
        break
    }
    return Edit.More
  }

  private type(byte: u8): void {
    if (this.line.length >= LINE_BYTES) {
      this.output.push(7)
      return
    }
    this.line.insert(this.cursor++, byte)
    if (this.cursor === this.line.length && !this.scrolled && byte !== 9) this.output.push(byte)
    else this.draw()
  }

  private enter(): Edit {
    if (this.cursor !== this.line.length) this.moveTo(this.line.length)
    if (this.useHistory) this.remember()
    this.end('\r\n')
    return Edit.Line
  }

  private end(text: string): void {
    this.active = false
    this.output.pushText(text)
  }

  private remember(): void {
    const last = this.history.length - 1
    if (this.line.length === 0 || (last >= 0 && this.history[last].equals(this.line))) return
    if (this.history.length === HISTORY) this.history.shift()
    const entry = new Bytes()
    entry.pushSlice(this.line, 0, this.line.length)
    this.history.push(entry)
  }

  /** Shows history entry `index`; the line that was being typed comes back behind the last one. */
  private recall(index: i32): void {
    if (!this.useHistory || index < 0 || index > this.history.length) return
    if (this.shown === this.history.length) {
      this.draft.clear()
      this.draft.pushSlice(this.line, 0, this.line.length)
    }
    const entry = index === this.history.length ? this.draft : this.history[index]
    this.shown = index
    this.line.clear()
    this.line.pushSlice(entry, 0, entry.length)
    this.cursor = this.line.length
    this.draw()
  }

  private moveTo(at: i32): void {
    if (at === this.cursor) return
    this.cursor = at
    this.draw()
  }

  private backspace(): void {
    const from = this.previous(this.cursor)
    if (from === this.cursor) return
    const simple = this.fits() && this.cursor === this.line.length && this.line.at(from) !== 9
    this.line.remove(from, this.cursor)
    this.cursor = from
    if (simple) this.output.pushText('\b \b')
    else this.draw()
  }

  /** Takes out a part of the line; `keep` if Control-Y may bring it back. */
  private cut(start: i32, end: i32, keep: bool): void {
    if (start === end) return
    if (keep) {
      this.killed.clear()
      this.killed.pushSlice(this.line, start, end)
    }
    this.line.remove(start, end)
    this.cursor = start
    this.draw()
  }

  private yank(): void {
    if (this.line.length + this.killed.length > LINE_BYTES) return
    for (let i = 0; i < this.killed.length; i++) this.line.insert(this.cursor++, this.killed.at(i))
    this.draw()
  }

  private previous(at: i32): i32 {
    if (at === 0) return 0
    let i = at - 1
    while (i > 0 && isContinuation(this.line.at(i))) i--
    return i
  }

  private next(at: i32): i32 {
    if (at === this.line.length) return at
    let i = at + 1
    while (i < this.line.length && isContinuation(this.line.at(i))) i++
    return i
  }

  private wordLeft(): i32 {
    let i = this.cursor
    while (i > 0 && isBlank(this.line.at(i - 1))) i--
    while (i > 0 && !isBlank(this.line.at(i - 1))) i--
    return i
  }

  private wordRight(): i32 {
    let i = this.cursor
    while (i < this.line.length && isBlank(this.line.at(i))) i++
    while (i < this.line.length && !isBlank(this.line.at(i))) i++
    return i
  }

  /** True if prompt and line surely leave room for the cursor on the row: bytes are at least as many as columns. */
  private fits(): bool {
    return this.prompt.length + this.line.length < COLUMNS
  }

  private width(bytes: Bytes, start: i32, end: i32): i32 {
    let columns = 0
    for (let i = start; i < end; i++) if (!isContinuation(bytes.at(i))) columns++
    return columns
  }

  /** Writes prompt and line anew, scrolled so that the cursor is seen, and puts the cursor in its place. */
  private draw(): void {
    const promptWidth = this.width(this.prompt, 0, this.prompt.length)
    const room = max(COLUMNS - 1 - promptWidth, 10)
    let start = this.cursor
    for (let n = 0; n < room && start > 0; n++) start = this.previous(start)
    let end = start
    let shown = 0
    while (end < this.line.length && shown < room) {
      end = this.next(end)
      shown++
    }
    const out = this.output
    out.push(0x0d)
    out.pushSlice(this.prompt, 0, this.prompt.length)
    for (let i = start; i < end; i++) out.push(this.line.at(i) === 9 ? 0x20 : this.line.at(i))
    out.pushText('\x1b[K')
    this.scrolled = !this.fits()
    const back = this.width(this.line, this.cursor, end)
    if (back > 0) out.pushText(`\x1b[${back.toString()}D`)
  }
}

function isBlank(byte: u8): bool {
  return byte === 0x20 || byte === 9
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) === 0x80
}

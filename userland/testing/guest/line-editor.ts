/** Exports the console's line editor to its tests: bytes go in as Latin-1 text, what it writes comes out likewise. */
import { Bytes } from '../../console/bytes'
import { LineEditor } from '../../console/line-editor'

const output = new Bytes()
const editor = new LineEditor(output)

function take(bytes: Bytes): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes.at(i))
  return text
}

export function start(prompt: string, history: i32): void {
  const bytes = new Bytes()
  bytes.pushText(prompt)
  editor.start(bytes, history !== 0)
}

/** Feeds bytes until one ends the line; returns what that was (Edit). */
export function feed(text: string): i32 {
  for (let i = 0; i < text.length; i++) {
    const result = editor.feed(text.charCodeAt(i) as u8)
    if (result !== 0) return result
  }
  return 0
}

export function hide(): void {
  editor.hide()
}

export function show(): void {
  editor.show()
}

export function line(): string {
  return take(editor.line)
}

/** What was written since the last call. */
export function written(): string {
  const text = take(output)
  output.clear()
  return text
}

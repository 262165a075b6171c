/**
 * `printf FORMAT ARGUMENT...` (POSIX.1-2017, Shell & Utilities, printf): `%s %d %i %u %x %X %o %c %b %%` with width, `-` and `0`,
 * and the escapes `\n \t \r \a \e \\ \0NNN`. The format is used again while there are arguments.
 */
import { hex, NO_INTEGER, parseInteger } from '../libkenix/text/format'

export class Printf {
  /** What is wrong, or empty. */
  error: string = ''
  private next: i32 = 0
  private output: string = ''

  constructor(private readonly args: Array<string>) {}

  /** The text that the format and the arguments make. */
  run(format: string): string {
    do {
      const before = this.next
      this.once(format)
      // A format that takes no arguments is used once.
      if (this.next === before) break
    } while (this.next < this.args.length && this.error === '')
    return this.output
  }

  private once(format: string): void {
    let i = 0
    while (i < format.length) {
      const c = format.charCodeAt(i)
      if (c === 0x5c) i = this.escape(format, i)
      else if (c === 0x25) i = this.conversion(format, i + 1)
      else {
        this.output += format.charAt(i)
        i++
      }
    }
  }

  /** Adds the character that the escape at `at` means; the index behind it. */
  private escape(text: string, at: i32): i32 {
    const c = at + 1 < text.length ? text.charCodeAt(at + 1) : 0x5c
    if (c === 0x30) {
      let value = 0
      let i = at + 2
      while (
        i < text.length &&
        i < at + 5 &&
        text.charCodeAt(i) >= 0x30 &&
        text.charCodeAt(i) <= 0x37
      ) {
        value = value * 8 + text.charCodeAt(i++) - 0x30
      }
      this.output += String.fromCharCode(value)
      return i
    }
    const known = 'ntrae\\'.indexOf(String.fromCharCode(c))
    if (known < 0) {
      this.output += '\\'
      return at + 1
    }
    this.output += '\n\t\r\x07\x1b\\'.charAt(known)
    return at + 2
  }

  private conversion(format: string, from: i32): i32 {
    let i = from
    let left = false
    let zero = false
    while (i < format.length && (format.charAt(i) === '-' || format.charAt(i) === '0')) {
      if (format.charAt(i) === '-') left = true
      else zero = true
      i++
    }
    let width = 0
    while (i < format.length && format.charCodeAt(i) >= 0x30 && format.charCodeAt(i) <= 0x39) {
      width = min(width * 10 + format.charCodeAt(i) - 0x30, 1000)
      i++
    }
    const letter = format.charAt(i)
    const text = letter === '%' ? '%' : this.value(letter)
    if (left) this.output += text.padEnd(width)
    else this.output += text.padStart(width, zero && letter !== 's' ? '0' : ' ')
    return i + 1
  }

  private value(letter: string): string {
    const word = this.next < this.args.length ? this.args[this.next] : ''
    this.next++
    switch (letter.length === 0 ? 0 : letter.charCodeAt(0)) {
      case 0x73: // s
        return word
      case 0x63: // c
        return word.charAt(0)
      case 0x62: {
        // b
        const before = this.output
        this.output = ''
        let i = 0
        while (i < word.length) {
          if (word.charCodeAt(i) === 0x5c) i = this.escape(word, i)
          else this.output += word.charAt(i++)
        }
        const text = this.output
        this.output = before
        return text
      }
      case 0x64: // d
      case 0x69: // i
      case 0x75: // u
        return this.number(word).toString()
      case 0x78: // x
        return hex(this.number(word))
      case 0x58: // X
        return hex(this.number(word)).toUpperCase()
      case 0x6f: // o
        return (this.number(word) as u64).toString(8)
    }
    if (this.error === '') this.error = `unknown conversion "%${letter}"`
    return ''
  }

  private number(word: string): i64 {
    if (word === '') return 0
    const value = parseInteger(word)
    if (value !== NO_INTEGER) return value
    if (this.error === '') this.error = `"${word}" is no integer`
    return 0
  }
}

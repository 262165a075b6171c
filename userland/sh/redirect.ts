/**
 * Redirections of one command: a copy of the shell's descriptors in which files stand, and what was opened for it.
 */
import {
  OPEN_APPEND,
  OPEN_CREATE,
  OPEN_READ,
  OPEN_TRUNCATE,
  OPEN_WRITE,
} from '../libkenix/generated/abi'
import { Expander } from './expand'
import { Shell } from './shell'
import { Redirect } from './syntax'

/** Longest here-document: what a pipe holds. */
const DOCUMENT_BYTES: i32 = 4096

export class Redirector {
  /** The descriptors of the command. */
  readonly descriptors: Array<i32>
  private opened: Array<i32> = [] as i32[]

  constructor(
    private readonly shell: Shell,
    from: Array<i32> = shell.descriptors,
  ) {
    this.descriptors = from.slice(0)
  }

  /** Makes all redirections; false after a message if one can't be made. */
  apply(redirects: Array<Redirect>): bool {
    for (let i = 0; i < redirects.length; i++) if (!this.one(redirects[i])) return false
    return true
  }

  /** Closes what was opened, once the command has it. */
  close(): void {
    for (let i = 0; i < this.opened.length; i++) this.shell.system.close(this.opened[i])
    this.opened = [] as i32[]
  }

  /** Makes the redirections those of the shell, for good: `exec >file`. */
  keep(): void {
    this.shell.descriptors = this.descriptors
  }

  private one(redirect: Redirect): bool {
    const input = redirect.operator.startsWith('<')
    const descriptor = redirect.descriptor >= 0 ? redirect.descriptor : input ? 0 : 1
    if (redirect.document !== null) return this.document(redirect, descriptor)
    const expander = new Expander(this.shell)
    const word = expander.text(redirect.word)
    if (expander.error !== '') return this.fail(expander.error)
    if (redirect.operator === '>&' || redirect.operator === '<&') {
      return this.duplicate(descriptor, word)
    }
    const handle = this.shell.system.open(word, flagsOf(redirect.operator))
    if (handle < 0) return this.fail(`${word}: ${this.shell.system.errorText(handle)}`)
    this.opened.push(handle)
    this.descriptors[descriptor] = handle
    return true
  }

  private duplicate(descriptor: i32, word: string): bool {
    if (word === '-') {
      this.descriptors[descriptor] = -1
      return true
    }
    const digit = word.length === 1 ? word.charCodeAt(0) - 0x30 : -1
    if (digit < 0 || digit > 9) return this.fail(`"${word}" is no descriptor: 0 to 9 or - can be`)
    if (this.descriptors[digit] < 0) return this.fail(`descriptor ${word} is not open`)
    this.descriptors[descriptor] = this.descriptors[digit]
    return true
  }

  private document(redirect: Redirect, descriptor: i32): bool {
    const document = redirect.document!
    let text = document.body
    if (!document.literal) {
      const expander = new Expander(this.shell)
      text = expander.document(text)
      if (expander.error !== '') return this.fail(expander.error)
    }
    if (String.UTF8.byteLength(text) > DOCUMENT_BYTES) {
      return this.fail(`the here-document is longer than ${DOCUMENT_BYTES} bytes: use a file`)
    }
    const system = this.shell.system
    if (system.pipe() < 0) return this.fail('no pipe is free')
    this.opened.push(system.reader)
    this.descriptors[descriptor] = system.reader
    const writer = system.writer
    system.write(writer, text)
    system.close(writer)
    return true
  }

  private fail(message: string): bool {
    this.shell.complain(message)
    return false
  }
}

function flagsOf(operator: string): i32 {
  switch (operator) {
    case '<':
      return OPEN_READ
    case '<>':
      return OPEN_READ | OPEN_WRITE | OPEN_CREATE
    case '>>':
      return OPEN_WRITE | OPEN_CREATE | OPEN_APPEND
  }
  return OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE
}

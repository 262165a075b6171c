/**
 * `kenix`, or another program with a serial console on its standard streams, as a process of its own.
 */
import type { Subprocess } from 'bun'
import { KENIX } from './linux.ts'

const WAIT_MS = 90_000

export class ConsoleProcess implements AsyncDisposable {
  readonly child: Subprocess<'pipe', 'pipe', 'pipe'>
  /** All output so far. */
  text = ''
  private waiting: (() => void) | undefined
  private searched = 0
  private ended = false

  /** Starts `kenix` with `args`, or `command`. */
  constructor(args: readonly string[], command: readonly string[] = KENIX) {
    this.child = Bun.spawn([...command, ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
    void this.read()
  }

  /** Resolves to the exit status when the process has ended and its output was read. */
  get exited(): Promise<number> {
    return this.child.exited
  }

  /** Waits for output behind the last match. @throws Error with the newest output if it does not come. */
  async until(pattern: RegExp, timeoutMs = WAIT_MS): Promise<RegExpExecArray> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(this.text.slice(this.searched))
      if (match) {
        this.searched += match.index + match[0].length
        return match
      }
      const left = deadline - performance.now()
      if (this.ended || left <= 0) {
        const errors = this.ended ? await this.child.stderr.text() : ''
        throw new Error(
          `Expected ${pattern}, but ${this.ended ? 'the process ended' : 'it did not come'}: ${this.text.slice(-2000)}${errors}`,
        )
      }
      await this.more(left)
    }
  }

  /** Types text. */
  type(text: string): void {
    this.child.stdin.write(text)
    void this.child.stdin.flush()
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.exited
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder()
    for await (const bytes of this.child.stdout) {
      this.text += decoder.decode(bytes, { stream: true })
      this.waiting?.()
    }
    this.ended = true
    this.waiting?.()
  }

  private async more(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.waiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.waiting = undefined
  }
}

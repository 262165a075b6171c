/**
 * A person at an instance's console: types into a WebSocket, and waits for what comes.
 */

export class Shell implements Disposable {
  #seen = ''
  #searched = 0
  #error: string | undefined

  private constructor(readonly socket: WebSocket) {
    socket.onmessage = ({ data }) => {
      this.#seen += Buffer.from(data as Buffer).toString('latin1')
    }
    socket.onclose = ({ code, reason }) => {
      this.#error = `the console was closed: ${code} ${reason}`
    }
  }

  /** Attaches to a console in raw mode. */
  static async attach(server: string, instance: string): Promise<Shell> {
    const url = `${server.replace(/^http/, 'ws')}/v1/instances/${instance}/consoles/console`
    const shell = new Shell(new WebSocket(url))
    await new Promise((resolve) => {
      shell.socket.onopen = resolve
    })
    return shell
  }

  /** Everything seen so far. */
  get text(): string {
    return this.#seen
  }

  type(text: string): void {
    this.socket.send(text)
  }

  /** Waits for output behind what was found before. @returns what came before it, and it. */
  async expect(pattern: RegExp, seconds: number): Promise<string> {
    const deadline = Date.now() + seconds * 1000
    for (;;) {
      const rest = this.#seen.slice(this.#searched)
      const match = pattern.exec(rest)
      if (match) {
        const end = match.index + match[0].length
        this.#searched += end
        return rest.slice(0, end)
      }
      const why = this.#error ?? (Date.now() > deadline ? `${seconds} s are over` : undefined)
      if (why) throw new Error(`${pattern} did not come: ${why}\n${this.#seen.slice(-1500)}`)
      await Bun.sleep(20)
    }
  }

  [Symbol.dispose](): void {
    this.socket.close()
  }
}

/**
 * GDB as a person uses it: commands typed one after another, Ctrl-C while the target runs.
 */

/** Prints less, asks nothing. */
const SETTINGS = [
  'set pagination off',
  'set confirm off',
  'set width 0',
  'set architecture aarch64',
]
const COMMAND_MS = 60_000

export class Gdb implements AsyncDisposable {
  private readonly process = Bun.spawn(['gdb-multiarch', '-q', '-nx'], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  private output = ''
  private changed = Promise.withResolvers<void>()
  private markers = 0

  /** Starts GDB, and attaches it to a stub of this computer. */
  static async attach(port: number): Promise<Gdb> {
    const gdb = new Gdb()
    void gdb.read(gdb.process.stdout)
    void gdb.read(gdb.process.stderr)
    for (const setting of SETTINGS) await gdb.command(setting)
    await gdb.command(`target remote 127.0.0.1:${port}`)
    return gdb
  }

  /** Types a command; resolves to what GDB prints until it takes the next one. */
  async command(line: string): Promise<string> {
    const marker = `@@${this.markers++}@@`
    this.process.stdin.write(`${line}\necho \\n${marker}\\n\n`)
    this.process.stdin.flush()
    const deadline = performance.now() + COMMAND_MS
    while (!this.output.includes(marker)) {
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`GDB does not answer "${line}", only:\n${this.output}`)
      await Promise.race([this.changed.promise, Bun.sleep(left)])
    }
    const end = this.output.indexOf(marker)
    const text = this.output.slice(0, end).replaceAll('(gdb) ', '').trim()
    this.output = this.output.slice(end + marker.length)
    return text
  }

  /** Value of an expression. */
  async value(expression: string): Promise<bigint> {
    const text = await this.command(`output/x (unsigned long)(${expression})`)
    const match = /0x[0-9a-f]+/.exec(text)
    if (!match) throw new Error(`GDB does not know ${expression}: ${text}`)
    return BigInt(match[0])
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.process.kill('SIGINT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL')
    await this.process.exited
  }

  private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      this.output += decoder.decode(chunk, { stream: true })
      this.changed.resolve()
      this.changed = Promise.withResolvers()
    }
  }
}

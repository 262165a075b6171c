/**
 * The terminal: xterm.js on a console. It is mute until the past has been shown: a terminal answers queries in what it
 * shows, and answers to the past would be typed at the guest.
 */
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { ConsoleClient, type ConsoleEvents } from './console-client.ts'

const THEME = {
  background: '#10131c',
  foreground: '#dfe3ee',
  cursor: '#a5b4fc',
  selectionBackground: '#3b4370',
}

export class ConsoleTerminal {
  readonly #terminal = new Terminal({
    fontFamily: 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 13.5,
    lineHeight: 1.15,
    scrollback: 10_000,
    theme: THEME,
  })
  readonly #fit = new FitAddon()
  #client: ConsoleClient | undefined
  #mute = true

  constructor(element: HTMLElement) {
    this.#terminal.loadAddon(this.#fit)
    this.#terminal.open(element)
    this.#terminal.onData((text) => this.#type(new TextEncoder().encode(text)))
    this.#terminal.onBinary((text) => this.#type(Uint8Array.from(text, (c) => c.charCodeAt(0))))
    new ResizeObserver(() => this.#fit.fit()).observe(element)
  }

  /** Shows the console of an instance, from the oldest byte that is kept. */
  attach(id: string, events: Pick<ConsoleEvents, 'status' | 'connection'>): void {
    this.detach()
    this.#client = new ConsoleClient(id, {
      ...events,
      output: (bytes, done) => this.#terminal.write(bytes, done),
      gap: (bytes) =>
        this.#terminal.write(`\r\n\x1b[7m ${bytes} bytes are no longer kept \x1b[0m\r\n`),
      replayEnd: () => {
        this.#terminal.write('', () => {
          this.#mute = false
        })
      },
      connection: (open) => {
        if (!open) this.#mute = true
        events.connection(open)
      },
    })
  }

  /** Empties the terminal. */
  detach(): void {
    this.#client?.close()
    this.#client = undefined
    this.#mute = true
    this.#terminal.reset()
  }

  focus(): void {
    this.#terminal.focus()
  }

  #type(bytes: Uint8Array): void {
    if (!this.#mute) this.#client?.type(bytes)
  }
}

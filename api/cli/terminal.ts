/**
 * The terminal of `kenix run`: raw while a machine owns it, restored whichever way the process ends.
 */
import { EscapeFilter } from './escape.ts'

export interface TerminalHandlers {
  type(bytes: Uint8Array): void
  quit(): void
  /** A signal asks the process to end. */
  signalled(signal: NodeJS.Signals): void
}

const HELP = '\r\nCtrl-A x  quit\r\nCtrl-A h  this help\r\nCtrl-A Ctrl-A  type Ctrl-A\r\n'
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** Takes over standard input. @returns what gives it back. */
export function openTerminal(handlers: TerminalHandlers): () => void {
  const { stdin } = process
  const filter = new EscapeFilter({
    type: (bytes) => handlers.type(bytes),
    quit: () => handlers.quit(),
    help: () => process.stderr.write(HELP),
  })
  const take = (chunk: Uint8Array) => filter.push(chunk)
  const listeners = SIGNALS.map((signal) => {
    const listener = () => handlers.signalled(signal)
    process.on(signal, listener)
    return [signal, listener] as const
  })
  const restore = () => {
    if (stdin.isTTY) stdin.setRawMode(false)
  }
  process.on('exit', restore)
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.on('data', take)
  // An unreadable standard input, closed for example, is like one that ended: the machine goes on.
  stdin.on('error', () => {})
  return () => {
    restore()
    process.off('exit', restore)
    for (const [signal, listener] of listeners) process.off(signal, listener)
    stdin.off('data', take)
    stdin.pause()
    stdin.unref?.()
  }
}

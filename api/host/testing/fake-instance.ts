/**
 * An instance's process with a guest that obeys words typed at its console, so that tests of the host and of HTTP need
 * no machine. Run by tests only.
 */
import type { Engine, EngineFactory, GuestEnd } from '../engine.ts'
import { serveInstance } from '../runner.ts'

/** The words it obeys; everything else is echoed. */
const create: EngineFactory = async (spec, output) => {
  const { cpus = 1, memory = 0 } = spec as { cpus?: number; memory?: number }
  if (memory === 3 * 2 ** 30) throw new Error('The fake guest never starts with 3G')
  const print = (text: string) => output(new TextEncoder().encode(text), 0)
  let end: ((result: GuestEnd | 'paused') => void) | undefined
  let line = ''
  let deaf = false
  let queue: GuestEnd | undefined
  const finish = (result: GuestEnd) => {
    if (end) end(result)
    else queue = result
  }
  const words: Record<string, (argument: string) => void> = {
    poweroff: () => finish({ reason: 'poweroff', status: 0 }),
    halt: () => finish({ reason: 'halted', status: 3 }),
    crash: () => process.exit(7),
    deaf: () => {
      deaf = true
    },
    spin: () => {
      for (;;);
    },
    flood: (bytes) => {
      const chunk = new Uint8Array(32768).fill(0x2e)
      for (let left = Number(bytes); left > 0; left -= chunk.length) output(chunk.slice(0, left), 0)
      print('\r\nflooded\r\n')
    },
  }
  const engine: Engine = {
    run: () =>
      new Promise((resolve) => {
        if (queue) return resolve(queue)
        end = (result) => {
          end = undefined
          resolve(result)
        }
      }),
    pause: () => end?.('paused'),
    reset: () => print('reset\r\nfake> '),
    powerButton: () => {
      print('power button\r\n')
      if (!deaf) finish({ reason: 'poweroff', status: 0 })
    },
    input: (bytes) => {
      for (const byte of bytes) {
        output(new Uint8Array([byte]), 0)
        if (byte !== 13) {
          line += String.fromCharCode(byte)
          continue
        }
        const [word = '', argument = ''] = line.split(' ')
        line = ''
        print('\n')
        if (Object.hasOwn(words, word)) words[word]!(argument)
        else if (word) print(`you said ${word}\r\n`)
        print('fake> ')
      }
    },
    stats: () => ({ instructions: 42 }),
    close: async () => {},
  }
  print(`fake guest with ${cpus} cpu\r\nfake> `)
  return engine
}

await serveInstance(create)

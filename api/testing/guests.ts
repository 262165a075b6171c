/**
 * Guests of a few instructions, for tests that need a real machine: raw code that `--kernel` takes, on the `virt` board.
 */
import { assemble } from '../../jit/isa/assemble.ts'

/** PL011: data at 0, flags at 0x18, bit 4 of them "receive FIFO empty". */
const UART = 'mov x1, #0x9000000'
const SYSTEM_OFF = ['mov w0, #8', 'movk w0, #0x8400, lsl #16', 'hvc #0']
const LOOP = 'b #0'

/** Prints a text and powers off. */
export const printer = (text: string) => guest([UART, ...printing(text), ...SYSTEM_OFF, LOOP])

/** Computes for ever. */
export const spinner = () => guest([LOOP])

/** Prints a text, then echoes what is typed, for ever. */
export const echo = (text: string) =>
  guest([
    UART,
    ...printing(text),
    'ldr w2, [x1, #0x18]',
    'tbnz w2, #4, #-4',
    'ldrb w0, [x1]',
    'strb w0, [x1]',
    'b #-16',
  ])

/** Waits for an interrupt that cannot come. */
export const halted = () => guest(['msr daifset, #15', 'wfi', 'b #-4'])

/** Writes without end. */
export const chatterbox = () => guest([UART, 'mov w2, #46', 'strb w2, [x1]', 'b #-4'])

function printing(text: string): string[] {
  return [...text].flatMap((letter) => [`mov w2, #${letter.charCodeAt(0)}`, 'strb w2, [x1]'])
}

function guest(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const code = new Uint8Array(lines.length * 4)
  const view = new DataView(code.buffer)
  for (const [index, line] of lines.entries()) view.setUint32(4 * index, assemble(line), true)
  return code
}

/** `kenix wasm2elf`: a WebAssembly module to a static Linux program for AArch64. */
import { ArgumentError, main } from '../../images/wasm2elf.ts'
import { type Command, UsageError } from './options.ts'

/** The command `wasm2elf`. */
export const wasm2elf: Command = {
  summary: 'Compile a WebAssembly module without imports to a static Linux program for AArch64.',
  options: [],
  notes: `bun kenix wasm2elf MODULE.wasm [-o PROGRAM]

PROGRAM EXPORT ARGUMENT...  calls an exported function and writes each result on a line
PROGRAM -                   reads one call a line, all on one instance

Integers are decimal; f32, f64 and v128 are their bits in hexadecimal. A trap writes "trap: TEXT" and, for a single
call, ends with status 134.`,
  async run(args) {
    try {
      return await main(args)
    } catch (error) {
      if (error instanceof ArgumentError) throw new UsageError(error.message)
      throw error
    }
  },
}

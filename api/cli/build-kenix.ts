/** `kenix build-kenix`: Kenix from its sources to files that boot. */
import { buildKenixFiles } from '../../images/kenix/command.ts'
import { ArgumentError } from '../../images/wasm2elf.ts'
import { type Command, UsageError } from './options.ts'

/** The command `build-kenix`. */
export const buildKenixCommand: Command = {
  summary: 'Build Kenix: kernel with boot archive, UEFI loader, programs.',
  options: [],
  notes: `bun kenix build-kenix [-o DIRECTORY] [--only NAME,...]

Writes to DIRECTORY (.cache/kenix/files by default):
  Image          the kernel by Linux's boot protocol, with all programs inside
  kernel.elf     the same as ELF64 with symbols and lines, for debuggers
  BOOTAA64.EFI   the loader for UEFI, which starts \\kenix\\Image
  bin/NAME       each program as ELF64

--only takes these programs of userland, rather than all.

What did not change since the last time is only copied.`,
  async run(args) {
    try {
      return await buildKenixFiles(args, (text) => void process.stderr.write(`${text}\n`))
    } catch (error) {
      if (error instanceof ArgumentError) throw new UsageError(error.message)
      throw error
    }
  },
}

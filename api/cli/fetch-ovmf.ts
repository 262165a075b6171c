/** `kenix fetch-ovmf`: UEFI firmware for the `virt` board, where `bun run run` and `kenix run --uefi` look for it. */
import { fetchAavmf } from '../../images/firmware/aavmf.ts'
import { type Command, parseOptions } from './options.ts'

/** The command `fetch-ovmf`. */
export const fetchOvmf: Command = {
  summary: "Get UEFI firmware from Debian's package qemu-efi-aarch64 into .cache/firmware.",
  options: [],
  notes: 'Takes what is installed, or downloads the package without installing it.',
  async run(args) {
    parseOptions(args, [])
    const { code, vars } = await fetchAavmf((text) => process.stderr.write(`${text}\n`))
    process.stdout.write(`${code}\n${vars}\n`)
    return 0
  },
}

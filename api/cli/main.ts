/**
 * The command line: finds the command and loads its file only, so that `kenix run` starts without the HTTP server.
 */
import { type Command, helpOf, UsageError } from './options.ts'

const COMMANDS: Record<string, { summary: string; load(): Promise<Command> }> = {
  run: {
    summary: 'run one machine here, its serial port on the terminal',
    load: async () => (await import('./run.ts')).run,
  },
  serve: {
    summary: 'serve the HTTP API and its page',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  dumpdtb: {
    summary: "write a machine's device tree",
    load: async () => (await import('./dumpdtb.ts')).dumpdtb,
  },
  qemu: {
    summary: 'run Kenix in QEMU instead',
    load: async () => (await import('./qemu.ts')).qemu,
  },
  'create-disk': {
    summary: 'make a FAT32 disk image for Kenix',
    load: async () => (await import('./create-disk.ts')).createDisk,
  },
  'fetch-ovmf': {
    summary: 'get UEFI firmware from Debian',
    load: async () => (await import('./fetch-ovmf.ts')).fetchOvmf,
  },
  'build-kenix': {
    summary: 'build Kenix: kernel, UEFI loader, programs',
    load: async () => (await import('./build-kenix.ts')).buildKenixCommand,
  },
  wasm2elf: {
    summary: 'compile a WebAssembly module to a Linux program for AArch64',
    load: async () => (await import('./wasm2elf.ts')).wasm2elf,
  },
}

/** Exit status for a wrong command line. */
const BAD_USAGE = 2

/**
 * Runs a command.
 * @param args the words after the program's name.
 * @returns the exit status: the command's own, 2 for bad usage, 1 for a failure of ours.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args
  if (['', 'help', '-h', '--help'].includes(name)) {
    process.stdout.write(usage())
    return name === '' ? BAD_USAGE : 0
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!entry) {
    process.stderr.write(
      `Cannot run "${name}": commands are ${Object.keys(COMMANDS).join(', ')}. Try bun kenix --help\n`,
    )
    return BAD_USAGE
  }
  const command = await entry.load()
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(helpOf(name, command))
    return 0
  }
  try {
    return await command.run(rest)
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`kenix ${name}: ${error.message}\nTry bun kenix ${name} --help\n`)
      return BAD_USAGE
    }
    process.stderr.write(`kenix ${name}: ${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

function usage(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(13)}${summary}`,
  )
  return `usage: bun kenix COMMAND [OPTION...]\n\n${lines.join('\n')}\n\nbun kenix COMMAND --help lists its options.\n`
}

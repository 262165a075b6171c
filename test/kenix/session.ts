/**
 * Kenix with its shell at the prompt: commands and what they print. Built images are found in `.cache`, built if need be.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildKenix, type KenixImages } from '../../images/kenix/build.ts'
import { boot, type Guest, type MachineKind, type Setup } from './machines.ts'

/** Host time that a boot may take on a machine that is busy with other things as well. */
export const BOOT_MS = 90_000
export const COMMAND_MS = 90_000
/** Host time that building all of Kenix may take. */
export const BUILD_MS = 600_000

/** The shell's prompt, at the end of what was printed. A line being edited is drawn again with a prompt, but not on a new line. */
export const PROMPT = /\nkenix:[^\n$]*\$ $/

/** What no healthy Kenix prints. */
export const TROUBLE = /kernel panic|Kernel panic|PANIC|panic:/

const FOLDER = join(import.meta.dir, '../../.cache/kenix/test')

let built: Promise<KenixImages> | undefined

/** Kenix, built once for all tests of this process. */
export function kenix(): Promise<KenixImages> {
  built ??= buildKenix()
  return built
}

/** Path of the kernel as a flat `Image`. */
export async function imageFile(): Promise<string> {
  return written('Image', (await kenix()).image)
}

/** Path of the kernel as an ELF file. */
export async function elfFile(): Promise<string> {
  return written('kernel.elf', (await kenix()).elf)
}

function written(name: string, data: Uint8Array): string {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, `${process.pid}-${name}`)
  writeFileSync(path, data)
  process.on('exit', () => void Bun.spawnSync(['rm', '-f', path]))
  return path
}

/** A shell at its prompt. */
export class Session implements AsyncDisposable {
  private constructor(readonly guest: Guest) {}

  /** Boots Kenix and waits for the prompt. */
  static async start(kind: MachineKind, setup: Setup = {}): Promise<Session> {
    const kernel = setup.firmware ? {} : { kernel: await imageFile() }
    return Session.attach(await boot(kind, { ...kernel, ...setup }))
  }

  /** Waits for the prompt of a machine that is booting. */
  static async attach(guest: Guest): Promise<Session> {
    const session = new Session(guest)
    try {
      await session.prompt(BOOT_MS)
      return session
    } catch (error) {
      await guest[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Waits for the next prompt; gives what came before it. */
  async prompt(timeoutMs = COMMAND_MS): Promise<string> {
    const { index, input } = await this.guest.expect(PROMPT, timeoutMs)
    const text = input.slice(0, index + 1)
    if (TROUBLE.test(text)) throw new Error(`Kenix is in trouble:\n${text}`)
    return text
  }

  /** Types a command line; gives what it printed, without the echo, with lines ended by "\n". */
  async command(line: string, timeoutMs = COMMAND_MS): Promise<string> {
    this.guest.type(`${line}\r`)
    const text = (await this.prompt(timeoutMs)).replaceAll('\r\n', '\n')
    const end = text.indexOf('\n')
    return text.slice(end + 1)
  }

  /** Output of a command that must succeed. */
  async output(line: string, timeoutMs = COMMAND_MS): Promise<string> {
    const text = await this.command(`${line}; echo "[$?]"`, timeoutMs)
    const match = /^([\s\S]*)\[(\d+)\]\n$/.exec(text)
    if (match?.[2] !== '0') throw new Error(`"${line}" failed: ${text}`)
    return match[1]!
  }

  /** Switches the machine off. */
  async shutdown(): Promise<void> {
    this.guest.type('shutdown\r')
    await this.guest.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guest[Symbol.asyncDispose]()
  }
}

/**
 * Random modules as Kenix programs, started in place of init: what they write on our machine and in QEMU is what Bun's own
 * engine makes of them, up to the same trap.
 */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernel } from '../../kernel/image.ts'
import { boot, MACHINES, type MachineKind } from '../../test/kenix/machines.ts'
import { need } from '../../test/tools/debian.ts'
import { kenixKernel } from '../compiler/kenix/kernel.ts'
import { kenixProgram } from '../compiler/kenix/program.ts'
import { asEngine, trapOf } from '../compiler/testing/differential.ts'
import { randomProgram } from '../compiler/testing/random.ts'
import { writeArchive } from './archive.ts'
import { kernelWasm } from './kernel.ts'

const qemu = need('qemu-system-arm')
const WRITE = 64n
const SEEDS = [1, 2, 3, 4, 5, 157]
/** A busy computer compiles the kernel within this many milliseconds. */
const PATIENCE = 120_000

/** What Bun's engine makes of a program: the lines it writes, the last one its end or its trap. */
async function expected(bytes: Uint8Array): Promise<string[]> {
  let text = ''
  let memory: WebAssembly.Memory | undefined
  const call = (number: bigint, _to: bigint, at: bigint, length: bigint): bigint => {
    if (number !== WRITE) throw new Error(`The program makes the system call ${number}`)
    text += new TextDecoder().decode(new Uint8Array(memory!.buffer, Number(at), Number(length)))
    return length
  }
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), { svc: { call } })
  const exported = instance.exports as { main: () => number; memory: WebAssembly.Memory }
  memory = exported.memory
  try {
    exported.main()
  } catch (error) {
    text += trapOf(error as Error)
  }
  return text.trimEnd().split('\n')
}

describe('compiled programs under Kenix', () => {
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'differential-'))
    file = join(folder, 'Image')
    const { bytes } = await kernelWasm()
    writeFileSync(file, kenixKernel(bytes, { recipe: kernel.recipe }).image)
  }, PATIENCE)
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The lines that a program writes as the first one of a system. */
  async function run(kind: MachineKind, program: Uint8Array): Promise<string[]> {
    const bytes = kenixProgram(program, { calls: { exit: 93, brk: 214 } })
    const initrd = join(folder, 'archive')
    writeFileSync(initrd, writeArchive([{ name: 'bin/init', bytes, executable: true }]))
    await using guest = await boot(kind, { kernel: file, initrd })
    const { input } = await guest.expect(/\nend\r?\n|: fault: [^\n]*\n/, PATIENCE)
    const text = asEngine(input.replaceAll('\r', ''))
    const lines = text.split('\n').filter((line) => /^[0-9a-f]{16}$|^end$/.test(line))
    const trap = /: fault: .*LR \w+ SP \w+(?:: (.*))?/.exec(text)
    return trap ? [...lines, trap[1] ?? 'out of bounds memory access'] : lines
  }

  for (const kind of MACHINES) {
    test.skipIf(kind === 'qemu' && !qemu).each(SEEDS)(
      `do what Bun's engine does, on ${kind}, seed %d`,
      async (seed) => {
        const program = randomProgram(seed)
        expect(await run(kind, program)).toEqual(await expected(program))
      },
      PATIENCE,
    )
  }
})

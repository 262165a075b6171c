/** Kernels: one that writes to the UART with the MMU off is run by QEMU in both forms; what no kernel may do is refused. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../../test/tools/debian.ts'
import { access, type Code, constant, local, ModuleBuilder, op } from '../testing/builder.ts'
import type { ValueType } from '../wasm/module.ts'
import { BOOT_BLOCK, type KernelRecipe, kenixKernel } from './kernel.ts'

const qemu = need('qemu-system-arm')
const UART = 0x0900_0000
const i32 = (value: number) => constant('i32', BigInt(value))
const i64 = (value: number) => constant('i64', BigInt(value))

const recipe: KernelRecipe = {
  base: 0xffff_8000_0000_0000n,
  memory: 0xffff_9000_0000_0000n,
  physical: 0x4020_0000n,
  entry: 'boot',
  assembly: (asm) =>
    void asm.text(`
boot:
  adrp x27, context
  adrp x28, memory_start
  adrp x0, stack
  add sp, x0, #4095
  and sp, x0, #-16
  add sp, sp, #4080
  bl export_main
  // PSCI SYSTEM_OFF
  mov w0, #0x0008
  movk w0, #0x8400, lsl #16
  hvc #0
next_letter:
  ldrb w0, [x28, w0, uxtw]
  ret`),
  reserve: { stack: 4096 },
}

/** A module with these functions, each of no arguments, by name. */
function build(
  functions: Record<string, Code>,
  prepare: (builder: ModuleBuilder) => void = () => {},
) {
  const builder = new ModuleBuilder()
  const types: ValueType[] = ['i64', 'i32']
  builder.import('mem64', 'store32', types, [])
  builder.import('asm', 'next_letter', ['i32'], ['i32'])
  prepare(builder)
  for (const [name, code] of Object.entries(functions)) {
    builder.export(name, builder.func([], [], ['i32', 'i32'], ...code))
  }
  return builder.bytes()
}

/** Writes letters from linear memory's begin on until there is a zero; each is fetched by assembly. */
const LOOP: Code = [
  [0x03, 0x40],
  [...i64(UART), ...local.get(0), 0x10, 1, ...local.tee(1), 0x10, 0],
  [...local.get(0), ...i32(1), ...op('i32.add'), ...local.set(0)],
  [...local.get(1), 0x0d, 0, 0x0b],
]

const letters = (text: string) => [...new TextEncoder().encode(text)]

describe('kenixKernel()', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kernel-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function run(file: Uint8Array): string {
    const path = join(folder, 'kernel')
    writeFileSync(path, file)
    const options = ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '64', '-nographic', '-net', 'none']
    const { stdout } = Bun.spawnSync(['qemu-system-aarch64', ...options, '-kernel', path], {
      stdin: 'ignore',
      stderr: 'ignore',
      timeout: 20_000,
    })
    return stdout.toString()
  }

  // Fills and copies in memory first, with the routines that use general registers only.
  const HELLO: Code = [
    [...i32(8), ...i32(33), ...i32(21), 0xfc, 11, 0],
    [...i32(64), ...i32(0), ...i32(29), 0xfc, 10, 0, 0],
    [...i32(7), ...i32(65), ...i32(28), 0xfc, 10, 0, 0],
    LOOP.flat(),
  ]

  test.skipIf(!qemu)('makes a flat image and an ELF file that run wherever they lie', () => {
    const bytes = build({ main: HELLO }, (builder) => builder.data(0, letters('Kernel: ')))
    const { image, elf } = kenixKernel(bytes, { recipe })
    const expected = `Kernel:ernel: ${'!'.repeat(21)}`
    expect(run(image)).toStartWith(expected)
    expect(run(elf)).toStartWith(expected)
  })

  test('says in the boot block where each part lies', () => {
    const archive = Uint8Array.from({ length: 5000 }, (_, i) => i)
    const bytes = build({ main: [] }, (builder) => builder.data(16, [1, 2, 3]))
    const { image } = kenixKernel(bytes, { recipe, archive })
    const view = new DataView(image.buffer)
    expect(view.getUint32(56, true)).toBe(0x644d5241)
    const size = Number(view.getBigUint64(16, true))
    const at = (i: number) => Number(view.getBigUint64(BOOT_BLOCK + 16 + 8 * i, true))
    const parts = Array.from({ length: 12 }, (_, i) => at(i))
    const [, , rodataEnd, symbols, start, end, , , memory, fileEnd, memoryEnd, imageEnd] =
      parts as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
    expect(new TextDecoder().decode(image.subarray(symbols, symbols + 4))).toBe('KSYM')
    expect(symbols).toBeLessThan(rodataEnd)
    expect(image.subarray(start, end)).toEqual(archive)
    expect(image.subarray(memory, memory + 20)).toEqual(
      Uint8Array.from([...new Uint8Array(16), 1, 2, 3, 0]),
    )
    expect([start, memory, fileEnd].map((one) => one % 4096)).toEqual([0, 0, 0])
    expect(fileEnd).toBe(image.length)
    expect(memoryEnd - memory).toBe(65536)
    expect(imageEnd).toBe(size)
    expect(imageEnd - memoryEnd).toBe(4096)
    expect(view.getBigUint64(BOOT_BLOCK + 16 + 8 * 12, true)).toBe(recipe.memory)
  })

  test('lists all functions that do what no kernel may', () => {
    const functions = {
      grows: [i32(1), [0x40, 0, 0x1a]],
      indirect: [local.get(0), [0x11, 2, 0]],
      counts: [
        i32(4),
        access('i32.load'),
        op('i32.popcnt'),
        local.set(1),
        i32(0),
        local.get(1),
        access('i32.store'),
      ],
      floats: [
        i32(0),
        i32(0),
        op('f32.convert_i32_s'),
        i32(0),
        access('f32.load'),
        op('f32.add'),
        access('f32.store'),
      ],
      harmless: [],
    }
    const bytes = build(functions, (builder) => {
      expect(builder.type([], [])).toBe(2)
      builder.element(builder.func([], [], []))
    })
    let message = ''
    try {
      kenixKernel(bytes, { recipe })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain('grows: makes memory grow')
    expect(message).toContain('indirect: calls through a table')
    expect(message).toContain('counts: uses i32.popcnt')
    expect(message).toContain('floats: uses ')
    expect(message).not.toContain('harmless')
  })

  test('names the routine that a function calls and the assembly lacks', () => {
    const lacking = {
      ...recipe,
      assembly: (asm: Parameters<KernelRecipe['assembly']>[0]) => void asm.label('boot'),
    }
    expect(() => kenixKernel(build({ main: LOOP }), { recipe: lacking })).toThrow('next_letter')
  })
})

/**
 * The benchmark programs compute the same on our machine as on QEMU or on this host, and take as many instructions translated as
 * interpreted. As a benchmark they would say so too, but in minutes. Generated programs are left out, since compiling them takes long.
 */
import { describe, expect, test } from 'bun:test'
import { Machine } from '../../devices/index.ts'
import type { TranslateMode } from '../../jit/translate/index.ts'
import { need } from '../tools/debian.ts'
import { buildGuest, buildNative } from './build.ts'
import { dispersedSource } from './dispersed.ts'
import { runNative } from './native.ts'
import { PROGRAMS, type Program } from './programs.ts'

/** What main.c prints. */
const MARKS = /BENCH short (\w+)\nBENCH long (\w+)\n/

function small(program: Program): Program {
  return { ...program, name: `${program.name}-test`, short: 1, long: 2 }
}

async function onMachine(elf: string, translate: TranslateMode) {
  const spec = { memory: '256M', boot: { kernel: elf } }
  await using machine = await Machine.create(spec, { translate })
  const match = await machine.expect(MARKS, { failOn: /BENCH trap .*\n/ })
  machine.type('\n')
  expect(await machine.run()).toEqual({ reason: 'poweroff', status: 0 })
  return { sums: match.groups.map(String), instructions: machine.instructions }
}

function onQemu(elf: string): string[] {
  const options = ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '256', '-net', 'none', '-nographic']
  const { stdout } = Bun.spawnSync(['qemu-system-aarch64', ...options, '-kernel', elf], {
    stdin: Buffer.from('\n'),
    timeout: 30_000,
  })
  return MARKS.exec(stdout.toString())?.slice(1) ?? [stdout.toString()]
}

const programs = PROGRAMS.filter(({ source }) => typeof source === 'string').map(small)

describe.skipIf(!need('gcc-aarch64-linux-gnu', 'qemu-system-arm'))('benchmark programs', () => {
  test.each(programs.map((program) => [program.name, program] as const))(
    '%s computes the same everywhere',
    async (_, program) => {
      const elf = buildGuest(program)
      const native = program.sameOnHost ? buildNative(program) : undefined
      const { sums: ours, instructions } = await onMachine(elf, 'forced')
      const interpreted = await onMachine(elf, 'off')
      expect(interpreted).toEqual({ sums: ours, instructions })
      if (native !== undefined) {
        const host = runNative(native, 1)
        expect(ours).toEqual([host.short.result, host.long.result])
      } else {
        expect(ours).toEqual(onQemu(elf))
      }
    },
  )
})

test('generated programs are the same each time, with every function called once', () => {
  const source = dispersedSource(250)
  expect(dispersedSource(250)).toBe(source)
  const called = [...source.matchAll(/x = f(\d+)\(/g)].map((match) => Number(match[1]))
  expect(new Set(called).size).toBe(250)
  expect(called).toHaveLength(250)
})

test('rows have names of their own, and more work in the long one', () => {
  expect(new Set(PROGRAMS.map(({ name }) => name)).size).toBe(PROGRAMS.length)
  for (const { name, short, long } of PROGRAMS) expect([name, long > short]).toEqual([name, true])
})

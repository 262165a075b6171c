/** The compiler against Bun's WebAssembly engine: every operation on edge values, control, calls, memory; random modules. */

import { describe, expect, test } from 'bun:test'
import { need } from '../../test/tools/debian.ts'
import {
  access,
  type Code,
  constant,
  local,
  ModuleBuilder,
  op,
  unsigned,
} from './testing/builder.ts'
import { compare } from './testing/differential.ts'
import { randomModule } from './testing/random.ts'
import type { ValueType } from './wasm/module.ts'
import { ACCESSES, OPERATIONS, type Operation } from './wasm/opcodes.ts'

const qemu = need('qemu-user-static')

const EDGES: Partial<Record<ValueType, readonly bigint[]>> = {
  i32: [0n, 1n, 31n, 33n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1234_5678n],
  i64: [0n, 1n, 63n, 65n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 0x1234_5678_9abc_def0n],
  f32: [
    0n,
    0x8000_0000n,
    0x3f80_0000n,
    0x7f80_0000n,
    0xff80_0000n,
    0x4f00_0000n,
    0xbf00_0000n,
    0x40200000n,
  ],
  f64: [
    0n,
    1n << 63n,
    0x3ff0n << 48n,
    0x7ff0n << 48n,
    0xfff0n << 48n,
    0x41e0_0000_0000_0000n,
    0xc1e0_0000_0020_0000n,
    0x4004_0000_0000_0000n,
  ],
  v128: [
    0n,
    (1n << 128n) - 1n,
    0x0f1e2d3c_4b5a6978_8796a5b4_c3d2e1f0n,
    0x80007fff_00ff0001_7f800000_3f800000n,
  ],
}

/** Code that makes an i64 of the value on the stack; NaNs become one. */
function asI64(type: ValueType, temp: number): Code {
  switch (type) {
    case 'i32':
      return [op('i64.extend_i32_u')]
    case 'f32':
    case 'f64': {
      const nan = type === 'f32' ? 0x7fc0_0000n : 0x7ff8n << 48n
      const bits =
        type === 'f32'
          ? [op('i32.reinterpret_f32'), op('i64.extend_i32_u')]
          : [op('i64.reinterpret_f64')]
      const same = [local.get(temp), local.get(temp), op(`${type}.eq`)]
      return [local.tee(temp), constant(type, nan), ...same, 0x1b, ...bits]
    }
    case 'v128':
      return [
        local.tee(temp),
        op('i64x2.extract_lane', 0),
        local.get(temp),
        op('i64x2.extract_lane', 1),
        op('i64.add'),
      ]
    default:
      return []
  }
}

/** Lanes that are not numbers become one NaN. */
function canonicalLanes(name: string, temp: number): Code {
  const lanes = /^(f32x4|f64x2)\.(?!eq|ne|[lg][te])/.exec(name)?.[1]
  if (!lanes) return []
  const nan =
    lanes === 'f32x4'
      ? 0x7fc0_0000n * 0x1_00000001_00000001_00000001n
      : (0x7ff8n << 48n) * ((1n << 64n) + 1n)
  return [
    local.tee(temp),
    constant('v128', nan),
    local.get(temp),
    local.get(temp),
    op(`${lanes}.eq`),
    op('v128.bitselect'),
  ]
}

/**
 * Adds exports that apply an operation to edge values: given in registers, and as constants the compiler may fold.
 *
 * @returns their names
 */
function exportsFor(builder: ModuleBuilder, item: Operation): string[] {
  const names: string[] = []
  const combinations = item.params.reduce<bigint[][]>(
    (all, type) => all.flatMap((start) => EDGES[type]!.map((bits) => [...start, bits])),
    [[]],
  )
  const apply = op(item.name, ...(item.lanes ? [item.lanes - 1] : []))
  const finish = (temp: number) => [
    apply,
    ...(item.result === 'v128' ? canonicalLanes(item.name, temp) : []),
    ...asI64(item.result, temp),
  ]
  const gets = item.params.map((_, i) => local.get(i))
  const count = item.params.length
  const inner = builder.func(item.params, ['i64'], [item.result], ...gets, ...finish(count))
  for (const values of combinations) {
    const constants = values.map((bits, k) => constant(item.params[k]!, bits))
    for (const index of [
      builder.func([], ['i64'], [], ...constants, [0x10, ...unsigned(inner)]),
      builder.func([], ['i64'], [item.result], ...constants, ...finish(0)),
    ]) {
      const name = `f${index}`
      builder.export(name, index)
      names.push(name)
    }
  }
  return names
}

describe.skipIf(!qemu)('operations on edge values', () => {
  const groups = Map.groupBy([...OPERATIONS.values()], ({ name }) => name.split('.')[0]!)
  for (const [group, items] of groups) {
    test(`of ${group} give what the engine gives`, async () => {
      const builder = new ModuleBuilder()
      const calls = items.flatMap((item) => exportsFor(builder, item))
      const { engine, program } = await compare(builder.bytes(), calls)
      expect(program).toBe(engine)
    })
  }
})

describe.skipIf(!qemu)('loads and stores', () => {
  test('reach every address of memory and none beyond, at every width', async () => {
    const builder = new ModuleBuilder()
    builder.data(
      0,
      Array.from({ length: 256 }, (_, i) => (i * 37 + 129) & 255),
    )
    const calls: string[] = []
    for (const item of ACCESSES.values()) {
      const lane = item.lanes ? [item.lanes - 1] : []
      for (const [index, offset] of [
        [3, 0],
        [0, 5],
        [65536 - item.bytes, 0],
        [65537 - item.bytes, 0],
        [0xffff_ffff, 0xffff_ffff],
        [100, 70000],
        [17, 60000],
      ] as const) {
        const at = constant('i32', BigInt(index))
        const given =
          item.store || item.lanes ? [constant(item.type, EDGES[item.type]!.at(-1)!)] : []
        const code = item.store
          ? [at, ...given, access(item.name, offset, ...lane), constant('i64', 1n)]
          : [at, ...given, access(item.name, offset, ...lane), ...asI64(item.type, 0)]
        const name = `a${calls.length}`
        builder.export(name, builder.func([], ['i64'], [item.type], ...code))
        calls.push(name)
      }
    }
    const { engine, program } = await compare(builder.bytes(), calls)
    expect(program).toBe(engine)
  })
})

describe.skipIf(!qemu)('random modules', () => {
  test.each(Array.from({ length: 4 }, (_, i) => 7001 + i))('of seed %d agree', async (seed) => {
    const { bytes, calls } = randomModule(seed)
    const { engine, program } = await compare(bytes, calls)
    expect(program).toBe(engine)
  })

  test('are the same for the same seed', () => {
    expect(randomModule(5).bytes).toEqual(randomModule(5).bytes)
    expect(randomModule(5).bytes).not.toEqual(randomModule(6).bytes)
  })
})

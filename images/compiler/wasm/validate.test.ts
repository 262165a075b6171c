/** Modules that are malformed or invalid are refused with a reason; damaged ones never break the compiler. */

import { describe, expect, test } from 'bun:test'
import { constant, END, local, ModuleBuilder, op } from '../testing/builder.ts'
import { randomModule } from '../testing/random.ts'
import type { ValueType } from './module.ts'
import { parse } from './parse.ts'
import { ModuleError } from './reader.ts'
import { validate } from './validate.ts'

function refusal(bytes: Uint8Array): string {
  try {
    validate(parse(bytes))
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(ModuleError)
    return (error as Error).message
  }
}

/** What is said of a function with that body. */
function body(results: ValueType[], ...code: (number | number[])[]): string {
  const builder = new ModuleBuilder()
  builder.export('f', builder.func(['i32'], results, [], ...code))
  return refusal(builder.bytes())
}

describe('validate()', () => {
  test.each<[string, string]>([
    ['accepted', body(['i32'], local.get(0))],
    ['accepted', body(['i32'], [0x00])],
    ['accepted', body(['i64'], [0x00], op('i32.add'), op('i64.extend_i32_u'))],
    ['i32 is needed, i64 is on the stack', body(['i32'], constant('i64', 1n))],
    ['missing on the stack', body(['i32'])],
    ['values too many', body([], constant('i32', 1n))],
    ['no local 9', body(['i32'], local.get(9))],
    ['no global 0', body(['i32'], [0x23, 0])],
    ['no function 7', body([], [0x10, 7])],
    ['no table 0', body([], constant('i32', 0n), [0x11, 0, 0])],
    ['leaves 5 blocks', body([], [0x0c, 5])],
    ['An else has no if', body([], [0x02, 0x40, 0x05, END])],
    ['has no else', body(['i32'], local.get(0), [0x04, 0x7f], local.get(0), [END])],
    ['Alignment 2^3', body(['i32'], local.get(0), op('i32.load', 3, 0))],
    ['no lane 4', body(['i32'], constant('v128', 0n), op('i32x4.extract_lane', 4))],
    ['two types', body([], local.get(0), constant('i64', 0n), local.get(0), [0x1b, 0x1a])],
    ['no data count section', body([], local.get(0), local.get(0), local.get(0), [0xfc, 8, 0, 0])],
    ['no instruction with opcode 0xff', body([], [0xff])],
    ['Instructions follow', body([], [END])],
    ['Unexpected end', body([], [0x02, 0x40])],
  ])('says "%s"', (reason, actual) => {
    expect(actual).toContain(reason)
  })

  test('never breaks on damaged modules, whichever byte is changed or lost', () => {
    const { bytes } = randomModule(3)
    let accepted = 0
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 1 << (at % 8)
      if (refusal(changed) === 'accepted') accepted++
      refusal(bytes.subarray(0, at))
    }
    expect(accepted).toBeGreaterThan(0)
  })
})

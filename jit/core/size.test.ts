import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { buildCore } from './build.ts'

/** Above this JavaScriptCore's optimising tier refuses a function: the dispatch loop gets seven times slower. */
const LIMIT = 64 * 1024
const CODE_SECTION = 10

/** An unsigned LEB128 number at `at`, and where the next byte is (WebAssembly specification 5.2.2). */
function leb128(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0
  for (let shift = 0, i = at; ; shift += 7) {
    const byte = bytes[i++]!
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return [value, i]
  }
}

/** Sizes in bytes of the function bodies of a module, in the order of its code section (specification 5.5.13). */
function functionSizes(wasm: Uint8Array): number[] {
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]!
    const [size, start] = leb128(wasm, at + 1)
    at = start + size
    if (id !== CODE_SECTION) continue
    const sizes: number[] = []
    let [count, body] = leb128(wasm, start)
    for (; count > 0; count--) {
      const [bytes, first] = leb128(wasm, body)
      sizes.push(bytes)
      body = first + bytes
    }
    return sizes
  }
  return []
}

describe('core.wasm', () => {
  test('has no function that is too long to be optimised', async () => {
    const sizes = functionSizes(readFileSync(await buildCore()))
    expect(sizes.length).toBeGreaterThan(100)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMIT)
  })

  test('is measured rightly: a module of two functions has two sizes', () => {
    // (func) and (func (result i32) i32.const 1), written by hand.
    const wasm = Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...[1, 8, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f],
      ...[3, 3, 2, 0, 1],
      ...[10, 9, 2, 2, 0, 0x0b, 4, 0, 0x41, 1, 0x0b],
    ])
    expect(WebAssembly.validate(wasm)).toBe(true)
    expect(functionSizes(wasm)).toEqual([2, 4])
  })
})

import { describe, expect, test } from 'bun:test'
import * as L from '../core/assembly/layout.ts'
import { Guest, RAM } from '../core/guest.fixture.ts'
import { translateModeFrom } from './index.ts'
import { Translator, type TranslatorOptions } from './translator.ts'

const EAGER: TranslatorOptions = { threshold: 1, samplePeriod: 1, intervalMs: 0 }

async function translated(text: string, options: TranslatorOptions = EAGER) {
  const guest = await Guest.make(text)
  return { guest, translator: new Translator(guest.core, options) }
}

/** Functions of a few instructions each, called in turn, twice. */
function many(count: number): string {
  const functions = Array.from({ length: count }, (_, i) => `f${i}: add x0, x0, #${i}\nret`)
  const calls = Array.from({ length: count }, (_, i) => `bl f${i}`)
  return `mov x1, #2\nagain: ${calls.join('\n')}\nsub x1, x1, #1\ncbnz x1, again\nhlt #0xf000\n${functions.join('\n')}`
}

/** Writes `add x0, x0, #n; ret` to ever new places, and calls it there. */
const GENERATOR = `
    movz x20, #0x4010, lsl #16
    movz x21, #0x9100, lsl #16
    movz x22, #0x03c0
    movk x22, #0xd65f, lsl #16
    mov x23, #3000
    next: and x24, x23, #0xff
    orr w24, w21, w24, lsl #10
    stp w24, w22, [x20]
    blr x20
    add x20, x20, #264
    sub x23, x23, #1
    cbnz x23, next
    hlt #0xf000`

describe('the translator', () => {
  test('makes functions of what runs, and counts them', async () => {
    const { guest, translator } = await translated(many(20))
    expect(guest.run().x(0)).toBe(380n)
    expect(translator.stats.translations).toBeGreaterThan(20)
    expect(translator.stats.live).toBeGreaterThan(20)
    expect(translator.retired).toBeGreaterThan(0)
    expect(translator.retired).toBeLessThanOrEqual(guest.core.count)
  })

  test('keeps no more WebAssembly than it may, the coldest going first', async () => {
    const { guest, translator } = await translated(many(300), { ...EAGER, wasmBytes: 20_000 })
    expect(guest.run().x(0)).toBe(89_700n)
    expect(translator.stats.evicted).toBeGreaterThan(100)
    expect(translator.stats.live).toBeLessThan(150)
  })

  test('is not filled by a guest that generates code without end', async () => {
    const { guest, translator } = await translated(GENERATOR, { ...EAGER, wasmBytes: 50_000 })
    const plain = await Guest.make(GENERATOR)
    expect(guest.run().x(0)).toBe(plain.run().x(0))
    expect(guest.core.count).toBe(plain.core.count)
    expect(translator.stats.evicted).toBeGreaterThan(1000)
    expect(translator.stats.live).toBeLessThan(400)
  })

  test('gives up code that is rewritten all the time', async () => {
    const { guest, translator } = await translated(`
      mov x0, #0
      mov x1, #200
      adr x2, target
      ldr w3, [x2]
      again: eor w3, w3, #0x400
      str w3, [x2]
      bl target
      sub x1, x1, #1
      cbnz x1, again
      hlt #0xf000
      target: add x0, x0, #2
      ret`)
    expect(guest.run().x(0)).toBe(500n)
    expect(translator.stats.failures['code that changes']).toBeGreaterThan(0)
    expect(translator.stats.invalidated).toBeLessThan(60)
  })

  test('does not translate again for stores to data beside the code', async () => {
    const { guest, translator } = await translated(`
      mov x1, #1000
      adr x2, data
      again: ldr x3, [x2]
      add x3, x3, #1
      str x3, [x2]
      sub x1, x1, #1
      cbnz x1, again
      hlt #0xf000
      .balign 8
      data: .space 16`)
    guest.run()
    expect(guest.x(3)).toBe(1000n)
    expect(translator.stats.invalidated).toBe(0)
    expect(translator.stats.translations).toBeLessThan(20)
  })

  test('forgets all when the memory map changes, and starts again', async () => {
    const { guest, translator } = await translated(many(5))
    guest.run()
    const { core } = guest
    core.setRegions([
      { pa: RAM, bytes: core.ram.length, linear: core.ram.byteOffset, read: true, write: true },
    ])
    const before = translator.stats.translations
    guest.restart(RAM)
    guest.core.setX(0, 0, 0n)
    expect(guest.run().x(0)).toBe(20n)
    expect(translator.stats.forgotten).toBeGreaterThan(0)
    expect(translator.stats.translations).toBeGreaterThan(before)
  })

  test('counts code that it cannot make functions of by cause, and the guest goes on', async () => {
    const { guest, translator } = await translated(`
      mov x1, #3
      again: bl outside
      sub x1, x1, #1
      cbnz x1, again
      hlt #0xf000
      outside: msr sp_el0, x1
      add x0, x0, #1
      ret`)
    expect(guest.run().x(0)).toBe(3n)
    expect(translator.stats.failures['unfit first instruction']).toBeGreaterThan(0)
  })

  test('does not sample when it is off', async () => {
    const guest = await Guest.make(many(3))
    guest.run()
    const view = new DataView(guest.core.memory.buffer)
    expect(view.getUint32(L.MACH_BASE + L.MACH_HOT_THRESHOLD, true)).toBe(0)
    expect(guest.core.exports.table.length).toBeLessThan(200)
  })
})

test('a mode that does not exist is refused, saying which do', () => {
  expect(() => translateModeFrom('fast', 'on')).toThrow(
    'KENIX_TRANSLATE is "fast": must be one of off, on, eager, forced',
  )
  expect(translateModeFrom('', 'on')).toBe('on')
})

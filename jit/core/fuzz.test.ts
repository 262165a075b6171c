/**
 * Random words as guest code, at every exception level and on every model: whatever a guest executes, a slice ends with
 * its budget used and no exception reaches the host.
 */
import { expect, test } from 'bun:test'
import { rows } from '../isa/rows.ts'
import { random32 } from '../isa/testing.ts'
import { EXIT_BUDGET, EXIT_WFE, EXIT_WFI, RAM_BASE } from './assembly/layout.ts'
import { type Core, CPU_MODELS, type CpuModel, loadCore } from './index.ts'

const RAM = 0x4000_0000
const BYTES = 4 << 20
const SLICE = 2000

/** A word of a random row, so that most are allocated; some are any bits. */
function instruction(random: () => number): number {
  const bits = random()
  if ((bits & 15) === 0) return random()
  const row = rows[bits % rows.length]!
  return ((random() & ~row.mask) | row.value) >>> 0
}

async function machine(model: CpuModel, el2: boolean): Promise<Core> {
  const core = await loadCore({
    ramBytes: BYTES,
    cpus: 2,
    model,
    el2,
    gicv3: true,
    conduit: el2 ? 'smc' : 'hvc',
    semihosting: true,
  })
  core.setRegions([{ pa: RAM, bytes: BYTES, linear: RAM_BASE, read: true, write: true }])
  core.host = {
    mmioRead: () => {
      core.ioFault()
      return 0
    },
    mmioWrite: () => core.ioFault(),
    sysregRead: () => 0,
    sysregWrite: () => {},
    call: () => false,
    timerLine: () => {},
  }
  return core
}

/** Fills RAM with random code and registers with values that often are addresses in it, and runs. */
function round(core: Core, el: number, random: () => number): void {
  const words = new Uint32Array(core.ram.buffer, core.ram.byteOffset, 16384)
  for (let i = 0; i < words.length; i++) words[i] = instruction(random)
  core.touched(RAM_BASE, words.byteLength)
  core.reset(0, el, RAM)
  for (let n = 0; n < 31; n++) {
    const near = BigInt(RAM + (random() % BYTES))
    core.setX(0, n, random() & 1 ? near : (BigInt(random()) << 32n) | BigInt(random()))
  }
  for (let slice = 0; slice < 4; slice++) {
    core.setLine(0, 1 << (random() % 5), (random() & 1) === 1)
    const before = core.count
    const exit = core.run(0, SLICE)
    const executed = core.count - before
    expect(executed).toBeLessThanOrEqual(SLICE)
    if (exit === EXIT_BUDGET) expect(executed).toBe(SLICE)
    if (exit === EXIT_WFI || exit === EXIT_WFE) core.reset(0, el, RAM + ((random() % 65536) & ~3))
  }
}

for (const model of CPU_MODELS) {
  for (const el of [1, 2]) {
    test(`random code at EL${el} of a ${model} ends every slice and reaches no host code`, async () => {
      const core = await machine(model, el === 2)
      const random = random32(CPU_MODELS.indexOf(model) * 2 + el)
      for (let i = 0; i < 40; i++) round(core, el, random)
    })
  }
}

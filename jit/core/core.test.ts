/** The core's host side: options, saved state, memory as devices see it. */
import { expect, test } from 'bun:test'
import * as L from './assembly/layout.ts'
import { type Core, type CoreOptions, loadCore } from './index.ts'

const OPTIONS: CoreOptions = {
  ramBytes: 1 << 20,
  cpus: 2,
  model: 'cortex-a57',
  el2: false,
  gicv3: false,
  conduit: 'hvc',
  semihosting: false,
}
const RAM = 0x4000_0000

async function make(options: Partial<CoreOptions> = {}): Promise<Core> {
  const core = await loadCore({ ...OPTIONS, ...options })
  core.setRegions([
    { pa: RAM, bytes: OPTIONS.ramBytes, linear: L.RAM_BASE, read: true, write: true },
    { pa: 0, bytes: 4096, linear: L.FLASH_BASE, read: true, write: false },
  ])
  return core
}

test('options that cannot be met are refused, saying what can', async () => {
  for (const options of [
    { ramBytes: 0 },
    { ramBytes: 1000 },
    { ramBytes: 2 ** 32 },
    { ramBytes: Number.NaN },
    { cpus: 0 },
    { cpus: 9 },
    { cpus: 1.5 },
  ]) {
    expect(make(options)).rejects.toThrow(/Cannot make/)
  }
})

test('a device sees memory only where a whole range is, and writes only where that is allowed', async () => {
  const core = await make()
  expect(core.dmaWrite(RAM + OPTIONS.ramBytes - 4, new Uint8Array(4))).toBe(true)
  for (const pa of [RAM - 1, RAM + OPTIONS.ramBytes - 3, 2 ** 40, -4, Number.NaN, 0.5, 2 ** 53]) {
    expect(core.dmaWrite(pa, new Uint8Array(4))).toBe(false)
    expect(core.dmaRead(pa, 4)).toBeUndefined()
  }
  expect(core.dmaRead(RAM, -1)).toBeUndefined()
  expect(core.dmaRead(0, 4096)?.length).toBe(4096)
  expect(core.dmaWrite(0, new Uint8Array(4))).toBe(false)
})

test('saved state comes back, in a core of its own', async () => {
  const core = await make()
  core.reset(0, 1, RAM)
  core.setX(0, 5, 0x1234_5678_9abc_def0n)
  core.setFlags(0, 0xa000_0000)
  const other = await make()
  other.restore(core.save())
  expect(other.getX(0, 5)).toBe(0x1234_5678_9abc_def0n)
  expect(other.pstate(0)).toBe(core.pstate(0))
  expect(other.pc(0)).toBe(BigInt(RAM))
  expect(other.waitState(1)).toBe(L.WAIT_OFF)
})

const CPU = L.MACH_REGIONS
const hostile: [name: string, change: (saved: Uint8Array) => Uint8Array][] = [
  ['nothing', () => new Uint8Array()],
  ['a byte too few', (saved) => saved.slice(1)],
  ['an exception level that is not there', put(CPU + L.CPU_EL, 2)],
  ['an exception level beyond all', put(CPU + L.CPU_EL, 0xffff_ffff)],
  ['a stack pointer that is not there', put(CPU + L.CPU_SPSEL, 2)],
  ['a vCPU in no state', put(CPU + L.CPU_WAIT, 4)],
  ['a carry of 2', put(CPU + L.CPU_CF, 2)],
  ['a second vCPU at EL3', put(CPU + L.CPU_SYS_END + L.CPU_EL, 3)],
  ['a slice under way', put(L.MACH_LEFT, 5)],
  ['a last vCPU that is not there', put(L.MACH_LAST_CPU, 2)],
  ['a count no number holds', put(L.MACH_COUNT_END + 4, 0x20_0000)],
]

function put(at: number, value: number): (saved: Uint8Array) => Uint8Array {
  return (saved) => {
    new DataView(saved.buffer).setUint32(at, value, true)
    return saved
  }
}

for (const [name, change] of hostile) {
  test(`saved state with ${name} is refused`, async () => {
    const core = await make()
    core.reset(0, 1, RAM)
    expect(() => core.restore(change(core.save()))).toThrow(/Cannot restore/)
  })
}

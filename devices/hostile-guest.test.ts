/**
 * Guests that make the host work as hard as they can: whatever they do, the machine can be paused soon, and what it
 * keeps of their output is bounded. Flash and fw_cfg are in machine.test.ts, queues in virtio/.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCore } from '../jit/core/build.ts'
import { Assembler } from '../jit/isa/assembler.ts'
import { LOG_BYTES } from './console.ts'
import { Machine } from './index.ts'
import type { MachineSpec } from './spec.ts'

await buildCore()
setDefaultTimeout(30_000)

const folder = mkdtempSync(join(tmpdir(), 'kenix-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

function machine(program: string, spec: Partial<MachineSpec> = {}): Promise<Machine> {
  const assembler = new Assembler(0x4008_0000n)
  assembler.text(program)
  const path = join(folder, `kernel${files++}`)
  writeFileSync(path, assembler.finish())
  return Machine.create({ memory: '128M', ...spec, boot: { kernel: path } })
}

/** How long the host's event loop waits at the longest, in ms, and how long a pause takes. */
async function longestTurn(m: Machine): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  const run = m.run()
  await Bun.sleep(150)
  await m.pause()
  clearInterval(timer)
  longest = Math.max(longest, performance.now() - last)
  expect((await run).reason).toBe('paused')
  return longest
}

const SEMIHOSTING_WRITE = `
  movz x1, #0x4100, lsl #16
  mov x2, #1
  str x2, [x1]
  movz x3, #0x4200, lsl #16
  movz x4, #1, lsl #32
  stp x3, x4, [x1, #8]
loop:
  movz w0, #5
  movz x1, #0x4100, lsl #16
  hlt #0xf000
  b loop
`
/** Text that is longer than a call writes. */
const SEMIHOSTING_TEXT = `
  movz x1, #0x4100, lsl #16
  movz x2, #0x4102, lsl #16
  movz x3, #0x4141
fill:
  strh w3, [x1], #2
  cmp x1, x2
  b.ne fill
loop:
  movz w0, #4
  movz x1, #0x4100, lsl #16
  hlt #0xf000
  b loop
`
const PSCI = `
loop:
  movz w0, #0x8400, lsl #16
  hvc #0
  b loop
`
const RESETS = `
  movz w0, #0x8400, lsl #16
  movk w0, #9
  hvc #0
`
const CPU_ON_OFF = `
  movz x9, #0x4100, lsl #16
again:
  movz w0, #0xc400, lsl #16
  movk w0, #3
  mov x1, #1
  adr x2, second
  hvc #0
  b again
second:
  movz w0, #0x8400, lsl #16
  movk w0, #2
  hvc #0
`
const GICV3_REGISTERS = `
  mov x1, #7
  msr S3_0_C12_C12_5, x1
  isb
loop:
  mrs x0, S3_0_C12_C12_0
  msr S3_0_C12_C12_1, x0
  b loop
`
const UART_LOOPBACK = `
  movz x9, #0x900, lsl #16
  mov w1, #0x381
  str w1, [x9, #0x30]
loop:
  str w1, [x9]
  b loop
`
const UART_FLOOD = `
  movz x9, #0x900, lsl #16
  mov w1, #0x41
loop:
  str w1, [x9]
  b loop
`
/** The virtual timer's interrupt wakes the vCPU, which sets it to the next tick. */
const TIMER_STORM = `
  movz x9, #0x800, lsl #16
  movz x10, #0x801, lsl #16
  mov w1, #1
  movz w2, #0x800, lsl #16
  mov w3, #0xff
  str w1, [x9]
  str w2, [x9, #0x100]
  str w3, [x10, #4]
  str w1, [x10]
  mov x1, #1
loop:
  mrs x0, cntvct_el0
  add x0, x0, #1
  msr cntv_cval_el0, x0
  msr cntv_ctl_el0, x1
  wfi
  b loop
`
const WFE_STORM = `
loop:
  sev
  wfe
  b loop
`

describe('the host gets its turn, and a pause is quick, while a guest', () => {
  test.each<[string, string, Partial<MachineSpec>]>([
    ['writes 4 GiB by semihosting', SEMIHOSTING_WRITE, { semihosting: true }],
    ['writes endless text by semihosting', SEMIHOSTING_TEXT, { semihosting: true }],
    ['calls PSCI all the time', PSCI, {}],
    ['resets itself all the time', RESETS, {}],
    ['starts and stops a vCPU all the time', CPU_ON_OFF, { cpus: 2 }],
    ['acknowledges interrupts all the time', GICV3_REGISTERS, { gic: 3 }],
    ['talks to itself at the serial port', UART_LOOPBACK, {}],
    ['floods the serial port', UART_FLOOD, {}],
    ['sets timers to the next tick', TIMER_STORM, {}],
    ['sets timers to the next tick, in host time', TIMER_STORM, { clock: 'realtime' }],
    ['wakes itself all the time', WFE_STORM, { cpus: 2 }],
  ])('%s', async (_, program, spec) => {
    await using m = await machine(program, spec)
    expect(await longestTurn(m)).toBeLessThan(500)
  })
})

describe('what the host keeps', () => {
  test('of a flood of output is the newest, up to a limit', async () => {
    await using m = await machine(UART_FLOOD)
    await m.run({ instructions: 2 * LOG_BYTES + 10_000 })
    const { offset, data } = m.console.log.slice()
    expect(data.length).toBeLessThanOrEqual(LOG_BYTES)
    expect(offset + data.length).toBe(m.console.log.end)
    expect(m.console.log.end).toBeGreaterThan(LOG_BYTES)
  })
})

import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCore } from '../jit/core/build.ts'
import { Assembler } from '../jit/isa/assembler.ts'
import { ExpectError, type InputRecord, Machine, StateError } from './index.ts'
import type { MachineSpec } from './spec.ts'

// Takes long after a change of the core's sources: longer than a test may.
await buildCore()

// Digests of RAM take a second on a machine that does much else.
setDefaultTimeout(30_000)

const folder = mkdtempSync(join(tmpdir(), 'kenix-machine-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** A file with a program, to be loaded at 0x40080000. */
function kernel(text: string): string {
  const assembler = new Assembler(0x4008_0000n)
  assembler.text(text)
  const path = join(folder, `kernel${files++}`)
  writeFileSync(path, assembler.finish())
  return path
}

function machine(
  program: string,
  spec: Partial<MachineSpec> = {},
  onInput?: (record: InputRecord) => void,
): Promise<Machine> {
  const options = onInput ? { onInput } : {}
  return Machine.create({ memory: '128M', ...spec, boot: { kernel: kernel(program) } }, options)
}

const UART = 'movz x9, #0x900, lsl #16'
const POWER_OFF = `
  movz x0, #0x8400, lsl #16
  movk x0, #8
  hvc #0
`
const PRINT_OK = `
  ${UART}
  mov w1, #0x4f
  str w1, [x9]
  mov w1, #0x4b
  str w1, [x9]
`
/** Prints what is typed, incremented, for ever; waits by polling. */
const ECHO = `
  ${UART}
loop:
  ldr w1, [x9, #0x18]
  tbnz w1, #4, loop
  ldr w1, [x9]
  add w1, w1, #1
  str w1, [x9]
  add x20, x20, x1
  str x20, [sp]
  b loop
`
const STACK = `
  movz x1, #0x4100, lsl #16
  mov sp, x1
`

describe('Machine', () => {
  test('runs a kernel to its power-off', async () => {
    await using m = await machine(PRINT_OK + POWER_OFF)
    expect(await m.run()).toEqual({ reason: 'poweroff', status: 0 })
    expect(m.console.text).toBe('OK')
    expect(m.instructions).toBe(8)
    expect(m.stats()).toMatchObject({ instructions: 8, exit: 'poweroff' })
    // It stays off.
    expect(await m.run()).toEqual({ reason: 'poweroff', status: 0 })
    expect(m.instructions).toBe(8)
  })

  test('expect ends at the instruction that wrote the match, and what follows comes after', async () => {
    await using m = await machine(PRINT_OK + POWER_OFF)
    const { text } = await m.expect('O')
    expect(text).toBe('O')
    expect(m.instructions).toBe(3)
    await m.expect('K')
    expect(m.instructions).toBe(5)
  })

  test('expect fails at once if the guest ends, or prints what it must not', async () => {
    await using m = await machine(PRINT_OK + POWER_OFF)
    await expect(m.expect('never')).rejects.toThrow('the machine stopped: poweroff')
    await using n = await machine(PRINT_OK + POWER_OFF)
    await expect(n.expect('never', { failOn: /K/ })).rejects.toThrow('"K" came first')
    await using o = await machine('loop: b loop')
    await expect(o.expect('never', { timeoutMs: 20 })).rejects.toThrow(ExpectError)
  })

  test.each([
    ['WFI', 'loop: wfi\n b loop'],
    ['WFE', 'loop: wfe\n b loop'],
    ['CPU_OFF', 'movz x0, #0x8400, lsl #16\n movk x0, #2\n hvc #0'],
  ])('is halted if all vCPUs wait for good, by %s', async (_, program) => {
    await using m = await machine(program)
    expect(await m.run()).toEqual({ reason: 'halted', status: 3 })
    await using n = await machine(program, { clock: 'realtime' })
    expect(await n.run()).toEqual({ reason: 'halted', status: 3 })
  })

  test('ends with the status that semihosting gives', async () => {
    const program = `
      ${STACK}
      movz x2, #0x26
      movk x2, #2, lsl #16
      mov x3, #42
      stp x2, x3, [sp]
      mov x1, sp
      mov w0, #0x18
      hlt #0xf000
    `
    await using m = await machine(program, { semihosting: true })
    expect(await m.run()).toEqual({ reason: 'semihosting', status: 42 })
  })

  test('limits end a run exactly', async () => {
    await using m = await machine('loop: b loop')
    expect(await m.run({ instructions: 12_345 })).toEqual({ reason: 'instructions', status: 0 })
    expect(m.instructions).toBe(12_345)
    expect((await m.run({ untilNs: 200_000 })).reason).toBe('time')
    expect(m.timeNs).toBe(200_000)
    expect((await m.run({ timeoutMs: 10 })).reason).toBe('timeout')
  })

  test('a run can be paused, and only one can be under way', async () => {
    await using m = await machine('loop: b loop')
    const run = m.run()
    expect(() => m.run()).toThrow('running already')
    await expect(m.save(folder)).rejects.toThrow('pause it')
    await m.pause()
    expect((await run).reason).toBe('paused')
    expect(m.isRunning).toBe(false)
  })

  test('a reset by the guest starts it anew, or ends the run', async () => {
    const program = `${PRINT_OK}
      movz x0, #0x8400, lsl #16
      movk x0, #9
      hvc #0
    `
    await using m = await machine(program)
    await m.expect('OKOKOK')
    await using n = await machine(program, { noReboot: true })
    expect(await n.run()).toEqual({ reason: 'reset', status: 0 })
    n.reset()
    await n.expect('OKOK')
  })

  test('memory and registers can be read and written', async () => {
    await using m = await machine(ECHO)
    m.writeMemory(0x4200_0000, Uint8Array.of(1, 2, 3))
    expect([...m.readMemory(0x4200_0000, 3)]).toEqual([1, 2, 3])
    expect(m.registers().pc).toBe(0x4008_0000n)
    expect(m.registers().el).toBe(1)
    expect(() => m.readMemory(0x3000_0000, 4)).toThrow('no memory')
    expect(() => m.writeMemory(0x47ff_fffe, new Uint8Array(4))).toThrow('no memory')
    expect(() => m.registers(1)).toThrow('There is no vCPU 1')
  })

  test('an access to nothing is an external abort for the guest', async () => {
    const program = `
      adr x0, vectors
      msr vbar_el1, x0
      isb
      movz x1, #0xb00, lsl #16
      ldr w2, [x1]
      .balign 2048
      vectors: nop
      .balign 512
      mrs x20, esr_el1
      mrs x21, far_el1
      ${POWER_OFF}
    `
    await using m = await machine(program)
    expect((await m.run({ instructions: 1000 })).reason).toBe('poweroff')
    const { x } = m.registers()
    // Data abort from the same EL, synchronous external abort.
    expect(x[20]! >> 26n).toBe(0x25n)
    expect(x[20]! & 0x3fn).toBe(0x10n)
    expect(x[21]).toBe(0x0b00_0000n)
  })
})

describe('a guest that makes the host work hard', () => {
  const MODE_CHANGES = `
    mov w1, #0x70
    mov w2, #0xff
  loop:
    str w1, [x9]
    str w2, [x9]
    b loop
  `
  const ERASES = `
    movz x0, #0x400, lsl #16
    mov w1, #0x20
    mov w2, #0xd0
  loop:
    str w1, [x0]
    str w2, [x0]
    b loop
  `
  // fw_cfg copies 64 MiB of zeros for each store.
  const COPIES = `
    movz x0, #0x4100, lsl #16
    movz w4, #0x0200, lsl #16
    mov w1, #4
    str w1, [x0, #4]
    str wzr, [x0, #8]
    mov w1, #0x42
    str w1, [x0, #12]
    movz x2, #0x902, lsl #16
    mov w3, #0x41
  loop:
    str w4, [x0]
    str wzr, [x2, #0x10]
    str w3, [x2, #0x14]
    b loop
  `
  test.each([
    ['changes of flash modes', MODE_CHANGES],
    ['flash erases', ERASES],
    ['fw_cfg copies', COPIES],
  ])('by %s can be paused soon', async (_, program) => {
    await using m = await machine(program)
    const run = m.run()
    const start = performance.now()
    await Bun.sleep(20)
    await m.pause()
    await run
    expect(performance.now() - start).toBeLessThan(700)
  })
})

describe('determinism', () => {
  async function play(m: Machine): Promise<string> {
    await m.run({ instructions: 1000 })
    m.type('abc')
    await m.expect('bcd')
    m.type('xyz')
    await m.expect('{')
    await m.run({ instructions: 777 })
    return `${m.instructions} ${m.timeNs} ${await m.ramDigest()}`
  }

  test('two runs with the same inputs end alike', async () => {
    await using a = await machine(STACK + ECHO)
    await using b = await machine(STACK + ECHO)
    expect(await play(a)).toBe(await play(b))
  })

  test('a run is repeated by its input log', async () => {
    const log: InputRecord[] = []
    await using a = await machine(STACK + ECHO, {}, (record) => log.push(record))
    const end = await play(a)
    await using b = await machine(STACK + ECHO)
    b.replay(log)
    await b.run({ instructions: a.instructions })
    expect(`${b.instructions} ${b.timeNs} ${await b.ramDigest()}`).toBe(end)
    expect(b.console.text).toBe(a.console.text)
  })

  test('a realtime run is repeated by its input log, clock included', async () => {
    const log: InputRecord[] = []
    const counting = `${STACK}
    loop:
      isb
      mrs x0, cntvct_el0
      add x1, x1, x0
      str x1, [sp]
      b loop
    `
    await using a = await machine(counting, { clock: 'realtime' }, (record) => log.push(record))
    // How often the clock is steered depends on the host: go on until it happened several times.
    while (log.length <= 3) await a.run({ timeoutMs: 60 })
    await using b = await machine(counting)
    b.replay(log)
    await b.run({ instructions: a.instructions })
    expect(b.registers().x[1]).toBe(a.registers().x[1]!)
  })

  test('two vCPUs are scheduled alike, however the run is cut', async () => {
    // The second vCPU is started; then both count in one place, with exclusives.
    const program = `${STACK}
      movz x0, #0xc400, lsl #16
      movk x0, #3
      mov x1, #1
      adr x2, count
      hvc #0
    count:
      movz x1, #0x4200, lsl #16
      mrs x5, mpidr_el1
      and x5, x5, #0xff
    loop:
      ldxr x3, [x1]
      add x3, x3, #1
      add x3, x3, x5
      stxr w4, x3, [x1]
      cbnz w4, loop
      b loop
    `
    await using a = await machine(program, { cpus: 2 })
    await using b = await machine(program, { cpus: 2 })
    await a.run({ instructions: 300_000 })
    for (let n = 0; n < 100; n++) await b.run({ instructions: 3000 })
    expect(b.instructions).toBe(a.instructions)
    expect(await b.ramDigest()).toBe(await a.ramDigest())
    expect(a.registers(1).x[5]).toBe(1n)
  })
})

describe('snapshots', () => {
  async function saved(): Promise<string> {
    const directory = join(folder, `snapshot${files++}`)
    await using m = await machine(STACK + ECHO)
    m.type('ab')
    await m.expect('bc')
    m.type('d')
    await m.save(directory)
    return directory
  }

  test('a restored machine continues as the saved one does', async () => {
    const directory = join(folder, `snapshot${files++}`)
    await using m = await machine(STACK + ECHO)
    m.type('ab')
    await m.expect('bc')
    m.type('waiting while it is saved')
    await m.save(directory)
    await using n = await Machine.restore(directory)
    for (const one of [m, n]) {
      await one.run({ instructions: 5000 })
      one.type('!')
      await one.expect('"')
    }
    expect(n.instructions).toBe(m.instructions)
    expect(n.timeNs).toBe(m.timeNs)
    expect(await n.ramDigest()).toBe(await m.ramDigest())
    expect(n.console.text).toBe(m.console.text)
  })

  test('restored machines share the file and nothing else', async () => {
    const directory = await saved()
    const before = readFileSync(join(directory, 'memory.bin')).subarray(-4096)
    await using a = await Machine.restore(directory)
    await using b = await Machine.restore(directory)
    a.writeMemory(0x47ff_f000, new Uint8Array(4096).fill(7))
    expect(b.readMemory(0x47ff_f000, 1)[0]).toBe(0)
    expect(readFileSync(join(directory, 'memory.bin')).subarray(-4096)).toEqual(before)
  })

  test('a restored machine can be saved over the snapshot that it has mapped', async () => {
    const directory = await saved()
    await using m = await Machine.restore(directory)
    await using other = await Machine.restore(directory)
    m.writeMemory(0x4200_0000, Uint8Array.of(1))
    await m.save(directory)
    m.type('!')
    await m.expect('"')
    await other.expect('e')
    expect(other.readMemory(0x4200_0000, 1)[0]).toBe(0)
    await using again = await Machine.restore(directory)
    expect(again.readMemory(0x4200_0000, 1)[0]).toBe(1)
  })

  test('an end is saved, too', async () => {
    const directory = join(folder, `snapshot${files++}`)
    await using m = await machine(POWER_OFF)
    await m.run()
    await m.save(directory)
    await using n = await Machine.restore(directory)
    expect(await n.run()).toEqual({ reason: 'poweroff', status: 0 })
  })

  type Change = (manifest: Record<string, never>) => void
  const edit =
    (path: string, value: unknown): Change =>
    (manifest) => {
      const keys = path.split('.')
      let object: Record<string, unknown> = manifest
      for (const key of keys.slice(0, -1)) object = object[key] as Record<string, unknown>
      object[keys.at(-1)!] = value
    }

  test.each<[string, Change, string]>([
    ['another format', edit('format', 'other'), 'it is not a kenix-snapshot'],
    ['a future version', edit('version', 2), 'its version is 2'],
    ['no configuration', edit('config', null), '"config" is missing'],
    ['a bad configuration', edit('config.cpus', 99), 'cpus'],
    ['other memory', edit('config.memory', 2 ** 28), '"memoryBytes" does not match'],
    ['no state', edit('state', 7), '"state" is missing'],
    ['short CPU state', edit('state.core', { $bytes: 'AAAA' }), '"core" does not fit'],
    ['bytes that are none', edit('state.core', { $bytes: '!!' }), 'no base64'],
    ['a missing device', edit('state.devices.pl011', undefined), '"pl011" is missing'],
    ['a device of another kind', edit('state.devices.pl011', 'x'), '"pl011" must be an object'],
    ['a future device', edit('state.devices.pl031.version', 9), 'version is 9'],
    ['a register out of range', edit('state.devices.pl011.imsc', -1), '"imsc" must be'],
    ['an unknown input', edit('state.inputs.waiting', [{ port: 'usb' }]), 'no input port "usb"'],
    ['an unknown end', edit('state.ended', { reason: 'x', status: 0 }), 'no end of a run'],
    ['a vCPU that is absent', edit('state.scheduler.current', 5), '"current" must be'],
    [
      'state that is too deep',
      edit('state.deep', JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`)),
      'too deeply',
    ],
  ])('a snapshot with %s is refused', async (_, change, problem) => {
    const directory = await saved()
    const path = join(directory, 'machine.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    change(manifest)
    writeFileSync(path, JSON.stringify(manifest))
    await expect(Machine.restore(directory)).rejects.toThrow(problem)
  })

  test('damaged files are refused', async () => {
    const directory = await saved()
    truncateSync(join(directory, 'memory.bin'), 5 << 20)
    await expect(Machine.restore(directory)).rejects.toThrow('has 5242880 bytes instead of')
    truncateSync(join(directory, 'machine.json'), 100)
    await expect(Machine.restore(directory)).rejects.toThrow(StateError)
    rmSync(join(directory, 'machine.json'))
    await expect(Machine.restore(directory)).rejects.toThrow('Cannot read')
  })

  test('the number of disks must stay', async () => {
    const directory = await saved()
    const disks = [{ file: 'x' }]
    await expect(Machine.restore(directory, { disks })).rejects.toThrow('with 1 disks: it has 0')
  })
})

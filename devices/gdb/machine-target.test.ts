import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { assemble } from '../../jit/isa/assemble.ts'
import type { Machine } from '../machine.ts'
import type { RunResult } from '../machine-types.ts'
import type { MachineSpec } from '../spec.ts'
import { fromHex, fromLittleEndian, littleEndian, textToHex, toHex } from './hex.ts'
import { TinyGuests } from './machine.fixture.ts'
import { MachineTarget } from './machine-target.ts'
import { PacketReader, packet } from './packet.ts'
import { GdbSession } from './session.ts'

/** Where the machines' code starts. */
const START = 0x4008_0000n
const COUNTER = ['mov x0, #0', 'add x0, x0, #1', 'add x2, x2, #1', 'b #-8']
const POWER_OFF = ['mov w0, #8', 'movk w0, #0x8400, lsl #16', 'hvc #0']
/** Starts the second vCPU behind the loop of the first. */
const TWO_LOOPS = [
  'mov x0, #3',
  'movk x0, #0xc400, lsl #16',
  'mov x1, #1',
  'adr x2, #16',
  'hvc #0',
  'add x5, x5, #1',
  'b #-4',
  'add x6, x6, #1',
  'add x7, x7, #1',
  'b #-8',
]

/** A debugger at a machine, without a network between. */
class Debugger {
  readonly session: GdbSession
  readonly target: MachineTarget
  running: Promise<RunResult>
  private readonly reader = new PacketReader()
  private readonly replies: string[] = []
  private waiting: ((reply: string) => void) | undefined

  constructor(readonly machine: Machine) {
    this.target = new MachineTarget(machine, () => void machine.pause())
    this.session = new GdbSession(this.target, {
      send: (bytes) => {
        for (const frame of this.reader.read(bytes)) {
          if (frame.kind === 'packet') this.take(String.fromCharCode(...frame.data))
        }
      },
      end() {},
    })
    this.running = machine.run()
  }

  /** Sends a packet; resolves to the reply to it. */
  async ask(text: string): Promise<string> {
    this.session.receive(packet(text))
    return this.reply()
  }

  async reply(): Promise<string> {
    const reply = this.replies.shift()
    if (reply !== undefined) return reply
    const { promise, resolve } = Promise.withResolvers<string>()
    this.waiting = resolve
    return promise
  }

  async interrupt(): Promise<string> {
    this.session.receive(Uint8Array.of(3))
    return this.reply()
  }

  async register(name: string): Promise<bigint> {
    const number = this.target.registers.findIndex((register) => register.name === name)
    return fromLittleEndian(fromHex(await this.ask(`p${number.toString(16)}`))!)
  }

  async setRegister(name: string, value: bigint): Promise<string> {
    const number = this.target.registers.findIndex((register) => register.name === name)
    const bytes = littleEndian(value, this.target.registers[number]!.bits / 8)
    return this.ask(`P${number.toString(16)}=${toHex(bytes)}`)
  }

  private take(reply: string): void {
    const waiting = this.waiting
    this.waiting = undefined
    if (waiting) waiting(reply)
    else this.replies.push(reply)
  }
}

const guests = new TinyGuests()
let gdb: Debugger
let machine: Machine

async function debug(lines: readonly string[], spec: Partial<MachineSpec> = {}): Promise<void> {
  machine = await guests.machine(lines, spec)
  gdb = new Debugger(machine)
}

const at = (offset: number) => START + BigInt(offset)
const hexAt = (offset: number) => at(offset).toString(16)

afterEach(() => machine.close())
afterAll(() => guests.remove())

describe('a debugged machine', () => {
  beforeEach(() => debug(COUNTER))

  test('is held from the moment a debugger attaches', async () => {
    await Bun.sleep(20)
    expect(machine.instructions).toBe(0)
    expect(await gdb.ask('?')).toBe('T05thread:01;')
    expect(await gdb.register('pc')).toBe(START)
  })

  test('executes one instruction a step', async () => {
    for (const [n, offset] of [4, 8, 12, 4, 8].entries()) {
      expect(await gdb.ask('vCont;s:1;c')).toBe('T05thread:01;')
      expect(machine.instructions).toBe(n + 1)
      expect(await gdb.register('pc')).toBe(at(offset))
    }
    expect(await gdb.register('x0')).toBe(2n)
  })

  test('stops before the instruction at a breakpoint, once for each time it is reached', async () => {
    await gdb.ask(`Z0,${hexAt(8)},4`)
    for (const n of [1n, 2n, 3n]) {
      expect(await gdb.ask('c')).toBe('T05thread:01;')
      expect(await gdb.register('pc')).toBe(at(8))
      expect(await gdb.register('x0')).toBe(n)
      expect(await gdb.register('x2')).toBe(n - 1n)
    }
  })

  test('goes past a breakpoint that it was put on by a step', async () => {
    await gdb.ask(`Z0,${hexAt(4)},4`)
    expect(await gdb.ask('s')).toBe('T05thread:01;')
    expect(await gdb.register('pc')).toBe(at(4))
    await gdb.ask('c')
    expect(await gdb.register('x0')).toBe(1n)
  })

  test('misses no breakpoint where a slice ends just before it', async () => {
    await machine.pause()
    await gdb.ask(`Z1,${hexAt(8)},4`)
    gdb.session.receive(packet('c'))
    // Two instructions lead to it: this run ends there, and the next one begins there.
    expect(await machine.run({ instructions: 2 })).toMatchObject({ reason: 'instructions' })
    gdb.running = machine.run()
    expect(await gdb.reply()).toBe('T05thread:01;')
    expect(machine.instructions).toBe(2)
  })

  test('never shows breakpoints in memory', async () => {
    const code = await gdb.ask(`m${hexAt(0)},10`)
    await gdb.ask(`Z0,${hexAt(8)},4`)
    await gdb.ask('c')
    expect(await gdb.ask(`m${hexAt(0)},10`)).toBe(code)
    expect(toHex(machine.readMemory(Number(START), 16))).toBe(code)
  })

  test('executes code that the debugger changed', async () => {
    await gdb.ask(`Z0,${hexAt(12)},4`)
    await gdb.ask('c')
    const code = littleEndian(BigInt(assemble('add x0, x0, #16') >>> 0), 4)
    expect(await gdb.ask(`M${hexAt(4)},4:${toHex(code)}`)).toBe('OK')
    await gdb.ask('c')
    expect(await gdb.register('x0')).toBe(17n)
  })

  test('goes on at the address, and with the registers, that were set', async () => {
    expect(await gdb.setRegister('x2', 100n)).toBe('OK')
    expect(await gdb.setRegister('pc', at(8))).toBe('OK')
    await gdb.ask('s')
    expect(await gdb.register('x2')).toBe(101n)
    expect(await gdb.register('x0')).toBe(BigInt(machine.registers().x[0]!))
    await gdb.ask(`s${hexAt(8)}`)
    expect(await gdb.register('x2')).toBe(102n)
  })

  test('is stopped by an interrupt, and stands still then', async () => {
    gdb.session.receive(packet('c'))
    await Bun.sleep(20)
    expect(await gdb.interrupt()).toBe('T02thread:01;')
    const { instructions, timeNs } = machine
    expect(instructions).toBeGreaterThan(0)
    await Bun.sleep(20)
    expect(machine.instructions).toBe(instructions)
    expect(machine.timeNs).toBe(timeNs)
  })

  test('runs on without breakpoints when the debugger is gone', async () => {
    await gdb.ask(`Z0,${hexAt(8)},4`)
    gdb.session.close()
    await Bun.sleep(20)
    expect(machine.instructions).toBeGreaterThan(100)
    expect(machine.isRunning).toBe(true)
  })

  test('can be paused, and its run can time out, while it is held', async () => {
    await machine.pause()
    expect(await gdb.running).toMatchObject({ reason: 'paused' })
    expect(await machine.run({ timeoutMs: 10 })).toMatchObject({ reason: 'timeout' })
    expect(machine.instructions).toBe(0)
  })

  test('has one debugger', () => {
    expect(() => new GdbSession(gdb.target, { send() {}, end() {} })).toThrow(
      'there is one already',
    )
  })

  test('is reset by "monitor reset", and held at its first instruction', async () => {
    for (const _ of COUNTER) await gdb.ask('s')
    expect(await gdb.ask(`qRcmd,${textToHex('reset')}`)).toStartWith(textToHex('Reset.'))
    expect(await gdb.register('pc')).toBe(START)
    expect(await gdb.register('x2')).toBe(0n)
  })

  test('answers monitor commands, and lists them for one it does not have', async () => {
    const text = async (line: string) =>
      new TextDecoder().decode(fromHex(await gdb.ask(`qRcmd,${textToHex(line)}`)))
    expect(await text('info  cpus ')).toBe(
      `vCPU 0: EL1, runs, pc 0x${START.toString(16).padStart(16, '0')}\n`,
    )
    expect(await text('info registers')).toMatch(/^VBAR_EL1 +0x0{16}$/m)
    expect(await text('info time')).toBe('0 instructions, 0 s\n')
    expect(await text('help')).toContain('powerdown')
    expect(await text('constructor')).toStartWith('There is no command "constructor": commands are')
  })
})

describe('registers of a machine', () => {
  beforeEach(() => debug(COUNTER))

  test('hold what was written', async () => {
    for (const [name, value] of [
      ['x30', 0xffff_ffff_ffff_ffffn],
      ['sp', 0x1234n],
      ['v31', (1n << 127n) | 5n],
      ['fpcr', 0x0340_0000n],
      ['fpsr', 0x0800_009fn],
    ] as const) {
      expect(await gdb.setRegister(name, value)).toBe('OK')
      expect(await gdb.register(name)).toBe(value)
    }
    // Bits that do not exist stay zero.
    await gdb.setRegister('fpcr', 0xffff_ffffn)
    expect(await gdb.register('fpcr')).toBe(0x07c0_0000n)
  })

  test('come all at once as they come one by one', async () => {
    await gdb.setRegister('x3', 7n)
    const all = await gdb.ask('g')
    expect(all).toHaveLength(2 * (33 * 8 + 4 + 32 * 16 + 8))
    expect(await gdb.ask(`G${all}`)).toBe('OK')
    expect(await gdb.ask('g')).toBe(all)
  })

  test('let flags and interrupt masks be set, but no exception level', async () => {
    const pstate = await gdb.register('cpsr')
    expect(pstate & 0xfn).toBe(5n)
    expect(await gdb.setRegister('cpsr', 0xa000_0085n)).toBe('OK')
    expect(machine.registers().pstate).toBe(0xa000_0085)
    expect(await gdb.setRegister('cpsr', 0xa000_0080n)).toBe('E22')
    expect(await gdb.setRegister('cpsr', 0xa020_0085n)).toBe('E22')
    expect(machine.registers().pstate).toBe(0xa000_0085)
  })

  test('of the system are read only, and know the stack pointer in use', async () => {
    await gdb.setRegister('sp', 0x4000_1000n)
    expect(await gdb.register('SP_EL1')).toBe(0x4000_1000n)
    expect(await gdb.register('SP_EL0')).toBe(0n)
    expect(await gdb.register('MIDR_EL1')).toBe(0x411f_d070n)
    expect(await gdb.setRegister('VBAR_EL1', 0n)).toBe('E22')
  })

  test('are described in the numbers that packets use', () => {
    const { description, registers } = gdb.target
    const numbers = [...description.matchAll(/<reg name="(\w+)" .*regnum="(\d+)"/g)]
    expect(numbers.map(([, name]) => name)).toEqual(registers.map(({ name }) => name))
    expect(numbers.map(([, , number]) => Number(number))).toEqual([...registers.keys()])
    expect(description).not.toContain('_EL2')
  })
})

describe('memory of a machine', () => {
  beforeEach(() => debug(COUNTER))

  test('is RAM, and flash to be read', async () => {
    expect(await gdb.ask('M40000000,4:01020304')).toBe('OK')
    expect(await gdb.ask('m40000000,4')).toBe('01020304')
    expect(await gdb.ask('m0,4')).toBe('00000000')
    expect(await gdb.ask('M0,4:01020304')).toBe('E14')
  })

  test('ends where RAM ends', async () => {
    expect(await gdb.ask('m47fffffc,8')).toBe('00000000')
    expect(await gdb.ask('M47fffffc,8:0102030405060708')).toBe('E14')
    expect(await gdb.ask('m47fffffc,4')).toBe('00000000')
  })

  test.each(['9000000', '48000000', '8000000000000000', 'ffffffffffffffff'])(
    'is not at 0x%s',
    async (address) => {
      expect(await gdb.ask(`m${address},4`)).toBe('E14')
      expect(await gdb.ask(`M${address},1:00`)).toBe('E14')
    },
  )
})

describe('several vCPUs', () => {
  beforeEach(() => debug(TWO_LOOPS, { cpus: 2 }))

  const bothRun = async () => {
    await gdb.ask(`Z0,${hexAt(28)},4`)
    await gdb.ask('c')
    await gdb.ask(`z0,${hexAt(28)},4`)
  }
  const counters = () => [machine.registers(0).x[5]!, machine.registers(1).x[6]!]

  test('stop together, and the one that reached the breakpoint is told', async () => {
    await gdb.ask(`Z0,${hexAt(32)},4`)
    expect(await gdb.ask('c')).toBe('T05thread:02;')
    expect(await gdb.register('pc')).toBe(at(32))
    const count = machine.instructions
    await Bun.sleep(20)
    expect(machine.instructions).toBe(count)
  })

  test('are stepped one at a time', async () => {
    await bothRun()
    const [first, second] = counters()
    expect(await gdb.ask('vCont;s:2;c')).toBe('T05thread:02;')
    expect(counters()).toEqual([first!, second! + 1n])
    const count = machine.instructions
    expect(await gdb.ask('vCont;s:1;c')).toBe('T05thread:01;')
    expect(machine.instructions).toBe(count + 1)
    expect(counters()[1]).toBe(second! + 1n)
  })

  test('run alone if only one is let go on', async () => {
    await bothRun()
    const [first, second] = counters()
    gdb.session.receive(packet('vCont;c:1'))
    await Bun.sleep(20)
    await gdb.interrupt()
    expect(counters()[0]).toBeGreaterThan(first! + 100n)
    expect(counters()[1]).toBe(second!)
  })

  test('have registers of their own', async () => {
    await bothRun()
    await gdb.ask('Hg1')
    expect(await gdb.register('pc')).not.toBe(at(28))
    await gdb.ask('Hg2')
    expect(await gdb.register('pc')).toBe(at(28))
  })

  test('that are off say so, and let others run when stepped', async () => {
    expect(await gdb.ask('qThreadExtraInfo,2')).toBe(textToHex('vCPU 1: off'))
    expect(await gdb.ask('vCont;s:2')).toBe('T05thread:02;')
    expect(await gdb.register('pc')).toBe(at(32))
  })
})

describe('a guest that idles', () => {
  // With a timer that is due in hours, WFE lets time jump on and on.
  const IDLE = [
    'mov x0, #0x10000000000',
    'msr cntv_cval_el0, x0',
    'mov x0, #1',
    'msr cntv_ctl_el0, x0',
    'wfe',
    'b #-4',
  ]

  test.each(['virtual', 'realtime'] as const)('in %s time is interrupted', async (clock) => {
    await debug(IDLE, { clock })
    gdb.session.receive(packet('c'))
    await Bun.sleep(30)
    expect(await gdb.interrupt()).toBe('T02thread:01;')
    expect(machine.instructions).toBeGreaterThan(4)
  })
})

describe('interrupts', () => {
  // Sends itself SGI 0 through the GICv2, then unmasks interrupts. The vectors are at 0x40100000.
  const INTERRUPTED = [
    'mov x4, #0x40100000',
    'msr vbar_el1, x4',
    'mov x1, #0x8000000',
    'mov x2, #0x8010000',
    'mov w0, #1',
    'str w0, [x1]',
    'str w0, [x2]',
    'mov w3, #255',
    'str w3, [x2, #4]',
    'mov w5, #0x2000000',
    'str w5, [x1, #0xf00]',
    'msr daifclr, #2',
    'b #0',
  ]
  const UNMASK = 11 * 4
  const VECTOR = 0x4010_0280n

  beforeEach(async () => {
    await debug(INTERRUPTED)
    await gdb.ask(`Z0,${hexAt(UNMASK)},4`)
    await gdb.ask(`Z1,${VECTOR.toString(16)},4`)
    await gdb.ask('c')
    expect(await gdb.register('pc')).toBe(at(UNMASK))
  })

  test('that are taken before the first instruction stop at a breakpoint on the vector', async () => {
    // Pending, and unmasked by the debugger.
    await gdb.setRegister('cpsr', (await gdb.register('cpsr')) & ~0x80n)
    const { instructions } = machine
    expect(await gdb.ask('c')).toBe('T05thread:01;')
    expect(await gdb.register('pc')).toBe(VECTOR)
    expect(await gdb.register('ELR_EL1')).toBe(at(UNMASK))
    expect(machine.instructions).toBe(instructions)
  })

  test('that are taken at the end of a step leave it at the vector', async () => {
    expect(await gdb.ask('s')).toBe('T05thread:01;')
    expect(await gdb.register('pc')).toBe(VECTOR)
    expect(await gdb.register('ELR_EL1')).toBe(at(UNMASK + 4))
  })
})

describe('repeatable runs', () => {
  const digest = async (debugged: boolean) => {
    await debug(COUNTER)
    if (debugged) {
      await gdb.ask(`Z0,${hexAt(8)},4`)
      for (let n = 0; n < 5; n++) await gdb.ask('c')
      for (let n = 0; n < 5; n++) await gdb.ask('s')
    }
    gdb.session.close()
    await machine.pause()
    await machine.run({ instructions: 100_000 - machine.instructions })
    const { x, pc } = machine.registers()
    const state = { x, pc, count: machine.instructions, timeNs: machine.timeNs }
    await machine.close()
    return state
  }

  test('are not changed by stops and steps', async () => {
    expect(await digest(true)).toEqual(await digest(false))
  })
})

describe('a guest that ends', () => {
  test('by powering off is told with its status', async () => {
    await debug(POWER_OFF)
    expect(await gdb.ask('c')).toBe('W00')
    expect(await gdb.running).toEqual({ reason: 'poweroff', status: 0 })
  })

  test('by waiting for good is held once, to be looked at', async () => {
    await debug(['msr daifset, #15', 'wfi', 'b #-4'])
    expect(await gdb.ask('c')).toStartWith(`O${textToHex('All vCPUs wait')}`)
    expect(await gdb.reply()).toBe('T02thread:01;')
    expect(await gdb.ask('qThreadExtraInfo,1')).toBe(
      textToHex('vCPU 0: EL1, waits for an interrupt'),
    )
    expect(await gdb.ask('c')).toBe('W03')
    expect(await gdb.running).toMatchObject({ reason: 'halted' })
  })

  test('by "monitor quit" is paused, unless its owner does more', async () => {
    await debug(COUNTER)
    expect(await gdb.ask(`qRcmd,${textToHex('quit')}`)).toBe('OK')
    expect(await gdb.running).toMatchObject({ reason: 'paused' })
  })
})

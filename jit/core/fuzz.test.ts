import { describe, expect, test } from 'bun:test'
import { type Row, rows } from '../isa/rows.ts'
import { random32, randomWord } from '../isa/testing.ts'
import { EXIT_BUDGET, LINE_FIQ, LINE_IRQ, LINE_SERROR } from './assembly/layout.ts'
import { CPU_MODELS, type CpuModel, loadCore } from './index.ts'

/**
 * Guests without sense: memory full of instructions of every kind, system registers with random values, devices that
 * fail at random. Whatever they do, the core neither throws nor runs longer than it may.
 */
const RAM = 0x4000_0000
const RAM_BYTES = 0x8_0000
const SLICE = 1000

const byGroup = (group: string) => rows.filter((row) => row.group === group)
const KINDS: readonly (readonly Row[])[] = [
  byGroup('int'),
  byGroup('int'),
  byGroup('branch'),
  byGroup('ldst'),
  byGroup('ldst'),
  byGroup('fpldst'),
  [...byGroup('fp'), ...byGroup('simd'), ...byGroup('crypto')],
  byGroup('system'),
  rows.filter(({ id }) => id === 'MSR_reg' || id === 'MRS' || id === 'SYS'),
]

/** CRn:CRm of op0 3 where most system registers are. */
function systemWord(word: number, random: () => number): number {
  if ((word & 0xffc0_0000) >>> 0 !== 0xd500_0000 || random() & 1) return word
  const crn = [1, 2, 4, 5, 6, 7, 8, 10, 12, 13, 14][random() % 11]!
  const op1 = [0, 3, 4, 5][random() % 4]!
  const crm = random() % 4
  return (
    ((word & 0xfff8_001f) | (op1 << 16) | (crn << 12) | (crm << 8) | ((random() % 4) << 5)) >>> 0
  )
}

async function runNonsense(model: CpuModel, el2: boolean, seed: number): Promise<number> {
  const random = random32(seed)
  const core = await loadCore({
    ramBytes: RAM_BYTES,
    cpus: 2,
    model,
    el2,
    gicv3: true,
    conduit: 'smc',
    semihosting: true,
  })
  core.setRegions([
    { pa: RAM, bytes: RAM_BYTES, linear: core.ram.byteOffset, read: true, write: true },
  ])
  const fail = () => {
    if (random() % 4 === 0) core.ioFault()
  }
  core.host = {
    mmioRead: () => {
      fail()
      core.ioHigh = random()
      return random()
    },
    mmioWrite: fail,
    sysregRead: () => {
      fail()
      return random()
    },
    sysregWrite: fail,
    call: () => (random() & 1) === 1,
    timerLine: (cpu, _timer, level) => core.setLine(cpu, LINE_IRQ, level),
  }
  const memory = new Uint32Array(core.ram.buffer, core.ram.byteOffset, RAM_BYTES / 4)
  for (let i = 0; i < memory.length; i++) {
    const kind = KINDS[random() % KINDS.length]!
    memory[i] = systemWord(randomWord(kind[random() % kind.length]!, random), random)
  }
  core.flushAll()
  const restart = (cpu: number) => {
    core.reset(cpu, el2 && random() & 1 ? 2 : 1, RAM + (random() % (RAM_BYTES / 4)) * 4)
    for (let n = 0; n < 31; n++) {
      const near = BigInt(RAM + (random() % RAM_BYTES))
      core.setX(cpu, n, random() % 4 ? near : (BigInt(random()) << 32n) | BigInt(random()))
    }
  }
  let slices = 0
  for (; slices < 300; slices++) {
    const cpu = slices & 1
    if (slices % 6 < 2) restart(cpu)
    core.setLine(cpu, [LINE_IRQ, LINE_FIQ, LINE_SERROR][random() % 3]!, (random() & 1) === 1)
    core.timersDue()
    const before = core.count
    const reason = core.run(cpu, SLICE)
    const used = core.count - before
    expect(used).toBeLessThanOrEqual(SLICE)
    if (reason === EXIT_BUDGET) expect(used).toBe(SLICE)
    core.wake(cpu)
    core.nudge(cpu)
    core.nextTimerNs()
    core.translate(cpu, BigInt(RAM))
  }
  return slices
}

describe('a guest without sense', () => {
  for (const model of CPU_MODELS) {
    for (const el2 of [false, true]) {
      test(`does the core no harm (${model}${el2 ? ', EL2' : ''})`, async () => {
        expect(await runNonsense(model, el2, model.length * 2 + Number(el2) + 1)).toBe(300)
      })
    }
  }
})

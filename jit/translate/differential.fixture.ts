/**
 * Help for this folder's tests: the same guest code on an interpreting core and on one that translates whatever it reaches,
 * started from the same random state and compared in all registers, flags, FPSR and memory.
 */

import * as L from '../core/assembly/layout.ts'
import { type Core, loadCore } from '../core/index.ts'
import { Assembler } from '../isa/assembler.ts'
import { type Row, rowById } from '../isa/rows.ts'
import { random32, randomWord } from '../isa/testing.ts'
import { Translator } from './translator.ts'

const RAM = 0x4000_0000
const RAM_BYTES = 0x40_0000
/** Where X29 points: the middle of memory that loads and stores reach. */
const DATA = 0x20_0000
const DATA_BYTES = 0x4_0000
const HALT = 0xd45e_0000

/** A translation table of one entry for all of RAM. */
const TABLE = 0x3f_0000
/** Lets FP execute, halts at exceptions, turns the MMU on: RAM is normal memory, so that accesses may be unaligned. */
const PREPARE = new Assembler(BigInt(RAM + 0x800))
  .text(`
    mov x0, #0x300000
    msr cpacr_el1, x0
    mov x0, #0x40000000
    msr vbar_el1, x0
    mov x0, #0xff
    msr mair_el1, x0
    movz x0, #0x3519
    movk x0, #0x80, lsl #16
    movk x0, #1, lsl #32
    msr tcr_el1, x0
    movz x0, #${(RAM + TABLE) >>> 16}, lsl #16
    msr ttbr0_el1, x0
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    hlt #0xf000
  `)
  .finish()

/** Loop counter, base of memory accesses and index of theirs: not to be written by what is tested. */
const COUNTER = 28
const BASE = 29
const INDEX = 27

const DOUBLES = [
  0n,
  1n,
  0x000f_ffff_ffff_ffffn,
  0x0010_0000_0000_0000n,
  0x0010_0000_0000_0001n,
  0x3ff0_0000_0000_0000n,
  0x3ff0_0000_0000_0001n,
  0x3fe0_0000_0000_0000n,
  0x3ff8_0000_0000_0000n,
  0x4340_0000_0000_0000n,
  0x43e0_0000_0000_0000n,
  0x43df_ffff_ffff_ffffn,
  0x41e0_0000_0000_0000n,
  0x41df_ffff_ffc0_0000n,
  0x43f0_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0000n,
  0x7ff0_0000_0000_0001n,
  0x7ff8_0000_0000_0000n,
  0x7ff8_0000_dead_beefn,
  0x36a0_0000_0000_0000n,
  0x3810_0000_0000_0000n,
  0x47ef_ffff_e000_0000n,
  0x4008_0000_0000_0000n,
  0x3fb9_9999_9999_999an,
  0x4059_0000_0000_0000n,
] as const
const SINGLES = [
  0n,
  1n,
  0x007f_ffffn,
  0x0080_0000n,
  0x0080_0001n,
  0x3f80_0000n,
  0x3f80_0001n,
  0x3f00_0000n,
  0x3fc0_0000n,
  0x4b80_0000n,
  0x5f00_0000n,
  0x4f00_0000n,
  0x4eff_ffffn,
  0x7f7f_ffffn,
  0x7f80_0000n,
  0x7f80_0001n,
  0x7fc0_0000n,
  0x7fc0_beefn,
  0x4040_0000n,
  0x3dcc_cccdn,
  0x42c8_0000n,
  0x3400_0000n,
] as const

export interface Case {
  words: number[]
  /** Initial FPSR and FPCR. */
  fpsr: number
  fpcr: number
}

export class Pair {
  readonly #cores: readonly [Core, Core]
  readonly #halted: [boolean, boolean] = [false, false]
  readonly translator: Translator
  #at = 0x1000

  private constructor(
    interpreting: Core,
    translating: Core,
    readonly random: () => number,
  ) {
    this.#cores = [interpreting, translating]
    this.translator = new Translator(translating, {
      threshold: 1,
      samplePeriod: 1,
      intervalMs: 0,
    })
    this.#cores.forEach((core, i) => {
      core.setRegions([
        { pa: RAM, bytes: RAM_BYTES, linear: core.ram.byteOffset, read: true, write: true },
      ])
      core.host = {
        ...core.host,
        call: () => {
          this.#halted[i as 0 | 1] = true
          core.requestExit()
          return true
        },
      }
    })
  }

  static async make(seed: number): Promise<Pair> {
    const options = {
      ramBytes: RAM_BYTES,
      cpus: 1,
      model: 'max',
      el2: false,
      gicv3: false,
      conduit: 'none',
      semihosting: true,
    } as const
    return new Pair(await loadCore(options), await loadCore(options), random32(seed))
  }

  /** A value that is special in one of the ways that matter here. */
  #value(): bigint {
    const { random } = this
    const any = (BigInt(random()) << 32n) | BigInt(random())
    const sign = random() & 1 ? 0x8000_0000_0000_0000n : 0n
    const pick = <T>(list: readonly T[]): T => list[random() % list.length]!
    switch (random() % 8) {
      case 0:
        return any
      case 1:
        return pick(DOUBLES) | sign
      case 2:
        return ((pick(SINGLES) | (sign >> 32n)) << 32n) | pick(SINGLES)
      case 3:
        return pick(SINGLES) | (sign >> 32n)
      case 4:
        // Doubles of middling exponents, of few or of all bits.
        return (
          sign |
          (BigInt(1015 + (random() % 16)) << 52n) |
          (random() & 1 ? any >> 12n : (any >> 58n) << 46n)
        )
      case 5: {
        const single = () => (random() & 0x807f_ffff) | ((119 + (random() % 16)) << 23)
        return (BigInt(single() >>> 0) << 32n) | BigInt(single() >>> 0)
      }
      case 6:
        return any & 0xffn
    }
    return BigInt.asUintN(64, BigInt((random() % 2001) - 1000))
  }

  /** Runs `body`, a few times over, on both cores. @returns what differs afterwards, or undefined */
  run({ words, fpsr, fpcr }: Case): string | undefined {
    const { random } = this
    const before = this.#cores.map(({ count }) => count) as [number, number]
    const body = [
      ...words,
      0xf100_0400 | (COUNTER << 5) | COUNTER,
      0x5400_0001 | ((-(words.length + 1) & 0x7_ffff) << 5),
      HALT,
    ]
    const code = new Uint32Array(body.map((w) => w >>> 0))
    this.#at += 4 * body.length + 4 * (random() % 8)
    if (this.#at + 4096 > DATA - DATA_BYTES) throw new Error('No room for more cases')
    const pc = RAM + this.#at
    const state: bigint[] = []
    for (let i = 0; i < 96; i++) state.push(this.#value())
    state[COUNTER] = 4n
    state[BASE] = BigInt(RAM + DATA + (random() % 64))
    state[INDEX] = BigInt(random() % 256)
    const flags = random() & 15
    const data = new Uint8Array(DATA_BYTES)
    const chunk = new DataView(data.buffer)
    for (let i = 0; i < 4096; i += 8)
      chunk.setBigUint64(DATA_BYTES / 2 - 2048 + i, this.#value(), true)
    this.#cores.forEach((core, i) => {
      const view = new DataView(core.memory.buffer)
      core.dmaWrite(pc, new Uint8Array(code.buffer))
      core.dmaWrite(RAM + DATA - DATA_BYTES / 2, data)
      core.reset(0, 1, pc)
      // Every exception halts.
      core.dmaWrite(RAM, new Uint8Array(new Uint32Array(0x200).fill(HALT).buffer))
      this.#prepare(core, pc, i as 0 | 1)
      for (let n = 0; n < 31; n++) core.setX(0, n, state[n]!)
      view.setBigUint64(L.CPU_BASE + L.CPU_X + 31 * 8, BigInt(RAM + DATA), true)
      for (let n = 0; n < 64; n++)
        view.setBigUint64(L.CPU_BASE + L.CPU_V + 8 * n, state[32 + n]!, true)
      view.setUint32(L.CPU_BASE + L.CPU_FPSR, fpsr, true)
      view.setUint32(L.CPU_BASE + L.CPU_FPCR, fpcr, true)
      view.setBigUint64(L.CPU_BASE + L.CPU_NF, flags & 8 ? 1n << 63n : 0n, true)
      view.setBigUint64(L.CPU_BASE + L.CPU_ZF, flags & 4 ? 0n : 1n, true)
      view.setUint32(L.CPU_BASE + L.CPU_CF, (flags >> 1) & 1, true)
      view.setUint32(L.CPU_BASE + L.CPU_VF, flags & 1, true)
      this.#go(core, i as 0 | 1)
    })
    return this.#difference(before)
  }

  #prepare(core: Core, pc: number, i: 0 | 1): void {
    const at = RAM + 0x800
    core.dmaWrite(RAM + TABLE + 8, new Uint8Array(new Uint32Array([RAM | 0x701, 0]).buffer))
    core.dmaWrite(at, PREPARE)
    core.setPc(0, BigInt(at))
    this.#go(core, i)
    core.setPc(0, BigInt(pc))
  }

  #go(core: Core, i: 0 | 1): void {
    this.#halted[i] = false
    for (let slices = 0; !this.#halted[i]; slices++) {
      if (slices > 100) throw new Error(`The guest does not halt: PC ${core.pc(0).toString(16)}`)
      core.run(0, 1000)
    }
  }

  #difference(before: readonly [number, number]): string | undefined {
    const [a, b] = this.#cores.map((core) => new DataView(core.memory.buffer)) as [
      DataView,
      DataView,
    ]
    const field64 = (name: string, offset: number) => {
      const [x, y] = [
        a.getBigUint64(L.CPU_BASE + offset, true),
        b.getBigUint64(L.CPU_BASE + offset, true),
      ]
      return x === y ? undefined : `${name} is ${y.toString(16)}, not ${x.toString(16)}`
    }
    for (let n = 0; n < 32; n++) {
      const found =
        field64(`X${n}`, L.CPU_X + 8 * n) ??
        field64(`V${n} low`, L.CPU_V + 16 * n) ??
        field64(`V${n} high`, L.CPU_V + 16 * n + 8)
      if (found) return found
    }
    const flags = (v: DataView) =>
      `${v.getBigUint64(L.CPU_BASE + L.CPU_NF, true) >> 63n}${Number(v.getBigUint64(L.CPU_BASE + L.CPU_ZF, true) === 0n)}${v.getUint32(L.CPU_BASE + L.CPU_CF, true)}${v.getUint32(L.CPU_BASE + L.CPU_VF, true)}`
    if (flags(a) !== flags(b)) return `NZCV is ${flags(b)}, not ${flags(a)}`
    const fpsr = (v: DataView) => v.getUint32(L.CPU_BASE + L.CPU_FPSR, true).toString(16)
    if (fpsr(a) !== fpsr(b)) return `FPSR is ${fpsr(b)}, not ${fpsr(a)}`
    const [first, second] = this.#cores
    const counts = [first.count - before[0], second.count - before[1]]
    if (counts[0] !== counts[1]) return `${counts[1]} instructions, not ${counts[0]}`
    const memory = this.#cores.map((core) => core.dmaRead(RAM + DATA - DATA_BYTES / 2, DATA_BYTES)!)
    if (Buffer.compare(memory[0]!, memory[1]!)) return 'memory differs'
    return undefined
  }
}

/** Rows that write a general register in bits 4:0. */
const TO_GENERAL = /^(FCVT.[SU]_s|FMOV_to_gp|FJCVTZS|SMOV|UMOV)/

/** A random word of a row that reads and writes nothing but what a `Pair` compares. */
export function harmlessWord(row: Row, random: () => number): number {
  for (;;) {
    let w = randomWord(row, random)
    if (row.group === 'fpldst') {
      const base = random() % 4 ? BASE : 31
      if (!row.id.endsWith('_lit')) w = (w & ~0x3e0) | (base << 5)
      if (row.id.endsWith('_reg')) w = (w & ~0x1f_0000) | (INDEX << 16)
      if (/^(LD|ST)[1-4].*_post$/.test(row.id) && random() & 1) w |= 31 << 16
      else if (/^(LD|ST)[1-4].*_post$/.test(row.id)) w = (w & ~0x1f_0000) | (INDEX << 16)
      if (row.id.endsWith('_lit')) w = (w & ~0x00ff_ffe0) | ((random() % 16) << 5)
    }
    if (TO_GENERAL.test(row.id) && (w & 31) > 26 && (w & 31) < 30) w ^= 16
    w >>>= 0
    if (row.matches(w) && !row.isUnpredictable(w)) return w
  }
}

/**
 * Differences for cases of every row: alone, and in a mix of other rows of the list, with IXC clear and set.
 * @returns texts that name the words
 */
export function findDifferences(pair: Pair, ids: readonly string[], cases: number): string[] {
  const { random } = pair
  const list = ids.map((id) => rowById(id))
  const found: string[] = []
  for (const row of list) {
    for (let i = 0; i < cases; i++) {
      const words = [harmlessWord(row, random)]
      const rows = [row]
      for (let n = i === 0 ? 0 : random() % 7; n > 0; n--) {
        const other = random() & 1 ? row : list[random() % list.length]!
        rows.push(other)
        words.push(harmlessWord(other, random))
      }
      const test = {
        words,
        fpsr: random() & 1 ? 16 : random() & 1 ? 0 : 0x0800_009f & random(),
        fpcr: 0,
      }
      const difference = pair.run(test)
      if (difference) {
        found.push(
          `${rows.map(({ id }) => id).join(' ')} [${words.map((w) => w.toString(16)).join(' ')}] fpsr ${test.fpsr.toString(16)}: ${difference}`,
        )
        if (found.length > 10) return found
      }
    }
  }
  return found
}

/**
 * Programs made at random to break translated code: loops in functions that call each other, faults in their middle, code
 * that patches itself, pages that change places under it, system calls, and interrupts at any instruction. Each is run by
 * the interpreter and by the translator, and both must end in the same state at the same count, with the same accesses to
 * the device at the same counts.
 *
 * `bun run fuzz:translator [SEED [HOW_MANY]]` goes on with seeds from SEED on.
 */
import { LINE_IRQ } from '../core/assembly/layout.ts'
import { Guest, MMIO, RAM } from '../core/guest.fixture.ts'
import { random32 } from '../isa/testing.ts'
import { type TranslateMode, translate } from './index.ts'

/** Data pages: each may be swapped with its neighbour; the one after the last is not mapped. */
const DATA = RAM + 0x10_0000
const DATA_PAGES = 4
const TABLE = RAM + 0x1_0000 + 8192
const STACK = RAM + 0x20_0000 - 0x1000
const FUNCTIONS = 6
const MAX_COUNT = 400_000

/** The program of a seed, as assembly text for `Guest`. */
export function program(seed: number, mapped: string): string {
  const random = random32(seed)
  const below = (n: number) => random() % n
  const pick = <T>(...values: T[]): T => values[below(values.length)]!
  let labels = 0
  const label = () => `l${labels++}`
  const work = () => `x${below(15)}`
  const work32 = () => `w${below(15)}`

  const alu = (): string => {
    const [d, a, b] = [work(), work(), work()]
    return pick(
      `add ${d}, ${a}, ${b}`,
      `sub ${d}, ${a}, #${below(4096)}`,
      `adds ${d}, ${a}, ${b}, lsl #${below(64)}`,
      `subs ${d}, ${a}, ${b}`,
      `subs ${work32()}, ${work32()}, ${work32()}`,
      `ands ${d}, ${a}, ${b}, ror #${below(64)}`,
      `bic ${d}, ${a}, ${b}`,
      `eor ${work32()}, ${work32()}, ${work32()}, lsr #${below(32)}`,
      `madd ${d}, ${a}, ${b}, ${work()}`,
      `umulh ${d}, ${a}, ${b}`,
      `smaddl ${d}, ${work32()}, ${work32()}, ${a}`,
      `udiv ${d}, ${a}, ${b}`,
      `sdiv ${work32()}, ${work32()}, ${work32()}`,
      `adcs ${d}, ${a}, ${b}`,
      `sbcs ${work32()}, ${work32()}, ${work32()}`,
      `csel ${d}, ${a}, ${b}, ${condition()}`,
      `csinc ${d}, ${a}, xzr, ${condition()}`,
      `ccmp ${a}, ${b}, #${below(16)}, ${condition()}`,
      `ccmp ${work32()}, #${below(32)}, #${below(16)}, ${condition()}`,
      `ccmn ${a}, #${below(32)}, #${below(16)}, ${condition()}`,
      `ubfx ${d}, ${a}, #${below(32)}, #${1 + below(32)}`,
      `bfi ${d}, ${a}, #${1 + below(31)}, #${1 + below(32)}`,
      `extr ${d}, ${a}, ${b}, #${below(64)}`,
      `rev ${d}, ${a}`,
      `clz ${d}, ${a}`,
      `mrs ${d}, nzcv`,
      `fmov d${below(4)}, ${a}`,
      `fadd d${below(4)}, d${below(4)}, d${below(4)}`,
      `fmul s${below(4)}, s${below(4)}, s${below(4)}`,
      `add v${below(4)}.4s, v${below(4)}.4s, v${below(4)}.4s`,
      `fmov ${d}, d${below(4)}`,
    )
  }
  const condition = () =>
    pick('eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le')

  /** A data access; some are unaligned, cross pages, or fault. x19 is the data, x16 and x17 are scratch. */
  const access = (): string => {
    const at = below(20) === 0 ? DATA_PAGES * 4096 + below(64) : below(DATA_PAGES * 4096 - 64)
    const base = `mov x16, #${at}\nadd x16, x16, x19`
    const index = `and x17, ${work()}, #0xfff\nadd x16, x19, #${below(DATA_PAGES - 1)}, lsl #12`
    return pick(
      `${base}\nldr ${work()}, [x16]`,
      `${base}\nstr ${work()}, [x16], #8`,
      `${base}\nldrb ${work32()}, [x16, #1]!`,
      `${base}\nstrh ${work32()}, [x16, #2]`,
      `${base}\nldp ${pick('x0, x1', 'x2, x3', 'w4, w5')}, [x16]`,
      `${base}\nstp ${work()}, ${work()}, [x16, #16]!`,
      `${base}\nldr q${below(4)}, [x16]`,
      `${base}\nstr d${below(4)}, [x16, #8]`,
      `${index}\nldr ${work32()}, [x16, x17]`,
      `${index}\nstr ${work()}, [x16, x17]`,
      `${index}\nldrsb ${work()}, [x16, x17]`,
      `ldxr x17, [x19]\nadd x17, x17, #1\nstxr w16, x17, [x19]`,
    )
  }

  /** Changes an instruction somewhere between two forms; any function has one to patch. */
  const patch = (): string => {
    const target = `patch${below(FUNCTIONS)}`
    return `adr x16, ${target}\nldr w17, [x16]\neor w17, w17, #${pick(0x400, 0x10000, 0x20)}\nstr w17, [x16]`
  }
  /** Swaps two data pages. */
  const remap = (): string => {
    const page = (DATA - RAM) / 4096 + below(DATA_PAGES - 1)
    const entry = TABLE + page * 8
    return `movz x16, #${entry >>> 16}, lsl #16\nmovk x16, #${entry & 0xffff}\nldp x17, x18, [x16]
      stp x18, x17, [x16]\ndsb ish\ntlbi vmalle1\ndsb ish\nisb`
  }
  const statement = (depth: number, inner: number): string => {
    const kind = below(100)
    if (kind < 45) return alu()
    if (kind < 70) return access()
    if (kind < 80) {
      const skip = label()
      const test = pick(
        `b.${condition()} ${skip}`,
        `cbz ${work()}, ${skip}`,
        `tbnz ${work()}, #${below(64)}, ${skip}`,
      )
      return `${test}\n${statements(1 + below(3), depth, inner)}\n${skip}:`
    }
    if (kind < 88 && inner < 2) {
      const top = label()
      const counter = `x${21 + inner}`
      return `mov ${counter}, #${1 + below(12)}\n${top}: ${statements(1 + below(4), depth, inner + 1)}
        sub ${counter}, ${counter}, #1\ncbnz ${counter}, ${top}`
    }
    if (kind < 94 && depth + 1 < FUNCTIONS) {
      const callee = `f${depth + 1 + below(FUNCTIONS - depth - 1)}`
      return below(2) ? `bl ${callee}` : `adr x16, ${callee}\nblr x16`
    }
    if (kind < 96) return `svc #${below(100)}`
    if (kind < 98) return patch()
    if (kind < 99) return remap()
    return `str ${work32()}, [x28, #16]`
  }
  const statements = (count: number, depth: number, inner: number): string =>
    Array.from({ length: count }, () => statement(depth, inner)).join('\n')

  const functions = Array.from(
    { length: FUNCTIONS },
    (_, i) => `
    .balign ${pick(4, 64, 4096)}
    f${i}: stp x29, x30, [sp, #-48]!
    mov x29, sp
    stp x21, x22, [sp, #16]
    ${statements(4 + below(8), i, 0)}
    patch${i}: add x${below(15)}, x${below(15)}, #${below(4096)}
    ${statements(2 + below(4), i, 0)}
    ldp x21, x22, [sp, #16]
    ldp x29, x30, [sp], #48
    ret`,
  )
  return `
    ${mapped}
    adr x1, vectors
    msr vbar_el1, x1
    movz x1, #0x30, lsl #16
    msr cpacr_el1, x1
    isb
    movz x19, #${DATA >>> 16}, lsl #16
    movz x28, #${MMIO >>> 16}, lsl #16
    movz x1, #${STACK >>> 16}, lsl #16
    movk x1, #${STACK & 0xffff}
    mov sp, x1
    mov x25, #0
    mov x26, #0
    msr daifclr, #2
    mov x27, #${5 + below(20)}
    again: bl f0
    sub x27, x27, #1
    cbnz x27, again
    hlt #0xf000
    ${functions.join('\n')}
    .balign 2048
    vectors: .space 0x200
    mrs x20, esr_el1
    eor x25, x20, x25, ror #3
    mrs x23, elr_el1
    eor x25, x25, x23
    mrs x24, spsr_el1
    add x25, x25, x24
    lsr x20, x20, #26
    cmp x20, #0x15
    b.eq back
    add x23, x23, #4
    msr elr_el1, x23
    back: eret
    .balign 128
    mrs x20, elr_el1
    eor x26, x20, x26, ror #7
    mrs x20, spsr_el1
    add x26, x26, x20
    str w26, [x28]
    eret`
}

/** Everything a guest can observe at the end, and when it touched the device. */
export async function outcome(seed: number, mode: TranslateMode): Promise<object> {
  const random = random32(seed ^ 0x5eed)
  const guest = await Guest.make('nop')
  const { core } = guest
  if (core.translator === undefined) translate(core, mode)
  const pages: Record<number, undefined> = { [(DATA - RAM) / 4096 + DATA_PAGES]: undefined }
  guest.load(program(seed, guest.mapPages(pages)), RAM)
  const { mmioWrite } = core.host
  core.host.mmioWrite = (cpu, pa, size, lo, hi) => {
    mmioWrite(cpu, pa, size, lo, hi)
    if (pa === MMIO) core.setLine(0, LINE_IRQ, false)
  }
  // Interrupts come at the same counts whatever runs the code; slices end there and nowhere else.
  while (!guest.halted && core.count < MAX_COUNT) {
    const next = core.count + 1 + (random() % (random() % 8 ? 3000 : 40))
    while (!guest.halted && core.count < next) core.run(0, next - core.count)
    if (!guest.halted) core.setLine(0, LINE_IRQ, true)
  }
  return {
    count: core.count,
    exceptions: core.exceptions,
    pc: core.pc(0),
    pstate: core.pstate(0),
    fpsr: core.fpsr(0),
    x: Array.from({ length: 32 }, (_, n) => core.getX(0, n)),
    v: Array.from({ length: 8 }, (_, n) => Buffer.from(core.v(0, n)).toString('hex')),
    memory: Bun.hash(core.ram),
    mmio: guest.mmio.map(({ count, value }) => `${value}@${count}`),
  }
}

if (import.meta.main) {
  const [from = '1', many = '1000'] = process.argv.slice(2)
  let failed = 0
  for (let seed = Number(from); seed < Number(from) + Number(many); seed++) {
    const expected = await outcome(seed, 'off')
    for (const mode of ['eager', 'forced'] as const) {
      if (Bun.deepEquals(expected, await outcome(seed, mode))) continue
      failed++
      process.stdout.write(`seed ${seed} differs when ${mode}\n`)
    }
  }
  process.stdout.write(`${many} programs, ${failed} differences\n`)
  process.exitCode = failed ? 1 : 0
}

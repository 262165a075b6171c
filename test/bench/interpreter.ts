/**
 * How fast the interpreter is, on programs of our own with the MMU on: millions of retired instructions a second of
 * CPU time, after warm-up.
 */
import { RAM_BASE } from '../../jit/core/assembly/layout.ts'
import { type Core, loadCore } from '../../jit/core/index.ts'
import { Assembler } from '../../jit/isa/assembler.ts'
import { table } from './table.ts'

const BASE = 0x4000_0000n
const RAM_BYTES = 16 << 20

/** Maps the first GiB of RAM onto itself as normal memory, and gives x1 a buffer and SP a stack. */
const PROLOGUE = `
  adr x0, table
  movz x1, #0x701
  movk x1, #0x4000, lsl #16
  str x1, [x0, #8]
  msr ttbr0_el1, x0
  movz x1, #0xff
  msr mair_el1, x1
  movz x1, #0x19
  movk x1, #0x80, lsl #16
  movk x1, #2, lsl #32
  msr tcr_el1, x1
  mrs x1, sctlr_el1
  orr x1, x1, #1
  msr sctlr_el1, x1
  isb
  adr x1, table
  add x1, x1, #16, lsl #12
  add sp, x1, #8, lsl #12
`

/** The bodies: endless loops after the prologue. */
const PROGRAMS: Record<string, string> = {
  'integer mix': `
    mov x0, #0
    mov x9, #7
outer:
    mov x2, #100
inner:
    add x0, x0, x2
    ldr x3, [x1, x2, lsl #3]
    add x3, x3, x0
    eor x4, x3, x0, lsr #3
    str x4, [x1, x2, lsl #3]
    and x5, x4, #0xff
    ldrb w6, [x1, x5]
    madd x7, x6, x9, x0
    cmp x7, x4
    csel x8, x7, x4, hi
    ubfx x10, x8, #3, #12
    tbz w10, #2, skip
    add x0, x0, x10
skip:
    subs x2, x2, #1
    b.ne inner
    bl leaf
    b outer
leaf:
    stp x29, x30, [sp, #-16]!
    mul x5, x0, x4
    cmp x5, x4
    csinc x6, x5, x4, gt
    ldp x29, x30, [sp], #16
    ret
`,
  arithmetic: `
    mov x0, #1
    mov x2, #3
loop:
    add x0, x0, x2
    eor x3, x0, x2, lsl #7
    sub x2, x3, x0
    orr x4, x2, x3
    add x5, x4, #17
    lsr x6, x5, #3
    bic x0, x6, x2
    add x2, x2, x5
    b loop
`,
  'loads and stores': `
loop:
    ldr x2, [x1]
    ldr x3, [x1, #8]
    str x2, [x1, #16]
    ldp x4, x5, [x1, #32]
    stp x4, x5, [x1, #48]
    ldrb w6, [x1, #1]
    strh w6, [x1, #70]
    b loop
`,
  branches: `
    mov x0, #0
loop:
    add x0, x0, #1
    tbz x0, #0, even
    tbz x0, #1, even
    add x2, x2, #1
even:
    cmp x0, #5
    b.lt loop
    b.eq loop
    cbz x0, loop
    b loop
`,
  'floating point': `
    movz x0, #0x30, lsl #16
    msr cpacr_el1, x0
    isb
    fmov d0, #1.0
    fmov d1, #1.5
    fmov d2, #0.5
loop:
    fadd d3, d0, d1
    fmul d4, d3, d2
    fsub d5, d4, d1
    fmadd d6, d5, d2, d1
    fcmp d6, d0
    fcsel d7, d6, d0, gt
    b loop
`,
}

/** A core about to execute `body`. */
async function prepare(body: string): Promise<Core> {
  const asm = new Assembler(BASE).text(PROLOGUE).text(body).align(4096).label('table')
  const core = await loadCore({
    ramBytes: RAM_BYTES,
    cpus: 1,
    model: 'cortex-a57',
    el2: false,
    gicv3: false,
    conduit: 'none',
    semihosting: false,
  })
  core.setRegions([
    { pa: Number(BASE), bytes: RAM_BYTES, linear: RAM_BASE, read: true, write: true },
  ])
  core.dmaWrite(Number(BASE), asm.finish())
  core.reset(0, 1, BASE)
  return core
}

const SLICE = 1_000_000

/** Millions of instructions a second: the median of `runs` runs of `millions` each, after as many to warm up. */
async function measure(body: string, millions = 60, runs = 5): Promise<number> {
  const core = await prepare(body)
  const rates: number[] = []
  for (let run = 0; run <= runs; run++) {
    const start = process.cpuUsage()
    for (let i = 0; i < millions; i++) core.run(0, SLICE)
    rates.push((millions * SLICE) / process.cpuUsage(start).user)
  }
  if (core.exceptions > 0) throw new Error('The benchmark program raised an exception')
  return rates.slice(1).sort((a, b) => a - b)[runs >> 1]!
}

/** A line for each program, with the median of `runs` times five runs. */
export async function interpreterTable(runs: number): Promise<string> {
  const rows = [['million instructions a second', 'MIPS']]
  for (const [name, body] of Object.entries(PROGRAMS)) {
    rows.push([name, (await measure(body, 60, 5 * runs)).toFixed(0)])
  }
  return table(rows)
}

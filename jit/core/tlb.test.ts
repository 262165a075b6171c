import { beforeAll, describe, expect, test } from 'bun:test'
import { random32 } from '../isa/testing.ts'
import { Guest, RAM } from './guest.fixture.ts'

/**
 * The TLBs against a model: random changes of the tables, each with the TLBI it needs, and accesses that must see them.
 *
 * Every page of memory begins with its number and a function that returns it. Two processes with an address space each
 * use the lower half, the upper half is global.
 */
const PAGE = 4096
const BLOCK_PAGES = 512
const RAM_PAGES = 8192
/** The first page that is mapped for data; all before are tables and code. */
const FIRST = 2048
const TABLES = RAM + 0x10_0000
const LOW = 0x8000_0000n
const HIGH = 0xffff_ff80_0000_0000n
const PROCESSES = 2
/** Entries of level 2 that are used in each half: a table of level 3 or a block. */
const SECTIONS = 3
/** Few, so that they are used again. */
const ASIDS = 4

const NORMAL = 0x701n
const NOT_GLOBAL = 0x800n
const FAULT = 0xffff_ffff_ffff_ffffn

const STUBS = {
  load: 'ldr x0, [x1]',
  store: 'str x0, [x1]',
  fetch: 'blr x1',
  table: 'msr ttbr0_el1, x1\nisb',
  vae1: 'tlbi vae1, x1\ndsb sy\nisb',
  vaae1is: 'tlbi vaae1is, x1\ndsb sy\nisb',
  vale1is: 'tlbi vale1is, x1\ndsb sy\nisb',
  aside1: 'tlbi aside1, x1\ndsb sy\nisb',
  vmalle1: 'tlbi vmalle1\ndsb sy\nisb',
} as const
type Stub = keyof typeof STUBS

/** One half of an address space: what its sections hold, and where its tables are. */
interface Half {
  readonly base: bigint
  readonly l1: number
  readonly l2: number
  /** Page number a block begins with, or the pages of a table; undefined where nothing is mapped. */
  readonly sections: (number | (number | undefined)[] | undefined)[]
}

let guest: Guest
const stubs = {} as Record<Stub, number>
const processes: { half: Half; asid: number }[] = []
let upper: Half
let current = 0
let nextAsid = 1

function call(stub: Stub, x1: bigint, x0 = 0n): bigint {
  guest.core.setX(0, 0, x0)
  guest.core.setX(0, 1, x1)
  return guest.restart(stubs[stub]).run(50, 500).x(0)
}

function makeHalf(base: bigint, number: number): Half {
  const l1 = TABLES + number * 0x1_0000
  const half = { base, l1, l2: l1 + PAGE, sections: Array(SECTIONS).fill(undefined) }
  const index = base === LOW ? 2 : 0
  if (base === LOW) guest.write64(l1 + 8, BigInt(RAM) | NORMAL)
  guest.write64(l1 + 8 * index, BigInt(half.l2) | 3n)
  return half
}

function setSection(half: Half, section: number, value: Half['sections'][number]): void {
  half.sections[section] = value
  const nonGlobal = half.base === LOW ? NOT_GLOBAL : 0n
  const l3 = half.l2 + (1 + section) * PAGE
  const descriptor = (page: number, bits: bigint) => BigInt(RAM + page * PAGE) | bits | nonGlobal
  let entry = 0n
  if (typeof value === 'number') entry = descriptor(value, NORMAL)
  else if (value) {
    entry = BigInt(l3) | 3n
    value.forEach((page, i) => {
      guest.write64(l3 + 8 * i, page === undefined ? 0n : descriptor(page, NORMAL | 2n))
    })
  }
  guest.write64(half.l2 + 8 * section, entry)
}

function setPage(half: Half, section: number, index: number, page: number | undefined): void {
  const pages = half.sections[section] as (number | undefined)[]
  pages[index] = page
  const bits = NORMAL | 2n | (half.base === LOW ? NOT_GLOBAL : 0n)
  const at = half.l2 + (1 + section) * PAGE + 8 * index
  guest.write64(at, page === undefined ? 0n : BigInt(RAM + page * PAGE) | bits)
}

/** What the model says is at page `index` of a section. */
function lookup(half: Half, section: number, index: number): number | undefined {
  const content = half.sections[section]
  return typeof content === 'number' ? content + index : content?.[index]
}

function address(half: Half, section: number, index: number): bigint {
  return half.base + BigInt((section * BLOCK_PAGES + index) * PAGE)
}

function useProcess(number: number): void {
  current = number
  const { half, asid } = processes[number]!
  call('table', BigInt(half.l1) | (BigInt(asid) << 48n))
}

beforeAll(async () => {
  guest = await Guest.make('hlt #0xf000', { ramBytes: RAM_PAGES * PAGE })
  for (let page = FIRST; page < RAM_PAGES; page++) {
    guest.write64(RAM + page * PAGE, BigInt(page))
    guest.write64(RAM + page * PAGE + 16, 0xd65f_03c0_d280_0000n | BigInt(page << 5))
  }
  upper = makeHalf(HIGH, 0)
  for (let i = 0; i < PROCESSES; i++) {
    processes.push({ half: makeHalf(LOW, i + 1), asid: nextAsid++ })
  }
  let at = RAM + 0x1000
  for (const [name, text] of Object.entries(STUBS)) {
    stubs[name as Stub] = at
    guest.load(`${text}\nhlt #0xf000`, at)
    at += 64
  }
  guest.load(
    `.space 0x200
    movn x0, #0
    hlt #0xf000`,
    RAM + 0x2000,
  )
  guest.load(
    `mov x0, #0xff
    msr mair_el1, x0
    movz x0, #0x3519
    movk x0, #0xb519, lsl #16
    movk x0, #0x15, lsl #32
    msr tcr_el1, x0
    movz x0, #${upper.l1 >>> 16}, lsl #16
    msr ttbr1_el1, x0
    movz x0, #${processes[0]!.half.l1 >>> 16}, lsl #16
    movk x0, #${processes[0]!.asid}, lsl #48
    msr ttbr0_el1, x0
    movz x0, #0x2000
    movk x0, #0x4000, lsl #16
    msr vbar_el1, x0
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    hlt #0xf000`,
    RAM,
  )
  guest.restart(RAM).run()
})

class Fuzzer {
  constructor(private readonly random: () => number) {}

  private pick(limit: number): number {
    return this.random() % limit
  }

  private half(): Half {
    return this.pick(3) === 0 ? upper : processes[current]!.half
  }

  private newPage(): number | undefined {
    return this.pick(5) === 0 ? undefined : FIRST + this.pick(RAM_PAGES - FIRST)
  }

  /** An index that is often one that was used before, or shares its TLB entry. */
  private index(): number {
    return this.pick(4) ? this.pick(4) * 64 : this.pick(BLOCK_PAGES)
  }

  /** TLBI of one page, in one of the forms that do. */
  private flushPage(half: Half, va: bigint): void {
    const asid = half === upper ? 0 : processes.find((process) => process.half === half)!.asid
    const operand = ((va >> 12n) & 0xfff_ffff_ffffn) | (BigInt(asid) << 48n)
    const form = this.pick(20)
      ? (['vae1', 'vaae1is', 'vale1is'] as const)[this.pick(3)]!
      : 'vmalle1'
    call(form, operand)
  }

  private access(): void {
    const half = this.half()
    const section = this.pick(SECTIONS)
    const index = this.index()
    const page = lookup(half, section, index)
    const va = address(half, section, index)
    const what = `${half === upper ? 'upper' : `process ${current}`} ${va.toString(16)}`
    const expected = page === undefined ? FAULT : BigInt(page)
    switch (this.pick(3)) {
      case 0:
        expect(`load ${what} ${call('load', va)}`).toBe(`load ${what} ${expected}`)
        break
      case 1:
        expect(`fetch ${what} ${call('fetch', va + 16n)}`).toBe(`fetch ${what} ${expected}`)
        break
      default: {
        const value = BigInt(this.random())
        const done = call('store', va + 8n, value)
        expect(`store ${what} ${done}`).toBe(`store ${what} ${page === undefined ? FAULT : value}`)
        if (page !== undefined) expect(guest.read64(RAM + page * PAGE + 8)).toBe(value)
      }
    }
  }

  private changePage(): void {
    const half = this.half()
    const section = this.pick(SECTIONS)
    const index = this.index()
    if (!Array.isArray(half.sections[section])) return
    setPage(half, section, index, this.newPage())
    this.flushPage(half, address(half, section, index))
  }

  private changeSection(): void {
    const half = this.half()
    const section = this.pick(SECTIONS)
    const before = half.sections[section]
    const kind = this.pick(3)
    if (kind === 0) setSection(half, section, undefined)
    else if (kind === 1) {
      const blocks = (RAM_PAGES - FIRST) / BLOCK_PAGES
      setSection(half, section, FIRST + this.pick(blocks) * BLOCK_PAGES)
    } else {
      setSection(
        half,
        section,
        Array.from({ length: BLOCK_PAGES }, () => this.newPage()),
      )
    }
    // A block goes by any of its addresses; the pages of a table would each need theirs.
    if (Array.isArray(before)) call('vmalle1', 0n)
    else this.flushPage(half, address(half, section, this.index()))
  }

  private changeAsid(): void {
    const process = processes[this.pick(PROCESSES)]!
    const old = process.asid
    do nextAsid = (nextAsid % ASIDS) + 1
    while (processes.some(({ asid }) => asid === nextAsid))
    process.asid = nextAsid
    // What the number's last owner left must go.
    call('aside1', BigInt(nextAsid) << 48n)
    if (this.pick(4) === 0) call('aside1', BigInt(old) << 48n)
    useProcess(current)
  }

  step(): void {
    const choice = this.pick(40)
    if (choice < 26) this.access()
    else if (choice < 33) this.changePage()
    else if (choice < 34) this.changeSection()
    else if (choice < 38) useProcess(this.pick(PROCESSES))
    else this.changeAsid()
  }
}

describe('the TLBs', () => {
  for (const seed of [1, 2, 3]) {
    test(`show every change of the tables after its TLBI (seed ${seed})`, () => {
      const fuzzer = new Fuzzer(random32(seed * 7919))
      for (let i = 0; i < 20_000; i++) fuzzer.step()
    })
  }

  test('tell more address spaces apart than a key has numbers for', () => {
    const [first, second] = processes as [(typeof processes)[0], (typeof processes)[0]]
    setSection(first.half, 0, Array(BLOCK_PAGES).fill(FIRST + 1))
    setSection(second.half, 0, Array(BLOCK_PAGES).fill(FIRST + 2))
    call('vmalle1', 0n)
    for (let i = 0; i < 10_000; i++) {
      const process = i & 1 ? second : first
      // Even numbers are always the first's, odd ones the second's, so nothing needs to be flushed.
      process.asid = (i % 9000) + 1
      useProcess(i & 1)
      expect(call('load', LOW)).toBe(BigInt(FIRST + 1 + (i & 1)))
    }
  })
})

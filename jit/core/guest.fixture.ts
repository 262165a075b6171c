/**
 * Small guests for tests of the whole core: assembly text at the start of RAM, run at EL1 with the MMU off or with tables
 * that the test gives, until it executes `hlt #0xf000`.
 */
import { Assembler } from '../isa/assembler.ts'
import { translate, translateModeFrom } from '../translate/index.ts'
import { EXIT_HOST } from './assembly/layout.ts'
import { type Core, type CoreOptions, loadCore } from './index.ts'

export const RAM = 0x4000_0000
/** Any access to this page goes to `Guest.mmio`. */
export const MMIO = 0x0900_0000
/** Where `enableMmu` puts its tables: the last 64 KiB below this offset of RAM. */
const TABLES = 0x1_0000

/** A device access of the guest. */
export interface MmioAccess {
  readonly write: boolean
  readonly pa: number
  readonly size: number
  readonly value: number
  /** Instructions retired by then, the one under way included. */
  readonly count: number
}

export interface GuestOptions extends Partial<CoreOptions> {
  /** Where the code lies and starts. */
  readonly at?: number
}

export class Guest {
  readonly mmio: MmioAccess[] = []
  halted = false

  private constructor(readonly core: Core) {}

  /** Assembles `text` at `at` and prepares vCPU 0 to run it at EL1. */
  static async make(text: string, { at = RAM, ...options }: GuestOptions = {}): Promise<Guest> {
    const core = await loadCore({
      ramBytes: 0x40_0000,
      cpus: 1,
      model: 'max',
      el2: false,
      gicv3: false,
      conduit: 'none',
      semihosting: true,
      ...options,
    })
    translate(core, translateModeFrom(process.env['KENIX_TRANSLATE'], 'off'))
    const guest = new Guest(core)
    core.setRegions([
      { pa: RAM, bytes: core.ram.length, linear: core.ram.byteOffset, read: true, write: true },
    ])
    const note = (write: boolean, pa: number, size: number, value: number) =>
      guest.mmio.push({ write, pa, size, value, count: core.count })
    core.host = {
      ...core.host,
      mmioRead: (_cpu, pa, size) => {
        note(false, pa, size, 0)
        return pa & 0xff
      },
      mmioWrite: (_cpu, pa, size, lo) => {
        note(true, pa, size, lo)
      },
      call: () => {
        guest.halted = true
        core.requestExit()
        return true
      },
    }
    guest.load(text, at)
    core.reset(0, 1, at)
    return guest
  }

  /** Assembles at a physical address. */
  load(text: string, at: number): void {
    this.core.dmaWrite(at, new Assembler(BigInt(at)).text(text).finish())
  }

  /** Runs until the guest halts, in slices of `slice` instructions, at most `limit` of them. */
  run(slice = 100_000, limit = 2_000_000): this {
    for (let left = limit; !this.halted; left -= slice) {
      if (left <= 0) throw new Error(`The guest does not halt: PC ${this.core.pc(0).toString(16)}`)
      if (this.core.run(0, slice) === EXIT_HOST && !this.halted)
        throw new Error('Stopped too early')
    }
    return this
  }

  /** Makes the guest go on from `pc` after it halted. */
  restart(pc: number): this {
    this.halted = false
    this.core.setPc(0, BigInt(pc))
    return this
  }

  x(n: number): bigint {
    return this.core.getX(0, n)
  }

  read64(pa: number): bigint {
    const bytes = this.core.dmaRead(pa, 8)!
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  }

  write64(pa: number, value: bigint): void {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, value, true)
    this.core.dmaWrite(pa, bytes)
  }

  /**
   * Tables for the 2 MiB of virtual addresses at RAM, which map page to page as `pages` says (numbers of pages from RAM;
   * undefined: not mapped), and others to themselves. Normal memory, read-write, executable at EL1; MMIO is a device.
   *
   * @returns assembly text that turns translation on; uses X0 and X1
   */
  mapPages(pages: Readonly<Record<number, number | undefined>>): string {
    const l1 = RAM + TABLES
    this.write64(l1, 0x0000_0401n | (1n << 2n))
    this.write64(l1 + 8, BigInt(l1 + 4096) | 3n)
    this.write64(l1 + 4096, BigInt(l1 + 8192) | 3n)
    for (let i = 0; i < 512; i++) {
      const to = i in pages ? pages[i] : i
      this.write64(l1 + 8192 + 8 * i, to === undefined ? 0n : BigInt(RAM + to * 4096) | 0x703n)
    }
    return `
      mov x0, #0xff
      msr mair_el1, x0
      movz x0, #0x3519
      movk x0, #0x80, lsl #16
      movk x0, #1, lsl #32
      msr tcr_el1, x0
      movz x0, #${l1 >>> 16}, lsl #16
      msr ttbr0_el1, x0
      isb
      mrs x0, sctlr_el1
      orr x0, x0, #1
      msr sctlr_el1, x0
      isb
    `
  }
}

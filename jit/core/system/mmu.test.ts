/**
 * Stage 1 translation: every granule, level and fault, over tables built in memory. Arm ARM D5.
 */
import { describe, expect, test } from 'bun:test'
import { encode, L, RAM, RAM_BYTES, S, System } from './testing.ts'

type Grain = 12 | 14 | 16

/** TG0 and TG1 of a granule. */
const TG0 = { 12: 0n, 14: 2n, 16: 1n }
const TG1 = { 12: 2n, 14: 1n, 16: 3n }

const VALID = 1n
const TABLE = 3n
const AF = 1n << 10n
const AP_USER = 1n << 6n
const AP_READ_ONLY = 1n << 7n
const NG = 1n << 11n
const PXN = 1n << 53n
const UXN = 1n << 54n
const PXN_TABLE = 1n << 59n
const UXN_TABLE = 1n << 60n
const AP_TABLE_NO_USER = 1n << 61n
const AP_TABLE_READ_ONLY = 1n << 62n

const SCTLR_M = 1n
const SCTLR_WXN = 1n << 19n
const SCTLR_EE = 1n << 25n

/** 40-bit output addresses, 48-bit input in both halves. */
function tcr(grain: Grain, extra = 0n): bigint {
  return 16n | (16n << 16n) | (TG0[grain] << 14n) | (TG1[grain] << 30n) | (2n << 32n) | extra
}

/** A machine of one vCPU with tables that the test adds to. */
class Mapped {
  readonly system: System
  #next = RAM + 0x2_0000n
  readonly roots: [bigint, bigint]

  constructor(
    readonly grain: Grain = 12,
    model: 'cortex-a57' | 'cortex-a76' = grain === 14 ? 'cortex-a76' : 'cortex-a57',
    options = {},
  ) {
    this.system = new System(model, options)
    this.roots = [this.#table(), this.#table()]
    this.system.set(S.SYS_TTBR0_EL1, this.roots[0])
    this.system.set(S.SYS_TTBR1_EL1, this.roots[1])
    this.system.set(S.SYS_TCR_EL1, tcr(grain))
    this.system.set(S.SYS_MAIR_EL1, 0x44_00_04_ffn) // 0 normal, 1 device nGnRE, 2 device nGnRnE, 3 non-cacheable
    this.system.set(S.SYS_SCTLR_EL1, SCTLR_M)
  }

  #table(): bigint {
    const size = 1n << BigInt(this.grain)
    const at = (this.#next + size - 1n) & ~(size - 1n)
    this.#next = at + size
    expect(this.#next - RAM).toBeLessThan(BigInt(RAM_BYTES))
    return at
  }

  shift(level: number): bigint {
    return BigInt(this.grain + (3 - level) * (this.grain - 3))
  }

  get firstLevel(): number {
    return this.grain === 16 ? 1 : 0
  }

  /** Writes a descriptor at `level` for `va`, making tables with `tableBits` above it. Returns its address. */
  put(va: bigint, level: number, descriptor: bigint, tableBits = 0n): bigint {
    let table = this.roots[(va >> 55n) & 1n ? 1 : 0]
    for (let at = this.firstLevel; ; at++) {
      const indexBits = at === this.firstLevel ? 48n - this.shift(at) : BigInt(this.grain - 3)
      const entry = table + (((va >> this.shift(at)) & ((1n << indexBits) - 1n)) << 3n)
      if (at === level) {
        this.system.write64(entry, descriptor)
        return entry
      }
      const old = this.read(entry)
      if (old & 1n) {
        table = old & 0xffff_ffff_f000n & ~((1n << BigInt(this.grain)) - 1n)
      } else {
        table = this.#table()
        this.system.write64(entry, table | TABLE | tableBits)
      }
    }
  }

  read(pa: bigint): bigint {
    return this.system.view.getBigUint64(L.RAM_BASE + Number(pa - RAM), true)
  }

  /** A leaf descriptor at `level` for physical address `pa`. */
  leaf(level: number, pa: bigint, bits = 0n): bigint {
    return pa | AF | bits | (level === 3 ? TABLE : VALID)
  }
}

const LOW = 0x0000_5a5a_5a5a_5a58n
const HIGH = 0xffff_a5a5_a5a5_a5a0n
const levels = { 12: [1, 2, 3], 14: [2, 3], 16: [2, 3] } as const
const grains: Grain[] = [12, 14, 16]

describe('a stage 1 walk', () => {
  for (const grain of grains) {
    for (const level of levels[grain]) {
      for (const va of [LOW, HIGH]) {
        const half = va === LOW ? 'lower' : 'upper'
        test(`finds a leaf of level ${level}, granule 2^${grain}, ${half} half`, () => {
          const mapped = new Mapped(grain)
          const shift = mapped.shift(level)
          const pa = 0x80_0000_0000n - (1n << shift) // the last block below 512 GiB
          mapped.put(va, level, mapped.leaf(level, pa))
          const result = mapped.system.translate(va, 'read', L.MMU_EL1)
          expect(result.ok).toBe(true)
          expect(result.pa).toBe(pa + (va & ((1n << shift) - 1n)))
          expect(result.sizeLog2).toBe(Number(shift))
          expect(result.device).toBe(false)
        })

        test(`reports what is wrong at level ${level}, granule 2^${grain}, ${half} half`, () => {
          const mapped = new Mapped(grain)
          const fault = () => mapped.system.translate(va, 'read', L.MMU_EL1)
          const at = mapped.put(va, level, 0n)
          expect(fault()).toMatchObject({ ok: false, fault: 0x04 + level, stage2: false })
          mapped.system.write64(at, mapped.leaf(level, 0n) & ~AF)
          expect(fault()).toMatchObject({ ok: false, fault: 0x08 + level })
          mapped.system.write64(at, mapped.leaf(level, 1n << 40n)) // beyond IPS
          expect(fault()).toMatchObject({ ok: false, fault: 0x00 + level })
          mapped.system.write64(at, mapped.leaf(level, 0n, AP_READ_ONLY))
          const write = mapped.system.translate(va, 'write', L.MMU_EL1)
          expect(write).toMatchObject({ ok: false, fault: 0x0c + level })
        })
      }
    }

    test(`rejects blocks where granule 2^${grain} has none`, () => {
      const mapped = new Mapped(grain)
      const forbidden = grain === 12 ? 0 : 1
      mapped.put(LOW, forbidden, mapped.leaf(forbidden, 0n))
      expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x04 + forbidden)
    })

    test(`rejects the block form in a level 3 table, granule 2^${grain}`, () => {
      const mapped = new Mapped(grain)
      mapped.put(LOW, 3, VALID | AF)
      expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x07)
    })
  }

  test('starts at the level that the input size asks for', () => {
    for (const [tsz, level] of [
      [16n, 0],
      [24n, 0],
      [25n, 1],
      [33n, 1],
      [34n, 2],
      [39n, 2],
    ] as const) {
      const mapped = new Mapped()
      mapped.system.set(S.SYS_TCR_EL1, (tcr(12) & ~63n) | tsz)
      expect(mapped.system.translate(0x1000n, 'read', L.MMU_EL1).fault).toBe(0x04 + level)
    }
  })

  test('uses T0SZ within 16 to 39, whatever is written', () => {
    const mapped = new Mapped()
    mapped.system.set(S.SYS_TCR_EL1, tcr(12) & ~63n)
    expect(mapped.system.translate(1n << 47n, 'read', L.MMU_EL1).fault).toBe(0x04)
    expect(mapped.system.translate(1n << 48n, 'read', L.MMU_EL1).fault).toBe(0x04)
    mapped.system.set(S.SYS_TCR_EL1, tcr(12) | 63n)
    expect(mapped.system.translate(0x1000n, 'read', L.MMU_EL1).fault).toBe(0x06)
  })

  test('treats a granule that the CPU lacks as 4 KiB', () => {
    const mapped = new Mapped(12, 'cortex-a57')
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n))
    mapped.system.set(S.SYS_TCR_EL1, tcr(12) | (2n << 14n))
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).pa).toBe(0x1000n + (LOW & 0xfffn))
  })

  test('faults at level 0 outside both halves, and in a half that EPD switches off', () => {
    const mapped = new Mapped()
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n))
    mapped.put(HIGH, 3, mapped.leaf(3, 0x1000n))
    for (const va of [
      1n << 48n,
      0x7fff_ffff_ffff_ffffn,
      0xfffe_ffff_ffff_f000n,
      1n << 63n,
      1n << 56n,
    ]) {
      expect(mapped.system.translate(va, 'read', L.MMU_EL1)).toMatchObject({ ok: false, fault: 4 })
    }
    mapped.system.set(S.SYS_TCR_EL1, tcr(12, 1n << 7n))
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1)).toMatchObject({ ok: false, fault: 4 })
    expect(mapped.system.translate(HIGH, 'read', L.MMU_EL1).ok).toBe(true)
    mapped.system.set(S.SYS_TCR_EL1, tcr(12, 1n << 23n))
    expect(mapped.system.translate(HIGH, 'read', L.MMU_EL1)).toMatchObject({ ok: false, fault: 4 })
  })

  test('ignores the tag where TBI says so, in that half only', () => {
    const mapped = new Mapped()
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n))
    mapped.put(HIGH, 3, mapped.leaf(3, 0x1000n))
    const tagged = LOW | (0x5an << 56n)
    const taggedHigh = HIGH & ~(0x5an << 56n)
    const ok = (va: bigint) => mapped.system.translate(va, 'read', L.MMU_EL1).ok
    expect([ok(tagged), ok(taggedHigh)]).toEqual([false, false])
    mapped.system.set(S.SYS_TCR_EL1, tcr(12, 1n << 37n))
    expect([ok(tagged), ok(taggedHigh)]).toEqual([true, false])
    mapped.system.set(S.SYS_TCR_EL1, tcr(12, 1n << 38n))
    expect([ok(tagged), ok(taggedHigh)]).toEqual([false, true])
  })

  test('reports tables where there is no memory as external aborts on the walk', () => {
    const mapped = new Mapped()
    mapped.put(LOW, 1, (RAM + BigInt(RAM_BYTES)) | TABLE)
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1)).toMatchObject({
      ok: false,
      fault: 0x16,
    })
    mapped.system.set(S.SYS_TTBR0_EL1, 0x1000n)
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x14)
  })

  test('reports tables beyond the output size as address size faults', () => {
    const mapped = new Mapped()
    mapped.put(LOW, 1, (1n << 41n) | TABLE)
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x01)
    mapped.system.set(S.SYS_TTBR0_EL1, 1n << 41n)
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x00)
  })

  test('takes no more address bits than the CPU has, whatever IPS says', () => {
    const mapped = new Mapped(14, 'cortex-a76') // 40 bits
    mapped.system.set(S.SYS_TCR_EL1, tcr(14) | (5n << 32n))
    mapped.put(LOW, 3, mapped.leaf(3, 1n << 40n))
    expect(mapped.system.translate(LOW, 'read', L.MMU_EL1).fault).toBe(0x03)
  })

  test('reads big-endian tables while SCTLR.EE is set', () => {
    const mapped = new Mapped()
    mapped.system.set(S.SYS_SCTLR_EL1, SCTLR_M | SCTLR_EE)
    const swap = (value: bigint) =>
      BigInt(`0x${value.toString(16).padStart(16, '0').match(/../g)!.reverse().join('')}`)
    mapped.system.write64(mapped.roots[0], swap((mapped.leaf(1, 0n) & ~3n) | TABLE | RAM))
    mapped.system.write64(RAM, swap(mapped.leaf(1, 0x4000_0000n)))
    expect(mapped.system.translate(0x1238n, 'read', L.MMU_EL1)).toMatchObject({
      ok: true,
      pa: 0x4000_1238n,
    })
  })

  test('finds the attributes in MAIR', () => {
    const mapped = new Mapped()
    const device = [0n, 1n, 2n, 3n].map((index) => {
      mapped.put(LOW, 3, mapped.leaf(3, 0x1000n, index << 2n))
      return mapped.system.translate(LOW, 'read', L.MMU_EL1).device
    })
    expect(device).toEqual([false, true, true, false])
  })
})

describe('permissions', () => {
  /** Allowed accesses as a string of r, w and x. */
  function allowed(mapped: Mapped, va: bigint, mmu: number): string {
    const system = mapped.system
    let text = ''
    const read = system.translate(va, 'read', mmu)
    const write = system.translate(va, 'write', mmu)
    if (read.ok) text += 'r'
    if (write.ok) text += 'w'
    if (system.translate(va, 'fetch', mmu).ok) text += 'x'
    // What one access says about the others must agree with them.
    if (read.ok) expect([read.readable, read.writable]).toEqual([true, write.ok])
    if (write.ok) expect([write.readable, write.writable]).toEqual([read.ok, true])
    return text
  }

  function rights(bits: bigint, tableBits = 0n, sctlr = SCTLR_M): string[] {
    const mapped = new Mapped()
    mapped.system.set(S.SYS_SCTLR_EL1, sctlr)
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n, bits), tableBits)
    return [L.MMU_EL0, L.MMU_EL1, L.MMU_EL1_PAN].map((mmu) => allowed(mapped, LOW, mmu))
  }

  const RW_ALL = AP_USER
  const RO_EL1 = AP_READ_ONLY
  const RO_ALL = AP_USER | AP_READ_ONLY

  test('follow AP: EL0, EL1, EL1 with PAN', () => {
    expect(rights(0n)).toEqual(['x', 'rwx', 'rwx'])
    // What EL0 may write is never executable at EL1.
    expect(rights(RW_ALL)).toEqual(['rwx', 'rw', ''])
    expect(rights(RO_EL1)).toEqual(['x', 'rx', 'rx'])
    expect(rights(RO_ALL)).toEqual(['rx', 'rx', 'x'])
  })

  test('follow UXN and PXN', () => {
    expect(rights(RO_ALL | UXN)).toEqual(['r', 'rx', 'x'])
    expect(rights(RO_ALL | PXN)).toEqual(['rx', 'r', ''])
    expect(rights(UXN | PXN)).toEqual(['', 'rw', 'rw'])
  })

  test('follow SCTLR.WXN: what is writable is not executable', () => {
    const wxn = SCTLR_M | SCTLR_WXN
    expect(rights(0n, 0n, wxn)).toEqual(['x', 'rw', 'rw'])
    expect(rights(RW_ALL, 0n, wxn)).toEqual(['rw', 'rw', ''])
    expect(rights(RO_ALL, 0n, wxn)).toEqual(['rx', 'rx', 'x'])
  })

  test('are narrowed by the tables above', () => {
    expect(rights(RW_ALL, AP_TABLE_NO_USER)).toEqual(['x', 'rwx', 'rwx'])
    expect(rights(RW_ALL, AP_TABLE_READ_ONLY)).toEqual(['rx', 'rx', 'x'])
    expect(rights(0n, UXN_TABLE)).toEqual(['', 'rwx', 'rwx'])
    expect(rights(0n, PXN_TABLE)).toEqual(['x', 'rw', 'rw'])
  })

  test('are not narrowed by tables where HPD says so, on CPUs that have it', () => {
    for (const [model, expected] of [
      ['cortex-a57', 'r'],
      ['cortex-a76', 'rw'],
    ] as const) {
      const mapped = new Mapped(12, model)
      mapped.system.set(S.SYS_TCR_EL1, tcr(12, 1n << 41n))
      mapped.put(LOW, 3, mapped.leaf(3, 0x1000n, UXN | PXN), AP_TABLE_READ_ONLY)
      expect(allowed(mapped, LOW, L.MMU_EL1)).toBe(expected)
    }
  })
})

describe('with stage 1 off', () => {
  test('addresses are physical, data is Device memory, code is not', () => {
    const system = new System('cortex-a57')
    const read = system.translate(0x1234_5678n, 'read', L.MMU_EL1)
    expect(read).toMatchObject({
      ok: true,
      pa: 0x1234_5678n,
      device: true,
      readable: true,
      writable: true,
    })
    expect(system.translate(0x1234_5678n, 'fetch', L.MMU_EL1)).toMatchObject({
      ok: true,
      device: false,
    })
  })

  test('addresses beyond the physical ones are address size faults of level 0', () => {
    const system = new System('cortex-a57') // 44 bits
    expect(system.translate((1n << 44n) - 8n, 'read', L.MMU_EL1).ok).toBe(true)
    expect(system.translate(1n << 44n, 'read', L.MMU_EL1)).toMatchObject({ ok: false, fault: 0 })
    expect(system.translate(1n << 63n, 'read', L.MMU_EL1)).toMatchObject({ ok: false, fault: 0 })
  })

  test('HCR_EL2.DC makes data Normal memory', () => {
    const system = new System('cortex-a57', { el: 2, el2: true })
    system.set(S.SYS_HCR_EL2, (1n << 31n) | (1n << 12n))
    expect(system.translate(0x1000n, 'read', L.MMU_EL1)).toMatchObject({
      ok: true,
      device: false,
      pa: 0x1000n,
    })
  })
})

describe('other regimes', () => {
  test('EL2 has one half, one privilege, and XN', () => {
    const mapped = new Mapped(12, 'cortex-a57', { el: 2, el2: true })
    const { system } = mapped
    system.set(S.SYS_TTBR0_EL2, mapped.roots[0])
    system.set(S.SYS_TCR_EL2, 16n | (2n << 16n))
    system.set(S.SYS_MAIR_EL2, 0xffn)
    system.set(S.SYS_SCTLR_EL2, SCTLR_M)
    // AP[1] is RES1 and PXN ignored here.
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n, PXN))
    expect(system.translate(LOW, 'write', L.MMU_EL2).ok).toBe(true)
    expect(system.translate(LOW, 'fetch', L.MMU_EL2).ok).toBe(true)
    expect(system.translate(HIGH, 'read', L.MMU_EL2)).toMatchObject({ ok: false, fault: 4 })
    mapped.put(LOW, 3, mapped.leaf(3, 0x1000n, UXN))
    expect(system.translate(LOW, 'fetch', L.MMU_EL2)).toMatchObject({ ok: false, fault: 0xf })
    system.set(S.SYS_TCR_EL2, 16n | (2n << 16n) | (1n << 20n))
    expect(system.translate(LOW | (0xa5n << 56n), 'read', L.MMU_EL2).ok).toBe(true)
  })

  test('EL2&0 has two halves and EL0 in it', () => {
    const mapped = new Mapped(12, 'cortex-a76', { el: 2, el2: true })
    const { system } = mapped
    system.set(S.SYS_HCR_EL2, (1n << 34n) | (1n << 31n) | (1n << 27n))
    system.set(S.SYS_TTBR0_EL2, mapped.roots[0])
    system.set(S.SYS_TTBR1_EL2, mapped.roots[1])
    system.set(S.SYS_TCR_EL2, tcr(12))
    system.set(S.SYS_MAIR_EL2, 0xffn)
    system.set(S.SYS_SCTLR_EL2, SCTLR_M)
    mapped.put(HIGH, 3, mapped.leaf(3, 0x1000n, AP_USER))
    expect(system.translate(HIGH, 'write', L.MMU_E20_EL0).ok).toBe(true)
    expect(system.translate(HIGH, 'write', L.MMU_E20_EL2).ok).toBe(true)
    expect(system.translate(HIGH, 'write', L.MMU_E20_EL2_PAN)).toMatchObject({
      ok: false,
      fault: 0xf,
    })
    expect(system.translate(HIGH, 'fetch', L.MMU_E20_EL2).ok).toBe(false)
  })

  test('HCR_EL2.TGE switches stage 1 of EL1&0 off', () => {
    const mapped = new Mapped(12, 'cortex-a57', { el: 2, el2: true })
    mapped.system.set(S.SYS_HCR_EL2, (1n << 31n) | (1n << 27n))
    expect(mapped.system.translate(0x1000n, 'read', L.MMU_EL0)).toMatchObject({
      ok: true,
      pa: 0x1000n,
    })
  })
})

describe('address spaces', () => {
  const ctx = (system: System) => system.get(L.CPU_CTX) >> 52n
  const asid = (system: System, value: bigint) =>
    system.msr(encode(3, 0, 2, 0, 0), (value << 48n) | RAM)

  test('an ASID keeps its tag, and another gets another', () => {
    const { system } = new Mapped()
    asid(system, 1n)
    const one = ctx(system)
    asid(system, 2n)
    const two = ctx(system)
    expect(two).not.toBe(one)
    asid(system, 1n)
    expect(ctx(system)).toBe(one)
    expect(one).toBeGreaterThan(0n)
  })

  test('TLBI ASIDE1 retires the tag of that ASID', () => {
    const { system } = new Mapped()
    asid(system, 7n)
    const old = ctx(system)
    system.sys(encode(1, 0, 8, 7, 2), 7n << 48n)
    expect(ctx(system)).not.toBe(old)
  })

  test('running out of tags empties the TLBs and starts over', () => {
    const { system } = new Mapped()
    system.set(S.SYS_TCR_EL1, tcr(12, 1n << 36n))
    // ASID 0 has had its tag since the reset.
    for (let n = 1n; n < 2047n; n++) asid(system, n)
    expect(ctx(system)).toBe(2047n)
    system.raw['forgetFlushes']!()
    let flushed = false
    for (let n = 2047n; n < 2053n; n++) {
      asid(system, n)
      flushed ||= system.global('flushedIndexes') === 0x7f
    }
    expect(flushed).toBe(true)
    expect(ctx(system)).toBeLessThan(10n)
  })

  test('eight-bit ASIDs ignore the upper byte', () => {
    const { system } = new Mapped()
    asid(system, 0x12n)
    const old = ctx(system)
    asid(system, 0x3412n)
    expect(ctx(system)).toBe(old)
  })

  test('a change of ASID empties no TLB', () => {
    const mapped = new Mapped()
    const { system } = mapped
    asid(system, 1n)
    mapped.put(HIGH, 3, mapped.leaf(3, 0x1000n, NG))
    system.translate(HIGH, 'read', L.MMU_EL1)
    system.raw['forgetFlushes']!()
    asid(system, 2n)
    expect(system.global('flushedIndexes')).toBe(0)
  })

  test('a change of TCR, MAIR or SCTLR.M empties the TLBs of the regime; the same value again does not', () => {
    const { system } = new Mapped()
    for (const [enc, value] of [
      [encode(3, 0, 2, 0, 2), tcr(12, 1n << 37n)],
      [encode(3, 0, 10, 2, 0), 0x1234n],
      [encode(3, 0, 1, 0, 0), 0n],
    ] as const) {
      system.raw['forgetFlushes']!()
      system.msr(enc, value)
      expect(system.global('flushedIndexes')).toBe(7)
      system.raw['forgetFlushes']!()
      system.msr(enc, value)
      expect(system.global('flushedIndexes')).toBe(0)
    }
  })
})

/**
 * Stage 2 translation, its faults and how they are reported, and address translation instructions. Arm ARM D5, C5.4.
 */
import { describe, expect, test } from 'bun:test'
import { encode, L, RAM, RAM_BYTES, S, System } from './testing.ts'

const HCR_RW = 1n << 31n
const HCR_VM = 1n
const HCR_PTW = 1n << 2n

const AF = 1n << 10n
const READ = 1n << 6n
const WRITE = 1n << 7n
const NORMAL = 0xfn << 2n
const XN0 = 1n << 53n
const XN1 = 1n << 54n

const S2_ROOT = RAM + 0x1_0000n
const S2_LEVEL2 = RAM + 0x1_2000n
const S2_LEVEL3 = RAM + 0x1_3000n
const S1_ROOT = RAM + 0x2_0000n
/** Intermediate address of the stage 1 tables: 1 GiB below where they are. */
const S1_ROOT_IPA = S1_ROOT - 0x4000_0000n

/** 4 KiB granule, 32-bit intermediate addresses, start at level 1, 40-bit output. */
const VTCR = 32n | (1n << 6n) | (2n << 16n) | (1n << 31n)

/** Stage 2 maps the intermediate addresses 0 to 1 GiB to RAM, page by page where a test asks. */
function virtualized(model: 'cortex-a57' | 'cortex-a76' = 'cortex-a57', hcr = HCR_VM): System {
  const system = new System(model, { el: 2, el2: true })
  system.set(S.SYS_HCR_EL2, HCR_RW | hcr)
  system.set(S.SYS_VTCR_EL2, VTCR)
  system.set(S.SYS_VTTBR_EL2, S2_ROOT | (5n << 48n))
  system.write64(S2_ROOT, S2_LEVEL2 | 3n)
  system.write64(S2_LEVEL2, S2_LEVEL3 | 3n)
  for (let page = 0n; page < 512n; page++) setPage(system, page << 12n, READ | WRITE | NORMAL)
  system.goTo(1)
  return system
}

/** The stage 2 page of intermediate address `ipa`, mapped to the same offset in RAM. */
function setPage(system: System, ipa: bigint, bits: bigint): void {
  system.write64(S2_LEVEL3 + ((ipa >> 12n) << 3n), (RAM + (ipa & ~0xfffn)) | AF | 3n | bits)
}

/** Adds a stage 1 whose table maps 0 to 1 GiB to itself. */
function withStage1(system: System): System {
  system.set(S.SYS_TTBR0_EL1, S1_ROOT_IPA)
  system.set(S.SYS_TCR_EL1, 25n | (25n << 16n) | (2n << 30n) | (2n << 32n))
  system.set(S.SYS_MAIR_EL1, 0xffn)
  system.set(S.SYS_SCTLR_EL1, 1n)
  system.write64(S1_ROOT, AF | 1n)
  return system
}

describe('stage 2', () => {
  test('maps intermediate addresses with stage 1 off', () => {
    const system = virtualized()
    expect(system.translate(0x5678n, 'read', L.MMU_EL1)).toMatchObject({
      ok: true,
      pa: RAM + 0x5678n,
      sizeLog2: 12,
    })
  })

  test('maps what stage 1 gives, and the walk itself', () => {
    const system = withStage1(virtualized())
    const result = system.translate(0x5678n, 'write', L.MMU_EL1)
    expect(result).toMatchObject({ ok: true, pa: RAM + 0x5678n, sizeLog2: 12, device: false })
  })

  test('does not concern EL2', () => {
    const system = virtualized()
    expect(system.translate(0x5678n, 'read', L.MMU_EL2)).toMatchObject({ ok: true, pa: 0x5678n })
  })

  test('reports a missing page, a clear access flag and missing rights with the intermediate address', () => {
    const system = virtualized()
    const fault = (access: 'read' | 'write' | 'fetch') =>
      system.translate(0x5678n, access, L.MMU_EL1)
    setPage(system, 0x5000n, READ | NORMAL)
    expect(fault('write')).toMatchObject({
      ok: false,
      fault: 0x0f,
      stage2: true,
      s1ptw: false,
      ipa: 0x5678n,
    })
    expect(fault('read')).toMatchObject({ ok: true, writable: false })
    setPage(system, 0x5000n, WRITE | NORMAL)
    expect(fault('read')).toMatchObject({ ok: false, fault: 0x0f, stage2: true })
    setPage(system, 0x5000n, READ | XN1 | NORMAL)
    expect(fault('fetch')).toMatchObject({ ok: false, fault: 0x0f, stage2: true })
    system.write64(S2_LEVEL3 + 5n * 8n, RAM | 3n | READ)
    expect(fault('read')).toMatchObject({ ok: false, fault: 0x0b, stage2: true })
    system.write64(S2_LEVEL3 + 5n * 8n, 0n)
    expect(fault('read')).toMatchObject({ ok: false, fault: 0x07, stage2: true })
    system.write64(S2_LEVEL3 + 5n * 8n, (1n << 41n) | AF | 3n | READ)
    expect(fault('read')).toMatchObject({ ok: false, fault: 0x03, stage2: true })
    system.write64(S2_LEVEL2, (RAM + BigInt(RAM_BYTES)) | 3n)
    expect(fault('read')).toMatchObject({ ok: false, fault: 0x17, stage2: true })
  })

  test('faults at level 0 beyond its input size and with an impossible start level', () => {
    const system = virtualized()
    expect(system.translate(1n << 32n, 'read', L.MMU_EL1)).toMatchObject({
      ok: false,
      fault: 4,
      stage2: true,
    })
    for (const bad of [3n << 6n, 2n << 6n]) {
      system.set(S.SYS_VTCR_EL2, (VTCR & ~(3n << 6n)) | bad)
      expect(system.translate(0x5000n, 'read', L.MMU_EL1)).toMatchObject({
        ok: false,
        fault: 4,
        stage2: true,
      })
    }
  })

  test('reports a fault on a stage 1 walk as such', () => {
    const system = withStage1(virtualized())
    system.write64(S2_LEVEL3 + (S1_ROOT_IPA >> 12n) * 8n, 0n)
    const result = system.translate(0x5678n, 'write', L.MMU_EL1)
    expect(result).toMatchObject({
      ok: false,
      fault: 0x07,
      stage2: true,
      s1ptw: true,
      ipa: S1_ROOT_IPA,
    })
  })

  test('HCR_EL2.PTW bars stage 1 tables in Device memory', () => {
    const system = withStage1(virtualized('cortex-a57', HCR_VM | HCR_PTW))
    expect(system.translate(0x5678n, 'read', L.MMU_EL1).ok).toBe(true)
    setPage(system, S1_ROOT_IPA, READ | WRITE)
    expect(system.translate(0x5678n, 'read', L.MMU_EL1)).toMatchObject({
      ok: false,
      fault: 0x0f,
      s1ptw: true,
    })
  })

  test('faults of stage 1 come before those of stage 2', () => {
    const system = withStage1(virtualized())
    system.write64(S1_ROOT, 0n)
    expect(system.translate(0x5678n, 'read', L.MMU_EL1)).toMatchObject({
      ok: false,
      fault: 0x05,
      stage2: false,
    })
  })

  test('Device memory of either stage is Device memory', () => {
    const system = withStage1(virtualized())
    setPage(system, 0x5000n, READ | WRITE)
    expect(system.translate(0x5678n, 'read', L.MMU_EL1).device).toBe(true)
  })

  test('XN tells exception levels apart on CPUs with FEAT_XNX only', () => {
    const fetches = (model: 'cortex-a57' | 'cortex-a76', bits: bigint) => {
      const system = virtualized(model)
      setPage(system, 0x5000n, READ | NORMAL | bits)
      return [L.MMU_EL0, L.MMU_EL1].map((mmu) => system.translate(0x5000n, 'fetch', mmu).ok)
    }
    expect(fetches('cortex-a76', 0n)).toEqual([true, true])
    expect(fetches('cortex-a76', XN0)).toEqual([true, false])
    expect(fetches('cortex-a76', XN1)).toEqual([false, false])
    expect(fetches('cortex-a76', XN1 | XN0)).toEqual([false, true])
    expect(fetches('cortex-a57', XN0)).toEqual([true, true])
    expect(fetches('cortex-a57', XN1)).toEqual([false, false])
  })

  test('takes its aborts to EL2 with HPFAR', () => {
    const system = withStage1(virtualized())
    system.write64(S2_LEVEL3 + 5n * 8n, 0n)
    system.translate(0x5678n, 'write', L.MMU_EL1)
    const isv = (1n << 24n) | (3n << 22n) | (7n << 16n) | (1n << 15n)
    system.call('dataAbort', 0x5678n, 1, Number(isv))
    expect(system.field(L.CPU_EL)).toBe(2)
    expect(system.syndrome(2)).toEqual({ ec: 0x24, iss: Number(isv) | 0x47 })
    expect(system.get(S.SYS_FAR_EL2)).toBe(0x5678n)
    expect(system.get(S.SYS_HPFAR_EL2)).toBe(0x50n)
  })

  test('an abort on the walk sets S1PTW and has no ISV', () => {
    const system = withStage1(virtualized())
    system.write64(S2_LEVEL3 + (S1_ROOT_IPA >> 12n) * 8n, 0n)
    system.translate(0x5678n, 'write', L.MMU_EL1)
    system.call('dataAbort', 0x5678n, 1, 1 << 24)
    expect(system.syndrome(2)).toEqual({ ec: 0x24, iss: 0xc7 })
    expect(system.get(S.SYS_HPFAR_EL2)).toBe((S1_ROOT_IPA >> 12n) << 4n)
  })

  test('a change of VTTBR or VTCR empties the EL1&0 TLBs', () => {
    const system = virtualized()
    system.goTo(2)
    for (const enc of [encode(3, 4, 2, 1, 0), encode(3, 4, 2, 1, 2)]) {
      system.raw['forgetFlushes']!()
      system.msr(enc, 0x8000_0000n)
      expect(system.global('flushedIndexes')).toBe(7)
    }
  })
})

describe('AT', () => {
  const S1E1R = encode(1, 0, 7, 8, 0)
  const S1E0W = encode(1, 0, 7, 8, 3)
  const S12E1R = encode(1, 4, 7, 8, 4)
  const S1E2R = encode(1, 4, 7, 8, 0)
  const S1E1RP = encode(1, 0, 7, 9, 0)
  const par = (system: System) => system.mrs(encode(3, 0, 7, 4, 0))!

  test('S1E1R gives the intermediate address and the attributes', () => {
    const system = withStage1(virtualized())
    expect(system.sys(S1E1R, 0x5678n)).toBe(true)
    expect(par(system)).toBe((0xffn << 56n) | 0x5000n | (1n << 11n) | (1n << 9n))
  })

  test('S1E1R reports a fault of stage 1 in PAR_EL1', () => {
    const system = withStage1(virtualized())
    system.write64(S1_ROOT, 0n)
    expect(system.sys(S1E1R, 0x5678n)).toBe(true)
    expect(par(system)).toBe((1n << 11n) | (5n << 1n) | 1n)
  })

  test('S1E0W checks the permissions of EL0', () => {
    const system = withStage1(virtualized())
    system.sys(S1E0W, 0x5678n)
    expect(par(system)).toBe((1n << 11n) | (0xdn << 1n) | 1n)
  })

  test('a stage 2 fault on the walk of S1E1R from EL1 is an abort to EL2', () => {
    const system = withStage1(virtualized())
    system.write64(S2_LEVEL3 + (S1_ROOT_IPA >> 12n) * 8n, 0n)
    expect(system.sys(S1E1R, 0x5678n)).toBe(false)
    expect(system.syndrome(2)).toEqual({ ec: 0x24, iss: 0x100 | 0xc7 })
  })

  test('S12E1R goes through both stages and reports which failed', () => {
    const system = withStage1(virtualized())
    system.goTo(2)
    system.sys(S12E1R, 0x5678n)
    expect(par(system) & 0xffff_ffff_f000n).toBe(RAM + 0x5000n)
    system.write64(S2_LEVEL3 + 5n * 8n, 0n)
    system.sys(S12E1R, 0x5678n)
    expect(par(system)).toBe((1n << 11n) | (1n << 9n) | (7n << 1n) | 1n)
  })

  test('S1E2R translates by the EL2 regime', () => {
    const system = virtualized()
    system.goTo(2)
    system.sys(S1E2R, 0x5678n)
    expect(par(system) & 0xffff_ffff_f001n).toBe(0x5000n)
  })

  test('is UNDEFINED at EL0, EL2 forms at EL1, and PAN forms without FEAT_PAN2', () => {
    for (const [enc, el] of [
      [S1E1R, 0],
      [S12E1R, 1],
      [S1E2R, 1],
      [S1E1RP, 1],
      [encode(1, 0, 7, 8, 5), 1],
      [encode(1, 4, 7, 8, 2), 2],
    ] as const) {
      const system = virtualized()
      system.goTo(el)
      expect(system.sys(enc, 0n)).toBe(false)
      expect(system.syndrome(el === 2 ? 2 : 1).ec).toBe(0)
    }
  })

  test('S1E1RP heeds PSTATE.PAN', () => {
    const system = withStage1(virtualized('cortex-a76'))
    system.write64(S1_ROOT, AF | 1n | (1n << 6n))
    system.sys(S1E1RP, 0x5678n)
    expect(par(system) & 1n).toBe(0n)
    system.call('msrImm', 0, 1, 4)
    system.sys(S1E1RP, 0x5678n)
    expect(par(system)).toBe((1n << 11n) | (0xdn << 1n) | 1n)
  })
})

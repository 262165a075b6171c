/**
 * Access to system registers: who may, what traps, what is kept, what else happens. Arm ARM D13.
 */
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode, encodingOf, L, type Options, S, System } from './testing.ts'

const HCR_RW = 1n << 31n
const HCR_TGE = 1n << 27n
const HCR_E2H = 1n << 34n

const CPACR_EL1 = encode(3, 0, 1, 0, 2)
const CTR_EL0 = encode(3, 3, 0, 0, 1)
const DAIF = encode(3, 3, 4, 2, 1)
const ESR_EL1 = encode(3, 0, 5, 2, 0)
const FPCR = encode(3, 3, 4, 4, 0)
const SCTLR_EL1 = encode(3, 0, 1, 0, 0)
const SP_EL0 = encode(3, 0, 4, 1, 0)
const SPSR_EL1 = encode(3, 0, 4, 0, 0)
const TCR_EL1 = encode(3, 0, 2, 0, 2)
const VBAR_EL1 = encode(3, 0, 12, 0, 0)

function at(
  el: number,
  hcr = 0n,
  model: 'cortex-a57' | 'cortex-a76' | 'max' = 'cortex-a57',
  options: Options = {},
): System {
  const system = new System(model, { el: 2, el2: true, ...options })
  system.set(S.SYS_HCR_EL2, HCR_RW | hcr)
  system.goTo(el)
  return system
}

/** The EL and class of the exception that an access raises; undefined if it raises none. */
function refusal(system: System, ok: boolean): { el: number; ec: number; iss: number } | undefined {
  if (ok) return undefined
  const el = system.field(L.CPU_EL) as 1 | 2
  return { el, ...system.syndrome(el) }
}

const mrs = (system: System, enc: number) => refusal(system, system.mrs(enc) !== undefined)
const msr = (system: System, enc: number, value = 0n) => refusal(system, system.msr(enc, value))
const sys = (system: System, enc: number, value = 0n) => refusal(system, system.sys(enc, value))

describe('every register that measured software uses', () => {
  const lines = readFileSync(join(import.meta.dir, 'testdata/registers-used.txt'), 'utf8')
    .trim()
    .split('\n')
  test(`is there (${lines.length} accesses)`, () => {
    // max was booted at EL2 with VHE; the others ran at EL1, or at EL2 for what only EL2 has.
    const plain = at(2, 0n, 'cortex-a57', { gicv3: true })
    const hosting = at(2, HCR_E2H | HCR_TGE, 'max', { gicv3: true })
    for (const line of lines) {
      const [kind, name, model] = line.split(' ') as [string, string, string | undefined]
      const system = model ? hosting : plain
      system.set(S.SYS_HCR_EL2, HCR_RW | (model ? HCR_E2H | HCR_TGE : 0n))
      system.msr(encode(3, 4, 1, 1, 2), 3n << 20n) // CPTR_EL2: no FP traps, whatever was written before
      system.set(S.SYS_CPACR_EL1, 3n << 20n)
      const enc = encodingOf(name)
      const ok =
        kind === 'mrs'
          ? system.mrs(enc) !== undefined
          : kind === 'msr'
            ? system.msr(enc, 0n)
            : system.sys(enc)
      expect({ line, ok }).toEqual({ line, ok: true })
    }
  })
})

describe('registers', () => {
  test('keep what is writable and no more', () => {
    const system = at(1)
    for (const [enc, written, kept] of [
      [VBAR_EL1, 0x8765_4321n, 0x8765_4000n],
      [CPACR_EL1, ~0n, 0x0030_0000n],
      [ESR_EL1, 0x1_2345_6789n, 0x2345_6789n],
      [SPSR_EL1, ~0n, 0xf030_03dfn],
      [encode(3, 0, 5, 1, 0), 5n, 0n], // AFSR0
      [encode(3, 3, 13, 0, 2), 0x1234_5678_9abc_def0n, 0x1234_5678_9abc_def0n],
      [encode(3, 0, 14, 1, 0), ~0n, 0x3ffn],
      [FPCR, ~0n, 0x07c0_0000n],
      [encode(3, 3, 4, 4, 1), ~0n, 0x0800_009fn],
    ] as const) {
      system.msr(CPACR_EL1, 3n << 20n)
      system.msr(enc, BigInt.asUintN(64, written))
      expect({ enc, value: system.mrs(enc) }).toEqual({ enc, value: kept })
    }
  })

  test('keep feature bits on CPUs that have the feature', () => {
    const value = (model: 'cortex-a57' | 'cortex-a76', enc: number) => {
      const system = at(1, 0n, model)
      system.msr(enc, 0xffff_ffff_ffff_ffffn)
      return system.mrs(enc)!
    }
    expect(value('cortex-a57', TCR_EL1)).toBe(0x77_ffff_ffbfn)
    expect(value('cortex-a76', TCR_EL1)).toBe(0x677_ffff_ffbfn)
    expect(value('cortex-a76', SPSR_EL1)).toBe(0xf0f0_13dfn)
    expect(value('cortex-a57', SCTLR_EL1) & (1n << 21n)).toBe(0n)
    expect(value('cortex-a76', SCTLR_EL1) & (1n << 21n)).not.toBe(0n)
  })

  test('SP_EL0 is the stack in use while SPSel is 0', () => {
    const system = at(1)
    system.msr(SP_EL0, 0x1000n)
    system.set(L.CPU_X + L.SLOT_SP * 8, 0x2000n)
    system.call('msrImm', 0, 0, 5)
    expect(system.sp).toBe(0x1000n)
    system.msr(SP_EL0, 0x3000n)
    expect(system.sp).toBe(0x3000n)
    system.call('msrImm', 0, 1, 5)
    expect(system.sp).toBe(0x2000n)
    expect(system.mrs(SP_EL0)).toBe(0x3000n)
  })

  test('that do not exist are UNDEFINED', () => {
    for (const enc of [
      encode(3, 6, 1, 1, 0), // SCR_EL3
      encode(3, 0, 1, 2, 0), // ZCR_EL1
      encode(3, 0, 2, 1, 0), // APIAKeyLo_EL1
      encode(3, 3, 2, 4, 0), // RNDR
      encode(3, 0, 0, 0, 1),
      encode(2, 0, 0, 6, 4), // DBGBVR6_EL1
      encode(3, 3, 14, 8, 6), // PMEVCNTR6_EL0
      encode(3, 5, 1, 0, 0), // SCTLR_EL12 without E2H
      encode(3, 0, 12, 12, 0), // ICC_IAR1_EL1 without GICv3
      encode(3, 0, 4, 2, 3), // PAN on Cortex-A57
    ]) {
      expect({ enc, refusal: mrs(at(2), enc) }).toEqual({ enc, refusal: { el: 2, ec: 0, iss: 0 } })
      expect({ enc, refusal: msr(at(2), enc) }).toEqual({ enc, refusal: { el: 2, ec: 0, iss: 0 } })
    }
  })

  test('of higher exception levels, read-only and write-only ones are UNDEFINED otherwise', () => {
    expect(mrs(at(0), SCTLR_EL1)).toEqual({ el: 1, ec: 0, iss: 0 })
    expect(mrs(at(1), encode(3, 4, 1, 1, 0))).toEqual({ el: 1, ec: 0, iss: 0 })
    expect(msr(at(1), encode(3, 0, 0, 0, 0))).toEqual({ el: 1, ec: 0, iss: 0 })
    expect(msr(at(0), encode(3, 3, 13, 0, 3))).toEqual({ el: 1, ec: 0, iss: 0 }) // TPIDRRO_EL0
    expect(mrs(at(1), encode(2, 0, 1, 0, 4))).toEqual({ el: 1, ec: 0, iss: 0 }) // OSLAR_EL1
    expect(mrs(new System('cortex-a57'), encode(3, 4, 1, 1, 0))).toEqual({ el: 1, ec: 0, iss: 0 })
  })

  test('CNTFRQ_EL0 belongs to the highest exception level', () => {
    const frq = encode(3, 3, 14, 0, 0)
    expect(msr(at(1), frq, 1n)?.ec).toBe(0)
    expect(msr(at(2), frq, 1n)).toBeUndefined()
    expect(msr(new System('cortex-a57'), frq, 1n)).toBeUndefined()
  })
})

describe('traps', () => {
  test('report encoding, register and direction', () => {
    const system = at(0)
    system.set(S.SYS_SCTLR_EL1, 0n)
    const trapped = mrs(system, encode(3, 3, 0, 0, 1, 17))
    const iss = (3 << 20) | (1 << 17) | (3 << 14) | (0 << 10) | (17 << 5) | (0 << 1) | 1
    expect(trapped).toEqual({ el: 1, ec: 0x18, iss })
  })

  test('of EL0 by SCTLR_EL1: UCT, UMA, UCI, DZE', () => {
    const user = (sctlr: bigint) => {
      const system = at(0)
      system.set(S.SYS_SCTLR_EL1, sctlr)
      return system
    }
    const CVAU = encode(1, 3, 7, 11, 1)
    const ZVA = encode(1, 3, 7, 4, 1)
    for (const [bit, access] of [
      [15n, (system: System) => mrs(system, CTR_EL0)],
      [9n, (system: System) => mrs(system, DAIF)],
      [9n, (system: System) => refusal(system, system.call('msrImm', 3, 2, 6) !== 0)],
      [26n, (system: System) => sys(system, CVAU)],
      [14n, (system: System) => sys(system, ZVA)],
    ] as const) {
      expect(access(user(0n))).toMatchObject({ el: 1, ec: 0x18 })
      expect(access(user(1n << bit))).toBeUndefined()
    }
    const masked = user(0n)
    masked.call('msrImm', 3, 2, 6)
    expect(masked.syndrome(1).iss).toBe((3 << 14) | (6 << 17) | (4 << 10) | (31 << 5) | (2 << 1))
  })

  test('of EL0 go to EL2 under TGE', () => {
    const system = at(0, HCR_TGE)
    system.set(S.SYS_SCTLR_EL1, 0n)
    expect(mrs(system, CTR_EL0)).toMatchObject({ el: 2, ec: 0x18 })
  })

  test('of EL1 by HCR_EL2', () => {
    for (const [bit, access] of [
      [26n, (system: System) => msr(system, TCR_EL1)],
      [30n, (system: System) => mrs(system, TCR_EL1)],
      [16n, (system: System) => mrs(system, encode(3, 1, 0, 0, 7))], // TID1: AIDR
      [17n, (system: System) => mrs(system, CTR_EL0)], // TID2
      [18n, (system: System) => mrs(system, encode(3, 0, 0, 4, 0))], // TID3
      [20n, (system: System) => mrs(system, encode(3, 1, 15, 2, 0))], // TIDCP
      [20n, (system: System) => mrs(system, encode(3, 7, 15, 7, 7))],
      [21n, (system: System) => mrs(system, encode(3, 0, 1, 0, 1))], // TACR
      [22n, (system: System) => sys(system, encode(1, 0, 7, 6, 2))], // TSW: DC ISW
      [23n, (system: System) => sys(system, encode(1, 3, 7, 14, 1))], // TPCP: DC CIVAC
      [24n, (system: System) => sys(system, encode(1, 3, 7, 5, 1))], // TPU: IC IVAU
      [25n, (system: System) => sys(system, encode(1, 0, 8, 7, 0))], // TTLB
      [28n, (system: System) => sys(system, encode(1, 3, 7, 4, 1))], // TDZ
    ] as const) {
      expect({ bit, refusal: access(at(1, 1n << bit)) }).toMatchObject({
        bit,
        refusal: { el: 2, ec: 0x18 },
      })
      expect(access(at(2, 1n << bit))?.ec).not.toBe(0x18)
    }
    expect(mrs(at(1, 1n << 26n), TCR_EL1)).toBeUndefined()
    expect(msr(at(1, 1n << 30n), TCR_EL1)).toBeUndefined()
  })

  test('of EL1 by MDCR_EL2 and CPTR_EL2', () => {
    const guest = (offset: number, value: bigint) => {
      const system = at(1)
      system.set(offset, value)
      return system
    }
    for (const [bit, enc] of [
      [6n, encode(3, 3, 9, 12, 1)], // TPM
      [5n, encode(3, 3, 9, 12, 0)], // TPMCR
      [9n, encode(2, 0, 0, 2, 2)], // TDA: MDSCR
      [10n, encode(2, 0, 1, 1, 4)], // TDOSA: OSLSR
      [11n, encode(2, 0, 1, 0, 0)], // TDRA: MDRAR
      [8n, encode(2, 0, 1, 0, 0)], // TDE
    ] as const) {
      expect(mrs(guest(S.SYS_MDCR_EL2, 1n << bit), enc)).toMatchObject({ el: 2, ec: 0x18 })
      expect(mrs(guest(S.SYS_MDCR_EL2, 0n), enc)).toBeUndefined()
    }
    expect(mrs(guest(S.SYS_CPTR_EL2, 1n << 31n), CPACR_EL1)).toMatchObject({ el: 2, ec: 0x18 })
  })

  test('of FPCR are those of FP instructions', () => {
    const system = at(1)
    system.msr(CPACR_EL1, 0n)
    expect(mrs(system, FPCR)).toEqual({ el: 1, ec: 7, iss: 0x1e0_0000 })
  })

  test('of the performance monitors from EL0 by PMUSERENR_EL0', () => {
    const user = (enables: bigint) => {
      const system = at(0)
      system.set(S.SYS_PMUSERENR_EL0, enables)
      return system
    }
    const PMCCNTR = encode(3, 3, 9, 13, 0)
    expect(mrs(user(0n), PMCCNTR)).toMatchObject({ el: 1, ec: 0x18 })
    expect(mrs(user(4n), PMCCNTR)).toBeUndefined()
    expect(msr(user(4n), PMCCNTR)).toMatchObject({ el: 1, ec: 0x18 })
    expect(msr(user(1n), PMCCNTR)).toBeUndefined()
    expect(msr(user(2n), encode(3, 3, 9, 12, 4))).toBeUndefined()
    expect(mrs(user(8n), encode(3, 3, 14, 8, 0))).toBeUndefined()
    expect(mrs(user(0n), encode(3, 3, 9, 14, 0))).toBeUndefined() // PMUSERENR itself
  })

  test('without EL2 there are none of EL2', () => {
    const system = new System('cortex-a57')
    expect(msr(system, TCR_EL1)).toBeUndefined()
    expect(mrs(system, encode(2, 0, 1, 0, 0))).toBeUndefined()
  })
})

describe('VHE', () => {
  const host = () => at(2, HCR_E2H | HCR_TGE, 'cortex-a76')

  test('EL1 names mean EL2 registers, EL12 names mean those of EL1', () => {
    const system = host()
    for (const [enc, own, twin] of [
      [VBAR_EL1, S.SYS_VBAR_EL2, S.SYS_VBAR_EL1],
      [encode(3, 0, 2, 0, 0), S.SYS_TTBR0_EL2, S.SYS_TTBR0_EL1],
      [encode(3, 0, 2, 0, 1), S.SYS_TTBR1_EL2, S.SYS_TTBR1_EL1],
      [ESR_EL1, S.SYS_ESR_EL2, S.SYS_ESR_EL1],
      [encode(3, 0, 4, 0, 1), S.SYS_ELR_EL2, S.SYS_ELR_EL1],
      [encode(3, 0, 13, 0, 1), S.SYS_CONTEXTIDR_EL2, S.SYS_CONTEXTIDR_EL1],
      [encode(3, 0, 6, 0, 0), S.SYS_FAR_EL2, S.SYS_FAR_EL1],
    ] as const) {
      system.msr(enc, 0x1_0800n)
      expect(system.get(own)).toBe(0x1_0800n)
      system.msr(enc + (5 << 11), 0x2_0800n)
      expect(system.get(twin)).toBe(0x2_0800n)
      expect(system.mrs(enc)).toBe(0x1_0800n)
      expect(system.mrs(enc + (5 << 11))).toBe(0x2_0800n)
    }
    system.msr(CPACR_EL1, 3n << 20n)
    expect(system.get(S.SYS_CPTR_EL2)).toBe(3n << 20n)
    expect(system.field(L.CPU_FP_TRAP)).toBe(0)
  })

  test('timers too', () => {
    const system = host()
    system.msr(encode(3, 3, 14, 2, 2), 1234n)
    system.msr(encode(3, 3, 14, 3, 2), 2345n)
    system.msr(encode(3, 5, 14, 2, 2), 3456n)
    system.msr(encode(3, 5, 14, 3, 2), 4567n)
    expect(system.get(S.SYS_CNTHP_CVAL_EL2)).toBe(1234n)
    expect(system.get(S.SYS_CNTHV_CVAL_EL2)).toBe(2345n)
    expect(system.get(S.SYS_CNTP_CVAL_EL0)).toBe(3456n)
    expect(system.get(S.SYS_CNTV_CVAL_EL0)).toBe(4567n)
  })

  test('is UNDEFINED from EL1, and without E2H', () => {
    expect(mrs(at(1, HCR_E2H, 'cortex-a76'), encode(3, 5, 1, 0, 0))?.ec).toBe(0)
    expect(mrs(at(2, 0n, 'cortex-a76'), encode(3, 5, 1, 0, 0))?.ec).toBe(0)
  })

  test('E2H stays 0 on CPUs without it', () => {
    const system = at(2)
    system.msr(encode(3, 4, 1, 1, 0), HCR_E2H)
    expect(system.mrs(encode(3, 4, 1, 1, 0))).toBe(HCR_RW)
  })
})

describe('the GIC CPU interface', () => {
  const IAR1 = encode(3, 0, 12, 12, 0)
  const SGI1R = encode(3, 0, 12, 11, 5)
  const SRE = encode(3, 0, 12, 12, 5)
  const guest = (hcr = 0n) => at(1, hcr, 'cortex-a57', { gicv3: true })

  test('is asked of the host', () => {
    const system = guest()
    system.answer = 0x1b
    expect(system.mrs(IAR1)).toBe(0x1bn)
    system.msr(encode(3, 0, 12, 12, 1), 0x1bn)
    expect(system.calls).toEqual([
      { what: 'read', cpu: 0, which: IAR1, value: 0 },
      { what: 'write', cpu: 0, which: encode(3, 0, 12, 12, 1), value: 0x1b },
    ])
  })

  test('is UNDEFINED where the host knows no such register, and at EL0', () => {
    const system = guest()
    system.answer = undefined
    expect(mrs(system, encode(3, 0, 12, 9, 7))?.ec).toBe(0)
    const user = guest()
    user.goTo(0)
    expect(mrs(user, IAR1)?.ec).toBe(0)
    expect(user.calls).toEqual([])
  })

  test('cannot be switched off', () => {
    const system = guest()
    system.msr(SRE, 0n)
    expect(system.mrs(SRE)).toBe(7n)
    system.goTo(2)
    expect(system.mrs(encode(3, 4, 12, 9, 5))).toBe(15n)
    expect(system.calls).toEqual([])
  })

  test('SGIs of a guest are trapped', () => {
    expect(msr(guest(1n << 4n), SGI1R)).toMatchObject({ el: 2, ec: 0x18 })
    expect(msr(guest(), SGI1R)).toBeUndefined()
  })

  test('is trapped by ICH_HCR_EL2', () => {
    const system = guest(1n << 4n)
    system.goTo(2)
    system.msr(encode(3, 4, 12, 11, 0), 1n << 12n)
    system.goTo(1)
    expect(mrs(system, IAR1)).toMatchObject({ el: 2, ec: 0x18 })
  })
})

describe('cache and TLB maintenance', () => {
  const CVAU = encode(1, 3, 7, 11, 1)
  const IVAC = encode(1, 0, 7, 6, 1)

  test('by an address that does not translate is an abort with CM and WnR', () => {
    const system = at(1)
    system.set(S.SYS_SCTLR_EL1, 1n)
    expect(sys(system, CVAU, 1n << 48n)).toEqual({ el: 1, ec: 0x25, iss: 0x144 })
    expect(system.get(S.SYS_FAR_EL1)).toBe(1n << 48n)
  })

  test('DC IVAC is for EL1 and up, DC CVAP for CPUs that have it', () => {
    expect(sys(at(0), IVAC)?.ec).toBe(0)
    expect(sys(at(1), IVAC)).toBeUndefined()
    expect(sys(at(1), encode(1, 3, 7, 12, 1))?.ec).toBe(0)
    expect(sys(at(1, 0n, 'cortex-a76'), encode(1, 3, 7, 12, 1))).toBeUndefined()
  })

  test('TLBI by address reaches this vCPU, or all with IS', () => {
    const system = at(1, 0n, 'cortex-a57', { cpus: 3 })
    const pages = () => system.global('flushedPages')
    system.sys(encode(1, 0, 8, 7, 1), (5n << 48n) | 0xfff_ffff_f123n)
    expect(pages()).toBe(1)
    expect(BigInt.asUintN(64, system.global('lastPage') as bigint)).toBe(0xffff_ffff_ff12_3000n)
    system.raw['forgetFlushes']!()
    system.sys(encode(1, 0, 8, 3, 1), 1n)
    expect(pages()).toBe(3)
  })

  test('TLBI is broadcast by HCR_EL2.FB', () => {
    const system = at(1, 1n << 9n, 'cortex-a57', { cpus: 2 })
    system.sys(encode(1, 0, 8, 7, 1), 1n)
    expect(system.global('flushedPages')).toBe(2)
  })

  test('TLBI acts on the regime it names', () => {
    const flushed = (el: number, enc: number, hcr = 0n) => {
      const system = at(el, hcr, 'cortex-a76')
      system.raw['forgetFlushes']!()
      expect(system.sys(enc)).toBe(true)
      return system.global('flushedIndexes') as number
    }
    const EL10 = (1 << L.MMU_EL0) | (1 << L.MMU_EL1) | (1 << L.MMU_EL1_PAN)
    const E20 = (1 << L.MMU_E20_EL0) | (1 << L.MMU_E20_EL2) | (1 << L.MMU_E20_EL2_PAN)
    expect(flushed(1, encode(1, 0, 8, 7, 0))).toBe(EL10)
    expect(flushed(2, encode(1, 0, 8, 7, 0))).toBe(EL10)
    expect(flushed(2, encode(1, 0, 8, 7, 0), HCR_E2H | HCR_TGE)).toBe(E20)
    expect(flushed(2, encode(1, 4, 8, 7, 0))).toBe(1 << L.MMU_EL2)
    expect(flushed(2, encode(1, 4, 8, 7, 0), HCR_E2H)).toBe(E20)
    expect(flushed(2, encode(1, 4, 8, 3, 4))).toBe(EL10) // ALLE1IS
    expect(flushed(2, encode(1, 4, 8, 7, 6))).toBe(EL10) // VMALLS12E1
    expect(flushed(2, encode(1, 4, 8, 0, 1))).toBe(EL10) // IPAS2E1IS
  })

  test('TLBI forms that are not there are UNDEFINED', () => {
    for (const [el, enc] of [
      [0, encode(1, 0, 8, 7, 0)],
      [1, encode(1, 0, 8, 7, 4)],
      [1, encode(1, 4, 8, 7, 0)],
      [1, encode(1, 0, 8, 2, 1)], // RVAE1IS on a CPU without FEAT_TLBIRANGE
      [1, encode(1, 0, 8, 1, 0)],
    ] as const) {
      expect(sys(at(el), enc)?.ec).toBe(0)
    }
  })

  test('TLBI by range covers its pages, on max', () => {
    const system = at(1, 0n, 'max')
    // TG 4 KiB, SCALE 0, NUM 3: 8 pages from 0x40_0000.
    system.sys(encode(1, 0, 8, 6, 1), (1n << 46n) | (3n << 39n) | 0x400n)
    expect(system.global('flushedPages')).toBe(8)
    expect(system.global('lastPage')).toBe(0x40_7000n)
    system.raw['forgetFlushes']!()
    system.sys(encode(1, 0, 8, 6, 1), (1n << 46n) | (3n << 44n) | 0x400n)
    expect(system.global('flushedIndexes')).toBe(7)
  })
})

describe('debug registers', () => {
  test('are read and written', () => {
    const system = at(1)
    system.msr(encode(2, 0, 0, 5, 4), 0xffff_0000_1234_5677n)
    expect(system.mrs(encode(2, 0, 0, 5, 4))).toBe(0xffff_0000_1234_5674n)
    system.msr(encode(2, 0, 0, 3, 7), 0x1fffn)
    expect(system.mrs(encode(2, 0, 0, 3, 7))).toBe(0x1fffn)
  })

  test('the OS lock is taken and released by OSLAR_EL1', () => {
    const system = at(1)
    const oslsr = encode(2, 0, 1, 1, 4)
    expect(system.mrs(oslsr)).toBe(0xan)
    system.msr(encode(2, 0, 1, 0, 4), 0n)
    expect(system.mrs(oslsr)).toBe(0x8n)
    system.msr(encode(2, 0, 1, 0, 4), 1n)
    expect(system.mrs(oslsr)).toBe(0xan)
  })

  test('claim tags are set and cleared', () => {
    const system = at(1)
    system.msr(encode(2, 0, 7, 8, 6), 0x35n)
    system.msr(encode(2, 0, 7, 9, 6), 0x05n)
    expect(system.mrs(encode(2, 0, 7, 9, 6))).toBe(0x30n)
    expect(system.mrs(encode(2, 0, 7, 8, 6))).toBe(0xffn)
  })
})

describe('performance monitors', () => {
  const PMCR = encode(3, 3, 9, 12, 0)
  const PMCNTENSET = encode(3, 3, 9, 12, 1)
  const PMCCNTR = encode(3, 3, 9, 13, 0)
  const PMCCFILTR = encode(3, 3, 14, 15, 7)
  const counter = (n: number) => encode(3, 3, 14, 8, n)
  const type = (n: number) => encode(3, 3, 14, 12, n)

  test('count instructions as instructions and as cycles', () => {
    const system = at(1)
    system.msr(type(0), 8n)
    system.msr(type(1), 0x11n)
    system.msr(type(2), 0x33n)
    system.msr(PMCNTENSET, 0x8000_0007n)
    system.msr(PMCR, 0x41n)
    system.setCount(1000n)
    expect(system.mrs(PMCCNTR)).toBe(1000n)
    expect([0, 1, 2].map((n) => system.mrs(counter(n)))).toEqual([1000n, 1000n, 0n])
    system.msr(PMCR, 0x40n)
    system.setCount(2000n)
    expect(system.mrs(PMCCNTR)).toBe(1000n)
    system.msr(PMCR, 0x46n)
    expect([system.mrs(PMCCNTR), system.mrs(counter(0))]).toEqual([0n, 0n])
  })

  test('leave out the exception levels that a filter names', () => {
    const system = at(1)
    system.msr(PMCCFILTR, 1n << 31n) // not EL1
    system.msr(PMCNTENSET, 0x8000_0000n)
    system.msr(PMCR, 0x41n)
    system.setCount(100n)
    system.set(S.SYS_SPSR_EL1, 0n)
    system.call('eret') // to EL0
    system.setCount(150n)
    system.call('svc', 0)
    system.setCount(1000n)
    expect(system.mrs(PMCCNTR)).toBe(50n)
  })

  test('flag overflow', () => {
    const system = at(1)
    system.msr(type(0), 8n)
    system.msr(counter(0), 0xffff_fff0n)
    system.msr(PMCCNTR, 0xffff_fff0n)
    system.msr(PMCNTENSET, 0x8000_0001n)
    system.msr(PMCR, 0x41n)
    system.setCount(32n)
    const pmovs = encode(3, 3, 9, 12, 3)
    expect(system.mrs(pmovs)).toBe(1n) // 64-bit cycle counter: LC
    expect(system.mrs(counter(0))).toBe(0x10n)
    system.msr(pmovs, 1n)
    expect(system.mrs(pmovs)).toBe(0n)
  })

  test('count writes to PMSWINC_EL0, through the selected register too', () => {
    const system = at(1)
    system.msr(encode(3, 3, 9, 12, 5), 3n) // PMSELR
    system.msr(encode(3, 3, 9, 13, 1), 0n) // PMXEVTYPER: SW_INCR
    system.msr(PMCNTENSET, 8n)
    system.msr(PMCR, 1n)
    system.msr(encode(3, 3, 9, 12, 4), 8n)
    system.msr(encode(3, 3, 9, 12, 4), 8n)
    expect(system.mrs(encode(3, 3, 9, 13, 2))).toBe(2n) // PMXEVCNTR
  })
})

describe('MSR (immediate)', () => {
  test('sets PSTATE fields that the CPU has, above EL0', () => {
    const imm = (
      el: number,
      op1: number,
      op2: number,
      model: 'cortex-a57' | 'cortex-a76' | 'max',
    ) => {
      const system = at(el, 0n, model)
      return system.call('msrImm', op1, 1, op2) !== 0
    }
    expect(imm(1, 0, 4, 'cortex-a57')).toBe(false) // PAN
    expect(imm(1, 0, 4, 'cortex-a76')).toBe(true)
    expect(imm(1, 0, 3, 'cortex-a76')).toBe(true) // UAO
    expect(imm(0, 0, 4, 'cortex-a76')).toBe(false)
    expect(imm(0, 3, 1, 'cortex-a76')).toBe(false) // SSBS
    expect(imm(0, 3, 1, 'max')).toBe(true)
    expect(imm(0, 3, 2, 'max')).toBe(true) // DIT
    expect(imm(0, 0, 5, 'max')).toBe(false) // SPSel
    expect(imm(1, 7, 7, 'max')).toBe(false)
  })

  test('PAN and UAO choose the MMU index', () => {
    const system = at(1, 0n, 'cortex-a76')
    system.call('msrImm', 0, 1, 4)
    expect([system.field(L.CPU_MMU), system.field(L.CPU_MMU_UNPRIV)]).toEqual([
      L.MMU_EL1_PAN,
      L.MMU_EL0,
    ])
    system.call('msrImm', 0, 1, 3)
    expect(system.field(L.CPU_MMU_UNPRIV)).toBe(L.MMU_EL1_PAN)
  })
})

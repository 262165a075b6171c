/**
 * ID registers and reset values against dumps that QEMU's CPUs gave (testdata/, by a bare-metal program that reads the
 * whole ID space at the highest exception level). Where we differ, and why, is in `differences`.
 */
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode, encodingOf, S, System } from './testing.ts'

/** Registers that the dumps call by name. */
const named: Record<string, number> = {
  CurrentEL: encode(3, 0, 4, 2, 2),
  SCTLR_EL1: encode(3, 0, 1, 0, 0),
  TCR_EL1: encode(3, 0, 2, 0, 2),
  MAIR_EL1: encode(3, 0, 10, 2, 0),
  ISR_EL1: encode(3, 0, 12, 1, 0),
  DAIF: encode(3, 3, 4, 2, 1),
  SPSel: encode(3, 0, 4, 2, 0),
  MDSCR_EL1: encode(2, 0, 0, 2, 2),
  OSLSR_EL1: encode(2, 0, 1, 1, 4),
  PMCR_EL0: encode(3, 3, 9, 12, 0),
  PMCEID0_EL0: encode(3, 3, 9, 12, 6),
  PMCEID1_EL0: encode(3, 3, 9, 12, 7),
  CNTKCTL_EL1: encode(3, 0, 14, 1, 0),
  CNTV_CTL_EL0: encode(3, 3, 14, 3, 1),
  CNTP_CTL_EL0: encode(3, 3, 14, 2, 1),
  MDRAR_EL1: encode(2, 0, 1, 0, 0),
  ACTLR_EL1: encode(3, 0, 1, 0, 1),
  CONTEXTIDR_EL1: encode(3, 0, 13, 0, 1),
  CPUACTLR_EL1: encode(3, 1, 15, 2, 0),
  CPUECTLR_EL1: encode(3, 1, 15, 2, 1),
  CPUMERRSR_EL1: encode(3, 1, 15, 2, 2),
  L2MERRSR_EL1: encode(3, 1, 15, 2, 3),
  L2CTLR_EL1: encode(3, 1, 11, 0, 2),
  L2ECTLR_EL1: encode(3, 1, 11, 0, 3),
  L2ACTLR_EL1: encode(3, 1, 15, 0, 0),
  CBAR_EL1: encode(3, 1, 15, 3, 0),
  HCR_EL2: encode(3, 4, 1, 1, 0),
  SCTLR_EL2: encode(3, 4, 1, 0, 0),
  CPTR_EL2: encode(3, 4, 1, 1, 2),
  MDCR_EL2: encode(3, 4, 1, 1, 1),
  VPIDR_EL2: encode(3, 4, 0, 0, 0),
  VMPIDR_EL2: encode(3, 4, 0, 0, 5),
  CNTHCTL_EL2: encode(3, 4, 14, 1, 0),
  CNTVOFF_EL2: encode(3, 4, 14, 0, 3),
  VTCR_EL2: encode(3, 4, 2, 1, 2),
  SCR_EL3: encode(3, 6, 1, 1, 0),
  SCTLR_EL3: encode(3, 6, 1, 0, 0),
  CPTR_EL3: encode(3, 6, 1, 1, 2),
  MDCR_EL3: encode(3, 6, 1, 3, 1),
  ICC_SRE_EL1: encode(3, 0, 12, 12, 5),
  RVBAR_EL1: encode(3, 0, 12, 0, 1),
  RVBAR_EL2: encode(3, 4, 12, 0, 1),
  RVBAR_EL3: encode(3, 6, 12, 0, 1),
  GMID_EL1: encode(3, 1, 0, 0, 4),
}

/** AArch32 is not implemented: its ID registers (S3_0_C0_C1_0 to C2_5, C2_6, C3_0 to C3_6) read as zero. */
const aarch32 = /^S3_0_C0_C[123]_/

const differences: Record<string, (reference: bigint) => bigint> = {
  // AArch64 only at every exception level.
  S3_0_C0_C4_0: (value) => (value & ~0xfffn) | (value & 0xf00n ? 0x111n : 0x11n),
  // No hardware update of the access flag and dirty state.
  S3_0_C0_C7_1: (value) => value & ~0xfn,
  // INST_RETIRED is counted.
  PMCEID0_EL0: (value) => value | 0x100n,
  // RW = 1, as EL1 cannot be AArch32.
  HCR_EL2: () => 0x8000_0000n,
  // The architecture's RES1 bits; QEMU resets it to 0.
  SCTLR_EL2: () => 0x30c5_0830n,
}

const dumps = [
  { file: 'cortex-a53-el1.txt', model: 'cortex-a53', el: 1, el2: false, gicv3: false },
  { file: 'cortex-a57-el1.txt', model: 'cortex-a57', el: 1, el2: false, gicv3: false },
  { file: 'cortex-a72-el1.txt', model: 'cortex-a72', el: 1, el2: false, gicv3: false },
  { file: 'cortex-a53-el2-gicv3.txt', model: 'cortex-a53', el: 2, el2: true, gicv3: true },
  { file: 'cortex-a57-el2-gicv3.txt', model: 'cortex-a57', el: 2, el2: true, gicv3: true },
  { file: 'cortex-a72-el2-gicv3.txt', model: 'cortex-a72', el: 2, el2: true, gicv3: true },
  { file: 'cortex-a76-el2.txt', model: 'cortex-a76', el: 2, el2: true, gicv3: false },
] as const

describe('ID registers and reset values', () => {
  for (const { file, model, ...options } of dumps) {
    test(`${model} is what ${file} says, but for the listed differences`, () => {
      const system = new System(model, options)
      const text = readFileSync(join(import.meta.dir, 'testdata', file), 'utf8')
      let compared = 0
      for (const [, name, value] of text.matchAll(/^(\w+) = (\w+)$/gm)) {
        const enc = name!.startsWith('S3_') ? encodingOf(name!) : named[name!]
        if (enc === undefined) continue
        let expected = value === 'UNDEF' ? undefined : BigInt(`0x${value}`)
        if (expected !== undefined) {
          if (aarch32.test(name!)) expected = 0n
          expected = differences[name!]?.(expected) ?? expected
        }
        expect({ name, value: system.mrs(enc) }).toEqual({ name, value: expected })
        compared++
      }
      expect(compared).toBeGreaterThan(100)
    })
  }

  test('max claims what is implemented and nothing else', () => {
    const system = new System('max', { el: 2, el2: true })
    const read = (crm: number, op2: number) => system.mrs(encode(3, 0, 0, crm, op2))
    expect(read(4, 0)).toBe(0x1101_0000_1011_0111n)
    expect(read(4, 1)).toBe(0x20n)
    expect(read(4, 4)).toBe(0n) // no SVE
    expect(read(4, 5)).toBe(0n) // no SME
    expect(read(6, 0)).toBe(0x0220_1000_1021_1120n)
    expect(read(6, 1)).toBe(0x11_0021_1001n) // no pointer authentication, no BF16, no I8MM
    expect(read(7, 0)).toBe(0x10_1125n) // no 52-bit addresses
    expect(read(7, 1)).toBe(0x1021_2120n)
    expect(read(7, 2)).toBe(0x10_0000_1011n)
  })

  test('without EL2 no CPU claims VHE', () => {
    expect(new System('cortex-a76').mrs(encode(3, 0, 0, 7, 1))! & 0xf00n).toBe(0n)
  })

  test('EL1 sees MIDR and MPIDR as EL2 set VPIDR and VMPIDR', () => {
    const system = new System('cortex-a57', { el: 2, el2: true })
    system.msr(encode(3, 4, 0, 0, 0), 0x1234n)
    system.msr(encode(3, 4, 0, 0, 5), 0x8000_0077n)
    expect(system.mrs(encode(3, 0, 0, 0, 0))).toBe(0x411f_d070n)
    system.goTo(1)
    expect(system.mrs(encode(3, 0, 0, 0, 0))).toBe(0x1234n)
    expect(system.mrs(encode(3, 0, 0, 0, 5))).toBe(0x8000_0077n)
  })

  test('the number of a vCPU is its affinity', () => {
    const system = new System('cortex-a72', { cpus: 4 })
    system.cpu += 3 * 0x1_0000
    expect(system.mrs(encode(3, 0, 0, 0, 5))).toBe(0x8000_0003n)
    expect(system.mrs(encode(3, 1, 11, 0, 2))).toBe(3n << 24n) // L2CTLR: cores - 1
  })

  test('CCSIDR follows CSSELR', () => {
    const system = new System('cortex-a57')
    const sizes = [0n, 1n, 2n, 3n].map((select) => {
      system.msr(encode(3, 2, 0, 0, 0), select)
      return system.mrs(encode(3, 1, 0, 0, 0))
    })
    expect(sizes).toEqual([0x701f_e00an, 0x201f_e012n, 0x70ff_e07an, 0n])
  })

  test('ID registers are UNDEFINED at EL0, and a trapped access with FEAT_IDST', () => {
    for (const [model, ec] of [
      ['cortex-a76', 0],
      ['max', 0x18],
    ] as const) {
      const system = new System(model)
      system.goTo(0)
      expect(system.mrs(encode(3, 0, 0, 4, 0))).toBeUndefined()
      expect(system.syndrome(1).ec).toBe(ec)
    }
  })

  test('a reset keeps the number, the count and the interrupt lines of a vCPU, and nothing else', () => {
    const system = new System('cortex-a57')
    system.msr(encode(3, 0, 12, 0, 0), 0x8000n)
    system.setField(0x370, 1)
    system.call('resetCpu', 1, 1, 0x2000n)
    expect(system.get(S.SYS_VBAR_EL1)).toBe(0n)
    expect(system.field(0x370)).toBe(1)
    expect(system.get(0x320)).toBe(0x2000n)
  })
})

/**
 * Exception entry and return, routing between EL1 and EL2, interrupts, software step. Arm ARM D1, D2.
 */
import { describe, expect, test } from 'bun:test'
import { encode, L, type Options, S, System } from './testing.ts'

const HCR = {
  FMO: 1n << 3n,
  IMO: 1n << 4n,
  AMO: 1n << 5n,
  VF: 1n << 6n,
  VI: 1n << 7n,
  VSE: 1n << 8n,
  TWI: 1n << 13n,
  TSC: 1n << 19n,
  TGE: 1n << 27n,
  HCD: 1n << 29n,
  RW: 1n << 31n,
  E2H: 1n << 34n,
  TEA: 1n << 37n,
}

/** A vCPU at `el`, vectors at 0x8000 (EL1) and 0x10000 (EL2), PC at 0x1234. */
function at(
  el: number,
  hcr = 0n,
  model: 'cortex-a57' | 'cortex-a76' = 'cortex-a57',
  options: Options = {},
): System {
  const system = new System(model, { el: 2, el2: true, ...options })
  system.set(S.SYS_HCR_EL2, HCR.RW | hcr)
  system.set(S.SYS_VBAR_EL1, 0x8000n)
  system.set(S.SYS_VBAR_EL2, 0x1_0000n)
  system.goTo(el)
  system.set(L.CPU_PC, 0x1234n)
  system.setField(L.CPU_DAIF, 0)
  return system
}

/** Where the last exception went: EL and vector. */
function taken(system: System): [number, number] {
  return [system.field(L.CPU_EL), Number(system.get(L.CPU_PC))]
}

describe('exception entry', () => {
  test('saves PSTATE, masks, and selects SP_ELx', () => {
    const system = at(0)
    system.set(S.SYS_SP_EL1, 0x5555n)
    system.set(L.CPU_X + L.SLOT_SP * 8, 0x7777n)
    system.call('msr', encode(3, 3, 4, 2, 0), 0xa000_0000n) // N and C
    system.setField(L.CPU_DAIF, 0x40)
    system.call('svc', 0x42)
    expect(taken(system)).toEqual([1, 0x8400])
    expect(system.get(S.SYS_SPSR_EL1)).toBe(0xa000_0040n)
    expect(system.get(S.SYS_ELR_EL1)).toBe(0x1234n)
    expect(system.syndrome(1)).toEqual({ ec: 0x15, iss: 0x42 })
    expect(system.field(L.CPU_DAIF)).toBe(0x3c0)
    expect(system.field(L.CPU_SPSEL)).toBe(1)
    expect(system.sp).toBe(0x5555n)
    expect(system.get(S.SYS_SP_EL0)).toBe(0x7777n)
  })

  test('uses the vector of where it came from', () => {
    for (const [el, spsel, hcr, expected] of [
      [0, 0, 0n, [1, 0x8400]],
      [1, 0, 0n, [1, 0x8000]],
      [1, 1, 0n, [1, 0x8200]],
      [2, 0, 0n, [2, 0x1_0000]],
      [2, 1, 0n, [2, 0x1_0200]],
      [0, 0, HCR.TGE, [2, 0x1_0400]],
    ] as const) {
      const system = at(el, hcr)
      system.setField(L.CPU_SPSEL, spsel)
      system.call('undefinedInstruction')
      expect(taken(system)).toEqual([...expected])
    }
  })

  test('sets PAN unless SCTLR.SPAN, on CPUs that have it', () => {
    const pan = (model: 'cortex-a57' | 'cortex-a76', sctlr: bigint) => {
      const system = at(0, 0n, model)
      system.set(S.SYS_SCTLR_EL1, sctlr)
      system.call('svc', 0)
      return system.field(L.CPU_PAN)
    }
    expect(pan('cortex-a76', 0n)).toBe(1)
    expect(pan('cortex-a76', 1n << 23n)).toBe(0)
    expect(pan('cortex-a57', 0n)).toBe(0)
  })

  test('counts', () => {
    const system = at(1)
    system.call('svc', 0)
    system.call('svc', 0)
    expect(system.view.getUint32(L.MACH_BASE + L.MACH_EXCEPTIONS, true)).toBe(2)
  })
})

describe('aborts', () => {
  const abort = (el: number, name: string, ...args: (number | bigint)[]) => {
    const system = at(el)
    system.call(name, ...args)
    return {
      ...system.syndrome(el === 2 ? 2 : 1),
      far: system.get(el === 2 ? S.SYS_FAR_EL2 : S.SYS_FAR_EL1),
    }
  }

  test('have the class of where they came from, WnR, and FAR', () => {
    expect(abort(0, 'alignmentFault', 0x77n, 1)).toEqual({ ec: 0x24, iss: 0x61, far: 0x77n })
    expect(abort(1, 'alignmentFault', 0x77n, 0)).toEqual({ ec: 0x25, iss: 0x21, far: 0x77n })
    expect(abort(2, 'externalAbort', 0x77n, 1)).toEqual({ ec: 0x25, iss: 0x50, far: 0x77n })
  })

  test('report what a failed translation found', () => {
    const system = at(1)
    system.set(S.SYS_SCTLR_EL1, 1n)
    system.translate(0x1_0000_0000_0000n, 'fetch', L.MMU_EL1)
    system.call('prefetchAbort', 0x1_0000_0000_0000n)
    expect(system.syndrome(1)).toEqual({ ec: 0x21, iss: 4 })
    expect(system.get(S.SYS_FAR_EL1)).toBe(0x1_0000_0000_0000n)
  })

  test('drop the syndrome of the instruction where only stage 2 has one', () => {
    const system = at(1)
    system.set(S.SYS_SCTLR_EL1, 1n)
    system.translate(1n << 48n, 'read', L.MMU_EL1)
    system.call('dataAbort', 1n << 48n, 0, 1 << 24)
    expect(system.syndrome(1)).toEqual({ ec: 0x25, iss: 4 })
  })

  test('external ones go to EL2 if HCR_EL2.TEA says so', () => {
    const system = at(1, HCR.TEA)
    system.call('externalAbort', 0x77n, 0)
    expect(system.field(L.CPU_EL)).toBe(2)
    expect(system.syndrome(2)).toEqual({ ec: 0x24, iss: 0x10 })
  })

  test('PC alignment reports PC in FAR, SP alignment does not', () => {
    const system = at(0)
    system.set(L.CPU_PC, 0x1002n)
    system.call('pcAlignment')
    expect(system.syndrome(1)).toEqual({ ec: 0x22, iss: 0 })
    expect(system.get(S.SYS_FAR_EL1)).toBe(0x1002n)
    const other = at(0)
    other.call('spAlignment')
    expect(other.syndrome(1)).toEqual({ ec: 0x26, iss: 0 })
    expect(other.get(S.SYS_FAR_EL1)).toBe(0n)
  })
})

describe('calls', () => {
  test('HVC goes to EL2 with the next address', () => {
    const system = at(1)
    system.call('hvc', 7)
    expect(taken(system)).toEqual([2, 0x1_0400])
    expect(system.syndrome(2)).toEqual({ ec: 0x16, iss: 7 })
    expect(system.get(S.SYS_ELR_EL2)).toBe(0x1234n)
  })

  test('HVC is UNDEFINED at EL0, with HCD, and without EL2', () => {
    for (const system of [at(0), at(1, HCR.HCD), at(1, 0n, 'cortex-a57', { el2: false })]) {
      system.call('hvc', 0)
      expect(system.syndrome(1).ec).toBe(0)
      expect(system.get(S.SYS_ELR_EL1)).toBe(0x1230n)
    }
  })

  test('SMC is trapped by TSC, at its own address, and UNDEFINED otherwise', () => {
    const trapped = at(1, HCR.TSC)
    trapped.call('smc', 3)
    expect(trapped.syndrome(2)).toEqual({ ec: 0x17, iss: 3 })
    expect(trapped.get(S.SYS_ELR_EL2)).toBe(0x1230n)
    const plain = at(1)
    plain.call('smc', 3)
    expect(plain.syndrome(1).ec).toBe(0)
  })

  test('the host serves its conduit above EL0, unless a hypervisor owns or traps it', () => {
    const serves = (el: number, kind: number, conduit: number, el2: boolean, hcr = 0n) =>
      at(el, hcr, 'cortex-a57', { conduit, el2 }).call('hostServes', kind) !== 0
    expect(serves(1, 0, L.OPT_HVC, false)).toBe(true)
    expect(serves(0, 0, L.OPT_HVC, false)).toBe(false)
    expect(serves(1, 0, L.OPT_HVC, true)).toBe(false)
    expect(serves(1, 1, L.OPT_HVC, false)).toBe(false)
    expect(serves(1, 1, L.OPT_SMC, true)).toBe(true)
    expect(serves(1, 1, L.OPT_SMC, true, HCR.TSC)).toBe(false)
    expect(serves(2, 1, L.OPT_SMC, true, HCR.TSC)).toBe(true)
  })

  test('BRK goes where debug exceptions go', () => {
    const route = (el: number, hcr: bigint, mdcr: bigint) => {
      const system = at(el, hcr)
      system.set(S.SYS_MDCR_EL2, mdcr)
      system.call('brk', 0xf)
      return system.field(L.CPU_EL)
    }
    expect(route(0, 0n, 0n)).toBe(1)
    expect(route(1, 0n, 1n << 8n)).toBe(2)
    expect(route(0, HCR.TGE, 0n)).toBe(2)
    expect(route(2, 0n, 0n)).toBe(2)
  })
})

describe('FP traps', () => {
  const trap = (el: number, cpacr: bigint, cptr: bigint, hcr = 0n) => {
    const system = at(el, hcr, 'cortex-a76')
    system.set(S.SYS_CPACR_EL1, cpacr << 20n)
    system.set(S.SYS_CPTR_EL2, cptr)
    return system
  }
  const TFP = 1n << 10n
  const FPEN = 3n << 20n

  test('come from CPACR_EL1.FPEN, then CPTR_EL2.TFP', () => {
    const target = (el: number, cpacr: bigint, cptr: bigint) =>
      trap(el, cpacr, cptr).field(L.CPU_FP_TRAP)
    expect([0n, 1n, 2n, 3n].map((fpen) => target(0, fpen, 0n))).toEqual([1, 1, 1, 0])
    expect([0n, 1n, 2n, 3n].map((fpen) => target(1, fpen, 0n))).toEqual([1, 0, 1, 0])
    expect([0, 1, 2].map((el) => target(el, 3n, TFP))).toEqual([2, 2, 2])
    expect(target(2, 0n, 0n)).toBe(0)
  })

  test('come from CPTR_EL2.FPEN for a host', () => {
    const hcr = HCR.E2H | HCR.TGE
    expect(trap(2, 0n, 0n, hcr).field(L.CPU_FP_TRAP)).toBe(2)
    expect(trap(2, 0n, FPEN, hcr).field(L.CPU_FP_TRAP)).toBe(0)
    expect(trap(0, 0n, FPEN, hcr).field(L.CPU_FP_TRAP)).toBe(0)
    expect(trap(0, 3n, 1n << 20n, hcr).field(L.CPU_FP_TRAP)).toBe(2)
    expect(trap(2, 3n, 1n << 20n, hcr).field(L.CPU_FP_TRAP)).toBe(0)
  })

  test("report the class of FP, or an unknown reason when TGE sends EL1's trap to EL2", () => {
    const system = trap(1, 0n, 0n)
    system.call('fpTrap')
    expect(system.syndrome(1)).toEqual({ ec: 7, iss: 0x1e0_0000 })
    const routed = trap(0, 0n, 0n, HCR.TGE)
    routed.call('fpTrap')
    expect(routed.syndrome(2)).toEqual({ ec: 0, iss: 0 })
  })
})

describe('ERET', () => {
  function eret(
    el: number,
    spsr: bigint,
    hcr = 0n,
    model: 'cortex-a57' | 'cortex-a76' = 'cortex-a57',
  ): System {
    const system = at(el, hcr, model)
    system.set(el === 2 ? S.SYS_SPSR_EL2 : S.SYS_SPSR_EL1, spsr)
    system.set(el === 2 ? S.SYS_ELR_EL2 : S.SYS_ELR_EL1, 0x4000n)
    system.setField(L.CPU_EXCL_SIZE, 8)
    system.call('eret')
    return system
  }

  test('restores PSTATE and the stack, opens the monitor and sets the event register', () => {
    const system = eret(1, 0x6000_0340n)
    expect(taken(system)).toEqual([0, 0x4000])
    expect(system.mrs(encode(3, 3, 4, 2, 0))).toBe(0x6000_0000n)
    expect(system.field(L.CPU_DAIF)).toBe(0x340)
    expect(system.field(L.CPU_EXCL_SIZE)).toBe(0)
    expect(system.field(L.CPU_EVENT)).toBe(1)
    expect(system.field(L.CPU_IL)).toBe(0)
  })

  test('goes from EL2 to EL1 with either stack', () => {
    expect(eret(2, 0x5n).field(L.CPU_SPSEL)).toBe(1)
    expect(eret(2, 0x4n).field(L.CPU_SPSEL)).toBe(0)
    expect(eret(2, 0x9n).field(L.CPU_EL)).toBe(2)
  })

  test('is illegal to AArch32, EL3, a higher EL, EL0 with SP_EL1, reserved modes, and EL1 under TGE', () => {
    for (const [el, spsr, hcr] of [
      [1, 0x10n, 0n],
      [1, 0xdn, 0n],
      [1, 0x9n, 0n],
      [1, 0x1n, 0n],
      [1, 0x6n, 0n],
      [2, 0x2n, 0n],
      [2, 0x5n, HCR.TGE],
    ] as const) {
      const system = eret(el, spsr | 0x8000_0000n, hcr)
      expect(system.field(L.CPU_IL)).toBe(1)
      expect(taken(system)).toEqual([el, 0x4000])
      expect(system.mrs(encode(3, 3, 4, 2, 0))).toBe(0x8000_0000n)
      system.call('illegalState')
      expect(system.syndrome(el === 2 ? 2 : 1)).toEqual({ ec: 0x0e, iss: 0 })
      expect(system.field(L.CPU_IL)).toBe(0)
      expect(system.get(el === 2 ? S.SYS_SPSR_EL2 : S.SYS_SPSR_EL1) & (1n << 20n)).not.toBe(0n)
    }
  })

  test('to EL2 is illegal where there is none', () => {
    const system = new System('cortex-a57')
    system.set(S.SYS_SPSR_EL1, 9n)
    system.call('eret')
    expect(system.field(L.CPU_IL)).toBe(1)
  })

  test('is UNDEFINED at EL0', () => {
    const system = at(0)
    system.call('eret')
    expect(system.syndrome(1).ec).toBe(0)
  })

  test('restores PAN and UAO only on CPUs that have them', () => {
    const bits = 3n << 22n
    const a76 = eret(2, 5n | bits, 0n, 'cortex-a76')
    expect([a76.field(L.CPU_PAN), a76.field(L.CPU_UAO)]).toEqual([1, 1])
    const a57 = eret(2, 5n | bits)
    expect([a57.field(L.CPU_PAN), a57.field(L.CPU_UAO)]).toEqual([0, 0])
  })

  test('drops the tag of its target where tags are ignored', () => {
    const system = at(1)
    system.set(S.SYS_TCR_EL1, 3n << 37n)
    system.set(S.SYS_SPSR_EL1, 0n)
    system.set(S.SYS_ELR_EL1, 0x5a00_0000_0000_4000n)
    system.call('eret')
    expect(system.get(L.CPU_PC)).toBe(0x4000n)
  })
})

describe('interrupts', () => {
  /** What is taken with these lines: EL and vector, or undefined. */
  function poll(el: number, lines: number, daif = 0, hcr = 0n): [number, number] | undefined {
    const system = at(el, hcr, 'cortex-a76')
    system.setField(L.CPU_DAIF, daif)
    system.setField(L.CPU_LINES, lines)
    return system.call('pollInterrupts') ? taken(system) : undefined
  }
  const { LINE_IRQ, LINE_FIQ, LINE_SERROR, LINE_VIRQ, LINE_VFIQ } = L

  test('are taken to EL1 by their vectors, unless masked', () => {
    expect(poll(0, LINE_IRQ)).toEqual([1, 0x8480])
    expect(poll(1, LINE_FIQ)).toEqual([1, 0x8300])
    expect(poll(1, LINE_SERROR)).toEqual([1, 0x8380])
    expect(poll(1, LINE_IRQ, 0x80)).toBeUndefined()
    expect(poll(1, LINE_FIQ, 0x40)).toBeUndefined()
    expect(poll(1, LINE_SERROR, 0x100)).toBeUndefined()
    expect(poll(1, 0)).toBeUndefined()
  })

  test('routed to EL2 are not masked from below', () => {
    expect(poll(1, LINE_IRQ, 0x3c0, HCR.IMO)).toEqual([2, 0x1_0480])
    expect(poll(0, LINE_FIQ, 0x3c0, HCR.FMO)).toEqual([2, 0x1_0500])
    expect(poll(1, LINE_SERROR, 0x3c0, HCR.AMO)).toEqual([2, 0x1_0580])
    expect(poll(0, LINE_IRQ, 0x3c0, HCR.TGE)).toEqual([2, 0x1_0480])
    expect(poll(2, LINE_IRQ, 0x80, HCR.IMO)).toBeUndefined()
    expect(poll(2, LINE_IRQ, 0, HCR.IMO)).toEqual([2, 0x1_0280])
  })

  test('of EL1 wait while EL2 executes', () => {
    expect(poll(2, LINE_IRQ)).toBeUndefined()
  })

  test('of a host are masked by its user space', () => {
    expect(poll(0, LINE_IRQ, 0x80, HCR.E2H | HCR.TGE)).toBeUndefined()
    expect(poll(0, LINE_IRQ, 0, HCR.E2H | HCR.TGE)).toEqual([2, 0x1_0480])
  })

  test('virtual ones go to EL1, if enabled, from EL0 and EL1', () => {
    expect(poll(1, LINE_VIRQ, 0, HCR.IMO)).toEqual([1, 0x8280])
    expect(poll(0, LINE_VFIQ, 0, HCR.FMO)).toEqual([1, 0x8500])
    expect(poll(1, 0, 0, HCR.IMO | HCR.VI)).toEqual([1, 0x8280])
    expect(poll(1, 0, 0, HCR.FMO | HCR.VF)).toEqual([1, 0x8300])
    expect(poll(1, 0, 0x80, HCR.IMO | HCR.VI)).toBeUndefined()
    expect(poll(1, LINE_VIRQ)).toBeUndefined()
    expect(poll(1, 0, 0, HCR.VI)).toBeUndefined()
    expect(poll(2, LINE_VIRQ, 0, HCR.IMO)).toBeUndefined()
    expect(poll(0, LINE_VIRQ, 0, HCR.IMO | HCR.TGE | HCR.E2H)).toBeUndefined()
  })

  test('a virtual SError is taken once', () => {
    const system = at(1, HCR.AMO | HCR.VSE)
    expect(system.call('pollInterrupts')).toBe(1)
    expect(system.syndrome(1).ec).toBe(0x2f)
    expect(system.get(S.SYS_HCR_EL2) & HCR.VSE).toBe(0n)
  })

  test('an SError is taken once', () => {
    const system = at(1)
    system.setField(L.CPU_LINES, L.LINE_SERROR)
    expect(system.call('pollInterrupts')).toBe(1)
    expect(system.field(L.CPU_LINES)).toBe(0)
  })

  test('return to the interrupted instruction', () => {
    const system = at(0)
    system.setField(L.CPU_LINES, LINE_IRQ)
    system.call('pollInterrupts')
    expect(system.get(S.SYS_ELR_EL1)).toBe(0x1234n)
  })

  test('unmasking asks for attention, masking alone does not', () => {
    const system = at(1)
    system.setField(L.CPU_DAIF, 0x3c0)
    system.setField(L.CPU_LINES, LINE_IRQ)
    expect(system.call('pollInterrupts')).toBe(0)
    expect(system.field(L.CPU_ATTENTION)).toBe(0)
    system.call('msrImm', 3, 2, 7)
    expect(system.field(L.CPU_ATTENTION)).toBe(1)
    expect(system.call('pollInterrupts')).toBe(1)
  })

  test('wake WFI whether masked or not', () => {
    const wakes = (el: number, lines: number, hcr = 0n) => {
      const system = at(el, hcr)
      system.setField(L.CPU_DAIF, 0x3c0)
      system.setField(L.CPU_LINES, lines)
      return system.call('wfiWakes') !== 0
    }
    expect(wakes(1, 0)).toBe(false)
    expect(wakes(1, LINE_IRQ)).toBe(true)
    expect(wakes(2, LINE_IRQ)).toBe(true)
    expect(wakes(1, LINE_VIRQ, HCR.IMO)).toBe(true)
    expect(wakes(1, LINE_VIRQ)).toBe(false)
    expect(wakes(2, LINE_VIRQ, HCR.IMO)).toBe(false)
  })

  test('show in ISR_EL1: physical, or virtual where EL2 took them over', () => {
    const system = at(1)
    system.setField(L.CPU_LINES, LINE_IRQ | LINE_VFIQ)
    const isr = encode(3, 0, 12, 1, 0)
    expect(system.mrs(isr)).toBe(0x80n)
    system.set(S.SYS_HCR_EL2, HCR.RW | HCR.IMO | HCR.FMO)
    expect(system.mrs(isr)).toBe(0x40n)
  })
})

describe('WFI and WFE', () => {
  test('are trapped from EL0 by SCTLR_EL1 and from EL1 by HCR_EL2', () => {
    const system = at(0)
    system.set(S.SYS_SCTLR_EL1, 0n)
    expect(system.call('waitTrapped', 1)).toBe(1)
    expect(system.syndrome(1)).toEqual({ ec: 1, iss: 0x1e0_0001 })
    const guest = at(1, HCR.TWI)
    expect(guest.call('waitTrapped', 0)).toBe(1)
    expect(guest.syndrome(2)).toEqual({ ec: 1, iss: 0x1e0_0000 })
    expect(at(1).call('waitTrapped', 0)).toBe(0)
  })
})

describe('software step', () => {
  const MDSCR_SS = 1n
  const MDSCR_KDE = 1n << 13n

  function stepping(el: number, mdscr: bigint): System {
    const system = at(el)
    system.set(S.SYS_OSLSR_EL1, 8n)
    system.set(S.SYS_MDSCR_EL1, mdscr)
    return system
  }

  test('is active at EL0, and at EL1 with KDE while D is clear', () => {
    expect(stepping(0, MDSCR_SS).field(L.CPU_STEP)).toBe(1)
    expect(stepping(0, 0n).field(L.CPU_STEP)).toBe(0)
    expect(stepping(1, MDSCR_SS).field(L.CPU_STEP)).toBe(0)
    const kernel = stepping(1, MDSCR_SS | MDSCR_KDE)
    expect(kernel.field(L.CPU_STEP)).toBe(1)
    kernel.call('msrImm', 3, 8, 6)
    expect(kernel.field(L.CPU_STEP)).toBe(0)
  })

  test('is not active while the OS lock is held', () => {
    const system = stepping(0, MDSCR_SS)
    system.set(S.SYS_OSLSR_EL1, 0xan)
    expect(system.field(L.CPU_STEP)).toBe(0)
  })

  test('executes one instruction after an ERET with SPSR.SS, then is taken', () => {
    const system = stepping(1, MDSCR_SS)
    system.set(S.SYS_SPSR_EL1, 1n << 21n)
    system.set(S.SYS_ELR_EL1, 0x4000n)
    system.call('eret')
    expect([system.field(L.CPU_STEP), system.field(L.CPU_SS)]).toEqual([1, 1])
    system.set(L.CPU_PC, 0x4004n)
    system.call('stepDone', 0)
    expect(system.field(L.CPU_SS)).toBe(0)
    system.call('softwareStep')
    expect(system.syndrome(1)).toEqual({ ec: 0x32, iss: (1 << 24) | 0x22 })
    expect(system.get(S.SYS_ELR_EL1)).toBe(0x4004n)
    expect(system.field(L.CPU_STEP)).toBe(0)
  })

  test('an ERET without SPSR.SS leads to the exception at once, with no instruction to report', () => {
    const system = stepping(1, MDSCR_SS)
    system.set(S.SYS_SPSR_EL1, 0n)
    system.call('eret')
    expect([system.field(L.CPU_STEP), system.field(L.CPU_SS)]).toEqual([1, 0])
    system.call('softwareStep')
    expect(system.syndrome(1)).toEqual({ ec: 0x32, iss: 0x22 })
  })

  test('a stepped SVC counts as executed, an aborted load does not', () => {
    for (const [name, ss] of [
      ['svc', 0n],
      ['alignmentFault', 1n],
    ] as const) {
      const system = stepping(0, MDSCR_SS)
      system.setField(L.CPU_SS, 1)
      system.call(name, ...(name === 'svc' ? [0] : [0n, 0]))
      expect((system.get(S.SYS_SPSR_EL1) >> 21n) & 1n).toBe(ss)
    }
  })
})

describe('ESB', () => {
  test('defers a masked SError into DISR_EL1', () => {
    const system = at(1, 0n, 'cortex-a76')
    system.setField(L.CPU_DAIF, 0x3c0)
    system.setField(L.CPU_LINES, L.LINE_SERROR)
    system.call('esb')
    expect(system.field(L.CPU_LINES)).toBe(0)
    expect(system.mrs(encode(3, 0, 12, 1, 1))).toBe(1n << 31n)
  })
})

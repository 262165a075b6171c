/**
 * Lines of the bare-metal programs on which QEMU 7.2 and our machine differ: what ours says, and why that is right.
 * Reasons refer to the Arm ARM (DDI 0487) by the name of the section, register or function.
 */
import type { Target } from './program.ts'

export interface Deviation {
  /** What the line starts with, up to ":" or "=". */
  readonly name: string | RegExp
  /** The rest of the line, as our machine prints it. */
  readonly ours: string
  readonly reason: string
  /** Only on such a machine. */
  readonly on?: Partial<Target>
}

const SP =
  'CheckSPAlignment(): SCTLR_EL1.SA is set, a misaligned SP as base faults; QEMU does not check it'
const DEVICE = '"Device memory": unaligned accesses to it fault; QEMU 7.2 does not check them'
const ZVA = 'DC ZVA: on Device memory it raises an Alignment fault; QEMU executes it'
const MAINTENANCE =
  'ESR_ELx, ISS of a Data Abort: maintenance by address faults with CM and WnR; QEMU makes it a NOP'
const EXCLUSIVE =
  'AArch64.ExclusiveMonitorsPass(): it is IMPLEMENTATION DEFINED whether faults come before the monitor is asked; here they do'
const WALK_LEVEL =
  'AArch64.S2Walk(): the level is that of the stage 2 lookup that failed; QEMU 7.2 gives that of stage 1'
const NO_ISV = 'ESR_EL2, ISS of a Data Abort: ISV is 0 for faults that are not of stage 2'
const PAR_SH = 'PAR_EL1.SH: outer shareable for any Device or Non-cacheable memory'
const NO_AARCH32 = 'There is no AArch32 here: its ID registers are zero, and no EL supports it'

function fault(esr: string, far: string, elr = '0', vector = 4, spsr = '3c5'): string {
  return ` vector ${vector} el 1 esr ${esr} far ${far} elr ${elr} spsr ${spsr}`
}

/** From EL2's point of view. */
function hypFault(esr: string, far: string, hpfar: string): string {
  return ` vector 8 el 2 esr ${esr} far ${far} elr 0 spsr 3c5 hpfar ${hpfar}`
}

const BLOCK_LEVELS: readonly Deviation[] = (
  [
    ['k64_48_block_at_l1', '96000005', '40000000000'],
    ['k4_48_block_at_l0', '96000004', '8000000000'],
    ['k16_47_block_at_l1', '96000005', '1000000000'],
  ] as const
).map(([name, esr, far]) => ({
  name,
  ours: fault(esr, far),
  reason:
    '"VMSAv8-64 block descriptors": there are none at this level without FEAT_LPA or FEAT_LPA2; QEMU 7.2 takes them',
}))

/** By program. */
const deviations: Readonly<Record<string, readonly Deviation[]>> = {
  align: [
    { name: /^ld[rpq]+_mmuoff$/, ours: ' 96000021', reason: DEVICE },
    { name: 'ldr_device_unaligned', ours: ' 96000021', reason: DEVICE },
    { name: 'dczva_mmuoff', ours: ' 96000061', reason: ZVA },
    { name: 'sp_misaligned', ours: ' 9a000000', reason: SP },
  ],
  el2: [
    {
      name: 'tpmcr',
      ours: hypFault('6230e639', '0', '0'),
      reason: 'MDCR_EL2.TPMCR traps PMCR_EL0; QEMU 7.2 only knows TPM',
    },
  ],
  exceptions: [
    { name: /^sp_misaligned(_store|_q)?$/, ours: fault('9a000000', '0', '4'), reason: SP },
    {
      name: 'user_daif',
      ours: fault('620cd3e4', '0', '0', 8, '3c0'),
      reason: 'ESR_ELx, ISS of a trapped MSR: Op2 is in 19:17, Op1 in 16:14; QEMU swaps them',
    },
    { name: 'contextidr', ours: 'ffffffff', reason: 'CONTEXTIDR_EL1: bits 63:32 are RES0' },
    { name: 'vbar', ours: 'fffffffffffff800', reason: 'VBAR_EL1: bits 10:0 are RES0' },
  ],
  gicv3: [
    {
      name: 'typer',
      ours: '3780008',
      reason:
        'GICD_TYPER: there are no LPIs here; ITLinesNumber counts all 288 interrupts, QEMU 7.2 forgets 32',
    },
    { name: 'gicr_typer', ours: '10', reason: 'GICR_TYPER: there are no LPIs here' },
    {
      name: 'priorities',
      ours: '80a020c0',
      reason: 'GICR_IPRIORITYR: with 5 bits of priority the low 3 are RAZ/WI; QEMU keeps them',
    },
    {
      name: 'irouter',
      ours: '0',
      reason:
        'GICD_IROUTER: Interrupt_Routing_Mode is RES0 as GICD_TYPER.No1N is set; QEMU keeps it',
    },
  ],
  granules: BLOCK_LEVELS,
  granules16: BLOCK_LEVELS,
  id: [
    {
      name: /^S3_0_C0_C1_|^S3_0_C0_C2_[0-7]|^S3_0_C0_C3_/,
      ours: ' 0000000000000000',
      reason: NO_AARCH32,
    },
    {
      name: 'S3_0_C0_C4_0',
      ours: ' 0000000000000011',
      reason: NO_AARCH32,
      on: { cpu: 'cortex-a57' },
    },
    {
      name: 'S3_0_C0_C4_0',
      ours: ' 1100000010110111',
      reason: NO_AARCH32,
      on: { cpu: 'cortex-a76' },
    },
    { name: 'PMCEID0_EL0', ours: ' 0000000000020101', reason: 'INST_RETIRED is counted here' },
    {
      name: 'S3_0_C0_C7_1',
      ours: ' 0000000010212120',
      reason: 'FEAT_HAFDBS is not implemented, and says so',
      on: { cpu: 'cortex-a76' },
    },
    { name: 'HCR_EL2', ours: ' 0000000080000000', reason: NO_AARCH32, on: { el2: true } },
    {
      name: 'SCTLR_EL2',
      ours: ' 0000000030c50830',
      reason: 'SCTLR_EL2: these bits are RES1',
      on: { el2: true },
    },
  ],
  mmu: [
    { name: 'unaligned_stxr', ours: fault('96000061', '80000001'), reason: EXCLUSIVE },
    { name: 'user_stxr_ro', ours: fault('9200004f', '80002000', '0', 8, '3c0'), reason: EXCLUSIVE },
    { name: 'device_unaligned', ours: fault('96000021', '80009001'), reason: DEVICE },
    { name: 'device_unaligned_store', ours: fault('96000061', '80009001'), reason: DEVICE },
    { name: 'device_zva', ours: fault('96000061', '80009000'), reason: ZVA },
    {
      name: /^(ivau|cvau|civac|ivac)_none$/,
      ours: fault('96000147', '80004000'),
      reason: MAINTENANCE,
    },
    { name: 'ivac_ro', ours: fault('9600014f', '80003000'), reason: MAINTENANCE },
    { name: 'par_device', ours: '400000040609b00', reason: PAR_SH },
    { name: 'par_noncacheable', ours: '440000004060fb00', reason: PAR_SH },
  ],
  stage2: [
    { name: 'civac', ours: hypFault('92000147', '40602010', '406020'), reason: MAINTENANCE },
    {
      name: 'cross',
      ours: `${fault('96000021', '40601ffc')} hpfar 0`,
      reason: DEVICE,
    },
    {
      name: 'device_unaligned',
      ours: `${fault('96000021', '40604001')} hpfar 0`,
      reason: DEVICE,
    },
    { name: 'walk_l2', ours: hypFault('92000087', 'c0000000', '406020'), reason: WALK_LEVEL },
    { name: 'walk_l2_high', ours: hypFault('92000085', '100000008', '800000'), reason: WALK_LEVEL },
    {
      name: 'protected_walk',
      ours: hypFault('9200008f', '1c0000000', '406040'),
      reason: WALK_LEVEL,
    },
    { name: 'at_s1e2', ours: '80000b00', reason: PAR_SH },
    ...(
      [
        ['el2_store_ro', '9600004f', '80003000'],
        ['el2_invalid', '96000007', '80006000'],
        ['el2_high', '96000004', 'ffffff8000000000'],
      ] as const
    ).map(([name, esr, far]) => ({
      name,
      ours: ` vector 4 el 2 esr ${esr} far ${far} elr 0 spsr 3c9 hpfar 0`,
      reason: NO_ISV,
    })),
  ],
  step: [
    {
      name: 'kernel_masks',
      ours: fault('56000003', '0', 'c'),
      reason:
        'AArch64.GenerateDebugExceptionsFrom(): PSTATE.D, set by the instruction stepped, masks the exception',
    },
    {
      name: 'os_lock',
      ours: fault('56000009', '0', '8', 8, '3c0'),
      reason:
        'AArch64.GenerateDebugExceptionsFrom(): none while the OS Lock is locked; QEMU does not check it',
    },
  ],
  newer: [{ name: 'cvap_none', ours: fault('96000147', '80004000'), reason: MAINTENANCE }],
  vhe: [
    { name: /^sctlr(_el2)?$/, ours: '30c50830', reason: 'SCTLR_EL2: these bits are RES1' },
    {
      name: 'none',
      ours: ' vector 4 el 2 esr 96000007 far 80004000 elr 0 spsr 3c9 hpfar 0',
      reason: NO_ISV,
    },
    {
      name: 'pan',
      ours: ' vector 4 el 2 esr 9600000f far 80001000 elr 0 spsr 4003c9 hpfar 0',
      reason: NO_ISV,
    },
    {
      name: 'el12_undefined',
      ours: ' vector 4 el 2 esr 2000000 far 0 elr 0 spsr 3c9 hpfar 0',
      reason: 'SCTLR_EL12: UNDEFINED while HCR_EL2.E2H is 0; QEMU 7.2 allows it',
    },
  ],
}

function applies(deviation: Deviation, name: string, target: Target): boolean {
  const named =
    deviation.name instanceof RegExp ? deviation.name.test(name) : deviation.name === name
  const wanted = Object.entries(deviation.on ?? {})
  return named && wanted.every(([key, value]) => target[key as keyof Target] === value)
}

/** QEMU's output with the lines of a program's deviations as our machine prints them. */
export function corrected(output: string, program: string, target: Target): string {
  const known = deviations[program] ?? []
  const lines = output.split('\n').map((line) => {
    const match = /^(\S+?)( ?[:=])/.exec(line)
    const deviation = match && known.find((each) => applies(each, match[1]!, target))
    return deviation ? match[0] + deviation.ours : line
  })
  return lines.join('\n')
}

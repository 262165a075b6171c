/**
 * Power State Coordination Interface 1.1: starting and stopping vCPUs, power-off, reset.
 *
 * Source: DEN 0022D. A guest reaches it by HVC, or by SMC when it owns EL2. Function numbers in w0, arguments in x1 to
 * x3, result in x0. Modelled: what QEMU's `virt` offers. Not modelled: system suspend, migration, statistics.
 */

const PSCI_VERSION = 0x8400_0000
const CPU_SUSPEND = 0x8400_0001
const CPU_OFF = 0x8400_0002
const CPU_ON = 0x8400_0003
const AFFINITY_INFO = 0x8400_0004
const CPU_SUSPEND_64 = 0xc400_0001
const CPU_ON_64 = 0xc400_0003
const AFFINITY_INFO_64 = 0xc400_0004
const MIGRATE_INFO_TYPE = 0x8400_0006
const SYSTEM_OFF = 0x8400_0008
const SYSTEM_RESET = 0x8400_0009
const PSCI_FEATURES = 0x8400_000a
/** Set in the numbers of functions with 64-bit arguments. */
const SMC64 = 0x4000_0000

const VERSION_1_1 = 0x0001_0001
const SUCCESS = 0
const NOT_SUPPORTED = -1
const INVALID_PARAMETERS = -2
const ALREADY_ON = -4
/** AFFINITY_INFO */
const ON = 0
const OFF = 1
/** MIGRATE_INFO_TYPE: the trusted OS is absent, nothing needs to be migrated. */
const MIGRATION_NOT_REQUIRED = 2

const KNOWN = new Set([
  ...[PSCI_VERSION, CPU_SUSPEND, CPU_SUSPEND_64, CPU_OFF, CPU_ON, CPU_ON_64, AFFINITY_INFO],
  ...[AFFINITY_INFO_64, MIGRATE_INFO_TYPE, SYSTEM_OFF, SYSTEM_RESET, PSCI_FEATURES],
])
/** MPIDR's affinity fields. */
const AFFINITY_MASK = 0xff_00ff_ffffn
/** Arguments of functions without SMC64. */
const LOW_HALF = 0xffff_ffffn

/** What PSCI does to the vCPUs and the machine. */
export interface PsciMachine {
  readonly cpus: number
  getX(cpu: number, n: number): bigint
  setX(cpu: number, n: number, value: bigint): void
  isOff(cpu: number): boolean
  /** Starts a vCPU at its highest exception level with x0 = `context`. */
  cpuOn(cpu: number, entry: bigint, context: bigint): void
  cpuOff(cpu: number): void
  systemOff(): void
  systemReset(): void
}

/** Serves one call. The vCPU's registers hold the result when this returns. */
export function psciCall(machine: PsciMachine, cpu: number): void {
  const fn = Number(machine.getX(cpu, 0) & 0xffff_ffffn)
  const mask = (fn & SMC64) !== 0 ? (1n << 64n) - 1n : LOW_HALF
  const argument = (n: number): bigint => machine.getX(cpu, n) & mask
  machine.setX(cpu, 0, BigInt.asUintN(64, BigInt(serve(machine, cpu, fn, argument))))
}

function serve(
  machine: PsciMachine,
  cpu: number,
  fn: number,
  argument: (n: number) => bigint,
): number {
  switch (fn) {
    case PSCI_VERSION:
      return VERSION_1_1
    case MIGRATE_INFO_TYPE:
      return MIGRATION_NOT_REQUIRED
    case PSCI_FEATURES:
      return KNOWN.has(Number(argument(1) & 0xffff_ffffn)) ? SUCCESS : NOT_SUPPORTED
    case CPU_SUSPEND:
    case CPU_SUSPEND_64:
      // Returning at once is allowed: a wake-up event may already be there. Callers loop.
      return SUCCESS
    case CPU_OFF:
      machine.cpuOff(cpu)
      return SUCCESS
    case CPU_ON:
    case CPU_ON_64:
      return cpuOn(machine, argument(1), argument(2), argument(3))
    case AFFINITY_INFO:
    case AFFINITY_INFO_64:
      return affinityInfo(machine, argument(1), argument(2))
    case SYSTEM_OFF:
      machine.systemOff()
      return SUCCESS
    case SYSTEM_RESET:
      machine.systemReset()
      return SUCCESS
    default:
      return NOT_SUPPORTED
  }
}

/** The vCPU with these affinity fields, or undefined: all are in one cluster, numbered by Aff0. */
function findCpu(machine: PsciMachine, mpidr: bigint): number | undefined {
  const affinity = Number(mpidr & AFFINITY_MASK)
  return affinity < machine.cpus ? affinity : undefined
}

function cpuOn(machine: PsciMachine, mpidr: bigint, entry: bigint, context: bigint): number {
  const target = findCpu(machine, mpidr)
  // A64 entry points are aligned.
  if (target === undefined || (entry & 3n) !== 0n) return INVALID_PARAMETERS
  if (!machine.isOff(target)) return ALREADY_ON
  machine.cpuOn(target, entry, context)
  return SUCCESS
}

function affinityInfo(machine: PsciMachine, mpidr: bigint, level: bigint): number {
  const target = findCpu(machine, mpidr)
  if (target === undefined || level > 3n) return INVALID_PARAMETERS
  // Every higher level contains the caller, which is on.
  return level === 0n && machine.isOff(target) ? OFF : ON
}

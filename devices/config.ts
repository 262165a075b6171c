/**
 * `MachineConfig`: a checked spec with nothing left out. What machines are made of, and what a snapshot stores.
 *
 * Plain data without code that checks it, so that it can be handed to another process.
 */

export const CPU_MODELS = ['cortex-a53', 'cortex-a57', 'cortex-a72', 'cortex-a76', 'max'] as const
export type CpuModelName = (typeof CPU_MODELS)[number]

export const CLOCKS = ['virtual', 'realtime'] as const
export type ClockMode = (typeof CLOCKS)[number]

export const MAX_CPUS = 8
export const MIN_MEMORY = 128 * 2 ** 20
export const MAX_MEMORY = 3 * 2 ** 30
/** The board's virtio transports. */
export const MAX_DISKS_AND_NETWORKS = 32
export const DEFAULT_NS_PER_INSN = 8
/** 2025-01-01, what the real-time clock of a `virtual` machine shows at its start. */
export const DEFAULT_RTC_SECONDS = 1_735_689_600

export interface BootConfig {
  readonly firmware?: string | undefined
  readonly vars?: string | undefined
  readonly kernel?: string | undefined
  readonly initrd?: string | undefined
  readonly cmdline?: string | undefined
  readonly dtb?: string | undefined
}

export interface DiskConfig {
  readonly file: string
  readonly readonly?: boolean | undefined
  readonly overlay?: string | undefined
}

export interface NetworkConfig {
  readonly type: 'none' | 'hub' | 'stream'
  readonly name?: string | undefined
  readonly path?: string | undefined
  readonly mac?: string | undefined
  readonly pcap?: string | undefined
}

export interface ConsoleConfig {
  readonly type: 'virtio'
}

export interface MachineConfig {
  readonly board: 'virt'
  readonly cpu: CpuModelName
  readonly cpus: number
  /** Bytes of RAM. */
  readonly memory: number
  readonly gic: 2 | 3
  readonly el2: boolean
  readonly boot: BootConfig
  readonly disks: readonly DiskConfig[]
  readonly networks: readonly NetworkConfig[]
  readonly consoles: readonly ConsoleConfig[]
  readonly rng: boolean
  readonly clock: ClockMode
  readonly nsPerInsn: number
  readonly seed: number
  readonly rtcSeconds: number
  readonly semihosting: boolean
  readonly noReboot: boolean
}

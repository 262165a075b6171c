/**
 * `MachineSpec`: everything that makes a machine what it is, checked.
 *
 * The command line, the HTTP API's body, the library's options and a snapshot's manifest derive from this one schema.
 * Only what parses specs imports this file: the machine itself takes the parsed `MachineConfig` (config.ts), so that a
 * process that gets one does not load zod.
 */
import { z } from 'zod'
import {
  CLOCKS,
  CPU_MODELS,
  DEFAULT_NS_PER_INSN,
  DEFAULT_RTC_SECONDS,
  MAX_CPUS,
  MAX_DISKS_AND_NETWORKS,
  MAX_MEMORY,
  type MachineConfig,
  MIN_MEMORY,
} from './config.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** Bytes as a number, or as a string with K, M or G: `"512M"`. */
const Memory = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    if (typeof value === 'number') return value
    const match = /^(\d+(?:\.\d+)?)([KMG]?)(?:i?B)?$/i.exec(value.trim())
    if (match) return Number(match[1]) * UNITS[match[2]!.toUpperCase()]!
    context.addIssue(`Cannot read "${value}" as a size: a number of bytes, or with K, M, G`)
    return z.NEVER
  })
  .refine((bytes) => bytes >= MIN_MEMORY && bytes <= MAX_MEMORY && bytes % 2 ** 20 === 0, {
    message: 'Memory must be 128 MiB to 3 GiB, in whole MiB',
  })
  .meta({ description: 'Bytes of RAM: a number, or a string such as "512M". 128 MiB to 3 GiB' })

const Path = z.string().min(1).max(4096)

const Boot = z
  .strictObject({
    firmware: Path.optional().meta({ description: 'Firmware for flash bank 0: U-Boot, AAVMF' }),
    vars: Path.optional().meta({ description: 'File of flash bank 1; the guest writes to it' }),
    kernel: Path.optional().meta({ description: 'ELF, Linux Image, gzip of one, or raw code' }),
    initrd: Path.optional(),
    cmdline: z
      .string()
      .max(4096)
      .regex(/^[^\0]*$/, 'A command line cannot hold a zero byte')
      .optional(),
    dtb: Path.optional().meta({ description: 'Device tree instead of the one of the board' }),
  })
  .refine((boot) => boot.firmware !== undefined || boot.kernel !== undefined, {
    message: 'There is nothing to boot: give a kernel or a firmware',
  })
  .refine((boot) => boot.kernel !== undefined || boot.initrd === undefined, {
    message: 'An initrd needs a kernel',
  })

const Disk = z.strictObject({
  file: Path,
  readonly: z.boolean().optional(),
  overlay: Path.optional().meta({ description: 'Writes go to this file, `file` stays as it is' }),
})

const Mac = z
  .string()
  .regex(
    /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i,
    'A unicast MAC address such as 52:54:00:12:34:56',
  )

const Network = z
  .strictObject({
    type: z.enum(['none', 'hub', 'stream']),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'A hub name: letters, digits, dots, dashes')
      .optional(),
    path: Path.optional(),
    mac: Mac.optional(),
    pcap: Path.optional().meta({ description: 'Writes all frames to this file' }),
  })
  .refine((network) => network.type !== 'hub' || network.name !== undefined, {
    message: 'A hub needs a name',
    path: ['name'],
  })
  .refine((network) => network.type !== 'stream' || network.path !== undefined, {
    message: 'A stream needs the path of a Unix socket',
    path: ['path'],
  })

/** Seconds since 1970, a date, or "host" for the time at which the machine is made. */
const Rtc = z
  .union([
    z.int().min(0).max(0xffff_ffff),
    z.literal('host'),
    z.iso.datetime({
      offset: true,
      error:
        'Must be seconds since 1970, "host", or a time with its zone, such as 2026-01-31T12:00:00Z',
    }),
  ])
  .meta({ description: 'Real-time clock at the start: seconds since 1970, an ISO date, or "host"' })

const shape = z.strictObject({
  board: z.enum(['virt']).default('virt'),
  cpu: z.enum(CPU_MODELS).default('cortex-a57'),
  cpus: z.int().min(1).max(MAX_CPUS).default(1),
  memory: Memory.default(512 << 20),
  gic: z.union([z.literal(2), z.literal(3)]).default(2),
  el2: z
    .boolean()
    .default(false)
    .meta({ description: 'The guest starts at EL2, a hypervisor can run' }),
  boot: Boot,
  disks: z.array(Disk).default([]),
  networks: z.array(Network).default([]),
  consoles: z
    .array(z.strictObject({ type: z.enum(['virtio']) }))
    .max(8)
    .default([])
    .meta({ description: 'Consoles besides the serial port' }),
  rng: z.boolean().default(true).meta({ description: 'An entropy device' }),
  clock: z.enum(CLOCKS).default('virtual'),
  nsPerInsn: z.number().min(0.01).max(1000).default(DEFAULT_NS_PER_INSN),
  seed: z.int().min(0).default(0),
  rtc: Rtc.optional(),
  semihosting: z.boolean().default(false),
  noReboot: z.boolean().default(false),
})

export const MachineSpec = shape.refine(
  ({ disks, networks, consoles, rng }) =>
    disks.length + networks.length + consoles.length + (rng ? 1 : 0) <= MAX_DISKS_AND_NETWORKS,
  { message: `At most ${MAX_DISKS_AND_NETWORKS} disks, networks, consoles and entropy devices` },
)

/** What a caller writes: defaults may be left out. */
export type MachineSpec = z.input<typeof MachineSpec>

/** A spec is not acceptable. `issues` says what and where. */
export class SpecError extends Error {
  override readonly name = 'SpecError'
  constructor(readonly issues: readonly { readonly path: string; readonly message: string }[]) {
    super(issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '))
  }
}

/**
 * Checks a spec and fills in what it leaves out.
 * @throws SpecError with one issue for each thing that is wrong.
 */
export function parseSpec(spec: unknown): MachineConfig {
  const result = MachineSpec.safeParse(spec)
  if (!result.success) {
    throw new SpecError(
      result.error.issues.map((issue) => ({
        path: issue.path.map(String).join('.'),
        message: issue.message,
      })),
    )
  }
  const { rtc, ...rest } = result.data
  return { ...rest, rtcSeconds: rtcSeconds(rtc, rest.clock) }
}

function rtcSeconds(rtc: z.output<typeof Rtc> | undefined, clock: string): number {
  if (typeof rtc === 'number') return rtc
  if (rtc === undefined && clock === 'virtual') return DEFAULT_RTC_SECONDS
  const time = rtc === undefined || rtc === 'host' ? Date.now() : Date.parse(rtc)
  return Math.max(0, Math.min(Math.floor(time / 1000), 0xffff_ffff))
}

/**
 * The options that describe a machine, and the `MachineSpec` they make. What a value must look like is the spec's own
 * business; here only the command line's forms are taken apart.
 */
import { randomInt } from 'node:crypto'
import { CLOCKS, CPU_MODELS, MAX_CPUS, type MachineConfig } from '../../devices/config.ts'
import { type MachineSpec, parseSpec, SpecError } from '../../devices/spec.ts'
import { type Option, split, UsageError, type Values } from './options.ts'

/** Options of `kenix run` and `kenix dumpdtb` that describe the machine. */
export const MACHINE_OPTIONS: readonly Option[] = [
  { name: 'board', value: 'NAME', help: 'virt (default)' },
  { name: 'cpu', value: 'MODEL', help: 'cortex-a53, -a57 (default), -a72, -a76, or max' },
  { name: 'cpus', value: 'N', help: '1 (default) to 8' },
  { name: 'memory', value: 'SIZE', help: '128M to 3G (default 512M)' },
  { name: 'gic', value: '2|3', help: 'interrupt controller version (default 2)' },
  { name: 'el2', help: 'give the CPU EL2, the hypervisor level' },
  { name: 'kernel', value: 'FILE', help: 'ELF, or Linux Image, plain or gzip' },
  { name: 'initrd', value: 'FILE', help: 'initial RAM disk for the kernel' },
  { name: 'append', value: 'STRING', help: "the kernel's command line" },
  { name: 'dtb', value: 'FILE', help: 'device tree to use instead of the made one' },
  { name: 'firmware', value: 'FILE', help: 'firmware for the first flash bank' },
  { name: 'vars', value: 'FILE', help: 'variables, the second flash bank; written' },
  {
    name: 'disk',
    value: 'FILE[,ro][,overlay=FILE]',
    help: 'raw disk; with an overlay, writes go there (,, is a comma)',
    many: true,
  },
  {
    name: 'net',
    value: 'none|hub:NAME|stream:PATH[,mac=MAC][,pcap=FILE]',
    help: 'a network card on a hub, or on a Unix socket as passt has it',
    many: true,
  },
  { name: 'clock', value: 'realtime|virtual', help: 'default realtime' },
  { name: 'ns-per-insn', value: 'N', help: 'guest nanoseconds an instruction takes (default 8)' },
  { name: 'seed', value: 'N', help: 'seed of all randomness' },
  {
    name: 'rtc',
    value: 'TIME',
    help: 'what the real-time clock shows at first: ISO 8601, or seconds',
  },
  { name: 'semihosting', help: 'serve semihosting calls: console and exit' },
  { name: 'no-reboot', help: 'end when the guest resets' },
]

/** The machine that options describe; the schema fills in the rest. @throws UsageError. */
export function machineSpecOf(values: Values): MachineSpec {
  const clock = values.choice('clock', CLOCKS) ?? 'realtime'
  const gic = values.choice('gic', ['2', '3'])
  return withoutUndefined({
    board: values.choice('board', ['virt']),
    cpu: values.choice('cpu', CPU_MODELS),
    cpus: values.integer('cpus', 1, MAX_CPUS),
    memory: values.get('memory'),
    gic: gic === undefined ? undefined : gic === '2' ? 2 : 3,
    el2: values.has('el2'),
    boot: withoutUndefined({
      firmware: values.get('firmware'),
      vars: values.get('vars'),
      kernel: values.get('kernel'),
      initrd: values.get('initrd'),
      cmdline: values.get('append'),
      dtb: values.get('dtb'),
    }),
    disks: values.all('disk').map(diskOf),
    networks: values.all('net').map(networkOf),
    clock,
    nsPerInsn: values.number('ns-per-insn', 0.01, 1000),
    // A realtime machine is not repeatable anyway, so its random numbers need not be.
    seed:
      values.integer('seed', 0, Number.MAX_SAFE_INTEGER) ??
      (clock === 'realtime' ? randomInt(2 ** 47) : undefined),
    rtc: rtcOf(values.get('rtc')),
    semihosting: values.has('semihosting'),
    noReboot: values.has('no-reboot'),
  })
}

/**
 * Checks a machine.
 * @throws UsageError that names the options at fault.
 */
export function checkedConfig(spec: MachineSpec): MachineConfig {
  try {
    return parseSpec(spec)
  } catch (error) {
    if (error instanceof SpecError) throw new UsageError(error.message)
    throw error
  }
}

/** FILE[,ro][,overlay=FILE], where two commas are one. */
function diskOf(text: string): NonNullable<MachineSpec['disks']>[number] {
  const [file = '', ...rest] = commaSeparated(text)
  let readonly = false
  let overlay: string | undefined
  for (const word of rest) {
    const [key, value] = split(word, '=')
    if (key === 'ro' && value === undefined) readonly = true
    else if (key === 'overlay' && value) overlay = value
    else {
      throw new UsageError(
        `Cannot use "${word}" in --disk "${text}": behind the file come ro or overlay=FILE. A comma in a name is written twice`,
      )
    }
  }
  if (file === '') throw new UsageError(`Cannot use --disk "${text}": the file comes first`)
  if (readonly && overlay !== undefined) {
    throw new UsageError(`Cannot use --disk "${text}": a read-only disk needs no overlay`)
  }
  return withoutUndefined({ file, readonly, overlay })
}

/** none, hub:NAME or stream:PATH, then ,mac=MAC and ,pcap=FILE. */
function networkOf(text: string): NonNullable<MachineSpec['networks']>[number] {
  const [head = '', ...rest] = commaSeparated(text)
  const [type, argument] = split(head, ':')
  const options: { mac?: string; pcap?: string } = {}
  for (const word of rest) {
    const [key, value] = split(word, '=')
    if ((key === 'mac' || key === 'pcap') && value) options[key] = value
    else {
      throw new UsageError(`Cannot use "${word}" in --net "${text}": mac=MAC or pcap=FILE go there`)
    }
  }
  if (type === 'none' && argument === undefined) return { type, ...options }
  if (type === 'hub' && argument) return { type, name: argument, ...options }
  if (type === 'stream' && argument) return { type, path: argument, ...options }
  throw new UsageError(`Cannot use --net "${text}": must be none, hub:NAME or stream:PATH`)
}

function rtcOf(text: string | undefined): MachineSpec['rtc'] {
  if (text === undefined || text === 'host') return text
  return /^\d+$/.test(text) ? Number(text) : text
}

/** Splits at commas; two commas are one that does not split. */
function commaSeparated(text: string): string[] {
  return text.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','))
}

/** An object without the members that are undefined. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

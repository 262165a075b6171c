/**
 * `kenix dumpdtb`: the device tree that the board makes, as a boot loader or kernel would get it. What only a boot adds,
 * the addresses of an initial RAM disk, is not in it.
 */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { virtTree } from '../../devices/boards/virt-fdt.ts'
import { writeFdt } from '../../devices/fdt.ts'
import { checkedConfig, MACHINE_OPTIONS, machineSpecOf } from './machine-options.ts'
import { type Command, type Option, parseOptions, UsageError } from './options.ts'

const OPTIONS: readonly Option[] = [
  {
    name: 'out',
    value: 'FILE',
    help: 'where to write it (default: standard output, unless a terminal)',
  },
  ...MACHINE_OPTIONS,
]

/** The command `dumpdtb`. */
export const dumpdtb: Command = {
  summary: "Write a machine's device tree.",
  options: OPTIONS,
  notes: 'For example: bun kenix dumpdtb --cpus 4 --gic 3 | dtc -I dtb -O dts',
  async run(args) {
    const values = parseOptions(args, OPTIONS)
    const file = values.get('out')
    if (file === undefined && process.stdout.isTTY) {
      throw new UsageError('Cannot write a device tree to a terminal: give --out FILE')
    }
    const spec = machineSpecOf(values)
    // The tree does not depend on what boots, but a machine without anything to boot is refused.
    if (spec.boot.kernel === undefined) spec.boot.firmware ??= 'none'
    const config = checkedConfig(spec)
    const root = virtTree(
      { ...config, memoryBytes: config.memory },
      {
        ...(config.boot.cmdline === undefined ? {} : { bootargs: config.boot.cmdline }),
        rngSeed: randomBytes(32),
        kaslrSeed: randomBytes(8),
      },
    )
    const blob = writeFdt({ root, reservations: [], bootCpu: 0 })
    if (file === undefined) process.stdout.write(blob)
    else writeFileSync(file, blob)
    return 0
  },
}

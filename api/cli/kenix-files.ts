/**
 * What `kenix run --kenix` and `kenix qemu` boot: Kenix, built now if its sources changed, its disk, and for UEFI the
 * firmware with a system disk.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineSpec } from '../../devices/spec.ts'
import { ensureDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { makeSystemDisk } from '../../images/disk/system-partition.ts'
import { fetchAavmf } from '../../images/firmware/aavmf.ts'
import { buildKenix } from '../../images/kenix/build.ts'
import { UsageError } from './options.ts'

/** Files of a start without firmware. */
export interface DirectFiles {
  kernel: string
  disk: string
}

/** Files of a start by UEFI. */
export interface UefiFiles {
  firmware: string
  /** What the firmware's variables start from. They are not kept: boot options are those of the machine that was before. */
  vars: string
  system: string
  disk: string
}

const FOLDER = join(import.meta.dir, '../../.cache/kenix')

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** Builds Kenix and makes its disk where they are not yet. */
export async function directFiles(): Promise<DirectFiles> {
  const { image } = await buildKenix({ onProgress: tell })
  mkdirSync(FOLDER, { recursive: true })
  const kernel = join(FOLDER, 'Image')
  writeSparse(kernel, image)
  return { kernel, disk: ensureDataDisk() }
}

/**
 * The same for UEFI.
 * @param cmdline the kernel's command line, written to the system disk.
 */
export async function uefiFiles(cmdline: string | undefined): Promise<UefiFiles> {
  const firmware = await fetchAavmf(tell)
  const { image, loader } = await buildKenix({ onProgress: tell })
  mkdirSync(FOLDER, { recursive: true })
  const system = join(FOLDER, 'system.img')
  writeSparse(system, makeSystemDisk({ loader, image, cmdline }))
  return { firmware: firmware.code, vars: firmware.vars, system, disk: ensureDataDisk() }
}

/**
 * Lets a machine boot Kenix. A disk of its own takes the place of Kenix's disk.
 * @throws UsageError if something else is to be booted as well.
 */
export async function withKenix(spec: MachineSpec, uefi: boolean): Promise<MachineSpec> {
  const { kernel, firmware, vars, cmdline, ...boot } = spec.boot
  if (kernel !== undefined || firmware !== undefined || vars !== undefined) {
    throw new UsageError(
      'Cannot use --kenix with --kernel, --firmware or --vars: it stands for them',
    )
  }
  const own = spec.disks?.length ? spec.disks : undefined
  if (!uefi) {
    const { kernel, disk } = await directFiles()
    return { ...spec, boot: { ...spec.boot, kernel }, disks: own ?? [{ file: disk }] }
  }
  const { system, disk, firmware: code } = await uefiFiles(cmdline)
  const disks = [{ file: system, readonly: true }, ...(own ?? [{ file: disk }])]
  return { ...spec, boot: { ...boot, firmware: code }, disks }
}

/**
 * What a machine does before its first instruction: what goes where in memory, into flash and into fw_cfg, and where
 * the first vCPU starts.
 *
 * Addresses are those of QEMU's `virt` board, so that what works there works here:
 * - a Linux Image at RAM + its offset (0 means 2 MiB), raw code at RAM + 512 KiB, the initrd at RAM + min(RAM/2,
 *   128 MiB), the device tree at the next 2 MiB; x0 = device tree;
 * - an ELF file where it says, the device tree at the start of RAM if there is room;
 * - firmware at address 0 (flash), the device tree at the start of RAM; a kernel beside firmware goes through fw_cfg.
 */
import { FLASH_BANK_BYTES, RAM_BASE, type VirtConfig } from '../boards/virt.ts'
import { memoryNode, setBootArguments, virtTree } from '../boards/virt-fdt.ts'
import type { BootConfig, MachineConfig } from '../config.ts'
import { type Fdt, FdtError, FdtNode, readFdt, writeFdt } from '../fdt.ts'
import {
  FW_CFG_BOOT_MENU,
  FW_CFG_CMDLINE_DATA,
  FW_CFG_CMDLINE_SIZE,
  FW_CFG_INITRD_DATA,
  FW_CFG_INITRD_SIZE,
  FW_CFG_KERNEL_DATA,
  FW_CFG_KERNEL_SIZE,
  FW_CFG_MAX_CPUS,
  FW_CFG_NB_CPUS,
  FW_CFG_RAM_SIZE,
  littleEndian,
} from '../fw-cfg.ts'
import { isElf, readElf, type Segment } from './elf.ts'
import { BootError } from './error.ts'
import { gunzip, isGzip, readImage } from './image.ts'

const TWO_MIB = 2 << 20
const INITRD_OFFSET_MAX = 128 << 20
/** Left in the device tree for firmware that adds to it in place. */
const FDT_SLACK = 16 << 10

/** Everything that booting needs to know. */
export interface BootInput {
  readonly config: MachineConfig
  readonly board: VirtConfig
  /** Reads a whole file; its errors say which and why. */
  readonly read: (path: string) => Promise<Uint8Array<ArrayBuffer>>
  /** 40 random bytes for the device tree. */
  readonly seed: Uint8Array
}

export interface BootPlan {
  readonly pc: number
  readonly x0: number
  readonly loads: readonly Segment[]
  /** Content of flash bank 0. */
  readonly firmware?: Uint8Array
  /** Items of fw_cfg. */
  readonly items: ReadonlyMap<number, Uint8Array>
}

interface Placement {
  readonly pc: number
  readonly segments: readonly Segment[]
  /** First address the device tree may take; x0 is set if it is not the start of RAM. */
  readonly dtb: number
  readonly initrd?: { readonly start: number; readonly end: number }
}

/**
 * Reads all files and decides.
 * @throws BootError or FdtError saying which file is unusable, and why.
 */
export async function planBoot(input: BootInput): Promise<BootPlan> {
  const { boot } = input.config
  const firmware =
    boot.firmware === undefined ? undefined : await readFirmware(input, boot.firmware)
  const kernel = boot.kernel === undefined ? undefined : await readKernel(input, boot.kernel)
  const initrd = boot.initrd === undefined ? undefined : await input.read(boot.initrd)
  const direct = kernel !== undefined && firmware === undefined
  const place = direct
    ? placeKernel(input, kernel, boot.kernel ?? '', initrd)
    : { pc: 0, segments: [], dtb: RAM_BASE }
  const blob = await deviceTree(input, place)
  const loads = [...place.segments]
  const fits = place.dtb + blob.length <= RAM_BASE + input.config.memory
  const free = place.segments.every(
    ({ pa, bytes }) => pa >= place.dtb + blob.length || pa + bytes <= place.dtb,
  )
  // An ELF file may occupy the start of RAM; it has to do without a device tree then.
  const present = fits && free
  if (!present && place.dtb !== RAM_BASE) {
    throw new BootError(
      `Cannot boot: kernel, initrd and device tree need more than the ${input.config.memory / 2 ** 20} MiB of RAM`,
    )
  }
  if (present) loads.push({ pa: place.dtb, data: blob, bytes: blob.length })
  return {
    pc: place.pc,
    x0: direct && present ? place.dtb : 0,
    loads,
    ...(firmware && { firmware }),
    items: fwCfgItems(input.config, direct ? undefined : kernel, direct ? undefined : initrd),
  }
}

async function readFirmware({ read }: BootInput, path: string): Promise<Uint8Array> {
  const file = await read(path)
  if (file.length > 0 && file.length <= FLASH_BANK_BYTES) return file
  throw new BootError(
    `Cannot use "${path}" as firmware: it has ${file.length} bytes; flash bank 0 takes 1 to ${FLASH_BANK_BYTES}`,
  )
}

async function readKernel({ read }: BootInput, path: string): Promise<Uint8Array> {
  const file = await read(path)
  return isGzip(file) ? gunzip(file, path) : file
}

function placeKernel(
  { config }: BootInput,
  kernel: Uint8Array,
  name: string,
  initrd: Uint8Array | undefined,
): Placement {
  const ramEnd = RAM_BASE + config.memory
  if (isElf(kernel)) {
    const { entry, segments } = readElf(kernel, name)
    // Each segment is written whole: overlapping ones could keep the host busy for minutes.
    const total = segments.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total > config.memory) {
      throw new BootError(
        `Cannot boot the ELF file "${name}": its segments have ${total} bytes, RAM has ${config.memory}`,
      )
    }
    for (const { pa, bytes } of segments) {
      if (pa < RAM_BASE || pa + bytes > ramEnd) {
        throw new BootError(
          `Cannot boot the ELF file "${name}": it loads to 0x${pa.toString(16)}, ${bytes} bytes; ` +
            `RAM is 0x${RAM_BASE.toString(16)} to 0x${ramEnd.toString(16)}`,
        )
      }
    }
    return { pc: entry, segments, dtb: RAM_BASE }
  }
  const image = readImage(kernel, name)
  const start = RAM_BASE + image.offset
  const end = start + image.bytes
  if (end > ramEnd) {
    throw new BootError(
      `Cannot boot the kernel "${name}": it needs ${image.bytes} bytes at 0x${start.toString(16)}; ` +
        `RAM ends at 0x${ramEnd.toString(16)}`,
    )
  }
  const segments: Segment[] = [{ pa: start, data: image.data, bytes: image.bytes }]
  const initrdAt = Math.max(
    RAM_BASE + Math.min(config.memory / 2, INITRD_OFFSET_MAX),
    alignUp(end, 4096),
  )
  if (!initrd) return { pc: start, segments, dtb: alignUp(initrdAt, TWO_MIB) }
  const initrdEnd = initrdAt + initrd.length
  if (initrdEnd > ramEnd) {
    throw new BootError(
      `Cannot boot: the initrd has ${initrd.length} bytes, there is room for ${Math.max(0, ramEnd - initrdAt)}`,
    )
  }
  segments.push({ pa: initrdAt, data: initrd, bytes: initrd.length })
  const dtb = alignUp(initrdEnd, TWO_MIB)
  return { pc: start, segments, dtb, initrd: { start: initrdAt, end: initrdEnd } }
}

async function deviceTree(input: BootInput, place: Placement): Promise<Uint8Array> {
  const { boot } = input.config
  const chosen = {
    ...(boot.cmdline !== undefined && { bootargs: boot.cmdline }),
    ...(place.initrd && { initrd: place.initrd }),
  }
  if (boot.dtb !== undefined) {
    const fdt = await readTree(input, boot.dtb)
    patchTree(fdt, input.config, chosen)
    return writeFdt(fdt, FDT_SLACK)
  }
  const root = virtTree(input.board, {
    ...chosen,
    rngSeed: input.seed.subarray(0, 32),
    kaslrSeed: input.seed.subarray(32, 40),
  })
  return writeFdt({ root, reservations: [], bootCpu: 0 }, FDT_SLACK)
}

async function readTree({ read }: BootInput, path: string): Promise<Fdt> {
  const blob = await read(path)
  try {
    return readFdt(blob)
  } catch (error) {
    if (error instanceof FdtError) throw new BootError(`Cannot use "${path}": ${error.message}`)
    throw error
  }
}

/** Puts RAM, command line and initrd into a tree from the user. The rest stays as it is. */
function patchTree(
  { root }: Fdt,
  config: MachineConfig,
  chosen: Parameters<typeof setBootArguments>[1],
): void {
  for (let n = root.children.length - 1; n >= 0; n--) {
    if (/^memory(@|$)/.test(root.children[n]!.name)) root.children.splice(n, 1)
  }
  root.add(memoryNode(config.memory))
  setBootArguments(root.child('chosen') ?? root.add(new FdtNode('chosen')), chosen)
}

function fwCfgItems(
  { cpus, memory, boot }: { cpus: number; memory: number; boot: BootConfig },
  kernel: Uint8Array | undefined,
  initrd: Uint8Array | undefined,
): Map<number, Uint8Array> {
  const items = new Map<number, Uint8Array>([
    [FW_CFG_NB_CPUS, littleEndian(cpus).subarray(0, 2)],
    [FW_CFG_MAX_CPUS, littleEndian(cpus).subarray(0, 2)],
    [FW_CFG_BOOT_MENU, littleEndian(0).subarray(0, 2)],
  ])
  const ram = new Uint8Array(8)
  new DataView(ram.buffer).setBigUint64(0, BigInt(memory), true)
  items.set(FW_CFG_RAM_SIZE, ram)
  if (kernel) {
    items.set(FW_CFG_KERNEL_SIZE, littleEndian(kernel.length))
    items.set(FW_CFG_KERNEL_DATA, kernel)
  }
  if (initrd) {
    items.set(FW_CFG_INITRD_SIZE, littleEndian(initrd.length))
    items.set(FW_CFG_INITRD_DATA, initrd)
  }
  if (kernel && boot.cmdline !== undefined) {
    const text = new TextEncoder().encode(`${boot.cmdline}\0`)
    items.set(FW_CFG_CMDLINE_SIZE, littleEndian(text.length))
    items.set(FW_CFG_CMDLINE_DATA, text)
  }
  return items
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to
}

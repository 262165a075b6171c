/**
 * QEMU's firmware configuration device, memory-mapped, with DMA.
 *
 * Source: QEMU's docs/specs/fw_cfg (the interface is public and implemented by several machines). Firmware reads items
 * by number: kernel, initrd and command line, and named files through a directory. Writing to items is not supported,
 * as in QEMU without writable files.
 */
import type { AccessSize, Device, DeviceHost, GuestMemory } from './device.ts'
import type { StateObject, StateReader } from './state.ts'

export const FW_CFG_SIGNATURE = 0x00
export const FW_CFG_ID = 0x01
export const FW_CFG_RAM_SIZE = 0x03
export const FW_CFG_NB_CPUS = 0x05
export const FW_CFG_KERNEL_SIZE = 0x08
export const FW_CFG_INITRD_SIZE = 0x0b
export const FW_CFG_BOOT_MENU = 0x0e
export const FW_CFG_MAX_CPUS = 0x0f
export const FW_CFG_KERNEL_DATA = 0x11
export const FW_CFG_INITRD_DATA = 0x12
export const FW_CFG_CMDLINE_SIZE = 0x14
export const FW_CFG_CMDLINE_DATA = 0x15
const FW_CFG_FILE_DIR = 0x19
const FW_CFG_FILE_FIRST = 0x20

const DATA = 0x00
const SELECTOR = 0x08
const DMA_HIGH = 0x10
const DMA_LOW = 0x14

/** Interface features: the traditional one and DMA. */
const FEATURES = 3
/** "QEMU CFG", what the DMA address register reads as. */
const DMA_SIGNATURE = [0x51, 0x45, 0x4d, 0x55, 0x20, 0x43, 0x46, 0x47]

const DMA_ERROR = 1
const DMA_READ = 2
const DMA_SKIP = 4
const DMA_SELECT = 8
const DMA_WRITE = 16

const FILE_ENTRY = 64
const NAME_BYTES = 56

/** What the firmware can read: items by number, files by name. */
export interface FwCfgContent {
  readonly items: ReadonlyMap<number, Uint8Array>
  readonly files: ReadonlyMap<string, Uint8Array>
}

export class FwCfg implements Device {
  readonly kind = 'fw-cfg'
  private readonly items = new Map<number, Uint8Array>()
  private readonly memory: GuestMemory
  private selected = 0
  private position = 0
  private dmaHigh = 0

  constructor(host: Pick<DeviceHost, 'memory'>, content: FwCfgContent) {
    this.memory = host.memory
    this.setContent(content)
  }

  /** Replaces what the firmware can read. */
  setContent({ items, files }: FwCfgContent): void {
    this.items.clear()
    for (const [key, bytes] of items) this.items.set(key, bytes)
    this.items.set(FW_CFG_SIGNATURE, new TextEncoder().encode('QEMU'))
    this.items.set(FW_CFG_ID, littleEndian(FEATURES))
    this.items.set(FW_CFG_FILE_DIR, directory(files))
    let key = FW_CFG_FILE_FIRST
    for (const name of sortedNames(files)) this.items.set(key++, files.get(name)!)
  }

  reset(): void {
    this.selected = 0
    this.position = 0
    this.dmaHigh = 0
  }

  read(offset: number, size: AccessSize): number {
    // Bytes in the order in which they lie in memory, whatever the width.
    let value = 0
    if (offset >= DATA && offset < SELECTOR) {
      const item = this.items.get(this.selected)
      for (let n = 0; n < size; n++) value |= (item?.[this.position + n] ?? 0) << (8 * n)
      this.advance(size)
    } else if (offset >= DMA_HIGH) {
      for (let n = 0; n < size; n++) value |= DMA_SIGNATURE[offset - DMA_HIGH + n]! << (8 * n)
    }
    return value
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (offset === SELECTOR && size === 2) {
      this.select(((value & 0xff) << 8) | (value >>> 8))
    } else if (offset === DMA_HIGH && size === 4) {
      this.dmaHigh = swap32(value)
    } else if (offset === DMA_LOW && size === 4) {
      const address = this.dmaHigh * 2 ** 32 + swap32(value)
      this.dmaHigh = 0
      if (Number.isSafeInteger(address)) this.transfer(address)
    }
  }

  save(): StateObject {
    const { selected, position, dmaHigh } = this
    return { version: 1, selected, position, dmaHigh }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.selected = state.unsigned('selected', 16)
    this.position = state.count('position')
    this.dmaHigh = state.unsigned('dmaHigh', 32)
  }

  /** A guest may skip for ever; beyond 2^40 all items have ended anyway. */
  private advance(bytes: number): void {
    this.position = Math.min(this.position + bytes, 2 ** 40)
  }

  private select(key: number): void {
    this.selected = key
    this.position = 0
  }

  /** Carries out the command block at `address`: control, length, address, all big-endian. */
  private transfer(address: number): void {
    const block = this.memory.dmaRead(address, 16)
    if (!block) return
    const view = new DataView(block.buffer, block.byteOffset, 16)
    const control = view.getUint32(0)
    const length = view.getUint32(4)
    const target = view.getUint32(8) * 2 ** 32 + view.getUint32(12)
    if (control & DMA_SELECT) this.select(control >>> 16)
    let failed = false
    if (control & DMA_READ) failed = !this.copyOut(target, length)
    else if (control & DMA_WRITE) failed = true
    else if (control & DMA_SKIP) this.advance(length)
    const result = new Uint8Array(4)
    result[3] = failed ? DMA_ERROR : 0
    this.memory.dmaWrite(address, result)
  }

  private copyOut(target: number, length: number): boolean {
    if (length === 0) return true
    if (!Number.isSafeInteger(target)) return false
    const view = this.memory.dmaView(target, length)
    if (!view) return false
    const item = this.items.get(this.selected)
    const rest = item ? item.subarray(Math.min(this.position, item.length)) : undefined
    const copied = rest ? rest.subarray(0, length) : new Uint8Array(0)
    view.set(copied)
    // Beyond the item's end there are zeros.
    view.fill(0, copied.length)
    this.advance(length)
    return true
  }
}

/** A number as a 32-bit item. */
export function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function swap32(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}

/** Firmware may search the directory by bisection, so it is sorted. */
function sortedNames(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...files.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function directory(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const names = sortedNames(files)
  const bytes = new Uint8Array(4 + names.length * FILE_ENTRY)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, names.length)
  for (const [index, name] of names.entries()) {
    const encoded = new TextEncoder().encode(name)
    if (encoded.length >= NAME_BYTES) {
      throw new Error(`Cannot name a fw_cfg file "${name}": at most ${NAME_BYTES - 1} bytes`)
    }
    const at = 4 + index * FILE_ENTRY
    view.setUint32(at, files.get(name)!.length)
    view.setUint16(at + 4, FW_CFG_FILE_FIRST + index)
    bytes.set(encoded, at + 8)
  }
  return bytes
}

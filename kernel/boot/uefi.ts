/**
 * UEFI's tables and protocols, as offsets and numbers, and the way into them.
 *
 * Source: UEFI 2.10, chapters 4 (system table), 7 (boot services), 8 (ResetSystem), 9.1 (loaded image), 12.4 (text
 * output) and 13.4, 13.5 (file systems). Firmware's structures are read where they are, by their physical addresses.
 */
import { linearMemory } from './imports/asm'
import { load32, load64 } from './imports/mem64'

/** The highest bit of a status says that it is an error (UEFI 2.10, appendix D). */
const ERROR: u64 = (1 as u64) << 63
export const EFI_LOAD_ERROR: u64 = ERROR | 1
export const EFI_BUFFER_TOO_SMALL: u64 = ERROR | 5
export const EFI_NOT_FOUND: u64 = ERROR | 14

// Offsets in the system table.
const SYSTEM_CON_OUT: u64 = 64
const SYSTEM_RUNTIME_SERVICES: u64 = 88
const SYSTEM_BOOT_SERVICES: u64 = 96
const SYSTEM_TABLE_COUNT: u64 = 104
const SYSTEM_TABLES: u64 = 112

// Offsets in the table of boot services.
export const ALLOCATE_PAGES: u64 = 40
export const FREE_PAGES: u64 = 48
export const GET_MEMORY_MAP: u64 = 56
export const HANDLE_PROTOCOL: u64 = 152
export const EXIT_BOOT_SERVICES: u64 = 232

/** Offset of ResetSystem in the table of runtime services. */
export const RESET_SYSTEM: u64 = 104

/** Offset of OutputString in the text output protocol. */
export const OUTPUT_STRING: u64 = 8

/** Offset of DeviceHandle in the loaded image protocol. */
export const LOADED_IMAGE_DEVICE: u64 = 24

/** Offset of OpenVolume in the simple file system protocol. */
export const OPEN_VOLUME: u64 = 8

// Offsets in the file protocol.
export const FILE_OPEN: u64 = 8
export const FILE_CLOSE: u64 = 16
export const FILE_READ: u64 = 32
export const FILE_GET_POSITION: u64 = 48
export const FILE_SET_POSITION: u64 = 56

const CONFIGURATION_ENTRY: u64 = 24
const MAX_CONFIGURATION_ENTRIES: u64 = 1000

// GUIDs as they lie in memory.
export const LOADED_IMAGE_GUID: usize = memory.data<u8>([
  0xa1, 0x31, 0x1b, 0x5b, 0x62, 0x95, 0xd2, 0x11, 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b,
])
export const SIMPLE_FILE_SYSTEM_GUID: usize = memory.data<u8>([
  0x22, 0x5b, 0x4e, 0x96, 0x59, 0x64, 0xd2, 0x11, 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b,
])
/** EFI_DTB_TABLE_GUID, b1b621d5-f19c-41a5-830b-d9152c69aae0. */
const DEVICE_TREE_GUID: usize = memory.data<u8>([
  0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0,
])

export let imageHandle: u64 = 0
let systemTable: u64 = 0

/** Remembers what the firmware gave to the entry point. */
export function enterUefi(handle: u64, table: u64): void {
  imageHandle = handle
  systemTable = table
}

export function conOut(): u64 {
  return load64(systemTable + SYSTEM_CON_OUT)
}

export function bootServices(): u64 {
  return load64(systemTable + SYSTEM_BOOT_SERVICES)
}

export function runtimeServices(): u64 {
  return load64(systemTable + SYSTEM_RUNTIME_SERVICES)
}

/** The function at `offset` in a table or protocol. */
export function method(table: u64, offset: u64): u64 {
  return load64(table + offset)
}

/** Address of what is at an index of linear memory, for firmware to read or write. */
export function addressOf(index: usize): u64 {
  return linearMemory() + (index as u64)
}

/** Whether a call failed. */
export function failed(status: u64): bool {
  return (status & ERROR) !== 0
}

/** The number of an error. */
export function errorNumber(status: u64): u64 {
  return status & ~ERROR
}

/** The device tree of the configuration table, or 0. */
export function configuredDeviceTree(): u64 {
  const count = load64(systemTable + SYSTEM_TABLE_COUNT)
  let entry = load64(systemTable + SYSTEM_TABLES)
  for (let n: u64 = 0; n < count && n < MAX_CONFIGURATION_ENTRIES; n++) {
    if (isGuid(entry, DEVICE_TREE_GUID)) return load64(entry + 16)
    entry += CONFIGURATION_ENTRY
  }
  return 0
}

function isGuid(address: u64, guid: usize): bool {
  for (let at: u32 = 0; at < 16; at += 4) {
    if (load32(address + at) !== load<u32>(guid + at)) return false
  }
  return true
}

/**
 * Kenix's UEFI loader, `EFI/BOOT/BOOTAA64.EFI`: loads `\kenix\Image` from the volume it came from, gives it the device tree
 * of the configuration table, with the command line of `\kenix\cmdline.txt` if there is one, leaves boot services and enters
 * the kernel as Linux's Documentation/arch/arm64/booting.rst says.
 *
 * Source: UEFI 2.10, chapter 7 (boot services). Not done: a choice of kernels, an initial RAM disk, ACPI.
 */
import { print, printHex, printNumber } from './console'
import { copyTree, TREE_SLACK, treeBytes } from './device-tree'
import {
  closeFile,
  closeVolume,
  fileSize,
  fileStatus,
  openFile,
  openVolume,
  readFile,
} from './file'
import { enterKernel, enterKernelEnd, enterKernelStart } from './imports/asm'
import { call2, call4, call5 } from './imports/fn64'
import { load8, load32, load64, store8 } from './imports/mem64'
import { allocate, cleanAndInvalidate, clear, freeAll, PAGE } from './pages'
import {
  addressOf,
  bootServices,
  configuredDeviceTree,
  EFI_BUFFER_TOO_SMALL,
  EFI_LOAD_ERROR,
  EFI_NOT_FOUND,
  EXIT_BOOT_SERVICES,
  enterUefi,
  errorNumber,
  failed,
  GET_MEMORY_MAP,
  imageHandle,
  method,
  RESET_SYSTEM,
  runtimeServices,
} from './uefi'

// The header of an `Image` (booting.rst, "Call the kernel image").
const HEADER_BYTES: u64 = 64
const TEXT_OFFSET: u64 = 8
const IMAGE_SIZE: u64 = 16
const IMAGE_MAGIC: u64 = 56
const MAGIC: u32 = 0x644d5241

/** A kernel is loaded at a multiple of this, plus its text offset. */
const KERNEL_ALIGNMENT: u64 = 2 << 20
/** More than any kernel needs: what is larger is no kernel. */
const MAX_IMAGE: u64 = 256 << 20
const MAX_LINE: u64 = 2047
/** The memory map may grow by what allocating its buffer splits, and by what other drivers do meanwhile. */
const MAP_SLACK: u64 = 4096
const EXIT_ATTEMPTS = 8

const RESET_COLD: u64 = 0

let kernelBase: u64 = 0
let kernelBytes: u64 = 0
let kernelEntry: u64 = 0
let line: u64 = 0
let lineBytes: u64 = 0
let tree: u64 = 0
let treeLength: u32 = 0
let map: u64 = 0
let mapCapacity: u64 = 0

// In and out parameters of GetMemoryMap.
const mapSize: usize = memory.data(8, 8)
const mapKey: usize = memory.data(8, 8)
const descriptorSize: usize = memory.data(8, 8)
const descriptorVersion: usize = memory.data(8, 8)

/** The entry point. Returns only if the kernel cannot be started, with a status for the firmware. */
export function efiMain(handle: u64, table: u64): u64 {
  enterUefi(handle, table)
  const ready = openVolume() ? loadAll() : noVolume()
  closeVolume()
  if (!ready || !prepareMap()) {
    freeAll()
    return EFI_LOAD_ERROR
  }
  print('Kenix: kernel at \0')
  printHex(kernelBase)
  print(', device tree at \0')
  printHex(tree)
  print('\r\n\0')
  if (!exitBootServices()) {
    // No service may be called any more that could say so.
    call4(method(runtimeServices(), RESET_SYSTEM), RESET_COLD, EFI_LOAD_ERROR, 0, 0)
    return EFI_LOAD_ERROR
  }
  cleanAndInvalidate(kernelBase, kernelBytes)
  cleanAndInvalidate(tree, treeLength)
  cleanAndInvalidate(enterKernelStart(), enterKernelEnd() - enterKernelStart())
  enterKernel(kernelEntry, tree)
  return EFI_LOAD_ERROR
}

function loadAll(): bool {
  return loadKernel() && loadLine() && loadTree()
}

/** Ends a message with the status of a call. */
function because(status: u64): void {
  if (status === EFI_NOT_FOUND) {
    print(': it is not there\r\n\0')
    return
  }
  print(': EFI status \0')
  printNumber(errorNumber(status))
  print('\r\n\0')
}

function noVolume(): bool {
  print('Kenix: Cannot open the volume that the loader came from\0')
  because(fileStatus)
  print('Put it on a FAT volume with \\kenix\\Image, and start it from there.\r\n\0')
  return false
}

function loadKernel(): bool {
  const file = openFile('\\kenix\\Image\0')
  if (file === 0) {
    print('Kenix: Cannot open \\kenix\\Image on the volume that the loader came from\0')
    because(fileStatus)
    return false
  }
  const loaded = loadImage(file)
  closeFile(file)
  return loaded
}

function loadImage(file: u64): bool {
  const size = fileSize(file)
  if (size < (HEADER_BYTES as i64) || size > (MAX_IMAGE as i64)) {
    print('Kenix: Cannot use \\kenix\\Image: it must be a kernel of 64 bytes to 256 MiB\r\n\0')
    return false
  }
  const header = allocate(PAGE, PAGE)
  if (header === 0) return noMemory(PAGE)
  if (!readFile(file, header, HEADER_BYTES)) return unreadable()
  const textOffset = load64(header + TEXT_OFFSET)
  const imageSize = load64(header + IMAGE_SIZE)
  if (load32(header + IMAGE_MAGIC) !== MAGIC) {
    print('Kenix: Cannot use \\kenix\\Image: it is no arm64 Image (no ARM\\x64 at offset 56)\r\n\0')
    return false
  }
  if (textOffset >= KERNEL_ALIGNMENT || (textOffset & 7) !== 0 || imageSize > MAX_IMAGE) {
    print('Kenix: Cannot use \\kenix\\Image: text offset \0')
    printHex(textOffset)
    print(' or image size \0')
    printHex(imageSize)
    print(' is beyond what a kernel has\r\n\0')
    return false
  }
  // Old kernels say 0, and mean what the file has.
  const bytes = (max(imageSize, size as u64) + (PAGE - 1)) & ~(PAGE - 1)
  const base = allocate(textOffset + bytes, KERNEL_ALIGNMENT)
  if (base === 0) return noMemory(textOffset + bytes)
  kernelBase = base + textOffset
  kernelBytes = bytes
  kernelEntry = kernelBase
  clear(kernelBase, bytes)
  if (fileSize(file) !== size || !readFile(file, kernelBase, size as u64)) return unreadable()
  return true
}

function unreadable(): bool {
  print('Kenix: Cannot read \\kenix\\Image\0')
  because(fileStatus)
  return false
}

function noMemory(bytes: u64): bool {
  print('Kenix: Cannot get \0')
  printNumber(bytes)
  print(' bytes of memory. Give the machine more\r\n\0')
  return false
}

/** Reads the command line, which may be absent: one line of text. */
function loadLine(): bool {
  const file = openFile('\\kenix\\cmdline.txt\0')
  if (file === 0) {
    if (fileStatus === EFI_NOT_FOUND) return true
    return badLine()
  }
  const read = readLine(file)
  closeFile(file)
  return read || badLine()
}

function badLine(): bool {
  print('Kenix: Cannot use \\kenix\\cmdline.txt: it must be a text of up to 2047 bytes\r\n\0')
  return false
}

function readLine(file: u64): bool {
  const size = fileSize(file)
  if (size < 0 || size > (MAX_LINE as i64)) return false
  const buffer = allocate(PAGE, PAGE)
  if (buffer === 0 || !readFile(file, buffer, size as u64)) return false
  let end = size as u64
  while (end > 0 && load8(buffer + end - 1) <= 32) end--
  for (let at: u64 = 0; at < end; at++) {
    const byte = load8(buffer + at)
    if (byte === 0) return false
    // Line ends inside are spaces between arguments.
    if (byte < 32) store8(buffer + at, 32)
  }
  line = buffer
  lineBytes = end
  return true
}

/** Copies the device tree to pages of our own. */
function loadTree(): bool {
  const original = configuredDeviceTree()
  if (original === 0) {
    print('Kenix: The firmware has no device tree. For QEMU: -machine virt,acpi=off\r\n\0')
    return false
  }
  const bytes = treeBytes(original)
  if (bytes > 0) {
    const room = (bytes as u64) + lineBytes + TREE_SLACK
    tree = allocate(room, PAGE)
    if (tree === 0) return noMemory(room)
    treeLength = copyTree(original, tree, line, lineBytes as u32)
    if (treeLength !== 0) return true
  }
  print("Kenix: Cannot use the firmware's device tree: it is damaged\r\n\0")
  return false
}

function getMemoryMap(): u64 {
  store<u64>(mapSize, mapCapacity)
  return call5(
    method(bootServices(), GET_MEMORY_MAP),
    addressOf(mapSize),
    map,
    addressOf(mapKey),
    addressOf(descriptorSize),
    addressOf(descriptorVersion),
  )
}

/** Allocates a buffer for the memory map: later nothing may be allocated. */
function prepareMap(): bool {
  const status = getMemoryMap()
  if (status !== EFI_BUFFER_TOO_SMALL) {
    print('Kenix: Cannot get the memory map\0')
    because(status)
    return false
  }
  const room = load<u64>(mapSize) + MAP_SLACK
  map = allocate(room, PAGE)
  if (map === 0) return noMemory(room)
  mapCapacity = room
  return true
}

/**
 * Ends boot services. The firmware refuses if its memory map is not the one that the key belongs to, as when an event was
 * signalled in between: then the map is read again, into the same buffer.
 */
function exitBootServices(): bool {
  for (let attempt = 0; attempt < EXIT_ATTEMPTS; attempt++) {
    if (failed(getMemoryMap())) return false
    const status = call2(method(bootServices(), EXIT_BOOT_SERVICES), imageHandle, load<u64>(mapKey))
    if (!failed(status)) return true
  }
  return false
}

/**
 * Files of the volume that the loader came from.
 *
 * Source: UEFI 2.10, sections 13.4 "Simple File System Protocol" and 13.5 "File Protocol".
 */
import { call1, call2, call3, call5 } from './imports/fn64'
import {
  addressOf,
  bootServices,
  EFI_LOAD_ERROR,
  FILE_CLOSE,
  FILE_GET_POSITION,
  FILE_OPEN,
  FILE_READ,
  FILE_SET_POSITION,
  failed,
  HANDLE_PROTOCOL,
  imageHandle,
  LOADED_IMAGE_DEVICE,
  LOADED_IMAGE_GUID,
  method,
  OPEN_VOLUME,
  SIMPLE_FILE_SYSTEM_GUID,
} from './uefi'

const MODE_READ: u64 = 1
/** A position that means the end. */
const END_OF_FILE: u64 = u64.MAX_VALUE

const result: usize = memory.data(8, 8)

/** Status of the call that failed last. */
export let fileStatus: u64 = 0
let root: u64 = 0

function protocol(handle: u64, guid: usize): u64 {
  fileStatus = call3(
    method(bootServices(), HANDLE_PROTOCOL),
    handle,
    addressOf(guid),
    addressOf(result),
  )
  return failed(fileStatus) ? 0 : load<u64>(result)
}

/** Opens the volume. @returns whether there is one. */
export function openVolume(): bool {
  const image = protocol(imageHandle, LOADED_IMAGE_GUID)
  if (image === 0) return false
  const volume = protocol(method(image, LOADED_IMAGE_DEVICE), SIMPLE_FILE_SYSTEM_GUID)
  if (volume === 0) return false
  fileStatus = call2(method(volume, OPEN_VOLUME), volume, addressOf(result))
  root = load<u64>(result)
  return !failed(fileStatus)
}

/** Closes the volume. */
export function closeVolume(): void {
  if (root !== 0) closeFile(root)
  root = 0
}

/** Opens a file for reading, by its path from the root, which ends with \0. @returns 0 if that fails. */
export function openFile(path: string): u64 {
  fileStatus = call5(
    method(root, FILE_OPEN),
    root,
    addressOf(result),
    addressOf(changetype<usize>(path)),
    MODE_READ,
    0,
  )
  return failed(fileStatus) ? 0 : load<u64>(result)
}

export function closeFile(file: u64): void {
  call1(method(file, FILE_CLOSE), file)
}

/** Bytes of a file, whose position becomes its start; -1 if it cannot be told, as for folders. */
export function fileSize(file: u64): i64 {
  fileStatus = call2(method(file, FILE_SET_POSITION), file, END_OF_FILE)
  if (failed(fileStatus)) return -1
  fileStatus = call2(method(file, FILE_GET_POSITION), file, addressOf(result))
  if (failed(fileStatus)) return -1
  const size = load<u64>(result)
  fileStatus = call2(method(file, FILE_SET_POSITION), file, 0)
  return failed(fileStatus) ? -1 : (size as i64)
}

/** Reads `bytes` bytes to an address. @returns whether all of them came. */
export function readFile(file: u64, address: u64, bytes: u64): bool {
  let done: u64 = 0
  while (done < bytes) {
    store<u64>(result, bytes - done)
    fileStatus = call3(method(file, FILE_READ), file, addressOf(result), address + done)
    if (failed(fileStatus)) return false
    const got = load<u64>(result)
    if (got === 0 || got > bytes - done) {
      fileStatus = EFI_LOAD_ERROR
      return false
    }
    done += got
  }
  return true
}

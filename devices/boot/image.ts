/**
 * Linux `Image` files, plain or compressed with gzip, and raw code.
 *
 * Source: Linux's Documentation/arm64/booting.rst. Where QEMU decides something that booting.rst leaves open (where
 * raw code goes, that 0 means 2 MiB), this does the same.
 */
import { BootError } from './error.ts'

const HEADER_BYTES = 64
/** "ARM\x64" at offset 56. */
const MAGIC_AT = 56
const MAGIC = 0x644d_5241
const FLAG_BIG_ENDIAN = 1n
/** Where code without a header goes, from the start of RAM. */
const RAW_OFFSET = 0x8_0000
const TWO_MIB = 2 << 20
/** Below this offset QEMU keeps its own boot code, so images move up. */
const BOOT_CODE_BYTES = 4096
/** The most that a compressed kernel may become, as in QEMU. */
const MAX_UNPACKED = 256 << 20

export interface LinuxImage {
  /** Offset from the start of RAM at which it is loaded and entered. */
  readonly offset: number
  readonly data: Uint8Array
  /** Memory it needs from there on, at least the length of `data`. */
  readonly bytes: number
}

/** Whether a file is compressed with gzip. */
export function isGzip(file: Uint8Array): boolean {
  return file[0] === 0x1f && file[1] === 0x8b
}

/**
 * Unpacks a gzip file.
 * @throws BootError if it is damaged, or becomes larger than a kernel can be.
 */
export async function gunzip(
  file: Uint8Array<ArrayBuffer>,
  name: string,
  limit = MAX_UNPACKED,
): Promise<Uint8Array> {
  const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'))
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      length += chunk.length
      if (length > limit) break
      chunks.push(chunk)
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new BootError(`Cannot unpack "${name}": it is damaged or truncated (${problem})`)
  }
  if (length > limit) {
    throw new BootError(`Cannot unpack "${name}": it becomes larger than ${limit} bytes`)
  }
  const result = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    result.set(chunk, at)
    at += chunk.length
  }
  return result
}

/**
 * Reads an Image's header; a file without one is raw code.
 * @throws BootError if the header asks for what cannot be.
 */
export function readImage(file: Uint8Array, name: string): LinuxImage {
  if (file.length === 0) throw new BootError(`Cannot boot "${name}": it is empty`)
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const hasHeader = file.length >= HEADER_BYTES && view.getUint32(MAGIC_AT, true) === MAGIC
  if (!hasHeader) return { offset: RAW_OFFSET, data: file, bytes: file.length }
  const imageBytes = Number(view.getBigUint64(16, true))
  // Kernels before 3.17 have no size, and an offset that cannot be relied on.
  let offset = imageBytes === 0 ? RAW_OFFSET : Number(view.getBigUint64(8, true))
  if (view.getBigUint64(24, true) & FLAG_BIG_ENDIAN) {
    throw new BootError(`Cannot boot the kernel "${name}": it is big-endian`)
  }
  if (offset < BOOT_CODE_BYTES) offset += TWO_MIB
  if (offset > 2 ** 32 || imageBytes > 2 ** 32) {
    throw new BootError(
      `Cannot boot the kernel "${name}": its header asks for ${imageBytes} bytes at offset ${offset}`,
    )
  }
  return { offset, data: file, bytes: Math.max(file.length, imageBytes) }
}

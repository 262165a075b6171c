/** Makes small ELF files, whole or damaged. */

export interface ElfOptions {
  readonly va?: number
  readonly pa?: number
  readonly code?: Uint8Array
  /** Zero bytes after the code. */
  readonly bss?: number
  /** Bytes, halfwords and doublewords to overwrite: offset, value. */
  readonly patch?: readonly [number, number][]
  readonly patch16?: readonly [number, number][]
  readonly patch64?: readonly [number, number][]
}

/** An executable for AArch64 with one segment that starts with its entry point. */
export function elf(options: ElfOptions = {}): Uint8Array<ArrayBuffer> {
  const { pa = 0x4010_0000, bss = 0 } = options
  const va = options.va ?? pa
  const code = options.code ?? Uint8Array.of(0, 0, 0, 0x14)
  const file = new Uint8Array(64 + 56 + code.length)
  const view = new DataView(file.buffer)
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true)
  view.setUint16(18, 183, true)
  view.setUint32(20, 1, true)
  u64(24, va)
  u64(32, 64)
  view.setUint16(52, 64, true)
  view.setUint16(54, 56, true)
  view.setUint16(56, 1, true)
  view.setUint32(64, 1, true)
  view.setUint32(68, 5, true)
  u64(72, 120)
  u64(80, va)
  u64(88, pa)
  u64(96, code.length)
  u64(104, code.length + bss)
  u64(112, 4096)
  file.set(code, 120)
  for (const [at, value] of options.patch ?? []) file[at] = value
  for (const [at, value] of options.patch16 ?? []) view.setUint16(at, value, true)
  for (const [at, value] of options.patch64 ?? []) u64(at, value)
  return file
}

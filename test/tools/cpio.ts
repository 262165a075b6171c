/**
 * Writes a cpio archive in the "newc" format, which Linux unpacks as an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export interface CpioEntry {
  name: string
  /** File type and permissions, as in st_mode. */
  mode: number
  data?: Uint8Array
  /** Major and minor number of a device node. */
  device?: [number, number]
}

const encoder = new TextEncoder()

function record(entry: CpioEntry, inode: number): Uint8Array {
  const name = encoder.encode(`${entry.name}\0`)
  const data = entry.data ?? new Uint8Array()
  const [major, minor] = entry.device ?? [0, 0]
  const links = (entry.mode & 0o170000) === 0o040000 ? 2 : 1
  const fields = [
    inode,
    entry.mode,
    0,
    0,
    links,
    0,
    data.length,
    0,
    0,
    major,
    minor,
    name.length,
    0,
  ]
  const header = `070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}`
  const nameEnd = align4(header.length + name.length)
  const bytes = new Uint8Array(nameEnd + align4(data.length))
  bytes.set(encoder.encode(header))
  bytes.set(name, header.length)
  bytes.set(data, nameEnd)
  return bytes
}

function align4(n: number): number {
  return (n + 3) & ~3
}

/** The archive of `entries`, in order; folders must precede what is in them. */
export function cpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const trailer: CpioEntry = { name: 'TRAILER!!!', mode: 0 }
  return new Uint8Array(Buffer.concat([...entries, trailer].map((e, i) => record(e, i + 1))))
}

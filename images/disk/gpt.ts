/**
 * Disks with a GUID partition table: protective MBR, header and entries with their copies at the end.
 *
 * Source: UEFI 2.10, chapter 5 "GUID Partition Table (GPT) Disk Layout". Sectors of 512 bytes, 128 entries; partitions are
 * made one behind the other, each aligned to a mebibyte.
 */

/** Types of partitions. */
export const PARTITION_TYPE = {
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  /** "Microsoft basic data", which FAT volumes without a further purpose have. */
  basicData: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
} as const

export interface NewPartition {
  type: string
  name: string
  data: Uint8Array
}

export interface Partition {
  type: string
  id: string
  name: string
  firstSector: number
  /** A view into the disk, in whole sectors. */
  data: Uint8Array
}

const SECTOR = 512
const ALIGNMENT = (1 << 20) / SECTOR
const ENTRIES = 128
const ENTRY_BYTES = 128
const TABLE_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR
const HEADER_BYTES = 92
const SIGNATURE = 0x5452415020494645n
const REVISION = 0x00010000
const MAX_NAME = 36
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Offsets in the header. */
const HEADER = {
  signature: 0,
  revision: 8,
  size: 12,
  crc: 16,
  thisSector: 24,
  otherSector: 32,
  firstUsable: 40,
  lastUsable: 48,
  diskId: 56,
  tableSector: 72,
  entries: 80,
  entryBytes: 84,
  tableCrc: 88,
} as const

/** Where the first partition of a disk made here starts, in sectors. */
export const FIRST_PARTITION_SECTOR = ALIGNMENT

/**
 * Makes a disk of these partitions. Their identifiers, and the disk's, follow from `id`.
 * @param id a GUID; the partitions get the numbers after it.
 */
export function makeGptDisk(
  partitions: readonly NewPartition[],
  id = '4b454e49-5800-4000-8000-000000000000',
): Uint8Array<ArrayBuffer> {
  let sector = ALIGNMENT
  const placed = partitions.map((partition) => {
    if (partition.name.length > MAX_NAME) {
      throw new Error(`Cannot name a partition "${partition.name}": ${MAX_NAME} letters at most`)
    }
    const first = sector
    const sectors = Math.max(1, Math.ceil(partition.data.length / SECTOR))
    sector = Math.ceil((first + sectors) / ALIGNMENT) * ALIGNMENT
    return { ...partition, first, last: first + sectors - 1 }
  })
  if (placed.length > ENTRIES)
    throw new Error(`Cannot make ${placed.length} partitions: at most ${ENTRIES}`)
  const total = sector + ALIGNMENT
  const disk = new Uint8Array(total * SECTOR)
  const table = new Uint8Array(ENTRIES * ENTRY_BYTES)
  const view = new DataView(table.buffer)
  for (const [index, { type, name, data, first, last }] of placed.entries()) {
    const at = index * ENTRY_BYTES
    table.set(guidBytes(type), at)
    table.set(guidBytes(numbered(id, index + 1)), at + 16)
    view.setBigUint64(at + 32, BigInt(first), true)
    view.setBigUint64(at + 40, BigInt(last), true)
    for (let unit = 0; unit < name.length; unit++) {
      view.setUint16(at + 56 + unit * 2, name.charCodeAt(unit), true)
    }
    disk.set(data, first * SECTOR)
  }
  writeProtectiveMbr(disk, total)
  const backupTable = total - 1 - TABLE_SECTORS
  disk.set(table, 2 * SECTOR)
  disk.set(table, backupTable * SECTOR)
  disk.set(header({ total, id, table, here: 1, there: total - 1, tableSector: 2 }), SECTOR)
  disk.set(
    header({ total, id, table, here: total - 1, there: 1, tableSector: backupTable }),
    (total - 1) * SECTOR,
  )
  return disk
}

/**
 * The partitions of a disk, after checking the table and its copy.
 * @throws Error that says what is wrong with them.
 */
export function readGpt(disk: Uint8Array): Partition[] {
  const total = disk.length / SECTOR
  if (!Number.isInteger(total) || total < 2 * TABLE_SECTORS + 3) {
    throw new Error(`Cannot read a GPT: ${disk.length} bytes are no disk of whole sectors`)
  }
  if (disk[510] !== 0x55 || disk[511] !== 0xaa || disk[450] !== 0xee) {
    throw new Error('Cannot read a GPT: there is no protective MBR')
  }
  const first = checkedHeader(disk, 1, total)
  const last = checkedHeader(disk, total - 1, total)
  if (!Buffer.from(first.table).equals(last.table)) {
    throw new Error('Cannot read a GPT: the table and its copy differ')
  }
  return partitionsOf(disk, first)
}

interface CheckedHeader {
  table: Uint8Array
  entryBytes: number
  firstUsable: number
  lastUsable: number
}

function checkedHeader(disk: Uint8Array, sector: number, total: number): CheckedHeader {
  const bytes = disk.slice(sector * SECTOR, (sector + 1) * SECTOR)
  const view = new DataView(bytes.buffer)
  const where = `Cannot read a GPT: the header in sector ${sector}`
  const size = view.getUint32(HEADER.size, true)
  if (view.getBigUint64(HEADER.signature, true) !== SIGNATURE) throw new Error(`${where} is none`)
  if (size < HEADER_BYTES || size > SECTOR) throw new Error(`${where} has ${size} bytes`)
  const crc = view.getUint32(HEADER.crc, true)
  view.setUint32(HEADER.crc, 0, true)
  if (Bun.hash.crc32(bytes.subarray(0, size)) !== crc) throw new Error(`${where} has a wrong CRC`)
  if (view.getBigUint64(HEADER.thisSector, true) !== BigInt(sector)) {
    throw new Error(`${where} says that it is elsewhere`)
  }
  const tableSector = Number(view.getBigUint64(HEADER.tableSector, true))
  const entryBytes = view.getUint32(HEADER.entryBytes, true)
  const entries = view.getUint32(HEADER.entries, true)
  const end = tableSector * SECTOR + entries * entryBytes
  if (entryBytes < ENTRY_BYTES || entries > 1024 || end > disk.length) {
    throw new Error(`${where} has a table of ${entries} entries of ${entryBytes} bytes`)
  }
  const table = disk.subarray(tableSector * SECTOR, end)
  if (Bun.hash.crc32(table) !== view.getUint32(HEADER.tableCrc, true)) {
    throw new Error(`${where} has a table with a wrong CRC`)
  }
  const firstUsable = Number(view.getBigUint64(HEADER.firstUsable, true))
  const lastUsable = Number(view.getBigUint64(HEADER.lastUsable, true))
  if (lastUsable >= total || firstUsable > lastUsable) {
    throw new Error(`${where} allows sectors ${firstUsable} to ${lastUsable} of ${total}`)
  }
  return { table, entryBytes, firstUsable, lastUsable }
}

function partitionsOf(disk: Uint8Array, header: CheckedHeader): Partition[] {
  const { table, entryBytes, firstUsable, lastUsable } = header
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const partitions: Partition[] = []
  for (let at = 0; at < table.length; at += entryBytes) {
    const type = guidText(table.subarray(at, at + 16))
    if (/^[0-]+$/.test(type)) continue
    const first = Number(view.getBigUint64(at + 32, true))
    const last = Number(view.getBigUint64(at + 40, true))
    if (first < firstUsable || last > lastUsable || first > last) {
      throw new Error(`Cannot read a GPT: a partition has sectors ${first} to ${last}`)
    }
    const units = new Uint16Array(table.slice(at + 56, at + ENTRY_BYTES).buffer)
    const name = String.fromCharCode(...units).replace(/\0.*$/, '')
    const data = disk.subarray(first * SECTOR, (last + 1) * SECTOR)
    partitions.push({
      type,
      id: guidText(table.subarray(at + 16, at + 32)),
      name,
      firstSector: first,
      data,
    })
  }
  return partitions
}

function header(options: {
  total: number
  id: string
  table: Uint8Array
  here: number
  there: number
  tableSector: number
}): Uint8Array {
  const bytes = new Uint8Array(SECTOR)
  const view = new DataView(bytes.buffer)
  const set64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true)
  view.setBigUint64(HEADER.signature, SIGNATURE, true)
  view.setUint32(HEADER.revision, REVISION, true)
  view.setUint32(HEADER.size, HEADER_BYTES, true)
  set64(HEADER.thisSector, options.here)
  set64(HEADER.otherSector, options.there)
  set64(HEADER.firstUsable, 2 + TABLE_SECTORS)
  set64(HEADER.lastUsable, options.total - TABLE_SECTORS - 2)
  bytes.set(guidBytes(options.id), HEADER.diskId)
  set64(HEADER.tableSector, options.tableSector)
  view.setUint32(HEADER.entries, ENTRIES, true)
  view.setUint32(HEADER.entryBytes, ENTRY_BYTES, true)
  view.setUint32(HEADER.tableCrc, Bun.hash.crc32(options.table), true)
  view.setUint32(HEADER.crc, Bun.hash.crc32(bytes.subarray(0, HEADER_BYTES)), true)
  return bytes
}

/** One partition of type 0xEE over the whole disk, so that tools that know no GPT leave it alone. */
function writeProtectiveMbr(disk: Uint8Array, total: number): void {
  const view = new DataView(disk.buffer, disk.byteOffset, SECTOR)
  disk.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446)
  view.setUint32(454, 1, true)
  view.setUint32(458, Math.min(total - 1, 0xffffffff), true)
  disk.set([0x55, 0xaa], 510)
}

/** `id` with `number` added to its last group. */
function numbered(id: string, number: number): string {
  const last = BigInt(`0x${id.slice(24)}`) + BigInt(number)
  return id.slice(0, 24) + last.toString(16).padStart(12, '0').slice(-12)
}

/** The first three groups are little-endian numbers, the others bytes. */
function guidBytes(text: string): Uint8Array {
  if (!GUID.test(text)) throw new Error(`Cannot use "${text}" as a GUID: it has five groups of hex`)
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

function guidText(bytes: Uint8Array): string {
  const swapped = Buffer.from(bytes)
  swapped.subarray(0, 4).reverse()
  swapped.subarray(4, 6).reverse()
  swapped.subarray(6, 8).reverse()
  const hex = swapped.toString('hex')
  return [0, 8, 12, 16, 20].map((at, n) => hex.slice(at, [8, 12, 16, 20, 32][n])).join('-')
}

/**
 * Flattened device trees: a tree in memory, written to and read from the binary form.
 *
 * Source: Devicetree Specification 0.4, chapter 5 (format version 17). The reader is for files from users: every
 * offset and length is checked, depth and size are bounded, and what is wrong is said.
 */

const MAGIC = 0xd00dfeed
const VERSION = 17
const LAST_COMPATIBLE = 16
const HEADER_BYTES = 40
const BEGIN_NODE = 1
const END_NODE = 2
const PROP = 3
const NOP = 4
const END = 9

const MAX_BYTES = 2 << 20
const MAX_DEPTH = 64
/** Real names have at most 31 bytes. Many properties may share one name, so its length bounds the work. */
const MAX_NAME = 255

/** A device tree blob is malformed. */
export class FdtError extends Error {
  override readonly name = 'FdtError'
  constructor(problem: string) {
    super(`Cannot read the device tree: ${problem}`)
  }
}

/**
 * What a property may be given as: a string, a list of strings, 32-bit cells, raw bytes, or `true` for an empty one.
 * A bigint among the cells becomes two.
 */
export type PropertyValue =
  | string
  | readonly string[]
  | readonly (number | bigint)[]
  | Uint8Array
  | true

/** A node: properties and children, in order. */
export class FdtNode {
  readonly properties = new Map<string, Uint8Array>()
  readonly children: FdtNode[] = []

  constructor(
    readonly name: string,
    properties: Readonly<Record<string, PropertyValue>> = {},
  ) {
    for (const [key, value] of Object.entries(properties)) this.set(key, value)
  }

  /** Sets a property, replacing an older value. Returns this node. */
  set(key: string, value: PropertyValue): this {
    this.properties.set(key, encode(value))
    return this
  }

  /** Adds a child. Returns the child. */
  add(child: FdtNode): FdtNode {
    this.children.push(child)
    return child
  }

  /** The child of this name, or undefined. */
  child(name: string): FdtNode | undefined {
    return this.children.find((node) => node.name === name)
  }

  /** A property as text up to its first zero byte, or undefined. */
  text(key: string): string | undefined {
    const bytes = this.properties.get(key)
    if (!bytes) return undefined
    const end = bytes.indexOf(0)
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
  }

  /** A property as 32-bit cells, or undefined if it is absent or no multiple of 4 bytes. */
  cells(key: string): number[] | undefined {
    const bytes = this.properties.get(key)
    if (!bytes || bytes.length % 4 !== 0) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(n * 4))
  }
}

/** A whole tree: the root node, memory reservations, and the boot CPU. */
export interface Fdt {
  readonly root: FdtNode
  readonly reservations: readonly { readonly address: bigint; readonly bytes: bigint }[]
  readonly bootCpu: number
}

/** Writes a tree in format version 17. `slack` bytes are left for firmware that edits it in place. */
export function writeFdt(fdt: Fdt, slack = 0): Uint8Array {
  const strings = new StringTable()
  const words: Uint8Array[] = []
  writeNode(fdt.root, words, strings)
  words.push(cell(END))
  const structure = concat(words)
  const names = strings.bytes()
  const reserveAt = HEADER_BYTES
  const structureAt = reserveAt + (fdt.reservations.length + 1) * 16
  const namesAt = structureAt + structure.length
  const total = align4(namesAt + names.length) + align4(slack)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  const header = [MAGIC, total, structureAt, namesAt, reserveAt, VERSION, LAST_COMPATIBLE]
  header.push(fdt.bootCpu, names.length, structure.length)
  for (const [index, word] of header.entries()) view.setUint32(index * 4, word)
  for (const [index, { address, bytes: length }] of fdt.reservations.entries()) {
    view.setBigUint64(reserveAt + index * 16, address)
    view.setBigUint64(reserveAt + index * 16 + 8, length)
  }
  bytes.set(structure, structureAt)
  bytes.set(names, namesAt)
  return bytes
}

/**
 * Reads a tree.
 * @throws FdtError saying what is wrong and where.
 */
export function readFdt(blob: Uint8Array): Fdt {
  if (blob.length < HEADER_BYTES) {
    throw new FdtError(`${blob.length} bytes are fewer than the header's ${HEADER_BYTES}`)
  }
  const header = new DataView(blob.buffer, blob.byteOffset, HEADER_BYTES)
  const [magic, total, structureAt, namesAt, reserveAt, version, compatible, bootCpu] = Array.from(
    { length: 8 },
    (_, n) => header.getUint32(n * 4),
  ) as [number, number, number, number, number, number, number, number]
  const namesBytes = header.getUint32(32)
  const structureBytes = header.getUint32(36)
  if (magic !== MAGIC) {
    throw new FdtError(`it starts with 0x${magic.toString(16)} instead of 0xd00dfeed`)
  }
  if (total > blob.length) {
    throw new FdtError(`it is truncated: ${blob.length} bytes of ${total}`)
  }
  if (total > MAX_BYTES) throw new FdtError(`${total} bytes are more than the limit, ${MAX_BYTES}`)
  if (version < VERSION || compatible > VERSION) {
    throw new FdtError(`its format version is ${version} (compatible with ${compatible}), not 17`)
  }
  const part = (name: string, at: number, bytes: number): Uint8Array => {
    if (at < HEADER_BYTES || at + bytes > total) {
      throw new FdtError(`the ${name} block (${bytes} bytes at ${at}) is not inside of it`)
    }
    return blob.subarray(at, at + bytes)
  }
  if (structureAt % 4 !== 0) throw new FdtError(`the structure block is at ${structureAt}`)
  const structure = part('structure', structureAt, structureBytes)
  const names = part('strings', namesAt, namesBytes)
  const reservations = readReservations(part('reservation', reserveAt, total - reserveAt))
  return { root: new Parser(structure, names).tree(), reservations, bootCpu }
}

class StringTable {
  private readonly offsets = new Map<string, number>()
  private readonly parts: Uint8Array[] = []
  private length = 0

  offset(name: string): number {
    const known = this.offsets.get(name)
    if (known !== undefined) return known
    const bytes = encode(name)
    const at = this.length
    this.offsets.set(name, at)
    this.parts.push(bytes)
    this.length += bytes.length
    return at
  }

  bytes(): Uint8Array {
    return concat(this.parts)
  }
}

class Parser {
  private at = 0
  private readonly view: DataView
  private readonly decoder = new TextDecoder()

  constructor(
    private readonly structure: Uint8Array,
    private readonly names: Uint8Array,
  ) {
    this.view = new DataView(structure.buffer, structure.byteOffset, structure.length)
  }

  tree(): FdtNode {
    if (this.token() !== BEGIN_NODE) throw new FdtError('it does not start with a node')
    const root = this.node(0)
    if (this.token() !== END) throw new FdtError('something follows the root node')
    return root
  }

  private node(depth: number): FdtNode {
    if (depth > MAX_DEPTH) throw new FdtError(`nodes are nested more than ${MAX_DEPTH} deep`)
    const node = new FdtNode(this.nodeName())
    for (;;) {
      const token = this.token()
      if (token === END_NODE) return node
      if (token === PROP) this.property(node)
      else if (token === BEGIN_NODE) node.add(this.node(depth + 1))
      else throw new FdtError(`unknown token ${token} in node "${node.name}"`)
    }
  }

  private nodeName(): string {
    const end = this.structure.indexOf(0, this.at)
    if (end < 0) throw new FdtError('a node name does not end')
    const name = this.decoder.decode(this.structure.subarray(this.at, end))
    this.at = align4(end + 1)
    return name
  }

  private property(node: FdtNode): void {
    const length = this.word()
    const nameAt = this.word()
    const name = this.propertyName(node, nameAt)
    if (length > this.structure.length - this.at) {
      throw new FdtError(`property "${name}" of node "${node.name}" has ${length} bytes`)
    }
    node.properties.set(name, this.structure.slice(this.at, this.at + length))
    this.at = align4(this.at + length)
  }

  private propertyName(node: FdtNode, at: number): string {
    const bytes = this.names.subarray(at, at + MAX_NAME + 1)
    const end = bytes.indexOf(0)
    if (end >= 0) return this.decoder.decode(bytes.subarray(0, end))
    throw new FdtError(
      bytes.length > MAX_NAME
        ? `a property of node "${node.name}" has a name of more than ${MAX_NAME} bytes`
        : `a property of node "${node.name}" has its name outside of the strings`,
    )
  }

  private token(): number {
    let token = this.word()
    while (token === NOP) token = this.word()
    return token
  }

  private word(): number {
    if (this.at + 4 > this.structure.length) throw new FdtError('its structure block ends too soon')
    const word = this.view.getUint32(this.at)
    this.at += 4
    return word
  }
}

function readReservations(block: Uint8Array): { address: bigint; bytes: bigint }[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  const list: { address: bigint; bytes: bigint }[] = []
  for (let at = 0; at + 16 <= block.length; at += 16) {
    const address = view.getBigUint64(at)
    const bytes = view.getBigUint64(at + 8)
    if (address === 0n && bytes === 0n) return list
    list.push({ address, bytes })
  }
  throw new FdtError('its memory reservations do not end')
}

function writeNode(node: FdtNode, out: Uint8Array[], strings: StringTable): void {
  out.push(cell(BEGIN_NODE), padded(encode(node.name)))
  for (const [key, value] of node.properties) {
    out.push(cell(PROP), cell(value.length), cell(strings.offset(key)), padded(value))
  }
  for (const child of node.children) writeNode(child, out, strings)
  out.push(cell(END_NODE))
}

function encode(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0)
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return new TextEncoder().encode(`${value}\0`)
  return concat(
    value.map((item: string | number | bigint) => {
      if (typeof item === 'string') return encode(item)
      if (typeof item === 'number') return cell(item)
      return concat([cell(Number(item >> 32n)), cell(Number(item & 0xffff_ffffn))])
    }),
  )
}

function cell(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 === 0) return bytes
  const result = new Uint8Array(align4(bytes.length))
  result.set(bytes)
  return result
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

function align4(value: number): number {
  return (value + 3) & ~3
}

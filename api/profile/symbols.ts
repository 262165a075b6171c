/**
 * Names of guest addresses: from the symbol table of an ELF file (ELF-64 Object File Format, "Symbol Table"), or from a list
 * as Linux has it in System.map and /proc/kallsyms.
 */

/** A named address. */
export interface Symbol {
  readonly address: bigint
  readonly name: string
}

const SHT_SYMTAB = 2
const SYMBOL_BYTES = 24
const STT_NOTYPE = 0
const STT_FUNC = 2
/** Files with more would only fill memory. */
const MAX_SYMBOLS = 4_000_000
/** An address so far behind a symbol does not belong to it. */
const MAX_DISTANCE = 1n << 20n

/** Symbols in order of their addresses. */
export class SymbolTable {
  readonly #symbols: Symbol[]

  constructor(symbols: readonly Symbol[]) {
    this.#symbols = [...symbols].sort((a, b) => (a.address < b.address ? -1 : 1))
  }

  /** `name+0xoffset` of the nearest symbol below, or undefined if there is none near. */
  at(address: bigint): string | undefined {
    let low = 0
    let high = this.#symbols.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#symbols[middle]!.address <= address) low = middle + 1
      else high = middle
    }
    const found = this.#symbols[low - 1]
    if (!found || address - found.address > MAX_DISTANCE) return undefined
    const offset = address - found.address
    return offset === 0n ? found.name : `${found.name}+0x${offset.toString(16)}`
  }
}

/**
 * Reads symbols of a file.
 * @throws Error if it is neither an ELF file with a symbol table nor a list of addresses.
 */
export function readSymbols(file: string, bytes: Uint8Array): Symbol[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elf = bytes.length >= 64 && view.getUint32(0) === 0x7f454c46
  const symbols = elf ? symbolsOfElf(view, bytes) : symbolsOfList(new TextDecoder().decode(bytes))
  if (symbols.length > 0) return symbols
  throw new Error(
    `Cannot read symbols from "${file}": it must be an ELF file (64 bits, little-endian) with a symbol table, or a list like System.map`,
  )
}

function symbolsOfElf(view: DataView, bytes: Uint8Array): Symbol[] {
  const little64 = view.getUint8(4) === 2 && view.getUint8(5) === 1
  const headers = Number(view.getBigUint64(40, true))
  const [size, count] = [view.getUint16(58, true), view.getUint16(60, true)]
  if (!little64 || size < 64 || headers + size * count > bytes.length) return []
  const symbols: Symbol[] = []
  for (let n = 0; n < count; n++) {
    const at = headers + n * size
    if (view.getUint32(at + 4, true) !== SHT_SYMTAB) continue
    const link = view.getUint32(at + 40, true)
    if (link >= count) continue
    const strings = section(view, bytes, headers + link * size)
    const table = section(view, bytes, at)
    if (strings && table) addSymbols(symbols, table, strings)
  }
  return symbols
}

/** A section's bytes, or undefined if they are not in the file. */
function section(view: DataView, bytes: Uint8Array, at: number): Uint8Array | undefined {
  const [offset, size] = [
    Number(view.getBigUint64(at + 24, true)),
    Number(view.getBigUint64(at + 32, true)),
  ]
  return offset + size <= bytes.length ? bytes.subarray(offset, offset + size) : undefined
}

function addSymbols(symbols: Symbol[], table: Uint8Array, strings: Uint8Array): void {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const decoder = new TextDecoder()
  for (let at = 0; at + SYMBOL_BYTES <= table.length && symbols.length < MAX_SYMBOLS; ) {
    const [name, kind] = [view.getUint32(at, true), view.getUint8(at + 4) & 15]
    const [defined, address] = [view.getUint16(at + 6, true), view.getBigUint64(at + 8, true)]
    at += SYMBOL_BYTES
    if (defined === 0 || (kind !== STT_FUNC && kind !== STT_NOTYPE) || name >= strings.length)
      continue
    const end = strings.indexOf(0, name)
    const text = decoder.decode(strings.subarray(name, end < 0 ? strings.length : end))
    // Mapping symbols ($x, $d) say what follows, not what it is called.
    if (text !== '' && !text.startsWith('$')) symbols.push({ address, name: text })
  }
}

/** Lines of address, type letter, name. Data symbols are left out. */
function symbolsOfList(text: string): Symbol[] {
  const symbols: Symbol[] = []
  for (const match of text.matchAll(/^([0-9a-f]{4,16}) [tTwW] (\S+)/gm)) {
    if (symbols.length >= MAX_SYMBOLS) break
    symbols.push({ address: BigInt(`0x${match[1]}`), name: match[2]! })
  }
  return symbols
}

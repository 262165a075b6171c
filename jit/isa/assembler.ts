/**
 * A small in-memory assembler: words, text and data at growing addresses, labels, and the fixups of what refers to them.
 *
 * Branches are not relaxed: one whose label is out of reach is an error that says so.
 */

import { assemble } from './assemble.ts'
import { encode } from './encode.ts'
import { CONDITIONS, type Condition, nameOf, type Register } from './registers.ts'

/** Labels are names, or numbers for those a compiler makes. Names are case-insensitive, as mnemonics are. */
export type Label = string | number

/** What is left to be filled in when all labels are known. */
interface Fixup {
  readonly offset: number
  readonly label: string
  /** Gives the value to write; `word` is what stands there. */
  readonly apply: (target: bigint, pc: bigint, word: number) => number
  /** How errors name it. */
  readonly what: string
}

/** A comment, or a string, which may hold what looks like one. */
const COMMENT = /("(?:[^"\\]|\\.)*")|\/\/.*$/g

const DIRECTIVE = /^\.(\w+)(?:\s+(.*))?$/

/** Numbered labels get names that text cannot spell. */
function key(label: Label): string {
  return typeof label === 'number' ? `#${label}` : label.toLowerCase()
}

/** Collects machine code and data. */
export class Assembler {
  readonly #base: bigint
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  readonly #labels = new Map<string, bigint>()
  readonly #fixups: Fixup[] = []
  readonly #texts: { readonly offset: number; readonly text: string }[] = []
  readonly #quads: { readonly offset: number; readonly label: string; readonly size: 4 | 8 }[] = []
  #nextLabel = 0

  /** @param base address of the first byte, a multiple of 4 */
  constructor(base = 0n) {
    this.#base = base
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Address of the next byte. */
  get pc(): bigint {
    return this.#base + BigInt(this.#length)
  }

  /** A label nobody else has. */
  newLabel(): number {
    return this.#nextLabel++
  }

  /** Puts a label here. */
  label(label: Label): this {
    const name = key(label)
    if (this.#labels.has(name)) throw new Error(`Label "${label}" is defined twice`)
    this.#labels.set(name, this.pc)
    return this
  }

  /** Gives a name to a value, as `.equ`. */
  define(name: string, value: bigint): this {
    if (this.#labels.has(key(name))) throw new Error(`Label "${name}" is defined twice`)
    this.#labels.set(key(name), value)
    return this
  }

  /** Appends instruction words. */
  emit(...words: readonly number[]): this {
    for (const word of words) {
      const at = this.#grow(4)
      this.#view.setUint32(at, word, true)
    }
    return this
  }

  /** Appends bytes. */
  bytes(data: Uint8Array | readonly number[]): this {
    const at = this.#grow(data.length)
    this.#bytes.set(data, at)
    return this
  }

  /** Appends a doubleword: a number, or a label's address. */
  quad(value: bigint | Label): this {
    return this.#data(value, 8)
  }

  /** Appends a word of data: a number, or a label's address, which must be below 4 GiB. */
  word(value: bigint | Label): this {
    return this.#data(value, 4)
  }

  /** Pads with zeros to a multiple of `boundary`, in terms of addresses. */
  align(boundary: number): this {
    if (!Number.isInteger(Math.log2(boundary))) {
      throw new Error(`Cannot align to ${boundary}: a power of two is needed`)
    }
    const rest = Number(this.pc % BigInt(boundary))
    if (rest !== 0) this.#grow(boundary - rest)
    return this
  }

  b(label: Label): this {
    return this.#branch(encode('B', { imm26: 0 }), label, 26, 0)
  }

  bl(label: Label): this {
    return this.#branch(encode('BL', { imm26: 0 }), label, 26, 0)
  }

  bCond(condition: Condition, label: Label): this {
    return this.#branch(encode('B_cond', { imm19: 0, cond: CONDITIONS[condition] }), label, 19, 5)
  }

  cbz(rt: Register, label: Label): this {
    return this.#branch(encode('CBZ', { ...compared(rt), imm19: 0 }), label, 19, 5)
  }

  cbnz(rt: Register, label: Label): this {
    return this.#branch(encode('CBNZ', { ...compared(rt), imm19: 0 }), label, 19, 5)
  }

  tbz(rt: Register, bit: number, label: Label): this {
    return this.#branch(encode('TBZ', tested(rt, bit)), label, 14, 5)
  }

  tbnz(rt: Register, bit: number, label: Label): this {
    return this.#branch(encode('TBNZ', tested(rt, bit)), label, 14, 5)
  }

  /** Address of a label within 1 MiB. */
  adr(rd: Register, label: Label): this {
    return this.#fix(
      encode('ADR', { immlo: 0, immhi: 0, Rd: compared(rd).Rt }),
      label,
      'adr',
      pageFixup(0),
    )
  }

  /** Page of a label within 4 GiB; `addLow` adds the rest. */
  adrp(rd: Register, label: Label): this {
    return this.#fix(
      encode('ADRP', { immlo: 0, immhi: 0, Rd: compared(rd).Rt }),
      label,
      'adrp',
      pageFixup(12),
    )
  }

  /** rd = rn + the low 12 bits of a label's address. */
  addLow(rd: Register, rn: Register, label: Label): this {
    const word = encode('ADD_imm', { sf: 1, sh: 0, imm12: 0, Rn: rn.number, Rd: rd.number })
    return this.#fix(word, label, 'low 12 bits', (target, _, base) => {
      return (base | (Number(target & 0xfffn) << 10)) >>> 0
    })
  }

  /** Loads from a label within 1 MiB, a literal pool entry. */
  ldrLiteral(rt: Register, label: Label): this {
    return this.#branch(encode('LDR_lit', { ...compared(rt), imm19: 0 }), label, 19, 5)
  }

  /**
   * Appends assembly language: instructions, labels and data, one a line.
   *
   * Directives: .byte, .hword, .word, .quad (numbers; words and quads also labels), .ascii, .asciz, .align (log2),
   * .balign, .space, .equ. Comments begin with `//` and end with the line.
   */
  text(source: string): this {
    for (const [i, raw] of source.split('\n').entries()) {
      try {
        this.#line(raw.replaceAll(COMMENT, '$1').trim())
      } catch (error) {
        throw new Error(`Line ${i + 1}: ${(error as Error).message}`)
      }
    }
    return this
  }

  /**
   * The finished bytes.
   *
   * @throws Error naming the label that is not defined or out of reach
   */
  finish(): Uint8Array {
    const symbol = (name: string) => this.#symbol(name)
    for (const { offset, text } of this.#texts) {
      this.#view.setUint32(
        offset,
        assemble(text, { pc: this.#base + BigInt(offset), symbol }),
        true,
      )
    }
    for (const { offset, label, apply, what } of this.#fixups) {
      const pc = this.#base + BigInt(offset)
      try {
        const word = apply(this.#resolve(label), pc, this.#view.getUint32(offset, true))
        this.#view.setUint32(offset, word, true)
      } catch (error) {
        throw new Error(
          `Cannot resolve ${what} at 0x${pc.toString(16)}: ${(error as Error).message}`,
        )
      }
    }
    for (const { offset, label, size } of this.#quads)
      this.#store(offset, this.#resolve(label), size)
    return this.#bytes.slice(0, this.#length)
  }

  /** Address of a label. */
  addressOf(label: Label): bigint {
    return this.#resolve(key(label))
  }

  /** Names, in lower case, with their values, in the order of their definition; numbered labels are left out. */
  names(): [name: string, value: bigint][] {
    return [...this.#labels].filter(([name]) => !name.startsWith('#'))
  }

  #resolve(name: string): bigint {
    const address = this.#symbol(name)
    if (address === undefined) throw new Error(`Label "${name}" is not defined`)
    return address
  }

  /** The address of a label, or of one and a number of bytes, such as `table+8`. */
  #symbol(name: string): bigint | undefined {
    const sum = /^(.+)([+-])(\d+|0x[0-9a-f]+)$/.exec(name)
    if (!sum) return this.#labels.get(name)
    const address = this.#labels.get(sum[1]!)
    const distance = BigInt(sum[3]!)
    if (address === undefined) return undefined
    return sum[2] === '+' ? address + distance : address - distance
  }

  #grow(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }

  #data(value: bigint | Label, size: 4 | 8): this {
    const offset = this.#grow(size)
    if (typeof value === 'bigint') this.#store(offset, value, size)
    else this.#quads.push({ offset, label: key(value), size })
    return this
  }

  #store(offset: number, value: bigint, size: 1 | 2 | 4 | 8): void {
    const bits = size * 8
    const unsigned = BigInt.asUintN(bits, value)
    if (unsigned !== value && BigInt.asIntN(bits, value) !== value) {
      throw new Error(`Cannot store ${value} in ${size} bytes`)
    }
    for (let i = 0; i < size; i++) {
      this.#bytes[offset + i] = Number((unsigned >> BigInt(8 * i)) & 0xffn)
    }
  }

  #fix(word: number, label: Label, what: string, apply: Fixup['apply']): this {
    const offset = this.#length
    this.emit(word)
    this.#fixups.push({ offset, label: key(label), what, apply })
    return this
  }

  /** A word offset of `bits` bits at bit `shift`. */
  #branch(word: number, label: Label, bits: number, shift: number): this {
    return this.#fix(word, label, `the offset to "${label}"`, (target, pc, base) => {
      const offset = target - pc
      const limit = 1n << BigInt(bits + 1)
      if (offset % 4n !== 0n || offset < -limit || offset >= limit) {
        throw new Error(`it is ${offset} bytes, multiples of 4 from ${-limit} to ${limit - 4n} fit`)
      }
      return (base | (Number(BigInt.asUintN(bits, offset >> 2n)) << shift)) >>> 0
    })
  }

  #line(line: string): void {
    const labelled = /^([\w.$]+):\s*(.*)$/.exec(line)
    if (labelled) {
      this.label(labelled[1]!)
      this.#line(labelled[2]!)
      return
    }
    if (line === '') return
    const directive = DIRECTIVE.exec(line)
    if (directive && directive[1] !== 'inst') {
      this.#directive(directive[1]!, directive[2] ?? '')
      return
    }
    this.#texts.push({ offset: this.#grow(4), text: line })
  }

  #directive(name: string, argument: string): void {
    const items = argument.split(',').map((item) => item.trim())
    const number = (text: string): bigint => {
      if (!/^-?(0x[0-9a-fA-F]+|\d+)$/.test(text)) throw new Error(`"${text}" is no number`)
      return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
    }
    const numbers = (size: 1 | 2) => {
      for (const item of items) this.#store(this.#grow(size), number(item), size)
    }
    const values = (size: 4 | 8) => {
      for (const item of items) this.#data(/^[A-Za-z_$]/.test(item) ? item : number(item), size)
    }
    const string = () => new TextEncoder().encode(JSON.parse(argument) as string)
    switch (name) {
      case 'byte':
        numbers(1)
        return
      case 'hword':
        numbers(2)
        return
      case 'word':
        values(4)
        return
      case 'quad':
        values(8)
        return
      case 'ascii':
        this.bytes(string())
        return
      case 'asciz':
        this.bytes(string()).bytes([0])
        return
      case 'align':
        this.align(2 ** Number(number(argument)))
        return
      case 'balign':
        this.align(Number(number(argument)))
        return
      case 'space':
        this.#grow(Number(number(argument)))
        return
      case 'equ':
        this.define(items[0]!, number(items[1] ?? ''))
        return
      default:
        throw new Error(`There is no directive ".${name}"`)
    }
  }
}

function compared(rt: Register): { sf: number; Rt: number } {
  if (rt.sp) throw new Error(`Cannot use ${nameOf(rt)} here: a general register is needed`)
  return { sf: rt.width === 64 ? 1 : 0, Rt: rt.number }
}

function tested(rt: Register, bit: number): Record<string, number> {
  if (!Number.isInteger(bit) || bit < 0 || bit >= rt.width) {
    throw new Error(`Cannot test bit ${bit} of ${nameOf(rt)}: it has bits 0 to ${rt.width - 1}`)
  }
  return { b5: bit >> 5, b40: bit & 31, imm14: 0, Rt: compared(rt).Rt }
}

/** ADR (shift 0) and ADRP (shift 12): 21 bits of page distance. */
function pageFixup(shift: number): Fixup['apply'] {
  return (target, pc, word) => {
    const distance = (target >> BigInt(shift)) - (pc >> BigInt(shift))
    const limit = 1n << 20n
    if (distance < -limit || distance >= limit) {
      throw new Error(`it is ${target - pc} bytes away, ${limit << BigInt(shift)} are in reach`)
    }
    const bits = Number(BigInt.asUintN(21, distance))
    return (word | ((bits & 3) << 29) | ((bits >> 2) << 5)) >>> 0
  }
}

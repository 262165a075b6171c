/**
 * A module to the Kenix kernel, memory model `register`: code and constants in the upper half, linear memory at an address of
 * the recipe's choice behind X28. One image in two forms: flat, with the header of Linux's arm64 boot protocol
 * (Documentation/arch/arm64/booting.rst), and ELF64 with symbols.
 *
 * The image, in order, each part on pages of its own: header, boot block and code; constants, symbols (`object/symbols.ts`) and
 * records of functions; the boot archive; the context; what linear memory holds at first; and what begins as zero and is not in
 * the file: the rest of linear memory, then what the recipe reserves. Nothing in it is written before boot code does, and nothing
 * is relocated: code finds all by distances, so it runs wherever the image lies.
 */

import { Assembler } from '../../../jit/isa/assembler.ts'
import {
  type Compiled,
  compile,
  emitRecords,
  type FunctionSymbol,
  functionLabel,
} from '../compile.ts'
import { debugSections } from '../object/dwarf.ts'
import { type Section, writeElf } from '../object/elf.ts'
import { symbolTable } from '../object/symbols.ts'
import { emitContext, emitSegments } from '../runtime/context.ts'
import { helpers } from '../runtime/helpers.ts'
import type { SourceMap } from '../source-map.ts'
import { emitTables, memoryContents, PAGE } from './memory.ts'
import { faultsOf } from './restrictions.ts'

/** What the kernel's own folder says of its image. */
export interface KernelRecipe {
  /** Virtual address of the image's first byte, a multiple of 2 MiB. */
  readonly base: bigint
  /** Virtual address of linear memory, on a page. */
  readonly memory: bigint
  /** Where the ELF file is loaded, a multiple of 2 MiB; the flat image is, wherever it lies, on such a multiple. */
  readonly physical: bigint
  /** The label in the assembly that the image's first instruction branches to. */
  readonly entry: string
  /**
   * Puts the routines in assembly, which end up in the code. They reach functions by `export:NAME`, or `export_NAME` where text
   * must spell it, with X27 and X28 as `context` and linear memory; and the parts by the labels of `Part`.
   */
  readonly assembly: (asm: Assembler) => void
  /** Labels for bytes behind linear memory that begin as 0, each on a page of its own, in this order. */
  readonly reserve?: Readonly<Record<string, number>>
}

export interface KernelOptions {
  readonly recipe: KernelRecipe
  readonly map?: SourceMap | undefined
  /** What is to be found at `archive_start`. */
  readonly archive?: Uint8Array
}

export interface Kernel {
  /** The flat image. */
  readonly image: Uint8Array
  readonly elf: Uint8Array
}

/** Offset of the boot block in the image, behind the header. */
export const BOOT_BLOCK = 64

/** "KENIXBLK", little-endian. */
const BOOT_MAGIC = 0x4b4c425849_4e454bn

/** Labels of the parts, as virtual addresses in the image; the boot block holds their distances from the image's begin. */
const PARTS = [
  'text_end',
  'rodata_start',
  'rodata_end',
  'symbols',
  'archive_start',
  'archive_end',
  'data_start',
  'data_end',
  'memory_start',
  'memory_file_end',
  'memory_end',
  'image_end',
] as const

export type Part = (typeof PARTS)[number]

/** Bytes of the boot block: magic and version, the parts in order, then linear memory's virtual address. */
const BLOCK_SIZE = 16 + 8 * PARTS.length + 8

/** code0, code1, text offset, image size (filled in), flags: little-endian, 4 KiB pages, anywhere; magic "ARM\x64". */
function emitHeader(asm: Assembler, entry: string): void {
  asm.label('image_start').b(entry).word(0n)
  asm.quad(0n).quad(0n).quad(0xan).quad(0n).quad(0n).quad(0n).word(0x644d5241n).word(0n)
  asm.label('boot_block').bytes(new Uint8Array(BLOCK_SIZE)).align(64)
}

function fillHeader(image: Uint8Array, asm: Assembler, recipe: KernelRecipe): void {
  const view = new DataView(image.buffer, image.byteOffset)
  const distance = (label: string) => asm.addressOf(label) - recipe.base
  view.setBigUint64(16, distance('image_end'), true)
  view.setBigUint64(BOOT_BLOCK, BOOT_MAGIC, true)
  view.setBigUint64(BOOT_BLOCK + 8, 1n, true)
  for (const [i, part] of PARTS.entries()) {
    view.setBigUint64(BOOT_BLOCK + 16 + 8 * i, distance(part), true)
  }
  view.setBigUint64(BOOT_BLOCK + 16 + 8 * PARTS.length, recipe.memory, true)
}

/** Names exports, so that assembly can call them. */
function defineExports(asm: Assembler, { module }: Compiled): void {
  for (const { kind, name, index } of module.exports) {
    if (kind !== 'func') continue
    const address = asm.addressOf(functionLabel(index))
    asm.define(`export:${name}`, address)
    if (/^\w+$/.test(name)) asm.define(`export_${name}`, address)
  }
}

/** Compiles; refuses what no kernel may do, all of it at once. */
function compileKernel(asm: Assembler, bytes: Uint8Array): Compiled {
  const faults: string[] = []
  const compiled = compile(bytes, asm, {
    labelOf: ({ module, name }) => (module === 'asm' ? name : undefined),
    inspect: (graph) => faults.push(...faultsOf(graph)),
  })
  if (faults.length > 0) {
    throw new Error(`Cannot make a kernel of this module:\n  ${faults.join('\n  ')}`)
  }
  return compiled
}

/** Places what is not in the file: labels behind the contents of linear memory. */
function reserve(asm: Assembler, recipe: KernelRecipe, memorySize: bigint): void {
  let at = asm.addressOf('memory_start') + memorySize
  asm.define('memory_end', at)
  for (const [label, size] of Object.entries(recipe.reserve ?? {})) {
    asm.define(label, at)
    at += BigInt(Math.ceil(size / PAGE) * PAGE)
  }
  asm.define('image_end', at)
}

/**
 * Compiles a module to the kernel.
 *
 * @throws ModuleError for a module that is not valid, Error listing the functions that do what a kernel must not
 */
export function kenixKernel(bytes: Uint8Array, { recipe, map, archive }: KernelOptions): Kernel {
  const asm = new Assembler(recipe.base)
  emitHeader(asm, recipe.entry)
  const compiled = compileKernel(asm, bytes)
  const { module, symbols, lines } = compiled
  const routines = asm.pc
  asm.text(helpers({ general: true, checked: true }))
  recipe.assembly(asm)
  const textEnd = asm.pc
  asm.label('text_end').align(PAGE).label('rodata_start')
  emitRecords(asm, compiled)
  emitSegments(asm, compiled, true)
  const all = [...symbols, ...routineSymbols(asm, routines, textEnd)]
  asm
    .align(16)
    .label('symbols')
    .bytes(symbolTable(recipe.base, all, lines, map))
  asm.label('rodata_end').align(PAGE).label('archive_start')
  asm
    .bytes(archive ?? [])
    .label('archive_end')
    .align(PAGE)
    .label('data_start')
  emitContext(asm, compiled, { elements: (i) => `table:${i}`, growing: false, applied: true })
  emitTables(asm, module)
  asm.label('data_end').align(PAGE).label('memory_start')
  const memory = memoryContents(module, 0)
  asm.bytes(memory.bytes).align(PAGE).label('memory_file_end')
  reserve(asm, recipe, memory.size)
  defineExports(asm, compiled)
  const image = asm.finish()
  fillHeader(image, asm, recipe)
  const debug = map ? debugSections(lines, routines, map) : []
  return { image, elf: elfOf(asm, recipe, image, all, debug) }
}

/** Labels of the assembly, each as far as the next one. */
function routineSymbols(asm: Assembler, start: bigint, end: bigint): FunctionSymbol[] {
  const labels = asm
    .names()
    .filter(([name, address]) => address >= start && address < end && !name.includes(':'))
    .sort(([, a], [, b]) => Number(a - b))
  return labels.map(([name, address], i) => {
    const next = labels[i + 1]?.[1] ?? end
    return { name, address, size: Number(next - address) }
  })
}

function elfOf(
  asm: Assembler,
  recipe: KernelRecipe,
  image: Uint8Array,
  symbols: readonly FunctionSymbol[],
  sections: readonly Section[],
): Uint8Array {
  const offset = (label: string) => Number(asm.addressOf(label) - recipe.base)
  const segment = (name: string, flags: 'r' | 'rw' | 'rx', from: string, to: string, end = to) => ({
    name,
    flags,
    address: recipe.base + BigInt(offset(from)),
    physical: recipe.physical + BigInt(offset(from)),
    bytes: image.subarray(offset(from), offset(to)),
    size: BigInt(offset(end) - offset(from)),
  })
  return writeElf({
    entry: recipe.physical,
    pageSize: BigInt(PAGE),
    stack: 0n,
    segments: [
      segment('.text', 'rx', 'image_start', 'text_end'),
      segment('.rodata', 'r', 'rodata_start', 'rodata_end'),
      segment('.archive', 'r', 'archive_start', 'archive_end'),
      segment('.data', 'rw', 'data_start', 'data_end'),
      segment('.memory', 'rw', 'memory_start', 'memory_file_end', 'image_end'),
    ].filter(({ size }) => size > 0n),
    symbols,
    sections,
  })
}

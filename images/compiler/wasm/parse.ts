/**
 * Binary modules to `Module` (core specification 2.0, section 5.5). Bodies are located, not decoded.
 *
 * Checks the form; whether indices exist and types agree is checked by `validate.ts`.
 */

import type {
  Body,
  Constant,
  Data,
  Elements,
  Export,
  FunctionType,
  Global,
  GlobalType,
  Import,
  Limits,
  Module,
  TableType,
  ValueType,
} from './module.ts'
import { isReference } from './module.ts'
import { Reader } from './reader.ts'

const TYPES: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

const KINDS = ['func', 'table', 'memory', 'global'] as const

/** The order in which sections must come; the data count stands before the code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]

/** Functions with more locals are refused, as by browsers. */
const MAX_LOCALS = 50_000

export function readType(reader: Reader): ValueType {
  const from = reader.at
  const code = reader.byte()
  return TYPES.get(code) ?? reader.fail(`There is no value type 0x${code.toString(16)}`, from)
}

export function readReferenceType(reader: Reader): 'funcref' | 'externref' {
  const from = reader.at
  const type = readType(reader)
  return isReference(type) ? type : reader.fail(`${type} is no reference type`, from)
}

/** The declared locals of a body, the reader standing at its start. */
export function readLocals(reader: Reader): ValueType[] {
  const locals: ValueType[] = []
  for (let groups = reader.count('groups of locals'); groups > 0; groups--) {
    const from = reader.at
    const count = reader.u32()
    if (count + locals.length > MAX_LOCALS) {
      reader.fail(`Too many locals: ${MAX_LOCALS} are allowed`, from)
    }
    const type = readType(reader)
    for (let i = 0; i < count; i++) locals.push(type)
  }
  return locals
}

function readLimits(reader: Reader): Limits {
  const from = reader.at
  const flags = reader.byte()
  if (flags > 1) reader.fail(`Limits have flags ${flags}: 0 and 1 are known`, from)
  const min = reader.u32()
  return { min, max: flags === 1 ? reader.u32() : undefined }
}

function readTable(reader: Reader): TableType {
  const element = readReferenceType(reader)
  return { element, ...readLimits(reader) }
}

function readGlobalType(reader: Reader): GlobalType {
  const type = readType(reader)
  const from = reader.at
  const mutable = reader.byte()
  if (mutable > 1) reader.fail(`Mutability is ${mutable}: 0 and 1 are known`, from)
  return { type, mutable: mutable === 1 }
}

function readConstant(reader: Reader): Constant {
  const from = reader.at
  const constant = readConstantInstruction(reader, from)
  if (reader.byte() !== 0x0b) reader.fail('A constant expression is one instruction', from)
  return constant
}

function readConstantInstruction(reader: Reader, from: number): Constant {
  const opcode = reader.byte()
  switch (opcode) {
    case 0x41:
      return { kind: 'number', type: 'i32', bits: BigInt.asUintN(32, reader.signed(32)) }
    case 0x42:
      return { kind: 'number', type: 'i64', bits: BigInt.asUintN(64, reader.signed(64)) }
    case 0x43:
      return { kind: 'number', type: 'f32', bits: reader.bits(4) }
    case 0x44:
      return { kind: 'number', type: 'f64', bits: reader.bits(8) }
    case 0x23:
      return { kind: 'global', index: reader.u32() }
    case 0xd0:
      return { kind: 'null', type: readReferenceType(reader) }
    case 0xd2:
      return { kind: 'function', index: reader.u32() }
    case 0xfd:
      if (reader.u32() === 12) return { kind: 'number', type: 'v128', bits: reader.bits(16) }
  }
  return reader.fail(
    `Opcode 0x${opcode.toString(16)} is not allowed in a constant expression`,
    from,
  )
}

/** What sections fill in. */
class Draft {
  types: FunctionType[] = []
  imports: Import[] = []
  functions: number[] = []
  importedFunctions = 0
  tables: TableType[] = []
  memories: Limits[] = []
  globals: Global[] = []
  importedGlobals = 0
  exports: Export[] = []
  start: number | undefined
  elements: Elements[] = []
  dataCount: number | undefined
  bodies: Body[] = []
  data: Data[] = []
  references = new Set<number>()
  names = new Map<number, string>()
  sourceMap: string | undefined

  constructor(readonly bytes: Uint8Array) {}
}

function readImport(reader: Reader, draft: Draft): Import {
  const module = reader.name()
  const name = reader.name()
  const kind = readKind(reader)
  if (kind === 'func') {
    draft.functions.push(reader.u32())
    draft.importedFunctions++
  } else if (kind === 'table') draft.tables.push(readTable(reader))
  else if (kind === 'memory') draft.memories.push(readLimits(reader))
  else {
    draft.globals.push({ ...readGlobalType(reader), init: undefined })
    draft.importedGlobals++
  }
  return { module, name, kind }
}

function readKind(reader: Reader): (typeof KINDS)[number] {
  const from = reader.at
  const code = reader.byte()
  return KINDS[code] ?? reader.fail(`There is no kind ${code} of imports or exports`, from)
}

function readFunctionType(reader: Reader): FunctionType {
  const from = reader.at
  if (reader.byte() !== 0x60) reader.fail('A type does not begin with 0x60', from)
  const params = reader.vector('parameters', () => readType(reader))
  return { params, results: reader.vector('results', () => readType(reader)) }
}

/** Element segments: bit 0 passive or declarative, bit 1 explicit table or declarative, bit 2 expressions. */
function readElements(reader: Reader): Elements {
  const from = reader.at
  const flags = reader.u32()
  if (flags > 7) reader.fail(`An element segment has flags ${flags}: 0 to 7 are known`, from)
  const mode = flags & 1 ? (flags & 2 ? 'declarative' : 'passive') : 'active'
  const table = mode === 'active' && flags & 2 ? reader.u32() : 0
  const offset = mode === 'active' ? readConstant(reader) : undefined
  let type: 'funcref' | 'externref' = 'funcref'
  if (flags & 3) {
    if (flags & 4) type = readReferenceType(reader)
    else if (reader.byte() !== 0) reader.fail('The element kind is not 0')
  }
  const items = reader.vector(
    'elements',
    (): Constant => (flags & 4 ? readConstant(reader) : { kind: 'function', index: reader.u32() }),
  )
  return { type, mode, table, offset, items }
}

function readData(reader: Reader): Data {
  const from = reader.at
  const flags = reader.u32()
  if (flags > 2) reader.fail(`A data segment has flags ${flags}: 0 to 2 are known`, from)
  const memory = flags === 2 ? reader.u32() : 0
  const offset = flags === 1 ? undefined : readConstant(reader)
  const length = reader.u32()
  const start = reader.skip(length)
  const bytes = reader.bytes.subarray(start, start + length)
  return { mode: flags === 1 ? 'passive' : 'active', memory, offset, bytes }
}

function readSection(id: number, reader: Reader, draft: Draft): void {
  switch (id) {
    case 1:
      draft.types = reader.vector('types', () => readFunctionType(reader))
      return
    case 2:
      draft.imports = reader.vector('imports', () => readImport(reader, draft))
      return
    case 3:
      draft.functions.push(...reader.vector('functions', () => reader.u32()))
      return
    case 4:
      draft.tables.push(...reader.vector('tables', () => readTable(reader)))
      return
    case 5:
      draft.memories.push(...reader.vector('memories', () => readLimits(reader)))
      return
    case 6:
      draft.globals.push(
        ...reader.vector('globals', () => ({
          ...readGlobalType(reader),
          init: readConstant(reader),
        })),
      )
      return
    case 7:
      draft.exports = reader.vector('exports', () => ({
        name: reader.name(),
        kind: readKind(reader),
        index: reader.u32(),
      }))
      return
    case 8:
      draft.start = reader.u32()
      return
    case 9:
      draft.elements = reader.vector('element segments', () => readElements(reader))
      return
    case 10:
      draft.bodies = reader.vector('bodies', () => {
        const size = reader.u32()
        const start = reader.skip(size)
        return { start, end: start + size }
      })
      return
    case 11:
      draft.data = reader.vector('data segments', () => readData(reader))
      return
    case 12:
      draft.dataCount = reader.u32()
      return
  }
}

/** Custom sections only inform: one that is damaged is left out. */
function readCustom(reader: Reader, draft: Draft): void {
  const name = reader.name()
  try {
    if (name === 'sourceMappingURL') draft.sourceMap = reader.name()
    if (name === 'name') readNames(reader, draft)
  } catch {}
}

function readNames(reader: Reader, draft: Draft): void {
  while (!reader.done) {
    const id = reader.byte()
    const size = reader.u32()
    const start = reader.skip(size)
    if (id !== 1) continue
    const names = new Reader(reader.bytes, start, start + size)
    for (let count = names.count('names'); count > 0; count--) {
      draft.names.set(names.u32(), names.name())
    }
  }
}

/** Functions named outside of bodies, and names for functions that have none. */
function gather(draft: Draft): void {
  const note = (constant: Constant | undefined) => {
    if (constant?.kind === 'function') draft.references.add(constant.index)
  }
  for (const { init } of draft.globals) note(init)
  for (const { items } of draft.elements) items.forEach(note)
  for (const { kind, index, name } of draft.exports) {
    if (kind !== 'func') continue
    draft.references.add(index)
    if (!draft.names.has(index)) draft.names.set(index, name)
  }
}

/**
 * Reads a module.
 *
 * @param bytes a module in the binary format
 * @throws ModuleError saying what is malformed, and at which byte
 */
export function parse(bytes: Uint8Array): Module {
  const reader = new Reader(bytes)
  if (bytes.length < 8 || reader.bits(8) !== 0x1_6d736100n) {
    reader.fail(
      'This is no WebAssembly module of version 1: it must begin with "\\0asm" 1 0 0 0',
      0,
    )
  }
  const draft = new Draft(bytes)
  let last = -1
  while (!reader.done) {
    const from = reader.at
    const id = reader.byte()
    const size = reader.u32()
    const start = reader.skip(size)
    const section = new Reader(bytes, start, start + size)
    if (id === 0) {
      readCustom(section, draft)
      continue
    }
    const place = ORDER.indexOf(id)
    if (place < 0) reader.fail(`There is no section ${id}`, from)
    if (place <= last) reader.fail(`Section ${id} is out of order or stands twice`, from)
    last = place
    readSection(id, section, draft)
    if (!section.done) section.fail(`Section ${id} is longer than its contents`)
  }
  const defined = draft.functions.length - draft.importedFunctions
  if (defined !== draft.bodies.length) {
    reader.fail(`${defined} functions are declared, but there are ${draft.bodies.length} bodies`)
  }
  if (draft.dataCount !== undefined && draft.dataCount !== draft.data.length) {
    reader.fail(`${draft.dataCount} data segments are announced, there are ${draft.data.length}`)
  }
  gather(draft)
  return draft
}

/** One instruction of a body at a time (core specification 2.0, section 5.4). Validity is not checked here. */

import type { FunctionType, ValueType } from './module.ts'
import { ACCESSES, type Access, OPERATIONS, type Operation } from './opcodes.ts'
import { readReferenceType, readType } from './parse.ts'
import type { Reader } from './reader.ts'

const PLAIN = {
  0: 'unreachable',
  1: 'nop',
  5: 'else',
  11: 'end',
  15: 'return',
  26: 'drop',
  209: 'ref.is_null',
} as const

/** Instructions with one index, or two. */
const INDEXED = {
  12: 'br',
  13: 'br_if',
  16: 'call',
  32: 'local.get',
  33: 'local.set',
  34: 'local.tee',
  35: 'global.get',
  36: 'global.set',
  37: 'table.get',
  38: 'table.set',
  210: 'ref.func',
  [0xfc0009]: 'data.drop',
  [0xfc000d]: 'elem.drop',
  [0xfc000f]: 'table.grow',
  [0xfc0010]: 'table.size',
  [0xfc0011]: 'table.fill',
  63: 'memory.size',
  64: 'memory.grow',
  [0xfc000b]: 'memory.fill',
} as const

const TWICE_INDEXED = {
  17: 'call_indirect',
  [0xfc0008]: 'memory.init',
  [0xfc000a]: 'memory.copy',
  [0xfc000c]: 'table.init',
  [0xfc000e]: 'table.copy',
} as const

const BLOCKS = { 2: 'block', 3: 'loop', 4: 'if' } as const

type Names<T> = T[keyof T]

export type Instruction = { readonly at: number } & (
  | { readonly op: Names<typeof PLAIN> }
  | { readonly op: Names<typeof INDEXED>; readonly index: number }
  | { readonly op: Names<typeof TWICE_INDEXED>; readonly index: number; readonly second: number }
  | { readonly op: Names<typeof BLOCKS>; readonly type: FunctionType }
  | { readonly op: 'br_table'; readonly depths: readonly number[] }
  | { readonly op: 'select'; readonly type: ValueType | undefined }
  | { readonly op: 'ref.null'; readonly type: 'funcref' | 'externref' }
  | { readonly op: 'const'; readonly type: ValueType; readonly bits: bigint }
  | { readonly op: 'shuffle'; readonly lanes: readonly number[] }
  | { readonly op: 'operation'; readonly operation: Operation; readonly lane: number }
  | {
      readonly op: 'access'
      readonly access: Access
      readonly align: number
      readonly offset: number
      readonly lane: number
    }
)

function blockType(reader: Reader, types: readonly FunctionType[]): FunctionType {
  const from = reader.at
  const byte = reader.bytes[from]!
  if (byte === 0x40) {
    reader.byte()
    return { params: [], results: [] }
  }
  if ((byte & 0xc0) === 0x40) return { params: [], results: [readType(reader)] }
  const index = Number(reader.signed(33))
  return types[index] ?? reader.fail(`There is no type ${index}`, from)
}

function opcodeOf(reader: Reader): number {
  const first = reader.byte()
  if (first !== 0xfc && first !== 0xfd) return first
  const second = reader.u32()
  return second < 0x10000 ? first * 0x10000 + second : 0
}

const has = <T extends object>(table: T, code: number): code is number & keyof T =>
  Object.hasOwn(table, code)

/** Memory instructions name their memory by a byte that must be 0. */
const MEMORY = /^memory\.(size|grow|fill|copy)$/

/**
 * Reads an instruction.
 *
 * @throws ModuleError if there is no such instruction, or its immediates are malformed
 */
export function readInstruction(reader: Reader, types: readonly FunctionType[]): Instruction {
  const at = reader.at
  const code = opcodeOf(reader)
  const operation = OPERATIONS.get(code)
  if (operation) {
    return { at, op: 'operation', operation, lane: operation.lanes ? reader.byte() : 0 }
  }
  const access = ACCESSES.get(code)
  if (access) {
    const align = reader.u32()
    const offset = reader.u32()
    return { at, op: 'access', access, align, offset, lane: access.lanes ? reader.byte() : 0 }
  }
  if (has(PLAIN, code)) return { at, op: PLAIN[code] }
  if (has(INDEXED, code)) {
    const op = INDEXED[code]
    const index = MEMORY.test(op) ? reader.byte() : reader.u32()
    if (MEMORY.test(op) && index !== 0) reader.fail('There is one memory only, number 0', at)
    return { at, op, index }
  }
  if (has(TWICE_INDEXED, code)) {
    const op = TWICE_INDEXED[code]
    const index = reader.u32()
    const second = reader.u32()
    if (op === 'memory.copy' ? index + second : op === 'memory.init' && second) {
      reader.fail('There is one memory only, number 0', at)
    }
    return { at, op, index, second }
  }
  if (has(BLOCKS, code)) return { at, op: BLOCKS[code], type: blockType(reader, types) }
  return readOther(reader, code, at)
}

function readOther(reader: Reader, code: number, at: number): Instruction {
  switch (code) {
    case 14: {
      const depths = reader.vector('labels', () => reader.u32())
      return { at, op: 'br_table', depths: [...depths, reader.u32()] }
    }
    case 27:
      return { at, op: 'select', type: undefined }
    case 28:
      if (reader.u32() !== 1) reader.fail('A select names one type', at)
      return { at, op: 'select', type: readType(reader) }
    case 65:
      return { at, op: 'const', type: 'i32', bits: BigInt.asUintN(32, reader.signed(32)) }
    case 66:
      return { at, op: 'const', type: 'i64', bits: BigInt.asUintN(64, reader.signed(64)) }
    case 67:
      return { at, op: 'const', type: 'f32', bits: reader.bits(4) }
    case 68:
      return { at, op: 'const', type: 'f64', bits: reader.bits(8) }
    case 208:
      return { at, op: 'ref.null', type: readReferenceType(reader) }
    case 0xfd000c:
      return { at, op: 'const', type: 'v128', bits: reader.bits(16) }
    case 0xfd000d:
      return { at, op: 'shuffle', lanes: Array.from({ length: 16 }, () => reader.byte()) }
  }
  return reader.fail(`There is no instruction with opcode 0x${code.toString(16)}`, at)
}

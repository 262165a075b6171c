/** Selection of operations on vectors, most of them from the table of their assembly. */

import { assemble } from '../../../jit/isa/assemble.ts'
import type { Value } from '../ssa.ts'
import type { Output } from './output.ts'
import { constantOf, emitConstant, type Selector } from './selector.ts'
import { laneAssembly, vectorAssembly } from './vector-table.ts'

const words = new Map<string, number>()

/** Emits lines of assembly with the numbers of registers put in. */
export function emitLines(
  out: Output,
  assembly: string,
  registers: Readonly<Record<string, number | undefined>>,
): void {
  for (const line of assembly.split('\n')) {
    const text = line.trim().replaceAll(/\$([a-d])/g, (_, name: string) => `${registers[name]}`)
    if (text === '') continue
    const word = words.get(text) ?? assemble(text)
    words.set(text, word)
    out.emit(word)
  }
}

/** Selects an operation on vectors; false if it is none. */
export function selectVector(selector: Selector, value: Value): boolean {
  const target = selector.registerOf(value)
  if (value.op === 'shuffle') {
    shuffle(selector, value)
    return true
  }
  const assembly = constantShift(value) ?? vectorAssembly(value.op)
  if (assembly !== undefined) {
    const uses = value.args
      .slice(0, assembly.includes('$b') ? undefined : 1)
      .map((arg) => selector.use(arg))
    selector.put([target], uses, (out, [d, a, b, c]) => emitLines(out, assembly, { d, a, b, c }))
    return true
  }
  const lane = value.imm.index === undefined ? undefined : laneAssembly(value.op, value.imm.index)
  if (lane === undefined) return false
  const uses = value.args.map((arg) => selector.use(arg))
  const replaces = uses.length === 2
  const emit = (out: Output, [d, a, b]: readonly number[]) => {
    if (replaces) emitLines(out, 'orr v$d.16b, v$a.16b, v$a.16b', { d, a })
    emitLines(out, lane, { d, a, b })
  }
  selector.put([target], uses, emit, replaces)
  return true
}

const WIDTHS: Record<string, [string, number]> = {
  i8x16: ['16b', 8],
  i16x8: ['8h', 16],
  i32x4: ['4s', 32],
  i64x2: ['2d', 64],
}

const BY_CONSTANT: Record<string, string> = { shl: 'shl', shr_s: 'sshr', shr_u: 'ushr' }

/** A shift by a constant is one instruction; to the right it is by 1 at least. */
function constantShift(value: Value): string | undefined {
  const [shape = '', name = ''] = value.op.split('.')
  const instruction = BY_CONSTANT[name]
  const by = value.args[1] && constantOf(value.args[1])
  const width = WIDTHS[shape]
  if (!instruction || by === undefined || !width) return undefined
  const [t, bits] = width
  const amount = Number(by) % bits
  return amount === 0
    ? 'orr v$d.16b, v$a.16b, v$a.16b'
    : `${instruction} v$d.${t}, v$a.${t}, #${amount}`
}

/** Bytes of two vectors by constant indices: a look-up in V30 and V31. */
function shuffle(selector: Selector, value: Value): void {
  const lanes = value.imm.lanes!
  const bits = lanes.reduceRight((all, lane) => (all << 8n) | BigInt(lane), 0n)
  const [a, b] = value.args as [Value, Value]
  const uses = [selector.use(a), selector.use(b)]
  selector.put(
    [selector.registerOf(value)],
    uses,
    (out, [d, first, second]) => {
      emitLines(out, 'orr v30.16b, v$a.16b, v$a.16b', { a: first })
      emitLines(out, 'orr v31.16b, v$a.16b, v$a.16b', { a: second })
      emitConstant(out, 'v128', bits, d!)
      emitLines(out, 'tbl v$d.16b, {v30.16b, v31.16b}, v$d.16b', { d })
    },
    true,
  )
}

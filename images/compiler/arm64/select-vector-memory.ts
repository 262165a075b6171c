/** Selection of loads and stores that only vectors have: of single lanes, extended, splat, zero-filled. */

import * as a64 from '../../../jit/isa/instructions.ts'
import { d, q, s, w, x } from '../../../jit/isa/registers.ts'
import type { Value } from '../ssa.ts'
import type { Output } from './output.ts'
import { type AddressOperand, addressOf } from './select-memory.ts'
import { emitLines } from './select-vector.ts'
import type { Selector } from './selector.ts'

/** Leaves an address in X16. */
function emitAddress(out: Output, address: a64.Address): void {
  if (address.mode === 'index') {
    const { base, index } = address
    const extend = index.width === 64 ? 'uxtx' : 'uxtw'
    out.emit(a64.add(x(16), base, a64.extended(index, extend)))
    return
  }
  const { base, offset } = address
  if (offset >= 0 && a64.fitsArithmetic(offset)) out.emit(a64.add(x(16), base, offset))
  else out.emit(...a64.loadConstant(x(16), BigInt(offset)), a64.add(x(16), base, x(16)))
}

const LETTERS: Record<number, string> = { 8: 'b', 16: 'h', 32: 's', 64: 'd' }
const ARRANGEMENTS: Record<number, string> = { 8: '16b', 16: '8h', 32: '4s', 64: '2d' }

/** Extending loads by the lanes in memory: those of the result, those read. */
const EXTENDING: Record<string, readonly [string, string]> = {
  '8x8': ['8h', '8b'],
  '16x4': ['4s', '4h'],
  '32x2': ['2d', '2s'],
}

/**
 * A store of all bytes. A machine may write the half of it that is within memory before the other half faults, so its last
 * byte is read first.
 */
function wholeStore(selector: Selector, value: Value, address: AddressOperand): void {
  const uses = [selector.use(value.args[1]!), ...address.uses]
  selector.put([], uses, (out, [n, ...rest]) => {
    emitAddress(out, address.make(rest))
    out.emit(a64.ldrb(w(17), a64.at(x(16), 15)), a64.str(q(n!), a64.at(x(16))))
  })
}

/** Selects an access of a vector, but for the load of all its bytes. */
export function selectVectorAccess(selector: Selector, value: Value) {
  const { name, bytes, store } = value.imm.access!
  const shape = name.replace(/^v128\.(load|store)/, '')
  const address = addressOf(selector, value, bytes)
  if (shape === '') return wholeStore(selector, value, address)
  if (shape.endsWith('_lane')) return lane(selector, value, address, store)
  const target = selector.registerOf(value)
  const extending = /^(8x8|16x4|32x2)_([su])$/.exec(shape)
  selector.put([target], address.uses, (out, [t, ...rest]) => {
    const place = address.make(rest)
    if (extending) {
      const [to, from] = EXTENDING[extending[1]!]!
      out.emit(a64.ldr(d(31), place))
      emitLines(out, `${extending[2]}shll v$d.${to}, v31.${from}, #0`, { d: t })
    } else if (shape.endsWith('_splat')) {
      emitAddress(out, place)
      emitLines(out, `ld1r {v$d.${ARRANGEMENTS[8 * bytes]}}, [x16]`, { d: t })
    } else out.emit(a64.ldr(bytes === 4 ? s(t!) : d(t!), place))
  })
}

function lane(selector: Selector, value: Value, address: AddressOperand, store: boolean) {
  const part = `${LETTERS[8 * value.imm.access!.bytes]}}[${value.imm.second}], [x16]`
  const uses = [selector.use(value.args[1]!), ...address.uses]
  if (store) {
    return selector.put([], uses, (out, [a, ...rest]) => {
      emitAddress(out, address.make(rest))
      emitLines(out, `st1 {v$a.${part}`, { a })
    })
  }
  const emit = (out: Output, [d, a, ...rest]: readonly number[]) => {
    emitAddress(out, address.make(rest))
    emitLines(out, 'orr v$d.16b, v$a.16b, v$a.16b', { d, a })
    emitLines(out, `ld1 {v$d.${part}`, { d })
  }
  selector.put([selector.registerOf(value)], uses, emit, true)
}

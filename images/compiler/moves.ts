/** Parallel moves as a sequence: between registers, slots of the frame and constants, through scratch registers where needed. */

import { assemble } from '../../jit/isa/assemble.ts'
import * as a64 from '../../jit/isa/instructions.ts'
import { d, sp, x } from '../../jit/isa/registers.ts'
import type { Output } from './arm64/output.ts'
import { register } from './arm64/select-memory.ts'
import type { Instruction } from './mir.ts'
import { widened } from './spill.ts'
import type { Type } from './ssa.ts'

/** A place a move reads or writes. */
export type Location =
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'slot'; readonly offset: number }
  | { readonly kind: 'repeat'; readonly maker: Instruction }

export interface Move {
  readonly to: Location
  readonly from: Location
  readonly type: Type
}

const COPY = assemble('orr v0.16b, v0.16b, v0.16b')

/** X16 and V30 carry what moves from memory to memory, X17 and V31 what a cycle would overwrite. */
const CARRIER = { general: 16, float: 30 }
const KEEPER = { general: 17, float: 31 }

/** Where the address of a slot far away is computed while the others carry values. */
const ADDRESS = 18

const isGeneral = (type: Type): boolean => type[0] === 'i'

function numberOf(type: Type, pair: typeof CARRIER): number {
  return isGeneral(type) ? pair.general : pair.float
}

function same(a: Location, b: Location, general: boolean, generalToo: boolean): boolean {
  if (a.kind === 'slot') return b.kind === 'slot' && a.offset === b.offset
  if (a.kind !== 'register' || b.kind !== 'register') return false
  return general === generalToo && a.number === b.number
}

export function isNothing({ to, from }: Move): boolean {
  return same(to, from, true, true)
}

/** Emits the moves as if they happened at once. */
export function emitMoves(out: Output, moves: readonly Move[]): void {
  const constants = moves.filter(({ from }) => from.kind === 'repeat')
  let pending = moves.filter((move) => move.from.kind !== 'repeat' && !isNothing(move))
  while (pending.length > 0) {
    const free = pending.findIndex(({ to, type }) => !reads(pending, to, isGeneral(type)))
    if (free >= 0) {
      const [move] = pending.splice(free, 1)
      emitMove(out, move!)
      continue
    }
    // Only cycles are left: what the first move would overwrite is kept aside.
    const { to, type } = pending[0]!
    const kept = pending.find(({ from, type: other }) =>
      same(from, to, isGeneral(other), isGeneral(type)),
    )!
    const keeper: Location = { kind: 'register', number: numberOf(kept.type, KEEPER) }
    emitMove(out, { to: keeper, from: kept.from, type: kept.type })
    pending = pending.map((move) =>
      same(move.from, to, isGeneral(move.type), isGeneral(type)) ? { ...move, from: keeper } : move,
    )
  }
  for (const move of constants) emitMove(out, move)
}

function reads(moves: readonly Move[], place: Location, general: boolean): boolean {
  return moves.some(
    (move) => same(move.from, place, isGeneral(move.type), general) && !isNothing(move),
  )
}

function emitMove(out: Output, { to, from, type }: Move): void {
  if (to.kind === 'register' && from.kind === 'register') {
    if (isGeneral(type)) out.emit(a64.mov(x(to.number), x(from.number)))
    else if (type === 'v128') out.emit((COPY | (from.number * 0x10020) | to.number) >>> 0)
    else out.emit(a64.fmov(d(to.number), d(from.number)))
    return
  }
  const target = to.kind === 'register' ? to.number : numberOf(type, CARRIER)
  if (from.kind === 'repeat') from.maker.emit(out, [target])
  else if (from.kind === 'slot') {
    out.access(size(type), sp, out.frame.slots + from.offset, (address) =>
      a64.ldr(register(widened(type), target), address),
    )
  }
  if (to.kind !== 'slot') return
  const source = from.kind === 'register' ? from.number : target
  const store = (address: a64.Address) => a64.str(register(widened(type), source), address)
  out.access(size(type), sp, out.frame.slots + to.offset, store, ADDRESS)
}

const size = (type: Type): 8 | 16 => (type === 'v128' ? 16 : 8)

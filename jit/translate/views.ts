/**
 * How a region holds each vector register: as a double or a single if all its instructions use it as that, else whole.
 *
 * Found by lowering the region once with all registers whole, and looking at what was used: so no table can disagree with
 * the lowerings.
 */
import { groupOf } from '../isa/numbers.ts'
import { Frame, USED_AS, type VectorView } from './frame.ts'
import { Lowering } from './lowering.ts'
import type { Region } from './region.ts'
import { loweringOf } from './rows.ts'
import { F32, F64, V128 } from './wasm.ts'

const VECTOR_GROUPS: ReadonlySet<string> = new Set(['fpldst', 'fp', 'simd', 'crypto'])
const WHOLE: readonly VectorView[] = new Array<VectorView>(32).fill(V128)

/** The views of V0 to V31 in a region. */
export function chooseViews(region: Region): readonly VectorView[] {
  const frame = new Frame(WHOLE)
  let any = false
  for (const { instructions } of region.blocks) {
    const b = new Lowering(frame, { kind: 0 })
    for (const { flow, row, word } of instructions) {
      if (flow.kind !== 'next' || !VECTOR_GROUPS.has(groupOf(row))) continue
      loweringOf(row)?.(b, word)
      any = true
    }
  }
  if (!any) return WHOLE
  return WHOLE.map((_, n) => {
    if (frame.used[n] === USED_AS[F64]) return F64
    return frame.used[n] === USED_AS[F32] ? F32 : V128
  })
}

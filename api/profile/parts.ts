/**
 * What a machine's thread was doing when it was sampled, told from the names on its stack: those of core.wasm are the
 * paths of its sources, those of translated code begin with `guest@`, JavaScript has files.
 */

/** A frame of a stack, as JavaScriptCore's sampling profiler describes it. */
export interface Frame {
  readonly name: string
  /** Tier: `IPInt`, `BBQ`, `OMG` for WebAssembly. */
  readonly category: string
  readonly sourceURL?: string
}

/** Where time goes, in the order of the report. */
export const PARTS = [
  'translated code',
  'single instructions for translated code',
  'interpreter',
  'predecoding',
  'TLB misses',
  'exceptions',
  'system instructions',
  'devices',
  'translating',
  'run loop',
  'other',
] as const
export type Part = (typeof PARTS)[number]

const WASM = /^\.?wasm-function\[(.*)\]$/
const GUEST = /^guest@([0-9a-f]+)$/

/** Sources of the core by what they do. What is not here does whatever its caller does. */
const CORE_PARTS: readonly (readonly [RegExp, Part])[] = [
  [/^assembly\/(tlb|mmu|stage2)\//, 'TLB misses'],
  [/^assembly\/(exception|exception-return|interrupts|regime)\//, 'exceptions'],
  [/^assembly\/(predecode|records|classify)\//, 'predecoding'],
  [/^assembly\/(sys|tlbi|timer|pmu|idregs|pstate)/, 'system instructions'],
  [/^assembly\/(generated\/interpreter|run|slow|int|lse|exclusive|memory|fp)\//, 'interpreter'],
]

/** The host's sources, in the order in which they are looked for. */
const HOST_PARTS: readonly (readonly [RegExp, Part])[] = [
  [/\/jit\/(translate|isa)\//, 'translating'],
  [/\/devices\/(run-loop|scheduler|guest-clock|events|inputs|run-control|machine)\.ts/, 'run loop'],
  [/\/devices\//, 'devices'],
  [/\/api\//, 'run loop'],
]

/** The entry address of translated code, if a frame is of such. */
export function guestAddress(frame: Frame): bigint | undefined {
  const match = GUEST.exec(WASM.exec(frame.name)?.[1] ?? '')
  return match ? BigInt(`0x${match[1]}`) : undefined
}

/** What a stack, the innermost frame first, was doing. */
export function partOf(frames: readonly Frame[]): Part {
  for (const [depth, frame] of frames.entries()) {
    const part = ownPart(frame)
    if (part === undefined) continue
    const nested = part === 'interpreter' && frames.slice(depth).some(guestAddress)
    return nested ? 'single instructions for translated code' : part
  }
  return 'other'
}

function ownPart(frame: Frame): Part | undefined {
  if (guestAddress(frame) !== undefined) return 'translated code'
  const name = WASM.exec(frame.name)?.[1]
  if (name !== undefined) return CORE_PARTS.find(([pattern]) => pattern.test(name))?.[1]
  const { sourceURL } = frame
  if (!sourceURL) return undefined
  return HOST_PARTS.find(([pattern]) => pattern.test(sourceURL))?.[1]
}

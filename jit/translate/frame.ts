/**
 * The locals of a translated function: parameters, what stays the same while it runs, temporaries, and one local for each
 * guest register in use.
 */
import { F32, F64, I32, I64, V128, type ValueType } from './wasm.ts'

/** Parameters: address of the vCPU's structure, calls that may still nest, PC (the entry's virtual address). */
export const CPU = 0
export const DEPTH = 1
export const PC = 2
export const SIGNATURE = { params: [I32, I32, I64], results: [I64] } as const

/** Imported functions, by index. */
export const IMPORTS = [
  { name: 'resolveRead', signature: { params: [I32, I64, I32], results: [I32] } },
  { name: 'resolveWrite', signature: { params: [I32, I64, I32], results: [I32] } },
  { name: 'findEntry', signature: { params: [I32, I64], results: [I32] } },
  { name: 'interpretOne', signature: { params: [I32, I32, I32, I64], results: [I32] } },
  { name: 'conditionOf', signature: { params: [I32, I32, I64, I64, I32], results: [I32] } },
  { name: 'executeVector', signature: { params: [I32, I32, I32], results: [] } },
  { name: 'floatBinary', signature: { params: [I32, I32, I64, I64, I32], results: [I64] } },
  { name: 'floatMulAdd', signature: { params: [I32, I64, I64, I64, I32], results: [I64] } },
  { name: 'floatSqrt', signature: { params: [I32, I64, I32], results: [I64] } },
  { name: 'floatConvert', signature: { params: [I32, I64, I32, I32], results: [I64] } },
  { name: 'floatRound', signature: { params: [I32, I64, I32, I32, I32], results: [I64] } },
  {
    name: 'floatToInteger',
    signature: { params: [I32, I64, I32, I32, I32, I32, I32], results: [I64] },
  },
  { name: 'integerToFloat', signature: { params: [I32, I64, I32, I32, I32], results: [I64] } },
  { name: 'floatCompared', signature: { params: [I32, I64, I64, I32, I32], results: [] } },
] as const
export const CALL_RESOLVE_READ = 0
export const CALL_RESOLVE_WRITE = 1
export const CALL_FIND_ENTRY = 2
export const CALL_INTERPRET_ONE = 3
export const CALL_CONDITION_OF = 4
export const CALL_EXECUTE_VECTOR = 5
export const CALL_FLOAT_BINARY = 6
export const CALL_FLOAT_MUL_ADD = 7
export const CALL_FLOAT_SQRT = 8
export const CALL_FLOAT_CONVERT = 9
export const CALL_FLOAT_ROUND = 10
export const CALL_FLOAT_TO_INTEGER = 11
export const CALL_INTEGER_TO_FLOAT = 12
export const CALL_FLOAT_COMPARED = 13

/** No virtual address that translates begins like this: bits 54:48 are not copies of bit 55. */
export const NO_PAGE = 0x0040_0000_0000_0000n

/** Number of the stack pointer among the general registers. */
export const SP = 31

/** How a vector register is held: whole, or only its scalar if the region uses nothing else of it. */
export type VectorView = typeof V128 | typeof F64 | typeof F32
/** One bit a kind of use: a register used in one way only is held in that. */
export const USED_AS = { [F32]: 1, [F64]: 2, [V128]: 4 } as const

export class Frame {
  readonly locals: ValueType[] = []
  readonly #x = new Array<number>(32).fill(-1)
  readonly #v = new Array<number>(32).fill(-1)
  readonly #named = new Map<string, number>()
  /** How each vector register was used, as bits USED_AS. */
  readonly used = new Uint8Array(32)

  /** Locals that hold the page last accessed by a base register. */
  readonly pageLocals = new Set<number>()

  /** @param views how each vector register is held */
  constructor(readonly views: readonly VectorView[]) {}

  /** A new local. */
  local(type: ValueType): number {
    this.locals.push(type)
    return SIGNATURE.params.length + this.locals.length - 1
  }

  /** The local of that name, made when first asked for. */
  named(name: string, type: ValueType): number {
    let index = this.#named.get(name)
    if (index === undefined) {
      index = this.local(type)
      this.#named.set(name, index)
    }
    return index
  }

  /** The local of Xn, 31 being the stack pointer. */
  x(n: number): number {
    if (this.#x[n] === -1) this.#x[n] = this.local(I64)
    return this.#x[n]!
  }

  /** The local of Vn, of type `views[n]`. */
  v(n: number): number {
    if (this.#v[n] === -1) this.#v[n] = this.local(this.views[n]!)
    return this.#v[n]!
  }

  /** Whether a local of that name was used. */
  has(name: string): boolean {
    return this.#named.has(name)
  }

  /** What is left of the slice's budget. */
  get left(): number {
    return this.named('left', I32)
  }
  /** Which side exit: its distance from `base` in bytes << 11 | instructions not executed. */
  get site(): number {
    return this.named('site', I32)
  }
  /** Virtual address of the entry's page. */
  get base(): number {
    return this.named('base', I64)
  }
  /** Of the current data TLB. */
  get dtlb(): number {
    return this.named('dtlb', I32)
  }
  /** Of the data TLB for unprivileged accesses. */
  get dtlbUnprivileged(): number {
    return this.named('dtlbUnprivileged', I32)
  }
  get ctx(): number {
    return this.named('ctx', I64)
  }
  get itlb(): number {
    return this.named('itlb', I32)
  }
  get spMask(): number {
    return this.named('spMask', I32)
  }
  /** FLAGS_* where it is not known at translation time. */
  get flagsKind(): number {
    return this.named('flagsKind', I32)
  }
  get flagsA(): number {
    return this.named('flagsA', I64)
  }
  get flagsB(): number {
    return this.named('flagsB', I64)
  }
  get va(): number {
    return this.named('va', I64)
  }
  /** Linear address of an access. */
  get linear(): number {
    return this.named('linear', I32)
  }
  get entry(): number {
    return this.named('entry', I32)
  }
  /**
   * What a result's magnitude is compared with to prove that nothing but Inexact happened (lower-fp.ts): 0 if FPSR.IXC is
   * clear, so that nothing is proved.
   */
  get limit(): number {
    return this.named('limit', I32)
  }
  /** The same for the lanes of a vector. */
  get limits(): number {
    return this.named('limits', V128)
  }
  /** Bit n is set if Vn, held as a scalar, was written since it was last in memory: its upper part is zero then. */
  get scalars(): number {
    return this.named('scalars', I32)
  }
  get t64(): number {
    return this.named('t64', I64)
  }
  get u64(): number {
    return this.named('u64', I64)
  }
  get t32(): number {
    return this.named('t32', I32)
  }
  get u32(): number {
    return this.named('u32', I32)
  }
  get v128(): number {
    return this.named('v128', V128)
  }
}

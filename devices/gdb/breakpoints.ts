/**
 * The breakpoints of a debugger: packets `Z0`, `Z1`, `z0` and `z1`.
 *
 * Software and hardware breakpoints work alike here, and one address may have both.
 */

export type BreakpointKind = 'software' | 'hardware'

export class Breakpoints {
  private readonly kinds = new Map<bigint, Set<BreakpointKind>>()

  /** @param max how many addresses there can be. */
  constructor(private readonly max: number) {}

  /** Returns false if there is no room. Inserting twice is inserting once. */
  insert(address: bigint, kind: BreakpointKind): boolean {
    const kinds = this.kinds.get(address)
    if (kinds) kinds.add(kind)
    else if (this.kinds.size >= this.max) return false
    else this.kinds.set(address, new Set([kind]))
    return true
  }

  /** Removing what is not there is no error. */
  remove(address: bigint, kind: BreakpointKind): void {
    const kinds = this.kinds.get(address)
    kinds?.delete(kind)
    if (kinds?.size === 0) this.kinds.delete(address)
  }

  get addresses(): ReadonlySet<bigint> {
    return new Set(this.kinds.keys())
  }

  /** What is at an address; software if both are. */
  at(address: bigint): BreakpointKind | undefined {
    const kinds = this.kinds.get(address)
    if (!kinds) return undefined
    return kinds.has('software') ? 'software' : 'hardware'
  }
}

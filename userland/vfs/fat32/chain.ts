/**
 * A chain of clusters and the place in it that was used last, so that reading on costs one step.
 *
 * Chains that run into themselves are found with Brent's algorithm while walking: a walk takes at most a few times as
 * many steps as the loop is long, whatever size the directory entry gives.
 */
import { EIO } from '../../libkenix/generated/abi'
import { AllocationTable, UNREADABLE } from './table'

export class Chain {
  /** Negative errno after `at` returned 0; 0 if the chain ends before that cluster. */
  error: i32 = 0
  /** The place used last: cluster `cluster` is number `index` of the chain; 0 if there is none. */
  index: u32 = 0
  cluster: u32 = 0
  private mark: u32 = 0
  private markNext: u32 = 1

  constructor(
    private readonly table: AllocationTable,
    public first: u32,
  ) {}

  /** The chain starts at `first` now (0: it is empty), or it was changed behind the place used last. */
  reset(first: u32): void {
    this.first = first
    this.cluster = 0
  }

  /** Cluster number `index`, or 0: see `error`. After the end was met, `index` and `cluster` are those of the last one. */
  at(index: u32): u32 {
    this.error = 0
    if (this.cluster === 0 || index < this.index) {
      if (!this.table.geometry.isCluster(this.first)) return this.fail(-EIO)
      this.index = 0
      this.cluster = this.first
      this.mark = this.first
      this.markNext = 1
    }
    while (this.index < index) {
      const next = this.table.get(this.cluster)
      if (next === UNREADABLE) return this.fail(this.table.cache.error)
      if (this.table.isEnd(next)) return 0
      if (!this.table.geometry.isCluster(next) || next === this.mark) return this.fail(-EIO)
      this.cluster = next
      this.index++
      if (this.index >= this.markNext) {
        this.mark = next
        this.markNext = this.index * 2
      }
    }
    return this.cluster
  }

  private fail(error: i32): u32 {
    this.error = error
    return 0
  }
}

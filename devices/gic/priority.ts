/**
 * Priorities of a GIC with 32 levels: group priorities, binary points, active priorities.
 *
 * Source: IHI 0048B 3.3 and IHI 0069 4.8. Five of eight bits are implemented, all of them take part in preemption; so
 * one word holds the active priorities of a group, bit n standing for group priority n << 3.
 */

/** Priorities keep these bits. */
export const PRIORITY_MASK = 0xf8
/** Smallest binary points that mean something with five bits, for group 0 and for group 1. */
export const MIN_BPR0 = 2
export const MIN_BPR1 = 3
/** No interrupt is active: lower than every priority. */
export const IDLE_PRIORITY = 0x100

/** The part of a priority that decides about preemption. Group 1's binary point counts from one bit lower. */
export function groupPriority(priority: number, point: number, group: number): number {
  const bits = group === 0 ? point + 1 : point
  return priority & ~((1 << bits) - 1) & 0xff
}

/** The bit of a group priority in an active priorities word. */
export function activeBit(group: number): number {
  return (1 << (group >> 3)) >>> 0
}

/** The highest active group priority, or IDLE_PRIORITY. */
export function runningPriority(active: number): number {
  return active === 0 ? IDLE_PRIORITY : (31 - Math.clz32(active & -active)) << 3
}

/** Active priorities without the highest one. */
export function dropped(active: number): number {
  return (active & (active - 1)) >>> 0
}

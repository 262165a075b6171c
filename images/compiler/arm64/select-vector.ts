/** placeholder */
import type { Value } from '../ssa.ts'
import type { Selector } from './selector.ts'
export function selectVector(_s: Selector, _v: Value): boolean {
  return false
}

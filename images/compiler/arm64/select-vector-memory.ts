/** placeholder */
import type { Value } from '../ssa.ts'
import type { Selector } from './selector.ts'
export function selectVectorAccess(_s: Selector, _v: Value): void {}

/** The back ends of networks, by `type` of a network in a spec; and packet captures. */
import type { NetworkConfig } from '../config.ts'
import type { NetPort } from '../net/port.ts'
export function openNetwork(_: NetworkConfig): NetPort | undefined {
  return undefined
}
export function openPcap(_: string): never {
  throw new Error('x')
}

/**
 * Machines as a library.
 *
 * @example
 * ```ts
 * const machine = await Machine.create({ boot: { firmware: 'u-boot.bin' } })
 * await machine.expect('Hit any key')
 * machine.type(' ')
 * await machine.expect('=> ')
 * await machine.close()
 * ```
 */
export { BootError } from './boot/error.ts'
export type { MachineConfig } from './config.ts'
export type { LogSlice, MachineConsole, Match, Pattern } from './console.ts'
export { DiskError } from './disk/disk.ts'
export { FdtError } from './fdt.ts'
export type { InputRecord } from './inputs.ts'
export { Machine } from './machine.ts'
export {
  ExpectError,
  type ExpectOptions,
  type MachineOptions,
  type MachineStats,
  type Registers,
  type RunOptions,
  type RunResult,
  type StopReason,
} from './machine-types.ts'
export { NetError } from './net/port.ts'
export { StateError } from './state.ts'

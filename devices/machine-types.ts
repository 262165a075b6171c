/** What callers of a machine give and get: options, results, errors. */
import type { TranslateMode, TranslatorStats } from '../jit/translate/index.ts'
import type { Backend } from './backend.ts'
import type { Pattern } from './console.ts'
import type { InputRecord } from './inputs.ts'

/** Why a run ended. The first four are the guest's doing; a machine that ended runs again only after `reset`. */
export type StopReason =
  | 'poweroff'
  | 'reset'
  | 'halted'
  | 'semihosting'
  | 'paused'
  | 'instructions'
  | 'time'
  | 'timeout'
  | 'match'
  | 'debug'

export interface RunResult {
  readonly reason: StopReason
  /** Exit status: 0 after power-off, 3 if halted, else what the guest gave to semihosting. */
  readonly status: number
}

export interface RunOptions {
  /** Ends the run at this guest time. */
  readonly untilNs?: number
  /** Ends the run after this many more instructions. */
  readonly instructions?: number
  /** Ends the run after this much host time. */
  readonly timeoutMs?: number
  /**
   * When all vCPUs wait and no event is queued: wait for input from outside instead of ending as `halted`. Default in
   * `realtime` mode, as long as any interrupt can still wake the guest.
   */
  readonly wait?: boolean
}

export interface ExpectOptions {
  /** Host time after which this fails. Default 60 s. */
  readonly timeoutMs?: number
  /** Output that means failure: fails at once. */
  readonly failOn?: Pattern
  /** Name of the console; default the serial port. */
  readonly console?: string
}

export interface MachineOptions {
  /** Default: the one for Bun. */
  readonly backend?: Backend
  /** Called with every input when it takes effect: the input log. */
  readonly onInput?: (record: InputRecord) => void
  /** Whether hot code is translated; nothing that a guest can observe. Default `on`, or what KENIX_TRANSLATE says. */
  readonly translate?: TranslateMode
  /** Name translated functions after guest addresses, for profilers. */
  readonly nameTranslations?: boolean
}

export interface MachineStats {
  readonly instructions: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly mips: number
  readonly exceptions: number
  readonly guestNs: number
  readonly exit: StopReason | null
  /** What the translator did, and how many of the instructions its code executed; null without one. */
  readonly translator: (TranslatorStats & { readonly retired: number }) | null
}

/** General registers of a vCPU. */
export interface Registers {
  readonly x: readonly bigint[]
  readonly sp: bigint
  readonly pc: bigint
  readonly pstate: number
  readonly el: number
}

/** `expect` failed. The message says why and shows the newest output. */
export class ExpectError extends Error {
  override readonly name = 'ExpectError'
}

/** Whether a run that stops with this reason was ended by the guest. */
export function isEnd(reason: StopReason): boolean {
  return (
    reason === 'poweroff' || reason === 'reset' || reason === 'halted' || reason === 'semihosting'
  )
}

/**
 * One case of the random differential test: a snippet's registers and memory, in the layout that `user.c` reads and
 * writes, and the addresses both sides use.
 */

/** Where the snippets of a batch lie, one SLOT_BYTES after the other; read-only to them. */
export const CODE = 0x4010_0000
export const CODE_BYTES = 0x4_0000
/** Long enough for a snippet, and no power of two, so that snippets lie across page borders. */
export const SLOT_BYTES = 444
export const BATCH = Math.floor(CODE_BYTES / SLOT_BYTES)
/** Two pages that snippets may load from and store to; only WINDOW of them is given and compared. */
export const DATA = 0x4018_0000
export const WINDOW_BYTES = 512
export const WINDOW = DATA + 4096 - WINDOW_BYTES / 2

export const X = 0
export const SP = 248
export const PC = 256
export const NZCV = 264
export const FPCR = 268
export const FPSR = 272
/** Out: why the snippet ended, as the Linux signal of its exception. */
export const SIGNAL = 276
export const V = 280
export const MEMORY = 792
export const RECORD_BYTES = MEMORY + WINDOW_BYTES

export const SIGILL = 4
export const SIGTRAP = 5
export const SIGBUS = 7
export const SIGSEGV = 11

/** BRK #0, which ends every snippet. */
export const END = 0xd420_0000

/** Snippets with their inputs: code of CODE_BYTES at most, and a record each. */
export interface Batch {
  readonly code: Uint32Array
  readonly records: Uint8Array
  readonly count: number
}

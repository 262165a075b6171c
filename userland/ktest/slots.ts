/** Where the tasks of ktest find what they are given, beside the slots that Kenix itself has names for. */

/** An endpoint to call. */
export const PORT: i32 = 40
/** A second one. */
export const OTHER_PORT: i32 = 41
/** Shared memory. */
export const SHARED: i32 = 42
/** A task. */
export const PEER: i32 = 43
/** Ends of pipes. */
export const READER: i32 = 44
export const WRITER: i32 = 45
/** A notification. */
export const BELL: i32 = 46
/** A device. */
export const DEVICE: i32 = 47
/** Closing it tells the runner that a case ended. */
export const WATCH: i32 = 55
/** Shared memory with ktest's own ELF file. */
export const PROGRAM: i32 = 56

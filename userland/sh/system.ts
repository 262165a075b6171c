/**
 * What the shell needs of the system it runs on. `kenix-system.ts` is Kenix; tests have their own. Handles are numbers;
 * functions that fail return a negative errno.
 */

/** How a task ended. */
export class Ending {
  constructor(
    readonly status: i32,
    /** Why, if not by its own exit: a text for the user, or empty. */
    readonly reason: string,
  ) {}
}

export abstract class System {
  /** Process id of the task started last. */
  lastPid: i64 = 0
  /** The ends of the pipe made last. */
  reader: i32 = -1
  writer: i32 = -1
  /** Why `readText` returned null: a negative errno. */
  readError: i32 = 0

  /** Opens a file with OPEN bits. */
  abstract open(path: string, flags: i32): i32
  abstract close(handle: i32): void
  /** Makes a pipe: 0, and its ends in `reader` and `writer`. */
  abstract pipe(): i32
  abstract write(handle: i32, text: string): i32
  /** The next byte, -1 at the end. */
  abstract readByte(handle: i32): i32
  /** All that can be read until the end. */
  abstract readAll(handle: i32): string
  /** A text file, or null. */
  abstract readText(path: string): string | null
  /** 0: nothing there, 1: a file or device, 2: a directory. */
  abstract kindOf(path: string): i32
  abstract sizeOf(path: string): i64
  /** Names in a directory. */
  abstract list(path: string): Array<string>
  /** Says where relative paths start. */
  abstract setDirectory(path: string): void
  /** Starts the program `path`; descriptor i of it is `descriptors[i]`, unless that is negative. */
  abstract spawn(
    path: string,
    words: Array<string>,
    environment: Array<string>,
    descriptors: Array<i32>,
  ): i32
  /** Waits for a task and forgets it. */
  abstract wait(task: i32): Ending
  /** The same if it has ended, else null. */
  abstract waitNow(task: i32): Ending | null
  abstract kill(task: i32): i32
  abstract killPid(pid: i64): i32
  /** Tasks that Ctrl-C ends; none: nobody. */
  abstract setForeground(tasks: Array<i32>): void
  /** True if Ctrl-C was pressed since this was asked. */
  abstract interrupted(): bool
  /** Nanoseconds since boot. */
  abstract clock(): i64
  abstract pid(): i64
  abstract errorText(errno: i32): string
}

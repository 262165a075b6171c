/**
 * Open files: sessions, which the kernel tells by the badge of their handle, and numbers, which the short form of OPEN
 * gives and which belong to a process. The kernel says when the last handle of a session is closed, also when its holder
 * ended; numbers of processes that ended are found when there are many. Neither knows client ids of a fixed range.
 */
import { ENFILE, OPEN_WRITE } from '../libkenix/generated/abi'
import { uptime } from '../libkenix/time'
import { isAlive } from '../servers/client-memory'
import { Node } from './filesystem'
import { Mount, Place } from './mounts'

/** Badges have 31 bits. */
const MOST_BADGE: i32 = i32.MAX_VALUE
/** Numbers one process may have, and from how many on those of ended processes are looked for. */
const NUMBERS_PER_CLIENT: i32 = 64
const SWEEP_NUMBERS: i32 = 256
const MOST_NUMBERS: i32 = 4096

export class OpenFile {
  position: u64 = 0
  readonly mount: Mount
  readonly node: Node

  /** Takes over the count of `place`. */
  constructor(
    place: Place,
    readonly flags: i32,
    /** Process of a number, 0 for a session. */
    readonly owner: i64,
  ) {
    this.mount = place.mount
    this.node = place.node
    this.mount.users++
  }

  isWritable(): bool {
    return (this.flags & OPEN_WRITE) !== 0
  }

  release(): void {
    this.mount.users--
    this.mount.fs.release(this.node)
  }
}

export class OpenFiles {
  private readonly sessions: Map<i32, OpenFile> = new Map<i32, OpenFile>()
  private readonly numbers: Map<i32, OpenFile> = new Map<i32, OpenFile>()
  private lastBadge: i32 = 0
  private lastNumber: i32 = 0
  private sweepAt: i32 = SWEEP_NUMBERS

  /** A badge for a new session. */
  newBadge(): i32 {
    // Handles of sessions of a server that died are still held by clients: start elsewhere than it did.
    if (this.lastBadge === 0) this.lastBadge = ((uptime() / 1000) & 0x3fff_ffff) as i32
    do {
      this.lastBadge = this.lastBadge < MOST_BADGE ? this.lastBadge + 1 : 1
    } while (this.sessions.has(this.lastBadge))
    return this.lastBadge
  }

  addSession(badge: i32, file: OpenFile): void {
    this.sessions.set(badge, file)
  }

  session(badge: i32): OpenFile | null {
    return this.sessions.has(badge) ? this.sessions.get(badge) : null
  }

  closeSession(badge: i32): bool {
    const file = this.session(badge)
    if (file === null) return false
    this.sessions.delete(badge)
    file.release()
    return true
  }

  /** Whether `owner` may have one more number: 0, or a negative errno. */
  checkNumber(owner: i64): i32 {
    if (this.numbers.size >= this.sweepAt) this.sweep()
    let owned = 0
    const files = this.numbers.values()
    for (let i = 0; i < files.length; i++) if (files[i].owner === owner) owned++
    return owned >= NUMBERS_PER_CLIENT || this.numbers.size >= MOST_NUMBERS ? -ENFILE : 0
  }

  /** The number of a file, from 1. */
  addNumber(file: OpenFile): i32 {
    do {
      this.lastNumber = this.lastNumber < i32.MAX_VALUE ? this.lastNumber + 1 : 1
    } while (this.numbers.has(this.lastNumber))
    this.numbers.set(this.lastNumber, file)
    return this.lastNumber
  }

  /** The file with a number, if it belongs to `owner`. */
  numbered(number: i64, owner: i64): OpenFile | null {
    if (number < 1 || number > i32.MAX_VALUE || !this.numbers.has(number as i32)) return null
    const file = this.numbers.get(number as i32)
    return file.owner === owner ? file : null
  }

  closeNumber(number: i32): void {
    const file = this.numbers.get(number)
    this.numbers.delete(number)
    file.release()
  }

  /** Closes the numbers of processes that ended. Looking again pays when there are twice as many as are left. */
  private sweep(): void {
    const numbers = this.numbers.keys()
    for (let i = 0; i < numbers.length; i++) {
      if (!isAlive(this.numbers.get(numbers[i]).owner)) this.closeNumber(numbers[i])
    }
    this.sweepAt = max(SWEEP_NUMBERS, this.numbers.size * 2)
  }
}

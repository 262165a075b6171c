/**
 * A pipe: bytes between ends, and those who wait for them. Requests of one kind are served in turn, so what one client
 * writes is never mixed with what another does. A client that ended while it waited is passed over.
 */
import { EPIPE } from '../libkenix/generated/abi'
import { replyTo } from '../libkenix/ipc'
import { copyFromClient, copyToClient } from '../servers/client-memory'

/** Bytes a pipe holds. */
export const PIPE_BYTES: u32 = 4096

/** A client that waits to read or write. */
class Waiting {
  done: u32 = 0

  constructor(
    readonly sender: i64,
    readonly region: i64,
    readonly length: u32,
  ) {}
}

export class Pipe {
  readers: i32 = 0
  writers: i32 = 0
  private readonly memory: usize = heap.alloc(PIPE_BYTES)
  private start: u32 = 0
  private count: u32 = 0
  private readonly reading: Array<Waiting> = []
  private readonly writing: Array<Waiting> = []

  /** Bytes in it. */
  get size(): u32 {
    return this.count
  }

  get hasWaiting(): bool {
    return this.reading.length > 0 || this.writing.length > 0
  }

  /** A client wants up to `length` bytes; it is answered when there are some, or nobody can write any more. */
  read(sender: i64, region: i64, length: u32): void {
    this.reading.push(new Waiting(sender, region, length))
    this.advance()
  }

  /** A client writes; it is answered when all of it is in the pipe, or nobody can read any more. */
  write(sender: i64, region: i64, length: u32): void {
    this.writing.push(new Waiting(sender, region, length))
    this.advance()
  }

  /** Ends were closed. @returns whether the pipe is gone: nobody has an end of it */
  advance(): bool {
    let moved: bool = true
    while (moved) {
      moved = this.serveWriter()
      if (this.serveReader()) moved = true
    }
    if (this.readers > 0 || this.writers > 0) return false
    heap.free(this.memory)
    return true
  }

  private serveWriter(): bool {
    if (this.writing.length === 0) return false
    const request = this.writing[0]
    if (this.readers === 0)
      return this.answerWriter(request.done > 0 ? (request.done as i64) : -EPIPE)
    const room = PIPE_BYTES - this.count
    const end = (this.start + this.count) % PIPE_BYTES
    const part = min(min(room, request.length - request.done), PIPE_BYTES - end)
    if (part > 0) {
      const copied = copyFromClient(
        request.sender,
        request.region,
        request.done,
        this.memory + end,
        part,
      )
      if (copied < 0) return this.answerWriter(copied)
      request.done += part
      this.count += part
    }
    return request.done === request.length ? this.answerWriter(request.done) : part > 0
  }

  private serveReader(): bool {
    if (this.reading.length === 0) return false
    const request = this.reading[0]
    if (this.count === 0) return this.writers === 0 ? this.answerReader(0) : false
    const wanted = min(request.length, this.count)
    while (request.done < wanted) {
      const part = min(wanted - request.done, PIPE_BYTES - this.start)
      const from = this.memory + this.start
      const copied = copyToClient(request.sender, request.region, request.done, from, part)
      if (copied < 0) return this.answerReader(request.done > 0 ? request.done : copied)
      request.done += part
      this.start = (this.start + part) % PIPE_BYTES
      this.count -= part
    }
    return this.answerReader(request.done)
  }

  private answerWriter(answer: i64): bool {
    replyTo(this.writing.shift().sender, answer)
    return true
  }

  private answerReader(answer: i64): bool {
    replyTo(this.reading.shift().sender, answer)
    return true
  }
}
